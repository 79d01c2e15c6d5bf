//! Every job that runs in the background, on one page.
//!
//! For: `schoolgate serve`, which works through them while it serves.
//! Promises: each kind calls one verb, as a page would; whatever comes round regularly is in the queue from the first start.
//! Does not: retry or keep time; the [`queue`](crate::queue) does.

use std::time::Duration;

use store::{Deed, SchoolId, ledger};
use tokio::sync::watch;

use crate::app::App;
use crate::error::Result;
use crate::people::accounts;
use crate::queue::{self, Job, Worker};

/// Puts into the queue what comes round regularly, if it is not there yet.
pub async fn begin(app: &App) -> Result<()> {
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    let mut is_new = false;
    for job in Job::ROUTINE {
        is_new |= queue::push_once(&mut tx, *job, app.clock.now()).await?;
    }
    if is_new {
        tx.commit(Deed::by_program().did("queue.begun")).await?;
    }
    Ok(())
}

/// Works until told to stop.
pub async fn work(app: App, stop: watch::Receiver<bool>) {
    let worker = Worker { db: app.db.clone(), clock: app.clock.clone() };
    worker.work(move |school, job| run(app.clone(), school, job), stop).await;
}

/// What each kind does.
pub async fn run(app: App, _school: SchoolId, job: Job) -> Result<()> {
    match job {
        Job::SignHeads => sign_heads(&app).await,
        Job::SweepSessions => accounts::sweep(&app).await,
    }
}

/// Longest wait for the job that runs when the program is told to stop; its claim lets another take it over later.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(10);

/// The head also goes into the log: a log that is kept on another machine is a witness that the database cannot change.
async fn sign_heads(app: &App) -> Result<()> {
    for school in app.db.schools().await? {
        let head = ledger::sign(&app.db, school, &app.signer).await?;
        tracing::info!(head = head.text(), "ledger signed");
    }
    Ok(())
}
