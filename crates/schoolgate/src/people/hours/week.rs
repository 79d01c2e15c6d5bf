//! When people work at a school, and when school is on.

use jiff::Zoned;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// Terms and half-terms that are kept: six a year, for some years.
pub const TERMS_MAX: usize = 40;
/// Letters in the name of a term.
pub const TERM_NAME_MAX: usize = 60;
/// Monday first.
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// From one day to another, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub name: String,
    pub starts_on: Date,
    pub ends_on: Date,
}

/// From one time of day up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: Time,
    pub to: Time,
}

/// What the school has written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Monday first; none: nobody works then.
    pub days: [Option<Span>; 7],
    /// In the order of their first days.
    pub terms: Vec<Term>,
}

/// What a moment is at a school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A school day, within the hours.
    InHours,
    /// Before or after them, a weekend, or no school.
    Outside,
    /// Nothing is written down for that day.
    NotKnown,
}

impl Hours {
    /// What the moment is, by the hours that the policy in force states, if it does, else by those written down here. A day before
    /// the first or after the last term that is written down is not known.
    pub fn at(&self, moment: &Zoned, stated: Option<&rulebook::Hours>) -> Moment {
        let day = moment.date();
        let is_written = self.terms.first().is_some_and(|first| first.starts_on <= day)
            && self.terms.iter().any(|term| day <= term.ends_on);
        let has_hours = stated.is_some() || self.days.iter().any(Option::is_some);
        if !is_written || !has_hours {
            return Moment::NotKnown;
        }
        let is_on = self.terms.iter().any(|term| term.starts_on <= day && day <= term.ends_on);
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        let is_within = match stated {
            Some(hours) => hours.hold(moment.datetime()),
            None => self.days[weekday].is_some_and(|span| (span.from..span.to).contains(&moment.time())),
        };
        if is_on && is_within { Moment::InHours } else { Moment::Outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn hours() -> Hours {
        let span =
            |from: i8, to: i8| Some(Span { from: Time::constant(from, 30, 0, 0), to: Time::constant(to, 0, 0, 0) });
        let term = |name: &str, starts_on, ends_on| Term { name: name.to_owned(), starts_on, ends_on };
        Hours {
            days: [span(8, 16), span(8, 16), span(8, 16), span(8, 16), span(8, 15), None, None],
            terms: vec![
                term("Autumn 1", date(2026, 9, 2), date(2026, 10, 23)),
                term("Autumn 2", date(2026, 11, 2), date(2026, 12, 18)),
            ],
        }
    }

    #[test]
    fn a_moment_is_within_the_hours_of_a_school_day_or_it_is_not() {
        let hours = hours();
        let cases = [
            ("2026-11-20T08:29:59[Europe/London]", Moment::Outside),
            ("2026-11-20T08:30:00[Europe/London]", Moment::InHours),
            ("2026-11-20T14:59:59[Europe/London]", Moment::InHours),
            ("2026-11-20T15:00:00[Europe/London]", Moment::Outside),
            ("2026-11-19T15:30:00[Europe/London]", Moment::InHours),
            ("2026-11-21T10:00:00[Europe/London]", Moment::Outside),
            ("2026-10-28T10:00:00[Europe/London]", Moment::Outside),
            ("2026-09-01T10:00:00[Europe/London]", Moment::NotKnown),
            ("2026-12-21T10:00:00[Europe/London]", Moment::NotKnown),
        ];
        for (moment, expect) in cases {
            assert_eq!(hours.at(&moment.parse().expect("a moment"), None), expect, "{moment}");
        }
    }

    #[test]
    fn what_nobody_has_written_down_is_not_known() {
        let moment: Zoned = "2026-11-20T10:00:00[Europe/London]".parse().expect("a moment");
        assert_eq!(Hours::default().at(&moment, None), Moment::NotKnown);
        assert_eq!(Hours { days: [None; 7], ..hours() }.at(&moment, None), Moment::NotKnown);
        assert_eq!(Hours { terms: vec![], ..hours() }.at(&moment, None), Moment::NotKnown);
    }
}
