//! A ruling: what one policy version says about one situation (rulings.md, section 1).
//!
//! For: the answer that web, command line and API share. Promises: every field of the contract, serialised under its
//! names. Does not: decide; see `weighing` and `answer`.

use crate::policy::Status;
use serde::{Serialize, Serializer};

/// The scale, strictest first, and `Depends`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Forbidden, and nothing on record can lift it.
    MustNot,
    /// A clause says should not.
    ShouldNot,
    /// A permission that the clause provides for would lift it.
    NeedsPermission,
    /// Strong advice not to.
    AdvisedAgainst,
    /// Care is asked for in just this case.
    Caution,
    /// Permitted, prescribed, or free.
    Allowed,
    /// The policy is silent: neither a yes nor a no.
    NotCovered,
    /// An unknown fact would change the verdict.
    Depends,
}

impl Verdict {
    /// The verdicts proper, strictest first.
    pub const SCALE: [Verdict; 7] = [
        Verdict::MustNot,
        Verdict::ShouldNot,
        Verdict::NeedsPermission,
        Verdict::AdvisedAgainst,
        Verdict::Caution,
        Verdict::Allowed,
        Verdict::NotCovered,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::MustNot => "must-not",
            Verdict::ShouldNot => "should-not",
            Verdict::NeedsPermission => "needs-permission",
            Verdict::AdvisedAgainst => "advised-against",
            Verdict::Caution => "caution",
            Verdict::Allowed => "allowed",
            Verdict::NotCovered => "not-covered",
            Verdict::Depends => "depends",
        }
    }
}

/// Whether the ruling binds the person who asks, or is guidance to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `true`
    Yes,
    /// `false`
    No,
    /// `"unknown"`; the fact that settles it is among the questions.
    Unknown,
}

impl Serialize for Binding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Binding::Yes => serializer.serialize_bool(true),
            Binding::No => serializer.serialize_bool(false),
            Binding::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

/// How a clause bears on a situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// As strict as the verdict.
    Decides,
    /// Milder than the verdict.
    AlsoApplies,
    /// A permission or an exception took it away.
    Lifted,
    /// Makes the act allowed.
    Permits,
    /// Gives a duty.
    Duty,
    /// Shown, does not decide.
    Right,
    /// Shown, never changes a verdict.
    Reminder,
    /// Scope or definition without which the ruling would differ.
    Defines,
    /// What a breach can lead to.
    Consequence,
}

/// A clause that bears on the situation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// Full clause id.
    pub clause: String,
    /// Strength of its verb.
    pub modality: String,
    /// How it bears.
    pub effect: Effect,
    /// Its wording in the policy in force.
    pub wording: String,
    /// Heading of its section and its own.
    pub place: String,
    /// Whether it bears only for some values of the facts that are unknown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// A permission that a cited clause provides for and that is not on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Who gives it: `headteacher`, `person`, `parent`, `senior-leaders`, `express`.
    pub from: String,
    /// `any` or `written`.
    pub form: String,
    /// Whether it must come before the act.
    pub before: bool,
    /// Whom it concerns, where the clause says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What it is for.
    #[serde(rename = "for")]
    pub matter: String,
    /// The clause that provides for it.
    pub clause: String,
    /// Whether obtaining all permissions of that clause would change the verdict.
    pub lifts_verdict: bool,
}

/// How strong a duty is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyStrength {
    /// Must be done.
    Must,
    /// Should be done.
    Should,
}

/// What must or should be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// `report`, `tell`, `declare`, `reject`, ...
    pub duty: String,
    /// Roles, any of which will do; empty where the text names nobody.
    pub to: Vec<String>,
    /// Must or should.
    pub strength: DutyStrength,
    /// Whether at once.
    pub at_once: bool,
    /// The clause that gives it.
    pub clause: String,
}

/// An unknown fact that could still change the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Dotted path.
    pub fact: String,
    /// A sentence for a person.
    pub ask: String,
    /// The values it can have.
    pub answers: Vec<String>,
}

/// A fact that was not given and whose default mattered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// Dotted path.
    pub fact: String,
    /// The value taken; for a set its members, joined by commas, or `none`.
    pub value: String,
}

/// An ambiguity of the text that bears on this ruling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoubtShown {
    /// The clause in doubt.
    pub clause: String,
    /// The reading taken.
    pub reading: String,
    /// The other reading.
    pub other: String,
}

/// What one policy version says about one situation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// The policy's short name.
    pub policy: String,
    /// Its content hash.
    pub version: String,
    /// How far it has come.
    pub status: Status,
    /// Whether it binds the person who asks.
    pub binding: Binding,
    /// One word of the scale, or `depends`.
    pub verdict: Verdict,
    /// With `depends`: the verdicts still possible, strictest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Vec<Verdict>>,
    /// Every clause that bears on the situation.
    pub citations: Vec<Citation>,
    /// Permissions not on record.
    pub needs: Vec<Need>,
    /// What must or should be done.
    pub duties: Vec<Duty>,
    /// Unknown facts that could still change the verdict, most decisive first.
    pub questions: Vec<Question>,
    /// Facts not given whose default mattered.
    pub assumed: Vec<Assumption>,
    /// Ambiguities that bear on it.
    pub doubts: Vec<DoubtShown>,
    /// What a sensible person does next.
    pub next_step: String,
}
