//! The files of the repository, read once, and how a broken rule is reported.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A text file that git knows, or would take in with the next `git add`.
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Its `mod` line stands under `#[cfg(test)]`.
    is_for_tests: bool,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), is_for_tests: false }
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Test code: integration tests, a folder's `tests.rs` or `tests/`, benches, and what only tests use.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        self.is_for_tests
            || matches!(self.name(), "tests.rs" | "testing.rs")
            || parts.any(|part| matches!(part, "tests" | "benches" | "fuzz" | "examples"))
    }
}

pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository's folder")
}

/// Every text file of the repository. Binary files are left out.
pub(crate) fn all() -> &'static [Source] {
    static ALL: OnceLock<Vec<Source>> = OnceLock::new();
    ALL.get_or_init(read_all)
}

fn read_all() -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(top())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let paths = String::from_utf8(listed.stdout).expect("file names in UTF-8");
    let read = |path: &str| {
        let bytes = std::fs::read(top().join(path)).ok()?;
        String::from_utf8(bytes).ok().map(|text| Source::new(path, &text))
    };
    let mut all: Vec<Source> = paths.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect();
    let named: Vec<String> = all.iter().flat_map(test_modules).collect();
    all.iter_mut().for_each(|source| source.is_for_tests = named.contains(&source.path));
    assert!(
        all.iter().any(|source| source.path == "crates/schoolgate/src/main.rs"),
        "the list of files is not this project's"
    );
    all
}

/// Files whose `mod` line follows a `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.name() {
        "lib.rs" | "mod.rs" | "main.rs" => source.folder().to_owned(),
        _ => source.path.trim_end_matches(".rs").to_owned(),
    };
    let mut lines = source.text.lines().map(str::trim);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]"
            && let Some((_, name)) =
                lines.next().and_then(|next| next.strip_suffix(';')).and_then(|rest| rest.rsplit_once("mod "))
        {
            found.push(format!("{folder}/{name}.rs"));
            found.push(format!("{folder}/{name}/mod.rs"));
        }
    }
    found
}

/// Fails with every finding, one a line.
#[track_caller]
pub(crate) fn none(found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

/// A rule must refuse its bad sample, in exactly so many places.
#[track_caller]
pub(crate) fn refuses(found: impl IntoIterator<Item = String>, times: usize) {
    let found: Vec<String> = found.into_iter().collect();
    assert_eq!(found.len(), times, "the rule found: {found:#?}");
}
