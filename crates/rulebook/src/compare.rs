//! Two policies, or two versions of one: what became stricter, looser, newly covered, newly silent.
//!
//! For: governors who approve a new version, and trusts that look at their schools side by side. Promises: every case of
//! the vocabulary is looked at, so "no difference" is a proof; each difference comes with the smallest situation that shows
//! it, and that situation has been ruled on by both. Does not: judge which version is better.

use crate::cases::{as_situation, cheapest, every_case, possible, smallest};
use crate::diagram::{F, NO};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::ruling::{Effect, Ruling, Verdict};
use crate::situation::Situation;
use crate::weighing::{Levels, Weighing};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What kind of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The new one restricts what the old one let pass, or restricts it more.
    Stricter,
    /// The new one lets pass what the old one restricted, or restricts it less.
    Looser,
    /// The old one was silent, the new one allows.
    NewlyCovered,
    /// The old one allowed, the new one is silent.
    NewlySilent,
}

/// One difference between two policies for one act.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The act.
    pub act: String,
    /// What kind of difference.
    pub change: Change,
    /// Verdict of the old one.
    pub from: Verdict,
    /// Verdict of the new one.
    pub to: Verdict,
    /// The smallest situation that shows it, ready to be asked.
    pub situation: Value,
    /// Clauses of the old one that bear on it.
    pub old_cites: Vec<String>,
    /// Clauses of the new one that bear on it.
    pub new_cites: Vec<String>,
    /// Share of the cases of this act, every case counted alike; no probability.
    pub share: f64,
}

/// A comparison of two policies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Every difference, by act.
    pub differences: Vec<Difference>,
    /// The acts compared: all of the vocabulary.
    pub acts: Vec<String>,
    /// What is settled differently beside the clauses. Names of platforms, hours and routes show in no verdict.
    pub settings: Vec<SettingChange>,
}

/// Something that is settled differently beside the clauses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// Its key in `policy.toml`.
    pub key: String,
    /// What the old one says.
    pub old: Value,
    /// What the new one says.
    pub new: Value,
}

/// A worked example that comes out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// Where the example stands: `westacre/02-terms-of-use.md:74`, or the name it was given with.
    pub example: String,
    /// What it asks, in short.
    pub told: String,
    /// The verdicts that can come under the old one; one, unless something is unknown.
    pub from: Vec<Verdict>,
    /// The same under the new one.
    pub to: Vec<Verdict>,
    /// Clauses that decide under the old one.
    pub old_decides: Vec<String>,
    /// Clauses that decide under the new one.
    pub new_decides: Vec<String>,
}

/// A situation to be asked of both, and where it comes from.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Name shown to a person.
    pub example: String,
    /// What it asks, in short.
    pub told: String,
    /// The situation, read with the policies' vocabulary.
    pub situation: Situation,
}

/// Why no comparison could be made.
#[derive(Debug, thiserror::Error)]
pub enum NotCompared {
    /// The two were read with different vocabularies.
    #[error("the two policies were read with different vocabularies")]
    Vocabulary,
    /// The conditions grew beyond what is worked out.
    #[error("the clauses on `{0}` are too entangled to be compared whole")]
    TooLarge(String),
    /// A difference that one of the two does not show when asked: a fault of ours.
    #[error("the difference found for `{0}` was not confirmed by asking")]
    NotConfirmed(String),
}

/// Compares two policies over every case of the vocabulary. `asked_on` is the day of the situations that are shown.
///
/// # Errors
/// See [`NotCompared`].
pub fn compare(old: &Policy, new: &Policy, asked_on: Date) -> Result<Comparison, NotCompared> {
    let vocabulary = &old.vocabulary;
    let same = std::sync::Arc::ptr_eq(vocabulary, &new.vocabulary);
    if !same {
        return Err(NotCompared::Vocabulary);
    }
    let mut differences = vec![];
    for of_act in each_act(vocabulary.acts().len(), |act| compare_act(old, new, act, asked_on)) {
        differences.extend(of_act?);
    }
    let acts = vocabulary.acts().iter().map(|act| act.name.clone()).collect();
    Ok(Comparison { differences, acts, settings: settings(old, new) })
}

/// What `look` finds for each act, in their order, on as many threads as the machine has: no act knows of another.
fn each_act<T: Send>(acts: usize, look: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(acts.max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = vec![];
        loop {
            let act = next.fetch_add(1, Ordering::Relaxed);
            if act >= acts {
                return found;
            }
            found.push((act, look(act)));
        }
    };
    let mut found: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for thread in threads {
            found.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    found.sort_by_key(|(act, _)| *act);
    found.into_iter().map(|(_, found)| found).collect()
}

/// The settings that are not the same.
fn settings(old: &Policy, new: &Policy) -> Vec<SettingChange> {
    let listed = |policy: &Policy| {
        let choices = &policy.choices;
        let off = policy.clauses.iter().filter(|clause| clause.is_off);
        let off: Vec<&str> = off.filter_map(|clause| clause.id.split_once('.').map(|(_, short)| short)).collect();
        [
            ("parameters", json!(policy.parameters)),
            ("hours", json!(choices.hours)),
            ("platforms", json!(choices.platforms)),
            ("routes", json!(choices.routes)),
            ("permissions", json!(choices.permissions)),
            ("off", json!(off)),
        ]
    };
    let pairs = listed(old).into_iter().zip(listed(new));
    let changed = pairs.filter(|((_, a), (_, b))| a != b);
    changed.map(|((key, old), (_, new))| SettingChange { key: key.to_owned(), old, new }).collect()
}

/// The worked examples of both policies, and these, that come out otherwise under the new one.
pub fn flips(old: &Policy, new: &Policy, more: &[Asked]) -> Vec<Flip> {
    let own = [old, new].into_iter().flat_map(|policy| {
        policy.examples.iter().map(move |(clause, example)| Asked {
            example: format!("{}/{}:{}", policy.id, policy.clauses[*clause].file, example.line),
            told: example.told.clone(),
            situation: example.situation.clone(),
        })
    });
    let mut out: Vec<Flip> = vec![];
    let mut seen: Vec<Situation> = vec![];
    for asked in own.chain(more.iter().cloned()) {
        if seen.contains(&asked.situation) {
            continue;
        }
        let (a, b) = (old.rule(&asked.situation), new.rule(&asked.situation));
        if outcomes(&a) != outcomes(&b) {
            let Asked { example, told, situation } = asked;
            let (old_decides, new_decides) = (decides(&a), decides(&b));
            out.push(Flip { example, told, from: outcomes(&a), to: outcomes(&b), old_decides, new_decides });
            seen.push(situation);
        }
    }
    out
}

fn outcomes(ruling: &Ruling) -> Vec<Verdict> {
    ruling.outcomes.clone().unwrap_or_else(|| vec![ruling.verdict])
}

fn decides(ruling: &Ruling) -> Vec<String> {
    let decides = ruling.citations.iter().filter(|citation| citation.effect == Effect::Decides);
    decides.map(|citation| citation.clause.clone()).collect()
}

fn compare_act(old: &Policy, new: &Policy, act: usize, asked_on: Date) -> Result<Vec<Difference>, NotCompared> {
    let vocabulary = &old.vocabulary;
    let name = || vocabulary.acts()[act].name.clone();
    let open = every_case(vocabulary, act, asked_on);
    let mut facts = Facts::new(vocabulary, &open, old.social);
    let before = Weighing::new(old, &mut facts).levels;
    facts.use_social(new.social);
    let after = Weighing::new(new, &mut facts).levels;
    let possible = possible(&mut facts);
    let pairs = pairs(&mut facts, &before, &after, possible);
    // Past the limit every condition is void: nothing may be read off it.
    if facts.diagrams.overflowed() {
        return Err(NotCompared::TooLarge(name()));
    }
    let all = facts.diagrams.share(possible);
    let mut out = vec![];
    for (from, to, f) in pairs {
        let Some(witness) = cheapest(&facts, f) else { continue };
        let situation = as_situation(vocabulary, act, asked_on, &witness);
        let share = facts.diagrams.share(f) / all;
        let shown = Shown { act: name(), from, to, share, situation };
        out.push(shown.confirmed(old, new, asked_on)?);
    }
    Ok(out)
}

/// Each pair of different verdicts that some case shows, with its condition.
fn pairs(facts: &mut Facts<'_>, before: &Levels, after: &Levels, possible: F) -> Vec<(Verdict, Verdict, F)> {
    let mut out = vec![];
    for (from, a) in Verdict::SCALE.into_iter().zip(before) {
        for (to, b) in Verdict::SCALE.into_iter().zip(after) {
            if from == to {
                continue;
            }
            let both = facts.diagrams.and(*a, *b);
            let both = facts.diagrams.and(both, possible);
            if both != NO {
                out.push((from, to, both));
            }
        }
    }
    out
}

/// A difference before it has been asked of both.
struct Shown {
    act: String,
    from: Verdict,
    to: Verdict,
    share: f64,
    situation: Value,
}

impl Shown {
    /// Asks both policies, so that what is shown is what they say, and leaves out whatever does not matter to it.
    fn confirmed(self, old: &Policy, new: &Policy, asked_on: Date) -> Result<Difference, NotCompared> {
        let ask = |situation: &Value| {
            let text = situation.to_string();
            let batch = Situation::read_json(&old.vocabulary, "difference", &text, asked_on).ok()?;
            batch.situations.first().map(|situation| (old.rule(situation), new.rule(situation)))
        };
        let shows =
            |situation: &Value| ask(situation).is_some_and(|(a, b)| a.verdict == self.from && b.verdict == self.to);
        let not = || NotCompared::NotConfirmed(format!("{}: {}", self.act, self.situation));
        if !shows(&self.situation) {
            return Err(not());
        }
        let situation = smallest(self.situation.clone(), shows);
        let (a, b) = ask(&situation).ok_or_else(not)?;
        let cites = |ruling: &Ruling| ruling.citations.iter().map(|c| c.clause.clone()).collect();
        Ok(Difference {
            change: change(self.from, self.to),
            old_cites: cites(&a),
            new_cites: cites(&b),
            act: self.act,
            from: self.from,
            to: self.to,
            share: self.share,
            situation,
        })
    }
}

fn change(from: Verdict, to: Verdict) -> Change {
    match (from, to) {
        (Verdict::NotCovered, Verdict::Allowed) => Change::NewlyCovered,
        (Verdict::Allowed, Verdict::NotCovered) => Change::NewlySilent,
        _ if to < from => Change::Stricter,
        _ => Change::Looser,
    }
}
