//! An outlook: the verdicts still possible and the questions that still matter, and nothing else.
//!
//! For: a journey of questions, which asks for nothing more until the verdict stands. Promises: exactly the verdict, outcomes,
//! binding and questions of the whole ruling. Does not: cite, and so costs a fraction.

use crate::diagram::{F, NO, YES};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::ruling::{Binding, Question, Verdict};
use crate::situation::{Given, Situation};
use crate::vocabulary::FactId;
use crate::weighing::Weighing;
use serde::Serialize;
use std::collections::BTreeSet;

/// What can still come of a situation, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// One word of the scale, or `depends`.
    pub verdict: Verdict,
    /// The verdicts still possible, strictest first; one, once the verdict stands.
    pub outcomes: Vec<Verdict>,
    /// Whether the ruling would bind.
    pub binding: Binding,
    /// Unknown facts that could still change it, most decisive first.
    pub questions: Vec<Question>,
}

pub(crate) fn outlook(policy: &Policy, situation: &Situation) -> Outlook {
    let mut facts = Facts::new(&policy.vocabulary, situation, policy.social);
    let weighing = Weighing::new(policy, &mut facts);
    let binding_when = weighing.binding(policy, &mut facts);
    let questions = questions(policy, &mut facts, &weighing, binding_when);
    if facts.diagrams.overflowed() {
        let ruling = policy.rule(situation);
        let outcomes = ruling.outcomes.unwrap_or_else(|| vec![ruling.verdict]);
        return Outlook { verdict: ruling.verdict, outcomes, binding: ruling.binding, questions: ruling.questions };
    }
    let outcomes = outcomes(&weighing);
    Outlook { verdict: verdict(&outcomes), outcomes, binding: binding(binding_when), questions }
}

/// The verdicts still possible, strictest first.
pub(crate) fn outcomes(weighing: &Weighing) -> Vec<Verdict> {
    let possible = Verdict::SCALE.into_iter().zip(weighing.levels).filter(|(_, f)| *f != NO);
    possible.map(|(verdict, _)| verdict).collect()
}

pub(crate) fn verdict(outcomes: &[Verdict]) -> Verdict {
    if let [one] = outcomes { *one } else { Verdict::Depends }
}

pub(crate) fn binding(when: F) -> Binding {
    match when {
        YES => Binding::Yes,
        NO => Binding::No,
        _ => Binding::Unknown,
    }
}

/// Unknown facts on which the verdict, or whether it binds, still hangs; the most decisive first.
pub(crate) fn questions(policy: &Policy, facts: &mut Facts<'_>, weighing: &Weighing, binding: F) -> Vec<Question> {
    if facts.open.is_empty() {
        return vec![];
    }
    let not_binding = facts.diagrams.not(binding);
    let mut parts: Vec<F> = weighing.levels.iter().copied().filter(|f| *f != NO).collect();
    if !parts.iter().any(|f| *f > YES) {
        parts = vec![binding, not_binding];
    }
    let support: BTreeSet<u32> =
        weighing.levels.iter().chain([&binding]).flat_map(|f| facts.diagrams.support(*f)).collect();
    let open: Vec<_> = facts.open.iter().filter(|open| !open.vars.is_disjoint(&support)).cloned().collect();
    let mut ranked: Vec<(u64, usize)> = open
        .iter()
        .enumerate()
        // A millionth of a bit decides nothing; sums that should be equal may differ by less.
        .map(|(n, open)| ((facts.diagrams.uncertainty_after(&parts, &open.vars) * 1e6).round() as u64, n))
        .collect();
    ranked.sort_unstable();
    let vocabulary = &policy.vocabulary;
    let is_open = |path: &str| open.iter().any(|other| other.path == path);
    let group = |path: &str| vocabulary.group(path).map(|group| &vocabulary.groups[group]);
    let must_wait = |path: &str| group(path).and_then(|group| group.after.as_deref()).is_some_and(is_open);
    // What nobody has spoken of waits for the fact that it follows; what is said to be unknown is asked, after that fact.
    let is_asked = |path: &str| {
        let said = |fact: &FactId| facts.situation.given[*fact] == Given::Unknown;
        !must_wait(path) || group(path).is_some_and(|group| group.facts.iter().any(said))
    };
    let mut asked: Vec<&str> =
        ranked.into_iter().map(|(_, n)| open[n].path.as_str()).filter(|path| is_asked(path)).collect();
    asked.sort_by_key(|path| must_wait(path));
    asked.into_iter().map(|path| crate::words::question(vocabulary, path)).collect()
}
