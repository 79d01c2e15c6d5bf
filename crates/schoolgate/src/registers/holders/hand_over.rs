//! What is to be handed over when somebody leaves, and by when.

use jiff::ToSpan as _;
use jiff::civil::Date;
use uuid::Uuid;

use crate::access::role::{Held, Role};
use crate::clock::date_in_words;
use crate::people::person::Person;

/// How long before somebody's last day the hand-over is asked for: time to name somebody and to change a password together.
const AHEAD_DAYS: i64 = 30;

/// How somebody holds an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// They answer for it.
    Answers,
    SignsIn,
}

impl Hold {
    pub const ALL: [Hold; 2] = [Hold::Answers, Hold::SignsIn];

    pub fn code(self) -> &'static str {
        match self {
            Hold::Answers => "answers",
            Hold::SignsIn => "signs-in",
        }
    }

    pub fn from_code(code: &str) -> Option<Hold> {
        Hold::ALL.into_iter().find(|hold| hold.code() == code)
    }
}

/// By when it is to be done; what is overdue comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The last day has passed.
    AtOnce,
    /// The last day that they are here.
    By(Date),
}

/// An account that somebody who leaves has to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    pub account: Uuid,
    pub account_called: String,
    pub person: Uuid,
    pub called: String,
    pub hold: Hold,
    pub due: Due,
    /// When it was raised to the headteacher's list, in UTC milliseconds; absent: not overdue so far.
    pub raised_at: Option<i64>,
}

impl HandOver {
    pub fn is_overdue(&self) -> bool {
        self.due == Due::AtOnce
    }

    pub fn of(&self) -> (Uuid, Uuid, Hold) {
        (self.account, self.person, self.hold)
    }

    /// `By 31 December 2026`.
    pub fn due_said(&self) -> String {
        match self.due {
            Due::AtOnce => "At once".to_owned(),
            Due::By(day) => format!("By {}", date_in_words(day)),
        }
    }

    /// What follows the name.
    pub fn said(&self) -> &'static str {
        match (self.due, self.hold) {
            (Due::AtOnce, Hold::Answers) => "works here no more and answers for",
            (Due::AtOnce, Hold::SignsIn) => "works here no more and can sign in to",
            (Due::By(_), Hold::Answers) => "leaves and answers for",
            (Due::By(_), Hold::SignsIn) => "leaves and can sign in to",
        }
    }

    pub fn to_do(&self) -> &'static str {
        match self.hold {
            Hold::Answers => "name somebody else",
            Hold::SignsIn => "change the password",
        }
    }

    pub fn sample(due: Due, hold: Hold) -> HandOver {
        HandOver {
            account: Uuid::nil(),
            account_called: "School on Bluesky".into(),
            person: Uuid::nil(),
            called: "Ada Bell".into(),
            hold,
            due,
            raised_at: (due == Due::AtOnce).then_some(1_795_262_400_000),
        }
    }
}

/// By when somebody has to hand over what they hold; `None`: they stay, or leave later than anybody plans for.
///
/// Whoever worked here and is a parent still has left; a parent who never was anything else holds an account as a parent.
pub fn due(person: &Person, today: Date) -> Option<Due> {
    let is_work = |held: &&Held| held.role != Role::Parent;
    let has_worked = person.held.iter().any(|held| is_work(&held));
    let mut last = None;
    for held in person.held.iter().filter(|held| !has_worked || is_work(held)) {
        last = last.max(Some(held.ends_on?));
    }
    let soon = today.saturating_add(AHEAD_DAYS.days());
    match last {
        None => Some(Due::AtOnce),
        Some(day) if day < today => Some(Due::AtOnce),
        Some(day) => (day <= soon).then_some(Due::By(day)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use store::SchoolId;

    use super::*;
    use crate::people::person::{Employed, Particulars};

    const TODAY: Date = date(2026, 11, 21);

    fn check(roles: &[(Role, Option<Date>)], expect: Option<Due>) {
        let held = |(role, ends_on): &(Role, Option<Date>)| Held {
            id: Uuid::nil(),
            role: *role,
            starts_on: date(2020, 9, 1),
            ends_on: *ends_on,
            version: 1,
        };
        let person = Person {
            school: SchoolId::HOUSE,
            id: Uuid::nil(),
            version: 1,
            particulars: Particulars { name: "Ada Bell".into(), known_as: None, employed: Employed::Yes },
            held: roles.iter().map(held).collect(),
        };
        assert_eq!(due(&person, TODAY), expect, "{roles:?}");
    }

    #[test]
    fn an_account_is_handed_over_by_the_last_day_and_at_once_after_it() {
        let day = |month, day| Some(date(2026, month, day));
        check(&[(Role::Teacher, None)], None);
        check(&[(Role::Teacher, day(11, 20))], Some(Due::AtOnce));
        check(&[(Role::Teacher, Some(TODAY))], Some(Due::By(TODAY)));
        check(&[(Role::Teacher, day(12, 21))], Some(Due::By(date(2026, 12, 21))));
        check(&[(Role::Teacher, day(12, 22))], None);
        check(&[(Role::Teacher, day(7, 31)), (Role::Governor, day(12, 1))], Some(Due::By(date(2026, 12, 1))));
        check(&[(Role::Teacher, day(7, 31)), (Role::Governor, None)], None);
        check(&[], Some(Due::AtOnce));
    }

    #[test]
    fn whoever_worked_here_and_is_a_parent_still_has_left() {
        check(&[(Role::Parent, None), (Role::TeachingAssistant, Some(date(2026, 7, 31)))], Some(Due::AtOnce));
        check(&[(Role::Parent, None)], None);
        check(&[(Role::Parent, Some(date(2026, 7, 31)))], Some(Due::AtOnce));
    }
}
