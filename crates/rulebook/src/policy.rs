//! A policy: the chapters of one pack, whom it binds, and what the school sets.
//!
//! For: reading a pack whole. Promises: every fault of every file at once; a content hash that changes with every letter;
//! nothing half-read: with faults there is no policy. Does not: approve, adopt or keep versions.

mod choices;
mod pack;
mod renamed;
mod settings;

use crate::File;
use crate::chapter::Clause;
use crate::examples::{self, Example, ExampleReport};
use crate::facts::Hangs;
use crate::outlook::Outlook;
use crate::profile::{Cond, Parameters, Rule};
use crate::ruling::Ruling;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Default, Domain, FactId, Vocabulary};
use crate::weighing::Weighing;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use choices::told;
pub use choices::{Choices, Hours};
pub use pack::{faults_of_some, read, read_adopted};
pub use renamed::renamed;

/// How far a policy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Being written.
    Draft,
    /// Decided by the body that decides.
    Adopted,
    /// Adopted and signed.
    Signed,
    /// Replaced by a later version.
    Superseded,
    /// A pack as shipped.
    Reference,
}

impl Status {
    const ALL: [(&'static str, Status); 5] = [
        ("draft", Status::Draft),
        ("adopted", Status::Adopted),
        ("signed", Status::Signed),
        ("superseded", Status::Superseded),
        ("reference", Status::Reference),
    ];
}

/// A policy, read and free of faults.
pub struct Policy {
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Short name, the first part of every clause id.
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// The school whose policy it is.
    pub school: String,
    /// How far it has come.
    pub status: Status,
    /// Who approved it.
    pub approver: Option<String>,
    /// The day on which it was approved, as `2026-09-01`.
    pub approved: Option<String>,
    /// The day by which it is looked at again.
    pub review: Option<String>,
    /// What the school settles beside its clauses.
    pub choices: Choices,
    /// SHA-256 of all files, in hexadecimal.
    pub version: String,
    /// Every clause, in the order of the document.
    pub clauses: Vec<Clause>,
    pub(crate) rules: Vec<(usize, Rule)>,
    /// For each act, the rules that speak of it.
    pub(crate) by_act: Vec<Vec<usize>>,
    /// Whom each rule addresses itself.
    pub(crate) addressed: Vec<Cond>,
    /// Whether each rule addresses employees, so that associates outside get it as guidance.
    pub(crate) reaches_employees: Vec<bool>,
    /// For each rule, the rules that lift it.
    pub(crate) lifters: Vec<Vec<usize>>,
    /// The rules that leave people free.
    pub(crate) freedoms: Vec<usize>,
    /// Whom the policy binds.
    pub(crate) binds: Cond,
    /// Those who work with the school without being employed by it (rulings.md 3.1).
    pub(crate) associates: Cond,
    pub(crate) parameters: Parameters,
    /// Values of `service.family` that count as social media here.
    pub(crate) social: u128,
    pub(crate) examples: Vec<(usize, Example)>,
    /// For each act, the facts whose default could matter.
    pub(crate) suppositions: Vec<Vec<Supposition>>,
}

/// A fact whose default could matter for an act.
pub(crate) struct Supposition {
    pub(crate) fact: FactId,
    /// One value of each kind that some condition tells apart.
    pub(crate) values: Vec<u8>,
    /// The rules that hang on it, in their order.
    pub(crate) rules: Vec<usize>,
    /// Whether something derives from it, or it from something.
    pub(crate) hangs: Hangs,
    /// The contract itself, or whom the policy addresses as a whole, hangs on it.
    pub(crate) is_contract: bool,
    /// One of the rules asks for a permission.
    pub(crate) asks_permission: bool,
}

/// The file with everything that is no clause.
pub(crate) const SETTINGS: &str = "policy.toml";

/// SHA-256 of a pack's files in the order of their names, in hexadecimal: what [`Policy::version`] is.
pub fn hash(files: &[File]) -> String {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    version(&files)
}

fn version(files: &[&File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [&file.name, &file.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Policy {
    /// The vocabulary it was read with.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// What this policy says about a situation.
    pub fn rule(&self, situation: &Situation) -> Ruling {
        crate::answer::answer(self, &self.settled(situation))
    }

    /// The verdicts still possible and the questions that still matter: a ruling without its clauses, and much cheaper.
    pub fn outlook(&self, situation: &Situation) -> Outlook {
        crate::outlook::outlook(self, &self.settled(situation))
    }

    /// The situation with what the school has settled: a service that it approves by name is an approved platform.
    pub(crate) fn settled<'s>(&self, situation: &'s Situation) -> Cow<'s, Situation> {
        let approved = situation.service_name().is_some_and(|name| self.choices.approves(&self.vocabulary, name));
        let channel = self.vocabulary.fact("service.channel").filter(|fact| situation.given[*fact] == Given::LeftOut);
        let Some((fact, true)) = channel.map(|fact| (fact, approved)) else { return Cow::Borrowed(situation) };
        let Domain::List(channels) = &self.vocabulary.facts[fact].domain else { return Cow::Borrowed(situation) };
        let value = channels.iter().position(|channel| channel == "approved-platform").unwrap_or(0);
        let mut settled = situation.clone();
        settled.given[fact] = Given::Value(value as u8);
        Cow::Owned(settled)
    }

    /// Runs the worked examples of its chapters.
    pub fn run_examples(&self) -> ExampleReport {
        examples::run(self)
    }

    /// The clause with this full id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// The rules that hold in a situation.
    pub(crate) fn reached(&self, situation: &Situation) -> BTreeSet<usize> {
        let situation = self.settled(situation);
        let mut facts = crate::facts::Facts::new(&self.vocabulary, &situation, self.social);
        let weighing = Weighing::new(self, &mut facts);
        weighing.bearings.iter().filter(|b| b.active != crate::diagram::NO).map(|b| b.rule).collect()
    }

    /// The facts of which a default could matter for an act, each with the rules that hang on it: those that read it or
    /// what derives from it, and those that such rules lift.
    fn suppositions(&self, act: usize) -> Vec<Supposition> {
        let vocabulary = &self.vocabulary;
        let name = &vocabulary.acts()[act];
        let sources = vocabulary.ids.sources();
        let reads: Vec<(usize, BTreeSet<FactId>)> =
            self.by_act[act].iter().map(|rule| (*rule, self.reads(*rule))).collect();
        let mut out = vec![];
        for fact in 0..vocabulary.facts.len() {
            let entry = &vocabulary.facts[fact];
            let path = entry.path.as_str();
            let can_be_supposed = matches!(entry.default, Default::Value(_) | Default::Derived)
                && entry.domain != Domain::Standing
                && fact != vocabulary.ids.social
                && (name.carries_service || !path.starts_with("service."))
                && (name.carries_content || !path.starts_with("content."))
                && !(name.name == "use-equipment" && path == "device.owner");
            if !can_be_supposed {
                continue;
            }
            let reached = reached_from(fact, &sources);
            let mut rules: BTreeSet<usize> =
                reads.iter().filter(|(_, facts)| !facts.is_disjoint(&reached)).map(|(rule, _)| *rule).collect();
            let lifted =
                self.by_act[act].iter().filter(|rule| self.lifters[**rule].iter().any(|by| rules.contains(by)));
            let lifted: Vec<usize> = lifted.copied().collect();
            rules.extend(lifted);
            let is_contract = vocabulary.ids.decides_alone(fact);
            if !rules.is_empty() || is_contract {
                let rules: Vec<usize> = rules.into_iter().collect();
                let is_alone = reached.len() == 1 && entry.default != Default::Derived;
                let asks = |rule: &usize| !self.rules[*rule].1.unless.permissions().is_empty();
                out.push(Supposition {
                    fact,
                    values: self.kinds_of_value(fact, &rules),
                    hangs: if is_alone { Hangs::Alone } else { Hangs::Together },
                    is_contract: is_contract || !self.people_facts().is_disjoint(&reached),
                    asks_permission: rules.iter().any(asks),
                    rules,
                });
            }
        }
        out
    }

    /// The facts that say whom the policy binds, and whom its freedom clause addresses.
    fn people_facts(&self) -> BTreeSet<FactId> {
        let conds = self.freedoms.iter().map(|rule| &self.addressed[*rule]).chain([&self.binds, &self.associates]);
        conds.flat_map(crate::condition::facts_of).collect()
    }

    /// The facts that a rule reads, its addressees included.
    pub(crate) fn reads(&self, rule: usize) -> BTreeSet<FactId> {
        let mut out = BTreeSet::new();
        let (_, body) = &self.rules[rule];
        for cond in [&body.when, &body.unless, &self.addressed[rule], &self.binds, &self.associates] {
            cond.walk(&mut |part| {
                if let Cond::Is(fact, _) | Cond::Permitted(fact, _) = part {
                    out.insert(*fact);
                }
            });
        }
        out
    }
}

impl Policy {
    /// One value of each kind: values that no condition of these rules, and none of the contract's, tells apart are one.
    fn kinds_of_value(&self, fact: FactId, rules: &[usize]) -> Vec<u8> {
        let ids = &self.vocabulary.ids;
        let mut masks = ids.contract_masks(fact);
        if fact == ids.family {
            masks.push(self.social);
        }
        for rule in rules {
            for cond in [&self.rules[*rule].1.when, &self.rules[*rule].1.unless] {
                cond.walk(&mut |part| {
                    if let Cond::Is(read, mask) = part
                        && *read == fact
                    {
                        masks.push(*mask);
                    }
                });
            }
        }
        let kind = |value: usize| -> Vec<bool> { masks.iter().map(|mask| mask & (1 << value) != 0).collect() };
        let mut seen = BTreeSet::new();
        let default = match self.vocabulary.facts[fact].default {
            Default::Value(value) => Some(value),
            _ => None,
        };
        // The default stands for its own kind, so that another value of that kind is not tried.
        let values = default.into_iter().chain(0..self.vocabulary.facts[fact].domain.len());
        let is_bool = self.vocabulary.facts[fact].domain == Domain::Bool;
        values.filter(|value| is_bool || seen.insert(kind(*value))).map(|value| value as u8).collect()
    }
}

/// A fact and everything that derives from it.
fn reached_from(fact: FactId, sources: &[(Vec<FactId>, FactId)]) -> BTreeSet<FactId> {
    let mut reached = BTreeSet::from([fact]);
    // Twice: what derives from a derived fact (a publication is a mention, a mention is about the school).
    for _ in 0..2 {
        for (from, to) in sources {
            if from.iter().any(|f| reached.contains(f)) {
                reached.insert(*to);
            }
        }
    }
    reached
}
