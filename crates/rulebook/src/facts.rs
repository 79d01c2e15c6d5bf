//! The facts of one situation as conditions over what is still unknown.
//!
//! For: evaluating clauses once, whether everything is known or nothing. A known fact is a constant; an unknown one is a
//! variable of a small diagram made for this situation alone. Promises: defaults and derived facts exactly as the contract
//! states them (rulings.md, section 2); what derives from an unknown fact is unknown with it. Does not: know clauses.

mod standings;

use crate::diagram::{Diagrams, F, NO, YES};
use crate::ids::Ids;
use crate::permission::{self, GIVERS, Known, MATTERS, NONE, Quality, Slot};
use crate::profile::Cond;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Default, FactId, Vocabulary};
use std::collections::{BTreeSet, HashMap};

/// One fact of one situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Val {
    Known(u8),
    /// A variable of its own.
    Var(u32),
    /// One condition for each value; they exclude each other and together cover everything.
    Open(Box<[F]>),
}

/// A question whose answer is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) path: String,
    pub(crate) vars: BTreeSet<u32>,
}

/// Which permissions to reckon with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permissions<'p> {
    AsRecorded,
    /// As if these had been given besides.
    And(&'p [(FactId, Quality)]),
    /// As if every permission a clause could ask for had been given.
    AllGiven,
}

/// Whether other facts derive from a fact, or it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hangs {
    Alone,
    Together,
}

/// The facts of a situation.
pub(crate) struct Facts<'a> {
    pub(crate) diagrams: Diagrams,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) situation: &'a Situation,
    pub(crate) open: Vec<Open>,
    /// The fact behind each variable; none for what is unknown of one listed permission.
    pub(crate) variables: Vec<Option<FactId>>,
    values: Vec<Val>,
    standings: HashMap<FactId, Val>,
    items: Vec<ItemConditions>,
    /// What is unknown of a listed permission's giver, matter and person.
    fields: HashMap<(usize, &'static str), Val>,
    social: u128,
    ids: &'a Ids,
    /// Defaults that the act alone decides.
    by_act: [(FactId, u8); 4],
    /// The values before anything is derived.
    plain: Vec<Val>,
}

/// What is known of one listed permission, beyond its plain values.
struct ItemConditions {
    counts: F,
    written: F,
    before: F,
}

impl<'a> Facts<'a> {
    /// `social`: the values of `service.family` that count as social media in the policy, as a set of bits.
    pub(crate) fn new(vocabulary: &'a Vocabulary, situation: &'a Situation, social: u128) -> Facts<'a> {
        let mut facts = Facts {
            diagrams: Diagrams::default(),
            vocabulary,
            situation,
            open: vec![],
            variables: vec![],
            values: vec![Val::Known(0); vocabulary.facts.len()],
            standings: HashMap::new(),
            items: vec![],
            fields: HashMap::new(),
            social,
            ids: &vocabulary.ids,
            by_act: vocabulary.ids.by_act(vocabulary.acts[situation.act].name.as_str()),
            plain: vec![],
        };
        for fact in 0..vocabulary.facts.len() {
            facts.values[fact] = facts.plain(fact);
        }
        facts.plain = facts.values.clone();
        facts.derive();
        facts.read_items();
        facts
    }

    /// Facts that do not hang together: each is unknown by itself, as another engine sees them.
    #[cfg(all(test, feature = "smt"))]
    pub(crate) fn free(vocabulary: &'a Vocabulary, situation: &'a Situation) -> Facts<'a> {
        let mut facts = Facts::new(vocabulary, situation, 0);
        for (fact, entry) in vocabulary.facts.iter().enumerate() {
            let free = facts.variable(entry.path.clone(), entry.domain.len(), Some(fact));
            facts.standings.insert(fact, free.clone());
            facts.values[fact] = free;
        }
        facts
    }

    /// The value before anything is derived.
    fn plain(&mut self, fact: FactId) -> Val {
        let entry = &self.vocabulary.facts[fact];
        if entry.domain == crate::vocabulary::Domain::Standing {
            return Val::Known(NONE);
        }
        match (self.situation.given[fact], &entry.default) {
            (Given::Value(value), _) => Val::Known(value),
            (Given::LeftOut, Default::Value(value)) => Val::Known(*value as u8),
            (Given::LeftOut, Default::Derived) => Val::Known(0),
            (Given::Unknown | Given::LeftOut, _) => {
                if fact == self.ids.social {
                    return Val::Known(0);
                }
                let path = self.vocabulary.groups[entry.group].path.clone();
                self.variable(path, entry.domain.len(), Some(fact))
            }
        }
    }

    /// A new unknown; variables of one question are kept together.
    fn variable(&mut self, path: String, values: usize, fact: Option<FactId>) -> Val {
        let var = self.diagrams.variable(values);
        self.variables.push(fact);
        match self.open.iter_mut().find(|open| open.path == path) {
            Some(open) => {
                open.vars.insert(var);
            }
            None => self.open.push(Open { path, vars: BTreeSet::from([var]) }),
        }
        Val::Var(var)
    }

    /// The name of what is to be done, or was seen.
    pub(crate) fn act(&self) -> &'a str {
        self.vocabulary.acts[self.situation.act].name.as_str()
    }

    /// Reckons with another policy's idea of social media.
    pub(crate) fn use_social(&mut self, social: u128) {
        self.social = social;
        self.derive();
    }

    /// Whether a fact was left out of the situation, so that its default speaks.
    pub(crate) fn is_left_out(&self, fact: FactId) -> bool {
        self.situation.given[fact] == Given::LeftOut
    }

    /// Takes another value for a fact that was left out, and derives anew what derives from it.
    pub(crate) fn suppose(&mut self, fact: FactId, value: u8, hangs: Hangs) {
        self.values[fact] = Val::Known(value);
        self.plain[fact] = Val::Known(value);
        if hangs == Hangs::Together {
            self.derive_except(Some(fact));
        }
    }

    /// Takes back a supposition.
    pub(crate) fn forget(&mut self, fact: FactId, hangs: Hangs) {
        self.plain[fact] = match &self.vocabulary.facts[fact].default {
            Default::Value(value) => Val::Known(*value as u8),
            _ => Val::Known(0),
        };
        self.values[fact] = self.plain[fact].clone();
        if hangs == Hangs::Together {
            self.derive();
        }
    }

    /// The value of a fact that is known.
    pub(crate) fn known(&self, fact: FactId) -> Option<u8> {
        match &self.values[fact] {
            Val::Known(value) => Some(*value),
            Val::Var(_) | Val::Open(_) => None,
        }
    }

    /// The variables on which a fact hangs. What is on record of a permission gets its variables here, too.
    pub(crate) fn variables_of(&mut self, fact: FactId) -> BTreeSet<u32> {
        match self.value(fact) {
            Val::Known(_) => BTreeSet::new(),
            Val::Var(var) => BTreeSet::from([var]),
            Val::Open(conditions) => conditions.iter().flat_map(|f| self.diagrams.support(*f)).collect(),
        }
    }

    /// The value of a fact under an assignment of all variables.
    pub(crate) fn value_at(&mut self, fact: FactId, assignment: &[u8]) -> u8 {
        match self.value(fact) {
            Val::Known(value) => value,
            Val::Var(var) => assignment[var as usize],
            Val::Open(conditions) => {
                let found = conditions.iter().position(|f| self.diagrams.at(*f, assignment));
                found.unwrap_or_default() as u8
            }
        }
    }

    fn value(&mut self, fact: FactId) -> Val {
        match self.vocabulary.facts[fact].domain {
            crate::vocabulary::Domain::Standing => self.standing(fact),
            _ => self.values[fact].clone(),
        }
    }

    /// When a fact has one of the values of `mask`.
    pub(crate) fn is(&mut self, fact: FactId, mask: u128) -> F {
        is_in(&mut self.diagrams, &self.values[fact], mask)
    }

    /// When a yes-or-no fact holds.
    pub(crate) fn yes(&mut self, fact: FactId) -> F {
        self.is(fact, 0b10)
    }

    /// The same for the fact of this path; never, where the vocabulary does not have it.
    pub(crate) fn yes_at(&mut self, path: &str) -> F {
        self.vocabulary.fact(path).map_or(NO, |fact| self.yes(fact))
    }

    /// When one of these yes-or-no facts holds.
    pub(crate) fn any(&mut self, facts: &[FactId]) -> F {
        let mut sum = NO;
        for fact in facts {
            let yes = is_in(&mut self.diagrams, &self.values[*fact], 0b10);
            sum = self.diagrams.or(sum, yes);
        }
        sum
    }

    fn put(&mut self, fact: FactId, yes: F) {
        self.values[fact] = match yes {
            NO => Val::Known(0),
            YES => Val::Known(1),
            f => {
                let not = self.diagrams.not(f);
                Val::Open(Box::new([not, f]))
            }
        };
    }

    fn derive(&mut self) {
        self.derive_except(None);
    }

    /// The derived defaults of rulings.md, section 2, in the order in which they build on each other.
    fn derive_except(&mut self, kept: Option<FactId>) {
        let ids = self.ids;
        for (fact, value) in self.by_act {
            if self.derives(fact, kept) {
                self.values[fact] = Val::Known(value);
            }
        }
        self.derive_publication();
        if self.derives(ids.employed, kept) {
            let employed = self.any(&ids.employed_roles);
            self.put(ids.employed, employed);
        }
        if self.derives(ids.at_work, kept) {
            let outside = self.is(ids.time, ids.outside);
            let at_work = self.diagrams.not(outside);
            self.put(ids.at_work, at_work);
        }
        if self.derives(ids.better_in_person, kept) {
            let pupil = self.yes(ids.refers_to_pupil);
            self.put(ids.better_in_person, pupil);
        }
        if self.derives(ids.school_related, kept) {
            let related = self.school_related();
            self.put(ids.school_related, related);
        }
        let social = self.is(ids.family, self.social);
        self.put(ids.social, social);
    }

    fn derives(&self, fact: FactId, kept: Option<FactId>) -> bool {
        Some(fact) != kept && self.is_left_out(fact)
    }

    /// `content.source: school-public` counts as released, and as one of the school's publications.
    fn derive_publication(&mut self) {
        let ids = self.ids;
        let public = self.is(ids.source, ids.school_public);
        for fact in [ids.school_publication, ids.released] {
            let yes = is_in(&mut self.diagrams, &self.plain[fact], 0b10);
            let yes = self.diagrams.or(yes, public);
            self.put(fact, yes);
        }
    }

    fn school_related(&mut self) -> F {
        let ids = self.ids;
        let mut related = self.any(&ids.school_people);
        let mentions = self.any(&ids.mentions);
        related = self.diagrams.or(related, mentions);
        for (fact, plain) in [(ids.capacity, ids.private), (ids.topic, ids.general)] {
            let is_plain = self.is(fact, plain);
            let other = self.diagrams.not(is_plain);
            related = self.diagrams.or(related, other);
        }
        related
    }

    /// When a condition holds.
    pub(crate) fn holds(&mut self, cond: &Cond) -> F {
        self.holds_with(cond, Permissions::AsRecorded)
    }

    /// When a condition holds, reckoning with these permissions.
    pub(crate) fn holds_with(&mut self, cond: &Cond, permissions: Permissions<'_>) -> F {
        match cond {
            Cond::Always(yes) => F::from(*yes),
            Cond::Is(fact, mask) => self.is(*fact, *mask),
            Cond::Act(acts) => F::from(acts & (1 << self.situation.act) != 0),
            Cond::Permitted(_, _) if permissions == Permissions::AllGiven => YES,
            Cond::Permitted(fact, quality) => {
                if let Permissions::And(given) = permissions
                    && given.contains(&(*fact, *quality))
                {
                    return YES;
                }
                let standing = self.standing(*fact);
                is_in(&mut self.diagrams, &standing, quality.mask())
            }
            Cond::Not(inner) => {
                let inner = self.holds_with(inner, permissions);
                self.diagrams.not(inner)
            }
            Cond::All(parts) => {
                let mut product = YES;
                for part in parts {
                    if product == NO {
                        break;
                    }
                    let part = self.holds_with(part, permissions);
                    product = self.diagrams.and(product, part);
                }
                product
            }
            Cond::Any(parts) => {
                let mut sum = NO;
                for part in parts {
                    if sum == YES {
                        break;
                    }
                    let part = self.holds_with(part, permissions);
                    sum = self.diagrams.or(sum, part);
                }
                sum
            }
        }
    }
}

enum Asked {
    On(jiff::civil::Date),
    /// Each stretch with its last day (none for the time after all of them) and its condition.
    Open(Vec<(Option<jiff::civil::Date>, F)>),
}

fn is_in(diagrams: &mut Diagrams, val: &Val, mask: u128) -> F {
    match val {
        Val::Known(value) => F::from(mask & (1 << value) != 0),
        Val::Var(var) => diagrams.one_of(*var, mask),
        Val::Open(conditions) => {
            let mut sum = NO;
            for (value, f) in conditions.iter().enumerate() {
                if mask & (1 << value) != 0 {
                    sum = diagrams.or(sum, *f);
                }
            }
            sum
        }
    }
}
