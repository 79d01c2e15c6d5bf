//! One row of a table of OneRoster while it is read; what is wrong with its cells is collected.

use crate::roster::import::cells;
use crate::roster::import::table::{Header, Line};
use crate::roster::pupil::NAME_CHARS_MAX;

pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) line: &'a Line<'a>,
    pub(super) wrong: Vec<String>,
}

impl Row<'_> {
    pub(super) fn get<T: Default>(&mut self, column: &'static str, read: impl Fn(&str) -> Result<T, String>) -> T {
        match read(&self.line.cell(self.header.find(&[column]))) {
            Ok(value) => value,
            Err(said) => {
                self.wrong.push(format!("`{column}` {said}"));
                T::default()
            }
        }
    }

    pub(super) fn key(&mut self, column: &'static str) -> String {
        let key = self.get(column, cells::key);
        if key.is_empty() && self.wrong.is_empty() {
            self.wrong.push(format!("`{column}` is empty"));
        }
        key
    }

    pub(super) fn maybe(&mut self, column: &'static str, chars_max: usize) -> Option<String> {
        Some(self.get(column, |cell| cells::line(cell, chars_max))).filter(|text| !text.is_empty())
    }

    pub(super) fn name(&mut self, column: &'static str) -> String {
        self.get(column, |cell| cells::name(cell, NAME_CHARS_MAX))
    }
}
