//! `schoolgate import`: the roll from files, first as a preview.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rulebook::Fault;

use super::import::doubts::Doubt;
use super::import::{self, Approval, Counts, File, Outcome, Preview, limits};
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::command::{self as people, Which};

#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    school: Which,
    /// The export: a CSV or XLSX table, a OneRoster archive, or a folder with its tables
    #[arg(value_name = "FILE|FOLDER")]
    from: PathBuf,
    /// Which school is meant if the export holds several: its name, number or key there
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Only show what would change; so it is without --apply
    #[arg(long, conflicts_with = "apply")]
    preview: bool,
    /// Change the roll
    #[arg(long)]
    apply: bool,
    /// Everybody who is missing from the file has left, many as they are
    #[arg(long)]
    accept_leavers: bool,
}

/// What there is to tell.
pub enum Told {
    Lines(Vec<String>),
    Faults(Vec<Fault>),
}

/// Previews or imports. Pupils are told by the line of the file, never by name: what a command prints is often kept.
pub async fn import(app: &App, given: Import) -> Result<Told> {
    let school = people::school(app, &given.school).await?;
    let files = match files(&given.from) {
        Ok(files) => files,
        Err(faults) => return Ok(Told::Faults(faults)),
    };
    let rules = import::rules_for(app, school, given.org.as_deref().unwrap_or_default()).await?;
    let incoming = match import::read(files, &rules) {
        Ok(incoming) => incoming,
        Err(faults) => return Ok(Told::Faults(faults)),
    };
    let preview = match import::preview(app, school, &incoming).await? {
        Ok(preview) => preview,
        Err(faults) => return Ok(Told::Faults(faults)),
    };
    let mut lines = told(&preview);
    if !given.apply {
        lines.push("Nothing was changed. Import it with --apply.".to_owned());
        return Ok(Told::Lines(lines));
    }
    let approval = Approval { seen: Some(preview.seen), accepts_leavers: given.accept_leavers };
    match import::apply_as_operator(app, school, &incoming, &approval).await {
        Ok(Outcome::Done(done)) => {
            lines.push(format!("Imported: {}.", done.import));
            Ok(Told::Lines(lines))
        }
        Ok(Outcome::Faults(faults)) => Ok(Told::Faults(faults)),
        Err(Error::Refused(refused)) => {
            Err(Error::Invalid(format!("{}, with --accept-leavers", refused.because).into()))
        }
        Err(error) => Err(error),
    }
}

fn told(preview: &Preview) -> Vec<String> {
    let Counts { rows, added, changed, left, returned, same } = preview.counts;
    let mut lines = vec![
        format!("{}, rows: {rows}", preview.layout),
        format!("pupils: {added} new, {changed} changed, {returned} come back, {left} left, {same} as they are"),
        format!("adults: {} new, {} changed", preview.adults.0, preview.adults.1),
    ];
    if preview.passed_over > 0 {
        lines.push(format!("passed over: {} pupils of other schools in the same export", preview.passed_over));
    }
    lines.extend(preview.doubts.iter().map(doubt));
    lines
}

fn doubt(doubt: &Doubt) -> String {
    let lines: Vec<String> = doubt.lines.iter().map(ToString::to_string).collect();
    format!("look at lines {}: {}", lines.join(", "), doubt.kind.label())
}

/// The file, or the tables of the folder.
fn files(from: &Path) -> std::result::Result<Vec<File>, Vec<Fault>> {
    let paths = if from.is_dir() { tables_in(from)? } else { vec![from.to_owned()] };
    let mut files = Vec::new();
    let mut left = limits::ARCHIVE_BYTES_MAX;
    for path in paths {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
        let limit = limits::FILE_BYTES_MAX.min(left);
        let bytes = bytes(&path, limit).map_err(|said| vec![nowhere(&path, said)])?;
        left -= bytes.len();
        files.push(File { name, bytes });
    }
    Ok(files)
}

fn tables_in(folder: &Path) -> std::result::Result<Vec<PathBuf>, Vec<Fault>> {
    let entries = std::fs::read_dir(folder).map_err(|error| vec![nowhere(folder, error.to_string())])?;
    let is_table = |path: &PathBuf| {
        let ends = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        ends && path.is_file()
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_table).collect();
    paths.sort();
    match paths.is_empty() {
        true => Err(vec![nowhere(folder, "holds no table: no file in it ends in .csv".to_owned())]),
        false => Ok(paths),
    }
}

fn bytes(path: &Path, limit: usize) -> std::result::Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // Room for all of it at once: a vector that grows would need twice the memory for a large file.
    let length = file.metadata().map_or(0, |about| usize::try_from(about.len()).unwrap_or(usize::MAX));
    let mut bytes = Vec::with_capacity(length.min(limit).saturating_add(1));
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > limit {
        return Err(format!("is longer than {limit} bytes"));
    }
    Ok(bytes)
}

fn nowhere(path: &Path, said: String) -> Fault {
    Fault { file: path.display().to_string(), line: 0, column: 0, path: None, said }
}
