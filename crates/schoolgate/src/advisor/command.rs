//! `schoolgate ask`: rulings on the command line (rulings.md, section 4).

use std::io::{Read, Write};
use std::sync::Arc;

use jiff::civil::Date;
use rulebook::{Batch, Fault, Policy, Situation};

use super::told::{Form, told};
use crate::error::Error;
use crate::policies;

/// A text longer than this is refused before it is read whole.
const BYTES_MAX: u64 = 32 * 1024 * 1024;
/// From this many situations on, standard error says how far it is.
const PROGRESS_FROM: usize = 2_000;

/// What is asked.
pub struct Asked {
    /// Shipped names, folders, or `all`.
    pub policies: Vec<String>,
    /// A file, or `-` for standard input.
    pub situation: String,
    pub format: Format,
    pub today: Date,
    /// Whether Cedar's own authorizer is heard on every answer.
    pub hears_second_opinion: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text(Form),
    Json,
}

/// Why nothing was answered.
pub enum Stopped {
    /// What was given cannot be read: every fault.
    Faults(Vec<Fault>),
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Writes the answers to `out` and progress to `progress`.
///
/// # Errors
/// Faults of policies or situations, all at once; or that writing failed.
pub fn ask(asked: &Asked, out: &mut dyn Write, progress: &mut dyn Write) -> std::result::Result<(), Stopped> {
    let policies = policies::command::all_named(&asked.policies).map_err(Stopped::Faults)?;
    let batch = situations(asked)?;
    if asked.hears_second_opinion {
        let heard =
            second_opinion(&policies, &batch).map_err(|error| Error::fault("hearing a second opinion", error))?;
        writeln!(progress, "second opinion: Cedar's own authorizer agrees in all {heard} cases looked at")
            .map_err(|error| Stopped::Failed(Error::fault("writing the answer", error)))?;
    }
    let written = match asked.format {
        Format::Json => write_json(&policies, &batch, out, progress),
        Format::Text(form) => write_text(&policies, &batch, form, out),
    };
    written.map_err(|error| Stopped::Failed(Error::fault("writing the answer", error)))
}

/// Hears Cedar on every situation under every policy; gives how many fully known cases that were.
fn second_opinion(policies: &[Arc<Policy>], batch: &Batch) -> std::result::Result<u64, Box<rulebook::Disagreement>> {
    let mut cases = 0;
    for policy in policies {
        let mut witness = rulebook::Witness::new(policy);
        for situation in &batch.situations {
            cases += witness.hear(situation)?.cases;
        }
    }
    Ok(cases)
}

fn situations(asked: &Asked) -> std::result::Result<Batch, Stopped> {
    let name = if asked.situation == "-" { "standard input" } else { asked.situation.as_str() };
    let bytes = read_limited(&asked.situation).map_err(|said| Stopped::Faults(vec![nowhere(name, said)]))?;
    let text = rulebook::text(name, &bytes).map_err(|fault| Stopped::Faults(vec![fault]))?;
    let vocabulary = policies::vocabulary()?;
    let is_toml = if asked.situation == "-" {
        !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
    } else {
        asked.situation.ends_with(".toml")
    };
    let read = if is_toml { Situation::read_toml } else { Situation::read_json };
    read(vocabulary, name, text, asked.today).map_err(Stopped::Faults)
}

fn read_limited(path: &str) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = vec![];
    let source: Box<dyn Read> = if path == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| error.to_string())?)
    };
    source.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("is longer than {BYTES_MAX} bytes"));
    }
    Ok(bytes)
}

fn nowhere(name: &str, said: String) -> Fault {
    Fault { file: name.to_owned(), line: 0, column: 0, path: None, said }
}

/// One document: a ruling, or a list where several policies or several situations were given.
fn write_json(
    policies: &[Arc<Policy>],
    batch: &Batch,
    out: &mut dyn Write,
    progress: &mut dyn Write,
) -> std::io::Result<()> {
    let total = batch.situations.len();
    let is_long = total >= PROGRESS_FROM;
    let mut out = std::io::BufWriter::new(out);
    if batch.is_list {
        out.write_all(b"[\n")?;
    }
    for (n, situation) in batch.situations.iter().enumerate() {
        if n > 0 {
            out.write_all(b",\n")?;
        }
        let rulings: Vec<_> = policies.iter().map(|policy| policy.rule(situation)).collect();
        match (&rulings[..], is_long) {
            ([one], false) => serde_json::to_writer_pretty(&mut out, one)?,
            ([one], true) => serde_json::to_writer(&mut out, one)?,
            (several, false) => serde_json::to_writer_pretty(&mut out, several)?,
            (several, true) => serde_json::to_writer(&mut out, several)?,
        }
        if is_long && (n + 1) % PROGRESS_FROM == 0 {
            writeln!(progress, "{} of {total} answered", n + 1)?;
        }
    }
    out.write_all(if batch.is_list { b"\n]\n" } else { b"\n" })?;
    out.flush()
}

fn write_text(policies: &[Arc<Policy>], batch: &Batch, form: Form, out: &mut dyn Write) -> std::io::Result<()> {
    let mut is_first = true;
    for (n, situation) in batch.situations.iter().enumerate() {
        for policy in policies {
            if !std::mem::take(&mut is_first) {
                writeln!(out)?;
            }
            if batch.is_list {
                writeln!(out, "situation {}", n + 1)?;
            }
            out.write_all(told(&policy.rule(situation), form).as_bytes())?;
        }
    }
    Ok(())
}
