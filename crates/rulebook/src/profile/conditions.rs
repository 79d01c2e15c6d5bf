//! The conditions of a rule. The only file that names Cedar's syntax tree.

use super::{Cond, Parameters, Refusal};
use crate::permission::Quality;
use crate::situation::{did_you_mean, expected};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, Expr, Literal, PrincipalConstraint, ResourceConstraint, Template, UnaryOp, Var,
};

/// What a rule asks for.
pub(super) struct Conditions {
    /// For which acts it stands, one bit an act.
    pub(super) acts: u64,
    pub(super) when: Cond,
    pub(super) unless: Cond,
}

/// Reads the head and the conditions of a statement; whatever is outside the profile goes to `refusals`.
pub(super) fn read(
    vocabulary: &Vocabulary,
    parameters: &Parameters,
    body: &Template,
    refusals: &mut Vec<Refusal>,
) -> Conditions {
    if !matches!(body.principal, PrincipalConstraint::Any) || !matches!(body.resource, ResourceConstraint::Any) {
        let said = "`principal` and `resource` stay open; say whom it addresses with `who` of the clause";
        let of = if matches!(body.principal, PrincipalConstraint::Any) { "resource" } else { "principal" };
        refusals.push(Refusal::new([of], said));
    }
    let mut reader = Reader { vocabulary, parameters, refusals };
    let acts = reader.acts(&body.action);
    let (mut when, mut unless) = (vec![], vec![]);
    for clause in body.clauses() {
        match clause {
            Clause::When(e) => when.push(reader.condition(e)),
            Clause::Unless(e) => unless.push(reader.condition(e)),
        }
    }
    let unless = if unless.is_empty() { Cond::Always(false) } else { Cond::Any(unless) };
    Conditions { acts, when: Cond::All(when), unless }
}

/// Reads on after a refusal, with a condition that never holds in its place, so that all of a rule is told.
struct Reader<'a> {
    vocabulary: &'a Vocabulary,
    parameters: &'a Parameters,
    refusals: &'a mut Vec<Refusal>,
}

impl Reader<'_> {
    fn refuse(&mut self, about: impl IntoIterator<Item = impl Into<String>>, said: impl Into<String>) -> Cond {
        self.refusals.push(Refusal::new(about, said));
        Cond::Always(false)
    }

    fn outside(&mut self, e: &Expr) -> Cond {
        let said = "this is more than a rule may say: facts, `&&`, `||`, `!`, `if`, comparisons with values, and \
                    `[A, B].contains(fact)`";
        self.refuse(spellings(e), said)
    }

    fn acts(&mut self, constraint: &ActionConstraint) -> u64 {
        let names: Vec<&str> = match constraint {
            ActionConstraint::Any => return u64::MAX,
            ActionConstraint::Eq(uid) => vec![uid.eid.as_str()],
            ActionConstraint::In(uids) => uids.iter().map(|uid| uid.eid.as_str()).collect(),
        };
        names.iter().fold(0, |bits, name| bits | self.act_bits(name))
    }

    /// The acts of one name: an act, or all acts of a kind.
    fn act_bits(&mut self, name: &str) -> u64 {
        let acts = self.vocabulary.acts().iter().enumerate();
        let bits = acts
            .filter(|(_, act)| act.name == name || act.kinds.iter().any(|k| k == name))
            .fold(0, |bits, (n, _)| bits | (1 << n));
        if bits == 0 {
            let acts = self.vocabulary.acts();
            let known: Vec<&str> =
                acts.iter().flat_map(|act| std::iter::once(&act.name).chain(&act.kinds)).map(String::as_str).collect();
            let meant = did_you_mean(name, &known);
            self.refuse([format!("Action::\"{name}\"")], format!("there is no act `{name}`{meant}"));
        }
        bits
    }

    fn condition(&mut self, e: &Expr) -> Cond {
        match e {
            Expr::Literal(Literal::Bool(yes)) => Cond::Always(*yes),
            Expr::GetAttr { .. } => self.fact_or_permission(e),
            Expr::UnaryOp { op: UnaryOp::Not, expr } => Cond::Not(Box::new(self.condition(expr))),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let (cond, yes, no) = (self.condition(cond), self.condition(then_expr), self.condition(else_expr));
                let not = Cond::Not(Box::new(cond.clone()));
                Cond::Any(vec![Cond::All(vec![cond, yes]), Cond::All(vec![not, no])])
            }
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                Cond::All(vec![self.condition(left), self.condition(right)])
            }
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
                Cond::Any(vec![self.condition(left), self.condition(right)])
            }
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } => self.one_of(left, right),
            Expr::BinaryOp { op: BinaryOp::In, left, right } if is_action(left) => self.acts_of(right),
            Expr::BinaryOp { op, left, right } => self.comparison(*op, left, right),
            other => self.outside(other),
        }
    }

    fn fact_or_permission(&mut self, e: &Expr) -> Cond {
        let Some(path) = path(e) else { return self.outside(e) };
        if let Some((slot, quality)) = path.rsplit_once('.')
            && let (Some(fact), Some(quality)) = (self.vocabulary.fact(slot), Quality::named(quality))
        {
            return Cond::Permitted(fact, quality);
        }
        let Some(fact) = self.fact(&path) else { return Cond::Always(false) };
        match &self.vocabulary.facts[fact].domain {
            Domain::Bool => Cond::Is(fact, 0b10),
            Domain::Years(_) => self
                .refuse([context(&path)], format!("`{path}` is a number; compare it, such as `context.{path} < 18`")),
            Domain::List(values) => {
                let values = values.join(", ");
                let said = format!("`{path}` is no yes-or-no fact; compare it with one of its values: {values}");
                self.refuse([context(&path)], said)
            }
            Domain::Standing => {
                let said = format!("`{path}` needs what the permission must be: any, written, before, written_before");
                self.refuse([context(&path)], said)
            }
        }
    }

    /// Members of sets stand under their JSON names, with hyphens.
    fn fact(&mut self, path: &str) -> Option<FactId> {
        let member = path.rsplit_once('.').map(|(set, member)| format!("{set}.{}", member.replace('_', "-")));
        let found = self.vocabulary.fact(path).or_else(|| member.and_then(|m| self.vocabulary.fact(&m)));
        if found.is_none() {
            let said = self.no_fact(path);
            self.refuse([context(path)], said);
        }
        found
    }

    fn no_fact(&self, path: &str) -> String {
        if self.vocabulary.group(path).is_some_and(|group| self.vocabulary.groups[group].is_set) {
            return format!(
                "`{path}` holds several answers at once; name the one that is meant, such as `{path}.NAME`"
            );
        }
        let known: Vec<String> =
            self.vocabulary.facts.iter().map(|fact| fact.path.replace('-', "_")).filter(|p| p != "social").collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let meant = did_you_mean(path, &known);
        let meant = if meant.is_empty() { "; `schoolgate policy schema situation` names them all" } else { &meant };
        format!("there is no fact `{path}`{meant}")
    }

    fn one_of(&mut self, left: &Expr, right: &Expr) -> Cond {
        let (Expr::Set(items), Some(path)) = (left, path(right)) else {
            let about = spellings(left).into_iter().chain(spellings(right));
            return self.refuse(about, "`contains` is written `[A, B].contains(context.fact)`");
        };
        let Some(fact) = self.fact(&path) else { return Cond::Always(false) };
        let mask = items.iter().fold(0, |mask, item| mask | self.value(fact, item));
        Cond::Is(fact, mask)
    }

    fn value(&mut self, fact: FactId, e: &Expr) -> u128 {
        let (Expr::Literal(Literal::EntityUID(uid)), Domain::List(values)) = (e, &self.vocabulary.facts[fact].domain)
        else {
            self.outside(e);
            return 0;
        };
        let at = values.iter().position(|v| v == uid.eid.as_str());
        if at.is_none() {
            let names: Vec<&str> = values.iter().map(String::as_str).collect();
            let path = &self.vocabulary.facts[fact].path;
            let said = format!("`{}` is no value of `{path}`; {}", uid.eid, expected(uid.eid.as_str(), &names));
            self.refuse(spellings(e), said);
        }
        at.map_or(0, |n| 1 << n)
    }

    fn acts_of(&mut self, e: &Expr) -> Cond {
        let mut name = |e: &Expr| match e {
            Expr::Literal(Literal::EntityUID(uid)) => self.act_bits(uid.eid.as_str()),
            other => {
                self.outside(other);
                0
            }
        };
        Cond::Act(match e {
            Expr::Set(items) => items.iter().fold(0, |bits, item| bits | name(item)),
            one => name(one),
        })
    }

    fn comparison(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Cond {
        let (op, left, right) = if path(left).is_some_and(|p| !p.starts_with("parameter.")) || is_action(left) {
            (op, left, right)
        } else {
            (flipped(op), right, left)
        };
        if let (Some(path), Some(number)) = (path(left), self.number(right)) {
            return self.compared(&path, op, number);
        }
        let equal = match (left, path(left)) {
            _ if is_action(left) => self.acts_of(right),
            (_, Some(path)) if matches!(right, Expr::Literal(Literal::EntityUID(_))) => {
                let Some(fact) = self.fact(&path) else { return Cond::Always(false) };
                Cond::Is(fact, self.value(fact, right))
            }
            _ => {
                let (a, b) = (self.condition(left), self.condition(right));
                let (not_a, not_b) = (Cond::Not(Box::new(a.clone())), Cond::Not(Box::new(b.clone())));
                Cond::Any(vec![Cond::All(vec![a, b]), Cond::All(vec![not_a, not_b])])
            }
        };
        match op {
            BinaryOp::Eq => equal,
            BinaryOp::NotEq => Cond::Not(Box::new(equal)),
            _ => self.refuse(spellings(left), "only whole numbers can be compared with `<`, `<=`, `>` and `>=`"),
        }
    }

    /// A number, or a number that the school sets.
    fn number(&mut self, e: &Expr) -> Option<i64> {
        if let Expr::Literal(Literal::Long(n)) = e {
            return Some(*n);
        }
        let path = path(e)?;
        let name = path.strip_prefix("parameter.")?;
        let number = self.parameters.get(name).copied();
        if number.is_none() {
            let known: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
            let said = format!("policy.toml sets no `{name}` under [parameters]{}", did_you_mean(name, &known));
            self.refusals.push(Refusal { hangs_on_settings: true, ..Refusal::new([context(&path)], said) });
        }
        Some(number.unwrap_or(0))
    }

    fn compared(&mut self, path: &str, op: BinaryOp, number: i64) -> Cond {
        let Some(fact) = self.fact(path) else { return Cond::Always(false) };
        let Domain::Years(top) = self.vocabulary.facts[fact].domain else {
            return self
                .refuse([context(path)], format!("`{path}` is not a number, so it cannot be compared with one"));
        };
        let holds = |n: i64| match op {
            BinaryOp::Less => n < number,
            BinaryOp::LessEq => n <= number,
            BinaryOp::Greater => n > number,
            BinaryOp::GreaterEq => n >= number,
            BinaryOp::NotEq => n != number,
            _ => n == number,
        };
        Cond::Is(fact, (0..=top).filter(|n| holds(i64::from(*n))).fold(0, |mask, n| mask | (1 << n)))
    }
}

fn context(path: &str) -> String {
    format!("context.{path}")
}

/// How an expression, or else a part of it, stands in the text.
fn spellings(e: &Expr) -> Vec<String> {
    let parts: Vec<&Expr> = match e {
        Expr::UnaryOp { expr, .. } => vec![&**expr],
        Expr::BinaryOp { left, right, .. } => vec![&**left, &**right],
        Expr::Set(items) => items.iter().map(|item| &**item).collect(),
        _ => vec![],
    };
    let own = path(e).map(|path| context(&path)).unwrap_or_else(|| e.to_string());
    std::iter::once(own).chain(parts.into_iter().flat_map(spellings)).collect()
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
