//! Commands that look after a place: ledger, backup, restore, check, copy.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use store::copy::Progress;
use store::ledger::{self, Head, Known, Signer, Verified};
use store::{Db, backup, copy};

use super::{Settings, in_runtime, with_settings};
use crate::app;
use crate::clock::System;
use crate::config::Config;
use crate::error::{Error, Result};

/// Longest file of kept heads: one line is under 400 bytes, so ten years of daily heads of a dozen schools.
const HEADS_BYTES_MAX: u64 = 20 * 1024 * 1024;

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// Show that nothing in the ledgers was changed, removed or rewritten
    Verify {
        #[command(flatten)]
        settings: Settings,
        /// Verify this export instead of the database
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        #[command(flatten)]
        known: Kept,
    },
    /// Write the ledgers into a file that can be verified without the database
    Export {
        #[command(flatten)]
        settings: Settings,
        /// The file; it must not exist yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Sign the ledgers as they are now and print the heads, to be kept elsewhere
    Head(Settings),
}

#[derive(Args)]
pub(super) struct Backup {
    #[command(flatten)]
    settings: Settings,
    /// The file; it must not exist yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Args)]
pub(super) struct Restore {
    #[command(flatten)]
    settings: Settings,
    /// A file that `backup` wrote
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    known: Kept,
}

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    settings: Settings,
    /// Check this backup instead of the database
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    known: Kept,
}

#[derive(Args)]
pub(super) struct Copy {
    /// Address of the database to read, such as sqlite:/var/lib/schoolgate/schoolgate.db
    #[arg(long, value_name = "URL")]
    from: String,
    /// Address of an empty database
    #[arg(long, value_name = "URL")]
    to: String,
    /// PostgreSQL: address for the role that owns the tables of the empty database
    #[arg(long, value_name = "URL")]
    to_owner: Option<String>,
}

/// What somebody kept from earlier, so that a ledger that was rewritten as a whole is found out too.
#[derive(Args)]
pub(super) struct Kept {
    /// File with heads that `ledger head` printed earlier, one a line; may be given several times
    #[arg(long = "head", value_name = "FILE")]
    heads: Vec<PathBuf>,
}

impl Kept {
    fn read(&self) -> Result<Known> {
        let mut known = Known::default();
        for file in &self.heads {
            let text = read_limited(file)?;
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let head = Head::parse(line).and_then(|head| head.verify().map(|()| head));
                known.heads.push(head.map_err(|error| invalid(&format!("{}:{}", file.display(), at + 1), error))?);
            }
        }
        Ok(known)
    }
}

pub(super) fn ledger(command: &LedgerCommand) -> ExitCode {
    match command {
        LedgerCommand::Verify { settings, export, known } => with_settings(settings, async |config| {
            let known = known.read()?;
            let verified = match export {
                Some(file) => ledger::verify_export(BufReader::new(open(file)?), &known).map_err(told)?,
                None => ledger::verify(&database(&config)?, &known).await.map_err(told)?,
            };
            show(&verified);
            Ok(())
        }),
        LedgerCommand::Export { settings, to } => with_settings(settings, async |config| {
            let db = database(&config)?;
            let schools = db.schools().await?;
            let created = OpenOptions::new().write(true).create_new(true).open(to);
            let mut out = BufWriter::new(created.map_err(|error| at(to, &error))?);
            let verified = ledger::export(&db, &schools, &mut out).await.map_err(told)?;
            out.flush().map_err(|error| at(to, &error))?;
            show(&verified);
            Ok(())
        }),
        LedgerCommand::Head(settings) => with_settings(settings, async |config| {
            let db = database(&config)?;
            let signer = Signer::open(&config.keys.ledger).map_err(told)?;
            for school in db.schools().await? {
                say(&ledger::sign(&db, school, &signer).await.map_err(told)?.text());
            }
            Ok(())
        }),
    }
}

pub(super) fn backup(given: &Backup) -> ExitCode {
    with_settings(&given.settings, async |config| {
        let mut steps = Steps::default();
        let checked = backup::backup(&database(&config)?, &given.to, &mut |step| steps.show(&step)).await;
        let checked = checked.map_err(told)?;
        say(&format!("Backed up into {}: {} tables.", given.to.display(), checked.tables));
        show(&checked.schools);
        say("The keys are not in it. Keep master.key and ledger.key apart from it: without them nothing sealed opens.");
        Ok(())
    })
}

pub(super) fn restore(given: &Restore) -> ExitCode {
    with_settings(&given.settings, async |config| {
        let known = given.known.read()?;
        let mut steps = Steps::default();
        let to = app::store_settings(&config, Arc::new(System));
        app::make_folder(&config.data)?;
        let checked = backup::restore(&given.from, &to, &known, &mut |step| steps.show(&step)).await.map_err(told)?;
        say(&format!("Restored {} tables.", checked.tables));
        show(&checked.schools);
        Ok(())
    })
}

pub(super) fn check(given: &Check) -> ExitCode {
    with_settings(&given.settings, async |config| {
        let known = given.known.read()?;
        let mut steps = Steps::default();
        let mut tell_step = |step: Progress| steps.show(&step);
        let checked = match &given.backup {
            Some(file) => backup::check_file(file, &known, &mut tell_step).await,
            None => backup::check(&database(&config)?, &known, &mut tell_step).await,
        };
        let checked = checked.map_err(told)?;
        say(&format!("{} tables are sound.", checked.tables));
        for migration in &checked.missing_migrations {
            say(&format!("Not yet run here: migration {migration}."));
        }
        show(&checked.schools);
        if given.backup.is_none() {
            say(&mail_said(&config).await?);
        }
        Ok(())
    })
}

/// Whether letters would go out. Nothing is sent.
async fn mail_said(config: &Config) -> Result<String> {
    let Some(mailer) = app::mailer(config)? else {
        return Ok("Mail is not set up: nothing is sent; docs/mail.md says how.".to_owned());
    };
    Ok(match mailer.check().await {
        Ok(()) => "Mail: the server lets us in.".to_owned(),
        Err(failed) => format!("Mail does not work: {failed}."),
    })
}

pub(super) fn copy(given: &Copy) -> ExitCode {
    // It touches two databases and no folder, so it needs no settings.
    let copied = in_runtime(async {
        let open = |url: &str, owner: &Option<String>| {
            let settings = store::Settings { owner_url: owner.clone(), ..store::Settings::new(url) };
            Db::open(&settings).map_err(told)
        };
        let mut steps = Steps::default();
        let (from, to) = (open(&given.from, &None)?, open(&given.to, &given.to_owner)?);
        let copied = copy::copy(&from, &to, &mut |step| steps.show(&step)).await.map_err(told)?;
        say(&format!("Copied {} rows of {} tables.", copied.rows, copied.tables));
        show(&copied.schools);
        Ok(())
    });
    copied.map_or_else(|stopped| stopped, |()| ExitCode::SUCCESS)
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The database as it is: nothing is migrated and no key is made.
fn database(config: &Config) -> Result<Db> {
    Db::open(&app::store_settings(config, Arc::new(System))).map_err(told)
}

fn show(verified: &[Verified]) {
    for found in verified {
        let place =
            if found.school.is_nil() { "the installation".to_owned() } else { format!("school {}", found.school) };
        say(&format!(
            "The ledger of {place} is sound: {} deeds, {} of them under {} signed heads.",
            found.deeds, found.signed, found.heads
        ));
    }
}

/// Progress on standard error, a line for each step; on a terminal the count runs within the line.
#[derive(Default)]
struct Steps {
    shown: String,
}

impl Steps {
    fn show(&mut self, now: &Progress) {
        let mut out = std::io::stderr();
        if self.shown != now.step {
            let end = if self.shown.is_empty() || !out.is_terminal() { "" } else { "\n" };
            self.shown.clone_from(&now.step);
            let _ = write!(out, "{end}{}{}", now.step, if out.is_terminal() { "" } else { "\n" });
        }
        if out.is_terminal() {
            let end = if now.done == now.all { "\n" } else { "" };
            let _ = write!(out, "\r{}: {} of {}{end}", now.step, now.done, now.all);
            if now.done == now.all {
                self.shown.clear();
            }
        }
    }
}

/// What the store says about a file or a setting is for the person at the command line.
fn told(error: store::Error) -> Error {
    match error {
        store::Error::Invalid(said) => Error::Invalid(said.into()),
        store::Error::Conflict { said, .. } => Error::Invalid(said.into()),
        other => other.into(),
    }
}

fn invalid(place: &str, error: store::Error) -> Error {
    Error::Invalid(format!("{place}: {error}").into())
}

fn at(file: &Path, error: &std::io::Error) -> Error {
    Error::Invalid(format!("{}: {error}", file.display()).into())
}

fn open(file: &Path) -> Result<File> {
    File::open(file).map_err(|error| at(file, &error))
}

fn read_limited(file: &Path) -> Result<String> {
    let mut text = String::new();
    open(file)?.take(HEADS_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| at(file, &error))?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= HEADS_BYTES_MAX => Ok(text),
        _ => Err(Error::Invalid(format!("{}: is longer than {HEADS_BYTES_MAX} bytes", file.display()).into())),
    }
}
