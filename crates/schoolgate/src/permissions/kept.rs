//! The file of withdrawals beside the data, and what it is for: a restore.
//!
//! Yesterday's backup does not know what was withdrawn today; the file does. Promises: a line is on the disk before the
//! change it speaks of is committed; at every start, before a page is served, what the database lacks is taken again and
//! what the file lacks is written. Does not: bring back anybody who was erased, or stop a withdrawal because the disk is
//! full: then the log says so, and the next start writes what is missing.

use std::collections::HashSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::decision::Route;
use super::lowered::{Fault, Line, Lowered, SchoolNo, read};
use super::register::Row;
use super::{answers, queries, withheld};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};

/// Beside the data, and not in any backup of it.
pub fn file(app: &App) -> PathBuf {
    app.config.data.join("withdrawals.jsonl")
}

/// Writes one line and waits until it is on the disk.
pub(super) async fn keep(app: &App, line: &Line) {
    let (path, text) = (file(app), serde_json::to_string(line));
    let written = match text {
        Ok(text) => tokio::task::spawn_blocking(move || append(&path, &text)).await,
        Err(error) => Ok(Err(error.into())),
    };
    if let Err(error) = written.map_err(std::io::Error::other).and_then(|written| written) {
        tracing::error!(%error, "a withdrawal could not be written beside the data; it holds, but a restore would not know it");
    }
}

/// The line begins on a new line, so that one which a crash cut off takes no other with it.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.write_all(["\n", text, "\n"].concat().as_bytes())?;
    file.sync_data()
}

/// Every line that can be read; what cannot be is in the log.
async fn lines(app: &App) -> Result<Vec<Line>> {
    let path = file(app);
    let opened = tokio::task::spawn_blocking(move || match std::fs::File::open(path) {
        Ok(file) => Ok(read(std::io::BufReader::new(file))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((Vec::new(), Vec::new())),
        Err(error) => Err(error),
    });
    let opened = opened.await.map_err(|error| Error::fault("reading the withdrawals", error))?;
    let (lines, faults) = opened.map_err(|error| Error::unavailable("the file of withdrawals", error))?;
    for Fault { line, said } in faults {
        tracing::error!(line, said, "a line of withdrawals.jsonl cannot be read");
    }
    Ok(lines)
}

/// Brings file and database together; gives how many withdrawals the database had lacked. For the start.
pub async fn reconcile(app: &App) -> Result<usize> {
    let lines = lines(app).await?;
    let mut replayed = 0;
    for line in &lines {
        replayed += usize::from(replay(app, line).await?);
    }
    if replayed > 0 {
        tracing::warn!(replayed, "withdrawals that this database did not know were taken again");
    }
    let kept: HashSet<Uuid> = lines.iter().filter_map(Line::id).collect();
    for school in app.db.schools().await? {
        for line in known(app, school).await? {
            if line.id().is_some_and(|id| !kept.contains(&id)) {
                keep(app, &line).await;
            }
        }
    }
    Ok(replayed)
}

/// What the database knows, as lines.
async fn known(app: &App, school: SchoolId) -> Result<Vec<Line>> {
    let mut read = app.db.read(school).await?;
    let withheld = withheld::all(&mut read).await?;
    let mut known: Vec<Line> = withheld.into_iter().map(|no| Line::school_no(school, no)).collect();
    let lowerings = queries::lowerings(&mut read).await?;
    known.extend(lowerings.into_iter().map(|lowered| Line::lowered(school, lowered)));
    Ok(known)
}

/// Takes one line again if the database lacks it; whether it did.
async fn replay(app: &App, line: &Line) -> Result<bool> {
    let school = SchoolId::new(line.school);
    let (Some(id), Some(person)) = (line.id(), line.person()) else { return Ok(false) };
    let mut read = app.db.read(school).await?;
    if queries::knows_lowering(&mut read, id).await? || !queries::knows_person(&mut read, person).await? {
        return Ok(false);
    }
    drop(read);
    let mut tx = app.db.write(school).await?;
    match (&line.lowered, &line.school_no) {
        (Some(lowered), _) => lower(app, &mut tx, lowered).await?,
        (_, Some(SchoolNo { reason, .. })) => withheld::restore(&mut tx, (id, person), reason).await?,
        _ => {}
    }
    answers::after_lowering(app, &mut tx, person).await?;
    tx.commit(Deed::by_program().did("permissions.replayed").to(person)).await?;
    Ok(true)
}

async fn lower(app: &App, tx: &mut Tx, lowered: &Lowered) -> Result<()> {
    let (now, today) = (app.clock.now().as_millisecond(), clock::today(app.clock.as_ref()));
    let purposes = queries::purposes(tx).await?;
    for purpose in purposes.iter().filter(|purpose| lowered.purposes.contains(&purpose.code)) {
        let row = Row::lowered(purpose, lowered, Route::Replay, today);
        answers::put(tx, &Row { at: now, ..row }).await?;
    }
    queries::add_lowered(tx, lowered, Some(now)).await?;
    Ok(queries::raise_version(tx, lowered.person).await?)
}
