//! The shipped packs: no faults, every example holds, and the worked examples of the contract come out exactly.

use rulebook::Situation;
use rulebook::testing::{PACKS, TODAY, file, policies, shipped, vocabulary};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_example_in_the_chapters_holds() {
    let vocabulary = vocabulary();
    let mut wrong = String::new();
    for id in PACKS {
        let report = shipped(&vocabulary, id).run_examples();
        wrong.extend(report.failures.iter().map(|f| format!("{id}/{}\n", f.fault)));
        wrong.extend(
            report
                .unreached
                .iter()
                .map(|(clause, line)| format!("{clause} (line {line}): no example reaches this rule\n")),
        );
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The register lists every statement of the originals; a pack holds each of its own exactly once (`check_ids` sees to "once").
#[test]
fn a_pack_holds_the_clauses_of_the_register_and_no_others() {
    let vocabulary = vocabulary();
    let register = file(&policies().join("register.txt")).text;
    let ids: BTreeSet<&str> = register.lines().collect();
    assert_eq!((register.lines().count(), ids.len()), (254, 254), "the register has 254 ids, each once");
    for id in PACKS {
        let policy = shipped(&vocabulary, id);
        let prefix = format!("{id}.");
        let wanted: BTreeSet<&str> = ids.iter().copied().filter(|clause| clause.starts_with(&prefix)).collect();
        let held: BTreeSet<&str> = policy.clauses.iter().map(|c| c.id.as_str()).collect();
        let missing: Vec<_> = wanted.difference(&held).collect();
        let extra: Vec<_> = held.difference(&wanted).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{id}: missing {missing:?}, not in the register {extra:?}");
    }
}

#[test]
fn the_worked_examples_of_the_contract_come_out_exactly() {
    let vocabulary = vocabulary();
    let text = std::fs::read_to_string(policies().join("worked-examples.json")).unwrap();
    let examples: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut wrong = String::new();
    for id in PACKS {
        let policy = shipped(&vocabulary, id);
        for example in examples.iter().filter(|e| e["policy"] == id) {
            let situation = example["situation"].to_string();
            let batch = Situation::read_json(&vocabulary, "situation", &situation, TODAY)
                .unwrap_or_else(|faults| panic!("{}: {faults:?}", example["id"]));
            let ruling = serde_json::to_value(policy.rule(&batch.situations[0])).unwrap();
            for said in differences(&example["expect"], &ruling) {
                wrong.push_str(&format!("{} {id}: {said}\n    {situation}\n", example["id"]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn differences(expect: &Value, ruling: &Value) -> Vec<String> {
    let mut out = vec![];
    let ids = |effect: Option<&str>| -> Vec<String> {
        let citations = ruling["citations"].as_array().unwrap();
        let cited = citations.iter().filter(|c| effect.is_none_or(|e| c["effect"] == e));
        cited.map(|c| c["clause"].as_str().unwrap().to_owned()).collect()
    };
    for (key, wanted) in expect.as_object().unwrap() {
        let list: Vec<String> =
            wanted.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        let (holds, came) = match key.as_str() {
            "verdict" | "binding" => (ruling[key] == *wanted, ruling[key].clone()),
            "decides" => (ids(Some("decides")) == list, ids(Some("decides")).into()),
            "cites" => (list.iter().all(|id| ids(None).contains(id)), ids(None).into()),
            "cites_not" => (list.iter().all(|id| !ids(None).contains(id)), ids(None).into()),
            "outcomes" => (ruling["outcomes"] == *wanted, ruling["outcomes"].clone()),
            "questions" => {
                let facts: Vec<&Value> = ruling["questions"].as_array().unwrap().iter().map(|q| &q["fact"]).collect();
                (facts == wanted.as_array().unwrap().iter().collect::<Vec<_>>(), serde_json::json!(facts))
            }
            "needs" | "duties" => {
                let came = ruling[key].as_array().unwrap();
                let fits = |w: &Value, c: &Value| w.as_object().unwrap().iter().all(|(k, v)| c[k] == *v);
                let wanted = wanted.as_array().unwrap();
                (
                    wanted.len() == came.len() && wanted.iter().all(|w| came.iter().any(|c| fits(w, c))),
                    ruling[key].clone(),
                )
            }
            other => panic!("unknown expectation {other}"),
        };
        if !holds {
            out.push(format!("{key}: expected {wanted}, came {came}"));
        }
    }
    out
}

#[test]
fn the_next_step_of_protected_contact_is_one_sentence() {
    let vocabulary = vocabulary();
    let at_work = r#"{"actor": {"roles": ["teacher"]}, "act": "message", "time": "school-hours",
        "target": {"relations": ["union"]}, "purpose": "own-employment"}"#;
    let batch = Situation::read_json(&vocabulary, "situation", at_work, TODAY).unwrap();
    let ruling = shipped(&vocabulary, "rattlesden").rule(&batch.situations[0]);
    assert_eq!(
        ruling.next_step,
        "You are free to have this contact; wait until you are off duty, since at work the device makes no difference."
    );
}

#[test]
fn a_witness_is_told_whom_to_tell() {
    let vocabulary = vocabulary();
    let policy = shipped(&vocabulary, "braunstone");
    let situation = r#"{"actor": {"roles": ["parent"]}, "act": "witness", "concern": {"about": ["teacher"]}}"#;
    let batch = Situation::read_json(&vocabulary, "situation", situation, TODAY).unwrap();
    let ruling = policy.rule(&batch.situations[0]);
    assert_eq!(ruling.next_step, "Tell the headteacher or a senior leader what you have seen.");
}

/// What `schoolgate policy coverage` demands of every pack; each line names what an example has to show.
#[test]
fn the_examples_show_everything_that_the_clauses_decide() {
    let vocabulary = vocabulary();
    let mut wrong = String::new();
    for id in PACKS {
        let coverage = rulebook::coverage(&shipped(&vocabulary, id));
        assert!(!coverage.deciding.is_empty(), "{id} decides something");
        for rule in &coverage.unreached {
            wrong.push_str(&format!(
                "{id}/{}:{}: {}: no example reaches this rule\n",
                rule.file, rule.line, rule.clause
            ));
        }
        for clause in &coverage.deciding {
            for missing in &clause.missing {
                wrong
                    .push_str(&format!("{id}/{}:{}: {}: {}\n", clause.file, missing.line, clause.clause, missing.said));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
