//! What an archive holds, unpacked within limits.
//!
//! An archive is outside data twice over: its table of contents may lie, and what it unpacks to may be endless. So every
//! byte is counted while it is unpacked, and what the table of contents says is only believed when it is too much already.

use std::io::{Cursor, Read as _};

use rulebook::Fault;
use zip::ZipArchive;

use super::File;
use super::faults::only;
use super::limits::{ARCHIVE_BYTES_MAX, ARCHIVE_FILES_MAX, FILE_BYTES_MAX, PACKED_TIMES_MAX};

/// How a zip archive begins; the second one holds nothing.
const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Every workbook has it, no other archive does.
const WORKBOOK_MARK: &str = "[Content_Types].xml";
/// What systems and computers leave in archives beside the tables.
const LITTER: [&str; 4] = ["__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini"];

pub(super) fn is_archive(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Whether this archive is a workbook. One that cannot be opened is none; whoever unpacks it says why.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    let archive = ZipArchive::new(Cursor::new(bytes));
    archive.is_ok_and(|archive| archive.index_for_name(WORKBOOK_MARK).is_some())
}

/// The tables in an archive, without the folder that they may all stand in.
///
/// # Errors
/// One fault: an archive that cannot be read, is locked, holds another archive, or too much.
pub(super) fn tables(file: &File) -> Result<Vec<File>, Vec<Fault>> {
    let mut tables: Vec<File> = Vec::new();
    unpack(file, ARCHIVE_BYTES_MAX, |name, bytes| {
        if LITTER.iter().any(|litter| name.contains(litter)) {
            return Ok(());
        }
        if is_archive(&bytes) {
            return Err(format!("`{name}` is an archive within the archive; unpack it first"));
        }
        let short = name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned();
        if !short.to_lowercase().ends_with(".csv") {
            return Ok(());
        }
        if tables.iter().any(|table| table.name.eq_ignore_ascii_case(&short)) {
            return Err(format!("holds `{short}` twice"));
        }
        tables.push(File { name: short, bytes });
        Ok(())
    })?;
    if tables.is_empty() {
        return Err(only(&file.name, 0, "holds no table: no file in it ends in .csv"));
    }
    Ok(tables)
}

/// Unpacks a workbook once to see that it is no larger than it may be; the reader of workbooks does not count.
pub(super) fn check_workbook(file: &File, bytes_max: usize) -> Result<(), Vec<Fault>> {
    unpack(file, bytes_max, |_, _| Ok(()))
}

fn unpack(
    file: &File,
    bytes_max: usize,
    mut take: impl FnMut(String, Vec<u8>) -> Result<(), String>,
) -> Result<(), Vec<Fault>> {
    let refuse = |said: String| only(&file.name, 0, said);
    let unread = |error: zip::result::ZipError| refuse(format!("cannot be unpacked: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(file.bytes.as_slice())).map_err(unread)?;
    if archive.len() > ARCHIVE_FILES_MAX {
        return Err(refuse(format!("holds {} files, more than {ARCHIVE_FILES_MAX}", archive.len())));
    }
    let mut left = bytes_max;
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(unread)?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(unread)?.into_owned();
        if entry.encrypted() {
            return Err(refuse(format!("`{name}` is locked with a password; export it without")));
        }
        let limit = left.min(FILE_BYTES_MAX).min(most(entry.compressed_size()));
        let too_much = || refuse(format!("`{name}` unpacks to far more than it should"));
        let mut bytes = Vec::new();
        let read = entry.by_ref().take(limit as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| refuse(format!("`{name}` cannot be unpacked: {error}")))?;
        if bytes.len() > limit {
            return Err(too_much());
        }
        left -= bytes.len();
        take(name, bytes).map_err(refuse)?;
    }
    Ok(())
}

/// The most that so many packed bytes may unpack to; a small file may hold a long row of the same.
fn most(packed: u64) -> usize {
    usize::try_from(packed.saturating_mul(PACKED_TIMES_MAX).saturating_add(64 * 1024)).unwrap_or(usize::MAX)
}
