//! Every job that runs in the background, on one page.
//!
//! For: `schoolgate serve`, which works through them while it serves.
//! Promises: each kind calls one verb, as a page would; whatever comes round regularly is in the queue from the first start.
//! Does not: retry or keep time; the [`queue`](crate::queue) does.

use std::time::Duration;

use jiff::ToSpan as _;
use store::{Deed, SchoolId, ledger};
use tokio::sync::watch;

use crate::app::App;
use crate::desk;
use crate::error::Result;
use crate::people::accounts;
use crate::people::post::{self, Kind};
use crate::permissions;
use crate::queue::{self, Job, Worker};
use crate::registers;
use crate::roster;

/// Puts into the queue what comes round regularly, if it is not there yet.
pub async fn begin(app: &App) -> Result<()> {
    // First: nothing may be served from a restored backup before it knows what was withdrawn after it.
    permissions::kept::reconcile(app).await?;
    for school in app.db.schools().await? {
        permissions::purposes::begin(app, school).await?;
    }
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
pub async fn run(app: App, school: SchoolId, job: Job) -> Result<()> {
    match job {
        Job::SignHeads => sign_heads(&app).await,
        Job::SweepSessions => accounts::sweep(&app).await,
        Job::ForgetRollFile(preview) => roster::import::forget_late(&app, school, preview).await,
        Job::TakeDownFor(person) => take_down_for(&app, school, person).await,
        Job::CheckAccounts => registers::accounts::check_all(&app).await,
        Job::SweepAccounts => registers::sweep::sweep(&app, school).await.map(drop),
        Job::RemoveAudited(item) => desk::copies::take_down_found(&app, school, item).await,
        Job::Release(request) => desk::copies::release(&app, school, request).await,
        Job::TakeDown(request) => desk::copies::remove_now(&app, school, request).await,
        Job::RemovePlanned(request) => desk::copies::planned(&app, school, request).await,
        Job::LookOverDesk => desk::copies::look_over(&app).await,
        Job::SendMail(mail) => send_mail(&app, school, mail).await,
        Job::LookOverPost => look_over_post(&app).await,
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

/// Each kind of letter is written by whoever knows what it says.
async fn send_mail(app: &App, school: SchoolId, mail: uuid::Uuid) -> Result<()> {
    let Some(mail) = post::waiting(app, school, mail).await? else { return Ok(()) };
    let came = match mail.kind {
        Kind::SetUp => accounts::send_link(app, school, &mail).await?,
        Kind::Link | Kind::Round | Kind::Reminder => permissions::parents::mails::send_link(app, school, &mail).await?,
        Kind::Receipt => permissions::parents::mails::send_receipt(app, school, &mail).await?,
        Kind::Digest => permissions::office::digest::send(app, school, &mail).await?,
    };
    post::finish(app, school, &mail, came).await
}

async fn look_over_post(app: &App) -> Result<()> {
    if app.mail.is_none() {
        return Ok(());
    }
    for school in app.db.schools().await? {
        permissions::parents::mails::remind_due(app, school).await?;
        permissions::office::digest::ask_due(app, school).await?;
    }
    Ok(())
}

/// How long until what is still public of somebody is looked at again.
const LOOK_AGAIN_MINUTES: i64 = 60;

/// What is public of the person stays in the queue until it is seen gone, however long that takes.
async fn take_down_for(app: &App, school: SchoolId, person: uuid::Uuid) -> Result<()> {
    let awaited = desk::copies::take_down_for(app, school, person).await?;
    if awaited == 0 {
        return Ok(());
    }
    tracing::info!(awaited, "items of somebody who withdrew have still to be seen gone");
    let mut tx = app.db.write(school).await?;
    queue::push(&mut tx, Job::TakeDownFor(person), app.clock.now() + LOOK_AGAIN_MINUTES.minutes()).await?;
    Ok(tx.commit(Deed::by_program().did("permissions.take-down-awaited").to(person)).await?)
}
