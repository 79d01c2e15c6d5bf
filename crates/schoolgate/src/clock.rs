//! What time it is, and how to say it.
//!
//! For: everything that asks for the time or shows one.
//! Promises: moments are UTC and whole milliseconds (what the database keeps); people read Europe/London, in words.
//! Does not: let anybody else read the machine's clock (`clippy.toml` bans it), so a test can stand at any moment it likes.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Tells the time. Two real implementations: [`System`] and, for tests and replays, [`Fixed`].
pub trait Clock: Send + Sync {
    /// Now, cut to whole milliseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        from_millis(Timestamp::now().as_millisecond())
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct Fixed {
    millis: AtomicI64,
}

impl Fixed {
    pub fn at(moment: Timestamp) -> Self {
        Self { millis: AtomicI64::new(moment.as_millisecond()) }
    }

    /// Moves the clock forward (or, with a negative number, back).
    pub fn advance_millis(&self, by: i64) {
        self.millis.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        from_millis(self.millis.load(Ordering::SeqCst))
    }
}

/// A moment from the milliseconds that a database column holds. Out of range (before year -9999 or after 9999) becomes the
/// nearest end: a damaged row must show as an absurd date, not stop the page.
pub fn from_millis(millis: i64) -> Timestamp {
    let held = millis.clamp(Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
    Timestamp::from_millisecond(held).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The moment as clocks in England show it.
pub fn in_london(moment: Timestamp) -> Zoned {
    moment.to_zoned(london())
}

/// Today's date in England.
pub fn today(clock: &dyn Clock) -> Date {
    in_london(clock.now()).date()
}

/// The moment at which a day begins in England.
pub fn start_of(date: Date) -> Timestamp {
    // A day that a form accepts is always within the time zone's reach.
    date.to_zoned(london()).map_or(Timestamp::MAX, |start| start.timestamp())
}

/// `1 September 2026`.
pub fn date_in_words(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `3:15pm`; on the hour `3pm`; `midday` and `midnight` by name, because nobody agrees on what 12am is.
pub fn time_in_words(at: &Zoned) -> String {
    match (at.hour(), at.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (hour, minute) => {
            let half = if hour < 12 { "am" } else { "pm" };
            let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 { format!("{shown}{half}") } else { format!("{shown}:{minute:02}{half}") }
        }
    }
}

/// `1 September 2026 at 3:15pm`, Europe/London.
pub fn moment_in_words(moment: Timestamp) -> String {
    let at = in_london(moment);
    format!("{} at {}", date_in_words(at.date()), time_in_words(&at))
}

/// The clock that schools in England go by.
pub const LONDON: &str = "Europe/London";

fn london() -> TimeZone {
    // The time zone data is compiled in, so the lookup can only fail if the feature is taken out; then UTC is at most an
    // hour wrong, and `the_clocks_change_twice_a_year` fails.
    TimeZone::get(LONDON).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(moment: &str, expect: &str) {
        let moment: Timestamp = moment.parse().expect("a moment");
        assert_eq!(moment_in_words(moment), expect);
    }

    #[test]
    fn the_clocks_change_twice_a_year() {
        check("2026-01-15T15:15:00Z", "15 January 2026 at 3:15pm");
        check("2026-03-29T00:59:59Z", "29 March 2026 at 12:59am");
        check("2026-03-29T01:00:00Z", "29 March 2026 at 2am");
        check("2026-10-25T00:30:00Z", "25 October 2026 at 1:30am");
        check("2026-10-25T01:30:00Z", "25 October 2026 at 1:30am");
        check("2026-08-31T23:00:00Z", "1 September 2026 at midnight");
        check("2026-07-01T11:00:00Z", "1 July 2026 at midday");
        check("2026-07-01T11:05:00Z", "1 July 2026 at 12:05pm");
    }

    #[test]
    fn today_is_england_s_day_not_greenwich_s() {
        let clock = Fixed::at("2026-06-30T23:30:00Z".parse().expect("a moment"));
        assert_eq!(date_in_words(today(&clock)), "1 July 2026");
        clock.advance_millis(-3_600_000);
        assert_eq!(date_in_words(today(&clock)), "30 June 2026");
    }

    #[test]
    fn a_day_begins_at_midnight_in_england() {
        assert_eq!(start_of(Date::constant(2026, 6, 30)).to_string(), "2026-06-29T23:00:00Z");
        assert_eq!(start_of(Date::constant(2026, 12, 1)).to_string(), "2026-12-01T00:00:00Z");
    }

    #[test]
    fn a_damaged_column_gives_an_absurd_date_and_no_panic() {
        assert_eq!(from_millis(i64::MAX), from_millis(Timestamp::MAX.as_millisecond()));
        assert_eq!(from_millis(i64::MIN), from_millis(Timestamp::MIN.as_millisecond()));
        let _ = moment_in_words(from_millis(i64::MAX));
        let _ = moment_in_words(from_millis(i64::MIN));
    }
}
