//! Cedar statements to conditions over finite facts.
//!
//! For: keeping the rules in a language that others can read and check, while answering exactly. Promises: whatever is
//! outside the finite profile is refused, all of a rule at once; a permission can only lift, never forbid. Does not: combine
//! clauses.

mod conditions;
mod places;

use crate::permission::Quality;
use crate::situation::expected;
use crate::vocabulary::{FactId, Vocabulary};
use cedar_policy::Effect as CedarEffect;
use std::collections::BTreeMap;

pub(crate) use places::statements;

/// A condition over facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cond {
    Always(bool),
    /// The fact has one of these values (one bit a value).
    Is(FactId, u128),
    /// A permission of this quality is on record.
    Permitted(FactId, Quality),
    /// The act is one of these (one bit an act).
    Act(u64),
    Not(Box<Cond>),
    All(Vec<Cond>),
    Any(Vec<Cond>),
}

impl Cond {
    /// Calls `see` on every part.
    pub(crate) fn walk(&self, see: &mut dyn FnMut(&Cond)) {
        see(self);
        match self {
            Cond::Not(inner) => inner.walk(see),
            Cond::All(parts) | Cond::Any(parts) => parts.iter().for_each(|part| part.walk(see)),
            _ => {}
        }
    }

    /// The permissions it asks about, in the order of the text.
    pub(crate) fn permissions(&self) -> Vec<(FactId, Quality)> {
        let mut out = vec![];
        self.walk(&mut |part| {
            if let Cond::Permitted(fact, quality) = part
                && !out.contains(&(*fact, *quality))
            {
                out.push((*fact, *quality));
            }
        });
        out
    }
}

/// What a statement does, from its `@effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    MustNot,
    ShouldNot,
    AdvisedAgainst,
    Caution,
    Permits,
    Lifts,
    Freedom,
    Gap,
    Duty,
    Right,
    Reminder,
    Defines,
    Consequence,
    Doubt,
}

impl Layer {
    const ALL: [(&'static str, Layer); 14] = [
        ("must-not", Layer::MustNot),
        ("should-not", Layer::ShouldNot),
        ("advised-against", Layer::AdvisedAgainst),
        ("caution", Layer::Caution),
        ("permits", Layer::Permits),
        ("lifts", Layer::Lifts),
        ("freedom", Layer::Freedom),
        ("gap", Layer::Gap),
        ("duty", Layer::Duty),
        ("right", Layer::Right),
        ("reminder", Layer::Reminder),
        ("defines", Layer::Defines),
        ("consequence", Layer::Consequence),
        ("doubt", Layer::Doubt),
    ];

    /// Whether it restricts.
    pub(crate) fn restricts(self) -> bool {
        self <= Layer::Caution
    }
}

/// A duty as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DutyNamed {
    pub(crate) duty: String,
    pub(crate) to: Vec<String>,
    pub(crate) is_must: bool,
    pub(crate) at_once: bool,
}

/// One statement of one clause.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) layer: Layer,
    /// One bit for each act it speaks of.
    pub(crate) acts: u64,
    pub(crate) when: Cond,
    /// The exception that the clause itself makes.
    pub(crate) unless: Cond,
    /// Clauses (full ids) that it lifts.
    pub(crate) lifts: Vec<String>,
    /// Clauses (full ids) whose breach it follows; for a consequence.
    pub(crate) upon: Vec<String>,
    /// A rule on the route (channel, equipment) holds for protected contact, too.
    pub(crate) is_route: bool,
    pub(crate) duty: Option<DutyNamed>,
    /// Words of the policy for whom it addresses, where other than the clause's.
    pub(crate) who: Option<Vec<String>>,
    /// The higher, the more exactly it fits the case.
    pub(crate) exact: u8,
    pub(crate) next: Option<String>,
    pub(crate) reading: Option<String>,
    pub(crate) other: Option<String>,
    pub(crate) line: usize,
    pub(crate) cedar: cedar_policy::Policy,
}

impl Rule {
    /// A question to put to oneself, which is not put to those whose contact is protected.
    pub(crate) fn asks_oneself(&self) -> bool {
        self.duty.as_ref().is_some_and(|named| named.duty == "ask-yourself")
    }
}

const NOTES: [&str; 14] = [
    "effect", "lifts", "upon", "route", "duty", "to", "strength", "at_once", "who", "exact", "next", "reading",
    "other", "say",
];
pub(crate) const DUTIES: [&str; 11] = [
    "report",
    "tell",
    "declare",
    "reject",
    "transfer",
    "delete",
    "keep-evidence",
    "record",
    "use-channel",
    "ask-yourself",
    "review-profile",
];

/// `@upon("always")`: a consequence shown whether or not something bites.
pub(crate) const ALWAYS: &str = "always";

/// The numbers that a school sets in `policy.toml`.
pub(crate) type Parameters = BTreeMap<String, i64>;

/// Why a rule is not taken.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What is meant, as it may stand in the text; the likeliest first.
    about: Vec<String>,
    /// In the author's words.
    pub(crate) said: String,
    /// Whether it holds only if `policy.toml` was read whole.
    pub(crate) hangs_on_settings: bool,
}

impl Refusal {
    fn new(about: impl IntoIterator<Item = impl Into<String>>, said: impl Into<String>) -> Refusal {
        let about = about.into_iter().map(Into::into).collect();
        Refusal { about, said: said.into(), hangs_on_settings: false }
    }

    fn of_note(key: &str, said: impl Into<String>) -> Refusal {
        Refusal::new([format!("@{key}")], said)
    }

    /// Byte offset, in the text of the rule, of what is meant; its start where that is the rule as a whole.
    pub(crate) fn offset(&self, statement: &str) -> usize {
        self.about.iter().find_map(|part| places::find(statement, part)).unwrap_or(0)
    }
}

/// Byte offset of an annotation in the text of a rule; its start where it has none of that name.
pub(crate) fn note_offset(statement: &str, key: &str) -> usize {
    places::find(statement, &format!("@{key}")).unwrap_or(0)
}

type Notes<'a> = BTreeMap<&'a str, &'a str>;

/// Reads one statement. `prefix` is the policy's id, so that short clause ids become full ones.
///
/// # Errors
/// Everything in it that is outside the profile.
pub(crate) fn rule(
    vocabulary: &Vocabulary,
    parameters: &Parameters,
    prefix: &str,
    cedar: &cedar_policy::Policy,
    line: usize,
) -> Result<Rule, Vec<Refusal>> {
    let pst = cedar.to_pst().map_err(|e| vec![Refusal::new(["when"], e.to_string())])?;
    let body = pst.body();
    let notes: Notes<'_> = body.annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let unknown = notes.keys().filter(|key| !NOTES.contains(key));
    let unknown =
        unknown.map(|key| Refusal::of_note(key, format!("unknown annotation `@{key}`; {}", expected(key, &NOTES))));
    let mut refusals: Vec<Refusal> = unknown.collect();
    let mut keep = |refusal: Refusal| refusals.push(refusal);
    let layer = layer(&notes, cedar.effect()).map_err(&mut keep).ok();
    let duty = duty(&notes).map_err(&mut keep).ok();
    let exact = notes.get("exact").map_or(Ok(0), |n| n.parse());
    let exact =
        exact.map_err(|_| keep(Refusal::of_note("exact", "`@exact` is a whole number from 0 to 255"))).unwrap_or(0);
    let conditions = conditions::read(vocabulary, parameters, body, &mut refusals);
    let (Some(layer), Some(duty)) = (layer, duty) else { return Err(refusals) };
    let text = |key: &str| notes.get(key).map(|s| (*s).to_owned());
    let rule = Rule {
        layer,
        acts: conditions.acts,
        when: conditions.when,
        unless: conditions.unless,
        lifts: clauses(&notes, "lifts", prefix),
        upon: clauses(&notes, "upon", prefix),
        is_route: notes.contains_key("route"),
        duty,
        who: notes.get("who").map(|who| who.split(',').map(|w| w.trim().to_owned()).collect()),
        exact,
        next: text("next"),
        reading: text("reading"),
        other: text("other"),
        line,
        cedar: cedar.clone(),
    };
    check(&rule, &mut refusals);
    if refusals.is_empty() { Ok(rule) } else { Err(refusals) }
}

/// The full ids of the clauses that an annotation names.
fn clauses(notes: &Notes<'_>, key: &str, prefix: &str) -> Vec<String> {
    let named = notes.get(key).into_iter().flat_map(|ids| ids.split(',')).map(str::trim).filter(|id| !id.is_empty());
    named.map(|id| if id == ALWAYS { id.to_owned() } else { full_id(prefix, id) }).collect()
}

/// The full id of a clause, named with or without the policy's own name.
pub(crate) fn full_id(policy: &str, id: &str) -> String {
    let is_full = id.strip_prefix(policy).is_some_and(|rest| rest.starts_with('.'));
    if is_full { id.to_owned() } else { format!("{policy}.{id}") }
}

fn layer(notes: &Notes<'_>, effect: CedarEffect) -> Result<Layer, Refusal> {
    let names: Vec<&str> = Layer::ALL.iter().map(|(name, _)| *name).collect();
    let missing = || Refusal::new(["forbid"], format!("each rule needs `@effect`, one of {}", names.join(", ")));
    let written = notes.get("effect").ok_or_else(missing)?;
    let layer = Layer::ALL.iter().find(|(name, _)| name == written).map(|(_, layer)| *layer);
    let layer = layer.ok_or_else(|| {
        Refusal::of_note("effect", format!("`@effect(\"{written}\")` is not known; {}", expected(written, &names)))
    })?;
    match (layer.restricts(), effect) {
        (true, CedarEffect::Forbid) | (false, CedarEffect::Permit) => Ok(layer),
        (true, _) => Err(Refusal::new(
            ["permit"],
            format!("`@effect(\"{written}\")` restricts, so the rule is written with `forbid`"),
        )),
        (false, _) => Err(Refusal::new(
            ["forbid"],
            format!("`@effect(\"{written}\")` does not restrict, so the rule is written with `permit`"),
        )),
    }
}

fn duty(notes: &Notes<'_>) -> Result<Option<DutyNamed>, Refusal> {
    let Some(duty) = notes.get("duty") else {
        return match notes.keys().find(|key| ["to", "strength", "at_once"].contains(key)) {
            Some(key) => Err(Refusal::of_note(key, format!("`@{key}` goes with `@duty`"))),
            None => Ok(None),
        };
    };
    if !DUTIES.contains(duty) {
        let said = format!("`@duty(\"{duty}\")` is not known; {}", expected(duty, &DUTIES));
        return Err(Refusal::of_note("duty", said));
    }
    let is_must = match notes.get("strength").copied() {
        Some("must") => true,
        Some("should") => false,
        Some(_) => return Err(Refusal::of_note("strength", "a duty's `@strength` is `must` or `should`")),
        None => return Err(Refusal::of_note("duty", "a duty needs `@strength`, `must` or `should`")),
    };
    let to = notes.get("to").into_iter().flat_map(|to| to.split(',')).map(|role| role.trim().to_owned()).collect();
    Ok(Some(DutyNamed { duty: (*duty).to_owned(), to, is_must, at_once: notes.contains_key("at_once") }))
}

/// What the parts of a rule ask of each other.
fn check(rule: &Rule, refusals: &mut Vec<Refusal>) {
    if matches!(rule.layer, Layer::Duty | Layer::Gap) != rule.duty.is_some() {
        let said = "`@duty` goes with `@effect(\"duty\")` or `@effect(\"gap\")`, and only with them";
        refusals.push(Refusal::new(["@duty", "@effect"], said));
    }
    if rule.layer == Layer::Lifts && rule.lifts.is_empty() {
        let said = "`@effect(\"lifts\")` needs `@lifts`, the clauses it sets aside";
        refusals.push(Refusal::of_note("effect", said));
    }
    if rule.layer == Layer::Doubt && (rule.reading.is_none() || rule.other.is_none()) {
        let said = "a doubt needs `@reading` (the reading taken) and `@other` (the other reading)";
        refusals.push(Refusal::of_note("effect", said));
    }
    let lifts = matches!(rule.layer, Layer::Permits | Layer::Lifts) && !rule.lifts.is_empty();
    if !lifts && !rule.when.permissions().is_empty() && rule.layer.restricts() {
        let said = "a permission can only lift a rule: put it under `unless`";
        refusals.push(Refusal::new(["context.permission", "when"], said));
    }
    let mut under_not = false;
    for cond in [&rule.when, &rule.unless] {
        cond.walk(&mut |part| under_not |= matches!(part, Cond::Not(inner) if !inner.permissions().is_empty()));
    }
    if under_not {
        let said = "a permission may not stand under `!`: a permission never makes an answer stricter";
        refusals.push(Refusal::new(["!", "context.permission"], said));
    }
}
