//! What the pages about people ask, and how an answer is read.

use jiff::civil::Date;
use serde::Deserialize;

use super::Spell;
use super::accounts::Address;
use super::person::{Employed, NAME_MAX, Particulars};
use crate::access::role::Role;
use crate::web::forms::{Choice, FormErrors};

/// The first and last day that a school's records can reasonably speak of.
const YEARS: std::ops::RangeInclusive<i16> = 1930..=2199;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PersonForm {
    pub name: String,
    pub known_as: String,
    pub employed: String,
    /// The version that the page showed; empty for somebody new.
    pub seen: String,
}

impl PersonForm {
    pub(super) fn of(given: &Particulars, version: i64) -> PersonForm {
        PersonForm {
            name: given.name.clone(),
            known_as: given.known_as.clone().unwrap_or_default(),
            employed: given.employed.code().to_owned(),
            seen: version.to_string(),
        }
    }

    pub(super) fn parse(&self) -> Result<Particulars, FormErrors> {
        let mut errors = FormErrors::default();
        let name = errors.line("name", "the person's name", &self.name);
        if name.chars().count() > NAME_MAX && errors.at("name").is_none() {
            errors.add("name", format!("Enter a name with {NAME_MAX} letters or fewer"));
        }
        let known_as = self.known_as.trim();
        if known_as.chars().count() > NAME_MAX || known_as.chars().any(char::is_control) {
            errors.add("known_as", format!("Enter one line with {NAME_MAX} letters or fewer, or nothing"));
        }
        let employed = Employed::from_code(&self.employed);
        if employed.is_none() {
            errors.add("employed", "Choose whether the school employs this person, or that it is not known");
        }
        let known_as = (!known_as.is_empty()).then(|| known_as.to_owned());
        errors.or(|| Particulars { name, known_as, employed: employed.unwrap_or(Employed::Unknown) })
    }
}

pub(super) fn employed_choices() -> Vec<Choice> {
    Employed::ALL.map(|employed| Choice::new(employed.code(), employed.label())).to_vec()
}

pub(super) fn role_choices() -> Vec<Choice> {
    let signs_in = Role::ALL.into_iter().filter(|role| role.may_sign_in());
    signs_in.map(|role| Choice::new(role.code(), role.label())).collect()
}

/// A day in three fields, as GOV.UK asks for one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day<'a> {
    pub day: &'a str,
    pub month: &'a str,
    pub year: &'a str,
}

impl Day<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        [self.day, self.month, self.year].iter().all(|part| part.trim().is_empty())
    }

    /// Only digits: `+1`, ` 1` in other scripts and the like are no days.
    pub(crate) fn read(&self) -> Option<Date> {
        let number = |text: &str| -> Option<i16> {
            let text = text.trim();
            (text.len() <= 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse().ok())
                .flatten()
        };
        let (day, month, year) = (number(self.day)?, number(self.month)?, number(self.year)?);
        let small = |number: i16| i8::try_from(number).ok();
        Date::new(year, small(month)?, small(day)?).ok().filter(|_| YEARS.contains(&year))
    }
}

pub(crate) const DAY_WANTED: &str = "Enter a real date, such as 1 9 2026";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    pub role: String,
    pub starts_day: String,
    pub starts_month: String,
    pub starts_year: String,
    pub ends_day: String,
    pub ends_month: String,
    pub ends_year: String,
}

impl RoleForm {
    pub(super) fn parse(&self) -> Result<Spell, FormErrors> {
        let mut errors = FormErrors::default();
        let role = Role::from_code(&self.role).filter(|role| role.may_sign_in());
        if role.is_none() {
            errors.add("role", "Choose a role");
        }
        let starts = Day { day: &self.starts_day, month: &self.starts_month, year: &self.starts_year };
        let starts_on = starts.read();
        if starts_on.is_none() {
            errors.add("starts_day", DAY_WANTED);
        }
        let ends = Day { day: &self.ends_day, month: &self.ends_month, year: &self.ends_year };
        let ends_on = ends.read();
        if ends_on.is_none() && !ends.is_empty() {
            errors.add("ends_day", format!("{DAY_WANTED}, or nothing if it is not known yet"));
        }
        if let (Some(start), Some(end)) = (starts_on, ends_on)
            && end < start
        {
            errors.add("ends_day", "The last day must be the first day or later");
        }
        match (role, starts_on, errors.is_empty()) {
            (Some(role), Some(starts_on), true) => Ok(Spell { role, starts_on, ends_on }),
            _ => Err(errors),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    pub ends_day: String,
    pub ends_month: String,
    pub ends_year: String,
    pub seen: String,
}

impl EndForm {
    pub(super) fn of(day: Date, version: i64) -> EndForm {
        EndForm {
            ends_day: day.day().to_string(),
            ends_month: day.month().to_string(),
            ends_year: day.year().to_string(),
            seen: version.to_string(),
        }
    }

    pub(super) fn parse(&self) -> Result<Date, FormErrors> {
        let day = Day { day: &self.ends_day, month: &self.ends_month, year: &self.ends_year };
        day.read().ok_or_else(|| FormErrors::one("ends_day", DAY_WANTED))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    pub address: String,
    /// `mail`: by mail; else it is shown.
    pub way: String,
}

impl LinkForm {
    pub(super) fn parse(&self) -> Result<Address, FormErrors> {
        Address::parse(&self.address)
            .ok_or_else(|| FormErrors::one("address", "Enter an email address, such as name@school.test"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str, month: &str, year: &str) -> Option<String> {
        Day { day, month, year }.read().map(|date| date.to_string())
    }

    #[test]
    fn a_day_is_read_as_people_write_it_and_nothing_else() {
        assert_eq!(day("1", "9", "2026").as_deref(), Some("2026-09-01"));
        assert_eq!(day(" 01 ", "09", "2026").as_deref(), Some("2026-09-01"));
        assert_eq!(day("29", "2", "2028").as_deref(), Some("2028-02-29"));
        for (d, m, y) in [
            ("29", "2", "2027"),
            ("0", "1", "2027"),
            ("1", "13", "2027"),
            ("1", "1", "27"),
            ("", "1", "2027"),
            ("+1", "1", "2027"),
            ("1", "1", "99999"),
        ] {
            assert_eq!(day(d, m, y), None, "{d} {m} {y}");
        }
    }

    #[test]
    fn a_person_needs_a_name_and_an_answer_about_employment() {
        let errors = PersonForm::default().parse().unwrap_err();
        assert_eq!(errors.all().iter().map(|error| error.field).collect::<Vec<_>>(), ["name", "employed"]);
        let form = PersonForm { name: " Ada Bell ".into(), employed: "unknown".into(), ..PersonForm::default() };
        let given = form.parse().unwrap();
        assert_eq!((given.name.as_str(), given.known_as, given.employed), ("Ada Bell", None, Employed::Unknown));
        let long = PersonForm { name: "é".repeat(NAME_MAX + 1), employed: "yes".into(), ..PersonForm::default() };
        assert!(long.parse().unwrap_err().at("name").is_some());
    }

    #[test]
    fn a_role_needs_a_first_day_and_may_have_a_last() {
        let form = RoleForm {
            role: "teacher".into(),
            starts_day: "1".into(),
            starts_month: "9".into(),
            starts_year: "2026".into(),
            ..RoleForm::default()
        };
        assert_eq!(form.parse().map(|spell| spell.ends_on), Ok(None));
        let ended =
            RoleForm { ends_day: "31".into(), ends_month: "8".into(), ends_year: "2026".into(), ..form.clone() };
        assert_eq!(ended.parse().unwrap_err().at("ends_day"), Some("The last day must be the first day or later"));
        let half = RoleForm { ends_day: "31".into(), ..form.clone() };
        assert!(half.parse().unwrap_err().at("ends_day").is_some());
        let pupil = RoleForm { role: "pupil".into(), ..form };
        assert_eq!(pupil.parse().unwrap_err().at("role"), Some("Choose a role"));
    }
}
