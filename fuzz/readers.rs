//! Every reader of outside data, as a function of bytes that must neither panic nor refuse without saying where and why.
//!
//! For: `crates/schoolgate/tests/corpus.rs`, which `make test` runs, and the targets in `fuzz_targets`, which `make fuzz` runs. Both
//! compile this same file.
//! Promises: a reader that refuses gives at least one fault, with a place inside the text and words.
//! Does not: check that what is accepted is right; the readers' own tests do.

use std::path::PathBuf;

use axum::body::Body;
use axum::extract::FromRequest;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use schoolgate::config::{Config, Front, Place, Server, Sources};
use schoolgate::web::cookies;
use schoolgate::web::forms::{FormErrors, Sent};

pub(crate) type Reader = fn(&[u8]);

/// Name of the target and of its folder in `corpus/`, and the function.
pub(crate) const READERS: &[(&str, Reader)] = &[("config", config), ("cookie", cookie), ("form", form)];

/// The reader of this name.
pub(crate) fn named(name: &str) -> Reader {
    let found = READERS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no reader is called `{name}`")).1
}

/// A settings file.
fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sources = Sources { file: Some((PathBuf::from("gate.toml"), text.to_owned())), ..Sources::default() };
    if let Err(faults) = Config::read(&sources) {
        assert!(!faults.is_empty(), "refused without a word");
        for fault in faults {
            if let Place::File { line, column, .. } = &fault.place {
                assert_place(text, *line, *column);
            }
            assert!(!fault.said.is_empty() && !fault.to_string().is_empty());
        }
    }
}

/// A `Cookie` header. What is taken from it must be a part of what was sent.
fn cookie(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value.clone());
    for public_url in ["http://localhost:8080", "https://gate.oakfield.test"] {
        let server = Server {
            address: ([127, 0, 0, 1], 0).into(),
            public_url: public_url.parse().expect("a URL of ours"),
            front: Front::Plain,
        };
        if let Some(token) = cookies::session(&server, &headers) {
            assert!(value.to_str().is_ok_and(|sent| sent.contains(token)));
            if let Some(set) = cookies::set_session(&server, token) {
                let set = set.to_str().expect("a header of plain letters");
                assert_eq!(set.matches("Path=/").count(), 1, "a token brought attributes: {set}");
            }
        }
    }
}

/// The body of a form.
fn form(data: &[u8]) {
    let request = Request::builder()
        .method("POST")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(data.to_vec()))
        .expect("a request of ours");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    match runtime.block_on(Sent::<Vec<(String, String)>>::from_request(request, &())) {
        Ok(Sent(fields)) => {
            for (_, typed) in fields {
                let mut errors = FormErrors::default();
                let line = errors.line("field", "your answer", &typed);
                assert!(!errors.is_empty() || !line.chars().any(char::is_control));
            }
        }
        Err(response) => assert!(response.status().is_client_error(), "{}", response.status()),
    }
}

/// A place counts from 1 and lies inside the text, or just behind its end.
fn assert_place(text: &str, line: usize, column: usize) {
    let lines = text.split('\n').count();
    assert!((1..=lines + 1).contains(&line), "line {line} of {lines}");
    let width = text.split('\n').nth(line - 1).map_or(0, |line| line.chars().count());
    assert!((1..=width + 2).contains(&column), "column {column} of {width} in line {line}");
}
