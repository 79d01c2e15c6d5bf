//! Every command of the `schoolgate` program, on one page.
//!
//! For: the people who run it. `schoolgate help` is made from this file.
//! Promises: what it does is on standard output, what went wrong is on standard error; 0 is success, 1 is a fault, 2 is
//! something wrong in what was given: the command line, a setting, a file.
//! Does not: do anything itself. A command reads its settings and calls one function of the library.

mod screening;
mod upkeep;

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;

use crate::advisor::command;
use crate::advisor::told::Form;
use crate::app::App;
use crate::clock::{self, System};
use crate::config::{Config, ENVIRONMENT_FILE, FILE_BYTES_MAX, Log, LogForm, Sources};
use crate::demo;
use crate::error::{Error, Result};
use crate::jobs;
use crate::people::command as people;
use crate::policies;
use crate::routes;
use crate::web::{assets, server};

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
    Demo(Demo),
    /// Verify, export or sign the tamper-evident ledgers
    #[command(subcommand)]
    Ledger(upkeep::LedgerCommand),
    /// Write a checked backup of a running place into one file
    Backup(upkeep::Backup),
    /// Restore a backup into a place that holds nothing yet
    Restore(upkeep::Restore),
    /// Check the database, its references and its ledgers
    Check(upkeep::Check),
    /// Copy everything into an empty database, also from SQLite to PostgreSQL or back
    Copy(upkeep::Copy),
    /// Answer situations from a policy
    Ask(Ask),
    /// Read a policy as its author, or run its examples
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Open a school, or list those there are
    #[command(subcommand)]
    School(SchoolCommand),
    /// Add people, give them roles, let them in
    #[command(subcommand)]
    Person(PersonCommand),
    /// Look for names, personal data and unkind wording in texts
    Screen(screening::Screen),
    /// Make a clean copy of a picture, and say what the original carried
    CleanPicture(screening::CleanPicture),
}

#[derive(Subcommand)]
enum SchoolCommand {
    /// Open a school
    Add(With<people::NewSchool>),
    /// List the schools of this installation
    List(Settings),
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Add a person with a role
    Add(With<people::NewPerson>),
    /// Make a set-up link, for a first password or a forgotten one
    Link(With<people::NewLink>),
    /// Give a person another role
    Role(With<people::NewRole>),
    /// List the people of a school
    List(With<people::Which>),
}

/// A command's own arguments beside the settings.
#[derive(Args)]
struct With<T: Args> {
    #[command(flatten)]
    given: T,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
struct Demo {
    /// Folder of the demo school
    #[arg(long, value_name = "FOLDER", default_value = "demo")]
    data: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    address: String,
}

#[derive(Args)]
struct Ask {
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
enum Format {
    /// For people
    Human,
    /// For screen readers and logs: one fact a line
    Plain,
    /// For programs
    Json,
}

#[derive(Subcommand)]
enum PolicyCommand {
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
        Command::Serve(settings) => with_app(&settings, serve),
        Command::Demo(given) => demo(&given).unwrap_or_else(|stopped| stopped),
        Command::Ledger(command) => upkeep::ledger(&command),
        Command::Backup(given) => upkeep::backup(&given),
        Command::Restore(given) => upkeep::restore(&given),
        Command::Check(given) => upkeep::check(&given),
        Command::Copy(given) => upkeep::copy(&given),
        Command::Ask(asked) => ask(asked),
        Command::Policy(PolicyCommand::Check { folders }) => said(&policies::command::check(&folders)),
        Command::Policy(PolicyCommand::Test { folders }) => said(&policies::command::test(&folders)),
        Command::School(command) => school(command),
        Command::Person(command) => person(command),
        Command::Screen(given) => screening::screen(given),
        Command::CleanPicture(given) => screening::clean_picture(&given),
    }
}

fn school(command: SchoolCommand) -> ExitCode {
    match command {
        SchoolCommand::Add(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_school(&app, given).await?) })
        }
        SchoolCommand::List(settings) => with_app(&settings, |app| async move { tell(people::schools(&app).await?) }),
    }
}

fn person(command: PersonCommand) -> ExitCode {
    match command {
        PersonCommand::Add(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_person(&app, given).await?) })
        }
        PersonCommand::Link(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_link(&app, given).await?) })
        }
        PersonCommand::Role(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::add_role(&app, given).await?) })
        }
        PersonCommand::List(With { given, settings }) => {
            with_app(&settings, |app| async move { tell(people::people(&app, given).await?) })
        }
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

fn ask(given: Ask) -> ExitCode {
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

fn said(said: &policies::command::Said) -> ExitCode {
    for line in &said.lines {
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    if said.is_good { ExitCode::SUCCESS } else { ExitCode::from(WRONG_INPUT) }
}

/// Makes the demo school beside its folder first, so that the folder holds a whole school or is not there.
fn demo(given: &Demo) -> std::result::Result<ExitCode, ExitCode> {
    if !given.data.exists() {
        let unfinished = demo::unfinished(&given.data);
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished).map_err(|error| failed(&Error::unavailable("the folder", error)))?;
        }
        with_config(demo_config(given, &unfinished)?, async |app: App| {
            demo::fill(&app, |said| {
                let _ = writeln!(std::io::stdout(), "{said}");
            })
            .await?;
            app.db.close().await;
            Ok(())
        })?;
        std::fs::rename(&unfinished, &given.data).map_err(|error| failed(&Error::unavailable("the folder", error)))?;
    }
    with_config(demo_config(given, &given.data)?, async |app: App| {
        demo::expect(&app).await?;
        serve_until_stopped(app, |app| {
            let _ = writeln!(std::io::stdout(), "{}", demo::welcome(app));
        })
        .await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn demo_config(given: &Demo, data: &Path) -> std::result::Result<Config, ExitCode> {
    let quiet = [("log.form", "text"), ("log.level", "warn")];
    let settings = Settings {
        data: Some(data.display().to_string()),
        address: Some(given.address.clone()),
        set: quiet.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        ..Settings::default()
    };
    // Whatever the variables say, a demo is kept in its own folder and never in a real database.
    Ok(config_of(&settings)?.moved_to(data))
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
    in_runtime(async { act(App::open(config, Arc::new(System)).await?).await })
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

async fn serve(app: App) -> Result<()> {
    serve_until_stopped(app, |_| ()).await
}

/// Serves, and does `opened` once anybody can connect.
async fn serve_until_stopped(app: App, opened: impl FnOnce(&App)) -> Result<()> {
    if !assets::are_built() {
        tracing::warn!("no style sheet: pages will look bare; run `make assets`");
    }
    jobs::begin(&app).await?;
    let running = server::start(&app.config.server, routes::all(app.clone())).await?;
    tracing::info!(address = %running.address, url = %app.config.server.public_url, "listening");
    opened(&app);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(jobs::work(app.clone(), stopped));
    told_to_stop().await?;
    tracing::info!("stopping");
    // Nobody listens only if the worker has ended already.
    let _ = stop.send(true);
    running.stop();
    running.ended().await?;
    if tokio::time::timeout(jobs::STOP_TIME_MAX, working).await.is_err() {
        tracing::warn!("a job did not end in time; it will be taken up again after the next start");
    }
    app.db.close().await;
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_stop() -> Result<()> {
    let listen = |kind| signal(kind).map_err(|error| Error::fault("listening for signals", error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Settings from file, variables and flags; every fault as a line for the person who wrote them.
fn read_config(settings: &Settings) -> std::result::Result<Config, Vec<String>> {
    let environment = environment();
    let from_variable =
        environment.iter().find(|(name, _)| name == ENVIRONMENT_FILE).map(|(_, value)| PathBuf::from(value));
    let file = match settings.config.clone().or(from_variable) {
        Some(path) => {
            let text = read_limited(&path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
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

fn read_limited(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("is longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
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
