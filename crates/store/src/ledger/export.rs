//! The ledger as a file of JSON lines that anybody can verify without the database.
//!
//! Promises: one line a deed, in order; a beginning and an end for each school, so that a file cut short is found; a
//! reader with limits that names the line. Does not: hold anything that the ledger does not.

use std::io::{BufRead, Read as _, Write};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tree::Hash;
use super::verify::Walk;
use super::{Head, Known, PAGE, Record, Verified, heads, page};
use crate::db::Query;
use crate::{Db, Error, Result, SchoolId};

/// The version of the format.
const FORMAT: u32 = 1;
/// A deed is about 400 bytes and a head 350.
const LINE_BYTES_MAX: u64 = 2048;

/// One line of an export. A school's lines are: `school`, its `head`s, its `deed`s, `end`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    School { format: u32, school: Uuid },
    Head(Head),
    Deed(Record),
    End(End),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    deeds: u64,
    #[serde(with = "hex::serde")]
    root: Hash,
}

/// Writes the ledgers of some schools, each as of one moment, and verifies them on the way.
///
/// Errors: [`Error::Tampered`] if a ledger does not agree with itself; what is written then has no end and does not verify.
pub async fn export(db: &Db, schools: &[SchoolId], out: &mut (impl Write + Send)) -> Result<Vec<Verified>> {
    let mut verified = Vec::new();
    for school in schools {
        let mut read = db.read(*school).await?;
        let mut walk = Walk::new(school.get(), &Known::default())?;
        put(out, &Line::School { format: FORMAT, school: school.get() })?;
        for head in heads(read.wire(), *school).await? {
            put(out, &Line::Head(head.clone()))?;
            walk.expect(head)?;
        }
        walk.begin()?;
        loop {
            let rows = page(read.wire(), *school, walk.edge.size, PAGE).await?;
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
        verified.push(found);
    }
    out.flush().map_err(|error| Error::unavailable("writing an export", error.to_string()))?;
    Ok(verified)
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
    let mut verified: Vec<Verified> = Vec::new();
    let mut open: Option<Walk> = None;
    let mut number = 0_u64;
    while let Some(line) = take(&mut input, number + 1)? {
        number += 1;
        let misplaced = || Error::Invalid(format!("line {number} of the export does not belong there"));
        match line {
            Line::School { format, school } => {
                if format != FORMAT {
                    return Err(Error::Invalid(format!("line {number}: format {format} is not known, only {FORMAT}")));
                }
                if open.is_some() || verified.iter().any(|done| done.school == school) {
                    return Err(misplaced());
                }
                open = Some(Walk::new(school, known)?);
            }
            Line::Head(head) => open.as_mut().filter(|walk| walk.edge.size == 0).ok_or_else(misplaced)?.expect(head)?,
            Line::Deed(record) => {
                let walk = open.as_mut().ok_or_else(misplaced)?;
                if walk.edge.size == 0 {
                    walk.begin()?;
                }
                walk.deed(&record)?;
            }
            Line::End(end) => {
                let mut walk = open.take().ok_or_else(misplaced)?;
                if walk.edge.size == 0 {
                    walk.begin()?;
                }
                let found = walk.end()?;
                if (found.deeds, found.root) != (end.deeds, end.root) {
                    return Err(Error::Tampered(format!(
                        "line {number}: the deeds of school {} are not those exported",
                        found.school
                    )));
                }
                verified.push(found);
            }
        }
    }
    if open.is_some() {
        return Err(Error::Tampered(format!("the export ends after line {number}, in the middle of a school")));
    }
    match known.heads.iter().find(|head| verified.iter().all(|done| done.school != head.school)) {
        Some(head) => Err(Error::Tampered(format!("the export lacks school {}", head.school))),
        None => Ok(verified),
    }
}

/// The next line, or none at the end.
fn take(input: &mut impl BufRead, number: u64) -> Result<Option<Line>> {
    let invalid = |said: String| Error::Invalid(format!("line {number} of the export: {said}"));
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut bytes);
    if read.map_err(|error| invalid(error.to_string()))? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 > LINE_BYTES_MAX {
        return Err(invalid(format!("longer than {LINE_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| invalid(error.to_string()))
}
