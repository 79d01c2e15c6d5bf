//! Every reader of outside data, as a function of bytes that must neither panic nor refuse without saying where and why.
//!
//! For: `crates/schoolgate/tests/corpus.rs`, which `make test` runs, and the targets in `fuzz_targets`, which `make fuzz` runs. Both
//! compile this same file.
//! Promises: a reader that refuses gives at least one fault, with a place inside the text and words.
//! Does not: check that what is accepted is right; the readers' own tests do.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::FromRequest;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use jiff::civil::{Date, date};
use rulebook::{Batch, Fault, File, Situation, Vocabulary};
use schoolgate::app::decoder;
use schoolgate::config::{Config, Front, Place, Server, Sources};
use schoolgate::desk;
use schoolgate::people::accounts::passkey::Passkeys;
use schoolgate::people::accounts::{Address, Carried};
use schoolgate::permissions::lowered;
use schoolgate::permissions::scans::{FILE_BYTES_MAX, media_of};
use schoolgate::roster::import;
use schoolgate::roster::import::cells::Rules;
use schoolgate::web::cookies;
use schoolgate::web::forms::{FormErrors, Sent};
use screening::{Draft, Field, Limits, Person, PersonKind, Roll};
use store::ledger::{Head, Known, Proof, verify_export};

/// Whether what was given is accepted.
pub(crate) type Reader = fn(&[u8]) -> bool;

/// Name of the target and of its folder in `corpus/`, and the function.
pub(crate) const READERS: &[(&str, Reader)] = &[
    ("address", address),
    ("avif_answer", avif_answer),
    ("bluesky_page", bluesky_page),
    ("chapter", chapter),
    ("config", config),
    ("cookie", cookie),
    ("feed", feed),
    ("form", form),
    ("ledger_export", ledger_export),
    ("ledger_head", ledger_head),
    ("ledger_proof", ledger_proof),
    ("mastodon_page", mastodon_page),
    ("passkey_answer", passkey_answer),
    ("picture", picture),
    ("policy_settings", policy_settings),
    ("roll", roll),
    ("roll_import", roll_import),
    ("scan", scan),
    ("screened_text", screened_text),
    ("screened_texts", screened_texts),
    ("session_token", session_token),
    ("situation_json", situation_json),
    ("situation_toml", situation_toml),
    ("vocabulary", vocabulary),
    ("withdrawals", withdrawals),
];

const TODAY: Date = date(2026, 11, 20);
const SETTINGS: &str = include_str!("corpus/policy_settings/whole.toml");

static VOCABULARY: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| {
    let text = include_str!("../policies/vocabulary.cedarschema");
    Arc::new(
        Vocabulary::read(&File::new("vocabulary.cedarschema", text))
            .expect("the vocabulary that is shipped has no faults"),
    )
});

/// The reader of this name.
pub(crate) fn named(name: &str) -> Reader {
    let found = READERS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no reader is called `{name}`")).1
}

/// A situation in JSON, one or a list.
fn situation_json(data: &[u8]) -> bool {
    situations(data, Situation::read_json)
}

/// A situation in TOML.
fn situation_toml(data: &[u8]) -> bool {
    situations(data, Situation::read_toml)
}

type Read = fn(&Vocabulary, &str, &str, Date) -> Result<Batch, Vec<Fault>>;

fn situations(data: &[u8], read: Read) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match read(&VOCABULARY, "situation", text, TODAY) {
        Ok(batch) => {
            assert!(batch.is_list || batch.situations.len() == 1);
            true
        }
        Err(faults) => assert_faults(text, &faults),
    }
}

/// A chapter of a policy.
fn chapter(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    pack(text, &[File::new("policy.toml", SETTINGS), File::new("01-chapter.md", text)])
}

/// The settings of a policy.
fn policy_settings(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let chapter = include_str!("corpus/chapter/whole.md");
    pack(text, &[File::new("policy.toml", text), File::new("01-chapter.md", chapter)])
}

fn pack(text: &str, files: &[File]) -> bool {
    let (policy, faults) = rulebook::read(&VOCABULARY, files);
    match policy {
        // What was read can be used: its examples may be wrong, but they run.
        Some(policy) => {
            drop(policy.run_examples());
            true
        }
        None => {
            assert!(!faults.is_empty(), "refused without a word");
            let own = faults
                .into_iter()
                .filter(|fault| files.iter().any(|file| file.name == fault.file && file.text == text));
            own.for_each(|fault| assert_fault(text, &fault));
            false
        }
    }
}

/// A schema of facts.
fn vocabulary(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match Vocabulary::read(&File::new("vocabulary.cedarschema", text)) {
        Ok(_) => true,
        Err(faults) => assert_faults(text, &faults),
    }
}

fn assert_faults(text: &str, faults: &[Fault]) -> bool {
    assert!(!faults.is_empty(), "refused without a word");
    faults.iter().for_each(|fault| assert_fault(text, fault));
    false
}

fn assert_fault(text: &str, fault: &Fault) {
    assert!(!fault.said.is_empty(), "a fault without words: {fault:?}");
    // Line 0 means the whole file.
    if fault.line > 0 {
        assert_place(text, fault.line, fault.column);
    }
}

/// The e-mail address that somebody signs in with.
fn address(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Some(address) = Address::parse(text) else { return false };
    // What is kept is read again as itself, or a second sign-in would not find it.
    assert_eq!(Address::parse(address.as_str()).as_ref(), Some(&address));
    true
}

/// What the session cookie carries, and a set-up link too.
fn session_token(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Some(carried) = Carried::parse(text) else { return false };
    assert_eq!(Carried::parse(&carried.shown()).as_ref(), Some(&carried));
    true
}

/// A browser's answer to a passkey ceremony.
fn passkey_answer(data: &[u8]) -> bool {
    static PASSKEYS: LazyLock<Passkeys> = LazyLock::new(|| {
        let address = "https://gate.oakfield.test".parse().expect("an address");
        Passkeys::at(&address).expect("a name can have passkeys")
    });
    let Ok(text) = std::str::from_utf8(data) else { return false };
    PASSKEYS.claimed(text).is_ok()
}

/// A settings file.
fn config(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let sources = Sources { file: Some((PathBuf::from("gate.toml"), text.to_owned())), ..Sources::default() };
    let Err(faults) = Config::read(&sources) else { return true };
    assert!(!faults.is_empty(), "refused without a word");
    for fault in faults {
        if let Place::File { line, column, .. } = &fault.place {
            assert_place(text, *line, *column);
        }
        assert!(!fault.said.is_empty() && !fault.to_string().is_empty());
    }
    false
}

/// A `Cookie` header. What is taken from it must be a part of what was sent.
fn cookie(data: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(data) else { return false };
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value.clone());
    let mut accepted = false;
    for public_url in ["http://localhost:8080", "https://gate.oakfield.test"] {
        let server = Server {
            address: ([127, 0, 0, 1], 0).into(),
            public_url: public_url.parse().expect("a URL of ours"),
            front: Front::Plain,
        };
        if let Some(token) = cookies::session(&server, &headers) {
            accepted = true;
            assert!(value.to_str().is_ok_and(|sent| sent.contains(token)));
            if let Some(set) = cookies::set_session(&server, token) {
                let set = set.to_str().expect("a header of plain letters");
                assert_eq!(set.matches("Path=/").count(), 1, "a token brought attributes: {set}");
            }
        }
    }
    accepted
}

/// The body of a form.
fn form(data: &[u8]) -> bool {
    let request = Request::builder()
        .method("POST")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(data.to_vec()))
        .expect("a request of ours");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    match runtime.block_on(Sent::<Vec<(String, String)>>::from_request(request, &())) {
        Ok(Sent(fields)) => {
            let mut errors = FormErrors::default();
            let lines: Vec<String> =
                fields.iter().map(|(_, typed)| errors.line("field", "your answer", typed)).collect();
            assert!(!errors.is_empty() || !lines.iter().any(|line| line.is_empty() || line.contains('\n')));
            errors.is_empty()
        }
        Err(response) => {
            assert!(response.status().is_client_error(), "{}", response.status());
            false
        }
    }
}

/// A ledger that somebody hands in to be verified.
fn ledger_export(data: &[u8]) -> bool {
    match verify_export(data, &Known::default()) {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error, store::Error::Invalid(_) | store::Error::Tampered(_)), "{error}");
            false
        }
    }
}

/// The withdrawals beside the data, which somebody may have copied, cut or edited.
fn withdrawals(data: &[u8]) -> bool {
    let (lines, faults) = lowered::read(data);
    // Whatever stands there, it takes away and never gives.
    assert!(lines.iter().all(|line| line.lowered.as_ref().is_none_or(|lowered| lowered.decision.lowers())));
    faults.is_empty() && !lines.is_empty()
}

/// A signed head that was kept elsewhere.
fn ledger_head(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(head) = Head::parse(text) else { return false };
    assert_eq!(Head::parse(&head.text()).ok(), Some(head.clone()), "a head must be read as it was written");
    head.verify().is_ok()
}

/// A proof that somebody hands in, held against its own heads.
fn ledger_proof(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(proof) = Proof::parse(text) else { return false };
    assert_eq!(Proof::parse(&proof.text()).ok(), Some(proof.clone()), "a proof must be read as it was written");
    let heads = proof.heads().into_iter().cloned().collect();
    assert!(proof.check(&Known::default()).is_err(), "nothing is proved to somebody who kept no head");
    proof.check(&Known { heads, ..Known::default() }).is_ok()
}

/// A place counts from 1 and lies inside the text, or just behind its end.
fn assert_place(text: &str, line: usize, column: usize) {
    let lines = text.split('\n').count();
    assert!((1..=lines + 1).contains(&line), "line {line} of {lines}");
    let width = text.split('\n').nth(line - 1).map_or(0, |line| line.chars().count());
    assert!((1..=width + 2).contains(&column), "column {column} of {width} in line {line}");
}

/// What the process that decodes an AVIF picture of 2 by 1 says. Accepted are pixels.
fn avif_answer(data: &[u8]) -> bool {
    let mut data = data;
    match decoder::read_answer(&mut data, (2, 1), 100) {
        Ok(Ok(decoded)) => {
            assert!(decoded.width <= 2 && decoded.height <= 1, "more pixels than were announced");
            true
        }
        Ok(Err(refused)) => {
            assert!(!refused.to_string().is_empty(), "refused without a word");
            false
        }
        Err(broken) => {
            assert!(!broken.to_string().is_empty(), "broken without a word");
            false
        }
    }
}

/// A picture of any kind. What is taken comes out as a picture that is taken again.
fn picture(data: &[u8]) -> bool {
    let limits = Limits { pixels_max: 1_000_000, ..Limits::default() };
    match screening::picture(data, &limits) {
        Ok(cleaned) => {
            let again = screening::picture(&cleaned.bytes, &limits).expect("a clean copy is a picture");
            assert!(again.found.is_empty(), "a clean copy carries something");
            true
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty(), "refused without a word");
            false
        }
    }
}

static ROLL: LazyLock<Roll> = LazyLock::new(|| {
    let people = desk::roll::people("roll", include_str!("corpus/roll/whole.csv"), PersonKind::Pupil);
    let people: Vec<Person> = people.expect("the sample is whole").into_iter().map(|one| one.person).collect();
    Roll::of(&people, &[]).expect("the sample has no faults")
});

/// A text to be screened; accepted is one that is not stopped.
fn screened_text(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let scalars = text.chars().count() as u32;
    let fields = [Field::Text, Field::AltText, Field::FileName, Field::Metadata];
    let stopped = fields.map(|field| {
        let Ok(draft) = Draft::of("id", text, field, true) else { return true };
        let found = screening::text(&draft, &ROLL);
        let inside = found.findings.iter().all(|one| one.start < one.end && one.end <= scalars && !one.say.is_empty());
        assert!(inside, "a finding outside the text");
        found.stopped
    });
    !stopped.contains(&true)
}

/// A list of texts to be screened.
fn screened_texts(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match desk::drafts::drafts("texts", text) {
        Ok(_) => true,
        Err(faults) => assert_faults(text, &faults),
    }
}

/// A table of people.
fn roll(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match desk::roll::people("roll", text, PersonKind::Pupil) {
        Ok(people) => {
            assert!(people.iter().all(|one| !one.person.id.is_empty() && one.line > 0));
            true
        }
        Err(faults) => assert_faults(text, &faults),
    }
}

/// What a server sends as a page of posts; whatever it holds, no name of a post may lead elsewhere.
fn bluesky_page(data: &[u8]) -> bool {
    let Some(page) = channels::bluesky::read_page(data) else { return false };
    assert!(page.shown.iter().all(|shown| shown.sent.remote.starts_with("at://did:")));
    true
}

fn mastodon_page(data: &[u8]) -> bool {
    channels::mastodon::read_page(data).is_some()
}

/// A feed of somebody else's site. What is no feed says where.
fn feed(data: &[u8]) -> bool {
    use channels::feed::{ENTRIES_MAX, Fault};
    match channels::feed::read(data) {
        Ok(page) => {
            assert!(page.shown.len() <= ENTRIES_MAX);
            true
        }
        Err(fault) => {
            if let Fault::Atom { at } = fault {
                assert!(at <= data.len() as u64, "{fault}");
            }
            if let Fault::Json { line, .. } = fault {
                assert!(line <= 1 + data.iter().filter(|byte| **byte == b'\n').count(), "{fault}");
            }
            assert!(!fault.to_string().is_empty());
            false
        }
    }
}

/// An export of the school's own system: a table, a workbook or an archive.
fn roll_import(data: &[u8]) -> bool {
    let file = import::File { name: "export".to_owned(), bytes: data.to_vec() };
    match import::read(vec![file], &Rules { today: TODAY, is_demo: true, school: String::new() }) {
        Ok(read) => {
            assert!(
                !read.pupils.is_empty() && read.pupils.iter().all(|pupil| pupil.key.is_some() || pupil.upn.is_some())
            );
            let (adults, classes) = (read.adults.len(), read.classes.len());
            let inside = |pupil: &import::incoming::PupilIn| {
                pupil.classes.iter().all(|class| *class < classes) && pupil.ties.iter().all(|tie| tie.adult < adults)
            };
            assert!(read.pupils.iter().all(inside), "a place outside its list");
            true
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            assert!(faults.iter().all(|fault| !fault.said.is_empty() && !fault.file.is_empty()));
            false
        }
    }
}

/// The scan of a paper answer: what it is, by its content.
fn scan(data: &[u8]) -> bool {
    match media_of(data) {
        Ok(media) => {
            assert!(!data.is_empty() && data.len() <= FILE_BYTES_MAX && !media.extension().is_empty());
            true
        }
        Err(unfit) => {
            assert!(!unfit.to_string().is_empty());
            false
        }
    }
}
