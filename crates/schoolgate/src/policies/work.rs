//! Work that takes seconds: done once, away from the threads that answer pages, and kept under what it was done on.
//!
//! Promises: at most [`AT_ONCE`] pieces run at a time; a page never waits longer than [`WAIT`]. Does not: survive a restart; what
//! is worked out here can be worked out again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::error::{Error, Result};

/// One piece takes one core for some seconds; another core stays for those who ask.
const AT_ONCE: usize = 1;
/// Pieces that are kept; a meeting looks at a handful.
const KEPT_MAX: usize = 48;
/// How long a page waits before it says that the work goes on.
const WAIT: Duration = Duration::from_millis(1_200);

/// How far a piece of work has come.
pub enum Progress<T> {
    Working,
    Done(Arc<T>),
    /// A sentence for the person.
    Failed(String),
}

/// What a piece of work gives: the outcome, or a sentence for the person.
pub type Outcome<T> = std::result::Result<T, String>;
type State<T> = Option<Outcome<Arc<T>>>;

/// Everything of one kind that runs or is done.
pub struct Works<T: 'static>(OnceLock<Mutex<HashMap<String, watch::Receiver<State<T>>>>>);

impl<T: Send + Sync + 'static> Default for Works<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync + 'static> Works<T> {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The outcome kept under this key, or how far it is. The work is begun unless it was before.
    pub async fn outcome(
        &self,
        key: String,
        work: impl FnOnce() -> Outcome<T> + Send + 'static,
    ) -> Result<Progress<T>> {
        let mut state = self.begun(key, work);
        match tokio::time::timeout(WAIT, state.wait_for(Option::is_some)).await {
            Err(_) => Ok(Progress::Working),
            Ok(Err(_)) => Err(Error::fault("working something out", "the work stopped before it was done")),
            Ok(Ok(done)) => Ok(match done.as_ref() {
                Some(Ok(outcome)) => Progress::Done(Arc::clone(outcome)),
                Some(Err(said)) => Progress::Failed(said.clone()),
                None => Progress::Working,
            }),
        }
    }

    fn begun(&self, key: String, work: impl FnOnce() -> Outcome<T> + Send + 'static) -> watch::Receiver<State<T>> {
        let mut kept = self.0.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        // Work that broke off is begun again.
        if let Some(state) = kept.get(&key).filter(|state| state.borrow().is_some() || state.has_changed().is_ok()) {
            return state.clone();
        }
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, state| state.borrow().is_none());
        }
        let (tell, state) = watch::channel(None);
        kept.insert(key, state.clone());
        drop(kept);
        tokio::spawn(run(work, tell));
        state
    }
}

async fn run<T: Send + Sync + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
    tell: watch::Sender<State<T>>,
) {
    static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
    let Ok(_turn) = TURNS.acquire().await else { return };
    if let Ok(outcome) = tokio::task::spawn_blocking(work).await {
        // Nobody may be waiting any more; the outcome is kept for the next who asks.
        tell.send_replace(Some(outcome.map(Arc::new)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn done(works: &Works<u8>, key: &str, work: impl Fn() -> Outcome<u8> + Copy + Send + 'static) -> Outcome<u8> {
        loop {
            match works.outcome(key.to_owned(), work).await.expect("an answer") {
                Progress::Working => {}
                Progress::Done(outcome) => return Ok(*outcome),
                Progress::Failed(said) => return Err(said),
            }
        }
    }

    #[tokio::test]
    async fn the_same_work_is_done_once() {
        static WORKS: Works<u8> = Works::new();
        static RAN: AtomicUsize = AtomicUsize::new(0);
        let work = || {
            RAN.fetch_add(1, Ordering::SeqCst);
            Ok(7)
        };
        assert_eq!(done(&WORKS, "a", work).await, Ok(7));
        assert_eq!(done(&WORKS, "a", work).await, Ok(7));
        assert_eq!(RAN.load(Ordering::SeqCst), 1);
        assert_eq!(done(&WORKS, "b", work).await, Ok(7));
        assert_eq!(RAN.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_fails_says_why_and_what_breaks_off_is_begun_again() {
        static WORKS: Works<u8> = Works::new();
        assert_eq!(done(&WORKS, "a", || Err("too entangled".to_owned())).await, Err("too entangled".to_owned()));
        let broken = WORKS.outcome("b".to_owned(), || panic!("a fault of ours")).await;
        assert!(broken.is_err());
        assert_eq!(done(&WORKS, "b", || Ok(1)).await, Ok(1));
    }
}
