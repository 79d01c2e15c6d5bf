//! Reading a table of examples: every fault of every cell, at the cell.

use super::expected::{self, Names};
use super::{ASKED_ON, Example, Expected};
use crate::Places;
use crate::chapter::{Findings, Named, Setting};
use crate::situation;
use crate::tree::{Node, Value};

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

/// A cell: where it starts, and its text.
pub(crate) type Cell = (usize, String);

/// Reads a table: the header and the rows. What is wrong with it goes to the slips of `findings`, and the row that it stands in
/// is left out; the clauses that cells name go there, too.
pub(crate) fn read(
    setting: &Setting<'_>,
    places: &Places<'_>,
    rows: &[Vec<Cell>],
    findings: &mut Findings,
) -> Vec<Example> {
    let Some((header, rows)) = rows.split_first() else {
        return vec![];
    };
    let mut columns: Vec<Option<&'static str>> = vec![];
    for (at, name) in header {
        let name = name.to_lowercase();
        let exact = COLUMNS.into_iter().find(|column| *column == name);
        if exact.is_none() {
            let said = format!("`{name}` is no column of an examples table; {}", situation::expected(&name, &COLUMNS));
            findings.slips.push(places.fault(*at, said));
        } else if columns.contains(&exact) {
            findings.slips.push(places.fault(*at, format!("the column `{name}` stands twice")));
        }
        // A slip in a heading is told once, there, and not in every row.
        columns.push(
            exact.or_else(|| situation::nearest(&name, &COLUMNS)).filter(|column| !columns.contains(&Some(*column))),
        );
    }
    let missing = ["who", "act", "verdict"].into_iter().filter(|needed| !columns.contains(&Some(*needed)));
    let missing: Vec<&str> = missing.collect();
    for needed in &missing {
        let at = header.first().map_or(0, |cell| cell.0);
        findings.slips.push(places.fault(at, format!("an examples table needs the column `{needed}`")));
    }
    if missing.contains(&"who") || missing.contains(&"act") {
        return vec![];
    }
    let table = Table { setting, places, columns };
    rows.iter().filter_map(|row| table.example(row, findings)).collect()
}

struct Table<'a> {
    setting: &'a Setting<'a>,
    places: &'a Places<'a>,
    /// One for each column of the text; none where its heading means nothing.
    columns: Vec<Option<&'static str>>,
}

impl Table<'_> {
    fn example(&self, row: &[Cell], findings: &mut Findings) -> Option<Example> {
        let before = findings.slips.len();
        let at = row.first().map_or(0, |cell| cell.0);
        let cell = |name: &str| {
            let found = self.columns.iter().position(|column| *column == Some(name)).and_then(|n| row.get(n));
            found.map_or((at, ""), |(at, text)| (*at, text.as_str()))
        };
        let (who, act, facts) = (cell("who"), cell("act"), cell("facts"));
        let mut keys = vec![];
        put(&mut keys, who.0, "actor.roles", self.list(who));
        put(&mut keys, act.0, "act", Node { at: act.0, value: Value::Text(act.1.to_owned()) });
        self.facts(facts, &mut keys, findings);
        let node = Node { at, value: Value::Map(keys) };
        let situation = situation::read_node(self.setting.vocabulary, self.places, &node, ASKED_ON);
        let situation = situation.map_err(|mut faults| findings.slips.append(&mut faults)).ok();
        let expected = self.expected(row, findings);
        let (line, _) = self.places.at(at);
        let told = format!("{} | {} | {}", who.1, act.1, facts.1);
        let is_whole = findings.slips.len() == before;
        situation.filter(|_| is_whole).map(|situation| Example { line, told, situation, expected })
    }

    fn facts(&self, cell: (usize, &str), keys: &mut Vec<(usize, String, Node)>, findings: &mut Findings) {
        for (at, fact) in self.items(cell, ';') {
            let Some((path, value)) = fact.split_once('=') else {
                findings.slips.push(
                    self.places
                        .fault(at, format!("`{fact}`: a fact is written `name = value`, such as `target.age = 9`")),
                );
                continue;
            };
            let (path, value) = (path.trim(), value.trim());
            if path != "permissions" {
                put(keys, at, path, self.plain(at, path, value));
                continue;
            }
            match permissions(at, value) {
                Ok(permissions) => put(keys, at, path, permissions),
                Err(said) => findings.slips.push(self.places.fault(at, said)),
            }
        }
    }

    fn expected(&self, row: &[Cell], findings: &mut Findings) -> Vec<Expected> {
        let mut out = vec![];
        for (name, (at, text)) in self.columns.iter().zip(row) {
            let Some(name) = name.filter(|name| !["who", "act", "facts"].contains(name)) else { continue };
            let items = self.items((*at, text), ',');
            for (at, word) in &items {
                match expected::check(self.setting.vocabulary, name, word) {
                    Ok(Names::Words) => {}
                    Ok(Names::Clauses) => findings.names.push(Named::expected(self.places, *at, name, word)),
                    Err(said) => findings.slips.push(self.places.fault(*at, format!("{name}: {said}"))),
                }
            }
            if let (true, Some((at, _))) = (["verdict", "binding"].contains(&name), items.get(1)) {
                findings.slips.push(self.places.fault(*at, format!("{name}: one word is expected, not several")));
            }
            if let (true, Some((at, _))) = (items.len() > 1, items.iter().find(|(_, word)| *word == super::NONE)) {
                let said = format!("{name}: `none` stands alone or not at all");
                findings.slips.push(self.places.fault(*at, said));
            }
            if !items.is_empty() {
                let words = items.into_iter().map(|(_, word)| word.to_owned()).collect();
                out.push(Expected { name, column: self.places.at(*at).1, words });
            }
        }
        out
    }

    /// The parts of a cell with their places; that of the cell where its text is marked up.
    fn items<'t>(&self, (at, text): (usize, &'t str), between: char) -> Vec<(usize, &'t str)> {
        let is_plain = self.places.text().get(at..).is_some_and(|rest| rest.starts_with(text));
        let mut next = 0;
        let place = |part: &'t str| {
            let start = next + part.len() - part.trim_start().len();
            next += part.len() + between.len_utf8();
            (if is_plain { at + start } else { at }, part.trim())
        };
        text.split(between).map(place).filter(|(_, item)| !item.is_empty()).collect()
    }

    fn list(&self, cell: (usize, &str)) -> Node {
        if cell.1 == "unknown" {
            return Node { at: cell.0, value: Value::Text(cell.1.to_owned()) };
        }
        let items = self.items(cell, ',').into_iter().filter(|(_, item)| *item != super::NONE);
        let items = items.map(|(at, item)| Node { at, value: Value::Text(item.to_owned()) });
        Node { at: cell.0, value: Value::List(items.collect()) }
    }

    fn plain(&self, at: usize, path: &str, value: &str) -> Node {
        if self.setting.vocabulary.question(path).is_some_and(|question| question.is_set) {
            return self.list((at, value));
        }
        let value = match value {
            "yes" | "true" => Value::Bool(true),
            "no" | "false" => Value::Bool(false),
            number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                Value::Number(number.to_owned())
            }
            text => Value::Text(text.to_owned()),
        };
        Node { at, value }
    }
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
