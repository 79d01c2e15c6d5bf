//! Commands that look after a place: backup, restore, check, copy.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use store::backup::Content;
use store::copy::Progress;
use store::{Db, backup, copy};

use super::ledger::{Kept, refuse_unsigned, show, show_witnesses};
use super::{Settings, in_runtime, with_settings};
use crate::app;
use crate::clock::System;
use crate::config::Config;
use crate::error::{Error, Result};

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
        let known = given.known.read(&config)?;
        let mut steps = Steps::default();
        let to = app::store_settings(&config, Arc::new(System));
        app::make_folder(&config.data)?;
        let checked = backup::restore(&given.from, &to, &known, &mut |step| steps.show(&step)).await.map_err(told)?;
        say(&format!("Restored {} tables.", checked.tables));
        show_content(checked.content);
        show(&checked.schools);
        show_witnesses(&known);
        Ok(())
    })
}

pub(super) fn check(given: &Check) -> ExitCode {
    with_settings(&given.settings, async |config| {
        let known = given.known.read(&config)?;
        let mut steps = Steps::default();
        let mut tell_step = |step: Progress| steps.show(&step);
        let (checked, has_master) = match &given.backup {
            Some(file) => (backup::check_file(file, &known, &mut tell_step).await.map_err(told)?, None),
            None => {
                let db = database(&config)?;
                let checked = backup::check(&db, &known, &mut tell_step).await.map_err(told)?;
                (checked, Some(app::prove_master(&config, &db).await?))
            }
        };
        say(&format!("{} tables are sound.", checked.tables));
        show_content(checked.content);
        for migration in &checked.missing_migrations {
            say(&format!("Not yet run here: migration {migration}."));
        }
        show(&checked.schools);
        show_witnesses(&known);
        if let Some(has_master) = has_master {
            say(match has_master {
                true => "The master key is the one that everything here is sealed with.",
                false => "There is no master.key here, so it was not compared with what is sealed.",
            });
            say(&mail_said(&config).await?);
        }
        refuse_unsigned(&checked.schools)
    })
}

fn show_content(content: Content) {
    match content {
        Content::Living => {}
        Content::AsMade => say("Every row is as it was when the backup was made."),
        Content::Unknown => {
            say("This backup carries no digest of its rows, as older ones do not: its content could not be compared.");
        }
    }
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

pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The database as it is: nothing is migrated and no key is made.
pub(super) fn database(config: &Config) -> Result<Db> {
    Db::open(&app::store_settings(config, Arc::new(System))).map_err(told)
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
pub(super) fn told(error: store::Error) -> Error {
    match error {
        store::Error::Invalid(said) => Error::Invalid(said.into()),
        store::Error::Conflict { said, .. } => Error::Invalid(said.into()),
        other => other.into(),
    }
}
