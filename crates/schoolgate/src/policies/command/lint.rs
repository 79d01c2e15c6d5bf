//! `schoolgate policy lint`: what an author should look at again.

use std::fmt::Write as _;
use std::sync::Arc;

use rulebook::{Fault, Finding, Policy};

use super::{Format, Found, all_named, json};
use crate::policies::packs;

/// Looks at these policies; silence is measured against the shipped packs.
///
/// # Errors
/// Every fault of every policy.
pub fn lint(names: &[String], format: Format) -> Result<Found, Vec<Fault>> {
    let policies = all_named(names)?;
    let found = policies.iter().map(|policy| Ok((Arc::clone(policy), findings(policy)?)));
    let found: Vec<(Arc<Policy>, Vec<Finding>)> = found.collect::<Result<_, Vec<Fault>>>()?;
    let text = match format {
        Format::Json => json(
            &found
                .iter()
                .map(|(policy, findings)| {
                    serde_json::json!({ "policy": policy.id, "version": policy.version, "findings": findings })
                })
                .collect::<Vec<_>>(),
        ),
        Format::Human => found.iter().map(|(policy, findings)| human(policy, findings)).collect::<Vec<_>>().join("\n"),
        Format::Plain => found.iter().map(|(policy, findings)| plain(policy, findings)).collect(),
    };
    Ok(Found { text, is_yes: found.iter().all(|(_, findings)| findings.is_empty()) })
}

/// What to look at in one policy, measured against the shipped packs of other schools.
///
/// # Errors
/// A shipped pack that cannot be read.
pub fn findings(policy: &Policy) -> Result<Vec<Finding>, Vec<Fault>> {
    let others = packs::NAMES.iter().filter(|name| **name != policy.id).map(|name| super::named(name));
    let others: Vec<Arc<Policy>> = others.collect::<Result<_, _>>()?;
    Ok(rulebook::lint(policy, &others.iter().map(|other| &**other).collect::<Vec<_>>()))
}

fn human(policy: &Policy, findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let clause = finding.clause.as_deref().unwrap_or(&policy.id);
        let _ = writeln!(out, "{}/{}:{}: {clause} [{}]", policy.id, finding.file, finding.line, finding.code);
        let _ = writeln!(out, "  {}", sentence(&finding.said));
        if let Some(situation) = &finding.situation {
            let _ = writeln!(out, "  For example {situation}");
        }
        let _ = writeln!(out, "  {}", finding.advice);
    }
    let _ = match findings.len() {
        0 => writeln!(out, "{}: nothing to look at", policy.id),
        1 => writeln!(out, "{}: one thing to look at", policy.id),
        number => writeln!(out, "{}: {number} things to look at", policy.id),
    };
    out
}

/// A finding as a sentence of its own.
fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn plain(policy: &Policy, findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let clause = finding.clause.as_deref().unwrap_or(&policy.id);
        let _ = writeln!(
            out,
            "finding {} at {}/{}:{} in {clause}: {}; do: {}",
            finding.code, policy.id, finding.file, finding.line, finding.said, finding.advice
        );
    }
    let _ = writeln!(out, "{} findings: {}", policy.id, findings.len());
    out
}
