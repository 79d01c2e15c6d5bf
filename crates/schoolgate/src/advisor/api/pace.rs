//! How fast a program may ask, and how often an address may come with a wrong key.
//!
//! Kept in memory: a restart forgets it, which costs at most one more burst. Keys are random and 256 bits long, so this
//! keeps the place quick for people; it is not what keeps keys from being guessed.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use uuid::Uuid;

/// What fills and drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    /// So many at once.
    burst: i64,
    /// Then one more in so many milliseconds, times [`PER`].
    millis_each: i64,
}

/// Fractions of one, so that fast paces are whole numbers, too.
const PER: i64 = 1_000;
/// Fifty requests a second for as long as anybody likes, a minute of them at once.
const REQUESTS: Pace = Pace { burst: 3_000, millis_each: 20 * PER };
/// Two thousand situations a second for as long as anybody likes, twenty thousand at once.
const SITUATIONS: Pace = Pace { burst: 20_000, millis_each: PER / 2 };
/// Thirty wrong keys at once, then one in ten seconds.
const WRONG_KEYS: Pace = Pace { burst: 30, millis_each: 10_000 * PER };
/// Keys and addresses that are remembered; beyond this the fullest are forgotten first.
const REMEMBERED_MAX: usize = 10_000;

/// How much has been taken, and when that was so. Drains with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Taken {
    parts: i64,
    at: i64,
}

impl Taken {
    /// What is left of it now, in parts of [`PER`] milliseconds.
    fn now(self, now: i64) -> i64 {
        let gone = now.saturating_sub(self.at).max(0).saturating_mul(PER);
        self.parts.saturating_sub(gone).max(0)
    }

    /// Takes some, or says in how many seconds there will be room. More than a burst at once never fits, and is let
    /// through when nothing else is taken: the limits on one request see to its size.
    fn take(self, many: i64, pace: Pace, now: i64) -> Result<Self, u32> {
        let held = self.now(now);
        let wanted = many.saturating_mul(pace.millis_each);
        let room = pace.burst.saturating_mul(pace.millis_each).saturating_sub(held);
        if wanted <= room || held == 0 {
            return Ok(Self { parts: held.saturating_add(wanted), at: now });
        }
        let short = wanted.saturating_sub(room).min(held);
        let seconds = (short / PER).saturating_add(999) / 1_000;
        Err(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
    }
}

fn with<K: Eq + Hash, T>(
    kept: &'static OnceLock<Mutex<HashMap<K, Taken>>>,
    act: impl FnOnce(&mut HashMap<K, Taken>) -> T,
) -> T {
    let mut map = kept.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    act(&mut map)
}

fn take<K: Eq + Hash + Copy>(map: &mut HashMap<K, Taken>, key: K, ask: (i64, Pace), now: i64) -> Result<(), u32> {
    if map.len() >= REMEMBERED_MAX {
        map.retain(|_, taken| taken.now(now) > 0);
        if map.len() >= REMEMBERED_MAX {
            map.clear();
        }
    }
    let taken = map.get(&key).copied().unwrap_or_default().take(ask.0, ask.1, now)?;
    map.insert(key, taken);
    Ok(())
}

/// One request of this key.
pub(super) fn take_request(token: Uuid, now: i64) -> Result<(), u32> {
    static TAKEN: OnceLock<Mutex<HashMap<Uuid, Taken>>> = OnceLock::new();
    with(&TAKEN, |map| take(map, token, (1, REQUESTS), now))
}

/// So many situations of this key.
pub(super) fn take_situations(token: Uuid, many: usize, now: i64) -> Result<(), u32> {
    static TAKEN: OnceLock<Mutex<HashMap<Uuid, Taken>>> = OnceLock::new();
    let many = i64::try_from(many).unwrap_or(i64::MAX);
    with(&TAKEN, |map| take(map, token, (many, SITUATIONS), now))
}

/// One wrong key from this address. A right one is never made to wait for them.
pub(super) fn take_wrong_key(from: IpAddr, now: i64) -> Result<(), u32> {
    static TAKEN: OnceLock<Mutex<HashMap<IpAddr, Taken>>> = OnceLock::new();
    with(&TAKEN, |map| take(map, from, (1, WRONG_KEYS), now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(many: i64, pace: Pace, now: i64) -> Result<Taken, u32> {
        (0..many).try_fold(Taken::default(), |taken, _| taken.take(1, pace, now))
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let full = after(REQUESTS.burst, REQUESTS, 1_000).expect("a burst");
        assert_eq!(full.take(1, REQUESTS, 1_000), Err(1));
        let next = full.take(1, REQUESTS, 1_020).expect("a moment later");
        assert!(next.take(1, REQUESTS, 1_020).is_err());
        assert!(full.take(REQUESTS.burst, REQUESTS, 61_000).is_ok());
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_is_long_enough() {
        let full = after(WRONG_KEYS.burst, WRONG_KEYS, 0).expect("a burst");
        let seconds = full.take(1, WRONG_KEYS, 0).expect_err("full");
        assert_eq!(seconds, 10);
        assert!(full.take(1, WRONG_KEYS, i64::from(seconds) * 1_000).is_ok());
    }

    #[test]
    fn many_situations_at_once_fit_and_drain() {
        let taken = Taken::default().take(20_000, SITUATIONS, 0).expect("a burst");
        assert!(taken.take(1_000, SITUATIONS, 0).is_err());
        assert!(taken.take(1_000, SITUATIONS, 500).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_lets_nobody_wait_for_ever() {
        let full = after(REQUESTS.burst, REQUESTS, 1_000_000).expect("a burst");
        let seconds = full.take(1, REQUESTS, 0).expect_err("full");
        assert!(seconds <= 60);
    }
}
