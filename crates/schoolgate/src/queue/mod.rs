//! Work that is done later, or again until it is done.
//!
//! For: verbs, which push what must follow in their own transaction; `jobs.rs`, which says what each kind does.
//! Promises: a job that was pushed with a change exists exactly if the change does; it runs at least once, and again after
//! a crash or a failure, more and more slowly, until it is done or [`ATTEMPTS_MAX`] is reached; a claim that was overtaken
//! by a later one cannot record anything.
//! Does not: promise only once. A verb that a job calls looks before it acts. Nothing here waits on a network with a write
//! open: claim, close; run; record, close.

mod job;
mod queries;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{Db, Deed, SchoolId, Tx};
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::{Clock, from_millis};
use crate::error::Result;

pub use job::Job;

/// After this many tries a person has to look: with the pauses below that is about 20 hours.
pub const ATTEMPTS_MAX: i64 = 14;
/// Longest time that one try may take.
pub const RUN_TIME_MAX: Duration = Duration::from_secs(4 * 60);
/// A claim ends after this; longer than a try, so that nobody takes over what still runs.
const CLAIM_MILLIS: i64 = 5 * 60 * 1000;
/// First pause after a failure; each further one is twice as long, up to the longest.
const PAUSE_MILLIS: i64 = 15 * 1000;
const PAUSE_MILLIS_MAX: i64 = 6 * 60 * 60 * 1000;
/// How often the worker looks. A look is one small read for each school.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Adds a job for the transaction's school, not to be run before `at`.
pub async fn push(tx: &mut Tx, job: Job, at: Timestamp) -> Result<()> {
    let (kind, subject) = job.written();
    Ok(queries::add(tx, (id_at(at), kind, subject), at.as_millisecond()).await?)
}

/// As [`push`], unless the same job is waiting or running already; `true` if it was added. For what repeats itself.
pub async fn push_once(tx: &mut Tx, job: Job, at: Timestamp) -> Result<bool> {
    let (kind, subject) = job.written();
    if queries::is_waiting(tx, kind, subject).await? {
        return Ok(false);
    }
    push(tx, job, at).await?;
    Ok(true)
}

/// What became of one look into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing was due.
    Idle,
    Done(Job),
    /// It failed and will be tried again.
    Later(Job),
    /// It failed too often, or nobody knows what it is any more.
    GaveUp,
}

/// A job that is ours until its time is over.
struct Claim {
    school: SchoolId,
    id: Uuid,
    attempt: i64,
    /// `None`: written by a version that knows more kinds than this one.
    job: Option<Job>,
}

/// Takes jobs from the queue and runs them.
#[derive(Clone)]
pub struct Worker {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
}

impl Worker {
    /// Works until `stop` says so. What runs then is finished first; the caller limits the wait.
    pub async fn work<F, Fut>(&self, run: F, mut stop: watch::Receiver<bool>)
    where
        F: Fn(SchoolId, Job) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        while !*stop.borrow() {
            if let Err(error) = self.round(&run, &stop).await {
                tracing::warn!(error = error.chain(), "the queue could not be read");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Empties the queue of every school, one job of each in turn.
    async fn round<F, Fut>(&self, run: &F, stop: &watch::Receiver<bool>) -> Result<()>
    where
        F: Fn(SchoolId, Job) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let mut busy = self.db.schools().await?;
        while !busy.is_empty() {
            let mut still_busy = Vec::new();
            for school in busy {
                if *stop.borrow() {
                    return Ok(());
                }
                if self.step(school, run).await? != Step::Idle {
                    still_busy.push(school);
                }
            }
            busy = still_busy;
        }
        Ok(())
    }

    /// Runs one job of a school, if one is due.
    pub async fn step<F, Fut>(&self, school: SchoolId, run: &F) -> Result<Step>
    where
        F: Fn(SchoolId, Job) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let Some(claim) = self.claim(school).await? else { return Ok(Step::Idle) };
        let Some(job) = claim.job.filter(|_| claim.attempt <= ATTEMPTS_MAX) else {
            self.give_up(&claim).await?;
            return Ok(Step::GaveUp);
        };
        // A task of its own: a panic in a job is a failed try, not the end of the worker.
        let running = tokio::spawn(tokio::time::timeout(RUN_TIME_MAX, run(school, job)));
        let failure = match running.await {
            Ok(Ok(Ok(()))) => {
                self.finish(&claim).await?;
                return Ok(Step::Done(job));
            }
            Ok(Ok(Err(error))) => error.chain(),
            Ok(Err(_)) => "it took too long".to_owned(),
            Err(_) => "it panicked".to_owned(),
        };
        tracing::warn!(?job, attempt = claim.attempt, error = failure, "job failed");
        if claim.attempt >= ATTEMPTS_MAX {
            self.give_up(&claim).await?;
            return Ok(Step::GaveUp);
        }
        self.put_off(&claim).await?;
        Ok(Step::Later(job))
    }

    async fn claim(&self, school: SchoolId) -> Result<Option<Claim>> {
        let now = self.clock.now().as_millisecond();
        let mut read = self.db.read(school).await?;
        let due = queries::find_due(&mut read, now).await?;
        drop(read);
        if due.is_none() {
            return Ok(None);
        }
        // Looked at again as the school's one writer: another process may have been quicker.
        let mut tx = self.db.write(school).await?;
        let Some(due) = queries::find_due(&mut tx, now).await? else { return Ok(None) };
        let attempt = due.attempts + 1;
        queries::save(&mut tx, due.id, due.attempts, (attempt, now.saturating_add(CLAIM_MILLIS))).await?;
        tx.commit(Deed::by_program().did("queue.claimed").to(due.id)).await?;
        Ok(Some(Claim { school, id: due.id, attempt, job: Job::read(&due.kind, due.subject) }))
    }

    async fn finish(&self, claim: &Claim) -> Result<()> {
        let mut tx = self.db.write(claim.school).await?;
        queries::remove(&mut tx, claim.id, claim.attempt).await?;
        self.push_again(&mut tx, claim).await?;
        Ok(tx.commit(Deed::by_program().did("queue.done").to(claim.id)).await?)
    }

    async fn push_again(&self, tx: &mut Tx, claim: &Claim) -> Result<()> {
        let Some((job, after)) = claim.job.and_then(|job| Some((job, job.comes_again_after_millis()?))) else {
            return Ok(());
        };
        push(tx, job, from_millis(self.clock.now().as_millisecond().saturating_add(after))).await
    }

    async fn put_off(&self, claim: &Claim) -> Result<()> {
        let next = self.clock.now().as_millisecond().saturating_add(pause_millis(claim.attempt));
        let mut tx = self.db.write(claim.school).await?;
        queries::save(&mut tx, claim.id, claim.attempt, (claim.attempt, next)).await?;
        Ok(tx.commit(Deed::by_program().did("queue.put-off").to(claim.id)).await?)
    }

    async fn give_up(&self, claim: &Claim) -> Result<()> {
        tracing::error!(job = ?claim.job, id = %claim.id, "job given up; somebody must look");
        let mut tx = self.db.write(claim.school).await?;
        queries::give_up(&mut tx, claim.id, claim.attempt, self.clock.now().as_millisecond()).await?;
        self.push_again(&mut tx, claim).await?;
        Ok(tx.commit(Deed::by_program().did("queue.given-up").to(claim.id)).await?)
    }
}

/// 15 s, 30 s, 1 min .. 6 h.
fn pause_millis(attempt: i64) -> i64 {
    // Twenty doublings are far beyond the longest pause already.
    let doublings = attempt.saturating_sub(1).clamp(0, 20);
    PAUSE_MILLIS.saturating_mul(1 << doublings).min(PAUSE_MILLIS_MAX)
}

/// Ids of jobs are made from the moment they are due, so they sort by it.
fn id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(from_millis(at.as_millisecond()).as_millisecond()).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos))
}
