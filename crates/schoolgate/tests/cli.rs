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
    session.run(&["policy", "coverage", "--help"]);
    session.run(&["policy", "diff", "--help"]);
    session.run(&["keys", "--help"]);
    session.run(&["health", "--data", "nowhere", "--address", "127.0.0.1:9"]);
    session.run(&["screen", "--help"]);
    session.run(&["clean-picture", "--help"]);
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
fn an_author_looks_at_what_a_policy_leaves_out() {
    let mut session = with_pack();
    session.run(&["policy", "coverage", "oakfield"]);
    session.run(&["policy", "coverage", "oakfield", "--format", "plain"]);
    session.run(&["policy", "coverage", "rattlesden", "--format", "plain"]);
    session.run(&["policy", "coverage", "nowhere", "--format", "json"]);
    session.file("elmfield/policy.toml", &SETTINGS.replace("oakfield", "elmfield"));
    session.file("elmfield/01-contact.md", &CHAPTER.replace("18", "16"));
    session.run(&["policy", "lint", "elmfield", "--format", "plain"]);
    session.run(&["policy", "diff", "oakfield", "oakfield"]);
    session.run(&["policy", "diff", "oakfield", "elmfield"]);
    session.run(&["policy", "diff", "oakfield", "elmfield", "--format", "plain"]);
    session.run(&["policy", "diff", "oakfield", "nowhere"]);
    let new = ["policy", "new", "--from", "rattlesden", "--name"];
    session.run(&[&new[..], &["ashfield", "--school", "Ashfield Primary School", "ashfield"]].concat());
    session.run(&["policy", "test", "ashfield"]);
    session.run(&["policy", "diff", "rattlesden", "ashfield"]);
    session.run(&[&new[..], &["ashfield", "ashfield"]].concat());
    session.run(&[&new[..], &["westacre", "other"]].concat());
    session.run(&[&new[..], &["Ash Field", "other"]].concat());
    session.run(&["policy", "new", "--from", "nowhere", "--name", "elm", "other"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn a_teacher_asks() {
    let mut session = with_pack();
    session.file("friend.json", include_str!("../../../fuzz/corpus/situation_json/whole.json"));
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json"]);
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json", "--format", "plain"]);
    session.run(&["ask", "--policy", "oakfield", "--situation", "friend.json", "--format", "json"]);
    session.run(&["ask", "--policy", "all", "--situation", "friend.json", "--format", "plain", "--second-opinion"]);
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
    session.bytes("latin.toml", b"data = \"place\"\nlog = \"caf\xe9\"\n");
    session.run(&["serve", "--config", "latin.toml"]);
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

#[test]
fn an_operator_looks_through_what_is_public() {
    let mut session = Session::new();
    session.run(&["school", "add", "Oakfield Primary School", "--data", "place"]);
    session.run(&["sweep", "--data", "place"]);
    session.run(&["sweep", "--data", "place", "--school", "Westacre"]);
    insta::assert_snapshot!(session.seen());
}

const ROLL: &str = include_str!("../../../fuzz/corpus/roll/whole.csv");

#[test]
fn somebody_looks_through_texts_before_they_go_out() {
    let mut session = Session::new();
    session.file("school/roll.csv", ROLL);
    session.file("school/allowed.txt", "# our mailbox\noffice@oak.test\n");
    session.file("posts.json", "[{\"id\":\"1\",\"text\":\"Well done Zara Khan! 🎉 Ask office@oak.test\",\"field\":\"text\",\"has_photo\":false},\n{\"id\":\"2\",\"text\":\"The fair is on Saturday.\"}]");
    session.run(&["screen", "--roll", "school", "--format", "json", "posts.json"]);
    session.file("posts.jsonl", "{\"id\":\"3\",\"text\":\"ollie_medal.jpg\",\"field\":\"file-name\",\"has_photo\":true}\n{\"id\":\"4\",\"text\":\"Mrs Whitfield rang 07700 900123\",\"has_photo\":false}\n");
    session.run(&["screen", "--roll", "school/roll.csv", "--format", "json", "posts.jsonl"]);
    session.run(&["screen", "--roll", "school", "posts.jsonl"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn texts_and_rolls_that_cannot_be_read_are_refused_with_every_place() {
    let mut session = Session::new();
    session.file("wrong.csv", include_str!("../../../fuzz/corpus/roll/wrong.csv"));
    session.file("wrong.json", include_str!("../../../fuzz/corpus/screened_texts/wrong.json"));
    session.run(&["screen", "--roll", "wrong.csv", "--format", "json", "wrong.json"]);
    session.file("twice.csv", "id,forename,surname\np1,Zara,Khan\np1,Ben,Hill\n");
    session.file("half.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\n");
    session.run(&["screen", "--roll", "twice.csv", "--format", "json", "half.jsonl"]);
    session.file("empty/readme.txt", "");
    session.run(&["screen", "--roll", "empty", "--format", "json", "missing.json"]);
    session.file("long.json", &format!("[{{\"id\":\"1\",\"text\":\"{}\"}}]", "a".repeat(100_001)));
    session.file("one.csv", "id,forename,surname\np1,Zara,Khan\n");
    session.run(&["screen", "--roll", "one.csv", "--format", "json", "long.json"]);
    insta::assert_snapshot!(session.seen());
}

const EXPORT: &str = "Student ID;UPN;Forename;Surname;Class;Parent ID;Parent forename;Parent surname;Primary email
p1;V999999924001;Zara;Khan;Elm;a1;Sana;Khan;sana.khan@families.test
p1;V999999924001;Zara;Khan;Elm;a2;Imran;Khan;imran.khan@families.test
p2;J999999924002;Oliver;Hill;Oak;;;;
";

#[test]
fn what_the_import_takes_the_screening_takes_too() {
    let mut session = Session::new();
    session.file("export.csv", EXPORT);
    session
        .file("posts.json", "[{\"id\":\"1\",\"text\":\"Well done Zara Khan!\",\"field\":\"text\",\"has_photo\":true}]");
    session.run(&["screen", "--roll", "export.csv", "posts.json"]);
    session.bytes("roll.xlsx", include_bytes!("../../../fuzz/corpus/roll_import/roll.xlsx"));
    session.run(&["screen", "--roll", "roll.xlsx", "posts.json"]);
    session.file("pack/manifest.csv", "propertyName,value\noneroster.version,1.2\n");
    session.file("pack/users.csv", "sourcedId,givenName,familyName\nu1,Zara,Khan\n");
    session.file("pack/roles.csv", "userSourcedId,role\nu1,student\n");
    session.run(&["screen", "--roll", "pack", "posts.json"]);
    session.bytes("broken.xlsx", b"PK\x03\x04 and no more");
    session.run(&["screen", "--roll", "broken.xlsx", "posts.json"]);
    insta::assert_snapshot!(session.seen());
}

#[test]
fn an_operator_imports_a_roll_puts_a_policy_in_force_and_makes_a_key() {
    let mut session = Session::new();
    session.run(&["school", "add", "Oakfield Primary School", "--data", "place"]);
    let real = EXPORT.replace("V999999924001", "B801200005001").replace("J999999924002", "");
    session.file("export.csv", &real);
    session.run(&["import", "export.csv", "--data", "place"]);
    session.run(&["import", "export.csv", "--apply", "--data", "place"]);
    session.run(&["import", "export.csv", "--apply", "--data", "place"]);
    session.file("wrong.csv", &EXPORT.replace("a2;Imran", "a1;Imran"));
    session.run(&["import", "wrong.csv", "--apply", "--data", "place"]);
    session.file("trust/orgs.csv", "sourcedId,name,type\no1,Oakfield Primary School,school\no2,Elm School,school\n");
    session.file(
        "trust/users.csv",
        "sourcedId,orgSourcedIds,role,givenName,familyName\nu1,o1,student,Zara,Khan\nu2,o2,student,Kofi,Mensah\n",
    );
    session.run(&["import", "trust", "--data", "place"]);
    session.run(&["import", "trust", "--org", "o2", "--data", "place"]);
    session.run(&["import", "trust", "--org", "Beech School", "--data", "place"]);
    session.run(&["school", "policy", "--policy", "nowhere", "--data", "place"]);
    session.run(&["school", "token", "--name", "the intranet", "--data", "place"]);
    let seen = session.seen();
    let key = seen.lines().skip_while(|line| !line.starts_with("Key for programs")).nth(1).expect("a key").to_owned();
    assert!(key.len() > 20, "{key}");
    insta::assert_snapshot!(seen.replace(&key, "KEY"));
}

#[test]
fn a_shipped_policy_is_put_in_force_for_a_school() {
    let mut session = Session::new();
    session.run(&["school", "add", "Oakfield Primary School", "--data", "place"]);
    session.run(&["school", "policy", "--policy", "rattlesden", "--data", "place"]);
    let seen = session.seen();
    assert!(seen.ends_with("[exit 0]\n\n") && seen.to_lowercase().contains("rattlesden"), "{seen}");
}

#[test]
fn the_schemas_of_what_is_asked_and_answered_are_json() {
    for of in ["situation", "ruling"] {
        let mut session = Session::new();
        session.run(&["policy", "schema", of]);
        let seen = session.seen();
        let (_, rest) = seen.split_once('\n').expect("the command");
        let (schema, _) = rest.rsplit_once("[exit 0]").unwrap_or_else(|| panic!("{of}: {seen}"));
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_else(|error| panic!("{of}: {error}"));
        assert!(schema["$schema"].is_string() && schema["title"].is_string(), "{of}: {schema}");
    }
}

#[test]
fn somebody_cleans_a_picture() {
    let mut session = Session::new();
    session.bytes("pond.png", include_bytes!("../../../fuzz/corpus/picture/whole.png"));
    session.run(&["clean-picture", "pond.png", "clean.jpg"]);
    session.run(&["clean-picture", "clean.jpg", "again.jpg"]);
    session.bytes("drawing.png", include_bytes!("../../../fuzz/corpus/picture/wrong.svg"));
    session.run(&["clean-picture", "drawing.png", "out.jpg"]);
    session.run(&["clean-picture", "missing.png", "out.jpg"]);
    session.run(&["clean-picture", "pond.png", "nowhere/out.jpg"]);
    session.bytes("quarters.avif", include_bytes!("../../screening/tests/avif/turned.avif"));
    session.run(&["clean-picture", "quarters.avif", "quarters.jpg"]);
    session.bytes("half.avif", &include_bytes!("../../screening/tests/avif/turned.avif")[..300]);
    session.run(&["clean-picture", "half.avif", "half.jpg"]);
    insta::assert_snapshot!(session.seen());
}
