//! An adult who is responsible for a pupil, how to reach them, and what they are to the pupil.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::folding;
use super::pupil::Known;

/// Longest e-mail address that can be delivered (RFC 5321).
pub const EMAIL_CHARS_MAX: usize = 254;
/// Longest telephone number with spaces and a remark.
pub const PHONE_CHARS_MAX: usize = 60;
/// Longest postal address.
pub const ADDRESS_CHARS_MAX: usize = 400;
/// Longest word for what somebody is to a pupil.
pub const RELATION_CHARS_MAX: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adult {
    pub id: Uuid,
    pub version: i64,
    pub names: AdultNames,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AdultNames {
    pub title: Option<String>,
    /// May be empty: some systems keep `Mrs Bell` and no more.
    pub forename: String,
    pub surname: String,
}

impl AdultNames {
    /// `Mrs Ewa Bell`.
    pub fn in_full(&self) -> String {
        let title = self.title.as_deref().unwrap_or_default();
        let parts = [title, self.forename.as_str(), self.surname.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    pub fn folded(&self) -> String {
        folding::fold(&format!("{} {}", self.surname, self.forename))
    }
}

/// How to reach an adult; kept sealed. An address that two adults share identifies neither.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

impl Contact {
    pub fn is_empty(&self) -> bool {
        *self == Contact::default()
    }
}

/// What an adult is to a pupil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responsibility {
    pub id: Uuid,
    pub version: i64,
    pub pupil: Uuid,
    pub adult: Uuid,
    pub standing: Standing,
    pub ended_on: Option<Date>,
}

/// The part of a responsibility that people say and files may carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The school's own word; may be empty.
    pub relation: String,
    pub priority: Option<i64>,
    pub parental_responsibility: Known,
    /// Whether a court says when or whether this adult may meet the child.
    pub contact_order: Known,
    /// Whether a court order limits what this adult may know or decide.
    pub court_marker: Known,
}

/// An adult together with what they are to the pupil who was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responsible {
    pub adult: Adult,
    pub responsibility: Responsibility,
}
