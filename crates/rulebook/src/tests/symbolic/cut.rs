//! The authors' schema, cut down to what one question reads.
//!
//! For: the solver, which reckons with every attribute that it is told of, read or not: with all of them one question costs it some
//! tenths of a second, with those that matter about a hundredth. Promises: what is kept stands as the authors wrote it; a cut too
//! deep is a fault of Cedar's typechecker, never another answer. Does not: know our conditions.

use crate::testing::{file, policies};
use cedar_policy::{Schema, SchemaFragment};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The names from `context` down to an attribute.
pub(super) type Path = Vec<String>;

/// The schema as Cedar writes it, before anything is cut.
pub(super) struct Authors {
    json: Value,
}

/// One cut.
struct Cut<'a> {
    types: &'a Value,
    read: &'a BTreeSet<Path>,
    /// The types of entity that what is kept speaks of.
    kinds: BTreeSet<String>,
}

impl Authors {
    pub(super) fn new() -> Authors {
        let text = file(&policies().join("vocabulary.cedarschema")).text;
        let (fragment, _) = SchemaFragment::from_cedarschema_str(&text).expect("Cedar reads the vocabulary");
        let mut json = fragment.to_json_value().expect("Cedar writes the vocabulary");
        Authors { json: json[""].take() }
    }

    /// Every act, and of the context what is read: one schema does for all questions that read the same.
    pub(super) fn cut(&self, read: &BTreeSet<Path>) -> Result<Schema, String> {
        let mut cut = Cut { types: &self.json["commonTypes"], read, kinds: BTreeSet::new() };
        let situation = cut.kept(&self.json["commonTypes"]["Situation"], &mut vec![]);
        let kinds = self.json["entityTypes"].as_object().into_iter().flatten();
        let kinds = kinds.filter(|(name, kind)| kind.get("enum").is_none() || cut.kinds.contains(*name));
        let kinds: Map<String, Value> = kinds.map(|(name, kind)| (name.clone(), kind.clone())).collect();
        let types = json!({ "Situation": situation });
        let schema =
            json!({ "": { "commonTypes": types, "entityTypes": kinds, "actions": self.json["actions"].clone() } });
        Schema::from_json_value(schema).map_err(|error| format!("the cut schema: {error}"))
    }
}

impl Cut<'_> {
    /// A type without the attributes that nobody reads, named types written out.
    fn kept(&mut self, of: &Value, at: &mut Path) -> Value {
        let name = of["name"].as_str().or(of["type"].as_str()).unwrap_or_default();
        let record = self.types.get(name).unwrap_or(of);
        let Some(attributes) = record["attributes"].as_object() else {
            self.kinds.insert(name.to_owned());
            return of.clone();
        };
        let mut kept = Map::new();
        for (attribute, inner) in attributes {
            at.push(attribute.clone());
            if self.read.iter().any(|path| touches(path, at)) {
                kept.insert(attribute.clone(), self.kept(inner, at));
            }
            at.pop();
        }
        json!({ "type": "Record", "attributes": kept })
    }
}

/// Whether one of them leads to the other.
pub(super) fn touches(one: &[String], other: &[String]) -> bool {
    one.iter().zip(other).all(|(a, b)| a == b)
}

/// Every attribute of the context that a policy in Cedar's JSON reads.
pub(super) fn paths(text: &Value, found: &mut BTreeSet<Path>) {
    if let Some(path) = path(text) {
        found.insert(path);
        return;
    }
    match text {
        Value::Array(parts) => parts.iter().for_each(|part| paths(part, found)),
        Value::Object(parts) => parts.values().for_each(|part| paths(part, found)),
        _ => {}
    }
}

fn path(text: &Value) -> Option<Path> {
    let got = text.get(".").or_else(|| text.get("has"))?;
    let attribute = got["attr"].as_str()?.to_owned();
    let mut path = if got["left"]["Var"] == "context" { vec![] } else { path(&got["left"])? };
    path.push(attribute);
    Some(path)
}
