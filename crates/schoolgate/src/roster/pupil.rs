//! A pupil on the roll, and an answer that may be missing.

use jiff::civil::Date;
use store::SchoolId;
use uuid::Uuid;

use super::folding;
use crate::access::{Kind, Roles, Thing};

/// Longest part of a name: the longest that registers hold have about half of it.
pub const NAME_CHARS_MAX: usize = 200;
/// Longest name of a year group or class.
pub const GROUP_CHARS_MAX: usize = 80;

/// Yes, no, or nobody has said. Not knowing is never read as one of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    Yes,
    No,
    #[default]
    Unknown,
}

impl Known {
    pub const ALL: [Known; 3] = [Known::Yes, Known::No, Known::Unknown];

    pub fn code(self) -> &'static str {
        match self {
            Known::Yes => "yes",
            Known::No => "no",
            Known::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Known::Yes => "Yes",
            Known::No => "No",
            Known::Unknown => "Not known",
        }
    }

    pub fn from_code(code: &str) -> Option<Known> {
        Known::ALL.into_iter().find(|known| known.code() == code)
    }
}

/// What a pupil is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Names {
    pub forename: String,
    pub surname: String,
    pub known_as: Option<String>,
}

impl Names {
    /// `Oliver Smith (Ollie)`.
    pub fn in_full(&self) -> String {
        let name = format!("{} {}", self.forename, self.surname);
        match &self.known_as {
            Some(known_as) => format!("{} ({known_as})", name.trim()),
            None => name.trim().to_owned(),
        }
    }

    /// What people at school say: `Ollie Smith`.
    pub fn called(&self) -> String {
        format!("{} {}", self.known_as.as_ref().unwrap_or(&self.forename), self.surname).trim().to_owned()
    }

    /// What lists are sorted by and searches look in: surname first.
    pub fn folded(&self) -> String {
        let known_as = self.known_as.as_deref().unwrap_or_default();
        folding::fold(&format!("{} {} {known_as}", self.surname, self.forename))
    }
}

/// A pupil as lists and rules need them. The date of birth and the UPN are sealed and asked for by their own verbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pupil {
    pub school: SchoolId,
    pub id: Uuid,
    pub version: i64,
    pub names: Names,
    pub year_group: Option<String>,
    pub on_roll_from: Option<Date>,
    /// The first day on which they are not on roll any more.
    pub left_on: Option<Date>,
    /// When they came back after having left, in UTC milliseconds. A permission from before it does not count.
    pub returned_at: Option<i64>,
    pub looked_after: Known,
    pub court_marker: Known,
}

impl Pupil {
    /// Whether they are on roll on a day. A first day that nobody knows is past.
    pub fn is_on_roll(&self, day: Date) -> bool {
        self.on_roll_from.is_none_or(|from| from <= day) && self.left_on.is_none_or(|left| day < left)
    }

    /// Somebody of whom no more is known, for the samples of pages.
    pub fn sample(forename: &str, surname: &str) -> Pupil {
        Pupil {
            school: SchoolId::HOUSE,
            id: Uuid::nil(),
            version: 1,
            names: Names { forename: forename.to_owned(), surname: surname.to_owned(), known_as: None },
            year_group: None,
            on_roll_from: None,
            left_on: None,
            returned_at: None,
            looked_after: Known::Unknown,
            court_marker: Known::Unknown,
        }
    }

    /// Whether they have left by a day; somebody who is still to come has not.
    pub fn has_left(&self, day: Date) -> bool {
        self.left_on.is_some_and(|left| left <= day)
    }

    /// Whether a marker asks for a review before anything about them may be shown.
    pub fn is_marked(&self) -> bool {
        self.looked_after == Known::Yes || self.court_marker == Known::Yes
    }
}

impl From<&Pupil> for Thing {
    fn from(pupil: &Pupil) -> Thing {
        Thing {
            kind: Kind::Pupil,
            id: pupil.id,
            school: pupil.school,
            owner: None,
            about: Vec::new(),
            roles: Roles::new(),
        }
    }
}

/// A class or another teaching group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    pub id: Uuid,
    pub version: i64,
    pub name: String,
    pub year_group: Option<String>,
    pub ended_on: Option<Date>,
}

/// A value in a column that we never wrote.
pub(super) fn strange(column: &str) -> store::Error {
    store::Error::Tampered(format!("the column `{column}` holds a value that Schoolgate does not write"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn pupil(on_roll_from: Option<Date>, left_on: Option<Date>) -> Pupil {
        let names = Names { known_as: Some("Ollie".into()), ..Pupil::sample("Oliver", "Smith").names };
        Pupil { names, on_roll_from, left_on, ..Pupil::sample("Oliver", "Smith") }
    }

    #[test]
    fn a_pupil_is_on_roll_from_the_first_day_and_not_on_the_day_of_leaving() {
        let (first, left) = (date(2026, 9, 1), date(2026, 11, 21));
        let ollie = pupil(Some(first), Some(left));
        for (day, expect) in [(date(2026, 8, 31), false), (first, true), (date(2026, 11, 20), true), (left, false)] {
            assert_eq!(ollie.is_on_roll(day), expect, "{day}");
        }
        assert!(pupil(None, None).is_on_roll(first));
        assert!(!pupil(Some(first), None).has_left(date(2026, 8, 31)));
        assert!(ollie.has_left(left) && !ollie.has_left(first));
    }

    #[test]
    fn a_pupil_is_called_what_people_call_them() {
        let ollie = pupil(None, None);
        assert_eq!(ollie.names.called(), "Ollie Smith");
        assert_eq!(ollie.names.in_full(), "Oliver Smith (Ollie)");
        assert_eq!(ollie.names.folded(), "smith oliver ollie");
        let one_name = Names { forename: "Suharto".into(), ..Names::default() };
        assert_eq!((one_name.called(), one_name.in_full()), ("Suharto".to_owned(), "Suharto".to_owned()));
    }

    #[test]
    fn not_knowing_marks_nobody() {
        assert!(!pupil(None, None).is_marked());
        assert!(Pupil { looked_after: Known::Yes, ..pupil(None, None) }.is_marked());
        for known in Known::ALL {
            assert_eq!(Known::from_code(known.code()), Some(known));
        }
        assert_eq!(Known::from_code("maybe"), None);
    }
}
