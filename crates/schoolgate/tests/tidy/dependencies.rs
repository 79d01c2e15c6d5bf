//! What we build on: licences, banned crates, where they come from, and which of our crates may use which.
//!
//! The lists are those of `deny.toml`, so that whoever has cargo-deny checks the same.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::source;

/// The star: the leaves know nothing of each other.
const LEAVES: &[&str] = &["rulebook", "screening", "store", "channels", "papers"];

/// Crates that only one of ours may name outside tests.
const RESERVED: &[(&str, &str)] = &[
    ("sqlx", "store"),
    ("chacha20poly1305", "store"),
    ("ed25519-dalek", "store"),
    ("ct-merkle", "store"),
    ("reqwest", "channels"),
    ("axum", "schoolgate"),
];

/// What the two pure crates may not have: they read text and give answers.
const IMPURE: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "getrandom", "rand"];

/// The packages that are built here, as cargo resolves them; nothing is fetched.
fn packages() -> &'static [Value] {
    static METADATA: OnceLock<Vec<Value>> = OnceLock::new();
    METADATA.get_or_init(|| {
        let host = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo says its host");
        let host = String::from_utf8(host.stdout).expect("text");
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host line");
        let asked = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
            .current_dir(source::top())
            .output()
            .expect("cargo metadata runs");
        assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
        let said: Value = serde_json::from_slice(&asked.stdout).expect("JSON");
        let resolved: BTreeSet<&str> =
            array(&said["resolve"]["nodes"]).filter_map(|node| node["id"].as_str()).collect();
        array(&said["packages"])
            .filter(|package| package["id"].as_str().is_some_and(|id| resolved.contains(id)))
            .cloned()
            .collect()
    })
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn deny() -> toml::Table {
    let text = std::fs::read_to_string(source::top().join("deny.toml")).expect("deny.toml");
    text.parse().expect("deny.toml is TOML")
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

#[test]
fn every_licence_is_one_that_we_may_ship() {
    let deny = deny();
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
    assert!(packages().len() > 100, "cargo metadata gave only {} packages", packages().len());
    let is_bad = |package: &&Value| !package["license"].as_str().is_some_and(|licence| may_ship(licence, &allowed));
    source::none(
        packages()
            .iter()
            .filter(is_bad)
            .map(|package| format!("{} {}: licence {}", name(package), package["version"], package["license"])),
    );
    for (licence, good) in [
        ("MIT OR GPL-3.0", true),
        ("MIT/Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("AGPL-3.0-only", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
    ] {
        assert_eq!(
            may_ship(licence, &["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]),
            good,
            "{licence}"
        );
    }
}

/// `A AND (B OR C)`: every part of an `AND` and one of an `OR` must be allowed. `/` is the old way to write `OR`.
fn may_ship(licence: &str, allowed: &[&str]) -> bool {
    let licence = licence.trim();
    if let Some(parts) = split_outside(licence, " AND ") {
        return parts.iter().all(|part| may_ship(part, allowed));
    }
    for or in [" OR ", "/"] {
        if let Some(parts) = split_outside(licence, or) {
            return parts.iter().any(|part| may_ship(part, allowed));
        }
    }
    match licence.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => may_ship(inside, allowed),
        None => allowed.contains(&licence),
    }
}

/// Splits at `word` where it stands in no bracket; `None` where it does not stand at all.
fn split_outside<'a>(text: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(word) {
        let depth = text[..at].matches('(').count() as i64 - text[..at].matches(')').count() as i64;
        if depth == 0 {
            parts.push(&text[from..at]);
            from = at + word.len();
        }
    }
    (!parts.is_empty()).then(|| {
        parts.push(&text[from..]);
        parts
    })
}

#[test]
fn no_banned_crate_is_built() {
    let deny = deny();
    let banned: Vec<&str> =
        deny["bans"]["deny"].as_array().expect("a list").iter().filter_map(|ban| ban["name"].as_str()).collect();
    assert!(banned.contains(&"openssl-sys"), "deny.toml no longer bans openssl-sys");
    source::none(
        packages()
            .iter()
            .filter(|package| banned.contains(&name(package)))
            .map(|package| format!("{} is banned in deny.toml", name(package))),
    );
}

#[test]
fn everything_comes_from_the_one_registry_or_from_here() {
    let deny = deny();
    let index = deny["sources"]["allow-registry"][0].as_str().expect("a registry");
    let strange =
        |package: &&Value| package["source"].as_str().is_some_and(|from| from.trim_start_matches("registry+") != index);
    source::none(
        packages().iter().filter(strange).map(|package| format!("{} comes from {}", name(package), package["source"])),
    );
}

#[test]
fn the_crates_form_a_star() {
    let ours = packages().iter().filter(|package| package["source"].is_null());
    let found: Vec<String> = ours.flat_map(wrong_dependencies).collect();
    source::none(found);
    let bad = serde_json::json!({ "name": "rulebook", "dependencies": [
        { "name": "store", "kind": null }, { "name": "sqlx", "kind": null }, { "name": "tokio", "kind": "dev" }, { "name": "serde", "kind": null },
    ] });
    // The store by itself, sqlx because it is the store's and once more because the rulebook is pure.
    source::refuses(wrong_dependencies(&bad), 3);
}

fn wrong_dependencies(package: &Value) -> Vec<String> {
    let own = name(package);
    // What only a check or a bench asks for by a feature is in no build of the product.
    let normal = array(&package["dependencies"])
        .filter(|dependency| dependency["kind"].is_null() && dependency["optional"] != Value::Bool(true));
    let mut found = Vec::new();
    for dependency in normal.filter_map(|dependency| dependency["name"].as_str()) {
        if LEAVES.contains(&own) && (LEAVES.contains(&dependency) || dependency == "schoolgate") {
            found.push(format!("{own} may not use {dependency}: the leaves know nothing of each other"));
        }
        if RESERVED.iter().any(|(reserved, keeper)| *reserved == dependency && *keeper != own) {
            found.push(format!("{own} may not use {dependency}: another crate keeps it"));
        }
        if matches!(own, "rulebook" | "screening") && IMPURE.contains(&dependency) {
            found.push(format!("{own} may not use {dependency}: it is pure"));
        }
    }
    found
}
