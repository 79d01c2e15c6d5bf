//! Worked examples: tables under a clause that run as tests.
//!
//! For: showing what a clause does, and proving it. A table's columns: `who` (roles), `act`, `facts`, and what is expected:
//! `verdict`, `decides`, `cites`, `not cited`, `needs`, `duties`, `asks`, `outcomes`, `binding`. Only the columns that are there are
//! checked, and an empty cell checks nothing. Promises: a wrong expectation names file, line and what came instead. Does
//! not: decide what is right.

use crate::chapter::Setting;
use crate::policy::Policy;
use crate::ruling::{Binding, Effect, Ruling};
use crate::situation::{self, Situation};
use crate::tree::{Node, Value};
use crate::{Fault, Places};
use std::collections::BTreeSet;

/// The day on which examples are asked, unless they say another.
pub(crate) const ASKED_ON: jiff::civil::Date = jiff::civil::date(2026, 9, 1);
const COLUMNS: [&str; 12] = [
    "who",
    "act",
    "facts",
    "verdict",
    "decides",
    "cites",
    "not cited",
    "needs",
    "duties",
    "asks",
    "outcomes",
    "binding",
];

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The row's first three cells, for people.
    pub(crate) told: String,
    pub(crate) situation: Situation,
    /// Column and what it expects.
    pub(crate) expected: Vec<(&'static str, Vec<String>)>,
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

/// Reads a table: the header and the rows, each cell with its offset.
///
/// # Errors
/// Every fault of the table.
pub(crate) fn read(
    setting: &Setting<'_>,
    places: &Places<'_>,
    rows: &[Vec<(usize, String)>],
) -> Result<Vec<Example>, Vec<Fault>> {
    let Some((header, rows)) = rows.split_first() else {
        return Ok(vec![]);
    };
    let mut faults = vec![];
    let mut columns = vec![];
    for (at, name) in header {
        match COLUMNS.iter().find(|c| **c == name.to_lowercase()) {
            Some(column) => columns.push(*column),
            None => faults.push(places.fault(
                *at,
                format!("`{name}` is no column of an examples table; {}", situation::expected(name, &COLUMNS)),
            )),
        }
    }
    for needed in ["who", "act", "verdict"].iter().filter(|c| !columns.contains(c)) {
        faults.push(
            places.fault(header.first().map_or(0, |c| c.0), format!("an examples table needs the column `{needed}`")),
        );
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut examples = vec![];
    for row in rows {
        match example(setting, places, &columns, row) {
            Ok(example) => examples.push(example),
            Err(mut found) => faults.append(&mut found),
        }
    }
    if faults.is_empty() { Ok(examples) } else { Err(faults) }
}

fn example(
    setting: &Setting<'_>,
    places: &Places<'_>,
    columns: &[&'static str],
    row: &[(usize, String)],
) -> Result<Example, Vec<Fault>> {
    let at = row.first().map_or(0, |cell| cell.0);
    let cell = |name: &str| {
        columns.iter().position(|c| *c == name).and_then(|n| row.get(n)).map(|(at, text)| (*at, text.trim()))
    };
    let mut keys = vec![];
    let (who_at, who) = cell("who").unwrap_or((at, ""));
    let (act_at, act) = cell("act").unwrap_or((at, ""));
    put(&mut keys, who_at, "actor.roles", list(who_at, who));
    put(&mut keys, act_at, "act", Node { at: act_at, value: Value::Text(act.to_owned()) });
    let (facts_at, facts) = cell("facts").unwrap_or((at, ""));
    for fact in facts.split(';').map(str::trim).filter(|f| !f.is_empty()) {
        let Some((path, value)) = fact.split_once('=') else {
            return Err(vec![places.fault(facts_at, format!("`{fact}`: a fact is written `path = value`"))]);
        };
        let (path, value) = (path.trim(), value.trim());
        if path == "permissions" {
            let permissions = permissions(facts_at, value).map_err(|said| vec![places.fault(facts_at, said)])?;
            put(&mut keys, facts_at, path, permissions);
        } else {
            put(&mut keys, facts_at, path, plain(setting, facts_at, path, value));
        }
    }
    let node = Node { at, value: Value::Map(keys) };
    let situation = situation::read_node(setting.vocabulary, places, &node, ASKED_ON)?;
    let (line, column) = places.at(at);
    let expected = columns
        .iter()
        .zip(row)
        .filter(|(name, (_, text))| !["who", "act", "facts"].contains(name) && !text.trim().is_empty())
        .map(|(name, (_, text))| (*name, text.split(',').map(|s| s.trim().to_owned()).collect()))
        .collect();
    Ok(Example { line, column, told: format!("{who} | {act} | {facts}"), situation, expected })
}

/// Puts a value at a dotted path of nested objects.
fn put(keys: &mut Vec<(usize, String, Node)>, at: usize, path: &str, node: Node) {
    match path.split_once('.') {
        None => keys.push((at, path.to_owned(), node)),
        Some((first, rest)) => {
            let found = keys.iter().position(|(_, key, node)| key == first && matches!(node.value, Value::Map(_)));
            let n = found.unwrap_or_else(|| {
                keys.push((at, first.to_owned(), Node { at, value: Value::Map(vec![]) }));
                keys.len() - 1
            });
            if let Value::Map(inner) = &mut keys[n].2.value {
                put(inner, at, rest, node);
            }
        }
    }
}

fn list(at: usize, text: &str) -> Node {
    if text == "unknown" {
        return Node { at, value: Value::Text(text.to_owned()) };
    }
    let items = text.split(',').map(str::trim).filter(|s| !s.is_empty() && *s != "none");
    Node { at, value: Value::List(items.map(|s| Node { at, value: Value::Text(s.to_owned()) }).collect()) }
}

fn plain(setting: &Setting<'_>, at: usize, path: &str, value: &str) -> Node {
    let is_set = setting.vocabulary.question(path).is_some_and(|q| q.is_set);
    if is_set {
        return list(at, value);
    }
    let value = match value {
        "yes" | "true" => Value::Bool(true),
        "no" | "false" => Value::Bool(false),
        number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => Value::Number(number.to_owned()),
        text => Value::Text(text.to_owned()),
    };
    Node { at, value }
}

/// `parent written show of pupil, headteacher oral refer after some withdrawn until 2026-07-31`
fn permissions(at: usize, text: &str) -> Result<Node, String> {
    if text == "unknown" {
        return Ok(Node { at, value: Value::Text(text.to_owned()) });
    }
    let mut items = vec![];
    for item in text.split(',') {
        let mut words = item.split_whitespace();
        let (Some(from), Some(form), Some(matter)) = (words.next(), words.next(), words.next()) else {
            return Err(format!(
                "`{item}`: a permission is written `giver form matter`, such as `parent written show`"
            ));
        };
        let text = |s: &str| Value::Text(s.to_owned());
        let mut keys = vec![("from", text(from)), ("form", text(form)), ("for", text(matter))];
        while let Some(word) = words.next() {
            match word {
                "after" => keys.push(("before", Value::Bool(false))),
                "some" => keys.push(("covers", text("some"))),
                "withdrawn" => keys.push(("withdrawn", Value::Bool(true))),
                "of" | "until" => keys.push((word, text(words.next().unwrap_or("")))),
                other => {
                    return Err(format!(
                        "`{other}` means nothing in a permission; known are of, after, some, withdrawn, until"
                    ));
                }
            }
        }
        let keys = keys.into_iter().map(|(key, value)| (at, key.to_owned(), Node { at, value })).collect();
        items.push(Node { at, value: Value::Map(keys) });
    }
    Ok(Node { at, value: Value::List(items) })
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
        for said in wrong(policy, example, &ruling) {
            let fault = Fault {
                file: clause.file.clone(),
                line: example.line,
                column: example.column,
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

fn wrong(policy: &Policy, example: &Example, ruling: &Ruling) -> Vec<String> {
    let full = |id: &String| {
        if id.contains(&format!("{}.", policy.id)) { id.clone() } else { format!("{}.{id}", policy.id) }
    };
    let mut out = vec![];
    for (column, expected) in &example.expected {
        let ids: BTreeSet<String> = expected.iter().map(full).collect();
        let cited: BTreeSet<String> = ruling.citations.iter().map(|c| c.clause.clone()).collect();
        let decides: BTreeSet<String> =
            ruling.citations.iter().filter(|c| c.effect == Effect::Decides).map(|c| c.clause.clone()).collect();
        let words: BTreeSet<String> = expected.iter().cloned().collect();
        let (holds, came): (bool, String) = match *column {
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
            out.push(format!("{column}: expected {}, came {came}", expected.join(", ")));
        }
    }
    out
}

fn duty_told(duty: &crate::ruling::Duty) -> String {
    if duty.to.is_empty() { duty.duty.clone() } else { format!("{} {}", duty.duty, duty.to.join("/")) }
}

fn sets(expected: BTreeSet<String>, came: BTreeSet<String>) -> (bool, String) {
    let expected: BTreeSet<String> = expected.into_iter().filter(|w| w != "none").collect();
    (expected == came, joined(&came))
}

fn joined(words: &BTreeSet<String>) -> String {
    if words.is_empty() { "none".to_owned() } else { words.iter().cloned().collect::<Vec<_>>().join(", ") }
}
