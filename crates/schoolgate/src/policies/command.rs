//! `schoolgate policy check` and `schoolgate policy test`, for the people who write policies; `schoolgate school policy`, for
//! whoever runs the place.

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

/// What a command says, and whether it went well.
pub struct Said {
    pub lines: Vec<String>,
    pub is_good: bool,
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
        (vec![line], true)
    })
}

/// Runs the examples in the chapters.
pub fn test(folders: &[PathBuf]) -> Said {
    each(folders, |name, policy| {
        let report = policy.run_examples();
        let mut lines: Vec<String> = report.failures.iter().map(|failure| failure.fault.to_string()).collect();
        for (clause, line) in &report.unreached {
            lines.push(format!("{clause}: no example reaches the rule in line {line}"));
        }
        let failed = report.failures.len();
        lines.push(format!(
            "{name}: {} examples, {} passed, {failed} failed",
            report.ran,
            report.ran.saturating_sub(failed)
        ));
        (lines, failed == 0)
    })
}

fn each(folders: &[PathBuf], look: impl Fn(&str, &Policy) -> (Vec<String>, bool)) -> Said {
    let mut said = Said { lines: vec![], is_good: true };
    for folder in folders {
        let name = folder.display().to_string();
        match named(&name) {
            Ok(policy) => {
                let (lines, is_good) = look(&name, &policy);
                said.lines.extend(lines);
                said.is_good &= is_good;
            }
            Err(faults) => {
                said.lines.extend(faults.iter().map(ToString::to_string));
                said.lines.push(format!("{name}: {} faults", faults.len()));
                said.is_good = false;
            }
        }
    }
    said
}
