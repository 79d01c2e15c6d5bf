//! A rule as Cedar, twice: as its author wrote it, and as we read it.
//!
//! For: the questions beside. Promises: the first holds nothing of our conditions, the second nothing of the author's text. Does
//! not: compare them.

use super::cut::{Path, paths};
use super::solver::QUALITIES;
use crate::profile::{Cond, Parameters, Rule};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use crate::witness::{attribute, remade};
use cedar_policy::{Policy, PolicyId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A rule and its two texts, both as permits.
pub(super) struct Spoken<'a> {
    /// Its clause and line, for whoever has to look it up.
    pub(super) name: String,
    pub(super) rule: &'a Rule,
    pub(super) authored: Policy,
    pub(super) written: Policy,
    /// What either of them reads.
    pub(super) reads: BTreeSet<Path>,
}

impl<'a> Spoken<'a> {
    pub(super) fn new(vocabulary: &Vocabulary, parameters: &Parameters, clause: &str, rule: &'a Rule) -> Spoken<'a> {
        let authored = remade(rule, "authored", &["when", "unless"]).expect("Cedar reads its own rule");
        let mut text = authored.to_json().expect("Cedar writes its own rule");
        put_parameters(parameters, &mut text);
        let written = written(vocabulary, rule);
        let mut reads = BTreeSet::new();
        paths(&text, &mut reads);
        paths(&written.to_json().expect("Cedar writes what is written out"), &mut reads);
        let authored = Policy::from_json(Some(PolicyId::new("authored")), text).expect("a rule with numbers in it");
        let name = format!("{clause} (line {})", rule.line);
        Spoken { name, rule, authored, written, reads }
    }
}

/// Puts the number where `context.parameter.name` stands: two policies may have settled it differently.
fn put_parameters(parameters: &Parameters, text: &mut Value) {
    let of_parameter = text["."]["left"]["."]["attr"] == "parameter";
    if let (true, Some(name)) = (of_parameter, text["."]["attr"].as_str()) {
        let number = parameters.get(name).unwrap_or_else(|| panic!("no parameter `{name}`"));
        *text = json!({ "Value": number });
        return;
    }
    match text {
        Value::Array(parts) => parts.iter_mut().for_each(|part| put_parameters(parameters, part)),
        Value::Object(parts) => parts.values_mut().for_each(|part| put_parameters(parameters, part)),
        _ => {}
    }
}

/// What we read in a rule: its acts one by one, its conditions value by value.
fn written(vocabulary: &Vocabulary, rule: &Rule) -> Policy {
    let acts = written_acts(vocabulary, rule.acts);
    let [when, unless] = [&rule.when, &rule.unless].map(|cond| written_out(vocabulary, cond));
    let text = format!("permit(principal, action in {acts}, resource) when {{ {when} }} unless {{ {unless} }};");
    Policy::parse(None, text).expect("Cedar reads what is written out")
}

fn written_acts(vocabulary: &Vocabulary, acts: u64) -> String {
    let named = vocabulary.acts.iter().enumerate().filter(|(n, _)| acts & (1 << n) != 0);
    let named: Vec<String> = named.map(|(_, act)| format!("Action::\"{}\"", act.name)).collect();
    format!("[{}]", named.join(", "))
}

/// A condition as Cedar text, from the values that we read in it.
fn written_out(vocabulary: &Vocabulary, cond: &Cond) -> String {
    let joined = |parts: &[Cond], none: &str, sign: &str| {
        let parts = parts.iter().map(|part| format!("({})", written_out(vocabulary, part)));
        parts.reduce(|all, part| format!("{all} {sign} {part}")).unwrap_or_else(|| none.to_owned())
    };
    let text = match cond {
        Cond::Always(yes) => yes.to_string(),
        Cond::Act(acts) => format!("action in {}", written_acts(vocabulary, *acts)),
        Cond::Permitted(fact, quality) => {
            let named = QUALITIES.iter().find(|(_, other)| other == quality).map_or("none", |(name, _)| name);
            format!("{}[\"{named}\"]", written_path(vocabulary, *fact))
        }
        Cond::Is(fact, mask) => written_values(vocabulary, *fact, *mask),
        Cond::Not(inner) => format!("!({})", written_out(vocabulary, inner)),
        Cond::All(parts) => joined(parts, "true", "&&"),
        Cond::Any(parts) => joined(parts, "false", "||"),
    };
    format!("({text})")
}

/// One of these values, each named by itself; years in stretches.
fn written_values(vocabulary: &Vocabulary, fact: FactId, mask: u128) -> String {
    let entry = &vocabulary.facts[fact];
    let path = written_path(vocabulary, fact);
    let has = |value: usize| mask & (1 << value) != 0;
    let values = (0..entry.domain.len()).filter(|value| has(*value));
    let ways: Vec<String> = match &entry.domain {
        Domain::Bool => values.map(|value| if value == 1 { path.clone() } else { format!("!{path}") }).collect(),
        Domain::List(names) => {
            let kind = entry.entity.as_deref().unwrap_or_default();
            values.map(|value| format!("{path} == {kind}::\"{}\"", names[value])).collect()
        }
        Domain::Years(top) => {
            let last = usize::from(*top);
            let starts = values.filter(|value| *value == 0 || !has(value - 1));
            let stretch = |from: usize| {
                let to = (from..=last).take_while(|value| has(*value)).last().unwrap_or(from);
                format!("({path} >= {from} && {path} <= {to})")
            };
            starts.map(stretch).collect()
        }
        // A permission has qualities; no condition names its standing.
        Domain::Standing => vec![],
    };
    if ways.is_empty() { "false".to_owned() } else { ways.join(" || ") }
}

fn written_path(vocabulary: &Vocabulary, fact: FactId) -> String {
    let named = attribute(vocabulary, fact);
    named.split('.').fold("context".to_owned(), |path, name| format!("{path}[\"{name}\"]"))
}
