//! The JSON Schemas: what the readers take fits, what they refuse does not, and every ruling fits its own.
//!
//! The checker below knows just the keywords that the schemas use, and refuses any other, so nothing goes unchecked.

use rulebook::Situation;
use rulebook::testing::{PACKS, TODAY, file, policies, shipped, vocabulary};
use serde_json::{Value, json};

fn examples() -> Vec<Value> {
    let text = file(&policies().join("worked-examples.json")).text;
    let examples: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(examples.len(), 80);
    examples
}

/// Whether a value fits a schema of this document.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { panic!("{schema} is no schema") };
    keywords.iter().all(|(keyword, said)| keyword_fits(document, schema, (keyword, said), value))
}

fn keyword_fits(document: &Value, schema: &Value, (keyword, said): (&str, &Value), value: &Value) -> bool {
    let count = |said: &Value| said.as_u64().expect("a number") as usize;
    let all = |said: &Value| said.as_array().expect("a list").clone();
    let items = value.as_array();
    match keyword {
        "$schema" | "title" | "description" | "$defs" => true,
        "$ref" => fits(
            document,
            document.pointer(said.as_str().expect("text").trim_start_matches('#')).expect("a place"),
            value,
        ),
        "anyOf" => all(said).iter().any(|way| fits(document, way, value)),
        "enum" => all(said).contains(value),
        "const" => said == value,
        "type" => match said.as_str().expect("text") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            other => panic!("the type {other} is not known here"),
        },
        "minimum" => value.as_i64().is_none_or(|n| n >= said.as_i64().expect("a number")),
        "maximum" => value.as_i64().is_none_or(|n| n <= said.as_i64().expect("a number")),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= count(said)),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() <= count(said)),
        "minItems" => items.is_none_or(|items| items.len() >= count(said)),
        "maxItems" => items.is_none_or(|items| items.len() <= count(said)),
        "uniqueItems" => items.is_none_or(|items| (1..items.len()).all(|n| !items[..n].contains(&items[n]))),
        "items" => items.is_none_or(|items| items.iter().all(|item| fits(document, said, item))),
        "pattern" => value.as_str().is_none_or(|text| pattern_fits(said.as_str().expect("text"), text)),
        "required" => value
            .as_object()
            .is_none_or(|map| all(said).iter().all(|key| map.contains_key(key.as_str().expect("text")))),
        "properties" => value.as_object().is_none_or(|map| {
            map.iter().all(|(key, inner)| said.get(key).is_none_or(|schema| fits(document, schema, inner)))
        }),
        "additionalProperties" => {
            assert_eq!(said, &json!(false));
            value.as_object().is_none_or(|map| map.keys().all(|key| schema["properties"].get(key).is_some()))
        }
        other => panic!("the keyword {other} is not known here"),
    }
}

/// The two patterns that the schemas use.
fn pattern_fits(pattern: &str, text: &str) -> bool {
    let are = |text: &str, len: usize, of: fn(&u8) -> bool| text.len() == len && text.as_bytes().iter().all(of);
    match pattern {
        "^[0-9a-f]{64}$" => are(text, 64, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.len() == 3 && parts.iter().zip([4, 2, 2]).all(|(part, len)| are(part, len, u8::is_ascii_digit))
        }
        other => panic!("the pattern {other} is not known here"),
    }
}

#[test]
fn every_worked_example_fits_and_so_does_every_ruling() {
    let vocabulary = vocabulary();
    let (situation_schema, ruling_schema) = (rulebook::situation_schema(&vocabulary), rulebook::ruling_schema());
    let examples = examples();
    let situations: Vec<Value> = examples.iter().map(|example| example["situation"].clone()).collect();
    for situation in &situations {
        assert!(fits(&situation_schema, &situation_schema, situation), "{situation}");
    }
    assert!(fits(&situation_schema, &situation_schema, &json!(situations)));
    for id in PACKS {
        let policy = shipped(&vocabulary, id);
        for situation in &situations {
            let read =
                Situation::read_json(&vocabulary, "example", &situation.to_string(), TODAY).expect("a situation");
            let ruling = serde_json::to_value(policy.rule(&read.situations[0])).expect("a ruling");
            assert!(fits(&ruling_schema, &ruling_schema, &ruling), "{id} {situation}: {ruling}");
            assert!(fits(&ruling_schema, &ruling_schema, &json!([ruling])));
        }
    }
}

#[test]
fn what_the_reader_refuses_does_not_fit() {
    let vocabulary = vocabulary();
    let schema = rulebook::situation_schema(&vocabulary);
    let good = json!({"act": "post", "actor": {"roles": ["teacher"]}, "content": {"shows": ["pupil", "unknown"]},
        "target": {"age": "unknown"}, "permissions": [{"from": "parent", "form": "written", "for": "show"}, "unknown"]});
    let check = |change: &str, value: Value| {
        let mut bad = good.clone();
        match change.rsplit_once('/') {
            Some((parent, key)) => bad.pointer_mut(parent).expect("a place")[key] = value,
            None => bad = value,
        }
        let is_read = Situation::read_json(&vocabulary, "case", &bad.to_string(), TODAY).is_ok();
        (is_read, fits(&schema, &schema, &bad))
    };
    assert_eq!(check("/act", json!("post")), (true, true));
    assert_eq!(check("/asked_on", json!("2026-11-21")), (true, true));
    assert_eq!(check("/time", json!("unknown")), (true, true));
    let bad = [
        ("/act", json!("dance")),
        ("/nobody", json!(1)),
        ("/actor/roles", json!(["teacher", "wizard"])),
        ("/actor/roles", json!("teacher")),
        ("/actor/roles", json!([])),
        ("/target/relations", json!([])),
        ("/target/age", json!("twelve")),
        ("/target/age", json!(400)),
        ("/time", json!(["outside"])),
        ("/in_doubt", json!("yes")),
        ("/content/shows", json!(["dog"])),
        ("/content/depth", json!({})),
        ("/asked_on", json!("tomorrow")),
        ("/permissions/0/from", json!("queen")),
        ("/permissions/0/signed", json!(true)),
        ("/permissions", json!({})),
        ("", json!("post")),
        ("", json!({"act": "post"})),
        ("", json!({"actor": {"roles": ["teacher"]}})),
    ];
    for (change, value) in bad {
        assert_eq!(check(change, value.clone()), (false, false), "{change} {value}");
    }
}

#[test]
fn a_ruling_with_something_missing_or_more_does_not_fit() {
    let vocabulary = vocabulary();
    let schema = rulebook::ruling_schema();
    let read = Situation::read_json(&vocabulary, "case", r#"{"act": "post", "actor": {"roles": ["teacher"]}}"#, TODAY);
    let ruling = shipped(&vocabulary, "westacre").rule(&read.expect("a situation").situations[0]);
    let good = serde_json::to_value(ruling).expect("a ruling");
    assert!(fits(&schema, &schema, &good));
    for (key, value) in
        [("verdict", json!("perhaps")), ("version", json!("1")), ("extra", json!(1)), ("needs", json!({}))]
    {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!fits(&schema, &schema, &bad), "{key}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().expect("an object").remove("next_step");
    assert!(!fits(&schema, &schema, &bad));
}

/// The files beside the packs are those that the vocabulary gives; `schoolgate policy schema` writes them.
#[test]
fn the_shipped_schemas_are_those_of_the_vocabulary() {
    let kept = |name: &str| -> Value { serde_json::from_str(&file(&policies().join(name)).text).expect("JSON") };
    assert_eq!(kept("situation.schema.json"), rulebook::situation_schema(&vocabulary()));
    assert_eq!(kept("ruling.schema.json"), rulebook::ruling_schema());
}
