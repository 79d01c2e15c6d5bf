//! Rules that cannot do what they were written for: never met, always lifted, always outdone, or at odds with another.

use super::{Finding, clause_of};
use crate::cases::{as_situation, cheapest, every_case, possible, smallest};
use crate::diagram::{F, NO, YES};
use crate::examples::ASKED_ON;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::profile::{Cond, Layer};
use crate::situation::Situation;
use crate::vocabulary::FactId;
use crate::weighing::Weighing;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a rule does in some case of some act.
#[derive(Clone, Copy, Default)]
struct Does {
    holds: bool,
    bites: bool,
    decides: bool,
}

/// Two rules at odds, by their numbers, and the smallest case.
type Clashes = BTreeMap<(usize, usize), Value>;

pub(super) fn findings(policy: &Policy) -> Vec<Finding> {
    let mut does = vec![Does::default(); policy.rules.len()];
    let mut clashes = Clashes::new();
    for act in 0..policy.vocabulary.acts.len() {
        let open = every_case(&policy.vocabulary, act, ASKED_ON);
        Scene::new(policy, &open).look(&mut does, &mut clashes);
    }
    let mut out: Vec<Finding> = (0..does.len()).filter_map(|n| idle(policy, n, does[n])).collect();
    out.extend(clashes.into_iter().map(|(pair, situation)| clash(policy, pair, situation)));
    out
}

fn idle(policy: &Policy, n: usize, does: Does) -> Option<Finding> {
    let rule = &policy.rules[n].1;
    let has_verdict = rule.layer.restricts() || rule.layer == Layer::Permits;
    // What fills silence looks at more than its own acts.
    if rule.layer == Layer::Freedom {
        return None;
    }
    let id = &clause_of(policy, &policy.rules[n]).id;
    let finding = |code, said: String, advice| Some(Finding::at(code, policy, n, (said, advice)));
    if !does.holds {
        let said = format!("no case at all meets the conditions of this rule of {id}");
        return finding("never-holds", said, "Look for conditions that exclude each other, or take the rule out.");
    }
    if has_verdict && !does.bites {
        let said = format!("whenever this rule of {id} holds, an exception lifts it");
        return finding(
            "always-lifted",
            said,
            "Narrow the exception under `unless`, or the clause that lifts this one.",
        );
    }
    if has_verdict && !does.decides {
        let said = format!("wherever this rule of {id} holds, a stricter one decides");
        return finding(
            "never-decides",
            said,
            "Say with `@lifts` which clause gives way, narrow the stricter one, or make this a reminder.",
        );
    }
    None
}

fn clash(policy: &Policy, (one, other): (usize, usize), situation: Value) -> Finding {
    let id = |n: usize| clause_of(policy, &policy.rules[n]).id.as_str();
    let said = match policy.rules[one].1.layer {
        Layer::Duty => format!("{} asks to delete what {} asks to keep", id(one), id(other)),
        _ => format!("{} permits what {} forbids, and neither gives way", id(one), id(other)),
    };
    let advice = "Say which clause gives way: `@lifts` on the one that wins, or a condition more in the other.";
    Finding { situation: Some(situation), ..Finding::at("clash", policy, one, (said, advice)) }
}

/// Every case of one act, weighed.
struct Scene<'p> {
    policy: &'p Policy,
    facts: Facts<'p>,
    weighing: Weighing,
    possible: F,
}

impl<'p> Scene<'p> {
    fn new(policy: &'p Policy, open: &'p Situation) -> Scene<'p> {
        let mut facts = Facts::new(&policy.vocabulary, open, policy.social);
        let weighing = Weighing::new(policy, &mut facts);
        let possible = possible(&mut facts);
        Scene { policy, facts, weighing, possible }
    }

    fn can_be(&mut self, f: F) -> bool {
        self.facts.diagrams.and(f, self.possible) != NO
    }

    fn look(&mut self, does: &mut [Does], clashes: &mut Clashes) {
        for n in 0..self.weighing.bearings.len() {
            let bearing = self.weighing.bearings[n];
            let of = &mut does[bearing.rule];
            of.holds |= self.can_be(bearing.active);
            if self.policy.rules[bearing.rule].1.layer.restricts() {
                for (level, f) in self.weighing.strictness(self.policy, &mut self.facts.diagrams, n) {
                    of.bites |= self.can_be(f);
                    let decides = self.facts.diagrams.and(f, self.weighing.levels[level]);
                    of.decides |= self.can_be(decides);
                }
            } else {
                of.bites |= self.can_be(bearing.active);
                // A permission that sets another clause aside has done its work with that.
                let decides = self.facts.diagrams.and(bearing.active, self.weighing.levels[5]);
                of.decides |= self.can_be(decides);
            }
        }
        for one in 0..self.weighing.bearings.len() {
            for other in 0..self.weighing.bearings.len() {
                self.compare(one, other, clashes);
            }
        }
    }

    /// Notes the pair where both hold in one case, are about one thing, and neither is set aside.
    fn compare(&mut self, one: usize, other: usize, clashes: &mut Clashes) {
        let (a, b) = (self.weighing.bearings[one], self.weighing.bearings[other]);
        let pair = (a.rule, b.rule);
        if clashes.contains_key(&pair) || !self.are_opposite(a.rule, b.rule) {
            return;
        }
        let bite = self.weighing.bite(&mut self.facts.diagrams, other);
        let both = self.facts.diagrams.and(a.active, bite);
        let both = self.facts.diagrams.and(both, self.possible);
        if let Some(known) = cheapest(&self.facts, both).filter(|_| both != NO) {
            let act = self.facts.situation.act;
            let case = as_situation(&self.policy.vocabulary, act, ASKED_ON, &known);
            clashes.insert(pair, smallest(case, |case| both_hold(self.policy, pair, case)));
        }
    }

    fn are_opposite(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.policy.rules[one].1, &self.policy.rules[other].1);
        let duty = |rule: &crate::profile::Rule, named: &str| rule.duty.as_ref().is_some_and(|duty| duty.duty == named);
        if duty(a, "delete") && duty(b, "keep-evidence") {
            return true;
        }
        let is_ban = matches!(b.layer, Layer::MustNot | Layer::ShouldNot);
        let gives_way = self.policy.lifters[other].contains(&one) || a.exact != b.exact;
        a.layer == Layer::Permits && is_ban && !gives_way && !about(&a.when).is_disjoint(&about(&b.when))
    }
}

/// The facts a condition speaks of; two rules that share none look at different sides of a case.
fn about(cond: &Cond) -> BTreeSet<FactId> {
    crate::condition::facts_of(cond).into_iter().collect()
}

/// Whether both rules hold in a case as it is asked, the second one with nothing to lift it.
fn both_hold(policy: &Policy, (one, other): (usize, usize), case: &Value) -> bool {
    let read = Situation::read_json(&policy.vocabulary, "case", &case.to_string(), ASKED_ON);
    let Some(situation) = read.ok().and_then(|mut batch| batch.situations.pop()) else { return false };
    let mut facts = Facts::new(&policy.vocabulary, &situation, policy.social);
    let weighing = Weighing::new(policy, &mut facts);
    let find = |rule: usize| weighing.bearings.iter().position(|bearing| bearing.rule == rule);
    let Some((one, other)) = find(one).zip(find(other)) else { return false };
    weighing.bearings[one].active == YES && weighing.bite(&mut facts.diagrams, other) == YES
}
