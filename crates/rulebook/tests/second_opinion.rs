//! Cedar's own authorizer beside every rule: all cases where they are few, else 100,000 of them a policy.

use rulebook::testing::{TODAY, files, pack, shipped, vocabulary};
use rulebook::{File, Much, Policy, Situation, Witness};

/// Acts with at most so many cases for each role are looked at whole.
const EVERY_CASE_MAX: u128 = 3_000;
/// Cases a policy, shared out among the acts that have more.
const SAMPLES: u64 = 100_000;

fn survey(policy: &Policy) {
    let mut witness = Witness::new(policy);
    let acts: Vec<String> = policy.vocabulary().acts().iter().map(|act| act.name.clone()).collect();
    let few = Much { every_case_max: EVERY_CASE_MAX, samples: 0, seed: 0 };
    let mut hear = |act: &str, much| witness.survey(act, much).unwrap_or_else(|error| panic!("{error}"));
    let large: Vec<&String> = acts.iter().filter(|act| !hear(act, few).is_every_case).collect();
    assert!(!large.is_empty() && large.len() < acts.len(), "{}: {} of {}", policy.id, large.len(), acts.len());
    let each = SAMPLES.div_ceil(large.len() as u64);
    let heard = large
        .iter()
        .enumerate()
        .map(|(n, act)| hear(act, Much { every_case_max: 0, samples: each, seed: n as u64 * 7_919 + 1 }).cases);
    assert!(heard.sum::<u64>() >= SAMPLES);
}

#[test]
fn cedar_agrees_on_bassingbourn() {
    survey(&shipped(&vocabulary(), "bassingbourn"));
}

#[test]
fn cedar_agrees_on_braunstone() {
    survey(&shipped(&vocabulary(), "braunstone"));
}

#[test]
fn cedar_agrees_on_bullion_lane() {
    survey(&shipped(&vocabulary(), "bullion-lane"));
}

#[test]
fn cedar_agrees_on_rattlesden() {
    survey(&shipped(&vocabulary(), "rattlesden"));
}

#[test]
fn cedar_agrees_on_westacre() {
    survey(&shipped(&vocabulary(), "westacre"));
}

fn asked(policy: &Policy, situation: &str) -> Situation {
    let read = Situation::read_json(policy.vocabulary(), "situation", situation, TODAY);
    read.unwrap_or_else(|faults| panic!("{faults:?}")).situations.remove(0)
}

#[test]
fn what_is_unknown_is_tried_out_and_what_is_settled_is_told_to_cedar() {
    let settled: Vec<File> = files("bassingbourn")
        .into_iter()
        .map(|file| match file.name.as_str() {
            "policy.toml" => {
                let (before, tables) = file.text.split_once("[people]").expect("a table");
                let more = "platforms = [\"Oak Learning\"]\n\n[permissions]\nshow = \"written before\"\n";
                File::new("policy.toml", format!("{before}{more}\n[people]{tables}"))
            }
            _ => file,
        })
        .collect();
    let policy = pack(&vocabulary(), &settled);
    let situation = r#"{"actor": {"roles": ["teacher"]}, "act": "post", "content": {"shows": ["staff"]},
        "service": {"name": "oak learning"}, "time": "unknown", "place": "unknown", "in_doubt": "unknown", "target": {"age": 40},
        "permissions": [{"from": "person", "form": "unknown", "for": "show", "before": "unknown"}]}"#;
    let agreement = Witness::new(&policy).hear(&asked(&policy, situation)).expect("both agree");
    assert!(agreement.is_every_case && agreement.cases >= 12, "{agreement:?}");
    let known = r#"{"actor": {"roles": ["teacher"]}, "act": "post", "target": {"age": 40}}"#;
    assert_eq!(Witness::new(&policy).hear(&asked(&policy, known)).expect("both agree").cases, 1);
}
