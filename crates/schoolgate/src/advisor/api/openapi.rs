//! The description of the interface, OpenAPI 3.1: made from the vocabulary, so that it cannot be behind it.

use rulebook::{FactView, Verdict, Vocabulary};
use serde_json::{Map, Value, json};

use super::{BODY_BYTES_MAX, SITUATIONS_MAX};

/// Longest name of a service, as the reader of situations has it.
const SERVICE_NAME_MAX: usize = 100;
/// Permissions in one situation, as the reader of situations has it.
const PERMISSIONS_MAX: usize = 64;

pub(super) fn description(vocabulary: &Vocabulary, server: &str) -> Value {
    let server = server.trim_end_matches('/');
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Schoolgate: rulings",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What a school's social media policy in force says about a situation.",
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": {
            "/api/v1/rulings": {"post": rulings()},
            "/api/v1/openapi.json": {"get": {
                "operationId": "describe",
                "summary": "This description.",
                "security": [],
                "responses": {"200": answer("The description.", "application/json", json!({"type": "object"}))},
            }},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Situation": situation(vocabulary),
                "Ruling": ruling(),
                "Problem": problem(),
            },
        },
    })
}

fn rulings() -> Value {
    let one_or_list = |name: &str, list: Value| json!({"oneOf": [named(name), list]});
    let situations = json!({"type": "array", "items": named("Situation"), "maxItems": SITUATIONS_MAX});
    let rulings = json!({"type": "array", "items": named("Ruling")});
    let failed = |said: &str| answer(said, "application/problem+json", named("Problem"));
    json!({
        "operationId": "rule",
        "summary": "Rulings on one situation, or on each of a list.",
        "description": format!("At most {SITUATIONS_MAX} situations and {BODY_BYTES_MAX} bytes. Nothing of them is kept."),
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": one_or_list("Situation", situations)}},
        },
        "responses": {
            "200": answer("One ruling, or a list in the order of the situations.", "application/json",
                one_or_list("Ruling", rulings)),
            "400": failed("The body broke off."),
            "401": failed("There is no key, or it is not in use."),
            "409": failed("The school has no policy in force."),
            "413": failed("Too large, or too many situations."),
            "415": failed("The body is not JSON."),
            "422": failed("The situations cannot be read; every fault is told with its place."),
            "429": failed("Too fast; `Retry-After` says when to come back."),
            "500": failed("A fault of Schoolgate's."),
            "503": failed("Not available just now."),
        },
    })
}

fn answer(said: &str, kind: &str, schema: Value) -> Value {
    json!({"description": said, "content": {kind: {"schema": schema}}})
}

fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Every fact of the vocabulary in its place, with the question that a person is asked for it.
fn situation(vocabulary: &Vocabulary) -> Value {
    let mut root = Map::new();
    let names: Vec<&str> = vocabulary.acts().iter().map(|act| act.name.as_str()).collect();
    root.insert("act".to_owned(), json!({"enum": names, "description": "What the person is about to do."}));
    let date = json!({"type": "string", "format": "date"});
    root.insert("asked_on".to_owned(), json!({"oneOf": [date, {"const": "unknown"}]}));
    root.insert("permissions".to_owned(), permissions(vocabulary));
    for question in vocabulary.questions().iter().filter(|question| !question.ask.is_empty()) {
        put(&mut root, &question.path, fact(question));
    }
    put(&mut root, "service.name", json!({"type": "string", "maxLength": SERVICE_NAME_MAX}));
    let mut schema = object(root);
    schema["required"] = json!(["actor", "act"]);
    schema["properties"]["actor"]["required"] = json!(["roles"]);
    schema["description"] =
        json!("What somebody is about to do, as far as it is known. A key that is left out has its default.");
    schema
}

fn fact(question: &FactView) -> Value {
    let values: Vec<&str> = question.answers.iter().map(|(value, _)| value.as_str()).collect();
    let is_bool = values == ["true", "false"];
    let mut schema = if question.is_set {
        json!({"oneOf": [
            {"type": "array", "items": {"enum": with_unknown(&values)}},
            {"const": "unknown"},
        ]})
    } else if is_bool {
        json!({"enum": [true, false, "unknown"]})
    } else if values.is_empty() {
        json!({"oneOf": [{"type": "integer", "minimum": 0, "maximum": 120}, {"const": "unknown"}]})
    } else {
        json!({"enum": with_unknown(&values)})
    };
    schema["description"] = json!(question.ask);
    schema
}

fn with_unknown<'v>(values: &[&'v str]) -> Vec<&'v str> {
    values.iter().copied().chain(["unknown"]).collect()
}

fn permissions(vocabulary: &Vocabulary) -> Value {
    let people = vocabulary.question("content.refers_to").map(|question| question.answers).unwrap_or_default();
    let concerned: Vec<&str> =
        std::iter::once("school").chain(people.iter().map(|(value, _)| value.as_str())).collect();
    let flag = || json!({"enum": [true, false, "unknown"]});
    let one_of = |values: &[&str]| json!({"enum": with_unknown(values)});
    let item = json!({
        "type": "object",
        "required": ["from", "form", "for"],
        "additionalProperties": false,
        "properties": {
            "from": one_of(&["headteacher", "person", "parent", "senior-leaders", "express"]),
            "form": one_of(&["oral", "written"]),
            "for": one_of(&["refer", "show", "name", "logo", "publication", "own-phone", "channel"]),
            "before": flag(),
            "of": one_of(&concerned),
            "covers": one_of(&["all", "some"]),
            "withdrawn": flag(),
            "until": {"oneOf": [{"type": "string", "format": "date"}, {"const": "unknown"}]},
        },
    });
    json!({
        "description": "The permissions on record.",
        "oneOf": [
            {"type": "array", "maxItems": PERMISSIONS_MAX, "items": {"oneOf": [item, {"const": "unknown"}]}},
            {"const": "unknown"},
        ],
    })
}

/// Puts a schema at a dotted path of objects.
fn put(object: &mut Map<String, Value>, path: &str, schema: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), schema);
        }
        Some((first, rest)) => {
            let inner = object.entry(first.to_owned()).or_insert_with(|| self::object(Map::new()));
            if let Some(inner) = inner["properties"].as_object_mut() {
                put(inner, rest, schema);
            }
        }
    }
}

fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn ruling() -> Value {
    let text = || json!({"type": "string"});
    let flag = || json!({"type": "boolean"});
    let verdicts: Vec<&str> = Verdict::SCALE.into_iter().map(Verdict::name).collect();
    let all: Vec<&str> = verdicts.iter().copied().chain([Verdict::Depends.name()]).collect();
    let list = |required: &[&str], properties: Value| {
        let item = json!({
            "type": "object", "required": required, "additionalProperties": false, "properties": properties,
        });
        json!({"type": "array", "items": item})
    };
    let effects =
        ["decides", "also-applies", "lifted", "permits", "duty", "right", "reminder", "defines", "consequence"];
    let properties = json!({
        "policy": text(),
        "version": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "status": {"enum": ["draft", "adopted", "signed", "superseded", "reference"]},
        "binding": {"enum": [true, false, "unknown"]},
        "verdict": {"enum": all},
        "outcomes": {"type": "array", "items": {"enum": verdicts}},
        "citations": list(&["clause", "modality", "effect", "wording", "place"], json!({
            "clause": text(), "modality": text(), "effect": {"enum": effects}, "wording": text(), "place": text(),
            "open": flag(),
        })),
        "needs": list(&["from", "form", "before", "for", "clause", "lifts_verdict"], json!({
            "from": text(), "form": {"enum": ["any", "written"]}, "before": flag(), "of": text(), "for": text(),
            "clause": text(), "lifts_verdict": flag(),
        })),
        "duties": list(&["duty", "to", "strength", "at_once", "clause"], json!({
            "duty": text(), "to": {"type": "array", "items": text()}, "strength": {"enum": ["must", "should"]},
            "at_once": flag(), "clause": text(),
        })),
        "questions": list(&["fact", "ask", "answers"], json!({
            "fact": text(), "ask": text(), "answers": {"type": "array", "items": text()},
        })),
        "assumed": list(&["fact", "value"], json!({"fact": text(), "value": text()})),
        "doubts": list(&["clause", "reading", "other"], json!({"clause": text(), "reading": text(), "other": text()})),
        "next_step": text(),
    });
    let required = [
        "policy",
        "version",
        "status",
        "binding",
        "verdict",
        "citations",
        "needs",
        "duties",
        "questions",
        "assumed",
        "doubts",
        "next_step",
    ];
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

fn problem() -> Value {
    let fault = json!({
        "type": "object",
        "required": ["line", "column", "path", "said"],
        "additionalProperties": false,
        "properties": {
            "line": {"type": "integer", "minimum": 0},
            "column": {"type": "integer", "minimum": 0},
            "path": {"type": ["string", "null"]},
            "said": {"type": "string"},
        },
    });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "additionalProperties": false,
        "properties": {
            "type": {"const": "about:blank"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "faults": {"type": "array", "items": fault},
        },
    })
}
