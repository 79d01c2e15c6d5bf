//! Every command of the `schoolgate` program, on one page.
//!
//! For: the people who run it. `schoolgate help` is made from this file.
//! Promises: what it does is on standard output, what went wrong is on standard error; 0 is success, 1 is a fault, 2 is
//! something wrong in what was given: the command line, a setting, a file.
//! Does not: do anything itself. A command reads its settings and calls one function of the library.

mod keys;
mod ledger;
mod people;
mod policy;
mod roster;
mod screening;
mod serving;
mod upkeep;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

use crate::app::App;
use crate::clock::System;
use crate::config::{Config, ENVIRONMENT_FILE, FILE_BYTES_MAX, Log, LogForm, Sources};
use crate::error::{Error, Result};
use crate::registers::sweep::command as sweep;

const WRONG_INPUT: u8 = 2;

#[derive(Parser)]
#[command(
    name = "schoolgate",
    version,
    about = "Makes a school's social-media policy work",
    disable_help_subcommand = false
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages until told to stop
    Serve(Settings),
    /// Make a demo school where there is none, and serve it on this machine
    Demo(serving::Demo),
    /// Verify, export, sign or prove the tamper-evident ledgers
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Write a checked backup of a running place into one file
    Backup(upkeep::Backup),
    /// Restore a backup into a place that holds nothing yet
    Restore(upkeep::Restore),
    /// Check the database, its references and its ledgers
    Check(upkeep::Check),
    /// Copy everything into an empty database, also from SQLite to PostgreSQL or back
    Copy(upkeep::Copy),
    /// Change the keys that seal what is secret
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Ask a running Schoolgate whether it can serve
    Health(Settings),
    /// Answer situations from a policy
    Ask(policy::Ask),
    /// Read a policy as its author, or run its examples
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Open a school, or list those there are
    #[command(subcommand)]
    School(people::SchoolCommand),
    /// Add people, give them roles, let them in
    #[command(subcommand)]
    Person(people::PersonCommand),
    /// Look through what a school's accounts show already, and fill the queue of what to look at
    Sweep(With<sweep::Sweep>),
    /// Import the roll from an export of the school's own system, or show what it would change
    Import(With<roster::Import>),
    /// Look for names, personal data and unkind wording in texts
    Screen(screening::Screen),
    /// Make a clean copy of a picture, and say what the original carried
    CleanPicture(screening::CleanPicture),
    /// Decode one AVIF picture from standard input; Schoolgate starts itself so
    #[command(name = screening::DECODE_AVIF, hide = true)]
    DecodeAvif,
}

/// A command's own arguments beside the settings.
#[derive(Args)]
struct With<T: Args> {
    #[command(flatten)]
    given: T,
    #[command(flatten)]
    settings: Settings,
}

/// Where settings come from. Each can also stand in a variable: `SCHOOLGATE_SERVER_ADDRESS` for `server.address`.
#[derive(Args, Default)]
struct Settings {
    /// File with the settings (variable SCHOOLGATE_CONFIG)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for everything that Schoolgate writes
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Any other setting, such as --set log.level=debug
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// Whether nobody has set anything.
    fn are_absent(&self) -> bool {
        let Settings { config, data, address, set } = self;
        (config, data, address) == (&None, &None, &None) && set.is_empty() && environment().is_empty()
    }
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    match cli.command {
        Command::Serve(settings) => with_app(&settings, serving::serve),
        Command::Demo(given) => serving::demo(&given).unwrap_or_else(|stopped| stopped),
        Command::Ledger(command) => ledger::ledger(&command),
        Command::Backup(given) => upkeep::backup(&given),
        Command::Restore(given) => upkeep::restore(&given),
        Command::Check(given) => upkeep::check(&given),
        Command::Copy(given) => upkeep::copy(&given),
        Command::Keys(command) => keys::keys(&command),
        Command::Health(settings) => serving::health(&settings),
        Command::Ask(asked) => policy::ask(asked),
        Command::Policy(command) => policy::policy(&command),
        Command::School(command) => people::school(command),
        Command::Person(command) => people::person(command),
        Command::Sweep(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(sweep::sweep(&app, given).await?) })
        }
        Command::Import(given) => roster::import(given),
        Command::Screen(given) => screening::screen(given),
        Command::CleanPicture(given) => screening::clean_picture(&given),
        Command::DecodeAvif => screening::decode_avif(),
    }
}

/// Prints what a command gave.
fn tell(lines: Vec<String>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{line}"))
        .map_err(|error| Error::unavailable("standard output", error))
}

/// Reads the settings and does `act` with an open app.
fn with_app<Fut: Future<Output = Result<()>>>(settings: &Settings, act: impl FnOnce(App) -> Fut) -> ExitCode {
    let done = config_of(settings).and_then(|config| with_config(config, act));
    done.map_or_else(|stopped| stopped, |()| ExitCode::SUCCESS)
}

/// The settings, or every fault of them told.
fn config_of(settings: &Settings) -> std::result::Result<Config, ExitCode> {
    read_config(settings).map_err(|faults| {
        faults.iter().for_each(|fault| complain(fault));
        ExitCode::from(WRONG_INPUT)
    })
}

/// Starts the log and the runtime, opens the app, and does `act` with it.
fn with_config<Fut>(config: Config, act: impl FnOnce(App) -> Fut) -> std::result::Result<(), ExitCode>
where
    Fut: Future<Output = Result<()>>,
{
    start_log(&config.log);
    in_runtime(async {
        let avif = screening::avif_decoder()?;
        let app = App::open(config, Arc::new(System)).await?;
        act(App { avif, ..app }).await
    })
}

/// Reads the settings and does `act` with them; what looks after a place must not open it as a server does.
fn with_settings(settings: &Settings, act: impl AsyncFnOnce(Config) -> Result<()>) -> ExitCode {
    let done = config_of(settings).and_then(|config| {
        start_log(&config.log);
        in_runtime(act(config))
    });
    done.map_or_else(|stopped| stopped, |()| ExitCode::SUCCESS)
}

fn in_runtime(act: impl Future<Output = Result<()>>) -> std::result::Result<(), ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&Error::fault("starting", error)))?;
    runtime.block_on(act).map_err(|error| failed(&error))
}

/// Settings from file, variables and flags; every fault as a line for the person who wrote them.
fn read_config(settings: &Settings) -> std::result::Result<Config, Vec<String>> {
    let environment = environment();
    let from_variable =
        environment.iter().find(|(name, _)| name == ENVIRONMENT_FILE).map(|(_, value)| PathBuf::from(value));
    let file = match settings.config.clone().or(from_variable) {
        Some(path) => {
            let shown = path.display().to_string();
            let bytes = read_limited(&path).map_err(|error| vec![format!("{shown}: {error}")])?;
            let text = rulebook::text(&shown, &bytes).map_err(|fault| vec![fault.to_string()])?.to_owned();
            Some((path, text))
        }
        None => None,
    };
    let mut flags = settings.set.clone();
    let own = [("data", &settings.data), ("server.address", &settings.address)];
    flags.extend(own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))));
    let sources = Sources { file, environment, flags };
    Config::read(&sources).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

/// Variables of the project's own scripts, which are no settings.
const SCRIPT_PREFIXES: &[&str] = &["SCHOOLGATE_TEST_", "SCHOOLGATE_PG_"];

fn environment() -> Vec<(String, String)> {
    let text = |value: OsString| value.to_string_lossy().into_owned();
    let mut ours: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| name.starts_with("SCHOOLGATE_"))
        .filter(|(name, _)| !SCRIPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    ours.sort();
    ours
}

fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![];
    store::plain_file(path).map_err(std::io::Error::other)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("is longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// The log goes to standard error. A panic is logged by its place only: its message may hold somebody's words.
fn start_log(log: &Log) {
    let lines =
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(LevelFilter::from_level(log.level));
    // A second start in one process (tests) keeps the first log.
    let _ = match log.form {
        LogForm::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogForm::Text => lines.compact().with_target(false).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

fn key_and_value(typed: &str) -> std::result::Result<(String, String), String> {
    match typed.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("must be KEY=VALUE".to_owned()),
    }
}

fn failed(error: &Error) -> ExitCode {
    complain(&error.chain());
    match error {
        Error::Invalid(_) => ExitCode::from(WRONG_INPUT),
        _ => ExitCode::FAILURE,
    }
}

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "schoolgate: {line}");
}
