//! Two policies side by side, in words.
//!
//! Promises: each difference is one that both policies showed when asked; the same two are compared once. Does not: judge which
//! policy is better.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rulebook::{Change, Difference, Policy, Ruling, Situation};
use serde_json::Value;

use super::document::anchor_of;
use super::words::{Case, tint, verdict_said};
use super::work::{Progress, Works};
use crate::error::Result;

/// Worked examples that changed their answer; more are counted, not shown.
const FLIPS_SHOWN: usize = 60;

/// What two policies say differently.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// The question of each act that has differences, and these.
    pub acts: Vec<(String, Vec<Shown>)>,
    /// The questions on which there is none: over every case of the vocabulary.
    pub alike: Vec<String>,
    pub counts: BTreeMap<&'static str, usize>,
    pub flips: Vec<Flip>,
    pub flips_all: usize,
    pub examples_all: usize,
    pub clauses: Vec<ClauseChange>,
    /// What is settled differently beside the clauses: key, old and new.
    pub settings: Vec<(String, String, String)>,
}

impl Outcome {
    pub fn is_same(&self) -> bool {
        self.acts.is_empty()
    }
}

/// One difference, with the smallest case that shows it.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub change: &'static str,
    pub case: Case,
    pub old: Side,
    pub new: Side,
    pub share: String,
}

/// What one of the two says.
#[derive(Debug, PartialEq)]
pub struct Side {
    pub said: &'static str,
    pub tint: &'static str,
    pub next_step: String,
    /// Clauses of it that bear on the case, without the policy's name.
    pub clauses: Vec<String>,
}

/// A worked example of the old policy to which the new one gives another answer.
#[derive(Debug, PartialEq)]
pub struct Flip {
    pub clause: String,
    pub case: Case,
    pub from: &'static str,
    pub to: &'static str,
}

/// A clause whose words are not the same in both, or that only one has.
#[derive(Debug, PartialEq)]
pub struct ClauseChange {
    pub clause: String,
    pub title: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Where two policies differ, or how far the work has come. The same two are compared once for the life of the program.
pub async fn compare(old: &Arc<Policy>, new: &Arc<Policy>, today: Date) -> Result<Progress<Outcome>> {
    static WORKS: Works<Outcome> = Works::new();
    let key = format!("{} {}", old.version, new.version);
    let (old, new) = (Arc::clone(old), Arc::clone(new));
    WORKS.outcome(key, move || outcome(&old, &new, today)).await
}

/// The whole comparison.
pub fn outcome(old: &Policy, new: &Policy, today: Date) -> std::result::Result<Outcome, String> {
    let found = rulebook::compare(old, new, today).map_err(|error| error.to_string())?;
    let vocabulary = old.vocabulary();
    let asked = |name: &str| {
        vocabulary.acts().iter().find(|act| act.name == name).map_or_else(|| name.to_owned(), |act| act.ask.clone())
    };
    let mut acts: Vec<(String, Vec<Shown>)> = vec![];
    let mut counts = BTreeMap::new();
    let mut alike = vec![];
    for act in &found.acts {
        let of_act = found.differences.iter().filter(|difference| difference.act == *act);
        let of_act = of_act.map(|difference| shown(difference, old, new, today));
        let of_act: Vec<Shown> = of_act.collect::<std::result::Result<_, _>>()?;
        for difference in &of_act {
            *counts.entry(difference.change).or_insert(0) += 1;
        }
        match of_act.is_empty() {
            true => alike.push(asked(act)),
            false => acts.push((asked(act), of_act)),
        }
    }
    let (flips, flips_all, examples_all) = flips(old, new);
    let settings = found.settings.iter().map(|set| (set.key.clone(), plain(&set.old), plain(&set.new)));
    Ok(Outcome {
        acts,
        alike,
        counts,
        flips,
        flips_all,
        examples_all,
        clauses: clause_changes(old, new),
        settings: settings.collect(),
    })
}

/// A setting as a person would write it.
fn plain(value: &Value) -> String {
    let listed = |parts: Vec<String>| if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => listed(items.iter().map(plain).collect()),
        Value::Object(keys) => listed(keys.iter().map(|(key, value)| format!("{key}: {}", plain(value))).collect()),
        other => other.to_string(),
    }
}

/// What kind of difference it is, as a person would say it.
pub fn change_said(change: Change) -> &'static str {
    match change {
        Change::Stricter => "Stricter",
        Change::Looser => "Looser",
        Change::NewlyCovered => "Newly covered",
        Change::NewlySilent => "Newly silent",
    }
}

fn shown(difference: &Difference, old: &Policy, new: &Policy, today: Date) -> std::result::Result<Shown, String> {
    let text = difference.situation.to_string();
    let batch = Situation::read_json(old.vocabulary(), "difference", &text, today);
    let situation = batch.ok().and_then(|mut batch| batch.situations.pop());
    let situation = situation.ok_or("a difference could not be read back")?;
    let side = |ruling: &Ruling| Side {
        said: verdict_said(ruling.verdict),
        tint: tint(ruling.verdict),
        next_step: ruling.next_step.clone(),
        clauses: ruling.citations.iter().map(|citation| anchor_of(&citation.clause).to_owned()).collect(),
    };
    Ok(Shown {
        change: change_said(difference.change),
        case: Case::of(&situation, old.vocabulary()),
        old: side(&old.rule(&situation)),
        new: side(&new.rule(&situation)),
        share: share_said(difference.share),
    })
}

/// The share of an act's cases: every case counts alike, however rare it is in life.
fn share_said(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent >= 1.0 => format!("about {percent:.0} of 100 cases that can be told apart"),
        _ if percent >= 0.01 => "fewer than 1 of 100 cases that can be told apart".to_owned(),
        _ => "very few cases".to_owned(),
    }
}

fn flips(old: &Policy, new: &Policy) -> (Vec<Flip>, usize, usize) {
    let (mut shown, mut all, mut ran) = (vec![], 0, 0);
    for worked in old.worked() {
        ran += 1;
        let (from, to) = (old.rule(worked.situation).verdict, new.rule(worked.situation).verdict);
        if from == to {
            continue;
        }
        all += 1;
        if shown.len() < FLIPS_SHOWN {
            shown.push(Flip {
                clause: anchor_of(&worked.clause.id).to_owned(),
                case: Case::of(worked.situation, old.vocabulary()),
                from: verdict_said(from),
                to: verdict_said(to),
            });
        }
    }
    (shown, all, ran)
}

/// Clauses that stand in one only, or with other words. Two different schools' policies have no clause in common, so for
/// them nothing is listed.
fn clause_changes(old: &Policy, new: &Policy) -> Vec<ClauseChange> {
    if old.id != new.id {
        return vec![];
    }
    let words = |clause: &rulebook::Clause| match clause.is_off {
        true => format!("Switched off: {}", clause.wording),
        false => clause.wording.clone(),
    };
    let change = |id: &str, title: &str| {
        let (before, after) = (old.clause(id).map(words), new.clause(id).map(words));
        let title = title.to_owned();
        (before != after).then(|| ClauseChange { clause: anchor_of(id).to_owned(), title, old: before, new: after })
    };
    let gone = old.clauses.iter().filter(|clause| new.clause(&clause.id).is_none());
    new.clauses.iter().chain(gone).filter_map(|clause| change(&clause.id, &clause.title)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{packs, read, shipped, vocabulary};

    const TODAY: Date = Date::constant(2026, 9, 1);

    fn without_friends() -> Policy {
        let mut files = packs::files("rattlesden");
        let settings = files.iter_mut().find(|file| file.name == "policy.toml").expect("settings");
        settings.text = format!("off = [\"personal-conduct.5\"]\n{}", settings.text);
        read(vocabulary().expect("reads"), &files).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    #[test]
    fn a_policy_is_the_same_as_itself_in_every_case() {
        let policy = shipped("rattlesden").expect("reads");
        let outcome = outcome(&policy, &policy, TODAY).expect("compared");
        assert!(outcome.is_same() && outcome.flips.is_empty() && outcome.clauses.is_empty());
        assert_eq!(outcome.alike.len(), policy.vocabulary().acts().len());
        assert!(outcome.examples_all > 100);
    }

    #[test]
    fn a_clause_that_is_switched_off_shows_as_looser_with_a_case_and_the_examples_that_flip() {
        let policy = shipped("rattlesden").expect("reads");
        let outcome = outcome(&policy, &without_friends(), TODAY).expect("compared");
        assert!(
            outcome.counts.contains_key("Looser") && !outcome.counts.contains_key("Stricter"),
            "{:?}",
            outcome.counts
        );
        let accept = "May I accept this friend or contact request?";
        let (_, differences) = outcome.acts.iter().find(|(ask, _)| ask == accept).expect("the act differs");
        assert_eq!(differences[0].old.said, "No, you must not");
        assert!(differences[0].old.clauses.contains(&"personal-conduct.5".to_owned()));
        assert!(differences[0].case.facts.iter().any(|(_, said)| said.contains("a pupil of the school")));
        assert!(outcome.flips_all > 3 && outcome.flips.iter().any(|flip| flip.clause == "personal-conduct.5"));
        let changed: Vec<&str> = outcome.clauses.iter().map(|change| change.clause.as_str()).collect();
        assert_eq!(changed, ["personal-conduct.5"]);
    }

    #[tokio::test]
    async fn the_same_two_are_compared_once() {
        let (old, new) = (shipped("rattlesden").expect("reads"), Arc::new(without_friends()));
        let first = done(&old, &new).await;
        let Progress::Done(second) = compare(&old, &new, TODAY).await.expect("an answer") else { panic!("not kept") };
        assert!(Arc::ptr_eq(&first, &second));
    }

    async fn done(old: &Arc<Policy>, new: &Arc<Policy>) -> Arc<Outcome> {
        for _ in 0..200 {
            if let Progress::Done(outcome) = compare(old, new, TODAY).await.expect("an answer") {
                return outcome;
            }
        }
        panic!("never done")
    }
}
