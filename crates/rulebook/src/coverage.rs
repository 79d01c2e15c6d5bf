//! Coverage: whether the worked examples of a policy show everything that its clauses decide.
//!
//! For: whoever writes or approves a policy. Promises: a deciding clause has at least three examples, among those of the
//! policy one that each of its rules catches and one just outside each of its conditions; a condition that no case of the
//! vocabulary can miss is not asked for. Does not: say whether an expectation is right; see `examples`.

use crate::cases::{as_situation, cheapest, every_case, possible, smallest};
use crate::condition::{parts, told, ways};
use crate::diagram::{F, NO, YES};
use crate::examples::ASKED_ON;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::profile::{Cond, Layer};
use crate::situation::Situation;
use crate::weighing::addressed;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer examples than this do not show a clause that decides: one that it catches and two just outside.
pub const EXAMPLES_MIN: usize = 3;

/// What the examples of one policy show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Short name of the policy.
    pub policy: String,
    /// Its content hash.
    pub version: String,
    /// How many clauses it has.
    pub clauses: usize,
    /// How many of them do what: `decides`, `duty`, `reminder`, ...
    pub by_effect: BTreeMap<String, usize>,
    /// How many examples it has.
    pub examples: usize,
    /// Every clause with a rule that decides.
    pub deciding: Vec<ClauseCoverage>,
    /// Rules that no example reaches.
    pub unreached: Vec<RuleAt>,
    /// Clauses that a part still to come will serve.
    pub planned: Vec<Planned>,
    /// Whether nothing is missing.
    pub is_met: bool,
}

/// What the examples show of one clause that decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseCoverage {
    /// Full id.
    pub clause: String,
    /// The chapter.
    pub file: String,
    /// Line of its heading.
    pub line: usize,
    /// Examples under it.
    pub examples: usize,
    /// Examples of the policy that its rules catch.
    pub caught: usize,
    /// Examples of the policy just outside one of its conditions.
    pub just_outside: usize,
    /// What no example shows yet.
    pub missing: Vec<Missing>,
}

/// Something that no example shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Line of the rule, or of the clause's heading.
    pub line: usize,
    /// What an example has to show, in words.
    pub said: String,
    /// The smallest situation that would show it, ready to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub situation: Option<Value>,
}

/// A rule and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleAt {
    /// Full id of its clause.
    pub clause: String,
    /// The chapter.
    pub file: String,
    /// Its first line.
    pub line: usize,
}

/// A clause that waits for a part of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Full id.
    pub clause: String,
    /// What will serve it.
    pub served_by: Vec<String>,
}

/// What the examples of a policy show.
pub fn coverage(policy: &Policy) -> Coverage {
    let mut by_effect = BTreeMap::new();
    for clause in &policy.clauses {
        *by_effect.entry(clause.does.clone()).or_insert(0) += 1;
    }
    let mut deciding: BTreeMap<usize, ClauseCoverage> = BTreeMap::new();
    for (n, (clause, rule)) in policy.rules.iter().enumerate() {
        if rule.layer.restricts() || rule.layer == Layer::Permits {
            let entry = deciding.entry(*clause).or_insert_with(|| ClauseCoverage::new(policy, *clause));
            entry.look(policy, n);
        }
    }
    let mut deciding: Vec<ClauseCoverage> = deciding.into_values().collect();
    for clause in deciding.iter_mut().filter(|clause| clause.examples < EXAMPLES_MIN) {
        let said = format!("it has {} examples; a clause that decides has at least {EXAMPLES_MIN}", clause.examples);
        clause.missing.insert(0, Missing { line: clause.line, said, situation: None });
    }
    let unreached = unreached(policy);
    Coverage {
        policy: policy.id.clone(),
        version: policy.version.clone(),
        clauses: policy.clauses.len(),
        by_effect,
        examples: policy.examples.len(),
        is_met: unreached.is_empty() && deciding.iter().all(|clause| clause.missing.is_empty()),
        deciding,
        unreached,
        planned: planned(policy),
    }
}

fn planned(policy: &Policy) -> Vec<Planned> {
    let planned = policy.clauses.iter().filter(|clause| clause.is_planned);
    planned.map(|clause| Planned { clause: clause.id.clone(), served_by: clause.served_by.clone() }).collect()
}

fn unreached(policy: &Policy) -> Vec<RuleAt> {
    let reached: BTreeSet<usize> =
        policy.examples.iter().flat_map(|(_, example)| policy.reached(&example.situation)).collect();
    let missed = policy.rules.iter().enumerate().filter(|(n, _)| !reached.contains(n));
    missed
        .map(|(_, (clause, rule))| {
            let clause = &policy.clauses[*clause];
            RuleAt { clause: clause.id.clone(), file: clause.file.clone(), line: rule.line }
        })
        .collect()
}

/// The conditions of one rule, each of which an example should just miss.
struct Conditions {
    acts: u64,
    when: Vec<Cond>,
    unless: Vec<Cond>,
}

/// How one example stands to a rule's conditions.
#[derive(PartialEq, Eq)]
enum Stands {
    Caught,
    /// It misses just this one of `when`.
    MissesWhen(usize),
    /// It is caught, but for this one of `unless`.
    Excepted(usize),
    /// The rule does not address whoever asks.
    NotAddressed,
    Elsewhere,
}

impl ClauseCoverage {
    fn new(policy: &Policy, clause: usize) -> ClauseCoverage {
        let examples = policy.examples.iter().filter(|(of, _)| *of == clause).count();
        let clause = &policy.clauses[clause];
        ClauseCoverage {
            clause: clause.id.clone(),
            file: clause.file.clone(),
            line: clause.line,
            examples,
            caught: 0,
            just_outside: 0,
            missing: vec![],
        }
    }

    fn look(&mut self, policy: &Policy, n: usize) {
        let rule = &policy.rules[n].1;
        let conditions = Conditions { acts: rule.acts, when: parts(&rule.when), unless: ways(&rule.unless) };
        let (mut caught, mut outside) = (0, 0);
        let (mut when, mut unless) = (BTreeSet::new(), BTreeSet::new());
        let mut is_who_shown = false;
        for (_, example) in &policy.examples {
            let stands = conditions.stands(policy, n, &example.situation);
            match stands {
                Stands::Caught => caught += 1,
                Stands::MissesWhen(part) => _ = when.insert(part),
                Stands::Excepted(way) => _ = unless.insert(way),
                Stands::NotAddressed => is_who_shown = true,
                Stands::Elsewhere => continue,
            }
            outside += usize::from(!matches!(stands, Stands::Caught));
        }
        self.caught += caught;
        self.just_outside += outside;
        let vocabulary = &policy.vocabulary;
        let mut miss = |stands: Stands, said: String| {
            let situation = conditions.smallest(policy, n, &stands);
            if situation.is_some() || matches!(stands, Stands::Caught) {
                self.missing.push(Missing { line: rule.line, said, situation });
            }
        };
        if caught == 0 {
            miss(Stands::Caught, "no example is caught by this rule".to_owned());
        }
        for (part, cond) in conditions.when.iter().enumerate().filter(|(part, _)| !when.contains(part)) {
            miss(Stands::MissesWhen(part), format!("no example is just outside `{}`", told(vocabulary, cond)));
        }
        for (way, cond) in conditions.unless.iter().enumerate().filter(|(way, _)| !unless.contains(way)) {
            miss(Stands::Excepted(way), format!("no example shows the exception `{}`", told(vocabulary, cond)));
        }
        if !is_who_shown {
            miss(Stands::NotAddressed, "no example shows somebody whom this rule does not address".to_owned());
        }
    }
}

impl Conditions {
    fn stands(&self, policy: &Policy, n: usize, situation: &Situation) -> Stands {
        if self.acts & (1 << situation.act) == 0 {
            return Stands::Elsewhere;
        }
        let mut facts = Facts::new(&policy.vocabulary, situation, policy.social);
        let who = who(policy, n, &mut facts);
        let when: Vec<F> = self.when.iter().map(|cond| facts.holds(cond)).collect();
        let unless: Vec<F> = self.unless.iter().map(|cond| facts.holds(cond)).collect();
        let missed: Vec<usize> = (0..when.len()).filter(|part| when[*part] != YES).collect();
        let excepted: Vec<usize> = (0..unless.len()).filter(|way| unless[*way] != NO).collect();
        match (who, &missed[..], &excepted[..]) {
            (YES, [], []) => Stands::Caught,
            (YES, [part], []) if when[*part] == NO => Stands::MissesWhen(*part),
            (YES, [], [way]) if unless[*way] == YES => Stands::Excepted(*way),
            (NO, [], []) => Stands::NotAddressed,
            _ => Stands::Elsewhere,
        }
    }

    /// The smallest situation that stands so, where there is one at all.
    fn smallest(&self, policy: &Policy, n: usize, stands: &Stands) -> Option<Value> {
        let acts = (0..policy.vocabulary.acts.len()).filter(|act| self.acts & (1 << act) != 0);
        let found = acts.filter_map(|act| self.smallest_of(policy, n, stands, act));
        let found = found.min_by_key(|situation| situation.to_string().len())?;
        let shows = |situation: &Value| {
            let read = Situation::read_json(&policy.vocabulary, "case", &situation.to_string(), ASKED_ON);
            read.is_ok_and(|batch| batch.situations.first().is_some_and(|s| self.stands(policy, n, s) == *stands))
        };
        Some(if shows(&found) { smallest(found, shows) } else { found })
    }

    fn smallest_of(&self, policy: &Policy, n: usize, stands: &Stands, act: usize) -> Option<Value> {
        let vocabulary = &policy.vocabulary;
        let open = every_case(vocabulary, act, ASKED_ON);
        let mut facts = Facts::new(vocabulary, &open, policy.social);
        let mut here = possible(&mut facts);
        let who = who(policy, n, &mut facts);
        let who = if matches!(stands, Stands::NotAddressed) { facts.diagrams.not(who) } else { who };
        here = facts.diagrams.and(here, who);
        for (part, cond) in self.when.iter().enumerate() {
            let f = facts.holds(cond);
            let is_missed = matches!(stands, Stands::MissesWhen(missed) if *missed == part);
            here = if is_missed { facts.diagrams.minus(here, f) } else { facts.diagrams.and(here, f) };
        }
        for (way, cond) in self.unless.iter().enumerate() {
            let f = facts.holds(cond);
            let is_excepted = matches!(stands, Stands::Excepted(excepted) if *excepted == way);
            here = if is_excepted { facts.diagrams.and(here, f) } else { facts.diagrams.minus(here, f) };
        }
        let known = cheapest(&facts, here)?;
        Some(as_situation(vocabulary, act, ASKED_ON, &known))
    }
}

/// When a rule addresses whoever asks, directly or as guidance.
fn who(policy: &Policy, n: usize, facts: &mut Facts<'_>) -> F {
    let bound = facts.holds(&policy.binds);
    let (direct, guidance) = addressed(policy, facts, n, bound);
    facts.diagrams.or(direct, guidance)
}
