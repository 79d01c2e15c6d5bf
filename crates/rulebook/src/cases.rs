//! Cases: every situation of an act at once, and the smallest one that shows something.
//!
//! For: whatever must hold over the whole vocabulary, and for showing a person one case of it. Promises: a case that is shown
//! can be asked as it stands. Does not: weigh clauses.

use crate::diagram::{F, YES};
use crate::facts::Facts;
use crate::permission::{Slot, quality_items};
use crate::profile::Cond;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Default, Domain, FactId, Vocabulary};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// A situation of which nothing that the act reads is known.
pub(crate) fn every_case(vocabulary: &Vocabulary, act: usize, asked_on: Date) -> Situation {
    let mut open = Situation::unknown(vocabulary, act, asked_on);
    let act = &vocabulary.acts()[act];
    for (fact, given) in open.given.iter_mut().enumerate() {
        let path = &vocabulary.facts[fact].path;
        let unread = (!act.carries_service && path.starts_with("service."))
            || (!act.carries_content && path.starts_with("content."))
            || (act.name != "monitor" && path.starts_with("monitoring."))
            || (!["witness", "raise-concern"].contains(&act.name.as_str()) && path.starts_with("concern."));
        if unread {
            *given = Given::LeftOut;
        }
    }
    open
}

/// What a reader of situations would not refuse: somebody asks, about somebody, and no two facts contradict each other.
pub(crate) fn possible(facts: &mut Facts<'_>) -> F {
    let vocabulary = facts.vocabulary;
    let act = facts.act();
    let is = |path: &str, values: &[&str]| -> Cond {
        let Some(fact) = vocabulary.fact(path) else { return Cond::Always(false) };
        let number = |value: &&str| match &vocabulary.facts[fact].domain {
            Domain::List(values) => values.iter().position(|v| v == *value).unwrap_or(0),
            _ => usize::from(*value == "true"),
        };
        Cond::Is(fact, values.iter().fold(0, |mask, value| mask | (1 << number(value))))
    };
    let never = |parts: Vec<Cond>| Cond::Not(Box::new(Cond::All(parts)));
    let sets = vocabulary.groups.iter().filter(|group| group.is_set && !vocabulary.may_be_empty(group));
    let mut all: Vec<Cond> =
        sets.map(|group| Cond::Any(group.facts.iter().map(|fact| Cond::Is(*fact, 0b10)).collect())).collect();
    all.extend([
        never(vec![is("link.kind", &["none"]), is("link.declared", &["true"])]),
        never(vec![is("link.kind", &["none"]), is("link.answer", &["agreed", "refused"])]),
        never(vec![is("link.declared", &["false"]), is("link.answer", &["agreed", "refused"])]),
        never(vec![is("break", &["true"]), is("time", &["outside"])]),
        never(vec![is("place", &["premises"]), is("time", &["own-hours-off-site"])]),
    ]);
    match act {
        "use-equipment" => all.push(is("device.owner", &["school"])),
        "follow" => all.push(is("connection", &["one-way", "approved-follower"])),
        _ if act.starts_with("connect-") => all.push(is("connection", &["mutual", "approved-follower"])),
        _ => {}
    }
    facts.holds(&Cond::All(all))
}

/// The assignment that names the fewest facts other than by their defaults.
pub(crate) fn cheapest(facts: &Facts<'_>, f: F) -> Option<Vec<(FactId, usize)>> {
    if f == YES {
        return Some(vec![]);
    }
    let vocabulary = facts.vocabulary;
    let cost = |var: u32, value: usize| -> u32 {
        let Some(fact) = facts.variables[var as usize] else { return 3 };
        match vocabulary.facts[fact].default {
            Default::Value(default) if default == value => 0,
            Default::Required if value == 0 => 0,
            _ => 2,
        }
    };
    let witness = facts.diagrams.witness(f, &cost)?;
    Some(witness.into_iter().filter_map(|(var, value)| Some((facts.variables[var as usize]?, value))).collect())
}

/// Facts as the JSON of a situation.
pub(crate) fn as_situation(vocabulary: &Vocabulary, act: usize, asked_on: Date, known: &[(FactId, usize)]) -> Value {
    let mut root = Map::new();
    root.insert("asked_on".to_owned(), json!(asked_on.to_string()));
    root.insert("act".to_owned(), json!(vocabulary.acts()[act].name));
    let mut permissions = vec![];
    let is_default = |fact: FactId, value: usize| match vocabulary.facts[fact].default {
        Default::Value(default) => default == value,
        Default::Required => value == 0,
        _ => false,
    };
    // A set is left out where its default says the same; the others are named only where they differ from theirs.
    let speaks = |fact: FactId| {
        let group = vocabulary.facts[fact].group;
        known.iter().any(|(other, value)| vocabulary.facts[*other].group == group && !is_default(*other, *value))
    };
    for (fact, value) in known.iter().filter(|(fact, _)| speaks(*fact)) {
        let entry = &vocabulary.facts[*fact];
        let group = &vocabulary.groups[entry.group];
        match &entry.domain {
            Domain::Standing => {
                permissions.extend(Slot::of_path(&entry.path).into_iter().flat_map(|s| quality_items(&s, *value)))
            }
            _ if group.is_set => add_member(&mut root, &group.path, &entry.path, *value == 1),
            Domain::Bool => put(&mut root, &entry.path, json!(*value == 1)),
            Domain::Years(_) => put(&mut root, &entry.path, json!(value)),
            Domain::List(values) => put(&mut root, &entry.path, json!(values.get(*value))),
        }
    }
    if !permissions.is_empty() {
        root.insert("permissions".to_owned(), Value::Array(permissions));
    }
    Value::Object(root)
}

/// A set is named as soon as one of its members is, so that its default does not speak.
fn add_member(root: &mut Map<String, Value>, set: &str, member: &str, is_in: bool) {
    let mut list = get(root, set).and_then(|v| v.as_array().cloned()).unwrap_or_default();
    if is_in {
        list.push(json!(member.rsplit('.').next()));
    }
    put(root, set, Value::Array(list));
}

fn get<'v>(root: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    match path.split_once('.') {
        None => root.get(path),
        Some((first, rest)) => get(root.get(first)?.as_object()?, rest),
    }
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

/// The same with as few facts as still show it, and with a teacher asking where any role will do.
pub(crate) fn smallest(situation: Value, shows: impl Fn(&Value) -> bool) -> Value {
    let mut best = situation;
    if let Some(roles) = best.pointer("/actor/roles").filter(|roles| **roles != json!(["teacher"])) {
        let _ = roles;
        let mut plain = best.clone();
        plain["actor"] = json!({ "roles": ["teacher"] });
        if shows(&plain) {
            best = plain;
        }
    }
    for path in leaves(&best, "") {
        let mut less = best.clone();
        remove(&mut less, &path);
        if shows(&less) {
            best = less;
        }
    }
    best
}

/// The paths of all facts that are no part of every situation.
fn leaves(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(map) => map.iter().flat_map(|(key, inner)| leaves(inner, &format!("{path}/{key}"))).collect(),
        _ if ["/asked_on", "/act", "/actor/roles"].contains(&path) => vec![],
        _ => vec![path.to_owned()],
    }
}

fn remove(value: &mut Value, path: &str) {
    let Some((parent, key)) = path.rsplit_once('/') else { return };
    let Some(Value::Object(map)) = value.pointer_mut(parent) else { return };
    map.remove(key);
    if map.is_empty() {
        remove(value, parent);
    }
}
