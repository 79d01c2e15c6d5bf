//! What a school settles in `policy.toml`, and a pack that another school starts from.

use rulebook::testing::{PACKS, TODAY, files, pack, vocabulary};
use rulebook::{Change, File, Policy, Situation, Verdict, Vocabulary};
use std::sync::Arc;

/// A pack with more settings: keys before the first table, then tables.
fn with(id: &str, keys: &str, tables: &str) -> Vec<File> {
    let settle = |file: File| match file.text.split_once("\n[people]") {
        Some((before, after)) if file.name == "policy.toml" => {
            File::new(file.name.clone(), format!("{before}\n{keys}\n{tables}\n[people]{after}"))
        }
        _ => file,
    };
    files(id).into_iter().map(settle).collect()
}

fn said(vocabulary: &Arc<Vocabulary>, files: &[File]) -> String {
    let (policy, faults) = rulebook::read(vocabulary, files);
    assert!(policy.is_none(), "no fault was found");
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

fn rule(policy: &Policy, situation: &str) -> rulebook::Ruling {
    let read = Situation::read_json(policy.vocabulary(), "situation", situation, TODAY);
    policy.rule(&read.unwrap_or_else(|faults| panic!("{faults:?}")).situations[0])
}

#[test]
fn a_copy_under_another_name_rules_as_the_original() {
    let vocabulary = vocabulary();
    for id in PACKS {
        let original = pack(&vocabulary, &files(id));
        let copied = rulebook::renamed(&files(id), "oakfield", Some("Oakfield \"Primary\" School")).expect("a copy");
        let copy = pack(&vocabulary, &copied);
        assert_eq!((copy.id.as_str(), copy.school.as_str()), ("oakfield", "Oakfield \"Primary\" School"));
        assert_eq!(copy.clauses.len(), original.clauses.len());
        assert!(copy.clauses.iter().all(|clause| clause.id.starts_with("oakfield.")));
        let report = copy.run_examples();
        assert!(report.failures.is_empty() && report.unreached.is_empty(), "{id}: {:?}", report.failures);
        assert!(rulebook::compare(&original, &copy, TODAY).expect("compared").differences.is_empty());
    }
    assert!(rulebook::renamed(&files("westacre"), "Oak Field", None).is_err());
    assert!(rulebook::renamed(&[], "oakfield", None).is_err());
}

#[test]
fn full_clause_ids_follow_the_new_name_and_other_words_do_not() {
    let settings = File::new(
        "policy.toml",
        "id = \"oak\"\nstatus = \"adopted\"\nreview = \"2027-01-01\"\n[people]\nid = [\"teacher\"]\n",
    );
    let chapter = File::new("01-a.md", "see oak.contact.1, soak.contact.1, oak.test and oak.\n");
    let copied = rulebook::renamed(&[settings, chapter], "elm", None).expect("a copy");
    assert_eq!(copied[0].text, "id = \"elm\"\nstatus = \"draft\"\n[people]\nid = [\"teacher\"]\n");
    assert_eq!(copied[1].text, "see elm.contact.1, soak.contact.1, oak.test and oak.\n");
}

#[test]
fn a_service_that_the_school_approves_by_name_is_an_approved_platform() {
    let vocabulary = vocabulary();
    let talk = r#"{"actor": {"roles": ["teacher"]}, "act": "message", "topic": "child-in-own-class",
        "target": {"relations": ["parent"]}, "service": {"name": " school POST "}}"#;
    let plain = pack(&vocabulary, &files("rattlesden"));
    let mut more = files("rattlesden");
    for file in &mut more {
        file.text = file.text.replace("\"SchoolComms\"]", "\"SchoolComms\", \"School Post\"]");
    }
    let settled = pack(&vocabulary, &more);
    assert_eq!(rule(&plain, talk).verdict, Verdict::MustNot);
    assert_eq!(rule(&plain, &talk.replace("school POST", "tapestry")).verdict, Verdict::Allowed);
    assert_eq!(rule(&settled, talk).verdict, Verdict::Allowed);
    let changed = rulebook::compare(&plain, &settled, TODAY).expect("compared");
    assert_eq!(changed.settings.iter().map(|s| s.key.as_str()).collect::<Vec<_>>(), ["platforms"]);
}

#[test]
fn a_service_is_known_by_its_former_and_short_names_and_by_no_other() {
    let vocabulary = vocabulary();
    let check = |approved: &str, written: &str, expect: Verdict| {
        let mut more = files("rattlesden");
        for file in &mut more {
            file.text = file.text.replace("\"SchoolComms\"]", &format!("\"SchoolComms\", \"{approved}\"]"));
        }
        let settled = pack(&vocabulary, &more);
        let talk = format!(
            r#"{{"actor": {{"roles": ["teacher"]}}, "act": "message", "topic": "child-in-own-class",
            "target": {{"relations": ["parent"]}}, "service": {{"name": "{written}"}}}}"#
        );
        assert_eq!(rule(&settled, &talk).verdict, expect, "{approved} and {written}");
    };
    check("Twitter", "X", Verdict::Allowed);
    check("X", "twitter", Verdict::Allowed);
    check("Facebook", "FB", Verdict::Allowed);
    check("insta", "IG", Verdict::Allowed);
    check("WhatsApp", "whats app", Verdict::Allowed);
    check("Show My Homework", "Satchel One", Verdict::Allowed);
    check("BeReal", " bereal", Verdict::Allowed);
    check("X", "Facebook", Verdict::MustNot);
    check("Twitter", "Twitch", Verdict::MustNot);
    check("Tapestry", "Tap", Verdict::MustNot);
}

#[test]
fn a_slip_in_the_names_of_services_is_a_fault() {
    let shipped = rulebook::testing::file(&rulebook::testing::policies().join("vocabulary.cedarschema"));
    let check = |wrong: &str, said: &str| {
        let text = shipped.text.replace("x = twitter", wrong);
        let Err(faults) = Vocabulary::read(&File::new("vocabulary.cedarschema", text)) else {
            panic!("{wrong} is read")
        };
        assert!(faults.iter().any(|fault| fault.to_string().contains(said)), "{faults:?}");
    };
    check("twitter", "is written");
    check("x = twitter, FB", "twice");
}

#[test]
fn a_school_says_what_a_permission_must_be() {
    let vocabulary = vocabulary();
    let plain = pack(&vocabulary, &files("bassingbourn"));
    let strict = pack(&vocabulary, &with("bassingbourn", "", "[permissions]\nshow = \"written before\"\n"));
    let shown = |form: &str| {
        format!(
            r#"{{"actor": {{"roles": ["teacher"]}}, "act": "post", "content": {{"shows": ["staff"]}},
            "permissions": [{{"from": "person", "form": "{form}", "for": "show"}}]}}"#
        )
    };
    assert_eq!(rule(&plain, &shown("oral")).verdict, Verdict::Allowed);
    let ruling = rule(&strict, &shown("oral"));
    assert_eq!(ruling.verdict, Verdict::NeedsPermission);
    assert!(ruling.needs.iter().any(|need| need.form == "written" && need.before), "{:?}", ruling.needs);
    assert_eq!(rule(&strict, &shown("written")).verdict, Verdict::Allowed);
    let comparison = rulebook::compare(&plain, &strict, TODAY).expect("compared");
    assert!(!comparison.differences.is_empty());
    assert!(comparison.differences.iter().all(|d| d.change == Change::Stricter), "{:?}", comparison.differences);
}

#[test]
fn a_school_says_whom_to_tell_instead() {
    let vocabulary = vocabulary();
    let seen =
        r#"{"actor": {"roles": ["teacher"]}, "act": "witness", "concern": {"kind": "bullying", "victim": "pupil"}}"#;
    let plain = pack(&vocabulary, &files("rattlesden"));
    let routed = pack(&vocabulary, &with("rattlesden", "", "[routes]\nheadteacher = [\"senior-leader\", \"dsl\"]\n"));
    assert_eq!(rule(&plain, seen).duties[0].to, ["headteacher"]);
    assert_eq!(rule(&routed, seen).duties[0].to, ["senior-leader", "dsl"]);
}

#[test]
fn hours_say_what_time_it_is() {
    let vocabulary = vocabulary();
    let tables = "[hours]\nfrom = \"08:30\"\nto = \"16:00\"\ndays = [\"monday\", \"friday\"]\n";
    let policy = pack(&vocabulary, &with("westacre", "", tables));
    let hours = policy.choices.hours.expect("hours");
    let at = |day: i8, hour: i8, minute: i8| hours.hold(jiff::civil::date(2026, 11, day).at(hour, minute, 0, 0));
    // 20 November 2026 is a Friday.
    assert_eq!([at(20, 8, 29), at(20, 8, 30), at(20, 15, 59), at(20, 16, 0)], [false, true, true, false]);
    assert!(!at(21, 10, 0));
}

#[test]
fn a_clause_that_is_off_keeps_its_words_and_loses_its_force() {
    let vocabulary = vocabulary();
    let pupil = r#"{"actor": {"roles": ["teacher"]}, "act": "connect-accept", "target": {"relations": ["pupil"]}}"#;
    let policy = pack(&vocabulary, &with("rattlesden", "off = [\"personal-conduct.5\"]", ""));
    assert_eq!(rule(&policy, pupil).verdict, Verdict::NotCovered);
    let clause = policy.clause("rattlesden.personal-conduct.5").expect("still there");
    assert!(clause.is_off && !clause.wording.is_empty());
    let said = said(&vocabulary, &with("rattlesden", "off = [\"personal-conduct.55\"]", ""));
    assert!(said.contains("policy.toml:") && said.contains("did you mean `personal-conduct.5`?"), "{said}");
}

#[test]
fn wrong_settings_are_named_with_what_was_expected() {
    let vocabulary = vocabulary();
    let cases = [
        ("platforms = \"Post\"", "", "a list of texts was expected"),
        ("platforms = [\" \"]", "", "a name without letters"),
        ("approved = \"soon\"", "", "`approved` is a day"),
        ("", "[hours]\nfrom = \"8.30\"\nto = \"16:00\"\ndays = [\"monday\"]\n", "a time is written as text"),
        ("", "[hours]\nfrom = \"17:00\"\nto = \"16:00\"\ndays = [\"monday\"]\n", "must come before"),
        ("", "[hours]\nfrom = \"08:00\"\nto = \"16:00\"\ndays = [\"mondy\"]\n", "did you mean `monday`?"),
        ("", "[hours]\nuntil = \"08:00\"\n", "unknown key `until`"),
        ("", "[routes]\nhead = [\"dsl\"]\n", "nobody who can be told"),
        ("", "[routes]\ndsl = []\n", "at least one role"),
        ("", "[permissions]\nshow = \"spoken\"\n", "nothing a permission can be"),
        ("", "[permissions]\nshows = \"written\"\n", "did you mean `show`?"),
    ];
    for (keys, tables, expected) in cases {
        let said = said(&vocabulary, &with("westacre", keys, tables));
        assert!(said.contains("policy.toml:") && said.contains(expected), "{keys}{tables}: {said}");
    }
}
