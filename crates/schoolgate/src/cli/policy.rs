//! Commands about policies: asking them, and reading them as their author.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

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
    /// Run the worked examples in the chapters
    Test {
        /// Folders or names of shipped packs
        #[arg(required = true, value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
}

pub(super) fn ask(given: Ask) -> ExitCode {
    let format = match given.format {
        Format::Json => command::Format::Json,
        Format::Plain => command::Format::Text(Form::Plain),
        Format::Human if std::io::stdout().is_terminal() => command::Format::Text(Form::Colour),
        Format::Human => command::Format::Text(Form::Human),
    };
    let asked =
        command::Asked { policies: given.policies, situation: given.situation, format, today: clock::today(&System) };
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
    }
}

fn said(said: &policies::Said) -> ExitCode {
    for line in &said.lines {
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    if said.is_good { ExitCode::SUCCESS } else { ExitCode::from(WRONG_INPUT) }
}
