//! Which defaults mattered: facts left out of which another value would change verdict, duties or needs.

use super::{Answer, Missing};
use crate::diagram::NO;
use crate::permission::Quality;
use crate::policy::Supposition;
use crate::ruling::Assumption;
use crate::vocabulary::{Domain, FactId};
use crate::weighing::{Levels, Weighing};
use std::collections::BTreeSet;

impl Answer<'_> {
    /// Facts left out of which another value would change verdict, duties or needs, all else being equal.
    pub(super) fn assumed(&mut self, missing: Vec<Missing>) -> Vec<Assumption> {
        let here = Signature { levels: self.weighing.levels, duties: self.having_duty(), missing };
        self.assumed_where(|answer, base, supposed| {
            !answer.is_idle(base, supposed) && answer.differs(&here, base, supposed)
        })
    }

    /// `matters` says of a supposition, once taken, whether it changes anything, given how everything weighed before.
    pub(super) fn assumed_where(
        &mut self,
        matters: impl Fn(&mut Self, &Weighing, &Supposition) -> bool,
    ) -> Vec<Assumption> {
        let policy = self.policy;
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
                if matters(self, &base, supposed) {
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

    /// Whether anything that is measured has changed. Other permissions can be missing only of rules that hang on the supposed fact,
    /// unless it changes whom the policy binds or what it protects.
    fn differs(&mut self, here: &Signature, base: &Weighing, supposed: &Supposition) -> bool {
        self.weighing = base.again(self.policy, &mut self.facts, &supposed.rules);
        if self.weighing.levels != here.levels || self.having_duty() != here.duties {
            return true;
        }
        let any_may = self.weighing.bound != base.bound || self.weighing.protected != base.protected;
        (0..self.weighing.bearings.len()).any(|n| {
            let may_differ = any_may || supposed.rules.binary_search(&self.weighing.bearings[n].rule).is_ok();
            let fact = |(fact, _): &(FactId, Quality)| *fact;
            may_differ && !self.missing(n).iter().map(fact).eq(here.missing[n].iter().map(fact))
        })
    }

    /// The rules whose duties attach.
    pub(super) fn having_duty(&mut self) -> Vec<usize> {
        (0..self.weighing.bearings.len()).filter(|n| self.has_duty(*n)).collect()
    }
}

/// What "mattered" is measured by.
struct Signature {
    levels: Levels,
    /// The rules whose duties attach.
    duties: Vec<usize>,
    /// Of each rule.
    missing: Vec<Missing>,
}
