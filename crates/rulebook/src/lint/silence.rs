//! What other policies answer and this one does not.

use super::{Finding, clause_of};
use crate::condition::facts_of;
use crate::policy::Policy;
use crate::profile::{Layer, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// A finding names at most this many clauses of other policies; more would not be read.
const NAMED_MAX: usize = 4;

pub(super) fn findings(policy: &Policy, others: &[&Policy]) -> Vec<Finding> {
    let mut out = vec![];
    let silent = silent_acts(policy, others);
    for (act, clauses) in &silent {
        let act = &policy.vocabulary.acts[*act];
        let said = format!("the policy says nothing on `{}` ({}); {} do", act.name, act.ask, named(clauses));
        let advice = format!("Decide it in a clause on `{}`, or say that it is left to people's judgement.", act.name);
        out.push(Finding::whole("silent-act", said, advice));
    }
    for (path, (members, clauses)) in silent_facts(policy, others) {
        let asked = policy.vocabulary.question(&path).map(|question| question.ask).unwrap_or_default();
        let members: Vec<String> = members.into_iter().collect();
        let about = if members.is_empty() { String::new() } else { format!(" ({})", members.join(", ")) };
        let said = format!("no rule looks at `{path}`{about}: {asked} {} do", named(&clauses));
        let advice = format!("Decide whether it matters, and write a clause with `context.{path}` where it does.");
        out.push(Finding::whole("silent-fact", said, advice));
    }
    out
}

fn named(clauses: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = clauses.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = clauses.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn decides(rule: &Rule) -> bool {
    rule.layer.restricts() || matches!(rule.layer, Layer::Permits | Layer::Duty)
}

/// Acts of which no rule of this policy speaks, and the clauses of others that do.
fn silent_acts(policy: &Policy, others: &[&Policy]) -> BTreeMap<usize, BTreeSet<String>> {
    let speaks = |policy: &Policy, act: usize| -> BTreeSet<String> {
        let rules = policy.by_act[act].iter().map(|rule| &policy.rules[*rule]);
        // A rule on every act speaks of none in particular.
        let own = rules.filter(|(_, rule)| decides(rule) && rule.acts != u64::MAX);
        own.map(|rule| clause_of(policy, rule).id.clone()).collect()
    };
    let acts = (0..policy.vocabulary.acts.len()).filter(|act| speaks(policy, *act).is_empty());
    let silent = acts.map(|act| (act, others.iter().flat_map(|other| speaks(other, act)).collect()));
    silent.filter(|(_, clauses): &(usize, BTreeSet<String>)| !clauses.is_empty()).collect()
}

/// By question: the members of a set that only others look at (none for a single fact), and their clauses.
fn silent_facts(policy: &Policy, others: &[&Policy]) -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let vocabulary = &policy.vocabulary;
    // A doubt is shown and answers nothing.
    let answering = policy.rules.iter().filter(|(_, rule)| rule.layer != Layer::Doubt);
    let mut own: BTreeSet<usize> = answering.flat_map(|(_, rule)| read(rule)).collect();
    // Whoever looks at the time looks at being at work, and the other way round.
    for (from, to) in vocabulary.ids.sources() {
        if from.iter().chain([&to]).any(|fact| own.contains(fact)) {
            own.extend(from.into_iter().filter(|fact| !vocabulary.groups[vocabulary.facts[*fact].group].is_set));
            own.insert(to);
        }
    }
    let mut out: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for other in others {
        for rule in other.rules.iter().filter(|(_, rule)| decides(rule)) {
            for fact in read(&rule.1).into_iter().filter(|fact| !own.contains(fact)) {
                let group = &vocabulary.groups[vocabulary.facts[fact].group];
                if ["permissions", "social", "actor.roles"].contains(&group.path.as_str()) {
                    continue;
                }
                let (members, clauses) = out.entry(group.path.clone()).or_default();
                if group.is_set {
                    members.extend(vocabulary.facts[fact].path.rsplit('.').next().map(str::to_owned));
                }
                clauses.insert(clause_of(other, rule).id.clone());
            }
        }
    }
    out
}

fn read(rule: &Rule) -> Vec<usize> {
    let mut facts = facts_of(&rule.when);
    facts.extend(facts_of(&rule.unless));
    facts
}
