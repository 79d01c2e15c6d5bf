//! A second opinion: the same clauses, evaluated by Cedar's own authorizer and combined anew in plain yes and no.
//!
//! For: whoever wants to see that a ruling rests on what the clauses say. Promises: nothing of the conditions, diagrams or
//! weighing of the first opinion is used, except the facts of the case and whom a clause addresses; a disagreement names the
//! clause. Does not: explain a ruling, or replace one.

mod cedar;
mod plain;

use crate::cases::every_case;
use crate::condition::facts_of;
use crate::diagram::{F, NO};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::ruling::Verdict;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Default, FactId};
use crate::weighing::Weighing;
use cedar::Prepared;
#[cfg(all(test, feature = "smt"))]
pub(crate) use cedar::{attribute, remade};
use std::collections::{BTreeSet, HashMap};

/// Where less than this many cases are possible, each is looked at.
const EVERY_CASE_MAX: u128 = 4_096;
/// Else so many of them.
const SAMPLES: u64 = 256;

/// What a second opinion rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Fully known cases that were looked at.
    pub cases: u64,
    /// Whether those are all there can be.
    pub is_every_case: bool,
}

/// The two opinions differ: a fault of ours, or of Cedar's.
#[derive(Debug, thiserror::Error)]
#[error("{clause}: {said} ({case})")]
pub struct Disagreement {
    /// The clause, or the policy where the verdict as a whole differs.
    pub clause: String,
    /// What each of them says.
    pub said: String,
    /// The facts that are not as they are by default.
    pub case: String,
}

/// One policy, ready to be asked again.
pub struct Witness<'p> {
    policy: &'p Policy,
    prepared: HashMap<usize, Prepared>,
}

impl<'p> Witness<'p> {
    /// A witness for a policy.
    pub fn new(policy: &'p Policy) -> Witness<'p> {
        Witness { policy, prepared: HashMap::new() }
    }

    /// Hears Cedar on a situation: on every case that what is unknown leaves open, or on many of them.
    ///
    /// # Errors
    /// The first clause on which the two differ.
    pub fn hear(&mut self, situation: &Situation) -> Result<Agreement, Box<Disagreement>> {
        let situation = self.policy.settled(situation);
        self.look(&situation, Much { every_case_max: EVERY_CASE_MAX, samples: SAMPLES, seed: 1 })
    }

    /// Hears Cedar on an act: on every case that a person of one role can meet, where there are at most `every_case_max` for
    /// each role, else on `samples` of all cases.
    ///
    /// # Errors
    /// The first clause on which the two differ.
    pub fn survey(&mut self, act: &str, much: Much) -> Result<Agreement, Box<Disagreement>> {
        let policy = self.policy;
        let Some(act) = policy.vocabulary.act(act) else { return Ok(Agreement::default()) };
        let open = every_case(&policy.vocabulary, act, crate::examples::ASKED_ON);
        let roles = policy.vocabulary.group("actor.roles").map(|group| &policy.vocabulary.groups[group].facts);
        let mut whole = Agreement { cases: 0, is_every_case: true };
        for role in roles.into_iter().flatten() {
            let mut of_role = open.clone();
            roles.into_iter().flatten().for_each(|fact| of_role.given[*fact] = Given::Value(u8::from(fact == role)));
            let heard = self.look(&of_role, Much { samples: 0, ..much })?;
            whole.cases += heard.cases;
            if !heard.is_every_case {
                return self.look(&open, Much { every_case_max: 0, ..much });
            }
        }
        Ok(whole)
    }

    fn look(&mut self, situation: &Situation, much: Much) -> Result<Agreement, Box<Disagreement>> {
        let policy = self.policy;
        let prepared = match self.prepared.entry(situation.act) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(Prepared::new(policy, situation.act)?),
        };
        let mut scene = Scene::new(policy, situation, prepared);
        let variables: Vec<u32> = scene.variables.iter().copied().collect();
        let sizes: Vec<usize> = variables.iter().map(|var| scene.facts.diagrams.values(*var)).collect();
        let total = sizes.iter().fold(1u128, |product, size| product.saturating_mul(*size as u128));
        let mut at = scene.defaults();
        let mut seen = BTreeSet::new();
        if total <= much.every_case_max {
            for _ in 0..total {
                seen.insert(scene.check(&at)?);
                next(&mut at, &variables, &sizes);
            }
            scene.check_outcomes(&seen)?;
            return Ok(Agreement { cases: total as u64, is_every_case: true });
        }
        let defaults = at.clone();
        let mut dice = Dice(much.seed);
        for _ in 0..much.samples {
            // Most facts keep their defaults in most cases, so that no single clause drowns the others.
            let rarely = [2, 6, 16][dice.below(3)];
            for (var, size) in variables.iter().zip(&sizes) {
                let changes = dice.below(rarely) == 0;
                at[*var as usize] = if changes { dice.below(*size) as u8 } else { defaults[*var as usize] };
            }
            seen.insert(scene.check(&at)?);
        }
        Ok(Agreement { cases: much.samples, is_every_case: false })
    }
}

/// How much is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Much {
    /// Up to so many cases, all of them.
    pub every_case_max: u128,
    /// Else so many.
    pub samples: u64,
    /// Where the choice of cases begins; the same seed chooses the same.
    pub seed: u64,
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// The next of all assignments, as a counter counts.
fn next(at: &mut [u8], variables: &[u32], sizes: &[usize]) {
    for (var, size) in variables.iter().zip(sizes) {
        let value = &mut at[*var as usize];
        *value += 1;
        if (*value as usize) < *size {
            return;
        }
        *value = 0;
    }
}

/// One situation, with what the first opinion says of it.
struct Scene<'a> {
    policy: &'a Policy,
    prepared: &'a Prepared,
    facts: Facts<'a>,
    weighing: Weighing,
    /// For each rule of the act: when its conditions hold, and its exceptions.
    first: Vec<(F, F)>,
    /// Facts whose values Cedar or the combination needs.
    read: Vec<FactId>,
    variables: BTreeSet<u32>,
}

impl<'a> Scene<'a> {
    fn new(policy: &'a Policy, situation: &'a Situation, prepared: &'a Prepared) -> Scene<'a> {
        let mut facts = Facts::new(&policy.vocabulary, situation, policy.social);
        let weighing = Weighing::new(policy, &mut facts);
        let first = policy.by_act[situation.act].iter().map(|rule| {
            let rule = &policy.rules[*rule].1;
            (facts.holds(&rule.when), facts.holds(&rule.unless))
        });
        let first: Vec<(F, F)> = first.collect();
        let read = read(policy, situation.act);
        let mut variables: BTreeSet<u32> = read.iter().flat_map(|fact| facts.variables_of(*fact)).collect();
        for f in first.iter().flat_map(|(when, unless)| [*when, *unless]).chain(weighing.levels) {
            variables.extend(facts.diagrams.support(f));
        }
        Scene { policy, prepared, facts, weighing, first, read, variables }
    }

    /// The assignment in which everything is as it is by default.
    fn defaults(&self) -> Vec<u8> {
        let vocabulary = &self.policy.vocabulary;
        let default = |fact: &Option<FactId>| match fact.map(|fact| &vocabulary.facts[fact].default) {
            Some(Default::Value(value)) => *value as u8,
            _ => 0,
        };
        self.facts.variables.iter().map(default).collect()
    }

    /// Looks at one fully known case; gives the verdict on which both agree.
    fn check(&mut self, at: &[u8]) -> Result<usize, Box<Disagreement>> {
        let policy = self.policy;
        let mut values = vec![0u8; policy.vocabulary.facts.len()];
        for fact in &self.read {
            values[*fact] = self.facts.value_at(*fact, at);
        }
        let says = self.prepared.ask(policy, &values)?;
        let act = self.facts.situation.act;
        for (n, rule) in policy.by_act[act].iter().enumerate() {
            let (when, unless) = self.first[n];
            let (when, unless) = (self.facts.diagrams.at(when, at), self.facts.diagrams.at(unless, at));
            if (when, when && !unless) != (says[n].when, says[n].holds) {
                let (clause, body) = &policy.rules[*rule];
                let said = format!(
                    "the rule in line {} {} here, and Cedar says it {}",
                    body.line,
                    holds(when && !unless),
                    holds(says[n].holds)
                );
                return Err(self.disagreement(&policy.clauses[*clause].id, said, &values));
            }
        }
        let second = plain::verdict(policy, act, &says, &values);
        let first = self.weighing.levels.iter().position(|f| self.facts.diagrams.at(*f, at)).unwrap_or(usize::MAX);
        if first == second {
            return Ok(first);
        }
        let name = |level: usize| Verdict::SCALE.get(level).map_or("no verdict", |verdict| verdict.name());
        let said = format!("the verdict is {}, and {} after Cedar", name(first), name(second));
        Err(self.disagreement(&policy.id, said, &values))
    }

    /// What can come is exactly what came.
    fn check_outcomes(&self, seen: &BTreeSet<usize>) -> Result<(), Box<Disagreement>> {
        let said: BTreeSet<usize> = (0..7).filter(|level| self.weighing.levels[*level] != NO).collect();
        if said == *seen {
            return Ok(());
        }
        let said =
            format!("{} outcomes are said to be possible, and trying every case finds {}", said.len(), seen.len());
        Err(Box::new(Disagreement { clause: self.policy.id.clone(), said, case: "every case".to_owned() }))
    }

    fn disagreement(&self, clause: &str, said: String, values: &[u8]) -> Box<Disagreement> {
        let vocabulary = &self.policy.vocabulary;
        let told = self
            .read
            .iter()
            .filter(|fact| values[**fact] != 0)
            .map(|fact| format!("{} = {}", vocabulary.facts[*fact].path, values[*fact]));
        let act = &vocabulary.acts[self.facts.situation.act].name;
        let case = std::iter::once(act.clone()).chain(told).collect::<Vec<_>>().join("; ");
        Box::new(Disagreement { clause: clause.to_owned(), said, case })
    }
}

fn holds(holds: bool) -> &'static str {
    if holds { "holds" } else { "does not hold" }
}

/// Every fact that some rule of the act reads, its addressees included, and those the contract looks at.
fn read(policy: &Policy, act: usize) -> Vec<FactId> {
    let ids = &policy.vocabulary.ids;
    let mut read: BTreeSet<FactId> = policy.by_act[act].iter().flat_map(|rule| policy.reads(*rule)).collect();
    for (rule, (_, body)) in policy.rules.iter().enumerate() {
        if body.layer == crate::profile::Layer::Freedom {
            read.extend(facts_of(&policy.addressed[rule]));
        }
    }
    for cond in [&policy.binds, &policy.associates] {
        read.extend(facts_of(cond));
    }
    let name = policy.vocabulary.acts[act].name.as_str();
    if name == "raise-concern" {
        read.extend(&ids.always_told);
    } else if !crate::weighing::NO_CONTACT.contains(&name) {
        read.extend(ids.advisers.iter().chain([&ids.purpose]));
    }
    read.into_iter().collect()
}
