//! Every case of `cases.toml` through the one door: a text in, the exact findings out.

use screening::{Draft, Field, Finding, Person, PersonKind, Roll, Strength};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    allowed: Vec<String>,
    /// id, forename, known-as, surname; staff ids begin with `s`.
    people: Vec<[String; 4]>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    photo: bool,
    /// `strength kind how person|slice`, ascending by place.
    expect: Vec<String>,
}

#[test]
fn every_case_has_exactly_its_findings() {
    check_all(include_str!("cases.toml"), 200);
}

#[test]
fn names_that_are_words_are_told_apart() {
    check_all(include_str!("names.toml"), 60);
}

fn check_all(file: &str, cases_min: usize) {
    let cases: Cases = toml::from_str(file).expect("a file of cases is TOML of this shape");
    let people: Vec<Person> = cases.people.iter().map(person).collect();
    let roll = Roll::of(&people, &cases.allowed).expect("the roll of the cases has no fault");
    let wrong: Vec<String> = cases.case.iter().filter_map(|case| check(case, &roll)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.case.len(), wrong.join("\n"));
    assert!(cases.case.len() >= cases_min, "only {} cases", cases.case.len());
}

fn person([id, forename, known_as, surname]: &[String; 4]) -> Person {
    let kind = if id.starts_with('s') { PersonKind::Staff } else { PersonKind::Pupil };
    Person { id: id.clone(), forename: forename.clone(), known_as: known_as.clone(), surname: surname.clone(), kind }
}

fn check(case: &Case, roll: &Roll) -> Option<String> {
    let field = match case.field.as_str() {
        "" => Field::Text,
        "alt-text" => Field::AltText,
        "file-name" => Field::FileName,
        "metadata" => Field::Metadata,
        other => return Some(format!("no field `{other}`")),
    };
    let draft = Draft::of("case", &case.text, field, case.photo).expect("a case is short");
    let found = screening::text(&draft, roll);
    let lines: Vec<String> = found.findings.iter().map(|finding| line(&case.text, finding)).collect();
    let stopped = lines.iter().any(|line| line.starts_with("stop "));
    assert_eq!(found.stopped, stopped, "stopped of {:?}", case.text);
    (lines != case.expect).then(|| format!("{:?}\n  expect {:?}\n  found  {lines:?}", case.text, case.expect))
}

fn line(text: &str, finding: &Finding) -> String {
    let slice: String =
        text.chars().skip(finding.start as usize).take((finding.end - finding.start) as usize).collect();
    let word = |value: String| value.trim_matches('"').to_owned();
    let strength = word(serde_json::to_string(&finding.strength).expect("a strength is a word"));
    let kind = word(serde_json::to_string(&finding.kind).expect("a kind is a word"));
    let person = finding.person.as_deref().unwrap_or("-");
    format!("{strength} {kind} {} {person}|{slice}", finding.how)
}

#[test]
fn a_school_adds_words_of_its_own_and_lets_others_pass() {
    let words = [("swot*".to_owned(), Strength::Stop), ("Wet Play".to_owned(), Strength::Ask)];
    let roll = Roll::of(&[], &[]).expect("nobody has no fault").with_words(&words).expect("they can be searched for");
    let found = |text: &str| {
        let draft = Draft::of("case", text, Field::Text, false).expect("a case is short");
        let findings = screening::text(&draft, &roll).findings;
        findings.iter().map(|finding| line(text, finding)).collect::<Vec<_>>()
    };
    assert_eq!(found("No Swots here."), ["stop wording school's own list -|Swots"]);
    assert_eq!(found("It was wet play again."), ["ask wording school's own list -|wet play"]);
    assert_eq!(found("They swotted up."), [""; 0]);
    let wrong =
        [("x".to_owned(), Strength::Stop), ("fine".to_owned(), Strength::Stop), ("7".to_owned(), Strength::Ask)];
    assert_eq!(Roll::of(&[], &[]).expect("no fault").with_words(&wrong).err(), Some(vec![0, 2]));
}
