//! Lint: a small bad pack for every code, the same pack mended, and what it says of the shipped packs.

use rulebook::testing::{PACKS, pack, shipped, vocabulary};
use rulebook::{File, Finding, LINTS, Policy, Vocabulary};
use std::collections::BTreeSet;
use std::sync::Arc;

const SETTINGS: &str = "id = \"oakfield\"\ntitle = \"Policy\"\nschool = \"Oakfield Primary School\"\nstatus = \"draft\"\nbinds = [\"employed\"]\nsocial = [\"network\"]\n";

/// A pack of one chapter; each part is a clause.
fn small(vocabulary: &Arc<Vocabulary>, id: &str, parts: &[String]) -> Policy {
    let settings = SETTINGS.replace("oakfield", id);
    let chapter = format!("# Policy\n\n## All\n\n{}", parts.concat());
    pack(vocabulary, &[File::new("policy.toml", settings), File::new("01-all.md", chapter)])
}

/// A clause with its words, its verb and its rules.
fn clause(number: usize, modality: &str, words: &str, rules: &str) -> String {
    let block = if rules.is_empty() { String::new() } else { format!("```cedar\n{rules};\n```\n\n") };
    format!(
        "### all.{number} Title\n\n```clause\nmodality = \"{modality}\"\nwho = \"employed\"\ndoes = \"decides\"\n```\n\n{words}\n\n{block}"
    )
}

fn words(number: usize, modality: &str, words: &str) -> String {
    clause(number, modality, words, "")
}

fn rule(effect: &str, act: &str, when: &str) -> String {
    let keyword =
        if ["must-not", "should-not", "advised-against", "caution"].contains(&effect) { "forbid" } else { "permit" };
    format!("@effect(\"{effect}\")\n{keyword} (principal, action == Action::\"{act}\", resource)\nwhen {{ {when} }}")
}

fn report(to: &str, when: &str) -> String {
    format!("@duty(\"report\") @strength(\"must\") @to(\"{to}\")\n{}", rule("duty", "witness", when))
}

const PUPIL: &str = "context.target.relations.pupil";
const PARENT: &str = "context.target.relations.parent";

/// Code, the clauses that show it, and the same mended.
type Case = (&'static str, Vec<String>, Vec<String>);

fn one(modality: &str, rules: String) -> Vec<String> {
    vec![clause(1, modality, "Words.", &rules)]
}

fn ban(act: &str, when: &str) -> Vec<String> {
    one("must-not", rule("must-not", act, when))
}

fn bad_and_good(bad: Vec<String>, good: Vec<String>) -> (Vec<String>, Vec<String>) {
    (bad, good)
}

fn cases() -> Vec<Case> {
    [rule_cases(), word_cases(), picture_cases()].concat()
}

fn rule_cases() -> Vec<Case> {
    let mut out = vec![];
    let mut add = |code: &'static str, (bad, good): (Vec<String>, Vec<String>)| out.push((code, bad, good));
    add(
        "never-holds",
        bad_and_good(ban("post", "context.in_doubt && !context.in_doubt"), ban("post", "context.in_doubt")),
    );
    let lifted = |exception: &str| {
        let ban = rule("must-not", "message", PUPIL);
        vec![clause(1, "must-not", "Words.", &format!("{ban}\nunless {{ {exception} }}"))]
    };
    add("always-lifted", bad_and_good(lifted(&format!("{PUPIL} || context.in_doubt")), lifted("context.in_doubt")));
    let two = |milder: &str| {
        vec![
            clause(1, "must-not", "Words.", &rule("must-not", "message", PUPIL)),
            clause(2, "caution", "Words.", &rule("caution", "message", milder)),
        ]
    };
    add("never-decides", bad_and_good(two(&format!("{PUPIL} && context.in_doubt")), two("context.in_doubt")));
    let clash = |notes: &str| {
        vec![
            clause(1, "must-not", "Words.", &rule("must-not", "message", &format!("{PUPIL} && !context.in_doubt"))),
            clause(
                2,
                "may",
                "Words.",
                &format!("{notes}{}", rule("permits", "message", &format!("{PUPIL} || {PARENT}"))),
            ),
        ]
    };
    add("clash", bad_and_good(clash(""), clash("@lifts(\"all.1\")\n")));
    add("D2", {
        let routes = |other: &str| {
            vec![
                clause(1, "must", "Words.", &report("headteacher", "context.concern.evidence")),
                clause(2, "must", "Words.", &report(other, "context.concern.from_child")),
            ]
        };
        (routes("dsl"), routes("headteacher"))
    });
    add("D3", {
        let to = |who: &str| one("must", report(who, "context.concern.evidence"));
        (to("dsl, headteacher"), to("headteacher"))
    });
    out
}

fn word_cases() -> Vec<Case> {
    let mut out = vec![];
    let mut add = |code: &'static str, (bad, good): (Vec<String>, Vec<String>)| out.push((code, bad, good));
    let officer =
        |modality: &str, verb: &str| vec![words(1, modality, &format!("The designated officer {verb} told of it."))];
    add("D4", bad_and_good(officer("may", "can be"), officer("must", "is")));
    add(
        "D5",
        bad_and_good(
            vec![words(1, "aim", "Words.")],
            vec![words(1, "must", "Low-level concerns go to the headteacher.")],
        ),
    );
    let accused = "context.content.kinds.allegation";
    add("D6", bad_and_good(ban("post", accused), ban("post", &format!("{accused} && !context.content[\"true\"]"))));
    let grave = |upon: &str| {
        vec![
            clause(1, "must-not", "Words.", &rule("must-not", "message", PUPIL)),
            clause(
                2,
                "consequence",
                "A breach is gross misconduct.",
                &format!("{upon}{}", rule("consequence", "message", "true")),
            ),
        ]
    };
    add("D7", bad_and_good(grave(""), grave("@upon(\"all.1\")\n")));
    let removal = "Visitors are asked to delete what they put online.";
    add("D8", {
        let keep = format!(
            "@duty(\"keep-evidence\") @strength(\"must\")\n{}",
            rule("duty", "witness", "context.concern.evidence")
        );
        (vec![words(1, "procedure", removal)], vec![words(1, "procedure", removal), clause(2, "must", "Words.", &keep)])
    });
    let family = |exception: &str| {
        let ban = rule("must-not", "connect-request", PARENT);
        let declare = format!(
            "@duty(\"declare\") @strength(\"must\")\n{}",
            rule("duty", "connect-request", "context.link.kind == Link::\"family\"")
        );
        vec![clause(1, "must-not", "Words.", &format!("{ban}{exception}")), clause(2, "must", "Words.", &declare)]
    };
    add("D9", bad_and_good(family(""), family("\nunless { context.link.answer == Answer::\"agreed\" }")));
    out
}

fn picture_cases() -> Vec<Case> {
    let mut out = vec![];
    let mut add = |code: &'static str, (bad, good): (Vec<String>, Vec<String>)| out.push((code, bad, good));
    let picture = |exception: &str| {
        vec![clause(
            1,
            "must-not",
            "Words.",
            &format!(
                "{}\nunless {{ {exception} }}",
                rule("must-not", "publish", "context.content.shows.pupil || context.content.shows.staff")
            ),
        )]
    };
    let parents = "context.permission.show.parent.pupil.written";
    add(
        "D10",
        bad_and_good(picture(parents), picture(&format!("{parents} && context.permission.show.person.staff.any"))),
    );
    let device =
        |owner: &str| one("may", rule("permits", "capture", &format!("context.device.owner == Owner::\"{owner}\"")));
    add("D11", bad_and_good(device("own"), device("school")));
    add("D12", bad_and_good(vec![words(1, "aim", "We like MySpace.")], vec![words(1, "aim", "We like networks.")]));
    add("D13", {
        let bad = picture(parents);
        let good = [bad.clone(), vec![words(2, "right", "A permission can be withdrawn at any time.")]].concat();
        (bad, good)
    });
    add(
        "D14",
        bad_and_good(vec![words(1, "aim", "Words.")], vec![words(1, "must", "Records are kept for six years.")]),
    );
    let watch = |more: &str| one("right", rule("permits", "monitor", &format!("context.monitoring.necessary{more}")));
    add("D15", bad_and_good(watch(""), watch(" && context.monitoring.notified")));
    let free = |when: &str| one("may", rule("permits", "message", when));
    add("no-union", bad_and_good(free(PARENT), free("context.target.relations.union")));
    let disclosure = "context.purpose == Purpose::\"protected-disclosure\"";
    add("no-whistleblowing", bad_and_good(free(PARENT), free(disclosure)));
    add("no-route-about-headteacher", {
        let to = |who: &str| one("must", report(who, "context.concern.evidence"));
        (to("headteacher"), to("headteacher, chair-of-governors"))
    });
    out
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn every_code_is_found_in_a_bad_pack_and_not_in_the_mended_one() {
    let vocabulary = vocabulary();
    let mut shown = BTreeSet::from(["silent-act", "silent-fact", "D1"]);
    for (code, bad, good) in cases() {
        let (bad, good) = (small(&vocabulary, "oakfield", &bad), small(&vocabulary, "oakfield", &good));
        let (found, left) = (rulebook::lint(&bad, &[]), rulebook::lint(&good, &[]));
        assert!(codes(&found).contains(code), "{code} not found: {found:#?}");
        assert!(!codes(&left).contains(code), "{code} found in the mended pack: {left:#?}");
        for finding in found {
            assert!(!finding.said.is_empty() && !finding.advice.is_empty() && finding.line > 0, "{finding:?}");
        }
        shown.insert(code);
    }
    let known: BTreeSet<&str> = LINTS.iter().map(|(code, _)| *code).collect();
    assert_eq!(shown, known, "a code without a bad pack");
}

#[test]
fn silence_is_measured_against_other_policies() {
    let vocabulary = vocabulary();
    let text =
        vec![clause(1, "must-not", "Words.", &rule("must-not", "text", &format!("{PUPIL} && context.in_doubt")))];
    let message = vec![clause(1, "must-not", "Words.", &rule("must-not", "message", PUPIL))];
    let (one, other) = (small(&vocabulary, "oakfield", &text), small(&vocabulary, "elmfield", &message));
    let found = |policy: &Policy, beside: &Policy| -> Vec<String> {
        let silent = rulebook::lint(policy, &[beside]).into_iter().filter(|f| f.code.starts_with("silent"));
        silent.map(|finding| finding.said).collect()
    };
    let said = found(&one, &other);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("`message`") && said[0].contains("elmfield.all.1"), "{said:?}");
    let said = found(&other, &one);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("`text`") && said[1].contains("`in_doubt`"), "{said:?}");
    assert_eq!(found(&one, &one), Vec::<String>::new());
}

#[test]
fn a_policy_that_says_who_approved_it_and_when_is_attested() {
    let vocabulary = vocabulary();
    let chapter = File::new("01-all.md", format!("# Policy\n\n## All\n\n{}", words(1, "aim", "Words.")));
    let with = |more: &str| {
        let policy = pack(&vocabulary, &[File::new("policy.toml", format!("{SETTINGS}{more}")), chapter.clone()]);
        rulebook::lint(&policy, &[]).into_iter().find(|finding| finding.code == "D1").map(|finding| finding.said)
    };
    let all = "approver = \"The governing body\"\napproved = \"2026-09-01\"\nreview = \"2027-09-01\"\n";
    assert_eq!(with(all), None);
    assert_eq!(with("approver = \"The head\"\n").as_deref(), Some("policy.toml does not say approved, review"));
}

/// What lint says of the shipped packs, reviewed line by line; a new line is a new finding to look at.
#[test]
fn the_findings_in_the_shipped_packs_are_those_that_were_reviewed() {
    let vocabulary = vocabulary();
    let all = PACKS.map(|id| shipped(&vocabulary, id));
    let mut lines = String::new();
    for policy in &all {
        let others: Vec<&Policy> = all.iter().filter(|other| other.id != policy.id).collect();
        for finding in rulebook::lint(policy, &others) {
            let clause = finding.clause.as_deref().unwrap_or("-");
            lines.push_str(&format!(
                "{}/{}:{} {} {clause}: {}\n",
                policy.id, finding.file, finding.line, finding.code, finding.said
            ));
        }
    }
    insta::assert_snapshot!(lines);
}
