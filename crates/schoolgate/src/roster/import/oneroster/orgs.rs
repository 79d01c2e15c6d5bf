//! Whom a pack speaks of: the parts that people play, and which of its schools is this one.

use std::collections::HashSet;

use super::shortened;
use crate::roster::import::folded;

/// The part that somebody plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Pupil,
    Adult,
    Staff,
}

pub(super) fn part(role: &str) -> Option<Part> {
    match role.to_lowercase().as_str() {
        "student" => Some(Part::Pupil),
        "guardian" | "parent" | "relative" => Some(Part::Adult),
        "administrator"
        | "aide"
        | "counselor"
        | "districtadministrator"
        | "principal"
        | "proctor"
        | "siteadministrator"
        | "systemadministrator"
        | "teacher" => Some(Part::Staff),
        _ => None,
    }
}

pub(super) fn unknown_role(role: &str) -> String {
    format!("`role`: `{}` is no role of OneRoster", shortened(role))
}

/// How many schools a fault names; a trust may have a hundred.
const NAMED_MAX: usize = 20;

/// The schools of a pack. Of a pack with several, one is ours and the others are passed over.
#[derive(Debug, Default)]
pub(super) struct Orgs {
    schools: Vec<Org>,
    /// The key of our school, where there are several.
    ours: Option<String>,
    /// Pupils, adults and others who belong to other schools only.
    strangers: HashSet<String>,
    /// Pupils among them.
    pub(super) passed_over: usize,
    /// Classes of other schools.
    classes: HashSet<String>,
}

#[derive(Debug)]
struct Org {
    key: String,
    name: String,
    number: String,
}

impl Orgs {
    pub(super) fn add(&mut self, key: String, name: String, number: String) {
        self.schools.push(Org { key, name, number });
    }

    /// Finds our school by its name, number or key, once all are known.
    ///
    /// # Errors
    /// There are several and it cannot be told which is meant.
    pub(super) fn choose(&mut self, wanted: &str) -> Result<(), String> {
        if self.schools.len() < 2 {
            return Ok(());
        }
        let is_meant = |org: &&Org| {
            !wanted.is_empty() && (org.key == wanted || org.number == wanted || folded(&org.name) == folded(wanted))
        };
        let mut meant = self.schools.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(org), None) => {
                self.ours = Some(org.key.clone());
                Ok(())
            }
            (first, _) => {
                let none = if first.is_some() { "more than one" } else { "none" };
                let named = self.schools.iter().take(NAMED_MAX).map(|org| format!("`{}` ({})", org.name, org.key));
                let named = named.collect::<Vec<_>>().join(", ");
                let count = self.schools.len();
                Err(format!("holds {count} schools, and {none} of them is `{wanted}`; say which one is meant: {named}"))
            }
        }
    }

    /// Whether something that belongs to these organisations, with commas between them, is ours to read.
    pub(super) fn are_ours(&self, keys: &str) -> bool {
        self.ours.as_ref().is_none_or(|ours| keys.split(',').any(|key| key.trim() == ours))
    }

    /// Notes a pupil who is passed over; one who belongs to several schools is noted once.
    pub(super) fn pass_over(&mut self, user: &str) {
        self.passed_over += usize::from(self.strangers.insert(user.to_owned()));
    }

    pub(super) fn is_passed_over(&self, user: &str) -> bool {
        self.strangers.contains(user)
    }

    /// Somebody who was taken for a stranger is a pupil here too.
    pub(super) fn take_back(&mut self, user: &str) {
        self.passed_over -= usize::from(self.strangers.remove(user));
    }

    pub(super) fn pass_class_over(&mut self, class: String) {
        self.classes.insert(class);
    }

    pub(super) fn is_class_passed_over(&self, class: &str) -> bool {
        self.classes.contains(class)
    }

    /// Whether there are others, so that not everybody in the pack is here.
    pub(super) fn has_others(&self) -> bool {
        self.ours.is_some()
    }
}
