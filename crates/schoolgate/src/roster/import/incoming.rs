//! What a file says about a school, whichever layout it came in.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::roster::adult::{AdultNames, Contact, Standing};
use crate::roster::pupil::{Known, Names};
use crate::roster::upn::Upn;

/// How the file was laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One table: a row for each pupil, or for each pupil, adult and class together.
    Table,
    OneRoster11,
    OneRoster12,
}

impl Layout {
    /// How it is written in the database.
    pub fn code(self) -> &'static str {
        match self {
            Layout::Table => "table",
            Layout::OneRoster11 => "oneroster-1.1",
            Layout::OneRoster12 => "oneroster-1.2",
        }
    }

    pub fn label(code: &str) -> &'static str {
        match code {
            "oneroster-1.1" => "OneRoster 1.1",
            "oneroster-1.2" => "OneRoster 1.2",
            _ => "Table",
        }
    }
}

/// Which parts the file speaks of at all. What it does not speak of stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Speaks {
    pub known_as: bool,
    pub year_group: bool,
    pub classes: bool,
    pub adults: bool,
    pub title: bool,
    pub email: bool,
    pub mobile: bool,
    pub phone: bool,
    pub address: bool,
    pub postcode: bool,
    pub relation: bool,
    pub priority: bool,
    pub refused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub layout: Layout,
    pub speaks: Speaks,
    pub pupils: Vec<PupilIn>,
    pub adults: Vec<AdultIn>,
    pub classes: Vec<ClassIn>,
    /// SHA-256 of all files as they were given.
    pub hash: [u8; 32],
    pub rows: usize,
    /// Pupils of other schools in the same file, who are not read.
    pub passed_over: usize,
    /// Where the pupils stand.
    pub file: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PupilIn {
    pub line: usize,
    /// Key in the school's own system; none where the UPN is the only one.
    pub key: Option<String>,
    pub upn: Option<Upn>,
    pub names: Names,
    pub born_on: Option<Date>,
    pub year_group: Option<String>,
    pub on_roll_from: Option<Date>,
    pub left_on: Option<Date>,
    pub looked_after: Known,
    pub court_marker: Known,
    /// Places in [`Incoming::classes`].
    pub classes: Vec<usize>,
    pub ties: Vec<TieIn>,
    /// Purposes' codes in capitals.
    pub refused: Vec<String>,
}

/// An adult of a pupil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieIn {
    /// Place in [`Incoming::adults`].
    pub adult: usize,
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdultIn {
    pub line: usize,
    /// None where the file gives adults no keys: then this is the adult of one pupil, known by the name.
    pub key: Option<String>,
    pub names: AdultNames,
    pub contact: Contact,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassIn {
    pub key: String,
    pub name: String,
    pub year_group: Option<String>,
}

/// Places by key, for lists that grow while a file is read.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<String, usize>);

impl Places {
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.0.get(key).copied()
    }

    pub(super) fn keep(&mut self, key: &str, place: usize) {
        self.0.insert(key.to_owned(), place);
    }
}
