//! Commands about policies: asking them, and reading them as their author.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use rulebook::Fault;

use super::{WRONG_INPUT, failed};
use crate::advisor::command;
use crate::advisor::told::Form;
use crate::clock::{self, System};
use crate::policies::command as policies;

#[derive(Args)]
pub(super) struct Ask {
    /// A shipped pack, a folder with one, or `all`; may be given several times
    #[arg(long = "policy", value_name = "NAME", required = true)]
    policies: Vec<String>,
    /// File with a situation or a list of them (JSON or TOML); `-` reads standard input
    #[arg(long, value_name = "FILE")]
    situation: String,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Hear Cedar's own authorizer on every answer too; a disagreement names the clause and ends with exit 1
    #[arg(long)]
    second_opinion: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// For screen readers and logs: one fact a line
    Plain,
    /// For programs
    Json,
}

#[derive(Subcommand)]
pub(super) enum PolicyCommand {
    /// Read policies and say every fault with its place
    Check {
        /// Folders or names of shipped packs
        #[arg(required = true, value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
    /// Run the worked examples in the chapters (exit 1 where one does not hold)
    Test {
        /// Folders or names of shipped packs
        #[arg(required = true, value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
    /// Say what the worked examples show of each clause, and what they leave out (exit 1 where they do)
    Coverage(Look),
    /// Say what an author should look at again (exit 1 where there is something)
    Lint(Look),
    /// Print the JSON Schema of what is asked or of what is answered
    Schema {
        /// Which of the two
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Copy a pack under a name of one's own, as a draft to be changed
    New {
        /// A shipped pack, or a folder with one
        #[arg(long, value_name = "NAME")]
        from: String,
        /// The new short name: small letters and hyphens
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The name of the school
        #[arg(long, value_name = "TEXT")]
        school: Option<String>,
        /// Where the files go; must not hold anything yet
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Compare two policies: what became stricter, looser, newly covered, newly silent, and which examples flip
    Diff {
        /// The old one: a shipped pack, or a folder
        old: String,
        /// The new one
        new: String,
        /// How it is written
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SchemaOf {
    /// What is asked
    Situation,
    /// What is answered
    Ruling,
}

/// Policies to look at, and how what is found is written.
#[derive(Args)]
pub(super) struct Look {
    /// Names of shipped packs, folders, or `all`
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(super) fn ask(given: Ask) -> ExitCode {
    let format = match given.format {
        Format::Json => command::Format::Json,
        Format::Plain => command::Format::Text(Form::Plain),
        Format::Human if std::io::stdout().is_terminal() => command::Format::Text(Form::Colour),
        Format::Human => command::Format::Text(Form::Human),
    };
    let asked = command::Asked {
        policies: given.policies,
        situation: given.situation,
        format,
        today: clock::today(&System),
        hears_second_opinion: given.second_opinion,
    };
    match command::ask(&asked, &mut std::io::stdout().lock(), &mut std::io::stderr()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(command::Stopped::Faults(faults)) => {
            for fault in faults {
                let _ = writeln!(std::io::stderr(), "{fault}");
            }
            ExitCode::from(WRONG_INPUT)
        }
        Err(command::Stopped::Failed(error)) => failed(&error),
    }
}

pub(super) fn policy(command: &PolicyCommand) -> ExitCode {
    match command {
        PolicyCommand::Check { folders } => said(&policies::check(folders)),
        PolicyCommand::Test { folders } => said(&policies::test(folders)),
        PolicyCommand::Coverage(look) => found(policies::coverage::coverage(&look.names, form(look.format))),
        PolicyCommand::Lint(look) => found(policies::lint::lint(&look.names, form(look.format))),
        PolicyCommand::Schema { of } => found(policies::schema(match of {
            SchemaOf::Situation => policies::SchemaOf::Situation,
            SchemaOf::Ruling => policies::SchemaOf::Ruling,
        })),
        PolicyCommand::New { from, name, school, folder } => {
            found(policies::copy::new(&policies::copy::New { from, name, school: school.as_deref(), folder }))
        }
        PolicyCommand::Diff { old, new, format } => {
            found(policies::diff::diff(old, new, form(*format), clock::today(&System)))
        }
    }
}

fn form(format: Format) -> policies::Format {
    match format {
        Format::Human => policies::Format::Human,
        Format::Plain => policies::Format::Plain,
        Format::Json => policies::Format::Json,
    }
}

/// Standard output gets what was found; faults go to standard error.
fn found(found: Result<policies::Found, Vec<Fault>>) -> ExitCode {
    match found {
        Ok(found) => {
            let _ = std::io::stdout().lock().write_all(found.text.as_bytes());
            if found.is_yes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(faults) => {
            for fault in faults {
                let _ = writeln!(std::io::stderr(), "{fault}");
            }
            ExitCode::from(WRONG_INPUT)
        }
    }
}

fn said(said: &policies::Said) -> ExitCode {
    for line in &said.lines {
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    match said.ended {
        policies::Ended::Yes => ExitCode::SUCCESS,
        policies::Ended::No => ExitCode::FAILURE,
        policies::Ended::Wrong => ExitCode::from(WRONG_INPUT),
    }
}
