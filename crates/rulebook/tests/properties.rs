//! What must hold of every policy and every situation, tried on the five packs with thousands of situations each.
//!
//! Deterministic: the situations follow from a seed, and a failure names the situation to paste.

use rulebook::testing::{PACKS, TODAY, files, pack, vocabulary};
use rulebook::{Change, File, Policy, Situation, Verdict, Vocabulary};
use serde_json::{Map, Value, json};

/// Situations a pack and a property; the whole file stays under half a minute without optimisation.
const TRIES: u64 = 400;

/// Numbers that follow from a seed (a linear congruence; nothing here needs better).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A situation as JSON: an act, a role, and a few facts.
fn situation(vocabulary: &Vocabulary, dice: &mut Dice) -> Value {
    let act = dice.one(vocabulary.acts()).clone();
    let questions = vocabulary.questions();
    let mut root = Map::new();
    root.insert("act".to_owned(), json!(act.name));
    let roles = questions.iter().find(|q| q.path == "actor.roles").expect("roles");
    put(&mut root, "actor.roles", json!([dice.one(&roles.answers).0]));
    for _ in 0..dice.below(6) {
        let question = if act.asks.is_empty() || dice.below(3) == 0 {
            dice.one(&questions).clone()
        } else {
            vocabulary.question(dice.one::<String>(&act.asks)).expect("a question")
        };
        let unread = (question.path.starts_with("service.") && !act.carries_service)
            || (question.path.starts_with("content.") && !act.carries_content);
        if unread || question.path == "actor.roles" || question.path == "social" {
            continue;
        }
        let value = value(&question, dice);
        put(&mut root, &question.path, value);
    }
    if dice.below(3) == 0 {
        let permissions: Vec<Value> = (0..=dice.below(2)).map(|_| permission(dice)).collect();
        root.insert("permissions".to_owned(), json!(permissions));
    }
    Value::Object(root)
}

fn value(question: &rulebook::FactView, dice: &mut Dice) -> Value {
    if question.answers.is_empty() {
        return json!(*dice.one(&[3, 11, 17, 18, 40]));
    }
    let pick = dice.one(&question.answers).0.clone();
    match (question.is_set, pick.as_str()) {
        (true, _) => json!([pick]),
        (false, "true") => json!(true),
        (false, "false") => json!(false),
        _ => json!(pick),
    }
}

fn permission(dice: &mut Dice) -> Value {
    json!({
        "from": dice.one(&["headteacher", "person", "parent", "senior-leaders", "express"]),
        "form": dice.one(&["oral", "written"]),
        "for": dice.one(&["refer", "show", "name", "logo", "publication", "own-phone", "channel"]),
        "before": dice.below(4) != 0,
    })
}

fn put(root: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            root.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            if let Value::Object(inner) = root.entry(first.to_owned()).or_insert_with(|| json!({})) {
                put(inner, rest, value);
            }
        }
    }
}

/// None where the facts contradict each other.
fn outcomes(policy: &Policy, situation: &Value) -> Option<Vec<Verdict>> {
    let batch = Situation::read_json(policy.vocabulary(), "try", &situation.to_string(), TODAY).ok()?;
    let ruling = policy.rule(&batch.situations[0]);
    Some(ruling.outcomes.unwrap_or_else(|| vec![ruling.verdict]))
}

/// Calls `check` for each pack with many situations.
fn everywhere(check: impl Fn(&Policy, Value, &mut Dice)) {
    let vocabulary = vocabulary();
    for id in PACKS {
        let policy = pack(&vocabulary, &files(id));
        let mut dice = Dice(id.len() as u64 * 7919);
        let mut tried = 0;
        while tried < TRIES {
            let situation = situation(&vocabulary, &mut dice);
            if outcomes(&policy, &situation).is_some() {
                tried += 1;
                check(&policy, situation, &mut dice);
            }
        }
    }
}

#[test]
fn outcomes_are_exactly_those_found_by_trying_every_value() {
    everywhere(|policy, mut situation, dice| {
        let vocabulary = policy.vocabulary();
        let act = situation["act"].as_str().unwrap_or_default().to_owned();
        let asks = &vocabulary.acts().iter().find(|a| a.name == act).expect("the act").asks;
        let single: Vec<&String> = asks
            .iter()
            .filter(|path| vocabulary.question(path).is_some_and(|q| !q.is_set && !q.answers.is_empty()))
            .collect();
        if single.is_empty() {
            return;
        }
        let path = (*dice.one(&single)).clone();
        let question = vocabulary.question(&path).expect("a question");
        let root = situation.as_object_mut().expect("an object");
        put(root, &path, json!("unknown"));
        let Some(said) = outcomes(policy, &Value::Object(root.clone())) else { return };
        let mut found: Vec<Verdict> = vec![];
        for (value, _) in &question.answers {
            let value = match value.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                text => json!(text),
            };
            put(root, &path, value);
            // A value that contradicts another fact cannot come true.
            for verdict in outcomes(policy, &Value::Object(root.clone())).into_iter().flatten() {
                if !found.contains(&verdict) {
                    found.push(verdict);
                }
            }
        }
        found.sort();
        let is_pair = ["connection", "link.kind", "link.declared", "link.answer", "time", "break", "device.owner"];
        if is_pair.contains(&path.as_str()) {
            // Values that contradict other facts are refused when given, yet still possible while unknown.
            assert!(found.iter().all(|verdict| said.contains(verdict)), "{} {path} {situation}", policy.id);
        } else {
            assert_eq!(said, found, "{} {path} {situation}", policy.id);
        }
    });
}

#[test]
fn making_a_fact_known_never_widens_what_can_come() {
    everywhere(|policy, mut situation, dice| {
        let questions = policy.vocabulary().questions();
        let question = dice.one(&questions).clone();
        let known = value(&question, dice);
        let root = situation.as_object_mut().expect("an object");
        put(root, &question.path, json!("unknown"));
        let Some(before) = outcomes(policy, &Value::Object(root.clone())) else { return };
        put(root, &question.path, known);
        let Some(after) = outcomes(policy, &Value::Object(root.clone())) else { return };
        assert!(after.iter().all(|verdict| before.contains(verdict)), "{} {} {situation}", policy.id, question.path);
    });
}

#[test]
fn a_further_permission_never_makes_a_verdict_stricter() {
    everywhere(|policy, mut situation, dice| {
        let before = outcomes(policy, &situation).expect("read before");
        let root = situation.as_object_mut().expect("an object");
        let list = root.entry("permissions").or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list").push(permission(dice));
        let after = outcomes(policy, &Value::Object(root.clone())).expect("one permission more");
        // Strictest first: the strictest outcome may only become milder.
        assert!(after.first() >= before.first(), "{} {situation}: {before:?} became {after:?}", policy.id);
    });
}

#[test]
fn the_order_of_chapters_changes_no_verdict() {
    let vocabulary = vocabulary();
    for id in PACKS {
        let files = files(id);
        let turned: Vec<File> = files
            .iter()
            .enumerate()
            .map(|(n, file)| match file.name.ends_with(".md") {
                true => File::new(format!("{:02}-turned.md", 90 - n), file.text.clone()),
                false => file.clone(),
            })
            .collect();
        let (policy, turned) = (pack(&vocabulary, &files), pack(&vocabulary, &turned));
        let mut dice = Dice(5);
        for _ in 0..TRIES {
            let situation = situation(&vocabulary, &mut dice);
            assert_eq!(outcomes(&policy, &situation), outcomes(&turned, &situation), "{id} {situation}");
        }
    }
}

#[test]
fn a_comparison_with_itself_proves_that_nothing_changed() {
    let vocabulary = vocabulary();
    let policy = pack(&vocabulary, &files("rattlesden"));
    let same = rulebook::compare(&policy, &policy, TODAY).expect("compared");
    assert_eq!(same.differences, []);
    assert_eq!(same.acts.len(), vocabulary.acts().len());
}

#[test]
fn a_loosened_clause_is_found_with_a_situation_that_both_confirm() {
    let vocabulary = vocabulary();
    let before = files("westacre");
    let after: Vec<File> = before
        .iter()
        .map(|file| File::new(file.name.clone(), file.text.replace("adult_age = 18", "adult_age = 16")))
        .collect();
    let (old, new) = (pack(&vocabulary, &before), pack(&vocabulary, &after));
    let comparison = rulebook::compare(&old, &new, TODAY).expect("compared");
    assert!(!comparison.differences.is_empty());
    for difference in &comparison.differences {
        // Where a declared family tie had lifted the clause, the answer was a yes and is silence now.
        let expected = if difference.from == Verdict::Allowed { Change::NewlySilent } else { Change::Looser };
        assert_eq!(difference.change, expected, "{difference:?}");
        let age = difference.situation["target"]["age"].as_u64();
        assert!(age == Some(16) || age == Some(17), "{difference:?}");
        assert_eq!(outcomes(&old, &difference.situation), Some(vec![difference.from]));
        assert_eq!(outcomes(&new, &difference.situation), Some(vec![difference.to]));
    }
}
