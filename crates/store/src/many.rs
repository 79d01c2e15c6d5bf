//! One statement for many rows: what stands once as `VALUES ($1, $2)` is sent with as many rows as go well in one message.
//!
//! For: writes of thousands of rows, where a message to the engine and back costs more than the row that it carries.
//! Promises: the statement stays the literal that tests prepare; only its row of values is repeated, with its numbers counted
//! on. Does not: take a statement with an argument outside that row.

use crate::{Error, Result};

/// Rows of one message. The driver of SQLite looks up each argument among all the others, so twice as many rows cost it twice
/// as much a row; with so many, messages have stopped mattering on PostgreSQL.
pub(crate) const ROWS: usize = 32;

/// A statement cut around its row of values.
pub(crate) struct Many<'a> {
    before: &'a str,
    row: &'a str,
    after: &'a str,
    /// Arguments of one row.
    width: usize,
}

impl<'a> Many<'a> {
    /// # Errors
    /// [`Error::Invalid`] where the statement has no single row of values, or takes its arguments elsewhere too.
    pub(crate) fn of(sql: &'a str) -> Result<Self> {
        let wrong = || Error::Invalid("only `INSERT .. VALUES (..)` is written for many rows".into());
        let (before, rest) = sql.split_once("VALUES").ok_or_else(wrong)?;
        let (gap, rest) = rest.split_at(rest.find('(').ok_or_else(wrong)?);
        let (row, after) = rest.split_at(end_of_row(rest).ok_or_else(wrong)?);
        let width = numbers(row).max().unwrap_or(0);
        let is_clear = gap.trim().is_empty() && !before.contains('$') && !after.contains('$');
        match is_clear && width > 0 {
            true => Ok(Self { before, row, after, width }),
            false => Err(wrong()),
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The statement for so many rows.
    pub(crate) fn text(&self, rows: usize) -> String {
        let mut text = format!("{}VALUES ", self.before);
        for at in 0..rows {
            text.push_str(if at == 0 { "" } else { ", " });
            self.push_row(&mut text, at * self.width);
        }
        text.push_str(self.after);
        text
    }

    fn push_row(&self, text: &mut String, more: usize) {
        let mut parts = self.row.split('$');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = part[..digits].parse().unwrap_or_default();
            text.push('$');
            text.push_str(&(number + more).to_string());
            text.push_str(&part[digits..]);
        }
    }
}

/// Where the parenthesis closes that the text begins with. None: nowhere, or a text in quotation marks holds what is counted.
fn end_of_row(text: &str) -> Option<usize> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    for (at, sign) in text.char_indices() {
        match sign {
            '\'' => is_quoted = !is_quoted,
            '$' if is_quoted => return None,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The numbers of the arguments in a piece of a statement.
fn numbers(piece: &str) -> impl Iterator<Item = usize> {
    piece.split('$').skip(1).filter_map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        part[..digits].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_repeated_and_its_numbers_count_on() {
        let sql = "INSERT INTO a (b, c, d) VALUES ($1, lower($2), 1) ON CONFLICT (b) DO NOTHING";
        let many = Many::of(sql).expect("a row");
        assert_eq!(many.width(), 2);
        assert_eq!(many.text(1), sql);
        let three = "INSERT INTO a (b, c, d) VALUES ($1, lower($2), 1), ($3, lower($4), 1), ($5, lower($6), 1) \
            ON CONFLICT (b) DO NOTHING";
        assert_eq!(many.text(3), three);
        let quoted = "INSERT INTO a (b, c) VALUES (':)', $1)";
        assert!(Many::of(quoted).expect("a row").text(2).ends_with(" (':)', $1), (':)', $2)"));
        let broad = "INSERT INTO a VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        assert!(Many::of(broad).expect("a row").text(2).ends_with("$18, $19, $20)"));
    }

    #[test]
    fn other_statements_are_refused() {
        for sql in [
            "UPDATE a SET b = $1 WHERE c = $2",
            "INSERT INTO a (b) SELECT c FROM d WHERE e = $1",
            "INSERT INTO a (b) VALUES (1)",
            "INSERT INTO a (b) VALUES ($1",
            "INSERT INTO a (b) VALUES ($1, '$2')",
            "INSERT INTO a (b) VALUES ($1) ON CONFLICT (b) DO UPDATE SET b = $2",
        ] {
            assert!(Many::of(sql).is_err(), "{sql}");
        }
    }
}
