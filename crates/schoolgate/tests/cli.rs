//! What a person sees at the command line: whole sessions as snapshots.
//!
//! For: the commands in `cli.rs`. Promises: each session shows what was typed, both outputs and the exit code, on a fresh folder; a change of
//! a word is seen in review. Does not: test rulings; the examples beside the clauses do.

#[path = "cli/session.rs"]
mod session;

use session::Session;

const SETTINGS: &str = include_str!("../../../fuzz/corpus/policy_settings/whole.toml");
const CHAPTER: &str = include_str!("../../../fuzz/corpus/chapter/whole.md");
const WRONG_CHAPTER: &str = include_str!("../../../fuzz/corpus/chapter/wrong.md");

fn with_pack() -> Session {
    let session = Session::new();
    session.file("oakfield/policy.toml", SETTINGS);
    session.file("oakfield/01-contact.md", CHAPTER);
    session
}

#[test]
fn somebody_looks_around() {
    let mut session = Session::new();
    session.run(&["--help"]);
    session.run(&["ask", "--help"]);
    session.run(&["serve", "--help"]);
    session.run(&["policy", "--help"]);
    session.run(&[]);
    session.run(&["dance"]);
    session.run(&["ask", "--policy", "all"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn an_author_writes_a_policy() {
    let mut session = with_pack();
    session.run(&["policy", "check", "oakfield"]);
    session.run(&["policy", "test", "oakfield"]);
    session.file("oakfield/02-more.md", WRONG_CHAPTER);
    session.run(&["policy", "check", "oakfield"]);
    session.file("oakfield/02-more.md", &CHAPTER.replace("contact.1", "contact.2").replace("not-covered", "must-not"));
    session.run(&["policy", "test", "oakfield"]);
    session.run(&["policy", "check", "nowhere"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn a_teacher_asks() {
    let mut session = with_pack();
    session.file("friend.json", include_str!("../../../fuzz/corpus/situation_json/whole.json"));
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json"]);
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json", "--format", "plain"]);
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json", "--format", "json"]);
    session.file("friend.toml", include_str!("../../../fuzz/corpus/situation_toml/whole.toml"));
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.toml"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn a_situation_that_cannot_be_read_is_refused_with_every_place() {
    let mut session = with_pack();
    session.file("wrong.json", "{\"act\": \"befriend\",\n \"target\": {\"relations\": [\"pupil\", 7], \"age\": \"twelve\"},\n \"nobody\": null}\n");
    session.run(&["ask", "--policy", "oakfield", "--situation", "wrong.json"]);
    session.file("half.json", "{\"act\": \"message\",");
    session.run(&["ask", "--policy", "oakfield", "--situation", "half.json"]);
    session.file("empty.toml", "");
    session.run(&["ask", "--policy", "oakfield", "--situation", "empty.toml"]);
    session.bytes("latin.json", b"{\"act\": \"caf\xe9\"}");
    session.run(&["ask", "--policy", "oakfield", "--situation", "latin.json"]);
    session.run(&["ask", "--policy", "oakfield", "--situation", "missing.json"]);
    session.run(&["ask", "--policy", "elmfield", "--situation", "half.json"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn settings_that_are_wrong_stop_the_start_with_every_place() {
    let mut session = Session::new();
    session.file("gate.toml", include_str!("../../../fuzz/corpus/config/wrong.toml"));
    session.run(&["serve", "--config", "gate.toml", "--address", "nowhere"]);
    session.run(&["serve", "--config", "missing.toml"]);
    session.run(&["serve", "--set", "log.level"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn an_operator_opens_a_school_and_lets_the_head_in() {
    let mut session = Session::new();
    session.run(&["person", "list", "--data", "place"]);
    session.run(&["school", "add", "Oakfield Primary School", "--data", "place"]);
    session.run(&["school", "add", " ", "--data", "place"]);
    let head = ["--name", "Grace Osei", "--employed", "yes", "--role", "headteacher", "--from", "2026-09-01"];
    let add = |rest: &[&'static str]| [&["person", "add", "--data", "place"], rest].concat();
    session.run(&add(&[&head[..], &["--email", "grace@oakfield.test"]].concat()));
    session.run(&add(&["--name", "Bo Lindqvist", "--role", "volunteer", "--from", "2026-09-01", "--email", "nobody"]));
    session.run(&add(&["--name", "", "--role", "volunteer"]));
    session.run(&add(&["--name", "Cy Dee", "--role", "dancer"]));
    session.run(&add(&["--name", "Cy Dee", "--role", "visitor", "--from", "2026-09-31"]));
    session.run(&add(&["--name", "Cy Dee", "--role", "visitor", "--from", "2026-09-01", "--school", "Westacre"]));
    session.run(&["person", "list", "--data", "place"]);
    session.run(&["school", "add", "Westacre Junior School", "--data", "place"]);
    session.run(&["school", "list", "--data", "place"]);
    session.run(&["person", "list", "--data", "place"]);
    session.run(&["person", "list", "--data", "place", "--school", "westacre junior school"]);
    insta::assert_snapshot!(session.seen());
}
