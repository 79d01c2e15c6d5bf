//! A person of the school, what may be written about them, and what may be done with their roles.

use jiff::civil::Date;
use store::SchoolId;
use uuid::Uuid;

use super::Spell;
use crate::access::Thing;
use crate::access::role::{Held, Role, Roles, counting};
use crate::error::Refused;

/// Names in use in England reach about 70 letters; this leaves room for every part of the longest.
pub const NAME_MAX: usize = 120;
/// Roles that one person may have, ended ones included: a long working life.
pub const ROLES_MAX: usize = 60;

/// Whether the school employs somebody. Not knowing is an answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Employed {
    Yes,
    No,
    Unknown,
}

impl Employed {
    pub const ALL: [Employed; 3] = [Employed::Yes, Employed::No, Employed::Unknown];

    pub fn code(self) -> &'static str {
        match self {
            Employed::Yes => "yes",
            Employed::No => "no",
            Employed::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Employed::Yes => "Yes",
            Employed::No => "No",
            Employed::Unknown => "Not known",
        }
    }

    pub fn from_code(code: &str) -> Option<Employed> {
        Employed::ALL.into_iter().find(|employed| employed.code() == code)
    }
}

/// What is written about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Particulars {
    pub name: String,
    pub known_as: Option<String>,
    pub employed: Employed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub school: SchoolId,
    pub id: Uuid,
    pub version: i64,
    pub particulars: Particulars,
    /// Every role ever held here, oldest first.
    pub held: Vec<Held>,
}

impl Person {
    pub fn roles_on(&self, day: Date) -> Roles {
        counting(&self.held, day)
    }

    /// As an access rule sees them: roles that are still to come count too, or somebody could make a set-up link today
    /// for the headteacher of next week.
    pub fn thing(&self, today: Date) -> Thing {
        let to_come = self.held.iter().filter(|held| held.ends_on.is_none_or(|end| today <= end));
        Thing::person(self.school, self.id, to_come.map(|held| held.role).collect())
    }

    /// What the person is called on pages.
    pub fn called(&self) -> &str {
        self.particulars.known_as.as_deref().unwrap_or(&self.particulars.name)
    }

    /// Whether this person has left: no role counts today and none is to come.
    pub fn has_left(&self, today: Date) -> bool {
        self.held.iter().all(|held| held.ends_on.is_some_and(|end| end < today))
    }

    /// A role from a day on, perhaps to a last day.
    pub fn give(&self, id: Uuid, role: Role, starts_on: Date, ends_on: Option<Date>) -> Result<Held, Refused> {
        if ends_on.is_some_and(|end| end < starts_on) {
            return Err(Refused::because("a role cannot end before it starts"));
        }
        if self.held.len() >= ROLES_MAX {
            return Err(Refused::because("this person has as many roles as Schoolgate keeps for one person"));
        }
        if self.held.iter().any(|held| held.role == role && held.overlaps(starts_on, ends_on)) {
            return Err(Refused::because("this person already has this role in that time"));
        }
        Ok(Held { id, role, starts_on, ends_on, version: 1 })
    }

    /// Whether giving this would clash with what is held.
    pub fn clashes(&self, spell: &Spell) -> bool {
        self.give(Uuid::nil(), spell.role, spell.starts_on, spell.ends_on).is_err()
    }

    /// Sets or changes the last day of a role.
    pub fn end(&self, role: Uuid, ends_on: Date) -> Result<Held, Refused> {
        let held = self.held.iter().find(|held| held.id == role);
        let held = held.ok_or_else(|| Refused::because("this person does not have that role"))?;
        if ends_on < held.starts_on {
            return Err(Refused::because("a role cannot end before it starts"));
        }
        let others = self.held.iter().filter(|other| other.id != held.id && other.role == held.role);
        if others.into_iter().any(|other| other.overlaps(held.starts_on, Some(ends_on))) {
            return Err(Refused::because("this person already has this role in that time"));
        }
        Ok(Held { ends_on: Some(ends_on), ..held.clone() })
    }
}

/// A value in a column that we never wrote.
pub(crate) fn strange(column: &str) -> store::Error {
    store::Error::Tampered(format!("the column `{column}` holds a value that Schoolgate does not write"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn person(held: Vec<Held>) -> Person {
        let particulars = Particulars { name: "Ada Bell".into(), known_as: None, employed: Employed::Unknown };
        Person { school: SchoolId::new(Uuid::nil()), id: Uuid::nil(), version: 1, particulars, held }
    }

    fn teacher(ends_on: Option<Date>) -> Held {
        Held { id: Uuid::from_u128(7), role: Role::Teacher, starts_on: date(2026, 9, 1), ends_on, version: 1 }
    }

    #[test]
    fn not_knowing_is_one_of_three_answers() {
        for employed in Employed::ALL {
            assert_eq!(Employed::from_code(employed.code()), Some(employed));
        }
        assert_eq!(Employed::from_code(""), None);
    }

    #[test]
    fn a_role_is_given_once_at_a_time_and_forwards_in_time() {
        let ada = person(vec![teacher(Some(date(2027, 8, 31)))]);
        let give = |role, starts_on, ends_on| ada.give(Uuid::from_u128(8), role, starts_on, ends_on).is_ok();
        assert!(give(Role::Teacher, date(2027, 9, 1), None));
        assert!(!give(Role::Teacher, date(2027, 8, 31), None));
        assert!(give(Role::Dsl, date(2026, 9, 1), None));
        assert!(!give(Role::Dsl, date(2026, 9, 1), Some(date(2026, 8, 31))));
        let full = person(vec![teacher(Some(date(2027, 8, 31))); ROLES_MAX]);
        assert!(full.give(Uuid::nil(), Role::Dsl, date(2026, 9, 1), None).is_err());
    }

    #[test]
    fn a_role_ends_on_or_after_its_first_day() {
        let ada = person(vec![teacher(None)]);
        let id = Uuid::from_u128(7);
        assert_eq!(ada.end(id, date(2026, 12, 31)).map(|held| held.ends_on), Ok(Some(date(2026, 12, 31))));
        assert!(ada.end(id, date(2026, 8, 31)).is_err());
        assert!(ada.end(Uuid::from_u128(9), date(2026, 12, 31)).is_err());
    }

    #[test]
    fn an_access_rule_sees_roles_that_are_still_to_come() {
        let to_come = person(vec![teacher(None)]).thing(date(2026, 8, 1));
        assert_eq!(to_come.roles, Roles::from([Role::Teacher]));
        assert!(person(vec![teacher(Some(date(2027, 8, 31)))]).thing(date(2027, 9, 1)).roles.is_empty());
    }

    #[test]
    fn somebody_has_left_when_nothing_counts_and_nothing_is_to_come() {
        let today = date(2026, 11, 21);
        assert!(person(vec![]).has_left(today));
        assert!(!person(vec![teacher(None)]).has_left(today));
        assert!(!person(vec![teacher(Some(today))]).has_left(today));
        assert!(person(vec![teacher(Some(date(2026, 11, 20)))]).has_left(today));
    }
}
