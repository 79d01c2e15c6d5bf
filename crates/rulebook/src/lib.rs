//! What a policy says: reading a pack of chapters, and ruling on situations.
//!
//! For: answering "may I ...?" from a policy whose document is the program. Promises: pure (no files, clock, database,
//! network); every fault of a pack or a situation with its place, all of them at once; exact answers over finite facts, of
//! which each may be unknown; the same answer whatever the order of clauses. Does not: know any one school, keep anything,
//! or say more than the policy says.

mod answer;
mod cases;
mod chapter;
mod compare;
mod condition;
mod coverage;
mod diagram;
mod examples;
mod facts;
mod ids;
mod lint;
mod outlook;
mod permission;
mod policy;
mod profile;
mod ruling;
mod schema;
mod situation;
mod telling;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(all(test, feature = "smt"))]
mod tests;
mod tree;
mod vocabulary;
mod weighing;
mod witness;
mod words;

pub use chapter::{Clause, Doubt};
pub use compare::{Asked, Change, Comparison, Difference, Flip, NotCompared, SettingChange, compare, flips};
pub use coverage::{ClauseCoverage, Coverage, EXAMPLES_MIN, Missing, Planned, RuleAt, coverage};
pub use examples::{ExampleFailure, ExampleReport};
pub use lint::{Finding, LINTS, lint};
pub use outlook::Outlook;
pub use policy::{Choices, Hours, Policy, Status, faults_of_some, hash, read, read_adopted, renamed};
pub use ruling::{
    Assumption, Binding, Citation, DoubtShown, Duty, DutyStrength, Effect, Need, Question, Ruling, Verdict,
};
pub use schema::{ruling_schema, situation_schema};
pub use situation::{Batch, Situation};
pub use telling::{Told, Worked};
pub use vocabulary::{Act, Domain, FactView, Vocabulary};
pub use witness::{Agreement, Disagreement, Much, Witness};

/// A file of a pack: its name as a person would say it (relative to the pack) and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name shown in faults, such as `02-contact.md`.
    pub name: String,
    /// The whole text, UTF-8.
    pub text: String,
}

impl File {
    /// A file from its name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> File {
        File { name: name.into(), text: text.into() }
    }
}

/// Bytes as text. `name` stands in the fault.
///
/// # Errors
/// The place of the first byte that is not UTF-8.
pub fn text<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        Places::new(name, &before).fault(before.len(), "this is not UTF-8 text; save it as UTF-8")
    })
}

/// Something wrong in outside data, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Fault {
    /// The file, or the name under which the text was given.
    pub file: String,
    /// Line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Dotted path of the fact or key, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is wrong and what was expected, in the words of the person who wrote the file.
    pub said: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: ", self.file)?,
            line => write!(f, "{}:{line}:{}: ", self.file, self.column)?,
        }
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.said)
    }
}

/// Turns byte offsets of one text into places.
pub(crate) struct Places<'a> {
    file: &'a str,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Places<'a> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Places { file, text, starts }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Line and column (both from 1) of a byte offset.
    pub(crate) fn at(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let mut end = offset;
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        (line, self.text[start..end.max(start)].chars().count() + 1)
    }

    /// Byte offset of a line and a byte column (both from 1).
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        (start + column.saturating_sub(1)).min(self.text.len())
    }

    pub(crate) fn fault(&self, offset: usize, said: impl Into<String>) -> Fault {
        let (line, column) = self.at(offset);
        Fault { file: self.file.to_owned(), line, column, path: None, said: said.into() }
    }
}
