//! `schoolgate policy coverage`: what the worked examples show, and what they leave out.

use std::fmt::Write as _;

use rulebook::{Coverage, Fault};

use super::{Format, Found, all_named, json};

/// Looks at these policies.
///
/// # Errors
/// Every fault of every policy.
pub fn coverage(names: &[String], format: Format) -> Result<Found, Vec<Fault>> {
    let found: Vec<Coverage> = all_named(names)?.iter().map(|policy| rulebook::coverage(policy)).collect();
    let text = match format {
        Format::Json => json(&found),
        Format::Human => found.iter().map(human).collect::<Vec<_>>().join("\n"),
        Format::Plain => found.iter().map(plain).collect(),
    };
    Ok(Found { text, is_yes: found.iter().all(|coverage| coverage.is_met) })
}

fn human(coverage: &Coverage) -> String {
    let mut out = String::new();
    let by_effect: Vec<String> = coverage.by_effect.iter().map(|(does, count)| format!("{count} {does}")).collect();
    let _ = writeln!(
        out,
        "{}: clauses {} ({}), examples {}",
        coverage.policy,
        coverage.clauses,
        by_effect.join(", "),
        coverage.examples
    );
    let width = coverage.deciding.iter().map(|clause| clause.clause.chars().count()).max().unwrap_or(0);
    let _ = writeln!(out, "  {:<width$}  examples  caught  just outside", "clause that decides");
    for clause in &coverage.deciding {
        let _ = writeln!(
            out,
            "  {:<width$}  {:>8}  {:>6}  {:>12}",
            clause.clause, clause.examples, clause.caught, clause.just_outside
        );
        for missing in &clause.missing {
            let _ = writeln!(out, "    {}:{}: {}", clause.file, missing.line, missing.said);
            if let Some(situation) = &missing.situation {
                let _ = writeln!(out, "      for example {situation}");
            }
        }
    }
    let _ = writeln!(out, "  rules that no example reaches: {}", count(coverage.unreached.len()));
    for rule in &coverage.unreached {
        let _ = writeln!(out, "    {}:{}: {}", rule.file, rule.line, rule.clause);
    }
    let _ = writeln!(out, "  clauses that wait for a part still to come: {}", count(coverage.planned.len()));
    for planned in &coverage.planned {
        let _ = writeln!(out, "    {} ({})", planned.clause, planned.served_by.join(", "));
    }
    let missing: usize = coverage.deciding.iter().map(|clause| clause.missing.len()).sum();
    let _ = match coverage.is_met {
        true => writeln!(out, "  Every deciding clause is shown."),
        false => writeln!(out, "  {} not shown.", count(missing + coverage.unreached.len())),
    };
    out
}

fn count(number: usize) -> String {
    if number == 0 { "none".to_owned() } else { number.to_string() }
}

fn plain(coverage: &Coverage) -> String {
    let mut out = String::new();
    let name = &coverage.policy;
    let _ = writeln!(out, "{name} clauses: {}", coverage.clauses);
    for (does, count) in &coverage.by_effect {
        let _ = writeln!(out, "{name} clauses that do {does}: {count}");
    }
    let _ = writeln!(out, "{name} examples: {}", coverage.examples);
    for clause in &coverage.deciding {
        let _ = writeln!(
            out,
            "{} examples: {} under it, {} caught, {} just outside",
            clause.clause, clause.examples, clause.caught, clause.just_outside
        );
        for missing in &clause.missing {
            let _ = writeln!(out, "{} missing: {}:{}: {}", clause.clause, clause.file, missing.line, missing.said);
        }
    }
    for rule in &coverage.unreached {
        let _ = writeln!(out, "{} not reached: {}:{}", rule.clause, rule.file, rule.line);
    }
    let _ = writeln!(out, "{name} rules not reached: {}", coverage.unreached.len());
    for planned in &coverage.planned {
        let _ = writeln!(out, "{} planned: {}", planned.clause, planned.served_by.join(", "));
    }
    let _ = writeln!(out, "{name} planned: {}", coverage.planned.len());
    let _ = writeln!(out, "{name} shown: {}", if coverage.is_met { "yes" } else { "no" });
    out
}
