//! A table as rows of named cells, whatever it was written with: CSV in UTF-8, UTF-16 or Windows-1252, with commas,
//! semicolons or tabs; or the first sheet of a workbook.

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx};
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use rulebook::Fault;

use super::faults::{Faults, only};
use super::limits::{CELL_CHARS_MAX, COLUMNS_MAX, ROWS_MAX, WORKBOOK_BYTES_MAX};
use super::{File, archive};

/// The names of the columns, in lower case with underscores.
#[derive(Debug, Default)]
pub(super) struct Header {
    names: Vec<String>,
}

impl Header {
    /// The first column that has one of these names.
    pub(super) fn find(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|wanted| self.names.iter().position(|name| name == wanted))
    }

    pub(super) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("?", String::as_str)
    }

    fn of<'a>(file: &str, line: usize, cells: impl Iterator<Item = Cow<'a, str>>) -> Result<Header, Vec<Fault>> {
        let mut names: Vec<String> = cells.map(|cell| plain(&cell)).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        if names.len() > COLUMNS_MAX {
            return Err(only(file, line, format!("has {} columns, more than {COLUMNS_MAX}", names.len())));
        }
        let mut faults = Faults::default();
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].contains(name) {
                faults.add(file, line, format!("`{name}`: two columns have this name"));
            }
        }
        faults.or(Header { names })
    }
}

/// `Date of birth` is `date_of_birth`; `givenName` is `givenname`.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.trim().chars().take(CELL_CHARS_MAX).flat_map(char::to_lowercase) {
        match letter.is_alphanumeric() || letter == '.' {
            true => plain.push(letter),
            false if !plain.ends_with('_') => plain.push('_'),
            false => {}
        }
    }
    plain.trim_matches('_').to_owned()
}

/// One row. Cells are read when they are asked for, so a column that nobody asks for is never looked at.
pub(super) struct Line<'a> {
    pub(super) number: usize,
    cells: Cells<'a>,
}

enum Cells<'a> {
    Record(&'a ByteRecord, Letters),
    Sheet(&'a [String]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    Utf8,
    Windows,
}

impl Line<'_> {
    /// The cell as it stands, without the space around it; empty where there is none.
    pub(super) fn cell(&self, column: Option<usize>) -> Cow<'_, str> {
        let Some(column) = column else { return Cow::Borrowed("") };
        match &self.cells {
            Cells::Record(record, letters) => trimmed(read(record.get(column).unwrap_or_default(), *letters)),
            Cells::Sheet(cells) => Cow::Borrowed(cells.get(column).map_or("", |cell| cell.trim())),
        }
    }

    fn width(&self) -> usize {
        match &self.cells {
            Cells::Record(record, _) => record.len(),
            Cells::Sheet(cells) => cells.len(),
        }
    }

    fn is_empty(&self, from: usize) -> bool {
        (from..self.width()).all(|column| self.cell(Some(column)).is_empty())
    }
}

fn read(bytes: &[u8], letters: Letters) -> Cow<'_, str> {
    match letters {
        Letters::Utf8 => String::from_utf8_lossy(bytes),
        Letters::Windows => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// What a reader of tables does: it hears the header once, then every row that is not empty.
pub(super) trait Visit {
    /// `Err` stops: without its columns, no row can be read.
    fn header(&mut self, header: &Header, line: usize) -> Result<(), Vec<Fault>>;
    fn row(&mut self, header: &Header, line: &Line<'_>);
    fn faults(&mut self) -> &mut Faults;
}

/// Reads a table. Faults of single rows go to the visitor, which may go on.
///
/// # Errors
/// What makes the table unreadable as a whole.
pub(super) fn visit(file: &File, visitor: &mut impl Visit) -> Result<usize, Vec<Fault>> {
    if archive::is_archive(&file.bytes) { visit_workbook(file, visitor) } else { visit_text(file, visitor) }
}

fn visit_text(file: &File, visitor: &mut impl Visit) -> Result<usize, Vec<Fault>> {
    let (text, letters) = text_of(file)?;
    let (text, skipped) = without_separator_line(&text);
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(text);
    let mut record = ByteRecord::new();
    let place = |record: &ByteRecord| record.position().map_or(0, |at| at.line() as usize) + skipped;
    let broken = |error: csv::Error| only(&file.name, 0, format!("cannot be read: {error}"));
    if !reader.read_byte_record(&mut record).map_err(broken)? {
        return Err(only(&file.name, 0, "is empty"));
    }
    let header = Header::of(&file.name, place(&record), record.iter().map(|cell| read(cell, letters)))?;
    visitor.header(&header, place(&record))?;
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(broken)? {
        let line = Line { number: place(&record), cells: Cells::Record(&record, letters) };
        rows += visit_line(file, visitor, &header, &line)?;
        if rows > ROWS_MAX {
            return Err(only(&file.name, line.number, format!("has more than {ROWS_MAX} rows")));
        }
        if visitor.faults().is_stopped() {
            break;
        }
    }
    Ok(rows)
}

/// Shows a row to the visitor unless it is empty; 1 if it was shown or faulty.
fn visit_line(file: &File, visitor: &mut impl Visit, header: &Header, line: &Line<'_>) -> Result<usize, Vec<Fault>> {
    if line.is_empty(0) {
        return Ok(0);
    }
    let (wanted, is_sheet) = (header.names.len(), matches!(line.cells, Cells::Sheet(_)));
    let is_wrong = (line.width() < wanted && !is_sheet) || !line.is_empty(wanted);
    if is_wrong {
        let said = format!("has {} cells, but the first line names {wanted} columns", line.width());
        visitor.faults().add(&file.name, line.number, said);
    } else {
        visitor.row(header, line);
    }
    Ok(1)
}

/// The bytes without a byte order mark, and how they are to be read.
fn text_of(file: &File) -> Result<(Cow<'_, [u8]>, Letters), Vec<Fault>> {
    let bytes = file.bytes.as_slice();
    for (mark, encoding) in [(&b"\xff\xfe"[..], UTF_16LE), (b"\xfe\xff", UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, is_broken) = encoding.decode_without_bom_handling(rest);
            if is_broken {
                return Err(only(&file.name, 0, "is no whole UTF-16 text"));
            }
            return Ok((Cow::Owned(text.into_owned().into_bytes()), Letters::Utf8));
        }
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(only(&file.name, line_of(bytes, at), "holds bytes that no table has: is it a table?"));
    }
    let Err(broken) = str::from_utf8(bytes) else { return Ok((Cow::Borrowed(bytes), Letters::Utf8)) };
    // Letters beyond ASCII that are whole UTF-8 do not come about in a file of one byte a letter.
    if bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii()) {
        let line = line_of(bytes, broken.valid_up_to());
        return Err(only(&file.name, line, "is neither UTF-8 nor Windows-1252: letters of both stand in it"));
    }
    Ok((Cow::Borrowed(bytes), Letters::Windows))
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Excel begins some tables with a line `sep=;`. Gives the rest and how many lines are gone.
fn without_separator_line(text: &[u8]) -> (&[u8], usize) {
    let end = text.iter().take(12).position(|byte| *byte == b'\n');
    match end {
        Some(end) if text[..end].to_ascii_lowercase().starts_with(b"sep=") => (&text[end + 1..], 1),
        _ => (text, 0),
    }
}

/// What stands between the cells of the first line most often, outside quotation marks.
fn delimiter(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.iter().take(64 * 1024) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts.iter_mut().filter(|(known, _)| known == byte).for_each(|(_, count)| *count += 1),
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

fn visit_workbook(file: &File, visitor: &mut impl Visit) -> Result<usize, Vec<Fault>> {
    archive::check_workbook(file, WORKBOOK_BYTES_MAX)?;
    let broken = |error: calamine::XlsxError| only(&file.name, 0, format!("cannot be read as a workbook: {error}"));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes.as_slice())).map_err(broken)?;
    let Some(sheet) = workbook.sheet_names().first().cloned() else {
        return Err(only(&file.name, 0, "has no sheet"));
    };
    // Cell by cell: a sheet whose only cell stands in the last corner would else become a table of billions.
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(broken)?;
    let mut sheet = Sheet { file, header: None, rows: 0 };
    let (mut number, mut cells) = (0, Vec::new());
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize + 1, column as usize);
        if row != number {
            sheet.row(visitor, number, &cells)?;
            cells.clear();
            number = row;
            if visitor.faults().is_stopped() {
                break;
            }
        }
        let text = shown(cell.get_value()).map_err(|said| only(&file.name, row, said))?;
        if text.is_empty() {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(only(&file.name, row, format!("has a cell beyond column {COLUMNS_MAX}")));
        }
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    sheet.row(visitor, number, &cells)?;
    match sheet.header {
        Some(_) => Ok(sheet.rows),
        None => Err(only(&file.name, 0, "is empty")),
    }
}

struct Sheet<'a> {
    file: &'a File,
    header: Option<Header>,
    rows: usize,
}

impl Sheet<'_> {
    fn row(&mut self, visitor: &mut impl Visit, number: usize, cells: &[String]) -> Result<(), Vec<Fault>> {
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        let Some(header) = &self.header else {
            let header = Header::of(&self.file.name, number, cells.iter().map(|cell| Cow::Borrowed(cell.as_str())))?;
            visitor.header(&header, number)?;
            self.header = Some(header);
            return Ok(());
        };
        self.rows += visit_line(self.file, visitor, header, &Line { number, cells: Cells::Sheet(cells) })?;
        if self.rows > ROWS_MAX {
            return Err(only(&self.file.name, number, format!("has more than {ROWS_MAX} rows")));
        }
        Ok(())
    }
}

/// A cell as its text would stand in a CSV: days as 2026-09-01, whole numbers without a point.
fn shown(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(is) => (if *is { "yes" } else { "no" }).to_owned(),
        DataRef::DateTime(at) if at.is_datetime() && (1.0..2_958_466.0).contains(&at.as_f64()) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(at) => at.as_f64().to_string(),
        DataRef::DateTimeIso(text) => text.chars().take(10).collect(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(format!("a cell holds the error `{error}`")),
    })
}
