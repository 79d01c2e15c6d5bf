//! JSON Schemas of a situation and of a ruling, generated from the vocabulary.
//!
//! For: programs that ask or are answered. Promises: a situation that a reader takes fits the schema, and an unknown key or
//! value does not; draft 2020-12, nothing outside the document is needed. Does not: tell contradictions between facts; the
//! reader does.

use crate::permission::{GIVERS, MATTERS};
use crate::ruling::Verdict;
use crate::vocabulary::{Domain, Vocabulary};
use serde_json::{Map, Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A situation, or a list of them.
pub fn situation_schema(vocabulary: &Vocabulary) -> Value {
    let mut root = object(Map::new());
    for group in vocabulary.groups.iter().filter(|group| !["permissions", "social"].contains(&group.path.as_str())) {
        let names: Vec<&str> = group.answers.iter().map(|(name, _)| name.as_str()).collect();
        let of_value = match &vocabulary.facts[group.facts[0]].domain {
            _ if group.is_set && vocabulary.may_be_empty(group) => list_of_some(&names),
            _ if group.is_set => {
                let mut list = list_of_some(&names);
                list["minItems"] = json!(1);
                list
            }
            Domain::Bool => json!({ "type": "boolean" }),
            Domain::Years(top) => json!({ "type": "integer", "minimum": 0, "maximum": top }),
            Domain::List(_) | Domain::Standing => json!({ "enum": names }),
        };
        put(&mut root, &group.path, or_unknown(of_value, &group.ask));
    }
    let acts: Vec<&str> = vocabulary.acts().iter().map(|act| act.name.as_str()).collect();
    put(&mut root, "act", json!({ "enum": acts, "description": "What the person is about to do." }));
    put(&mut root, "asked_on", or_unknown(date(), "The day for which permissions count; today where it is left out."));
    put(&mut root, "service.name", json!({ "type": "string", "maxLength": 100 }));
    put(&mut root, "permissions", permissions(vocabulary));
    root["required"] = json!(["act", "actor"]);
    root["properties"]["actor"]["required"] = json!(["roles"]);
    json!({
        "$schema": DRAFT,
        "title": "Situation",
        "description": "What somebody is about to do, as far as it is known. A fact that is left out has its default.",
        "anyOf": [{ "$ref": "#/$defs/situation" }, { "type": "array", "items": { "$ref": "#/$defs/situation" } }],
        "$defs": { "situation": root },
    })
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn list_of_some(names: &[&str]) -> Value {
    json!({ "type": "array", "items": { "enum": with_unknown(names) } })
}

fn with_unknown(names: &[&str]) -> Vec<String> {
    names.iter().copied().chain(["unknown"]).map(str::to_owned).collect()
}

/// The value itself, or the word for not knowing it.
fn or_unknown(value: Value, ask: &str) -> Value {
    let mut either = json!({ "anyOf": [value, { "const": "unknown" }] });
    if !ask.is_empty() {
        either["description"] = json!(ask);
    }
    either
}

fn date() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}

/// Puts a schema at a dotted path of nested objects.
fn put(object_schema: &mut Value, path: &str, schema: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(properties) = object_schema["properties"].as_object_mut() else { return };
    match rest {
        None => {
            properties.insert(first.to_owned(), schema);
        }
        Some(rest) => put(properties.entry(first.to_owned()).or_insert_with(|| object(Map::new())), rest, schema),
    }
}

fn permissions(vocabulary: &Vocabulary) -> Value {
    let people = vocabulary.question("content.refers_to").map(|question| question.answers).unwrap_or_default();
    let concerned: Vec<&str> = std::iter::once("school").chain(people.iter().map(|(name, _)| name.as_str())).collect();
    let yes_or_no = || or_unknown(json!({ "type": "boolean" }), "");
    let one = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["from", "form", "for"],
        "properties": {
            "from": { "enum": with_unknown(&GIVERS) },
            "form": { "enum": ["oral", "written", "unknown"] },
            "for": { "enum": with_unknown(&MATTERS) },
            "before": yes_or_no(),
            "of": { "enum": with_unknown(&concerned) },
            "covers": { "enum": ["all", "some", "unknown"] },
            "withdrawn": yes_or_no(),
            "until": or_unknown(date(), "The last day on which it counts."),
        },
    });
    let list = json!({ "type": "array", "maxItems": 64, "items": { "anyOf": [one, { "const": "unknown" }] } });
    or_unknown(list, "Which permissions are on record?")
}

/// A ruling, or a list of them.
pub fn ruling_schema() -> Value {
    let verdicts: Vec<&str> = Verdict::SCALE.iter().map(|verdict| verdict.name()).collect();
    let with_depends: Vec<&str> = verdicts.iter().copied().chain(["depends"]).collect();
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let effects =
        ["decides", "also-applies", "lifted", "permits", "duty", "right", "reminder", "defines", "consequence"];
    let properties = json!({
        "policy": text(),
        "version": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
        "status": { "enum": ["draft", "adopted", "signed", "superseded", "reference"] },
        "binding": { "enum": [true, false, "unknown"] },
        "verdict": { "enum": with_depends },
        "outcomes": { "type": "array", "minItems": 2, "uniqueItems": true, "items": { "enum": verdicts } },
        "citations": list_of(json!({
            "clause": text(), "modality": text(), "effect": { "enum": effects }, "wording": text(), "place": text(),
            "open": { "const": true },
        }), &["open"]),
        "needs": list_of(json!({
            "from": { "enum": GIVERS }, "form": { "enum": ["any", "written"] }, "before": { "type": "boolean" }, "of": text(),
            "for": { "enum": MATTERS }, "clause": text(), "lifts_verdict": { "type": "boolean" },
        }), &["of"]),
        "duties": list_of(json!({
            "duty": text(), "to": texts(), "strength": { "enum": ["must", "should"] }, "at_once": { "type": "boolean" },
            "clause": text(),
        }), &[]),
        "questions": list_of(json!({ "fact": text(), "ask": text(), "answers": texts() }), &[]),
        "assumed": list_of(json!({ "fact": text(), "value": text() }), &[]),
        "doubts": list_of(json!({ "clause": text(), "reading": text(), "other": text() }), &[]),
        "next_step": { "type": "string", "minLength": 1 },
    });
    let ruling = required(properties, &["outcomes"]);
    let reference = json!({ "$ref": "#/$defs/ruling" });
    json!({
        "$schema": DRAFT,
        "title": "Ruling",
        "description": "What one policy version says about one situation; a list for several policies or several situations.",
        "anyOf": [reference, { "type": "array", "items": { "anyOf": [reference, { "type": "array", "items": reference }] } }],
        "$defs": { "ruling": ruling },
    })
}

fn list_of(properties: Value, optional: &[&str]) -> Value {
    json!({ "type": "array", "items": required(properties, optional) })
}

/// An object of which everything is there but what is optional, and nothing else.
fn required(properties: Value, optional: &[&str]) -> Value {
    let keys = properties.as_object().into_iter().flat_map(|map| map.keys());
    let required: Vec<&String> = keys.filter(|key| !optional.contains(&key.as_str())).collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}
