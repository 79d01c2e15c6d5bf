//! AVIF pictures that are uploaded: decoded by a process of its own, whose end is not the server's.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::http::header;
use jiff::civil::date;
use schoolgate::access::role::Role;
use schoolgate::app::decoder::{Apart, AvifDecoder};
use schoolgate::desk;
use schoolgate::desk::request::{Content, Purpose};
use schoolgate::people::accounts::{self, Address, Attempt, Outcome};
use schoolgate::people::person::{Employed, Particulars};
use schoolgate::people::{Spell, operator};
use screening::Limits;
use uuid::Uuid;

use super::*;

const PLAIN: &[u8] = include_bytes!("../../../screening/tests/avif/plain-420.avif");
const SEE_THROUGH: &[u8] = include_bytes!("../../../screening/tests/avif/see-through.avif");
const WIDE_COLOURS: &[u8] = include_bytes!("../../../screening/tests/avif/p3.avif");
const PASSWORD: &str = "three blue kettles";

/// A teacher who is signed in, and a post of theirs.
async fn writer(app: &App) -> (String, Uuid) {
    let school = operator::open_school(app, "Oakfield Primary School").await.expect("a school");
    let given = Particulars { name: "Ada Bell".to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role: Role::Teacher, starts_on: date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(app, school, &given, spell).await.expect("a person");
    let address = Address::parse("ada@oakfield.test").expect("an address");
    operator::make_account(app, school, person, (&address, PASSWORD)).await.expect("an account");
    let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let attempt = Attempt { address: "ada@oakfield.test", password: PASSWORD, from, device: "" };
    let Outcome::In(carried) = accounts::sign_in(app, attempt).await.expect("an outcome") else { panic!("not in") };
    let caller = accounts::admit(app, &carried).await.expect("an answer").expect("a caller");
    let content = Content::of("Our towers stand.", Purpose::Showcase);
    (carried.shown(), desk::begin(app, &caller, content).await.expect("a post"))
}

fn upload(cookie: &str, post: Uuid, bytes: &[u8]) -> Request<Body> {
    let head = "--edge\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"a.avif\"\r\n\r\n";
    let body = [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat();
    Request::post(format!("/requests/{post}/pictures"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, format!("session={cookie}"))
        .body(Body::from(body))
        .expect("a request")
}

fn apart(program: &str, arguments: &[&str], time_max: Duration) -> AvifDecoder {
    let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
    AvifDecoder::Apart(Apart { program: program.into(), arguments, time_max })
}

#[tokio::test]
async fn a_decoder_that_dies_is_a_sentence_and_the_server_goes_on() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let (cookie, post) = writer(&app).await;
    let patient = Duration::from_secs(60);
    let cases = [
        (apart("/bin/sh", &["-c", "kill -ABRT $$"], patient), "what reads it stopped in the middle"),
        (apart("/bin/false", &[], patient), "what reads it stopped in the middle"),
        (apart("/bin/sh", &["-c", "exec tail -f /dev/null"], Duration::from_millis(50)), "it takes too long to read"),
        (apart("/nowhere/at/all", &[], patient), "cannot be read here at the moment"),
    ];
    for (avif, sentence) in cases {
        let app = App { avif, ..app.clone() };
        let response = ask(routes::all(app.clone()), upload(&cookie, post, PLAIN)).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        let page = text(response).await;
        assert!(page.contains(sentence), "{sentence}: {page}");
        assert_eq!(ask(routes::all(app), to("/health")).await.status(), StatusCode::OK);
    }
    let app = App { avif: apart(env!("CARGO_BIN_EXE_schoolgate"), &["decode-avif"], patient), ..app };
    let response = ask(routes::all(app), upload(&cookie, post, PLAIN)).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(response).await);
}

#[test]
fn the_program_itself_gives_the_picture_that_is_made_here() {
    let decoder = apart(env!("CARGO_BIN_EXE_schoolgate"), &["decode-avif"], Duration::from_secs(60));
    let limits = Limits::default();
    for bytes in [PLAIN, SEE_THROUGH, WIDE_COLOURS] {
        let elsewhere = screening::picture_by(bytes, &limits, &|avif| decoder.decoded(avif));
        assert_eq!(elsewhere, screening::picture(bytes, &limits));
    }
}
