//! Two policies, or two versions of one: what became stricter, looser, newly covered, newly silent.
//!
//! For: governors who approve a new version, and trusts that look at their schools side by side. Promises: every case of
//! the vocabulary is looked at, so "no difference" is a proof; each difference comes with the smallest situation that shows
//! it, and that situation has been ruled on by both. Does not: judge which version is better.

use crate::diagram::{F, NO, YES};
use crate::facts::Facts;
use crate::permission::{Slot, quality_items};
use crate::policy::Policy;
use crate::profile::Cond;
use crate::ruling::Verdict;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use crate::weighing::{Levels, Weighing};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What kind of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The new one restricts what the old one let pass, or restricts it more.
    Stricter,
    /// The new one lets pass what the old one restricted, or restricts it less.
    Looser,
    /// The old one was silent, the new one allows.
    NewlyCovered,
    /// The old one allowed, the new one is silent.
    NewlySilent,
}

/// One difference between two policies for one act.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The act.
    pub act: String,
    /// What kind of difference.
    pub change: Change,
    /// Verdict of the old one.
    pub from: Verdict,
    /// Verdict of the new one.
    pub to: Verdict,
    /// The smallest situation that shows it, ready to be asked.
    pub situation: Value,
    /// Clauses of the old one that bear on it.
    pub old_cites: Vec<String>,
    /// Clauses of the new one that bear on it.
    pub new_cites: Vec<String>,
    /// Share of the cases of this act, every case counted alike; no probability.
    pub share: f64,
}

/// A comparison of two policies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Every difference, by act.
    pub differences: Vec<Difference>,
    /// The acts compared: all of the vocabulary.
    pub acts: Vec<String>,
}

/// Why no comparison could be made.
#[derive(Debug, thiserror::Error)]
pub enum NotCompared {
    /// The two were read with different vocabularies.
    #[error("the two policies were read with different vocabularies")]
    Vocabulary,
    /// The conditions grew beyond what is worked out.
    #[error("the clauses on `{0}` are too entangled to be compared whole")]
    TooLarge(String),
    /// A difference that one of the two does not show when asked: a fault of ours.
    #[error("the difference found for `{0}` was not confirmed by asking")]
    NotConfirmed(String),
}

/// Compares two policies over every case of the vocabulary. `asked_on` is the day of the situations that are shown.
///
/// # Errors
/// See [`NotCompared`].
pub fn compare(old: &Policy, new: &Policy, asked_on: Date) -> Result<Comparison, NotCompared> {
    let vocabulary = &old.vocabulary;
    let same = std::sync::Arc::ptr_eq(vocabulary, &new.vocabulary);
    if !same {
        return Err(NotCompared::Vocabulary);
    }
    let mut differences = vec![];
    for act in 0..vocabulary.acts().len() {
        differences.extend(compare_act(old, new, act, asked_on)?);
    }
    Ok(Comparison { differences, acts: vocabulary.acts().iter().map(|act| act.name.clone()).collect() })
}

fn compare_act(old: &Policy, new: &Policy, act: usize, asked_on: Date) -> Result<Vec<Difference>, NotCompared> {
    let vocabulary = &old.vocabulary;
    let name = || vocabulary.acts()[act].name.clone();
    let open = every_case(vocabulary, act, asked_on);
    let mut facts = Facts::new(vocabulary, &open, old.social);
    let before = Weighing::new(old, &mut facts).levels;
    facts.use_social(new.social);
    let after = Weighing::new(new, &mut facts).levels;
    let possible = possible(&mut facts);
    let all = facts.diagrams.share(possible);
    let mut out = vec![];
    for (from, to, f) in pairs(&mut facts, &before, &after, possible) {
        let Some(witness) = cheapest(&facts, f) else { continue };
        let situation = as_situation(vocabulary, act, asked_on, &witness);
        let share = facts.diagrams.share(f) / all;
        let shown = Shown { act: name(), from, to, share, situation };
        out.push(shown.confirmed(old, new, asked_on)?);
    }
    if facts.diagrams.overflowed() {
        return Err(NotCompared::TooLarge(name()));
    }
    Ok(out)
}

/// Each pair of different verdicts that some case shows, with its condition.
fn pairs(facts: &mut Facts<'_>, before: &Levels, after: &Levels, possible: F) -> Vec<(Verdict, Verdict, F)> {
    let mut out = vec![];
    for (from, a) in Verdict::SCALE.into_iter().zip(before) {
        for (to, b) in Verdict::SCALE.into_iter().zip(after) {
            if from == to {
                continue;
            }
            let both = facts.diagrams.and(*a, *b);
            let both = facts.diagrams.and(both, possible);
            if both != NO {
                out.push((from, to, both));
            }
        }
    }
    out
}

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

/// What a reader of situations would not refuse: somebody asks, and no two facts contradict each other.
pub(crate) fn possible(facts: &mut Facts<'_>) -> F {
    let vocabulary = facts.vocabulary;
    let act = vocabulary.acts()[facts.situation.act].name.clone();
    let is = |path: &str, values: &[&str]| -> Cond {
        let Some(fact) = vocabulary.fact(path) else { return Cond::Always(false) };
        let number = |value: &&str| match &vocabulary.facts[fact].domain {
            Domain::List(values) => values.iter().position(|v| v == *value).unwrap_or(0),
            _ => usize::from(*value == "true"),
        };
        Cond::Is(fact, values.iter().fold(0, |mask, value| mask | (1 << number(value))))
    };
    let never = |parts: Vec<Cond>| Cond::Not(Box::new(Cond::All(parts)));
    let roles = vocabulary.group("actor.roles").map(|g| vocabulary.groups[g].facts.clone()).unwrap_or_default();
    let mut all = vec![
        Cond::Any(roles.into_iter().map(|fact| Cond::Is(fact, 0b10)).collect()),
        never(vec![is("link.kind", &["none"]), is("link.declared", &["true"])]),
        never(vec![is("link.kind", &["none"]), is("link.answer", &["agreed", "refused"])]),
        never(vec![is("link.declared", &["false"]), is("link.answer", &["agreed", "refused"])]),
        never(vec![is("break", &["true"]), is("time", &["outside"])]),
    ];
    match act.as_str() {
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
            crate::vocabulary::Default::Value(default) if default == value => 0,
            crate::vocabulary::Default::Required if value == 0 => 0,
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
        crate::vocabulary::Default::Value(default) => default == value,
        crate::vocabulary::Default::Required => value == 0,
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

/// A difference before it has been asked of both.
struct Shown {
    act: String,
    from: Verdict,
    to: Verdict,
    share: f64,
    situation: Value,
}

impl Shown {
    /// Asks both policies, so that what is shown is what they say.
    fn confirmed(self, old: &Policy, new: &Policy, asked_on: Date) -> Result<Difference, NotCompared> {
        let ask = |policy: &Policy| {
            let text = self.situation.to_string();
            let batch = Situation::read_json(&policy.vocabulary, "difference", &text, asked_on).ok()?;
            batch.situations.first().map(|situation| policy.rule(situation))
        };
        let not = || NotCompared::NotConfirmed(format!("{}: {}", self.act, self.situation));
        let (a, b) = (ask(old).ok_or_else(not)?, ask(new).ok_or_else(not)?);
        if a.verdict != self.from || b.verdict != self.to {
            return Err(not());
        }
        let cites = |ruling: &crate::Ruling| ruling.citations.iter().map(|c| c.clause.clone()).collect();
        Ok(Difference {
            change: change(self.from, self.to),
            old_cites: cites(&a),
            new_cites: cites(&b),
            act: self.act,
            from: self.from,
            to: self.to,
            share: self.share,
            situation: self.situation,
        })
    }
}

fn change(from: Verdict, to: Verdict) -> Change {
    match (from, to) {
        (Verdict::NotCovered, Verdict::Allowed) => Change::NewlyCovered,
        (Verdict::Allowed, Verdict::NotCovered) => Change::NewlySilent,
        _ if to < from => Change::Stricter,
        _ => Change::Looser,
    }
}
