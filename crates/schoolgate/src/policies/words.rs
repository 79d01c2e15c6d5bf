//! Verdicts and cases in plain words, for every page that shows one.

use rulebook::{Policy, Ruling, Situation, Verdict, Vocabulary};

/// The fact that says who is asking.
const ROLES: &str = "actor.roles";

/// The verdict as a person would say it.
pub fn verdict_said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MustNot => "No, you must not",
        Verdict::ShouldNot => "No, you should not",
        Verdict::NeedsPermission => "Not without permission",
        Verdict::AdvisedAgainst => "You are strongly advised not to",
        Verdict::Caution => "You may, with caution",
        Verdict::Allowed => "Yes, you may",
        Verdict::NotCovered => "The policy does not say",
        Verdict::Depends => "It depends",
    }
}

/// The colour beside the words; never the only sign.
pub fn tint(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MustNot | Verdict::ShouldNot => "app-verdict--stop",
        Verdict::NeedsPermission | Verdict::AdvisedAgainst | Verdict::Caution => "app-verdict--care",
        Verdict::Allowed => "app-verdict--go",
        Verdict::NotCovered | Verdict::Depends => "",
    }
}

/// A case as a page tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `A teacher`, `The headteacher, a parent or carer`.
    pub who: String,
    /// The question that is put.
    pub act: String,
    /// What else is known: each question and its answer.
    pub facts: Vec<(String, String)>,
}

impl Case {
    pub fn of(situation: &Situation, vocabulary: &Vocabulary) -> Self {
        let told = situation.told(vocabulary);
        let asked_of = vocabulary.question(ROLES).map(|question| question.ask).unwrap_or_default();
        let (who, facts): (Vec<_>, Vec<_>) = told.facts.into_iter().partition(|(ask, _)| *ask == asked_of);
        let who = who.into_iter().map(|(_, said)| said).collect::<Vec<_>>().join(", ");
        Self { who: capitalised(&who), act: told.act, facts }
    }
}

/// A case with what a policy says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub case: Case,
    pub said: &'static str,
    pub tint: &'static str,
    pub next_step: String,
}

impl Answered {
    pub fn of(situation: &Situation, policy: &Policy) -> Self {
        Self::with(Case::of(situation, policy.vocabulary()), &policy.rule(situation))
    }

    pub fn with(case: Case, ruling: &Ruling) -> Self {
        let verdict = ruling.verdict;
        Self { case, said: verdict_said(verdict), tint: tint(verdict), next_step: ruling.next_step.clone() }
    }
}

/// The first letter large.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The strength of a clause's verb, as a tag beside its heading.
pub fn modality_said(modality: &str) -> &'static str {
    match modality {
        "must" => "You must",
        "should" => "You should",
        "may" => "You may",
        "must-not" => "You must not",
        "should-not" => "You should not",
        "advised-against" => "Better not",
        "caution" => "Take care",
        "right" => "A right",
        "definition" => "What words mean",
        "aim" => "An aim",
        "consequence" => "What can follow",
        _ => "How it is done",
    }
}
