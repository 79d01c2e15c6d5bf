//! The ledger as a file of JSON lines that anybody can verify without the database.
//!
//! Promises: one line a deed, in order; a first line that names every school, a beginning and an end for each, and a last line that counts
//! all of it, so that a file cut anywhere is found, and one without a school that was opened; a reader with limits that names the line.
//! Does not: hold anything that the ledger does not; find what was taken out with its counts where nothing signed covers it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufWriter, Read as _, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tree::Hash;
use super::verify::Walk;
use super::{Head, Known, PAGE, Record, SCHOOL_OPENED, Verified, heads, page};
use crate::db::Query;
use crate::engine::ROWS_MAX;
use crate::pending::Pending;
use crate::{Db, Error, Result, SchoolId};

/// The version of the format.
const FORMAT: u32 = 2;
/// A deed is about 400 bytes and a head 350.
const LINE_BYTES_MAX: u64 = 2048;
/// The first line names every school in 39 bytes.
const FIRST_LINE_BYTES_MAX: u64 = LINE_BYTES_MAX + 40 * ROWS_MAX as u64;

/// One line of an export: `export`, then for each school that it names `school`, its `head`s, its `deed`s and `end`, then `closed`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    Export(Begun),
    School(Uuid),
    Head(Head),
    Deed(Record),
    End(End),
    Closed(Closed),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    format: u32,
    schools: Vec<Uuid>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    deeds: u64,
    #[serde(with = "hex::serde")]
    root: Hash,
}

/// How much came before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    schools: u64,
    heads: u64,
    deeds: u64,
}

/// Writes an export into a new file of mode 0600, which is there only if all of it is.
///
/// Errors: those of [`export`], and [`Error::Conflict`] if the file exists.
pub async fn export_file(db: &Db, schools: &[SchoolId], until: &[Head], file: &Path) -> Result<Vec<Verified>> {
    let pending = Pending::beside(file)?;
    let mut out = BufWriter::new(pending.writer("writing an export")?);
    let verified = export(db, schools, until, &mut out).await?;
    drop(out);
    pending.name(file)?;
    Ok(verified)
}

/// Writes the ledgers of some schools, each as of one moment, and verifies them on the way. A ledger ends at its head in `until`, if one
/// stands there, so that nothing is in the file that nobody signed.
///
/// Errors: [`Error::Tampered`] if a ledger does not agree with itself; what is written then has no end and does not verify.
pub async fn export(
    db: &Db,
    schools: &[SchoolId],
    until: &[Head],
    out: &mut (impl Write + Send),
) -> Result<Vec<Verified>> {
    let limits: BTreeMap<Uuid, u64> = until.iter().map(|head| (head.school, head.size)).collect();
    put(out, &Line::Export(Begun { format: FORMAT, schools: schools.iter().map(|school| school.get()).collect() }))?;
    let mut closed = Closed::default();
    let mut verified = Vec::new();
    for school in schools {
        let limit = limits.get(&school.get()).copied().unwrap_or(u64::MAX);
        let found = export_school(db, *school, limit, out).await?;
        closed.add(&found);
        verified.push(found);
    }
    put(out, &Line::Closed(closed))?;
    out.flush().map_err(|error| Error::unavailable("writing an export", error.to_string()))?;
    Ok(verified)
}

/// Writes the first deeds of one school, at most `limit`.
async fn export_school(db: &Db, school: SchoolId, limit: u64, out: &mut (impl Write + Send)) -> Result<Verified> {
    let mut read = db.read(school).await?;
    let mut walk = Walk::new(school.get(), &Known::default())?;
    put(out, &Line::School(school.get()))?;
    for head in heads(read.wire(), school).await?.into_iter().filter(|head| head.size <= limit) {
        put(out, &Line::Head(head.clone()))?;
        walk.expect(head)?;
    }
    walk.begin()?;
    loop {
        let count = u32::try_from(limit - walk.edge.size).unwrap_or(PAGE).min(PAGE);
        let rows = page(read.wire(), school, walk.edge.size, count).await?;
        for row in &rows {
            let record = Record::of(row)?;
            walk.deed(&record)?;
            put(out, &Line::Deed(record))?;
        }
        if rows.len() < PAGE as usize {
            break;
        }
    }
    let found = walk.end()?;
    put(out, &Line::End(End { deeds: found.deeds, root: found.root }))?;
    Ok(found)
}

impl Closed {
    fn add(&mut self, found: &Verified) {
        self.schools += 1;
        self.heads += found.heads as u64;
        self.deeds += found.deeds;
    }
}

fn put(out: &mut impl Write, line: &Line) -> Result<()> {
    let text = serde_json::to_string(line).map_err(|error| Error::engine("writing an export", error.to_string()))?;
    writeln!(out, "{text}").map_err(|error| Error::unavailable("writing an export", error.to_string()))
}

/// Verifies an export without any database.
///
/// Errors: [`Error::Invalid`] with the line for what is no export, [`Error::Tampered`] for what does not agree with itself
/// or with `known`.
pub fn verify_export(mut input: impl BufRead, known: &Known) -> Result<Vec<Verified>> {
    let mut reading = match take(&mut input, 1)? {
        Some(Line::Export(begun)) => Reading::begin(begun)?,
        Some(_) => return Err(wrong(1, "it does not say first that it is an export")),
        None => return Err(wrong(1, "the file is empty")),
    };
    while let Some(line) = take(&mut input, reading.number + 1)? {
        reading.number += 1;
        reading.line(line, known)?;
    }
    let verified = reading.end()?;
    match known.heads.iter().find(|head| verified.iter().all(|done| done.school != head.school)) {
        Some(head) => Err(Error::Tampered(format!("the export lacks school {}", head.school))),
        None => Ok(verified),
    }
}

/// How far an export has been read.
struct Reading {
    number: u64,
    /// The schools of the first line that are still to come, the next one last.
    awaited: Vec<Uuid>,
    open: Option<Walk>,
    heads: u64,
    /// Schools that the installation's ledger opens.
    opened: Vec<Uuid>,
    verified: Vec<Verified>,
    is_closed: bool,
}

impl Reading {
    fn begin(begun: Begun) -> Result<Self> {
        if begun.format != FORMAT {
            return Err(wrong(1, &format!("format {} is not known, only {FORMAT}", begun.format)));
        }
        if !begun.schools.is_sorted_by(|a, b| a < b) {
            return Err(wrong(1, "the schools are not in order, or one stands there twice"));
        }
        let awaited = begun.schools.into_iter().rev().collect();
        let (opened, verified) = (Vec::new(), Vec::new());
        Ok(Self { number: 1, awaited, open: None, heads: 0, opened, verified, is_closed: false })
    }

    fn line(&mut self, line: Line, known: &Known) -> Result<()> {
        let number = self.number;
        let misplaced = || wrong(number, "it does not belong there");
        if self.is_closed {
            return Err(misplaced());
        }
        match line {
            Line::School(school) if self.open.is_none() => {
                if self.awaited.pop() != Some(school) {
                    return Err(Error::Tampered(format!(
                        "line {number}: school {school} is not the one that comes next"
                    )));
                }
                self.open = Some(Walk::new(school, known)?);
            }
            Line::Head(head) => {
                self.open.as_mut().filter(|walk| walk.edge.size == 0).ok_or_else(misplaced)?.expect(head)?;
                self.heads += 1;
            }
            Line::Deed(record) => self.deed(&record)?,
            Line::End(end) => self.school_ends(&end)?,
            Line::Closed(said) => self.close(said)?,
            Line::Export(_) | Line::School(_) => return Err(misplaced()),
        }
        Ok(())
    }

    fn deed(&mut self, record: &Record) -> Result<()> {
        let walk = self.open.as_mut().ok_or_else(|| wrong(self.number, "it does not belong there"))?;
        if walk.edge.size == 0 {
            walk.begin()?;
        }
        walk.deed(record)?;
        if record.school.is_nil() && record.verb == SCHOOL_OPENED {
            self.opened.extend(record.subject);
        }
        Ok(())
    }

    fn school_ends(&mut self, end: &End) -> Result<()> {
        let number = self.number;
        let mut walk = self.open.take().ok_or_else(|| wrong(number, "it does not belong there"))?;
        if walk.edge.size == 0 {
            walk.begin()?;
        }
        let found = walk.end()?;
        if (found.deeds, found.root) != (end.deeds, end.root) {
            let school = found.school;
            return Err(Error::Tampered(format!("line {number}: the deeds of school {school} are not those exported")));
        }
        self.verified.push(found);
        Ok(())
    }

    fn close(&mut self, said: Closed) -> Result<()> {
        let number = self.number;
        if let Some(school) = self.awaited.last() {
            return Err(Error::Tampered(format!("line {number}: school {school} of the first line is missing")));
        }
        let deeds = self.verified.iter().map(|found| found.deeds).sum();
        let counted = Closed { schools: self.verified.len() as u64, heads: self.heads, deeds };
        if self.open.is_some() || said != counted {
            return Err(Error::Tampered(format!("line {number}: the export does not hold what it counts")));
        }
        let has_house = self.verified.iter().any(|found| found.school.is_nil());
        let has = |school: &Uuid| self.verified.iter().any(|found| found.school == *school);
        if let Some(school) = self.opened.iter().find(|school| has_house && !has(school)) {
            return Err(Error::Tampered(format!("school {school} was opened, and the export lacks it")));
        }
        self.is_closed = true;
        Ok(())
    }

    fn end(self) -> Result<Vec<Verified>> {
        match self.is_closed {
            true => Ok(self.verified),
            false => Err(Error::Tampered(format!("the export was cut off after line {}", self.number))),
        }
    }
}

fn wrong(number: u64, said: &str) -> Error {
    Error::Invalid(format!("line {number} of the export: {said}"))
}

/// The next line, or none at the end.
fn take(input: &mut impl BufRead, number: u64) -> Result<Option<Line>> {
    let most = if number == 1 { FIRST_LINE_BYTES_MAX } else { LINE_BYTES_MAX };
    let mut bytes = Vec::new();
    let read = input.by_ref().take(most + 1).read_until(b'\n', &mut bytes);
    if read.map_err(|error| wrong(number, &error.to_string()))? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 > most {
        return Err(wrong(number, &format!("longer than {most} bytes")));
    }
    let line = serde_json::from_slice(&bytes).map_err(|error| wrong(number, &error.to_string()))?;
    match bytes.last() {
        Some(b'\n') => Ok(Some(line)),
        _ => Err(Error::Tampered(format!("line {number} of the export was cut off"))),
    }
}
