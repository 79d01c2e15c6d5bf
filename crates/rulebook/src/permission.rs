//! What is on record of a permission.
//!
//! For: reducing the permissions listed in a situation (rulings.md 2.5) to finite facts, one for each giver, matter and
//! person concerned. Promises: a permission counts only if it covers all, is not withdrawn and is live on the day; what is
//! unknown of it stays unknown. Does not: say whether a clause asks for one.

use crate::vocabulary::Vocabulary;
use jiff::civil::Date;

/// Values of a standing. Forms and moments do not form one scale (written afterwards against spoken before), so every
/// combination that a list of permissions can reach is a value of its own.
pub(crate) const STANDINGS: usize = 6;
/// Nothing counts.
pub(crate) const NONE: u8 = 0;
const ORAL_AFTER: u8 = 1;
const ORAL_BEFORE: u8 = 2;
const WRITTEN_AFTER: u8 = 3;
const BOTH_APART: u8 = 4;
pub(crate) const WRITTEN_BEFORE: u8 = 5;

/// What a clause may ask of a permission; names as in the vocabulary's `Standing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quality {
    Any,
    Written,
    Before,
    WrittenBefore,
}

impl Quality {
    pub(crate) fn named(name: &str) -> Option<Quality> {
        Some(match name {
            "any" => Quality::Any,
            "written" => Quality::Written,
            "before" => Quality::Before,
            "written_before" => Quality::WrittenBefore,
            _ => return None,
        })
    }

    /// The standings that have this quality, as a set of bits.
    pub(crate) fn mask(self) -> u128 {
        let values: &[u8] = match self {
            Quality::Any => &[ORAL_AFTER, ORAL_BEFORE, WRITTEN_AFTER, BOTH_APART, WRITTEN_BEFORE],
            Quality::Written => &[WRITTEN_AFTER, BOTH_APART, WRITTEN_BEFORE],
            Quality::Before => &[ORAL_BEFORE, BOTH_APART, WRITTEN_BEFORE],
            Quality::WrittenBefore => &[WRITTEN_BEFORE],
        };
        values.iter().fold(0, |mask, value| mask | (1 << value))
    }

    /// Whether the form must be in writing.
    pub(crate) fn is_written(self) -> bool {
        matches!(self, Quality::Written | Quality::WrittenBefore)
    }

    /// Whether it must come before the act.
    pub(crate) fn is_before(self) -> bool {
        matches!(self, Quality::Before | Quality::WrittenBefore)
    }
}

/// A value that may be unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known<T> {
    Yes(T),
    Unknown,
}

impl<T: PartialEq> Known<T> {
    /// `Some(true)` and `Some(false)` where it is known, else `None`.
    pub(crate) fn is(&self, other: &T) -> Option<bool> {
        match self {
            Known::Yes(value) => Some(value == other),
            Known::Unknown => None,
        }
    }
}

/// One permission as listed in a situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) from: Known<String>,
    pub(crate) form: Known<String>,
    pub(crate) matter: Known<String>,
    pub(crate) before: Known<bool>,
    /// `None`: all that the act touches.
    pub(crate) of: Option<Known<String>>,
    pub(crate) covers: Known<String>,
    pub(crate) withdrawn: Known<bool>,
    pub(crate) until: Option<Known<Date>>,
}

/// The permissions of a situation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Item>,
    /// More permissions may exist than are listed.
    pub(crate) is_open: bool,
}

/// Givers a permission can come from.
pub(crate) const GIVERS: [&str; 5] = ["headteacher", "person", "parent", "senior-leaders", "express"];
/// What a permission can be for.
pub(crate) const MATTERS: [&str; 7] = ["refer", "show", "name", "logo", "publication", "own-phone", "channel"];

/// What a permission concerns that concerns no person.
pub(crate) const SCHOOL: &str = "school";

/// Everything that a permission can concern: the school, or people spoken of or shown.
pub(crate) fn concerned(vocabulary: &Vocabulary) -> Vec<&str> {
    let people = vocabulary.group("content.refers_to").map(|group| &vocabulary.groups[group].answers);
    let people = people.into_iter().flatten().map(|(name, _)| name.as_str());
    std::iter::once(SCHOOL).chain(people).collect()
}

/// Which permission a standing fact speaks of, read off its path (`permission.show.parent.pupil`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) matter: String,
    pub(crate) giver: String,
    /// Whom it concerns; `None` where the matter concerns no person.
    pub(crate) of: Option<String>,
}

impl Slot {
    pub(crate) fn of_path(path: &str) -> Option<Slot> {
        let mut parts = path.strip_prefix("permission.")?.split('.').map(|part| part.replace('_', "-"));
        Some(Slot { matter: parts.next()?, giver: parts.next()?, of: parts.next() })
    }

    pub(crate) fn is_own_phone(&self) -> bool {
        self.matter == "own-phone"
    }

    /// What an item must say to be of this giver, matter and person, beside what it says.
    pub(crate) fn asks_of<'a>(&'a self, item: &'a Item) -> Vec<(&'static str, &'a str, &'a Known<String>)> {
        let mut asked = vec![("for", self.matter.as_str(), &item.matter)];
        if self.giver != "express" {
            asked.push(("from", self.giver.as_str(), &item.from));
        }
        // Whom a call may reach is the target's matter; see `Facts::reached`.
        let is_reach = self.is_own_phone() && matches!(item.of, Some(Known::Yes(_)));
        if let Some(of) = item.of.as_ref().filter(|_| !is_reach) {
            asked.push(("of", self.of.as_deref().unwrap_or(SCHOOL), of));
        }
        asked
    }
}

/// The standing reached by permissions of these qualities.
pub(crate) fn standing(any: bool, written: bool, before: bool, written_before: bool) -> u8 {
    match (written_before, written, before, any) {
        (true, ..) => WRITTEN_BEFORE,
        (_, true, true, _) => BOTH_APART,
        (_, true, ..) => WRITTEN_AFTER,
        (_, _, true, _) => ORAL_BEFORE,
        (.., true) => ORAL_AFTER,
        _ => NONE,
    }
}

/// Permissions, as a situation lists them, that reach this standing.
pub(crate) fn quality_items(slot: &Slot, standing: usize) -> Vec<serde_json::Value> {
    let item = |form: &str, before: bool| {
        let from = if slot.giver == "express" { "express" } else { slot.giver.as_str() };
        let mut item = serde_json::json!({"from": from, "form": form, "for": slot.matter, "before": before});
        if let Some(of) = &slot.of {
            item["of"] = serde_json::json!(of);
        }
        item
    };
    match standing as u8 {
        ORAL_AFTER => vec![item("oral", false)],
        ORAL_BEFORE => vec![item("oral", true)],
        WRITTEN_AFTER => vec![item("written", false)],
        BOTH_APART => vec![item("oral", true), item("written", false)],
        WRITTEN_BEFORE => vec![item("written", true)],
        _ => vec![],
    }
}
