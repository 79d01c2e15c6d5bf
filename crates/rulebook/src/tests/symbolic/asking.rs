//! One question put to both: to our conditions and diagrams, and to the solver.
//!
//! For: the round beside. Promises: every question ends up in exactly one count: agreed, wrong or undecided. Does not:
//! stop at the first that is wrong.

use super::cut::Path;
use super::solver::{Relation, Solver};
use super::spoken::Spoken;
use crate::cases::every_case;
use crate::diagram::{F, NO};
use crate::examples::ASKED_ON;
use crate::facts::Facts;
use crate::vocabulary::Vocabulary;
use cedar_policy::Policy;
use std::collections::BTreeSet;

/// Rules of one policy, of which any one is to hold.
#[derive(Clone)]
pub(super) struct Union<'a> {
    pub(super) rules: Vec<&'a Spoken<'a>>,
}

/// What both are to answer.
pub(super) enum Question<'a> {
    /// Does a rule say what we read in it? We say yes.
    Read(&'a Spoken<'a>),
    /// Is the one union of rules within the other?
    Within(Union<'a>, Union<'a>),
}

impl Question<'_> {
    fn reads(&self) -> BTreeSet<Path> {
        let spoken: Vec<&Spoken<'_>> = match self {
            Question::Read(spoken) => vec![spoken],
            Question::Within(less, more) => less.rules.iter().chain(&more.rules).copied().collect(),
        };
        spoken.into_iter().flat_map(|spoken| spoken.reads.iter().cloned()).collect()
    }
}

/// How the questions so far ended.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) read: u64,
    pub(super) within: u64,
    pub(super) beyond: u64,
    pub(super) wrong: Vec<String>,
    pub(super) undecided: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Tally) {
        self.read += other.read;
        self.within += other.within;
        self.beyond += other.beyond;
        self.wrong.extend(other.wrong);
        self.undecided.extend(other.undecided);
    }

    pub(super) fn agreed(&self) -> u64 {
        self.read + self.within + self.beyond
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wrong, undecided) = (self.wrong.len(), self.undecided.len());
        let asked = self.agreed() + wrong as u64 + undecided as u64;
        let Tally { read, within, beyond, .. } = self;
        write!(f, "{asked} asked, {} agreed ({read} read, {within} within, {beyond} not), ", self.agreed())?;
        write!(f, "{wrong} wrong, {undecided} undecided")
    }
}

impl<'a> Union<'a> {
    pub(super) fn without(&self, n: usize) -> Union<'a> {
        let mut rules = self.rules.clone();
        rules.remove(n);
        Union { rules }
    }

    pub(super) fn only(&self, n: usize) -> Union<'a> {
        Union { rules: vec![self.rules[n]] }
    }

    /// When any of them holds, over facts that are all free.
    fn holds(&self, facts: &mut Facts<'_>) -> F {
        let mut sum = NO;
        for Spoken { rule, .. } in &self.rules {
            let (when, unless) = (facts.holds(&rule.when), facts.holds(&rule.unless));
            let holds = facts.diagrams.minus(when, unless);
            sum = facts.diagrams.or(sum, holds);
        }
        sum
    }

    fn authored(&self) -> Vec<&'a Policy> {
        self.rules.iter().map(|spoken| &spoken.authored).collect()
    }

    fn told(&self) -> String {
        let names: Vec<&str> = self.rules.iter().map(|spoken| spoken.name.as_str()).collect();
        if names.is_empty() { "no rule".to_owned() } else { names.join(" or ") }
    }
}

/// Puts questions to both.
pub(super) struct Asking<'a> {
    vocabulary: &'a Vocabulary,
    pub(super) solver: Solver<'a>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary, limit: &'static str) -> Asking<'a> {
        Asking { vocabulary, solver: Solver::new(vocabulary, limit) }
    }

    /// Asks about one act.
    pub(super) async fn ask(&mut self, act: usize, questions: &[Question<'_>]) -> Tally {
        let vocabulary = self.vocabulary;
        let name = vocabulary.acts[act].name.as_str();
        let situation = every_case(vocabulary, act, ASKED_ON);
        let mut facts = Facts::free(vocabulary, &situation);
        let mut tally = Tally::default();
        for question in questions {
            let (told, ours, relation, sides) = match question {
                Question::Read(spoken) => {
                    let sides = (vec![&spoken.authored], vec![&spoken.written]);
                    (format!("{} as we read it", spoken.name), true, Relation::Same, sides)
                }
                Question::Within(less, more) => {
                    let (a, b) = (less.holds(&mut facts), more.holds(&mut facts));
                    let ours = facts.diagrams.minus(a, b) == NO;
                    let sides = (less.authored(), more.authored());
                    (format!("{} within {}", less.told(), more.told()), ours, Relation::Within, sides)
                }
            };
            if facts.diagrams.overflowed() {
                tally.undecided.push(format!("{name}: {told}: the diagrams grew past their limit"));
                break;
            }
            match (self.solver.says(name, relation, question.reads(), sides).await, ours, relation) {
                (Ok(true), true, Relation::Same) => tally.read += 1,
                (Ok(true), true, Relation::Within) => tally.within += 1,
                (Ok(false), false, _) => tally.beyond += 1,
                (Ok(theirs), _, _) => {
                    tally.wrong.push(format!("{name}: {told}: we say {ours}, the solver {theirs}"));
                }
                (Err(error), _, _) => tally.undecided.push(format!("{name}: {told}: {error}")),
            }
        }
        tally
    }
}
