//! The `clause` block of a clause: what kind it is, whom it addresses, and what it does.

use super::{Doubt, Named, Reader};
use crate::situation::expected;
use crate::tree::{self, Node, Value};

/// The strength of the verb, as the register has it.
const MODALITIES: [&str; 12] = [
    "must",
    "should",
    "may",
    "must-not",
    "should-not",
    "advised-against",
    "caution",
    "right",
    "definition",
    "aim",
    "consequence",
    "procedure",
];
/// What a clause does in the product.
const DOES: [&str; 9] =
    ["decides", "duty", "reminder", "definition", "aim", "consequence", "procedure", "right", "served"];
const KEYS: [&str; 7] = ["modality", "who", "does", "source", "served_by", "planned", "doubt"];

/// What is wrong with a value, and where.
type Wrong = (usize, String);

impl Reader<'_, '_> {
    pub(super) fn front_matter(&mut self, start: usize, literal: &str) {
        let text = self.blanked(start, literal);
        let (keys, faults) = tree::toml_as_far(&self.file.name, &text);
        if !faults.is_empty() {
            // In a block that is broken, a value may have run into the next.
            self.findings.faults.extend(faults);
            return;
        }
        for (at, key, node) in &keys {
            self.front_key(*at, key, node);
        }
        self.check_front(start, &keys);
    }

    fn front_key(&mut self, at: usize, key: &str, node: &Node) {
        let Some(clause) = self.chapter.clauses.last_mut() else {
            return;
        };
        let wrong: Vec<Wrong> = match key {
            "modality" => keep(one_of(node, &MODALITIES), &mut clause.modality),
            "does" => keep(one_of(node, &DOES), &mut clause.does),
            "planned" => match node.value {
                Value::Bool(yes) => {
                    clause.is_planned = yes;
                    vec![]
                }
                _ => vec![(node.at, format!("`true` or `false` was expected, this is {}", node.value.kind()))],
            },
            "source" => text(node).err().into_iter().collect(),
            "doubt" => doubts(node, &mut clause.doubts),
            "who" | "served_by" => {
                let (words, wrong) = texts(node);
                if key == "who" {
                    clause.who = words.iter().map(|(_, word)| word.clone()).collect();
                    let named = words.iter().map(|(at, word)| Named::addressed(self.places, *at, word));
                    self.findings.names.extend(named);
                } else {
                    clause.served_by = words.into_iter().map(|(_, word)| word).collect();
                }
                for (at, said) in wrong {
                    self.slip(at, format!("{key}: {said}"));
                }
                vec![]
            }
            _ => vec![(at, format!("unknown key; {}", expected(key, &KEYS)))],
        };
        for (at, said) in wrong {
            self.fault(at, format!("{key}: {said}"));
        }
    }

    fn check_front(&mut self, start: usize, keys: &tree::Keys) {
        for needed in ["modality", "who", "does"] {
            if !keys.iter().any(|(_, key, _)| key == needed) {
                self.fault(start, format!("`{needed}` is missing in this `clause` block"));
            }
        }
        let Some(clause) = self.chapter.clauses.last() else {
            return;
        };
        let (serves, is_addressed) = (clause.does == "served" && clause.served_by.is_empty(), !clause.who.is_empty());
        if serves {
            self.fault(start, "a clause that is `served` names what serves it in `served_by`");
        }
        if let (false, Some((at, ..))) = (is_addressed, keys.iter().find(|(_, key, _)| key == "who")) {
            self.fault(*at, "who: a word for people is needed; `nobody` stands for nobody");
        }
    }
}

fn keep(read: Result<String, Wrong>, kept: &mut String) -> Vec<Wrong> {
    match read {
        Ok(text) => {
            *kept = text;
            vec![]
        }
        Err(wrong) => vec![wrong],
    }
}

fn text(node: &Node) -> Result<String, Wrong> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        other => Err((node.at, format!("a text was expected, this is {}", other.kind()))),
    }
}

fn one_of(node: &Node, allowed: &[&str]) -> Result<String, Wrong> {
    let text = text(node)?;
    if allowed.contains(&text.as_str()) {
        return Ok(text);
    }
    Err((node.at, format!("`{text}` is not known here; {}", expected(&text, allowed))))
}

/// A text, or a list of texts, each with its place; and what else stands there.
fn texts(node: &Node) -> (Vec<(usize, String)>, Vec<Wrong>) {
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let (mut words, mut wrong) = (vec![], vec![]);
    for node in nodes {
        match text(node) {
            Ok(text) => words.push((node.at, text)),
            Err(found) => wrong.push(found),
        }
    }
    (words, wrong)
}

fn doubts(node: &Node, kept: &mut Vec<Doubt>) -> Vec<Wrong> {
    let Value::List(items) = &node.value else {
        return vec![(node.at, format!("a list of doubts was expected, this is {}", node.value.kind()))];
    };
    let mut wrong = vec![];
    for item in items {
        match doubt(item) {
            Some(doubt) => kept.push(doubt),
            None => wrong.push((item.at, "a doubt has exactly `reading` and `other`, both texts".to_owned())),
        }
    }
    wrong
}

fn doubt(node: &Node) -> Option<Doubt> {
    let Value::Map(keys) = &node.value else {
        return None;
    };
    let get = |name: &str| keys.iter().find(|(_, key, _)| key == name).and_then(|(.., node)| text(node).ok());
    (keys.len() == 2).then_some(())?;
    Some(Doubt { reading: get("reading")?, other: get("other")? })
}
