//! Worked examples: tables under a clause that run as tests.
//!
//! For: showing what a clause does, and proving it. A table's columns: `who` (roles), `act`, `facts`, and what is expected:
//! `verdict`, `decides`, `cites`, `not cited`, `needs`, `duties`, `asks`, `outcomes`, `binding`. Only the columns that are there are
//! checked, and an empty cell checks nothing. Promises: what is expected is spelt with known clauses, verdicts, duties and facts;
//! an expectation that does not hold names its cell and what came instead. Does
//! not: decide what is right.

mod expected;
mod reader;

use crate::Fault;
use crate::policy::Policy;
use crate::profile::full_id;
use crate::ruling::{Binding, Effect, Ruling};
use crate::situation::Situation;
use std::collections::BTreeSet;

pub(crate) use reader::{Cell, read};

/// The day on which examples are asked, unless they say another.
pub(crate) const ASKED_ON: jiff::civil::Date = jiff::civil::date(2026, 9, 1);
/// Stands in a cell that expects nothing of its kind.
const NONE: &str = "none";

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) line: usize,
    /// The row's first three cells, for people.
    pub(crate) told: String,
    pub(crate) situation: Situation,
    pub(crate) expected: Vec<Expected>,
}

/// What one cell expects.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The name of its column.
    name: &'static str,
    column: usize,
    words: Vec<String>,
}

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFailure {
    /// Where and what.
    pub fault: Fault,
    /// The clause the example stands under.
    pub clause: String,
}

/// What running all examples gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExampleReport {
    /// How many ran.
    pub ran: usize,
    /// Those that did not hold.
    pub failures: Vec<ExampleFailure>,
    /// Rules (clause id and line) that no example reaches.
    pub unreached: Vec<(String, usize)>,
}

/// Runs every example of a policy.
pub(crate) fn run(policy: &Policy) -> ExampleReport {
    let mut report = ExampleReport::default();
    let mut reached = BTreeSet::new();
    for (clause, example) in &policy.examples {
        report.ran += 1;
        reached.extend(policy.reached(&example.situation));
        let ruling = policy.rule(&example.situation);
        let clause = &policy.clauses[*clause];
        for (column, said) in wrong(policy, example, &ruling) {
            let fault = Fault {
                file: clause.file.clone(),
                line: example.line,
                column,
                path: None,
                said: format!("{} ({})", said, example.told),
            };
            report.failures.push(ExampleFailure { fault, clause: clause.id.clone() });
        }
    }
    for (n, (clause, rule)) in policy.rules.iter().enumerate() {
        if !reached.contains(&n) {
            report.unreached.push((policy.clauses[*clause].id.clone(), rule.line));
        }
    }
    report
}

fn wrong(policy: &Policy, example: &Example, ruling: &Ruling) -> Vec<(usize, String)> {
    let mut out = vec![];
    for Expected { name, column, words: expected } in &example.expected {
        let ids: BTreeSet<String> =
            expected.iter().filter(|id| *id != NONE).map(|id| full_id(&policy.id, id)).collect();
        let cited: BTreeSet<String> = ruling.citations.iter().map(|c| c.clause.clone()).collect();
        let decides: BTreeSet<String> =
            ruling.citations.iter().filter(|c| c.effect == Effect::Decides).map(|c| c.clause.clone()).collect();
        let words: BTreeSet<String> = expected.iter().cloned().collect();
        let (holds, came): (bool, String) = match *name {
            "verdict" => (words.contains(ruling.verdict.name()) && words.len() == 1, ruling.verdict.name().to_owned()),
            "decides" => (ids == decides, joined(&decides)),
            "cites" => (ids.is_subset(&cited), joined(&cited)),
            "not cited" => (ids.is_disjoint(&cited), joined(&cited)),
            "needs" => sets(words, ruling.needs.iter().map(|n| format!("{} {}", n.from, n.form)).collect()),
            "duties" => sets(words, ruling.duties.iter().map(duty_told).collect()),
            "asks" => sets(words, ruling.questions.iter().map(|q| q.fact.clone()).collect()),
            "outcomes" => sets(words, ruling.outcomes.iter().flatten().map(|v| v.name().to_owned()).collect()),
            _ => {
                let came = match ruling.binding {
                    Binding::Yes => "yes",
                    Binding::No => "no",
                    Binding::Unknown => "unknown",
                };
                (words.contains(came), came.to_owned())
            }
        };
        if !holds {
            out.push((*column, format!("{name}: expected {}, came {came}", expected.join(", "))));
        }
    }
    out
}

fn duty_told(duty: &crate::ruling::Duty) -> String {
    if duty.to.is_empty() { duty.duty.clone() } else { format!("{} {}", duty.duty, duty.to.join("/")) }
}

fn sets(expected: BTreeSet<String>, came: BTreeSet<String>) -> (bool, String) {
    let expected: BTreeSet<String> = expected.into_iter().filter(|w| w != NONE).collect();
    (expected == came, joined(&came))
}

fn joined(words: &BTreeSet<String>) -> String {
    if words.is_empty() { NONE.to_owned() } else { words.iter().cloned().collect::<Vec<_>>().join(", ") }
}
