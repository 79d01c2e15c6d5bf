//! Imports go one way. The order is ARCHITECTURE.md's, and this list is where it is kept.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::{self, Source};

/// The modules of the app: each may use those before it, and itself.
const ORDER: &[&str] = &[
    "config",
    "clock",
    "error",
    "queue",
    "access",
    "app",
    "web",
    "people",
    "roster",
    "policies",
    "permissions",
    "registers",
    "advisor",
    "desk",
    "concerns",
    "monitoring",
    "retention",
    "assurance",
    "home",
    "demo",
    "routes",
    "jobs",
    "cli",
];
const APP: &str = "crates/schoolgate/src/";

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == module)
}

/// The module of the app that a file belongs to; `None` for `lib.rs` and `main.rs`, which see everything.
fn module_of(source: &Source) -> Option<&str> {
    let inside = source.path.strip_prefix(APP)?;
    let module = inside.split('/').next()?.trim_end_matches(".rs");
    (source.is_rust() && module != "lib" && module != "main").then_some(module)
}

#[test]
fn no_module_uses_one_that_comes_after_it() {
    source::none(source::all().iter().flat_map(arrows_back));
    let bad = "use crate::desk::draft; use crate::{people, advisor::{self, ask}};\nfn a() { b!(crate::cli::run()); crate::config::c(); }";
    source::refuses(arrows_back(&Source::new("crates/schoolgate/src/roster/mod.rs", bad)), 3);
}

fn arrows_back(source: &Source) -> Vec<String> {
    let Some(module) = module_of(source) else { return Vec::new() };
    let Some(own) = place(module) else {
        return vec![format!("{}: `{module}` has no place in the order: see tests/tidy/arrows.rs", source.path)];
    };
    let tokens: TokenStream = source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let mut used = Vec::new();
    modules_used(tokens, &mut used);
    used.into_iter()
        .filter(|(name, _)| place(name).is_some_and(|other| other > own))
        .map(|(name, line)| format!("{}:{line}: `{module}` may not use `{name}`, which comes after it", source.path))
        .collect()
}

/// Each `crate::name`, also from `use crate::{a, b::c}` and inside macros, with its line.
fn modules_used(tokens: TokenStream, used: &mut Vec<(String, usize)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            modules_used(group.stream(), used);
        }
        let is_crate = matches!(token, TokenTree::Ident(word) if word == "crate");
        if !is_crate || !is_colon(tokens.get(at + 1)) || !is_colon(tokens.get(at + 2)) {
            continue;
        }
        match tokens.get(at + 3) {
            Some(TokenTree::Ident(word)) => used.push((word.to_string(), word.span().start().line)),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => branches(group.stream(), used),
            _ => {}
        }
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

/// The first word of each branch of `{a, b::{c, d}}`.
fn branches(tokens: TokenStream, used: &mut Vec<(String, usize)>) {
    let mut at_start = true;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if at_start => {
                used.push((word.to_string(), word.span().start().line));
                at_start = false;
            }
            TokenTree::Punct(punct) => at_start = punct.as_char() == ',',
            _ => at_start = false,
        }
    }
}

#[test]
fn queries_are_private_to_their_folder() {
    source::none(source::all().iter().flat_map(foreign_queries));
    source::refuses(
        foreign_queries(&Source::new("crates/schoolgate/src/desk/mod.rs", "use crate::roster::queries;")),
        1,
    );
    source::refuses(
        foreign_queries(&Source::new("crates/schoolgate/src/desk/mod.rs", "pub mod queries;\nmod queries;")),
        1,
    );
}

fn foreign_queries(source: &Source) -> Vec<String> {
    let Some(own) = module_of(source) else { return Vec::new() };
    let found = source.text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim();
        let opened = line.starts_with("pub") && line.ends_with("mod queries;");
        opened || (line.contains("::queries") && line.contains("crate::") && !line.contains(&format!("crate::{own}::")))
    });
    found
        .map(|(at, _)| {
            format!("{}:{}: `queries` is private to its folder: call a verb of its `mod.rs`", source.path, at + 1)
        })
        .collect()
}

#[test]
fn pages_write_only_through_verbs() {
    source::none(source::all().iter().flat_map(writing_pages));
    source::refuses(
        writing_pages(&Source::new(
            "crates/schoolgate/src/desk/pages.rs",
            "use super::queries;\nfn a() { db.write(s) }",
        )),
        2,
    );
}

fn writing_pages(source: &Source) -> Vec<String> {
    if module_of(source).is_none() || source.name() != "pages.rs" {
        return Vec::new();
    }
    let banned = ["queries::save", "super::queries", "db.write(", ".commit("];
    let lines = source.text.lines().enumerate();
    lines
        .filter(|(_, line)| banned.iter().any(|word| line.contains(word)))
        .map(|(at, _)| format!("{}:{}: a page calls one verb; it never writes by itself", source.path, at + 1))
        .collect()
}
