//! Cedar statements to conditions over finite facts. The only file that names Cedar's syntax tree.
//!
//! For: keeping the rules in a language that others can read and check, while answering exactly. Promises: whatever is
//! outside the finite profile is refused, with its clause; a permission can only lift, never forbid. Does not: combine
//! clauses.

use crate::permission::Quality;
use crate::vocabulary::{Domain, FactId, Vocabulary};
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, Effect as CedarEffect, Expr, Literal, PrincipalConstraint, ResourceConstraint,
    UnaryOp, Var,
};
use std::collections::BTreeMap;

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
const DUTIES: [&str; 11] = [
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

/// Reads one statement. `prefix` is the policy's id, so that short clause ids become full ones.
///
/// # Errors
/// What is outside the profile, in the author's words.
pub(crate) fn rule(
    vocabulary: &Vocabulary,
    parameters: &Parameters,
    prefix: &str,
    cedar: &cedar_policy::Policy,
    line: usize,
) -> Result<Rule, String> {
    let pst = cedar.to_pst().map_err(|e| e.to_string())?;
    let body = pst.body();
    let notes: BTreeMap<&str, &str> = body.annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    if let Some(unknown) = notes.keys().find(|key| !NOTES.contains(key)) {
        return Err(format!("unknown annotation `@{unknown}`; {}", crate::situation::expected(unknown, &NOTES)));
    }
    let layer = layer(&notes, body.effect)?;
    if !matches!(body.principal, PrincipalConstraint::Any) || !matches!(body.resource, ResourceConstraint::Any) {
        return Err("`principal` and `resource` stay open; say whom it addresses with `who` of the clause".to_owned());
    }
    let reader = Reader { vocabulary, parameters };
    let (mut when, mut unless) = (vec![], vec![]);
    for clause in body.clauses() {
        match clause {
            Clause::When(e) => when.push(reader.condition(e)?),
            Clause::Unless(e) => unless.push(reader.condition(e)?),
        }
    }
    let list = |key: &str| -> Vec<String> {
        let named =
            notes.get(key).into_iter().flat_map(|ids| ids.split(',')).map(str::trim).filter(|id| !id.is_empty());
        named
            .map(|id| {
                if id == ALWAYS || id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')) {
                    id.to_owned()
                } else {
                    format!("{prefix}.{id}")
                }
            })
            .collect()
    };
    let text = |key: &str| notes.get(key).map(|s| (*s).to_owned());
    let rule = Rule {
        layer,
        acts: reader.acts(&body.action)?,
        when: Cond::All(when),
        unless: if unless.is_empty() { Cond::Always(false) } else { Cond::Any(unless) },
        lifts: list("lifts"),
        upon: list("upon"),
        is_route: notes.contains_key("route"),
        duty: duty(&notes)?,
        who: notes.get("who").map(|who| who.split(',').map(|w| w.trim().to_owned()).collect()),
        exact: notes
            .get("exact")
            .map_or(Ok(0), |n| n.parse().map_err(|_| "`@exact` is a whole number from 0 to 255".to_owned()))?,
        next: text("next"),
        reading: text("reading"),
        other: text("other"),
        line,
        cedar: cedar.clone(),
    };
    check(&rule)?;
    Ok(rule)
}

fn layer(notes: &BTreeMap<&str, &str>, effect: CedarEffect) -> Result<Layer, String> {
    let names: Vec<&str> = Layer::ALL.iter().map(|(name, _)| *name).collect();
    let written =
        notes.get("effect").ok_or_else(|| format!("each rule needs `@effect`, one of {}", names.join(", ")))?;
    let layer = Layer::ALL.iter().find(|(name, _)| name == written).map(|(_, layer)| *layer);
    let layer = layer.ok_or_else(|| {
        format!("`@effect(\"{written}\")` is not known; {}", crate::situation::expected(written, &names))
    })?;
    match (layer.restricts(), effect) {
        (true, CedarEffect::Forbid) | (false, CedarEffect::Permit) => Ok(layer),
        (true, _) => Err(format!("`@effect(\"{written}\")` restricts, so the rule is written with `forbid`")),
        (false, _) => Err(format!("`@effect(\"{written}\")` does not restrict, so the rule is written with `permit`")),
    }
}

fn duty(notes: &BTreeMap<&str, &str>) -> Result<Option<DutyNamed>, String> {
    let Some(duty) = notes.get("duty") else {
        return match notes.keys().find(|key| ["to", "strength", "at_once"].contains(key)) {
            Some(key) => Err(format!("`@{key}` goes with `@duty`")),
            None => Ok(None),
        };
    };
    if !DUTIES.contains(duty) {
        return Err(format!("`@duty(\"{duty}\")` is not known; {}", crate::situation::expected(duty, &DUTIES)));
    }
    let is_must = match notes.get("strength").copied() {
        Some("must") => true,
        Some("should") => false,
        _ => return Err("a duty needs `@strength`, `must` or `should`".to_owned()),
    };
    let to = notes.get("to").into_iter().flat_map(|to| to.split(',')).map(|role| role.trim().to_owned()).collect();
    Ok(Some(DutyNamed { duty: (*duty).to_owned(), to, is_must, at_once: notes.contains_key("at_once") }))
}

/// What the parts of a rule ask of each other.
fn check(rule: &Rule) -> Result<(), String> {
    if matches!(rule.layer, Layer::Duty | Layer::Gap) != rule.duty.is_some() {
        return Err("`@duty` goes with `@effect(\"duty\")` or `@effect(\"gap\")`, and only with them".to_owned());
    }
    if rule.layer == Layer::Lifts && rule.lifts.is_empty() {
        return Err("`@effect(\"lifts\")` needs `@lifts`, the clauses it sets aside".to_owned());
    }
    if rule.layer == Layer::Doubt && (rule.reading.is_none() || rule.other.is_none()) {
        return Err("a doubt needs `@reading` (the reading taken) and `@other` (the other reading)".to_owned());
    }
    let lifts = matches!(rule.layer, Layer::Permits | Layer::Lifts) && !rule.lifts.is_empty();
    if !lifts && !rule.when.permissions().is_empty() && rule.layer.restricts() {
        return Err("a permission can only lift a rule: put it under `unless`".to_owned());
    }
    let mut under_not = false;
    for cond in [&rule.when, &rule.unless] {
        cond.walk(&mut |part| under_not |= matches!(part, Cond::Not(inner) if !inner.permissions().is_empty()));
    }
    if under_not {
        return Err("a permission may not stand under `!`: a permission never makes an answer stricter".to_owned());
    }
    Ok(())
}

struct Reader<'a> {
    vocabulary: &'a Vocabulary,
    parameters: &'a Parameters,
}

impl Reader<'_> {
    fn acts(&self, constraint: &ActionConstraint) -> Result<u64, String> {
        let names: Vec<&str> = match constraint {
            ActionConstraint::Any => return Ok(u64::MAX),
            ActionConstraint::Eq(uid) => vec![uid.eid.as_str()],
            ActionConstraint::In(uids) => uids.iter().map(|uid| uid.eid.as_str()).collect(),
        };
        names.iter().try_fold(0, |bits, name| Ok(bits | self.act_bits(name)?))
    }

    /// The acts of one name: an act, or all acts of a kind.
    fn act_bits(&self, name: &str) -> Result<u64, String> {
        let acts = self.vocabulary.acts().iter().enumerate();
        let bits = acts
            .filter(|(_, act)| act.name == name || act.kinds.iter().any(|k| k == name))
            .fold(0, |bits, (n, _)| bits | (1 << n));
        if bits == 0 { Err(format!("no act is named `{name}`")) } else { Ok(bits) }
    }

    fn condition(&self, e: &Expr) -> Result<Cond, String> {
        match e {
            Expr::Literal(Literal::Bool(yes)) => Ok(Cond::Always(*yes)),
            Expr::GetAttr { .. } => self.fact_or_permission(e),
            Expr::UnaryOp { op: UnaryOp::Not, expr } => Ok(Cond::Not(Box::new(self.condition(expr)?))),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let (cond, yes, no) = (self.condition(cond)?, self.condition(then_expr)?, self.condition(else_expr)?);
                let not = Cond::Not(Box::new(cond.clone()));
                Ok(Cond::Any(vec![Cond::All(vec![cond, yes]), Cond::All(vec![not, no])]))
            }
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                Ok(Cond::All(vec![self.condition(left)?, self.condition(right)?]))
            }
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
                Ok(Cond::Any(vec![self.condition(left)?, self.condition(right)?]))
            }
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } => self.one_of(left, right),
            Expr::BinaryOp { op: BinaryOp::In, left, right } if is_action(left) => self.acts_of(right),
            Expr::BinaryOp { op, left, right } => self.comparison(*op, left, right),
            other => Err(outside(other)),
        }
    }

    fn fact_or_permission(&self, e: &Expr) -> Result<Cond, String> {
        let path = path(e).ok_or_else(|| outside(e))?;
        if let Some((slot, quality)) = path.rsplit_once('.')
            && let (Some(fact), Some(quality)) = (self.vocabulary.fact(slot), Quality::named(quality))
        {
            return Ok(Cond::Permitted(fact, quality));
        }
        let fact = self.fact(&path)?;
        match &self.vocabulary.facts[fact].domain {
            Domain::Bool => Ok(Cond::Is(fact, 0b10)),
            _ => Err(format!("`{path}` is not a yes-or-no fact; compare it with one of its values")),
        }
    }

    /// Members of sets stand under their JSON names, with hyphens.
    fn fact(&self, path: &str) -> Result<FactId, String> {
        let member = path.rsplit_once('.').map(|(set, member)| format!("{set}.{}", member.replace('_', "-")));
        let found = self.vocabulary.fact(path).or_else(|| member.and_then(|m| self.vocabulary.fact(&m)));
        found.ok_or_else(|| format!("there is no fact `{path}`"))
    }

    fn one_of(&self, left: &Expr, right: &Expr) -> Result<Cond, String> {
        let (Expr::Set(items), Some(path)) = (left, path(right)) else {
            return Err("`contains` is written `[A, B].contains(context.fact)`".to_owned());
        };
        let fact = self.fact(&path)?;
        items.iter().try_fold(0, |mask, item| Ok(mask | self.value(fact, item)?)).map(|mask| Cond::Is(fact, mask))
    }

    fn value(&self, fact: FactId, e: &Expr) -> Result<u128, String> {
        let Expr::Literal(Literal::EntityUID(uid)) = e else {
            return Err(outside(e));
        };
        let Domain::List(values) = &self.vocabulary.facts[fact].domain else {
            return Err(outside(e));
        };
        let at = values.iter().position(|v| v == uid.eid.as_str());
        at.map(|n| 1 << n).ok_or_else(|| format!("`{}` is no value of `{}`", uid.eid, self.vocabulary.facts[fact].path))
    }

    fn acts_of(&self, e: &Expr) -> Result<Cond, String> {
        let name = |e: &Expr| match e {
            Expr::Literal(Literal::EntityUID(uid)) => self.act_bits(uid.eid.as_str()),
            other => Err(outside(other)),
        };
        match e {
            Expr::Set(items) => items.iter().try_fold(0, |bits, item| Ok(bits | name(item)?)).map(Cond::Act),
            one => name(one).map(Cond::Act),
        }
    }

    fn comparison(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Cond, String> {
        let (op, left, right) = if path(left).is_some_and(|p| !p.starts_with("parameter.")) || is_action(left) {
            (op, left, right)
        } else {
            (flipped(op), right, left)
        };
        if let (Some(path), Some(number)) = (path(left), self.number(right)?) {
            return self.compared(&path, op, number);
        }
        let equal = match (left, path(left)) {
            _ if is_action(left) => self.acts_of(right)?,
            (_, Some(path)) if matches!(right, Expr::Literal(Literal::EntityUID(_))) => {
                let fact = self.fact(&path)?;
                Cond::Is(fact, self.value(fact, right)?)
            }
            _ => {
                let (a, b) = (self.condition(left)?, self.condition(right)?);
                let (not_a, not_b) = (Cond::Not(Box::new(a.clone())), Cond::Not(Box::new(b.clone())));
                Cond::Any(vec![Cond::All(vec![a, b]), Cond::All(vec![not_a, not_b])])
            }
        };
        match op {
            BinaryOp::Eq => Ok(equal),
            BinaryOp::NotEq => Ok(Cond::Not(Box::new(equal))),
            _ => Err("only whole numbers have an order".to_owned()),
        }
    }

    /// A number, or a number that the school sets.
    fn number(&self, e: &Expr) -> Result<Option<i64>, String> {
        match e {
            Expr::Literal(Literal::Long(n)) => Ok(Some(*n)),
            _ => match path(e).as_deref().and_then(|p| p.strip_prefix("parameter.").map(str::to_owned)) {
                Some(name) => {
                    let number = self.parameters.get(&name).copied();
                    number.map(Some).ok_or_else(|| format!("policy.toml sets no `{name}` under [parameters]"))
                }
                None => Ok(None),
            },
        }
    }

    fn compared(&self, path: &str, op: BinaryOp, number: i64) -> Result<Cond, String> {
        let fact = self.fact(path)?;
        let Domain::Years(top) = self.vocabulary.facts[fact].domain else {
            return Err(format!("`{path}` is not a number"));
        };
        let holds = |n: i64| match op {
            BinaryOp::Less => n < number,
            BinaryOp::LessEq => n <= number,
            BinaryOp::Greater => n > number,
            BinaryOp::GreaterEq => n >= number,
            BinaryOp::NotEq => n != number,
            _ => n == number,
        };
        Ok(Cond::Is(fact, (0..=top).filter(|n| holds(i64::from(*n))).fold(0, |mask, n| mask | (1 << n))))
    }
}

fn flipped(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEq => BinaryOp::GreaterEq,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEq => BinaryOp::LessEq,
        other => other,
    }
}

fn is_action(e: &Expr) -> bool {
    matches!(e, Expr::Var(Var::Action))
}

/// The dotted path of `context.a.b`.
fn path(e: &Expr) -> Option<String> {
    let Expr::GetAttr { expr, attr } = e else {
        return None;
    };
    match &**expr {
        Expr::Var(Var::Context) => Some(attr.to_string()),
        inner => path(inner).map(|p| format!("{p}.{attr}")),
    }
}

fn outside(e: &Expr) -> String {
    format!(
        "`{e}` is more than a rule may say: facts, `&&`, `||`, `!`, `if`, comparisons with values, and `[A, B].contains(fact)`"
    )
}
