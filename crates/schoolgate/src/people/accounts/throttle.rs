//! How long somebody must wait before the next try. Pure: the rows are kept under the whole installation, so a restart
//! forgets nothing.
//!
//! Every try is counted when it *begins* and given back when it succeeds; otherwise a hundred tries sent at once would
//! all pass before the first failure is written. The wait doubles to a ceiling and is never longer: nobody is locked
//! out for good, least of all by a stranger who types their address. A passkey is never made to wait for an account.

/// What is counted, and how patient we are with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries before the first wait.
    pub free_tries: i64,
    pub first_wait_ms: i64,
    pub longest_wait_ms: i64,
    /// One try is forgotten in this time, so that a busy school's slips do not pile up over the day.
    pub forgets_one_ms: i64,
}

/// Tries beyond the free ones are counted no further, so that everything is forgotten in a foreseeable time.
const BEYOND_MAX: i64 = 20;
/// Everything about anybody is forgotten by then.
pub const FORGETS_ALL_MS: i64 = (ACCOUNT.free_tries + BEYOND_MAX + 1) * ACCOUNT.forgets_one_ms;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Passwords and codes for one account: five slips are human.
pub const ACCOUNT: Patience = Patience {
    free_tries: 5,
    first_wait_ms: 15 * SECOND_MS,
    longest_wait_ms: 15 * MINUTE_MS,
    forgets_one_ms: 2 * HOUR_MS,
};

/// Passwords from one network address. A whole school often shares one, and a pupil in it must not be able to keep the
/// staff out: so it is given more, and waits less.
pub const ADDRESS: Patience = Patience {
    free_tries: 60,
    first_wait_ms: 5 * SECOND_MS,
    longest_wait_ms: MINUTE_MS,
    forgets_one_ms: 30 * SECOND_MS,
};

/// Passkey ceremonies from one network address. There is nothing to guess; this only keeps the table small.
pub const CEREMONIES: Patience = Patience {
    free_tries: 120,
    first_wait_ms: 5 * SECOND_MS,
    longest_wait_ms: MINUTE_MS,
    forgets_one_ms: 2 * SECOND_MS,
};

/// The count for one account or address. Times are UTC milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub tries: i64,
    /// From when on forgetting is reckoned: the last try that was forgotten, or the first after all were.
    pub since: i64,
    /// No try is heard before this.
    pub open_at: i64,
}

/// Come back then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub until: i64,
}

impl Tally {
    /// Counts a try that begins now, or says when the next one may begin. A refused try is not counted, so that
    /// knocking does not lengthen the wait.
    pub fn begin(self, patience: Patience, now: i64) -> Result<Tally, Wait> {
        if now < self.open_at {
            // A clock that was set back must not keep somebody out for longer than the ceiling.
            let until = self.open_at.min(now.saturating_add(patience.longest_wait_ms));
            return Err(Wait { until });
        }
        let forgotten = now.saturating_sub(self.since).max(0) / patience.forgets_one_ms;
        let left = (self.tries - forgotten).max(0);
        let since = if left == 0 { now } else { self.since.saturating_add(forgotten * patience.forgets_one_ms) };
        let tries = (left + 1).min(patience.free_tries + BEYOND_MAX);
        Ok(Tally { tries, since, open_at: now.saturating_add(wait_after(tries, patience)) })
    }

    /// What is left when a try succeeded. An address keeps its count less this one try: one good sign-in among many
    /// bad ones must not wash the address clean.
    pub fn give_back(self) -> Tally {
        Tally { tries: (self.tries - 1).max(0), open_at: 0, ..self }
    }
}

/// No wait up to the last free try, then doubling up to the ceiling.
fn wait_after(tries: i64, patience: Patience) -> i64 {
    let beyond = tries - patience.free_tries;
    if beyond < 0 {
        return 0;
    }
    let doubled = patience.first_wait_ms.saturating_mul(1 << beyond.min(20));
    doubled.min(patience.longest_wait_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(tries: i64, patience: Patience) -> Tally {
        let mut tally = Tally::default();
        let mut now = 1_000_000;
        for _ in 0..tries {
            tally = tally.begin(patience, now.max(tally.open_at)).unwrap();
            now = tally.open_at.max(now);
        }
        tally
    }

    #[test]
    fn the_wait_grows_and_stops_growing() {
        let waits: Vec<i64> = (1..=14).map(|tries| wait_after(tries, ACCOUNT) / SECOND_MS).collect();
        assert_eq!(waits, [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900, 900]);
    }

    #[test]
    fn a_try_before_its_time_is_refused_with_the_time_and_does_not_lengthen_the_wait() {
        let tally = after(5, ACCOUNT);
        assert_eq!(tally.begin(ACCOUNT, tally.open_at - 1), Err(Wait { until: tally.open_at }));
        assert!(tally.begin(ACCOUNT, tally.open_at).is_ok());
    }

    #[test]
    fn nobody_is_locked_out_for_good() {
        let tally = after(10_000, ACCOUNT);
        let next = tally.begin(ACCOUNT, tally.open_at).unwrap();
        assert_eq!(next.open_at - tally.open_at, ACCOUNT.longest_wait_ms);
        assert_eq!(next.begin(ACCOUNT, next.open_at + FORGETS_ALL_MS).map(|tally| tally.tries), Ok(1));
    }

    #[test]
    fn one_try_after_another_is_forgotten_however_often_others_come() {
        let mut tally = after(4, ACCOUNT);
        let begin = tally.since;
        // Three more within the time of one: nothing is forgotten yet, and the time goes on.
        for part in 1..=3 {
            tally = tally.begin(ACCOUNT, (begin + part * ACCOUNT.forgets_one_ms / 4).max(tally.open_at)).unwrap();
        }
        assert_eq!((tally.tries, tally.since), (7, begin));
        tally = tally.begin(ACCOUNT, begin + ACCOUNT.forgets_one_ms).unwrap();
        assert_eq!((tally.tries, tally.since), (7, begin + ACCOUNT.forgets_one_ms));
        tally = tally.begin(ACCOUNT, begin + 20 * ACCOUNT.forgets_one_ms).unwrap();
        assert_eq!(tally.tries, 1);
    }

    #[test]
    fn one_good_sign_in_does_not_wash_an_address_clean() {
        let tally = after(ADDRESS.free_tries, ADDRESS).give_back();
        assert_eq!(tally.tries, ADDRESS.free_tries - 1);
        assert_eq!(tally.open_at, 0);
        assert_eq!(Tally::default().give_back().tries, 0);
    }

    #[test]
    fn a_clock_set_back_does_not_keep_anybody_out_for_long() {
        let tally = Tally { tries: 9, since: 10_000_000_000, open_at: 10_000_060_000 };
        let Err(wait) = tally.begin(ACCOUNT, 1_000) else { panic!("expected a wait") };
        assert!(wait.until <= 1_000 + ACCOUNT.longest_wait_ms);
    }
}
