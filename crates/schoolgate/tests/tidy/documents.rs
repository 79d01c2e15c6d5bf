//! What README and its neighbours say must be so.

use std::collections::BTreeSet;

use crate::source::{self, Source};

fn text(path: &str) -> &'static str {
    source::all()
        .iter()
        .find(|source| source.path == path)
        .map_or_else(|| panic!("{path} is missing"), |source| &source.text)
}

fn makefile_targets(makefile: &str) -> BTreeSet<&str> {
    let names = makefile.lines().filter(|line| !line.starts_with(['\t', ' ', '.', '#']));
    names
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect()
}

#[test]
fn the_commands_in_the_documents_are_there() {
    let makefile = text("Makefile");
    let documents =
        source::all().iter().filter(|source| source.path.ends_with(".md") && !source.path.starts_with("policies/"));
    source::none(documents.flat_map(|document| unknown_commands(document, makefile)));
    source::refuses(
        unknown_commands(
            &Source::new("README.md", "run `make demmo`\n    make test\n```\n$ make nothing\n```\n"),
            "test: ## all\n\ttrue\n",
        ),
        2,
    );
}

/// Each `make name` in code: between backticks or on a line of its own.
fn unknown_commands(document: &Source, makefile: &str) -> Vec<String> {
    let known = makefile_targets(makefile);
    let mut found = Vec::new();
    for (at, line) in document.text.lines().enumerate() {
        let in_backticks = line.split('`').skip(1).step_by(2);
        let whole = line.trim_start().trim_start_matches("$ ");
        for code in in_backticks.chain([whole]) {
            let Some(rest) = code.strip_prefix("make ") else { continue };
            let name = rest.split([' ', '#']).next().unwrap_or_default();
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            // Prose such as "make sure" is no command: only code in backticks or a line that is nothing else counts.
            let is_command = code != whole || line.starts_with("    ") || line.starts_with("$ ") || rest == name;
            if is_name && is_command && !known.contains(name) {
                found.push(format!("{}:{}: `make {name}` is not in the Makefile", document.path, at + 1));
            }
        }
    }
    found
}

#[test]
fn the_readme_has_the_two_commands() {
    for command in ["make demo", "make test"] {
        assert!(text("README.md").contains(command), "README.md does not say `{command}`");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let documents =
        source::all().iter().filter(|source| source.path.ends_with(".md") && !source.path.starts_with("policies/"));
    source::none(documents.flat_map(dead_links));
    source::refuses(
        dead_links(&Source::new("README.md", "[a](nowhere.md) [b](https://a.test) [c](Makefile) [d](#part)")),
        1,
    );
}

fn dead_links(document: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in document.text.lines().enumerate() {
        for rest in line.split("](").skip(1) {
            let link = rest.split([')', '#']).next().unwrap_or_default();
            let elsewhere = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
            if !elsewhere && !source::top().join(document.folder()).join(link).exists() {
                found.push(format!("{}:{}: `{link}` leads nowhere", document.path, at + 1));
            }
        }
    }
    found
}

#[test]
fn the_changelog_has_a_place_for_what_is_new() {
    assert!(has_unreleased(text("CHANGELOG.md")), "CHANGELOG.md needs `## Unreleased` with at least one line");
    assert!(!has_unreleased("# Changes\n\n## Unreleased\n\n## 0.1.0\n- a\n"));
}

fn has_unreleased(changelog: &str) -> bool {
    let after = changelog.lines().skip_while(|line| *line != "## Unreleased").skip(1);
    after.take_while(|line| !line.starts_with("## ")).any(|line| line.starts_with("- "))
}

#[test]
fn decisions_are_dated_and_short() {
    let notes = source::all().iter().filter(|source| source.path.starts_with("docs/decisions/"));
    source::none(notes.filter_map(long_decision));
    source::refuses(long_decision(&Source::new("docs/decisions/soon.md", &"\n".repeat(41))), 1);
}

fn long_decision(note: &Source) -> Option<String> {
    let dated = note.name().split('-').take(2).all(|part| part.chars().all(|c| c.is_ascii_digit()));
    let short = note.text.lines().count() <= 40;
    (!dated || !short).then(|| format!("{}: a decision is named `2026-11-what.md` and has at most 40 lines", note.path))
}
