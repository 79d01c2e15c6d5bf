//! The parts that people play in a school, and the dates between which each part counts.
//!
//! The first fifteen are the roles a ruling knows (`rulings.md` 2.1); the last four are offices that
//! exist for running the school's records. A person holds a set of roles; each has its own dates.

use std::collections::BTreeSet;

use jiff::civil::Date;
use uuid::Uuid;

/// One part a person can play. Ordered as the pages list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Headteacher,
    SeniorLeader,
    Dsl,
    Teacher,
    TeachingAssistant,
    SupportStaff,
    Supply,
    SchoolBusinessManager,
    Office,
    Dpo,
    Governor,
    ChairOfGovernors,
    TrustLead,
    Volunteer,
    Contractor,
    AssociationMember,
    Visitor,
    Parent,
    Pupil,
}

impl Role {
    pub const ALL: [Role; 19] = [
        Role::Headteacher,
        Role::SeniorLeader,
        Role::Dsl,
        Role::Teacher,
        Role::TeachingAssistant,
        Role::SupportStaff,
        Role::Supply,
        Role::SchoolBusinessManager,
        Role::Office,
        Role::Dpo,
        Role::Governor,
        Role::ChairOfGovernors,
        Role::TrustLead,
        Role::Volunteer,
        Role::Contractor,
        Role::AssociationMember,
        Role::Visitor,
        Role::Parent,
        Role::Pupil,
    ];

    /// The word used in tables, policies, URLs and situations.
    pub fn code(self) -> &'static str {
        self.words().0
    }

    /// The words a person reads.
    pub fn label(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Role::Headteacher => ("headteacher", "Headteacher"),
            Role::SeniorLeader => ("senior-leader", "Senior leader"),
            Role::Dsl => ("dsl", "Designated safeguarding lead"),
            Role::Teacher => ("teacher", "Teacher"),
            Role::TeachingAssistant => ("teaching-assistant", "Teaching assistant"),
            Role::SupportStaff => ("support-staff", "Support staff"),
            Role::Supply => ("supply", "Supply teacher"),
            Role::SchoolBusinessManager => ("school-business-manager", "School business manager"),
            Role::Office => ("office", "School office"),
            Role::Dpo => ("dpo", "Data protection officer"),
            Role::Governor => ("governor", "Governor"),
            Role::ChairOfGovernors => ("chair-of-governors", "Chair of governors"),
            Role::TrustLead => ("trust-lead", "Trust lead"),
            Role::Volunteer => ("volunteer", "Volunteer"),
            Role::Contractor => ("contractor", "Contractor"),
            Role::AssociationMember => ("association-member", "Member of the parents' association"),
            Role::Visitor => ("visitor", "Visitor"),
            Role::Parent => ("parent", "Parent or carer"),
            Role::Pupil => ("pupil", "Pupil"),
        }
    }

    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Pupils have no sign-in (domain.md, requirement 76): this product keeps records about them, never from them.
    pub fn may_sign_in(self) -> bool {
        self != Role::Pupil
    }
}

/// The roles that count for one person on one day.
pub type Roles = BTreeSet<Role>;

/// One role held by one person between two dates. `ends_on` is the last day on which it counts; none means it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub id: Uuid,
    pub role: Role,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub version: i64,
}

impl Held {
    /// Both dates are included: somebody who leaves on 31 August still works on 31 August.
    pub fn counts_on(&self, day: Date) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|end| day <= end)
    }

    /// Whether two spells of the same role share a day, which would make one of them say nothing.
    pub fn overlaps(&self, starts_on: Date, ends_on: Option<Date>) -> bool {
        let begins_before_other_ends = ends_on.is_none_or(|end| self.starts_on <= end);
        let ends_after_other_begins = self.ends_on.is_none_or(|end| starts_on <= end);
        begins_before_other_ends && ends_after_other_begins
    }
}

/// The roles that count on a day.
pub fn counting(held: &[Held], day: Date) -> Roles {
    held.iter().filter(|held| held.counts_on(day)).map(|held| held.role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn held(role: Role, starts_on: Date, ends_on: Option<Date>) -> Held {
        Held { id: Uuid::nil(), role, starts_on, ends_on, version: 1 }
    }

    #[test]
    fn every_role_is_found_by_its_code_and_no_code_is_used_twice() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::ALL.iter().collect::<BTreeSet<_>>().len(), Role::ALL.len());
        assert_eq!(Role::from_code("Teacher"), None);
        assert_eq!(Role::from_code(""), None);
    }

    #[test]
    fn a_role_counts_only_between_its_dates() {
        let spell = held(Role::Teacher, date(2026, 9, 1), Some(date(2027, 8, 31)));
        let cases = [
            (date(2026, 8, 31), false),
            (date(2026, 9, 1), true),
            (date(2027, 8, 31), true),
            (date(2027, 9, 1), false),
        ];
        for (day, expect) in cases {
            assert_eq!(spell.counts_on(day), expect, "{day}");
        }
        assert!(held(Role::Teacher, date(2026, 9, 1), None).counts_on(date(2099, 1, 1)));
    }

    #[test]
    fn only_the_counting_roles_of_a_set_are_given() {
        let all = [
            held(Role::Teacher, date(2020, 9, 1), None),
            held(Role::Dsl, date(2026, 9, 1), None),
            held(Role::Governor, date(2019, 1, 1), Some(date(2023, 1, 1))),
        ];
        assert_eq!(counting(&all, date(2025, 1, 1)), Roles::from([Role::Teacher]));
        assert_eq!(counting(&all, date(2026, 10, 1)), Roles::from([Role::Teacher, Role::Dsl]));
        assert_eq!(counting(&all, date(2018, 1, 1)), Roles::new());
    }

    #[test]
    fn overlapping_spells_are_seen() {
        let spell = held(Role::Teacher, date(2026, 9, 1), Some(date(2027, 8, 31)));
        let cases = [
            (date(2027, 9, 1), None, false),
            (date(2027, 8, 31), None, true),
            (date(2025, 9, 1), Some(date(2026, 8, 31)), false),
            (date(2025, 9, 1), Some(date(2026, 9, 1)), true),
            (date(2025, 9, 1), None, true),
            (date(2026, 10, 1), Some(date(2026, 10, 2)), true),
        ];
        for (starts_on, ends_on, expect) in cases {
            assert_eq!(spell.overlaps(starts_on, ends_on), expect, "{starts_on} {ends_on:?}");
        }
    }
}
