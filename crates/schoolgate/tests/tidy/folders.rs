//! Every folder says what it is for, and no file is forgotten.

use std::collections::BTreeSet;

use crate::source::{self, Source};

/// What the document at the top of a module must say; STYLE.md, rule 31.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("what it promises", &["Promises", "promises"]),
    ("what it does not do", &["Does not", "does not", "Never", "never", "Do not", "do not"]),
];

#[test]
fn every_folder_opens_with_its_three_statements() {
    let heads =
        |source: &&Source| source.is_rust() && !source.is_test() && matches!(source.name(), "mod.rs" | "lib.rs");
    source::none(source::all().iter().filter(heads).flat_map(unsaid));
    source::refuses(unsaid(&Source::new("a/mod.rs", "//! For nobody.\nfn promises_does_not() {}")), 3);
}

fn unsaid(source: &Source) -> Vec<String> {
    let said: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
    // The first sentence is what it is for.
    let is_for = said.split_whitespace().count() > 4;
    let first = (!is_for).then(|| format!("{}: no `//!` text says what it is for", source.path));
    let others = STATEMENTS
        .iter()
        .filter(|(_, any)| !any.iter().any(|word| said.contains(word)))
        .map(|(what, _)| format!("{}: the `//!` text does not say {what}", source.path));
    first.into_iter().chain(others).collect()
}

#[test]
fn every_rust_file_is_part_of_a_module() {
    source::none(forgotten(source::all()));
    let files = [
        Source::new("crates/a/src/lib.rs", "mod b;\nmod tests;"),
        Source::new("crates/a/src/b.rs", ""),
        Source::new("crates/a/src/c.rs", ""),
    ];
    source::refuses(forgotten(&files), 1);
}

/// A file that no `mod` names is never compiled, so its tests never run.
fn forgotten(all: &[Source]) -> Vec<String> {
    let named: BTreeSet<String> = all.iter().filter(|source| source.is_rust()).flat_map(modules_of).collect();
    let roots = ["lib.rs", "main.rs", "build.rs"];
    let is_root = |source: &Source| {
        let folder = source.folder();
        let own_target = ["/tests", "/benches", "/examples", "/fuzz_targets"].iter().any(|end| folder.ends_with(end))
            && folder.matches('/').count() <= 2;
        roots.contains(&source.name()) || own_target
    };
    all.iter()
        .filter(|source| source.is_rust() && !is_root(source))
        .filter(|source| !named.contains(&source.path))
        .map(|source| format!("{}: no `mod` names it, so it is never compiled", source.path))
        .collect()
}

/// The files that the `mod` lines of a file lead to, both spellings.
fn modules_of(source: &Source) -> Vec<String> {
    let stem = source.name().trim_end_matches(".rs");
    let own_folder = match stem {
        "mod" | "lib" | "main" => source.folder().to_owned(),
        _ => format!("{}/{stem}", source.folder()),
    };
    let mut found = Vec::new();
    let mut path = None;
    for line in source.text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("#[path = \"") {
            path = said.strip_suffix("\"]").map(|file| straight(&format!("{}/{file}", source.folder())));
        }
        let word = line.strip_suffix(';').and_then(|rest| rest.rsplit_once("mod ")).map(|(_, name)| name);
        let Some(name) = word.filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_')) else { continue };
        found.push(format!("{own_folder}/{name}.rs"));
        found.push(format!("{own_folder}/{name}/mod.rs"));
        found.push(format!("{}/{name}.rs", source.folder()));
        found.push(format!("{}/{name}/mod.rs", source.folder()));
        found.extend(path.take());
    }
    found
}

/// `a/b/../c` is `a/c`.
fn straight(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[test]
fn templates_stand_beside_the_pages_that_fill_them() {
    source::none(
        source::all()
            .iter()
            .filter(|source| source.path.ends_with(".html"))
            .filter_map(|page| lost_template(page, source::all())),
    );
    let lonely = Source::new("crates/schoolgate/src/desk/a.html", "");
    source::refuses(
        lost_template(&lonely, &[Source::new("crates/schoolgate/src/people/pages.rs", "\"people/b.html\"")]),
        1,
    );
}

/// A template is named by a Rust file or a template, and by none outside its own folder except the parts in `web/`.
fn lost_template(page: &Source, all: &[Source]) -> Option<String> {
    if !page.path.starts_with("crates/schoolgate/src/") {
        return page
            .path
            .starts_with("crates/")
            .then(|| format!("{}: templates live in crates/schoolgate/src", page.path));
    }
    let name = page.name();
    let beside = |source: &&Source| {
        source.path != page.path
            && (source.folder() == page.folder() || page.folder().ends_with("/web") || page.folder().contains("/web/"))
    };
    let quoted = [format!("\"{name}\""), format!("/{name}\"")];
    let is_named =
        all.iter().filter(beside).any(|source| quoted.iter().any(|text| source.text.contains(text.as_str())));
    (!is_named).then(|| format!("{}: nothing in its folder fills it", page.path))
}

#[test]
fn snapshots_belong_to_a_test_that_is_still_there() {
    source::none(source::all().iter().filter(|source| source.path.ends_with(".snap")).filter_map(orphan));
    source::refuses(orphan(&Source::new("a/snapshots/x.snap", "---\nsource: crates/nowhere/src/no.rs\n---\n")), 1);
}

fn orphan(snapshot: &Source) -> Option<String> {
    let from = snapshot.text.lines().find_map(|line| line.strip_prefix("source: "))?;
    (!source::top().join(from.trim_matches('"')).is_file())
        .then(|| format!("{}: its test `{from}` is gone", snapshot.path))
}
