//! Which defaults mattered: facts left out of which another value would change verdict, duties or needs.

use super::Answer;
use crate::diagram::{F, NO};
use crate::policy::Supposition;
use crate::ruling::Assumption;
use crate::vocabulary::{Domain, FactId};
use crate::weighing::Weighing;
use std::collections::BTreeSet;

impl Answer<'_> {
    /// Facts left out of which another value would change verdict, duties or needs, all else being equal.
    pub(super) fn assumed(&mut self) -> Vec<Assumption> {
        self.assumed_unless(Self::is_idle)
    }

    /// `is_idle` may say of a supposition, once taken, that it changes nothing; then nothing is weighed anew.
    pub(super) fn assumed_unless(
        &mut self,
        is_idle: fn(&mut Self, &Weighing, &Supposition) -> bool,
    ) -> Vec<Assumption> {
        let policy = self.policy;
        let here = self.signature();
        let base = self.weighing.clone();
        let mut groups = BTreeSet::new();
        for supposed in &policy.suppositions[self.facts.situation.act] {
            let fact = supposed.fact;
            let entry = &policy.vocabulary.facts[fact];
            let Some(now) = self.facts.known(fact).filter(|_| self.facts.is_left_out(fact)) else { continue };
            if groups.contains(&entry.group) {
                continue;
            }
            for value in supposed.values.iter().copied().filter(|value| *value != now) {
                self.facts.suppose(fact, value, supposed.hangs);
                if is_idle(self, &base, supposed) {
                    continue;
                }
                self.weighing = base.again(policy, &mut self.facts, &supposed.rules);
                if self.signature() != here {
                    groups.insert(entry.group);
                    break;
                }
            }
            self.facts.forget(fact, supposed.hangs);
        }
        self.weighing = base;
        groups.into_iter().map(|group| self.assumption(group)).collect()
    }

    /// Whether every rule that hangs on the supposed fact bears as it did, so that nothing else can have changed.
    fn is_idle(&mut self, base: &Weighing, supposed: &Supposition) -> bool {
        if supposed.is_contract {
            return false;
        }
        for bearing in base.bearings.iter().filter(|bearing| supposed.rules.binary_search(&bearing.rule).is_ok()) {
            let rule = &self.policy.rules[bearing.rule].1;
            let again = base.anew(self.policy, &mut self.facts, bearing.rule);
            if again.direct != bearing.direct || again.active != bearing.active {
                return false;
            }
            if bearing.active == NO || !rule.layer.restricts() {
                continue;
            }
            // What other clauses lift, and which permissions are missing, is not told by the bearing alone.
            let is_simple = self.policy.lifters[bearing.rule].is_empty() && !supposed.asks_permission;
            if !is_simple || again.lift != bearing.lift || again.lift_all != bearing.lift_all {
                return false;
            }
        }
        true
    }

    fn assumption(&self, group: usize) -> Assumption {
        let vocabulary = &self.policy.vocabulary;
        let group = &vocabulary.groups[group];
        let name = |fact: &FactId| vocabulary.facts[*fact].path.rsplit('.').next().unwrap_or("").to_owned();
        let value = if group.is_set {
            let members: Vec<String> =
                group.facts.iter().filter(|f| self.facts.known(**f) == Some(1)).map(name).collect();
            if members.is_empty() { "none".to_owned() } else { members.join(", ") }
        } else {
            let value = self.facts.known(group.facts[0]).unwrap_or(0);
            match &vocabulary.facts[group.facts[0]].domain {
                Domain::Bool => (value == 1).to_string(),
                Domain::List(values) => values.get(value as usize).cloned().unwrap_or_default(),
                Domain::Years(_) | Domain::Standing => value.to_string(),
            }
        };
        Assumption { fact: group.path.clone(), value }
    }

    /// What "mattered" is measured by: the verdicts, the rules whose duties attach, and the missing permissions.
    fn signature(&mut self) -> ([F; 7], Vec<usize>, Vec<(usize, FactId)>) {
        let duties = (0..self.weighing.bearings.len()).filter(|n| self.has_duty(*n)).collect();
        let mut needs = vec![];
        for n in 0..self.weighing.bearings.len() {
            if self.may_need(n) {
                needs.extend(self.missing(n).into_iter().map(|(fact, _)| (n, fact)));
            }
        }
        (self.weighing.levels, duties, needs)
    }
}
