//! `schoolgate policy diff`: what one policy changes beside another.

use std::fmt::Write as _;

use jiff::civil::Date;
use rulebook::{Asked, Change, Comparison, Difference, Fault, Flip, Policy, Situation, Verdict};
use serde::Serialize;
use serde_json::Value;

use super::{Format, Found, fault, json, named};
use crate::policies::{packs, vocabulary};

/// What there is to say of two policies.
#[derive(Serialize)]
pub struct Differs {
    pub old: Side,
    pub new: Side,
    #[serde(flatten)]
    pub comparison: Comparison,
    pub flips: Vec<Flip>,
    /// Whether every case of every act has the same verdict under both.
    pub is_same: bool,
}

/// One of the two.
#[derive(Serialize)]
pub struct Side {
    pub policy: String,
    pub version: String,
}

/// Compares two policies: two versions of one, or those of two schools.
///
/// # Errors
/// Every fault of either; or that they could not be compared.
pub fn diff(old: &str, new: &str, format: Format, today: Date) -> Result<Found, Vec<Fault>> {
    let (old_name, new_name) = (old, new);
    let (old, new) = match (named(old), named(new)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => return Err([old.err(), new.err()].into_iter().flatten().flatten().collect()),
    };
    let differs = between(&old, &new, today)?;
    let text = match format {
        Format::Json => json(&[&differs]),
        Format::Human => human(&differs, (old_name, new_name)),
        Format::Plain => plain(&differs),
    };
    Ok(Found { text, is_yes: true })
}

/// Compares two policies that have been read.
///
/// # Errors
/// That they could not be compared whole.
pub fn between(old: &Policy, new: &Policy, today: Date) -> Result<Differs, Vec<Fault>> {
    let not = |error: rulebook::NotCompared| vec![fault(&new.id, error.to_string())];
    let comparison = rulebook::compare(old, new, today).map_err(not)?;
    let flips = rulebook::flips(old, new, &worked_examples(&[&old.id, &new.id]));
    let side = |policy: &Policy| Side { policy: policy.id.clone(), version: policy.version.clone() };
    let is_same = comparison.differences.is_empty();
    Ok(Differs { old: side(old), new: side(new), comparison, flips, is_same })
}

/// The worked examples of the contract that are about these policies.
fn worked_examples(ids: &[&str]) -> Vec<Asked> {
    let Some(file) = packs::worked_examples() else { return vec![] };
    let Ok(vocabulary) = vocabulary() else { return vec![] };
    let examples: Vec<Value> = serde_json::from_str(&file.text).unwrap_or_default();
    let own = examples.into_iter().filter(|example| ids.iter().any(|id| example["policy"] == **id));
    own.filter_map(|example| {
        let text = example["situation"].to_string();
        let day = jiff::civil::date(2026, 9, 1);
        let mut batch = Situation::read_json(vocabulary, "worked-examples.json", &text, day).ok()?;
        let name = example["id"].as_str().map_or_else(|| example["id"].to_string(), str::to_owned);
        Some(Asked { example: format!("worked-examples.json {name}"), told: text, situation: batch.situations.pop()? })
    })
    .collect()
}

/// What became of an act, in a word.
pub fn change_said(change: Change) -> &'static str {
    match change {
        Change::Stricter => "stricter",
        Change::Looser => "looser",
        Change::NewlyCovered => "newly covered",
        Change::NewlySilent => "newly silent",
    }
}

fn human(differs: &Differs, (old, new): (&str, &str)) -> String {
    let mut out = String::new();
    let acts = differs.comparison.acts.len();
    let _ = writeln!(
        out,
        "From {old} (version {}) to {new} (version {}).",
        &differs.old.version[..12],
        &differs.new.version[..12]
    );
    if differs.is_same {
        let _ = writeln!(
            out,
            "No difference. This is proven: all cases of all {acts} acts of the vocabulary have the same verdict."
        );
    }
    for act in &differs.comparison.acts {
        let here: Vec<&Difference> = differs.comparison.differences.iter().filter(|d| d.act == *act).collect();
        if here.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{act}");
        for difference in here {
            let _ = writeln!(
                out,
                "  {}: {} becomes {} ({} of the cases)",
                change_said(difference.change),
                difference.from.name(),
                difference.to.name(),
                percent(difference.share)
            );
            let _ = writeln!(out, "    for example {}", difference.situation);
            let _ = writeln!(out, "    by {} / {}", listed(&difference.old_cites), listed(&difference.new_cites));
        }
    }
    for setting in &differs.comparison.settings {
        let _ = writeln!(out, "\n{} in policy.toml: {} becomes {}", setting.key, setting.old, setting.new);
    }
    let _ = writeln!(out, "\nWorked examples that come out otherwise: {}", differs.flips.len());
    for flip in &differs.flips {
        let _ = writeln!(out, "  {}: {} becomes {}", flip.example, verdicts(&flip.from), verdicts(&flip.to));
        let _ = writeln!(out, "    {}", flip.told);
    }
    out
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        part if part < 0.1 => "under 0.1 %".to_owned(),
        part => format!("{part:.1} %"),
    }
}

fn listed(clauses: &[String]) -> String {
    if clauses.is_empty() { "no clause".to_owned() } else { clauses.join(", ") }
}

fn verdicts(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(|verdict| verdict.name()).collect::<Vec<_>>().join(" or ")
}

fn plain(differs: &Differs) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "old: {} {}", differs.old.policy, differs.old.version);
    let _ = writeln!(out, "new: {} {}", differs.new.policy, differs.new.version);
    let _ = writeln!(out, "acts compared: {}", differs.comparison.acts.len());
    for difference in &differs.comparison.differences {
        let _ = writeln!(
            out,
            "{} {}: {} becomes {}; share {:.6}; example {}; old clauses {}; new clauses {}",
            difference.act,
            change_said(difference.change),
            difference.from.name(),
            difference.to.name(),
            difference.share,
            difference.situation,
            listed(&difference.old_cites),
            listed(&difference.new_cites)
        );
    }
    for setting in &differs.comparison.settings {
        let _ = writeln!(out, "setting {}: {} becomes {}", setting.key, setting.old, setting.new);
    }
    for flip in &differs.flips {
        let _ = writeln!(out, "flips {}: {} becomes {}", flip.example, verdicts(&flip.from), verdicts(&flip.to));
    }
    let _ = writeln!(out, "differences: {}", differs.comparison.differences.len());
    let _ = writeln!(out, "flipped examples: {}", differs.flips.len());
    let _ = writeln!(out, "same over the whole vocabulary: {}", if differs.is_same { "proven" } else { "no" });
    out
}
