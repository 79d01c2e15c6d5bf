//! The `schoolgate policy` commands, for the people who write policies; `schoolgate school policy`, for whoever runs the place.

pub mod copy;
pub mod coverage;
pub mod diff;
pub mod lint;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rulebook::{Fault, Policy};

use super::{in_folder, packs, shipped};
use crate::app::App;
use crate::error::Result;
use crate::people::command::{Which, school};

/// Which policy to put in force, and where.
#[derive(Args)]
pub struct NewPolicy {
    #[command(flatten)]
    school: Which,
    /// A shipped pack, or a folder with one
    #[arg(long, value_name = "NAME|FOLDER")]
    policy: String,
}

/// Puts a policy in force from now on.
pub async fn put_in_force(app: &App, given: NewPolicy) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    let policy = super::put_named_in_force(app, school, &given.policy).await?;
    Ok(vec![format!("{}  {}, in force from now on", policy.version, policy.title)])
}

/// What a command says, and how it went.
pub struct Said {
    pub lines: Vec<String>,
    pub ended: Ended,
}

/// How a command went; of several policies, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    Yes,
    /// What was given is in order, and the answer is no.
    No,
    /// What was given is wrong.
    Wrong,
}

/// How a command writes what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// One fact a line, each with its name in front.
    Plain,
    Json,
}

/// What a command found.
pub struct Found {
    /// The whole text for standard output.
    pub text: String,
    /// Whether the answer is yes: everything shown, nothing amiss.
    pub is_yes: bool,
}

/// Packs by shipped names or folders; `all` means every shipped one.
///
/// # Errors
/// Every fault of every pack.
pub fn all_named(names: &[String]) -> Result<Vec<Arc<Policy>>, Vec<Fault>> {
    let all = || packs::NAMES.iter().map(|name| (*name).to_owned()).collect();
    let names = names.iter().flat_map(|name| if name == "all" { all() } else { vec![name.clone()] });
    let (mut read, mut faults) = (vec![], vec![]);
    for name in names {
        match named(&name) {
            Ok(policy) => read.push(policy),
            Err(mut found) => faults.append(&mut found),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// What a JSON Schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaOf {
    Situation,
    Ruling,
}

/// The JSON Schema of a situation or of a ruling.
///
/// # Errors
/// That the shipped vocabulary cannot be read.
pub fn schema(of: SchemaOf) -> Result<Found, Vec<Fault>> {
    let schema = match of {
        SchemaOf::Ruling => rulebook::ruling_schema(),
        SchemaOf::Situation => {
            let vocabulary = super::vocabulary().map_err(|error| vec![fault("vocabulary", error.chain())])?;
            rulebook::situation_schema(vocabulary)
        }
    };
    Ok(Found { text: json(&[schema]), is_yes: true })
}

/// One document: what was found of the one policy, or a list where there are several.
fn json<T: serde::Serialize>(found: &[T]) -> String {
    let text = match found {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    // Only maps with keys that are no texts fail, and there are none.
    text.unwrap_or_default() + "\n"
}

/// A pack by its shipped name, or the folder it lies in.
///
/// # Errors
/// Every fault of every file, or that there is no such pack.
pub fn named(name: &str) -> std::result::Result<Arc<Policy>, Vec<Fault>> {
    if packs::NAMES.contains(&name) {
        return shipped(name).map_err(|error| vec![fault(name, error.chain())]);
    }
    if Path::new(name).is_dir() {
        return in_folder(Path::new(name)).map(Arc::new);
    }
    let said = format!("no such pack and no such folder; shipped are {}, or `all`", packs::NAMES.join(", "));
    Err(vec![fault(name, said)])
}

fn fault(name: &str, said: String) -> Fault {
    Fault { file: name.to_owned(), line: 0, column: 0, path: None, said }
}

/// Reads packs and says every fault, or what was read.
pub fn check(folders: &[PathBuf]) -> Said {
    each(folders, |name, policy| {
        let line = format!("{name}: {} clauses, no faults (version {})", policy.clauses.len(), &policy.version[..12]);
        (vec![line], Ended::Yes)
    })
}

/// Runs the examples in the chapters.
pub fn test(folders: &[PathBuf]) -> Said {
    each(folders, |name, policy| {
        let report = policy.run_examples();
        let here = |file: &str| Path::new(name).join(file).display().to_string();
        let failed = report.failures.iter().map(|failure| failure.fault.clone());
        let unreached = report.unreached.iter().map(|(clause, line)| Fault {
            file: policy.clause(clause).map(|clause| clause.file.clone()).unwrap_or_default(),
            line: *line,
            column: 1,
            path: None,
            said: format!("no example reaches this rule of clause {clause}"),
        });
        let said = failed.chain(unreached).map(|fault| Fault { file: here(&fault.file), ..fault }.to_string());
        let mut lines: Vec<String> = said.collect();
        let rows: BTreeSet<_> =
            report.failures.iter().map(|failure| (&failure.fault.file, failure.fault.line)).collect();
        let failed = rows.len();
        lines.push(format!(
            "{name}: {} examples, {} passed, {failed} failed",
            report.ran,
            report.ran.saturating_sub(failed)
        ));
        (lines, if failed == 0 { Ended::Yes } else { Ended::No })
    })
}

fn each(folders: &[PathBuf], look: impl Fn(&str, &Policy) -> (Vec<String>, Ended)) -> Said {
    let mut said = Said { lines: vec![], ended: Ended::Yes };
    for folder in folders {
        let name = folder.display().to_string();
        match named(&name) {
            Ok(policy) => {
                let (lines, ended) = look(&name, &policy);
                said.lines.extend(lines);
                said.ended = said.ended.max(ended);
            }
            Err(faults) => {
                said.lines.extend(faults.iter().map(ToString::to_string));
                let word = if faults.len() == 1 { "fault" } else { "faults" };
                said.lines.push(format!("{name}: {} {word}", faults.len()));
                said.ended = Ended::Wrong;
            }
        }
    }
    said
}
