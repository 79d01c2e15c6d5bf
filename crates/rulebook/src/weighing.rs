//! Weighing: which clauses bear on a situation, and which verdict follows (rulings.md, "How clauses combine").
//!
//! For: the one place where rules 1 to 8 of the contract stand. Promises: the order of clauses never matters; a permission
//! lifts only the clause that provides for it; protected contact is restricted by rules on the route alone. Does not: put
//! anything into words.

use crate::diagram::{Diagrams, F, NO, YES};
use crate::facts::{Facts, Permissions};
use crate::policy::Policy;
use crate::profile::Layer;

/// The verdicts of the scale, each with the condition under which it holds. They exclude each other and cover everything.
pub(crate) type Levels = [F; 7];

const MUST_NOT: usize = 0;
const SHOULD_NOT: usize = 1;
const NEEDS_PERMISSION: usize = 2;
const ADVISED_AGAINST: usize = 3;
const CAUTION: usize = 4;
const ALLOWED: usize = 5;
const NOT_COVERED: usize = 6;

/// How one rule bears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bearing {
    pub(crate) rule: usize,
    /// It addresses the actor himself, not only as guidance.
    pub(crate) direct: F,
    /// Its conditions hold and it addresses the actor.
    pub(crate) active: F,
    /// Restrictions: an exception, or a permission on record, takes it away.
    pub(crate) lift: F,
    /// Restrictions: the same, were every permission given.
    pub(crate) lift_all: F,
}

/// Everything weighed for one situation.
#[derive(Clone)]
pub(crate) struct Weighing {
    pub(crate) bearings: Vec<Bearing>,
    pub(crate) levels: Levels,
    /// The actor is one of those whom the policy binds.
    pub(crate) bound: F,
    pub(crate) protected: F,
    /// Verdict `allowed` may come from the freedom clause.
    pub(crate) freedom: F,
}

impl Weighing {
    pub(crate) fn new(policy: &Policy, facts: &mut Facts<'_>) -> Weighing {
        let bound = facts.holds(&policy.binds);
        let protected = protected(facts);
        let mut bearings: Vec<Bearing> = policy.by_act[facts.situation.act]
            .iter()
            .map(|rule| Bearing { rule: *rule, direct: NO, active: NO, lift: NO, lift_all: NO })
            .collect();
        for bearing in &mut bearings {
            bearing.weigh(policy, facts, bound, protected);
        }
        let mut weighing = Weighing { bearings, levels: [NO; 7], bound, protected, freedom: NO };
        for n in 0..weighing.bearings.len() {
            weighing.lift(policy, facts, n);
        }
        weighing.freedom = weighing.freedom(policy, facts);
        weighing.levels = weighing.levels(policy, facts, None);
        weighing
    }

    /// How one rule bears by itself after a fact has changed, before other clauses lift it.
    pub(crate) fn anew(&self, policy: &Policy, facts: &mut Facts<'_>, rule: usize) -> Bearing {
        let mut bearing = Bearing { rule, direct: NO, active: NO, lift: NO, lift_all: NO };
        bearing.weigh(policy, facts, self.bound, self.protected);
        bearing
    }

    /// The same after one fact has changed, of which only these rules read; they are in order.
    pub(crate) fn again(&self, policy: &Policy, facts: &mut Facts<'_>, rules: &[usize]) -> Weighing {
        let bound = facts.holds(&policy.binds);
        let protected = protected(facts);
        if bound != self.bound || protected != self.protected {
            return Weighing::new(policy, facts);
        }
        let mut again = self.clone();
        for n in 0..again.bearings.len() {
            let rule = again.bearings[n].rule;
            if rules.binary_search(&rule).is_ok() {
                again.bearings[n] = Bearing { rule, direct: NO, active: NO, lift: NO, lift_all: NO };
                again.bearings[n].weigh(policy, facts, bound, protected);
            }
        }
        for n in 0..again.bearings.len() {
            let rule = again.bearings[n].rule;
            if rules.binary_search(&rule).is_ok() {
                again.lift(policy, facts, n);
            }
        }
        again.freedom = again.freedom(policy, facts);
        again.levels = again.levels(policy, facts, None);
        again
    }

    /// Adds what other clauses lift.
    fn lift(&mut self, policy: &Policy, facts: &mut Facts<'_>, n: usize) {
        let rule = self.bearings[n].rule;
        for lifter in &policy.lifters[rule] {
            let Some(by) = self.bearings.iter().find(|b| b.rule == *lifter).copied() else {
                continue;
            };
            let when = facts.holds_with(&policy.rules[*lifter].1.when, Permissions::AllGiven);
            let unless = facts.holds_with(&policy.rules[*lifter].1.unless, Permissions::AllGiven);
            let addressed = self.addressed(policy, facts, *lifter);
            let d = &mut facts.diagrams;
            let with_all = d.minus(when, unless);
            let with_all = d.and(with_all, addressed);
            self.bearings[n].lift = d.or(self.bearings[n].lift, by.active);
            self.bearings[n].lift_all = d.or(self.bearings[n].lift_all, with_all);
        }
    }

    /// Whether a rule that lifts others is about this act and this actor at all.
    pub(crate) fn may_lift(&self, policy: &Policy, facts: &mut Facts<'_>, lifter: usize) -> bool {
        self.bearings.iter().any(|b| b.rule == lifter) && self.addressed(policy, facts, lifter) != NO
    }

    fn addressed(&self, policy: &Policy, facts: &mut Facts<'_>, rule: usize) -> F {
        let (direct, guidance) = addressed(policy, facts, rule, self.bound);
        facts.diagrams.or(direct, guidance)
    }

    /// When a restriction bites: it holds and nothing lifts it.
    pub(crate) fn bite(&self, d: &mut Diagrams, n: usize) -> F {
        d.minus(self.bearings[n].active, self.bearings[n].lift)
    }

    /// The freedom clause fills silence for the asker's own online acts, and for protected contact whatever the act.
    fn freedom(&self, policy: &Policy, facts: &mut Facts<'_>) -> F {
        let mut free = NO;
        for rule in &policy.freedoms {
            let active = self.bearings.iter().find(|b| b.rule == *rule).map_or(NO, |b| b.active);
            let addressed = self.addressed(policy, facts, *rule);
            let d = &mut facts.diagrams;
            let protected = d.and(addressed, self.protected);
            let here = d.or(active, protected);
            free = d.or(free, here);
        }
        free
    }

    /// The level at which a biting restriction stands: permissions that could lift it make it `needs-permission`.
    fn strengths(layer: Layer) -> Option<(usize, bool)> {
        Some(match layer {
            Layer::MustNot => (MUST_NOT, true),
            Layer::ShouldNot => (SHOULD_NOT, true),
            Layer::AdvisedAgainst => (ADVISED_AGAINST, false),
            Layer::Caution => (CAUTION, false),
            _ => return None,
        })
    }

    /// How strictly one restriction bites: its own strength, and `needs-permission` where permissions could lift it.
    pub(crate) fn strictness(&self, policy: &Policy, d: &mut Diagrams, n: usize) -> [(usize, F); 2] {
        let bite = self.bite(d, n);
        match Self::strengths(policy.rules[self.bearings[n].rule].1.layer) {
            Some((level, true)) => {
                let liftable = d.and(bite, self.bearings[n].lift_all);
                [(level, d.minus(bite, liftable)), (NEEDS_PERMISSION, liftable)]
            }
            Some((level, false)) => [(level, bite), (NEEDS_PERMISSION, NO)],
            None => [(NOT_COVERED, NO); 2],
        }
    }

    /// The verdicts; with `granted`, as if all permissions of that clause had been given.
    pub(crate) fn levels(&self, policy: &Policy, facts: &mut Facts<'_>, granted: Option<usize>) -> Levels {
        let mut raw: Levels = [NO; 7];
        let (mut lifted, mut permitted, mut has_duty) = (NO, NO, NO);
        for n in 0..self.bearings.len() {
            let bearing = self.bearings[n];
            let (clause, rule) = &policy.rules[bearing.rule];
            let d = &mut facts.diagrams;
            if rule.layer.restricts() {
                let is_granted = granted == Some(*clause);
                let lift = if is_granted { bearing.lift_all } else { bearing.lift };
                let taken = d.and(bearing.active, lift);
                lifted = d.or(lifted, taken);
                for (level, f) in self.strictness(policy, d, n) {
                    let f = if is_granted { d.minus(f, bearing.lift_all) } else { f };
                    raw[level] = d.or(raw[level], f);
                }
            } else if rule.layer == Layer::Permits {
                permitted = d.or(permitted, bearing.active);
            } else if rule.layer == Layer::Duty {
                has_duty = d.or(has_duty, bearing.active);
            }
        }
        let allowed = [lifted, permitted, self.freedom, self.allowed_by_contract(facts, has_duty)];
        let d = &mut facts.diagrams;
        raw[ALLOWED] = allowed.into_iter().fold(NO, |sum, f| d.or(sum, f));
        raw[NOT_COVERED] = YES;
        exclusive(d, raw)
    }

    /// What rule 8 allows without a clause: telling those who must hear of concerns, and doing what a duty asks.
    fn allowed_by_contract(&self, facts: &mut Facts<'_>, has_duty: F) -> F {
        match facts.act() {
            "witness" => has_duty,
            "raise-concern" => facts.any(&facts.vocabulary.ids.always_told),
            _ => NO,
        }
    }

    /// Whether the ruling binds: the policy binds the actor, or a deciding clause addresses him.
    ///
    /// Of what was seen, a duty is all that a policy can say: there it binds whom the duty addresses.
    pub(crate) fn binding(&self, policy: &Policy, facts: &mut Facts<'_>) -> F {
        let is_concern = ["witness", "raise-concern"].contains(&facts.act());
        let d = &mut facts.diagrams;
        let mut binding = self.bound;
        for n in 0..self.bearings.len() {
            for (level, f) in self.strictness(policy, d, n) {
                let decides = d.and(f, self.levels[level]);
                let here = d.and(decides, self.bearings[n].direct);
                binding = d.or(binding, here);
            }
            if is_concern && policy.rules[self.bearings[n].rule].1.layer == Layer::Duty {
                let here = d.and(self.bearings[n].active, self.bearings[n].direct);
                binding = d.or(binding, here);
            }
        }
        binding
    }
}

impl Bearing {
    fn weigh(&mut self, policy: &Policy, facts: &mut Facts<'_>, bound: F, protected: F) {
        let (_, rule) = &policy.rules[self.rule];
        let (direct, guidance) = addressed(policy, facts, self.rule, bound);
        self.direct = direct;
        let addressed = facts.diagrams.or(direct, guidance);
        if addressed == NO {
            return;
        }
        let when = facts.holds(&rule.when);
        self.active = facts.diagrams.and(addressed, when);
        if self.active == NO {
            return;
        }
        let unless = facts.holds(&rule.unless);
        if !rule.layer.restricts() {
            self.active = facts.diagrams.minus(self.active, unless);
            return;
        }
        if !rule.is_route {
            self.active = facts.diagrams.minus(self.active, protected);
        }
        self.lift = unless;
        self.lift_all = facts.holds_with(&rule.unless, Permissions::AllGiven);
    }
}

/// Whether a rule addresses the actor himself, and whether it reaches him as guidance (rulings.md 3.1).
pub(crate) fn addressed(policy: &Policy, facts: &mut Facts<'_>, rule: usize, bound: F) -> (F, F) {
    let direct = facts.holds(&policy.addressed[rule]);
    if !policy.reaches_employees[rule] || direct == YES {
        return (direct, NO);
    }
    let associate = facts.holds(&policy.associates);
    (direct, facts.diagrams.minus(associate, bound))
}

/// Acts by which nobody is told anything, so that no purpose makes them protected contact.
pub(crate) const NO_CONTACT: [&str; 5] = ["capture", "keep-image", "share-login", "delete-evidence", "monitor"];

/// Rule 8: contact that no ruling may discourage.
fn protected(facts: &mut Facts<'_>) -> F {
    let ids = &facts.vocabulary.ids;
    match facts.act() {
        "raise-concern" => return YES,
        act if NO_CONTACT.contains(&act) => return NO,
        _ => {}
    }
    let adviser = facts.any(&ids.advisers);
    let employment = facts.is(ids.purpose, ids.own_employment);
    let disclosure = facts.is(ids.purpose, ids.protected_disclosure);
    let own = facts.diagrams.and(adviser, employment);
    facts.diagrams.or(own, disclosure)
}

/// Each level without what a stricter one already takes.
fn exclusive(d: &mut Diagrams, raw: Levels) -> Levels {
    let mut rest = YES;
    raw.map(|f| {
        let here = d.and(rest, f);
        rest = d.minus(rest, f);
        here
    })
}
