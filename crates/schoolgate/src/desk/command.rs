//! `schoolgate screen` and `schoolgate clean-picture`: the desk's eyes on the command line.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use rulebook::Fault;
use screening::{Findings, Limits, Person, PersonKind, Roll, RollFault};

use super::{drafts, roll};
use crate::app::decoder::AvifDecoder;
use crate::error::Error;
use crate::roster::import;
use crate::roster::import::cells::Rules;
use crate::roster::import::incoming::{Incoming, PupilIn};

/// A table of people or a list of texts longer than this is refused before it is read whole.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The tables a folder may hold, and what everybody in them is who has no kind of their own.
const TABLES: &[(&str, PersonKind)] = &[
    ("roll.csv", PersonKind::Pupil),
    ("pupils.csv", PersonKind::Pupil),
    ("students.csv", PersonKind::Pupil),
    ("users.csv", PersonKind::Pupil),
    ("staff.csv", PersonKind::Staff),
    ("teachers.csv", PersonKind::Staff),
];
/// Phrases of the school's own that name no pupil, one a line; `#` begins a remark.
const ALLOWED: &str = "allowed.txt";

/// What is to be screened.
pub struct Screen {
    /// A table, a workbook or archive as the import takes it, or a folder with one of `TABLES`.
    pub roll: PathBuf,
    /// A file, or `-` for standard input.
    pub texts: String,
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// Why nothing was answered.
pub enum Stopped {
    /// What was given cannot be read: every fault.
    Faults(Vec<Fault>),
    Failed(Error),
}

/// Writes the findings of every text to `out`.
///
/// # Errors
/// Faults of the roll and of the texts, all at once; or that writing failed.
pub fn screen(asked: &Screen, out: &mut dyn Write) -> Result<(), Stopped> {
    let (people, texts) = (read_roll(&asked.roll), read_texts(&asked.texts));
    let (roll, batch) = match (people, texts) {
        (Ok(roll), Ok(batch)) => (roll, batch),
        (roll, batch) => {
            let faults = roll.err().into_iter().chain(batch.err()).flatten().collect();
            return Err(Stopped::Faults(faults));
        }
    };
    let findings = batch.drafts.iter().map(|draft| screening::text(draft, &roll));
    let written = match asked.format {
        Format::Json => write_json(findings, batch.is_array, out),
        Format::Text => write_text(findings, out),
    };
    written.map_err(|error| Stopped::Failed(Error::fault("writing the findings", error)))
}

fn write_json(findings: impl Iterator<Item = Findings>, is_array: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(out);
    let (open, between, close): (&[u8], &[u8], &[u8]) =
        if is_array { (b"[\n", b",\n", b"\n]\n") } else { (b"", b"\n", b"\n") };
    let mut is_empty = true;
    out.write_all(open)?;
    for found in findings {
        if !is_empty {
            out.write_all(between)?;
        }
        is_empty = false;
        serde_json::to_writer(&mut out, &found)?;
    }
    if is_array || !is_empty {
        out.write_all(close)?;
    }
    out.flush()
}

fn write_text(findings: impl Iterator<Item = Findings>, out: &mut dyn Write) -> std::io::Result<()> {
    for found in findings {
        let verdict = match (found.stopped, found.findings.is_empty()) {
            (true, _) => "stopped",
            (false, true) => "nothing found",
            (false, false) => "not stopped",
        };
        writeln!(out, "{}: {verdict}", found.id)?;
        for one in found.findings {
            let person = one.person.map(|person| format!(" ({person})")).unwrap_or_default();
            let strength = format!("{:?}", one.strength).to_lowercase();
            writeln!(out, "  {strength}, characters {} to {}{person}: {}", one.start, one.end, one.say)?;
        }
    }
    Ok(())
}

fn read_texts(name: &str) -> Result<drafts::Batch, Vec<Fault>> {
    let shown = if name == "-" { "standard input" } else { name };
    let text = read_limited(name, shown)?;
    drafts::drafts(shown, &text)
}

fn read_roll(path: &Path) -> Result<Roll, Vec<Fault>> {
    let shown = path.display().to_string();
    let mut tables = vec![(path.to_owned(), PersonKind::Pupil)];
    let mut allowed = Ok(Vec::new());
    if path.is_dir() {
        let named = TABLES.iter().map(|(name, kind)| (path.join(name), *kind));
        tables = named.filter(|(table, _)| table.is_file()).collect();
        if path.join(ALLOWED).is_file() {
            allowed = read_allowed(&path.join(ALLOWED));
        }
    }
    if tables.is_empty() {
        let names: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
        return Err(vec![nowhere(&shown, format!("holds none of {}", names.join(", ")))]);
    }
    let (mut people, mut places, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (table, kind) in tables {
        match read_table(&table, kind) {
            Ok(listed) => {
                places.extend(listed.iter().map(|one| (table.display().to_string(), one.line)));
                people.extend(listed.into_iter().map(|one| one.person));
            }
            Err(found) => faults.extend(found),
        }
    }
    match (allowed, faults.is_empty()) {
        (Ok(allowed), true) => Roll::of(&people, &allowed).map_err(|found| placed(&shown, &places, found)),
        (allowed, _) => Err(faults.into_iter().chain(allowed.err().into_iter().flatten()).collect()),
    }
}

/// The faults of a roll with the lines of the people they speak of.
fn placed(shown: &str, places: &[(String, u64)], found: Vec<RollFault>) -> Vec<Fault> {
    let place = |fault: RollFault| match places.get(fault.person) {
        Some((file, line)) => {
            let line = usize::try_from(*line).unwrap_or(usize::MAX);
            Fault { file: file.clone(), line, column: usize::from(line > 0), path: None, said: fault.said }
        }
        None => nowhere(shown, fault.said),
    };
    found.into_iter().map(place).collect()
}

/// A table of names, or pupils in one of the forms that `schoolgate import` takes.
fn read_table(path: &Path, kind: PersonKind) -> Result<Vec<roll::Listed>, Vec<Fault>> {
    let shown = path.display().to_string();
    if path.with_file_name("roles.csv").is_file() {
        // OneRoster 1.2: only the pack as a whole says who is a pupil.
        return read_export(path, None);
    }
    let names = read_limited(&shown, &shown).and_then(|text| roll::people(&shown, &text, kind));
    match (names, kind) {
        (Err(faults), PersonKind::Pupil) => read_export(path, Some(faults)),
        (names, _) => names,
    }
}

/// An export of the school's own system. What is wrong with a plain table is told as of a table of names; what is wrong with
/// an archive or a workbook can only be told by its reader.
fn read_export(path: &Path, faults: Option<Vec<Fault>>) -> Result<Vec<roll::Listed>, Vec<Fault>> {
    let today = crate::clock::today(&crate::clock::System);
    let files = export_files(path).map_err(|said| vec![nowhere(&path.display().to_string(), said)])?;
    let is_packed = files.iter().any(|file| file.bytes.starts_with(b"PK"));
    let read = |is_demo| import::read(files.clone(), &Rules { today, is_demo, school: String::new() });
    // Whether UPNs are made up does not matter here: none of them is shown.
    match (read(false).or_else(|told| read(true).map_err(|_| told)), faults) {
        (Ok(incoming), _) => Ok(listed(&incoming)),
        (Err(_), Some(faults)) if !is_packed => Err(faults),
        (Err(told), _) => Err(told),
    }
}

/// The file, or the tables of the pack that it belongs to.
fn export_files(path: &Path) -> Result<Vec<import::File>, String> {
    let named = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut paths = vec![path.to_owned()];
    if named(path).eq_ignore_ascii_case("users.csv") {
        let folder = path.parent().unwrap_or(Path::new("."));
        let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
        let is_table = |path: &PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        paths = entries.flatten().map(|entry| entry.path()).filter(is_table).collect();
        paths.sort();
    }
    let read = |path: &PathBuf| {
        let bytes = read_bytes(&path.display().to_string(), BYTES_MAX)?;
        Ok(import::File { name: named(path), bytes })
    };
    paths.iter().map(read).collect()
}

/// The pupils by the key of the school's own system; where that is the UPN, by their line, for a UPN is not shown.
fn listed(incoming: &Incoming) -> Vec<roll::Listed> {
    let person = |pupil: &PupilIn| Person {
        id: pupil.key.clone().unwrap_or_else(|| format!("line {}", pupil.line)),
        forename: pupil.names.forename.clone(),
        known_as: pupil.names.known_as.clone().unwrap_or_default(),
        surname: pupil.names.surname.clone(),
        kind: PersonKind::Pupil,
    };
    let line = |pupil: &PupilIn| u64::try_from(pupil.line).unwrap_or(0);
    incoming.pupils.iter().map(|pupil| roll::Listed { person: person(pupil), line: line(pupil) }).collect()
}

fn read_allowed(path: &Path) -> Result<Vec<String>, Vec<Fault>> {
    let shown = path.display().to_string();
    let text = read_limited(&shown, &shown)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

fn read_limited(path: &str, shown: &str) -> Result<String, Vec<Fault>> {
    let bytes = read_bytes(path, BYTES_MAX).map_err(|said| vec![nowhere(shown, said)])?;
    rulebook::text(shown, &bytes).map(str::to_owned).map_err(|fault| vec![fault])
}

fn read_bytes(path: &str, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    let source: Box<dyn Read> = if path == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| error.to_string())?)
    };
    source.take(limit + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limit {
        return Err(format!("is longer than {limit} bytes"));
    }
    Ok(bytes)
}

fn nowhere(name: &str, said: String) -> Fault {
    Fault { file: name.to_owned(), line: 0, column: 0, path: None, said }
}

/// Writes a clean copy of the picture `from` to `to` and says what the original carried.
///
/// # Errors
/// A picture that is not taken, with the reason; or that the copy cannot be written, and then nothing is left of it.
pub fn clean((from, to): (&Path, &Path), avif: &AvifDecoder, out: &mut dyn Write) -> Result<(), Stopped> {
    let limits = Limits::default();
    let shown = from.display().to_string();
    let fault = |said: String| Stopped::Faults(vec![nowhere(&shown, said)]);
    let bytes = read_bytes(&shown, limits.bytes_max as u64).map_err(fault)?;
    let cleaned = screening::picture_by(&bytes, &limits, &|one| avif.decoded(one));
    let cleaned = cleaned.map_err(|refused| fault(refused.to_string()))?;
    write_whole(to, &cleaned.bytes)
        .map_err(|error| Stopped::Faults(vec![nowhere(&to.display().to_string(), error.to_string())]))?;
    let mut say = || -> std::io::Result<()> {
        let (format, kilobytes) = (cleaned.format.media_type(), cleaned.bytes.len().div_ceil(1000));
        let (width, height) = (cleaned.width, cleaned.height);
        writeln!(out, "{}: {format}, {width} by {height} pixels, {kilobytes} kB", to.display())?;
        if cleaned.found.is_empty() {
            writeln!(out, "the original carried nothing but pixels")?;
        }
        for found in &cleaned.found {
            writeln!(out, "removed: {}: {}", found.say, found.values.join("; "))?;
        }
        Ok(())
    };
    say().map_err(|error| Stopped::Failed(Error::fault("saying what was removed", error)))
}

/// Writes beside the file and puts it in its place, so that no half of a picture is ever found there.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().ok_or_else(|| std::io::Error::other("is no file"))?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // What could not be written is of no use; that it cannot be removed either adds nothing.
        let _ = std::fs::remove_file(&part);
    }
    written
}
