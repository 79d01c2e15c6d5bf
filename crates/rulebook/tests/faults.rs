//! What an author is told: one slip at a time in a pack that is in order, and every message as it would be read.
//!
//! The snapshot is read as somebody who knows the policy and no programming: does it say what to change, and where?

use rulebook::testing::{pack, vocabulary};
use rulebook::{Fault, File, Vocabulary};
use std::sync::Arc;

const SETTINGS: &str = include_str!("../../../fuzz/corpus/policy_settings/whole.toml");
const CHAPTER: &str = include_str!("../../../fuzz/corpus/chapter/whole.md");

const FACT: &str = "context.link.kind == Link::\"family\"";
const WHEN: &str = "when { context.target.relations.pupil && context.target.age < context.parameter.adult_age }";
const EFFECT: &str = "@effect(\"should-not\")";
const FORBID: &str =
    "forbid (principal, action in [Action::\"connect-request\", Action::\"connect-accept\"], resource)";
const FACTS: &str = "target.relations = pupil; target.age = 9";
const HEADER: &str = "| who | act | facts | verdict | decides |\n| --- | --- | --- | --- | --- |";
const LAST: &str = "| governor | connect-accept | target.relations = pupil | not-covered | |";

/// What is written instead of what, in the chapter.
const IN_CHAPTER: &[(&str, &str, &str)] = &[
    ("a fact that is not known", FACT, "context.link.kin == Link::\"family\""),
    ("a value that is not known", FACT, "context.link.kind == Link::\"familly\""),
    ("a value of another fact", FACT, "context.link.kind == Answer::\"agreed\""),
    ("an act that is not known", "Action::\"connect-accept\"", "Action::\"connect-acept\""),
    ("a number for a yes or no", "context.target.relations.pupil &&", "context.target.relations.pupil == 3 &&"),
    ("a number without a comparison", WHEN, "when { context.target.age }"),
    ("a fact with values as a yes or no", WHEN, "when { context.link.kind }"),
    ("a set without the one that is meant", WHEN, "when { context.target.relations }"),
    ("words in an order", FACT, "context.link.kind < Link::\"family\""),
    ("a number that the school does not set", "context.parameter.adult_age", "context.parameter.adult_ag"),
    ("more than a rule may say", FACT, "context.service.name like \"*book\""),
    ("two slips in one rule", WHEN, "when { context.nothing && context.link.kind == 3 }"),
    ("slips in the annotations and the conditions", EFFECT, "@effect(\"shouldnt\")\n@lift(\"contact.1\")"),
    ("no effect", EFFECT, ""),
    ("an effect that is not known", EFFECT, "@effect(\"should_not\")"),
    ("a restriction that permits", "forbid (", "permit ("),
    ("a duty without its strength", EFFECT, "@effect(\"duty\")\n@duty(\"report\")"),
    ("a duty that is not known", EFFECT, "@effect(\"duty\")\n@duty(\"repot\")\n@strength(\"must\")"),
    (
        "somebody to tell who is nobody",
        EFFECT,
        "@effect(\"gap\")\n@duty(\"tell\")\n@to(\"headtacher\")\n@strength(\"must\")",
    ),
    ("a lifted clause that is not there", EFFECT, "@lifts(\"contact.7\")\n@effect(\"should-not\")"),
    ("people in a rule who are nobody", EFFECT, "@who(\"staf\")\n@effect(\"should-not\")"),
    ("a permission that forbids", WHEN, "when { context.permission.refer.headteacher.school.any }"),
    ("somebody in the head of a rule", FORBID, "forbid (principal == Person::\"me\", action, resource)"),
    ("a rule without its last brace", "Answer::\"agreed\" };", "Answer::\"agreed\";"),
    (
        "a rule without its semicolon",
        "Answer::\"agreed\" };",
        "Answer::\"agreed\" }\npermit (principal, action, resource);",
    ),
    ("a strength that is not known", "modality = \"should-not\"", "modality = \"shouldn't\""),
    ("a strength that is no text", "modality = \"should-not\"", "modality = 3"),
    ("nothing that the clause does", "does = \"decides\"\n", ""),
    ("people who are nobody", "who = \"staff\"", "who = [\"staf\", \"employee\"]"),
    ("no people", "who = \"staff\"", "who = []"),
    ("a key that is not known", "does = \"decides\"", "does = \"decides\"\nserves = \"GET /people\""),
    ("a clause block with a word without quotes", "does = \"decides\"", "does = decides"),
    ("half a doubt", ", other = \"Only one that shares information is meant.\"", ""),
    ("a heading without an id", "### contact.1 Pupils as friends", "### Pupils as friends"),
    (
        "a heading of the wrong level",
        "### contact.1 Pupils as friends",
        "### contact.1 Pupils as friends\n\n#### contact.2 More",
    ),
    ("no clause block", "```clause", "```cedar"),
    ("no words", "Staff should not have a pupil as a friend online.", ""),
    ("a clause block that is not closed", "meant.\" }]\n```", "meant.\" }]"),
    ("a rule block that is not closed", "\"agreed\" };\n```", "\"agreed\" };"),
    ("a block that is not known", "```cedar", "```ceder"),
    ("no column for the verdict", HEADER, "| who | act | facts |\n| --- | --- | --- |"),
    (
        "a column that is not known",
        HEADER,
        "| who | act | facts | verdikt | decides |\n| --- | --- | --- | --- | --- |",
    ),
    ("a table without its second line", HEADER, "| who | act | facts | verdict | decides |"),
    ("a row with a cell too many", LAST, "| governor | connect-accept | | target.relations = pupil | not-covered | |"),
    ("a verdict that is not known", "| should-not | contact.1 |", "| should-nt | contact.1 |"),
    ("two verdicts", "| should-not | contact.1 |", "| should-not, must-not | contact.1 |"),
    ("a deciding clause that is not there", "| should-not | contact.1 |", "| should-not | contact.1o |"),
    ("a fact without its value", FACTS, "target.relations; target.agee = 9; target.age = nine"),
    ("a fact of an example that is not known", FACTS, "target.relation = pupil; target.age = 9"),
    ("a value of an example that is not known", FACTS, "target.relations = pupil; link.kind = familly"),
    ("nobody as the other person", FACTS, "target.relations = none; target.age = 9"),
    ("facts that contradict each other", FACTS, "target.relations = pupil; link.kind = none; link.declared = yes"),
    ("a day that is none", FACTS, "target.relations = pupil; asked_on = 2026-02-30"),
    (
        "a permission with its words in another order",
        FACTS,
        "target.relations = pupil; permissions = written parent show",
    ),
    ("a permission with a word that means nothing", FACTS, "permissions = parent written show soon"),
    ("a role that is not known", "| teacher |", "| techer |"),
    ("an act of an example that is not known", "| governor | connect-accept |", "| governor | befriend |"),
    (
        "several slips in one row",
        LAST,
        "| govenor | conect-accept | target.relations = pupl; x | notcovered | contact.9 |",
    ),
];

/// The columns that the chapter's own table has not: heading, what is expected.
const IN_COLUMNS: &[(&str, &str)] = &[
    ("not cited", "contact.1o"),
    ("cites", "contact.1, oakfield.contact.2"),
    ("needs", "headteacher"),
    ("needs", "headmaster written"),
    ("needs", "parent wrtten"),
    ("duties", "repot dsl"),
    ("duties", "report dls, none"),
    ("asks", "target.agee"),
    ("asks", "permissions[0].fom"),
    ("outcomes", "should-not, depends"),
    ("binding", "maybe"),
];

const IN_SETTINGS: &[(&str, &str, &str)] = &[
    ("a name with capitals", "id = \"oakfield\"", "id = \"Oakfield\""),
    ("no title", "title = \"Social networking policy\"\n", ""),
    ("a status that is not known", "status = \"reference\"", "status = \"final\""),
    ("a day that is none", "status = \"reference\"", "status = \"reference\"\nreview = \"1 September 2027\""),
    ("a key that is not known", "status = \"reference\"", "status = \"reference\"\nreviewed = \"2027-09-01\""),
    ("whom it binds is nobody", "binds = [\"anyone\"]", "binds = [\"anyone\", \"staf\"]"),
    ("a word for nobody", "staff = [\"employed\", \"supply\"]", "staff = [\"employed\", \"suply\"]"),
    ("a service that is none", "\"wiki\", \"forum\"", "\"wikki\", \"forum\""),
    ("a number in words", "adult_age = 18", "adult_age = \"eighteen\""),
    (
        "a clause to switch off that is not there",
        "status = \"reference\"",
        "status = \"reference\"\noff = [\"contact.11\"]",
    ),
    ("a list without its last bracket", "employee = [\"employed\"]", "employee = [\"employed\""),
    ("a text without its last quote", "title = \"Social networking policy\"", "title = \"Social networking policy"),
];

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` stands nowhere");
    text.replacen(from, to, 1)
}

fn faults(vocabulary: &Arc<Vocabulary>, settings: &str, chapter: &str) -> Vec<Fault> {
    let (policy, faults) =
        rulebook::read(vocabulary, &[File::new("policy.toml", settings), File::new("contact.md", chapter)]);
    assert_eq!(policy.is_none(), !faults.is_empty());
    faults
}

fn told(seen: &mut String, name: &str, faults: &[Fault]) {
    assert!(!faults.is_empty(), "{name}: nothing was said");
    seen.push_str(&format!("\n{name}\n"));
    seen.extend(faults.iter().map(|fault| format!("  {fault}\n")));
}

/// The chapter with one more column in its table.
fn with_column(name: &str, expected: &str) -> String {
    let mut expected = [name, "---", expected, ""].into_iter();
    let line = |line: &str| match line.starts_with('|') {
        true => format!("{line} {} |\n", expected.next().unwrap_or("")),
        false => format!("{line}\n"),
    };
    CHAPTER.lines().map(line).collect()
}

#[test]
fn every_slip_is_told_with_its_place_in_words_that_an_author_knows() {
    let vocabulary = vocabulary();
    assert_eq!(faults(&vocabulary, SETTINGS, CHAPTER), vec![]);
    let mut seen = String::new();
    for (name, from, to) in IN_CHAPTER {
        told(&mut seen, name, &faults(&vocabulary, SETTINGS, &changed(CHAPTER, from, to)));
    }
    for (column, expected) in IN_COLUMNS {
        let name = format!("{column}: {expected}");
        told(&mut seen, &name, &faults(&vocabulary, SETTINGS, &with_column(column, expected)));
    }
    for (name, from, to) in IN_SETTINGS {
        told(&mut seen, name, &faults(&vocabulary, &changed(SETTINGS, from, to), CHAPTER));
    }
    insta::assert_snapshot!(seen);
}

fn places(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{}:{}:{}", fault.file, fault.line, fault.column)).collect()
}

#[test]
fn a_fault_in_one_file_does_not_hide_those_of_another_and_makes_no_new_ones() {
    let vocabulary = vocabulary();
    let check = |settings: &str, chapter: &str, expect: &[&str]| {
        assert_eq!(places(&faults(&vocabulary, settings, chapter)), expect, "{settings}");
    };
    let wrong = changed(CHAPTER, "Link::\"family\"", "Link::\"familly\"");
    check(&changed(SETTINGS, "status = ", "status "), CHAPTER, &["policy.toml:4:8"]);
    check(&changed(SETTINGS, "status = ", "status "), &wrong, &["contact.md:18:31", "policy.toml:4:8"]);
    check(&changed(SETTINGS, "id = \"oakfield\"\n", ""), &wrong, &["contact.md:18:31", "policy.toml:1:1"]);
}

#[test]
fn of_some_files_nothing_is_said_that_may_stand_in_the_others() {
    let vocabulary = vocabulary();
    let chapter = changed(CHAPTER, "| should-not | contact.1 |", "| should-nt | contact.9 |");
    let said = rulebook::faults_of_some(&vocabulary, &[File::new("contact.md", chapter)]);
    assert_eq!(places(&said), ["contact.md:23:73"], "{said:?}");
    assert_eq!(rulebook::faults_of_some(&vocabulary, &[]), vec![]);
}

/// Later programs see slips that earlier ones let through; what a school has adopted stays readable.
#[test]
fn a_policy_that_was_adopted_with_a_slip_stays_readable() {
    let vocabulary = vocabulary();
    let files = |chapter: String| [File::new("policy.toml", SETTINGS), File::new("contact.md", chapter)];
    let whole = pack(&vocabulary, &files(CHAPTER.to_owned()));
    for (from, to, examples) in [
        ("| should-not | contact.1 |", "| should-nt | contact.1 |", 1),
        ("| should-not | contact.1 |", "| should-not | contact.1o |", 2),
        ("target.age = 9", "target.age = nine", 1),
        ("| --- | --- | --- | --- | --- |\n", "", 0),
    ] {
        let files = files(changed(CHAPTER, from, to));
        assert!(rulebook::read(&vocabulary, &files).0.is_none(), "{to}");
        let (adopted, faults) = rulebook::read_adopted(&vocabulary, &files);
        let adopted = adopted.unwrap_or_else(|| panic!("{to}: {faults:?}"));
        assert_eq!((adopted.clauses.len(), adopted.run_examples().ran), (whole.clauses.len(), examples), "{to}");
    }
    let broken = files(changed(CHAPTER, "Link::\"family\"", "Link::\"familly\""));
    assert!(rulebook::read_adopted(&vocabulary, &broken).0.is_none(), "a rule that cannot be read is no slip");
}

#[test]
fn an_example_that_does_not_hold_is_told_at_the_cell() {
    let vocabulary = vocabulary();
    let chapter = CHAPTER.replace("contact.1 |", "|").replace("not-covered | |", "should-not | contact.1 |");
    let chapter = chapter.replace("| should-not | |", "| must-not | none |");
    let policy = pack(&vocabulary, &[File::new("policy.toml", SETTINGS), File::new("contact.md", chapter)]);
    let report = policy.run_examples();
    let told: Vec<String> = report.failures.iter().map(|failure| failure.fault.to_string()).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_text_that_is_not_closed_or_too_deep_has_one_fault_where_it_is_missed() {
    let vocabulary = vocabulary();
    let today = rulebook::testing::TODAY;
    let json = |text: &str| rulebook::Situation::read_json(&vocabulary, "case", text, today).expect_err("a fault");
    let toml = |text: &str| rulebook::Situation::read_toml(&vocabulary, "case", text, today).expect_err("a fault");
    let check = |faults: Vec<Fault>, expect: &str| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expect]);
    };
    check(
        json("{\"act\": \"post\",\n \"target\": {\"age\": 9\n"),
        "case:2:21: this is not JSON: the object that begins at line 2, column 12 is not closed",
    );
    check(json("\u{feff}[1, 2"), "case:1:6: this is not JSON: the list that begins at line 1, column 1 is not closed");
    let deep = "[".repeat(100_000);
    check(toml(&format!("act = {deep}")), "case:1:87: nested deeper than 16 levels");
    assert_eq!(json(&deep).len(), 1);
    assert_eq!(json(&deep)[0].said, "nested deeper than 16 levels");
}

#[test]
fn bytes_that_are_no_text_are_told_with_line_and_column() {
    assert_eq!(rulebook::text("case", "é\nü".as_bytes()), Ok("é\nü"));
    let fault = rulebook::text("case", b"a\n\xc3\xa9\xe9b").expect_err("a fault");
    assert_eq!(fault.to_string(), "case:2:2: this is not UTF-8 text; save it as UTF-8");
}
