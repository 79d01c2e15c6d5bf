//! Importing the roll from what the school's own system exports.
//!
//! For: the office, on a page or at the command line; and the demo school, which comes from a file too.
//!
//! Promises: a file is read whole or not at all, and every fault in it is told with its file, line and column; what would
//! change is shown before anything does; everything changes in one transaction, and only if the roll is still the one that
//! the preview spoke of; the same file a second time changes nothing; a file never clears a marker, never overrules a
//! person's no about parental responsibility, and never brings a yes; the column `password` is not read; of a pack with
//! several schools only one is read.
//!
//! Does not: guess who somebody is by name, import staff, or fetch anything from anywhere.

mod archive;
pub mod cells;
pub mod doubts;
mod faults;
mod flat;
pub mod incoming;
pub mod limits;
mod oneroster;
pub mod pages;
mod plan;
mod queries;
mod table;
mod writing;

use jiff::SignedDuration;
use rulebook::Fault;
use sha2::{Digest as _, Sha256};
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use super::entry::{Entry, PREVIEW, PURPOSE};
use super::folding;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::queue::{self, Job};
use cells::Rules;
use doubts::Doubt;
use incoming::Incoming;
use plan::{Current, Moment, Plan, Step};

/// How long an uploaded file waits, sealed, for its import.
const PREVIEW_KEPT: SignedDuration = SignedDuration::from_mins(60);
/// So many leavers at once are an ordinary week; more, and more than this part of the roll, are a wrong file or a new year.
const LEAVERS_UNASKED: usize = 10;
const LEAVERS_PART: usize = 10;

/// A file as it was given.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads what was given: a table, a workbook, a OneRoster pack, as files or as an archive.
///
/// # Errors
/// Every fault, each with file, line and column.
pub fn read(mut files: Vec<File>, rules: &Rules) -> std::result::Result<Incoming, Vec<Fault>> {
    if let Some(file) = files.iter().find(|file| file.bytes.len() > limits::FILE_BYTES_MAX) {
        return Err(faults::only(&file.name, 0, format!("is longer than {} bytes", limits::FILE_BYTES_MAX)));
    }
    if let [file] = files.as_slice()
        && archive::is_archive(&file.bytes)
        && !archive::is_workbook(&file.bytes)
    {
        files = archive::tables(file)?;
    }
    let incoming = match oneroster::is_pack(&files) {
        true => oneroster::read(&files, rules)?,
        false => flat::read(flat::one_of(&files)?, rules)?,
    };
    // An empty export would make everybody a leaver.
    match incoming.pupils.is_empty() {
        true => Err(faults::only(&incoming.file, 0, "holds no pupil")),
        false => Ok(incoming),
    }
}

fn hash(files: &[File]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update((file.bytes.len() as u64).to_be_bytes());
        hasher.update(&file.bytes);
    }
    hasher.finalize().into()
}

fn folded(name: &str) -> String {
    folding::fold(name)
}

/// The rules of this place today, for files of one school.
pub fn rules(app: &App) -> Rules {
    Rules { today: clock::today(app.clock.as_ref()), is_demo: app.config.is_demo, school: String::new() }
}

/// The same for a file that may hold several: the one that is `named`, or else the one that is called as this school is.
pub async fn rules_for(app: &App, school: SchoolId, named: &str) -> Result<Rules> {
    let school = match named.trim() {
        "" => crate::people::school(app, school).await?.name,
        named => named.to_owned(),
    };
    Ok(Rules { school, ..rules(app) })
}

/// A file and which of its schools is meant; empty: the one that is called as this school is.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    pub file: File,
    pub school: String,
}

/// How many pupils a file adds, changes, makes leavers, brings back and leaves as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: i64,
    pub added: i64,
    pub changed: i64,
    pub left: i64,
    pub returned: i64,
    pub same: i64,
}

/// A pupil of the preview: the line of the file (none for a leaver), the name, and what is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub line: Option<usize>,
    pub name: String,
    pub what: String,
}

/// What a file would change.
#[derive(Clone, Debug)]
pub struct Preview {
    pub layout: &'static str,
    pub counts: Counts,
    /// Pupils of other schools in the same file.
    pub passed_over: usize,
    pub added: Vec<Shown>,
    pub changed: Vec<Shown>,
    pub left: Vec<Shown>,
    pub returned: Vec<Shown>,
    pub doubts: Vec<Doubt>,
    /// Adults who are new, and whose details change.
    pub adults: (usize, usize),
    /// What the file says no to that no file has said before.
    pub refusals: usize,
    /// Whether importing the file would change nothing.
    pub is_idle: bool,
    /// Whether so many would leave that a person has to say that it is so.
    pub leavers_asked: bool,
    /// The file together with the roll that it was held against; an import is given the one that was looked at.
    pub seen: String,
}

/// What a person says when they import.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// The preview they looked at; `None`: whatever there is now.
    pub seen: Option<String>,
    /// That all those who are missing from the file have left.
    pub accepts_leavers: bool,
}

/// Why a file that can be read is not imported, or what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(Done),
    /// The file does not fit the roll.
    Faults(Vec<Fault>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub import: Uuid,
    pub counts: Counts,
    /// Who is off the roll now. What is public of them is for the neighbours to list.
    pub left: Vec<Uuid>,
}

/// One import of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: Uuid,
    pub made_at: i64,
    /// `None`: the command line.
    pub person: Option<Uuid>,
    pub layout: String,
    pub file_hash: Vec<u8>,
    pub counts: Counts,
}

/// Shows what a file would change.
pub async fn preview(app: &App, school: SchoolId, file: &Incoming) -> Result<std::result::Result<Preview, Vec<Fault>>> {
    let mut read = app.db.read(school).await?;
    let current = writing::current(app, &mut read).await?;
    drop(read);
    let at = moment(app);
    let made = plan::plan(&current, file, at);
    Ok(made.map(|plan| shown(&current, file, &plan)))
}

fn moment(app: &App) -> Moment {
    Moment { today: clock::today(app.clock.as_ref()), now: app.clock.now().as_millisecond() }
}

fn shown(current: &Current, file: &Incoming, plan: &Plan) -> Preview {
    let name = |place: usize| file.pupils[place].names.in_full();
    let line = |place: usize| Some(file.pupils[place].line);
    let mut preview = Preview {
        layout: incoming::Layout::label(file.layout.code()),
        counts: counts(file, plan),
        passed_over: file.passed_over,
        added: Vec::new(),
        changed: Vec::new(),
        left: Vec::new(),
        returned: Vec::new(),
        doubts: plan.doubts.clone(),
        adults: (count(&plan.adults, is_new), count(&plan.adults, is_change)),
        refusals: plan.refusals.len(),
        is_idle: plan.is_idle(),
        leavers_asked: asks_about_leavers(plan),
        seen: seen(current, file),
    };
    for (place, step) in plan.pupils.iter().enumerate() {
        match step {
            Step::New(_) => preview.added.push(Shown { line: line(place), name: name(place), what: String::new() }),
            Step::Change(_, _, _, what) => {
                let is_back = plan.returned.contains(&place);
                let list = if is_back { &mut preview.returned } else { &mut preview.changed };
                list.push(Shown { line: line(place), name: name(place), what: what.join(", ") });
            }
            Step::Same(_) => {}
        }
    }
    let left = plan.left.iter().map(|held| held.given.names.in_full());
    preview.left = left.map(|name| Shown { line: None, name, what: String::new() }).collect();
    preview
}

fn is_new<T>(step: &Step<T>) -> bool {
    matches!(step, Step::New(_))
}

fn is_change<T>(step: &Step<T>) -> bool {
    matches!(step, Step::Change(..))
}

fn count<T>(steps: &[Step<T>], is: fn(&Step<T>) -> bool) -> usize {
    steps.iter().filter(|step| is(step)).count()
}

fn counts(file: &Incoming, plan: &Plan) -> Counts {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (added, changed) = (count(&plan.pupils, is_new), count(&plan.pupils, is_change));
    Counts {
        rows: number(file.rows),
        added: number(added),
        changed: number(changed - plan.returned.len()),
        left: number(plan.left.len()),
        returned: number(plan.returned.len()),
        same: number(file.pupils.len() - added - changed),
    }
}

fn asks_about_leavers(plan: &Plan) -> bool {
    plan.left.len() > LEAVERS_UNASKED && plan.left.len() * LEAVERS_PART > plan.on_roll
}

/// Hash of the file and of the versions of everything on the roll.
fn seen(current: &Current, file: &Incoming) -> String {
    let mut hasher = Sha256::new_with_prefix(file.hash);
    let mut held = |id: &Uuid, version: i64| {
        hasher.update(id.as_bytes());
        hasher.update(version.to_be_bytes());
    };
    current.pupils.iter().for_each(|pupil| held(&pupil.id, pupil.version));
    current.classes.iter().for_each(|class| held(&class.id, class.version));
    current.adults.iter().for_each(|adult| held(&adult.id, adult.version));
    current.ties.iter().for_each(|tie| held(&tie.id, tie.version));
    current.members.iter().for_each(|member| held(&member.id, 0));
    hex::encode(hasher.finalize())
}

/// Imports a file for the program's own user at the command line, or for the demo.
pub async fn apply_as_operator(app: &App, school: SchoolId, file: &Incoming, approval: &Approval) -> Result<Outcome> {
    apply(app, (school, None), file, approval).await
}

async fn apply(app: &App, who: (SchoolId, Option<Uuid>), file: &Incoming, approval: &Approval) -> Result<Outcome> {
    let tx = app.db.write(who.0).await?;
    apply_within(app, tx, who.1, (file, approval)).await
}

/// Takes the transaction, so that a preview can go in the same one.
async fn apply_within(
    app: &App,
    mut tx: Tx,
    person: Option<Uuid>,
    (file, approval): (&Incoming, &Approval),
) -> Result<Outcome> {
    let current = writing::current(app, &mut tx).await?;
    if approval.seen.as_ref().is_some_and(|known| *known != seen(&current, file)) {
        return Err(Error::Conflict);
    }
    let at = moment(app);
    let plan = match plan::plan(&current, file, at) {
        Ok(plan) => plan,
        Err(faults) => return Ok(Outcome::Faults(faults)),
    };
    drop(current);
    if asks_about_leavers(&plan) && !approval.accepts_leavers {
        let said = format!("{} of {} pupils would leave; say that they have", plan.left.len(), plan.on_roll);
        return Err(Refused::because(said).into());
    }
    let import = Import {
        id: Uuid::now_v7(),
        made_at: at.now,
        person,
        layout: file.layout.code().to_owned(),
        file_hash: file.hash.to_vec(),
        counts: counts(file, &plan),
    };
    let entry = Entry::begin(app, &mut tx).await?;
    writing::write(&mut tx, &entry, (&plan, &import), at.today).await?;
    let left = plan.left.iter().map(|held| held.id).collect();
    let deed = person.map_or_else(Deed::by_program, Deed::by).did("roster.imported");
    tx.commit(deed.to(import.id).hash([import.id.as_bytes(), file.hash.as_slice()].concat())).await?;
    Ok(Outcome::Done(Done { import: import.id, counts: import.counts, left }))
}

/// Keeps an uploaded file, sealed, until it is imported, replaced or an hour old. It has been read without faults before.
pub async fn keep(app: &App, caller: &Caller, upload: &Upload) -> Result<Uuid> {
    app.access.may(caller, Act::ImportRoll, Thing::premises(caller.school))?;
    let now = app.clock.now().as_millisecond();
    let id = Uuid::now_v7();
    let mut tx = app.db.write(caller.school).await?;
    let entry = Entry::begin(app, &mut tx).await?;
    queries::remove_previews(&mut tx, caller.person, now).await?;
    let one_line = |text: &str| text.replace(['\n', '\t'], " ");
    let head = [one_line(&upload.file.name), one_line(&upload.school)].join("\t");
    let plain = [head.as_bytes(), b"\n", &upload.file.bytes].concat();
    let sealed = entry.seal(PREVIEW, id, &plain)?;
    let until = now.saturating_add(i64::try_from(PREVIEW_KEPT.as_millis()).unwrap_or(0));
    queries::add_preview(&mut tx, (id, caller.person), (now, until), sealed).await?;
    queue::push(&mut tx, Job::ForgetRollFile(id), clock::from_millis(until)).await?;
    tx.commit(Deed::by(caller.person).did("roster.file-kept").to(id)).await?;
    Ok(id)
}

/// Removes a file whose hour is over; it may have gone before.
pub async fn forget_late(app: &App, school: SchoolId, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    match queries::remove_preview(&mut tx, id).await? {
        0 => Ok(()),
        _ => Ok(tx.commit(Deed::by_program().did("roster.file-removed").to(id)).await?),
    }
}

/// A file that the caller has uploaded; nobody else sees it.
pub async fn kept(app: &App, caller: &Caller, id: Uuid) -> Result<Upload> {
    app.access.may(caller, Act::ImportRoll, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    kept_in(app, &mut read, (caller, id)).await
}

async fn kept_in(app: &App, q: &mut impl Query, (caller, id): (&Caller, Uuid)) -> Result<Upload> {
    let kept = queries::find_preview(q, id, app.clock.now().as_millisecond()).await?;
    if kept.person != caller.person {
        return Err(Error::NotFound);
    }
    let plain = app.sealer.open(q, PURPOSE, PREVIEW.of(id), &kept.file).await?;
    let end = plain.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let head = String::from_utf8_lossy(&plain[..end]);
    let (name, school) = head.split_once('\t').unwrap_or((&head, ""));
    let file = File { name: name.to_owned(), bytes: plain.get(end + 1..).unwrap_or_default().to_vec() };
    Ok(Upload { file, school: school.to_owned() })
}

/// Imports a file that the caller has looked at. The file goes with the import, whatever comes of it in between.
pub async fn import_kept(app: &App, caller: &Caller, id: Uuid, approval: &Approval) -> Result<Outcome> {
    let Upload { file, school } = kept(app, caller, id).await?;
    let rules = rules_for(app, caller.school, &school).await?;
    let read = tokio::task::spawn_blocking(move || read(vec![file], &rules)).await;
    let incoming = match read.map_err(|error| Error::fault("reading a file", error))? {
        Ok(incoming) => incoming,
        Err(faults) => return Ok(Outcome::Faults(faults)),
    };
    let mut tx = app.db.write(caller.school).await?;
    // Pressed twice: the second one finds nothing.
    if queries::remove_preview(&mut tx, id).await? == 0 {
        return Err(Error::NotFound);
    }
    apply_within(app, tx, Some(caller.person), (&incoming, approval)).await
}

/// Throws an uploaded file away.
pub async fn forget(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    kept(app, caller, id).await?;
    let mut tx = app.db.write(caller.school).await?;
    queries::remove_preview(&mut tx, id).await?;
    Ok(tx.commit(Deed::by(caller.person).did("roster.file-removed").to(id)).await?)
}

/// The latest imports, newest first.
pub async fn history(app: &App, caller: &Caller) -> Result<Vec<Import>> {
    app.access.may(caller, Act::SeeImports, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::imports(&mut read).await?)
}

#[cfg(test)]
mod tests;
