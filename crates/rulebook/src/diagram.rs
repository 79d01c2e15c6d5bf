//! Decision diagrams over variables with finitely many values.
//!
//! For: conditions over facts of which some are unknown. Promises: reduced and shared, so two conditions are equivalent
//! exactly when their handles are equal, and "which facts still matter" is read off, not guessed. Does not: know facts,
//! clauses or policies. The order of variables is the order in which they were made.

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::collections::BTreeSet;
use std::hash::BuildHasher as _;

/// A condition: a handle into the [`Diagrams`] that made it.
pub(crate) type F = u32;
/// The condition that never holds.
pub(crate) const NO: F = 0;
/// The condition that always holds.
pub(crate) const YES: F = 1;

/// More nodes than any real policy needs (the five packs stay under 60,000); past it, answers are refused as too large.
const NODES_MAX: usize = 4_000_000;

#[derive(Clone)]
struct Node {
    var: u32,
    kids: Box<[F]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Op {
    And,
    Or,
    Xor,
}

/// A store of diagrams that share their nodes.
pub(crate) struct Diagrams {
    arity: Vec<u8>,
    nodes: Vec<Node>,
    /// Every node, found by what it is.
    unique: HashTable<F>,
    // The keys are numbers of our own making, so a quick hash serves.
    memo: FxHashMap<(Op, F, F), F>,
    restricted: FxHashMap<(F, u32, u8), F>,
    /// By node; not a number where it has not been asked for.
    shares: Vec<f64>,
    overflow: bool,
    /// Past so many nodes nothing is made any more.
    pub(crate) nodes_max: usize,
}

fn hash_of(var: u32, kids: &[F]) -> u64 {
    FxBuildHasher.hash_one((var, kids))
}

impl Default for Diagrams {
    fn default() -> Diagrams {
        Diagrams {
            arity: vec![],
            nodes: vec![],
            unique: HashTable::new(),
            memo: FxHashMap::default(),
            restricted: FxHashMap::default(),
            shares: vec![],
            overflow: false,
            nodes_max: NODES_MAX,
        }
    }
}

impl Diagrams {
    /// Adds a variable with `values` values (2 to 255) and gives its number.
    pub(crate) fn variable(&mut self, values: usize) -> u32 {
        self.arity.push(u8::try_from(values).unwrap_or(u8::MAX));
        (self.arity.len() - 1) as u32
    }

    /// How many values a variable has.
    pub(crate) fn values(&self, var: u32) -> usize {
        self.arity[var as usize] as usize
    }

    /// Whether the condition holds under an assignment of all variables.
    pub(crate) fn at(&self, f: F, assignment: &[u8]) -> bool {
        let mut f = f;
        while f > YES {
            let node = self.node(f);
            f = node.kids[assignment[node.var as usize] as usize];
        }
        f == YES
    }

    /// Whether the node limit was hit; every answer after that is void.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflow
    }

    fn node(&self, f: F) -> &Node {
        &self.nodes[(f - 2) as usize]
    }

    fn make(&mut self, var: u32, kids: Box<[F]>) -> F {
        if kids.iter().all(|kid| *kid == kids[0]) {
            return kids[0];
        }
        let hash = hash_of(var, &kids);
        let is_same = |f: &F| self.node(*f).var == var && self.node(*f).kids == kids;
        if let Some(f) = self.unique.find(hash, is_same) {
            return *f;
        }
        if self.nodes.len() >= self.nodes_max {
            self.overflow = true;
            return NO;
        }
        let f = self.nodes.len() as F + 2;
        self.nodes.push(Node { var, kids });
        let nodes = &self.nodes;
        self.unique.insert_unique(hash, f, |f| {
            let Node { var, kids } = &nodes[(f - 2) as usize];
            hash_of(*var, kids)
        });
        f
    }

    /// Holds where `var` has one of the values of `mask` (one bit a value).
    pub(crate) fn one_of(&mut self, var: u32, mask: u128) -> F {
        let values = self.arity[var as usize] as usize;
        let kids = (0..values).map(|value| F::from(mask & (1 << value) != 0)).collect();
        self.make(var, kids)
    }

    fn kid(&self, f: F, var: u32, value: usize) -> F {
        if f > YES && self.node(f).var == var { self.node(f).kids[value] } else { f }
    }

    fn var(&self, f: F) -> u32 {
        if f > YES { self.node(f).var } else { u32::MAX }
    }

    /// Most conditions are known, and then there is nothing to look up.
    #[inline]
    fn apply(&mut self, op: Op, a: F, b: F) -> F {
        match (op, a, b) {
            (Op::And, NO, _) | (Op::And, _, NO) => NO,
            (Op::Or, YES, _) | (Op::Or, _, YES) => YES,
            (Op::And, YES, x) | (Op::And, x, YES) => x,
            (Op::Or | Op::Xor, NO, x) | (Op::Or | Op::Xor, x, NO) => x,
            _ if a == b => {
                if op == Op::Xor {
                    NO
                } else {
                    a
                }
            }
            _ => self.apply_open(op, a, b),
        }
    }

    fn apply_open(&mut self, op: Op, a: F, b: F) -> F {
        let key = (op, a.min(b), a.max(b));
        if let Some(f) = self.memo.get(&key) {
            return *f;
        }
        let var = self.var(a).min(self.var(b));
        let kids = (0..self.arity[var as usize] as usize)
            .map(|v| {
                let (x, y) = (self.kid(a, var, v), self.kid(b, var, v));
                self.apply(op, x, y)
            })
            .collect();
        let f = self.make(var, kids);
        self.memo.insert(key, f);
        f
    }

    pub(crate) fn and(&mut self, a: F, b: F) -> F {
        self.apply(Op::And, a, b)
    }

    pub(crate) fn or(&mut self, a: F, b: F) -> F {
        self.apply(Op::Or, a, b)
    }

    pub(crate) fn not(&mut self, a: F) -> F {
        match a {
            NO => YES,
            YES => NO,
            _ => self.apply(Op::Xor, a, YES),
        }
    }

    pub(crate) fn minus(&mut self, a: F, b: F) -> F {
        let not_b = self.not(b);
        self.and(a, not_b)
    }

    /// The variables on which the condition really depends, in order.
    pub(crate) fn support(&self, f: F) -> BTreeSet<u32> {
        let (mut seen, mut out, mut todo) = (BTreeSet::new(), BTreeSet::new(), vec![f]);
        while let Some(f) = todo.pop() {
            if f > YES && seen.insert(f) {
                out.insert(self.node(f).var);
                todo.extend(self.node(f).kids.iter());
            }
        }
        out
    }

    /// The share of all assignments in which the condition holds: 0.0 to 1.0, every assignment counted alike.
    pub(crate) fn share(&mut self, f: F) -> f64 {
        if f <= YES {
            return f64::from(f);
        }
        let at = (f - 2) as usize;
        if let Some(share) = self.shares.get(at).filter(|share| !share.is_nan()) {
            return *share;
        }
        let kids = self.node(f).kids.clone();
        let share = kids.iter().map(|kid| self.share(*kid)).sum::<f64>() / kids.len() as f64;
        if self.shares.len() <= at {
            self.shares.resize(self.nodes.len(), f64::NAN);
        }
        self.shares[at] = share;
        share
    }

    /// The cheapest assignment that makes the condition hold, naming only the variables that must be named.
    /// `cost` prices naming a variable with a value.
    pub(crate) fn witness(&self, f: F, cost: &dyn Fn(u32, usize) -> u32) -> Option<Vec<(u32, usize)>> {
        let mut memo = FxHashMap::default();
        self.cheapest(f, cost, &mut memo)?;
        let (mut at, mut path) = (f, vec![]);
        while at > YES {
            let value = memo.get(&at).copied().flatten()?.1;
            path.push((self.node(at).var, value));
            at = self.node(at).kids[value];
        }
        Some(path)
    }

    fn cheapest(
        &self,
        f: F,
        cost: &dyn Fn(u32, usize) -> u32,
        memo: &mut FxHashMap<F, Option<(u32, usize)>>,
    ) -> Option<u32> {
        if f <= YES {
            return (f == YES).then_some(0);
        }
        if let Some(known) = memo.get(&f) {
            return known.map(|(price, _)| price);
        }
        let node = self.node(f).clone();
        let mut best: Option<(u32, usize)> = None;
        for (value, kid) in node.kids.iter().enumerate() {
            if let Some(rest) = self.cheapest(*kid, cost, memo) {
                let price = rest + cost(node.var, value);
                if best.is_none_or(|(b, _)| price < b) {
                    best = Some((price, value));
                }
            }
        }
        memo.insert(f, best);
        best.map(|(price, _)| price)
    }

    /// The condition once `var` is known to be `value`.
    pub(crate) fn restrict(&mut self, f: F, var: u32, value: usize) -> F {
        if f <= YES || self.node(f).var > var {
            return f;
        }
        if self.node(f).var == var {
            return self.node(f).kids[value];
        }
        if let Some(known) = self.restricted.get(&(f, var, value as u8)) {
            return *known;
        }
        let node = self.node(f).clone();
        let kids = node.kids.iter().map(|kid| self.restrict(*kid, var, value)).collect();
        let restricted = self.make(node.var, kids);
        self.restricted.insert((f, var, value as u8), restricted);
        restricted
    }

    /// Expected uncertainty (bits) about which of `parts` holds, once all variables of `group` are known.
    /// The parts exclude each other and together cover everything.
    pub(crate) fn uncertainty_after(&mut self, parts: &[F], group: &BTreeSet<u32>) -> f64 {
        let support: BTreeSet<u32> = parts.iter().flat_map(|f| self.support(*f)).collect();
        let group: Vec<u32> = group.intersection(&support).copied().collect();
        self.uncertainty_in(parts.to_vec(), &group, &mut FxHashMap::default())
    }

    fn uncertainty_in(&mut self, parts: Vec<F>, group: &[u32], memo: &mut FxHashMap<(usize, Vec<F>), f64>) -> f64 {
        let [var, rest @ ..] = group else {
            let shares = parts.iter().map(|f| self.share(*f)).collect::<Vec<_>>();
            return shares.into_iter().filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum();
        };
        // Once one part is certain there is nothing left to learn.
        if parts.contains(&YES) {
            return 0.0;
        }
        let key = (rest.len(), parts);
        if let Some(known) = memo.get(&key) {
            return *known;
        }
        let parts = &key.1;
        let arity = self.arity[*var as usize] as usize;
        let mut after: Vec<(Vec<F>, usize)> = vec![];
        for value in 0..arity {
            let left: Vec<F> = parts.iter().map(|f| self.restrict(*f, *var, value)).collect();
            match after.iter_mut().find(|(known, _)| *known == left) {
                Some((_, count)) => *count += 1,
                None => after.push((left, 1)),
            }
        }
        let sum: f64 =
            after.into_iter().map(|(left, count)| self.uncertainty_in(left, rest, memo) * count as f64).sum();
        let bits = sum / arity as f64;
        memo.insert(key, bits);
        bits
    }
}
