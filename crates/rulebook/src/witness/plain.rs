//! The contract's rules for combining clauses, once more, over facts that are all known.

use super::cedar::Says;
use crate::policy::Policy;
use crate::profile::{Cond, Layer, Rule};
use crate::weighing::NO_CONTACT;

/// Whether a condition on people or on the contract's own facts holds.
fn is_true(cond: &Cond, values: &[u8]) -> bool {
    match cond {
        Cond::Always(yes) => *yes,
        Cond::Is(fact, mask) => mask & (1 << values[*fact]) != 0,
        Cond::Not(inner) => !is_true(inner, values),
        Cond::All(parts) => parts.iter().all(|part| is_true(part, values)),
        Cond::Any(parts) => parts.iter().any(|part| is_true(part, values)),
        Cond::Permitted(..) | Cond::Act(_) => false,
    }
}

struct Case<'a> {
    policy: &'a Policy,
    values: &'a [u8],
    is_bound: bool,
    is_protected: bool,
}

impl Case<'_> {
    fn addresses(&self, rule: usize) -> bool {
        if is_true(&self.policy.addressed[rule], self.values) {
            return true;
        }
        self.policy.reaches_employees[rule] && !self.is_bound && is_true(&self.policy.associates, self.values)
    }

    fn is_yes(&self, fact: usize) -> bool {
        self.values[fact] == 1
    }
}

/// The verdict as a place on the scale, strictest first.
pub(super) fn verdict(policy: &Policy, act: usize, says: &[Says], values: &[u8]) -> usize {
    let name = policy.vocabulary.acts[act].name.as_str();
    let mut case = Case { policy, values, is_bound: is_true(&policy.binds, values), is_protected: false };
    case.is_protected = is_protected(&case, name);
    let mut strictest = 6;
    let (mut is_allowed, mut has_duty) = (false, false);
    for (n, number) in policy.by_act[act].iter().enumerate() {
        let rule = &policy.rules[*number].1;
        if !case.addresses(*number) {
            continue;
        }
        match rule.layer {
            Layer::Permits => is_allowed |= says[n].holds,
            Layer::Freedom => is_allowed |= says[n].holds,
            Layer::Duty => has_duty |= says[n].holds,
            layer if layer.restricts() && says[n].when && (rule.is_route || !case.is_protected) => {
                let lifts = lifters(&case, act, (*number, says));
                let is_lifted = !says[n].holds || lifts.iter().any(|says| says.holds);
                let could_be = !says[n].holds_with_all || lifts.iter().any(|says| says.holds_with_all);
                is_allowed |= is_lifted;
                if !is_lifted {
                    strictest = strictest.min(level(rule, could_be));
                }
            }
            _ => {}
        }
    }
    is_allowed |= is_free(&case) || is_allowed_by_contract(&case, name, has_duty);
    if strictest == 6 && is_allowed { 5 } else { strictest }
}

/// What Cedar says of the rules that lift this one and address whoever asks.
fn lifters(case: &Case<'_>, act: usize, (rule, says): (usize, &[Says])) -> Vec<Says> {
    let own = &case.policy.by_act[act];
    let lifters = case.policy.lifters[rule].iter().filter(|lifter| case.addresses(**lifter));
    lifters.filter_map(|lifter| own.iter().position(|other| other == lifter).map(|n| says[n])).collect()
}

fn level(rule: &Rule, could_be_lifted: bool) -> usize {
    match (rule.layer, could_be_lifted) {
        (Layer::MustNot | Layer::ShouldNot, true) => 2,
        (Layer::MustNot, false) => 0,
        (Layer::ShouldNot, false) => 1,
        (Layer::AdvisedAgainst, _) => 3,
        _ => 4,
    }
}

fn is_protected(case: &Case<'_>, act: &str) -> bool {
    let ids = &case.policy.vocabulary.ids;
    let purpose = 1u128 << case.values[ids.purpose];
    if act == "raise-concern" {
        return true;
    }
    let advises = ids.advisers.iter().any(|fact| case.is_yes(*fact));
    !NO_CONTACT.contains(&act)
        && (purpose & ids.protected_disclosure != 0 || (advises && purpose & ids.own_employment != 0))
}

/// Protected contact is free wherever the policy has a freedom clause for whoever asks.
fn is_free(case: &Case<'_>) -> bool {
    let free = case.policy.rules.iter().enumerate().filter(|(_, (_, rule))| rule.layer == Layer::Freedom);
    case.is_protected && free.into_iter().any(|(rule, _)| case.addresses(rule))
}

fn is_allowed_by_contract(case: &Case<'_>, act: &str, has_duty: bool) -> bool {
    match act {
        "witness" => has_duty,
        "raise-concern" => case.policy.vocabulary.ids.always_told.iter().any(|fact| case.is_yes(*fact)),
        _ => false,
    }
}
