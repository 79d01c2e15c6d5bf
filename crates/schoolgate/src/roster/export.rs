//! Lists as CSV that a spreadsheet opens without doing anything.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is a formula to a spreadsheet (CWE-1236). Such a cell
//! gets an apostrophe in front, which a spreadsheet shows as text.

use super::pupil::Pupil;
use crate::error::{Error, Result};

const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Tells spreadsheets that the letters are UTF-8.
const MARK: &str = "\u{feff}";

fn neutral(cell: &str) -> String {
    let begins = cell.trim_start_matches([' ', '\u{a0}']);
    if begins.starts_with(FORMULA) || cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// A table, the names of its columns first.
pub(super) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let fault = |error: csv::Error| Error::fault("writing a table", error);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.as_bytes().to_vec());
    writer.write_record(head).map_err(fault)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| neutral(cell))).map_err(fault)?;
    }
    writer.into_inner().map_err(|error| Error::fault("writing a table", error.to_string()))
}

/// The names of a class.
pub(super) fn class_list(pupils: &[Pupil]) -> Result<Vec<u8>> {
    let row = |pupil: &Pupil| {
        let known_as = pupil.names.known_as.clone().unwrap_or_default();
        let year_group = pupil.year_group.clone().unwrap_or_default();
        vec![pupil.names.surname.clone(), pupil.names.forename.clone(), known_as, year_group]
    };
    table(&["surname", "forename", "known_as", "year_group"], pupils.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expect) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+44 7700 900001", "'+44 7700 900001"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("Zoë O'Brien", "Zoë O'Brien"),
            ("", ""),
        ] {
            assert_eq!(neutral(cell), expect);
        }
        let rows = vec![vec!["=1+1".to_owned(), "a,\"b\"".to_owned()]];
        let text = String::from_utf8(table(&["one", "two"], rows.into_iter()).expect("a table")).expect("text");
        assert_eq!(text, "\u{feff}one,two\r\n'=1+1,\"a,\"\"b\"\"\"\r\n");
    }
}
