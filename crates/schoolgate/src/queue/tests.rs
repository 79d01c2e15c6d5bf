use std::sync::Mutex;

use store::testing::on_both;

use super::job::DAY_MILLIS;
use super::*;
use crate::clock::Fixed;
use crate::error::Error;

const MINUTE: i64 = 60 * 1000;

fn school() -> SchoolId {
    SchoolId::new(Uuid::from_u128(7))
}

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a moment")
}

/// A worker on a clock that the test moves.
fn worker(db: Db) -> (Worker, Arc<Fixed>) {
    let clock = Arc::new(Fixed::at(noon()));
    (Worker { db, clock: Arc::clone(&clock) as Arc<dyn Clock> }, clock)
}

async fn push_now(worker: &Worker) {
    let mut tx = worker.db.write(school()).await.expect("a write");
    push(&mut tx, Job::SignHeads, worker.clock.now()).await.expect("a pushed job");
    tx.commit(Deed::by_program().did("test.pushed")).await.expect("a commit");
}

async fn succeed(_: SchoolId, _: Job) -> Result<()> {
    Ok(())
}

async fn fail(_: SchoolId, _: Job) -> Result<()> {
    Err(Error::unavailable("the network", "no route"))
}

async fn panic(_: SchoolId, _: Job) -> Result<()> {
    panic!("on purpose");
}

async fn step<F, Fut>(worker: &Worker, run: F) -> Step
where
    F: Fn(SchoolId, Job) -> Fut,
    Fut: Future<Output = Result<()>> + Send + 'static,
{
    worker.step(school(), &run).await.expect("a step")
}

#[tokio::test]
async fn a_job_runs_once_and_comes_again_when_its_time_is_round() {
    on_both(|db| async move {
        let (worker, clock) = worker(db);
        assert_eq!(step(&worker, succeed).await, Step::Idle);
        push_now(&worker).await;
        assert_eq!(step(&worker, succeed).await, Step::Done(Job::SignHeads));
        assert_eq!(step(&worker, succeed).await, Step::Idle);
        clock.advance_millis(DAY_MILLIS - 1);
        assert_eq!(step(&worker, succeed).await, Step::Idle);
        clock.advance_millis(1);
        assert_eq!(step(&worker, succeed).await, Step::Done(Job::SignHeads));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_was_not_committed_does_not_exist() {
    on_both(|db| async move {
        let (worker, _) = worker(db);
        let mut tx = worker.db.write(school()).await.expect("a write");
        push(&mut tx, Job::SignHeads, worker.clock.now()).await.expect("a pushed job");
        drop(tx);
        assert_eq!(step(&worker, succeed).await, Step::Idle);
    })
    .await;
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    on_both(|db| async move {
        let (worker, clock) = worker(db);
        let mut tx = worker.db.write(school()).await.expect("a write");
        push(&mut tx, Job::SignHeads, from_millis(noon().as_millisecond() + MINUTE)).await.expect("a pushed job");
        tx.commit(Deed::by_program().did("test.pushed")).await.expect("a commit");
        clock.advance_millis(MINUTE - 1);
        assert_eq!(step(&worker, succeed).await, Step::Idle);
        clock.advance_millis(1);
        assert_eq!(step(&worker, succeed).await, Step::Done(Job::SignHeads));
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_comes_back_later_and_later_and_is_given_up_in_the_end() {
    on_both(|db| async move {
        let (worker, clock) = worker(db);
        push_now(&worker).await;
        for attempt in 1..ATTEMPTS_MAX {
            let become_of = if attempt == 1 { step(&worker, panic).await } else { step(&worker, fail).await };
            assert_eq!(become_of, Step::Later(Job::SignHeads), "attempt {attempt}");
            clock.advance_millis(pause_millis(attempt) - 1);
            assert_eq!(step(&worker, fail).await, Step::Idle, "too early after attempt {attempt}");
            clock.advance_millis(1);
        }
        assert_eq!(step(&worker, fail).await, Step::GaveUp);
        clock.advance_millis(DAY_MILLIS - 1);
        assert_eq!(step(&worker, fail).await, Step::Idle, "what was given up stays so");
        clock.advance_millis(1);
        assert_eq!(step(&worker, succeed).await, Step::Done(Job::SignHeads), "what repeats itself begins anew");
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_worker_held_is_taken_over_and_it_can_record_nothing_any_more() {
    on_both(|db| async move {
        let (worker, clock) = worker(db);
        push_now(&worker).await;
        let dead = worker.claim(school()).await.expect("a claim").expect("a job");
        assert!(worker.claim(school()).await.expect("a look").is_none(), "nobody else has it meanwhile");
        clock.advance_millis(CLAIM_MILLIS);
        let heir = worker.claim(school()).await.expect("a claim").expect("the same job");
        assert_eq!((heir.id, heir.attempt), (dead.id, 2));
        assert!(matches!(worker.finish(&dead).await, Err(Error::Conflict)));
        assert!(matches!(worker.put_off(&dead).await, Err(Error::Conflict)));
        worker.finish(&heir).await.expect("the heir may");
    })
    .await;
}

#[tokio::test]
async fn a_job_that_kills_its_worker_every_time_is_given_up_too() {
    on_both(|db| async move {
        let (worker, clock) = worker(db);
        push_now(&worker).await;
        for _ in 0..ATTEMPTS_MAX {
            worker.claim(school()).await.expect("a claim").expect("a job");
            clock.advance_millis(CLAIM_MILLIS);
        }
        assert_eq!(step(&worker, succeed).await, Step::GaveUp);
    })
    .await;
}

#[tokio::test]
async fn what_repeats_itself_is_pushed_once() {
    on_both(|db| async move {
        let (worker, _) = worker(db);
        let mut tx = worker.db.write(school()).await.expect("a write");
        assert!(push_once(&mut tx, Job::SignHeads, noon()).await.expect("a push"));
        assert!(!push_once(&mut tx, Job::SignHeads, noon()).await.expect("a push"));
        tx.commit(Deed::by_program().did("test.pushed")).await.expect("a commit");
    })
    .await;
}

#[tokio::test]
async fn one_school_s_job_is_not_another_s() {
    on_both(|db| async move {
        let (worker, _) = worker(db);
        push_now(&worker).await;
        let other = SchoolId::new(Uuid::from_u128(8));
        assert_eq!(worker.step(other, &succeed).await.expect("a step"), Step::Idle);
        assert_eq!(step(&worker, succeed).await, Step::Done(Job::SignHeads));
    })
    .await;
}

#[tokio::test]
async fn the_worker_empties_the_queue_and_stops_when_told() {
    on_both(|db| async move {
        let (worker, _) = worker(db);
        push_now(&worker).await;
        push_now(&worker).await;
        let (stop, stopped) = watch::channel(false);
        let done = Arc::new(Mutex::new(0));
        let count = {
            let done = Arc::clone(&done);
            move |_: SchoolId, _: Job| {
                let (done, stop) = (Arc::clone(&done), stop.clone());
                async move {
                    let mut done = done.lock().expect("nobody panics with it");
                    *done += 1;
                    if *done == 2 {
                        stop.send(true).expect("the worker listens");
                    }
                    Ok(())
                }
            }
        };
        worker.work(count, stopped).await;
        assert_eq!(*done.lock().expect("nobody panics with it"), 2);
    })
    .await;
}

#[test]
fn pauses_double_up_to_a_limit() {
    assert_eq!(pause_millis(1), 15_000);
    assert_eq!(pause_millis(2), 30_000);
    assert_eq!(pause_millis(3), MINUTE);
    assert_eq!(pause_millis(i64::MAX), PAUSE_MILLIS_MAX);
    let all: i64 = (1..ATTEMPTS_MAX).map(pause_millis).sum();
    assert!((20 * 60 * MINUTE..24 * 60 * MINUTE).contains(&all), "about a day, not {} minutes", all / MINUTE);
}

#[test]
fn every_job_is_read_as_it_was_written() {
    for job in Job::all(Uuid::from_u128(7)) {
        let (kind, subject) = job.written();
        assert_eq!(Job::read(kind, subject), Some(job));
    }
    assert_eq!(Job::read("of-a-later-version", Uuid::nil()), None);
}
