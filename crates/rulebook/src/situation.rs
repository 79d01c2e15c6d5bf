//! A situation: what somebody is about to do, as far as it is known.
//!
//! For: reading the contract's JSON and TOML (rulings.md, section 2). Promises: an unknown key or value, a key given twice
//! and two facts that contradict each other are refused with their places, all of them at once; nothing is guessed. Does
//! not: fill in what the school knows; that is the caller's.

mod contradictions;
mod spelling;

use crate::permission::{GIVERS, Item, Known, Listed, MATTERS};
use crate::tree::{self, Node, Value};
use crate::vocabulary::{Domain, FactId, GroupId, Vocabulary};
use crate::{Fault, Places};
use jiff::civil::Date;
use std::collections::HashMap;

pub(crate) use spelling::{did_you_mean, expected, nearest};

/// A file may hold this many situations.
const SITUATIONS_MAX: usize = 100_000;
/// A situation may list this many permissions: more than a year of a school's.
const PERMISSIONS_MAX: usize = 64;

/// What is given of one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    LeftOut,
    Unknown,
    Value(u8),
}

/// A situation, read and free of contradictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    pub(crate) act: usize,
    /// The day for which permissions count.
    pub(crate) asked_on: Known<Date>,
    pub(crate) given: Vec<Given>,
    pub(crate) permissions: Listed,
    service_name: Option<String>,
}

/// The situations of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// In the order of the text.
    pub situations: Vec<Situation>,
    /// Whether the text was a list; the answer then is one, too.
    pub is_list: bool,
}

impl Situation {
    /// Reads JSON: one situation or a list of them. `name` stands in the faults; `today` is the default of `asked_on`.
    ///
    /// # Errors
    /// Every fault of the text, in its order.
    pub fn read_json(vocabulary: &Vocabulary, name: &str, text: &str, today: Date) -> Result<Batch, Vec<Fault>> {
        let text = without_mark(text);
        let node = tree::json(name, text).map_err(|fault| vec![fault])?;
        batch(vocabulary, &Places::new(name, text), &node, today)
    }

    /// Reads TOML with the same keys: one situation, or several as `[[situation]]`.
    ///
    /// # Errors
    /// Every fault of the text, in its order.
    pub fn read_toml(vocabulary: &Vocabulary, name: &str, text: &str, today: Date) -> Result<Batch, Vec<Fault>> {
        let text = without_mark(text);
        let node = tree::toml(name, text)?;
        let places = Places::new(name, text);
        match &node.value {
            Value::Map(keys) if keys.len() == 1 && keys[0].1 == "situation" => {
                batch(vocabulary, &places, &keys[0].2, today)
            }
            _ => batch(vocabulary, &places, &node, today),
        }
    }

    /// The act's name.
    pub fn act<'v>(&self, vocabulary: &'v Vocabulary) -> &'v str {
        &vocabulary.acts[self.act].name
    }

    /// The name of the service, where one was given.
    pub fn service_name(&self) -> Option<&str> {
        self.service_name.as_deref()
    }

    /// A situation of which nothing but the act is known.
    pub(crate) fn unknown(vocabulary: &Vocabulary, act: usize, asked_on: Date) -> Situation {
        Situation {
            act,
            asked_on: Known::Yes(asked_on),
            given: vec![Given::Unknown; vocabulary.facts.len()],
            permissions: Listed { items: vec![], is_open: true },
            service_name: None,
        }
    }
}

/// Reads one situation from a tree that stands in a text of its own.
pub(crate) fn read_node(
    vocabulary: &Vocabulary,
    places: &Places<'_>,
    node: &Node,
    today: Date,
) -> Result<Situation, Vec<Fault>> {
    let mut batch = batch(vocabulary, places, node, today)?;
    batch.situations.pop().ok_or_else(|| vec![places.fault(node.at, "a situation was expected")])
}

fn batch(vocabulary: &Vocabulary, places: &Places<'_>, node: &Node, today: Date) -> Result<Batch, Vec<Fault>> {
    let mut faults = vec![];
    let (nodes, is_list): (Vec<(String, &Node)>, bool) = match &node.value {
        Value::List(items) if items.len() > SITUATIONS_MAX => {
            return Err(vec![
                places.fault(node.at, format!("{} situations; at most {SITUATIONS_MAX} are read", items.len())),
            ]);
        }
        Value::List(items) => (items.iter().enumerate().map(|(n, item)| (format!("[{n}]"), item)).collect(), true),
        _ => (vec![(String::new(), node)], false),
    };
    let mut situations = vec![];
    for (path, node) in nodes {
        let mut reader = Reader::new(vocabulary, places, path);
        match reader.situation(node, today) {
            Some(situation) if reader.faults.is_empty() => situations.push(situation),
            _ => faults.append(&mut reader.faults),
        }
    }
    faults.sort_by_key(|f| (f.line, f.column));
    if faults.is_empty() { Ok(Batch { situations, is_list }) } else { Err(faults) }
}

struct Reader<'a> {
    vocabulary: &'a Vocabulary,
    places: &'a Places<'a>,
    base: String,
    given: Vec<Given>,
    /// Where each question was answered.
    places_of: HashMap<GroupId, usize>,
    permissions: Listed,
    service_name: Option<String>,
    service_at: Option<usize>,
    content_at: Option<usize>,
    faults: Vec<Fault>,
}

/// What stands for "not known".
const UNKNOWN: &str = "unknown";

impl<'a> Reader<'a> {
    fn new(vocabulary: &'a Vocabulary, places: &'a Places<'a>, base: String) -> Reader<'a> {
        Reader {
            vocabulary,
            places,
            base,
            given: vec![Given::LeftOut; vocabulary.facts.len()],
            places_of: HashMap::new(),
            permissions: Listed::default(),
            service_name: None,
            service_at: None,
            content_at: None,
            faults: vec![],
        }
    }

    fn fault(&mut self, at: usize, path: &str, said: impl Into<String>) {
        let mut fault = self.places.fault(at, said);
        let path = if self.base.is_empty() || path.is_empty() {
            format!("{}{path}", self.base)
        } else {
            format!("{}.{path}", self.base)
        };
        fault.path = (!path.is_empty()).then_some(path);
        self.faults.push(fault);
    }

    fn place(&self, at: usize) -> String {
        let (line, column) = self.places.at(at);
        format!("line {line}, column {column}")
    }

    fn situation(&mut self, node: &Node, today: Date) -> Option<Situation> {
        let Value::Map(keys) = &node.value else {
            self.fault(node.at, "", format!("a situation is an object, this is {}", node.value.kind()));
            return None;
        };
        let (mut act, mut asked_on) = (None, Known::Yes(today));
        self.refuse_doubles("", keys);
        for (at, key, value) in keys {
            match key.as_str() {
                "act" => act = self.act(value),
                "asked_on" => asked_on = self.date("asked_on", value),
                "permissions" => self.permissions(value),
                _ => self.entry(*at, key.clone(), value),
            }
        }
        if !keys.iter().any(|(_, key, _)| key == "act") {
            self.fault(node.at, "act", "missing: what is the person about to do?");
        }
        self.check_empty(node.at);
        let act = act?;
        self.check_act(act);
        let given = std::mem::take(&mut self.given);
        Some(Situation {
            act,
            asked_on,
            given,
            permissions: std::mem::take(&mut self.permissions),
            service_name: self.service_name.take(),
        })
    }

    fn refuse_doubles(&mut self, prefix: &str, keys: &[(usize, String, Node)]) {
        for (n, (at, key, _)) in keys.iter().enumerate() {
            if let Some((first, ..)) = keys[..n].iter().find(|(_, other, _)| other == key) {
                let first = self.place(*first);
                self.fault(*at, &format!("{prefix}{key}"), format!("given twice: here and at {first}"));
            }
        }
    }

    fn act(&mut self, node: &Node) -> Option<usize> {
        let Value::Text(name) = &node.value else {
            self.fault(node.at, "act", format!("a text was expected, this is {}", node.value.kind()));
            return None;
        };
        let act = self.vocabulary.act(name);
        if act.is_none() {
            let names: Vec<&str> = self.vocabulary.acts.iter().map(|a| a.name.as_str()).collect();
            self.fault(node.at, "act", format!("`{name}` is no act; {}", expected(name, &names)));
        }
        act
    }

    fn date(&mut self, path: &str, node: &Node) -> Known<Date> {
        let date = match &node.value {
            Value::Text(text) if text == UNKNOWN => return Known::Unknown,
            Value::Text(text) => text.parse::<Date>().ok().filter(|_| text.len() == 10),
            _ => None,
        };
        match date {
            Some(date) => Known::Yes(date),
            None => {
                self.fault(node.at, path, "a date such as `2026-09-01` was expected");
                Known::Unknown
            }
        }
    }

    /// A key below the top: a fact, a set, or a record that holds some.
    fn entry(&mut self, at: usize, path: String, node: &Node) {
        if path == "service" {
            self.service_at = Some(at);
        } else if path == "content" {
            self.content_at = Some(at);
        } else if path == "service.name" {
            return self.service_name(node);
        }
        if let Some(group) = self.vocabulary.group(&path).filter(|_| path != "social") {
            self.places_of.insert(group, at);
            return self.answer(group, node);
        }
        let inside = format!("{path}.");
        let is_record = self.vocabulary.groups.iter().any(|g| g.path.starts_with(&inside));
        match &node.value {
            Value::Map(keys) if is_record => {
                self.refuse_doubles(&inside, keys);
                for (at, key, value) in keys {
                    self.entry(*at, format!("{inside}{key}"), value);
                }
            }
            other if is_record => {
                self.fault(node.at, &path, format!("an object was expected, this is {}", other.kind()))
            }
            _ => {
                let (parent, key) = path.rsplit_once('.').map_or(("", path.as_str()), |(p, k)| (p, k));
                let known = self.keys_below(parent);
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                let said = format!("unknown key; {}", expected(key, &names));
                self.fault(at, &path, said);
            }
        }
    }

    fn keys_below(&self, parent: &str) -> Vec<String> {
        let prefix = if parent.is_empty() { String::new() } else { format!("{parent}.") };
        let mut keys: Vec<String> = self
            .vocabulary
            .groups
            .iter()
            .filter(|g| g.path != "social")
            .filter_map(|g| g.path.strip_prefix(&prefix))
            .map(|rest| rest.split('.').next().unwrap_or(rest).to_owned())
            .chain((parent.is_empty()).then(|| ["act", "asked_on"].map(str::to_owned)).into_iter().flatten())
            .chain((parent == "service").then(|| "name".to_owned()))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    fn service_name(&mut self, node: &Node) {
        match &node.value {
            Value::Text(name) if name.chars().count() <= 100 => self.service_name = Some(name.clone()),
            Value::Text(_) => self.fault(node.at, "service.name", "longer than 100 characters"),
            other => self.fault(node.at, "service.name", format!("a text was expected, this is {}", other.kind())),
        }
    }

    fn answer(&mut self, group: GroupId, node: &Node) {
        let vocabulary = self.vocabulary;
        let group = &vocabulary.groups[group];
        if matches!(&node.value, Value::Text(text) if text == UNKNOWN) {
            for fact in &group.facts {
                self.given[*fact] = Given::Unknown;
            }
        } else if group.is_set {
            self.members(&group.path, &group.facts, node);
        } else {
            let fact = group.facts[0];
            if let Some(value) = self.value(&group.path, fact, node) {
                self.given[fact] = Given::Value(value);
            }
        }
    }

    fn value(&mut self, path: &str, fact: FactId, node: &Node) -> Option<u8> {
        let found = match (&vocabulary_domain(self.vocabulary, fact), &node.value) {
            (Domain::Bool, Value::Bool(yes)) => Ok(u8::from(*yes)),
            (Domain::Bool, other) => {
                Err(format!("`true`, `false` or `\"unknown\"` was expected, this is {}", other.kind()))
            }
            (Domain::Years(top), Value::Number(number)) => number
                .parse::<u8>()
                .ok()
                .filter(|n| n <= top)
                .ok_or(format!("whole years from 0 to {top} were expected")),
            (Domain::Years(_), other) => {
                Err(format!("whole years or `\"unknown\"` were expected, this is {}", other.kind()))
            }
            (Domain::List(values), Value::Text(text)) => {
                values.iter().position(|v| v == text).map(|n| n as u8).ok_or_else(|| {
                    let names: Vec<&str> = values.iter().map(String::as_str).collect();
                    format!("`{text}` is no value of this fact; {}", expected(text, &names))
                })
            }
            (_, other) => Err(format!("a text was expected, this is {}", other.kind())),
        };
        found.map_err(|said| self.fault(node.at, path, said)).ok()
    }

    fn members(&mut self, path: &str, facts: &[FactId], node: &Node) {
        let Value::List(items) = &node.value else {
            self.fault(node.at, path, format!("a list was expected, this is {}", node.value.kind()));
            return;
        };
        let is_open = items.iter().any(|item| matches!(&item.value, Value::Text(text) if text == UNKNOWN));
        for fact in facts {
            self.given[*fact] = if is_open { Given::Unknown } else { Given::Value(0) };
        }
        for item in items {
            let Value::Text(name) = &item.value else {
                self.fault(item.at, path, format!("a text was expected in this list, this is {}", item.value.kind()));
                continue;
            };
            match self.vocabulary.fact(&format!("{path}.{name}")) {
                _ if name == UNKNOWN => {}
                Some(fact) => self.given[fact] = Given::Value(1),
                None => {
                    let names: Vec<&str> =
                        facts.iter().filter_map(|f| self.vocabulary.facts[*f].path.rsplit('.').next()).collect();
                    let said = format!("`{name}` is not known here; {}", expected(name, &names));
                    self.fault(item.at, path, said);
                }
            }
        }
    }

    fn permissions(&mut self, node: &Node) {
        match &node.value {
            Value::Text(text) if text == UNKNOWN => self.permissions.is_open = true,
            Value::List(items) if items.len() > PERMISSIONS_MAX => {
                self.fault(node.at, "permissions", format!("at most {PERMISSIONS_MAX} permissions are read"));
            }
            Value::List(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.permission(&format!("permissions[{n}]"), item);
                }
            }
            other => self.fault(node.at, "permissions", format!("a list was expected, this is {}", other.kind())),
        }
    }

    fn permission(&mut self, path: &str, node: &Node) {
        let keys = match &node.value {
            Value::Text(text) if text == UNKNOWN => {
                self.permissions.is_open = true;
                return;
            }
            Value::Map(keys) => keys,
            other => {
                return self.fault(node.at, path, format!("an object was expected, this is {}", other.kind()));
            }
        };
        self.refuse_doubles(&format!("{path}."), keys);
        let known = ["from", "form", "for", "before", "of", "covers", "withdrawn", "until"];
        for (at, key, _) in keys.iter().filter(|(_, key, _)| !known.contains(&key.as_str())) {
            self.fault(*at, &format!("{path}.{key}"), format!("unknown key; {}", expected(key, &known)));
        }
        let get = |key: &str| keys.iter().find(|(_, k, _)| k == key).map(|(.., node)| node);
        for key in ["from", "form", "for"].into_iter().filter(|key| get(key).is_none()) {
            self.fault(node.at, &format!("{path}.{key}"), "missing");
        }
        let concerned = crate::permission::concerned(self.vocabulary);
        let item = Item {
            from: self.one_of(&format!("{path}.from"), get("from"), &GIVERS, "headteacher"),
            form: self.one_of(&format!("{path}.form"), get("form"), &["oral", "written"], "oral"),
            matter: self.one_of(&format!("{path}.for"), get("for"), &MATTERS, "refer"),
            before: self.flag(&format!("{path}.before"), get("before"), true),
            of: get("of").map(|of| self.one_of(&format!("{path}.of"), Some(of), &concerned, "school")),
            covers: self.one_of(&format!("{path}.covers"), get("covers"), &["all", "some"], "all"),
            withdrawn: self.flag(&format!("{path}.withdrawn"), get("withdrawn"), false),
            until: get("until").map(|until| self.date(&format!("{path}.until"), until)),
        };
        self.permissions.items.push(item);
    }

    fn one_of(&mut self, path: &str, node: Option<&Node>, values: &[&str], default: &str) -> Known<String> {
        match node.map(|node| (node.at, &node.value)) {
            None => Known::Yes(default.to_owned()),
            Some((_, Value::Text(text))) if text == UNKNOWN => Known::Unknown,
            Some((_, Value::Text(text))) if values.contains(&text.as_str()) => Known::Yes(text.clone()),
            Some((at, Value::Text(text))) => {
                self.fault(at, path, format!("`{text}` is not known here; {}", expected(text, values)));
                Known::Unknown
            }
            Some((at, other)) => {
                self.fault(at, path, format!("a text was expected, this is {}", other.kind()));
                Known::Unknown
            }
        }
    }

    fn flag(&mut self, path: &str, node: Option<&Node>, default: bool) -> Known<bool> {
        match node.map(|node| (node.at, &node.value)) {
            None => Known::Yes(default),
            Some((_, Value::Bool(yes))) => Known::Yes(*yes),
            Some((_, Value::Text(text))) if text == UNKNOWN => Known::Unknown,
            Some((at, other)) => {
                self.fault(
                    at,
                    path,
                    format!("`true`, `false` or `\"unknown\"` was expected, this is {}", other.kind()),
                );
                Known::Unknown
            }
        }
    }
}

/// The text without the mark that some editors put before UTF-8; it counts as no column.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn vocabulary_domain(vocabulary: &Vocabulary, fact: FactId) -> &Domain {
    &vocabulary.facts[fact].domain
}
