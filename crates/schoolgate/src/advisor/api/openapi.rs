//! The description of the interface, OpenAPI 3.1. Situations and rulings are described once, by the schemas that the rulebook
//! makes from the vocabulary and `schoolgate policy schema` writes out; this document holds the same.

use rulebook::Vocabulary;
use serde_json::{Value, json};

use super::{BODY_BYTES_MAX, SITUATIONS_MAX};

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
                "Situation": one(rulebook::situation_schema(vocabulary), "situation"),
                "Ruling": one(rulebook::ruling_schema(), "ruling"),
                "Problem": problem(),
            },
        },
    })
}

/// The schema of one, out of a document that takes one or many.
fn one(mut document: Value, name: &str) -> Value {
    document["$defs"][name].take()
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
