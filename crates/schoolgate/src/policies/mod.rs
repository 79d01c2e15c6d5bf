//! Policies: the packs as shipped, and the versions that schools have put in force.
//!
//! For: whoever needs a policy that has been read and found free of faults.
//! Promises: a pack is read whole or not at all; every fault has file, line and column; a version in force is kept whole
//! under its hash and never changes.
//! Does not: rule; that is `rulebook`. Does not ask questions; that is `advisor`.

pub mod command;
pub mod comparison;
pub mod document;
pub mod drafts;
pub mod packs;
pub mod pages;
mod queries;
#[cfg(test)]
mod tests;
pub mod words;
pub mod work;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use rulebook::{Fault, File, Policy, Vocabulary};
use serde_json::{Value, json};
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;

/// Who can decide on a policy (domain.md 3.5): a board decides whether and how to delegate it, and stays accountable.
pub const BODIES: [(&str, &str); 3] = [
    ("governing-body", "the governing body"),
    ("committee", "a committee"),
    ("one-governor", "one governor, delegated"),
];

/// The vocabulary as shipped, read once.
pub fn vocabulary() -> Result<&'static Arc<Vocabulary>> {
    static READ: OnceLock<std::result::Result<Arc<Vocabulary>, String>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let file = packs::vocabulary_file().ok_or("the vocabulary is missing from the program")?;
        Vocabulary::read(&file).map(Arc::new).map_err(|faults| told(&faults))
    });
    read.as_ref().map_err(|said| Error::fault("reading the vocabulary", said.clone()))
}

/// A shipped pack, read once for the life of the program.
pub fn shipped(id: &str) -> Result<Arc<Policy>> {
    type Read = OnceLock<std::result::Result<Arc<Policy>, String>>;
    static READ: [Read; packs::NAMES.len()] = [const { OnceLock::new() }; packs::NAMES.len()];
    let at = packs::NAMES.iter().position(|name| *name == id).ok_or(Error::NotFound)?;
    let vocabulary = vocabulary()?;
    let pack = || read(vocabulary, &packs::files(id)).map(Arc::new).map_err(|faults| told(&faults));
    match READ[at].get_or_init(pack) {
        Ok(policy) => Ok(Arc::clone(policy)),
        Err(said) => Err(Error::fault(format!("reading the pack `{id}`"), said.clone())),
    }
}

/// Puts a shipped pack in force for a school, from now on. For the demo.
pub async fn put_shipped_in_force(app: &App, school: SchoolId, pack: &str) -> Result<()> {
    let policy = shipped(pack)?;
    put_read_in_force(app, school, &policy, &packs::files(pack)).await
}

/// Puts a shipped pack or the one in a folder in force, from now on, and gives its hash. For the person at the server.
///
/// # Errors
/// Invalid, with every fault of the folder in a line of its own.
pub async fn put_named_in_force(app: &App, school: SchoolId, name: &str) -> Result<Arc<Policy>> {
    let policy = command::named(name).map_err(|faults| {
        Error::Invalid(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into())
    })?;
    let files = match packs::NAMES.contains(&name) {
        true => packs::files(name),
        false => packs::files_in(Path::new(name)).map_err(|said| Error::Invalid(said.into()))?.files,
    };
    put_read_in_force(app, school, &policy, &files).await?;
    Ok(policy)
}

async fn put_read_in_force(app: &App, school: SchoolId, policy: &Policy, files: &[File]) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    let version = keep_version(app, &mut tx, policy, files).await?;
    queries::put_in_force(&mut tx, Uuid::now_v7(), version, app.clock.now().as_millisecond()).await?;
    let deed = Deed::by_program().did("policies.put-in-force").to(version).hash(policy.version.as_bytes());
    Ok(tx.commit(deed).await?)
}

/// Keeps a version whole, once; gives its number.
async fn keep_version(app: &App, tx: &mut Tx, policy: &Policy, files: &[File]) -> Result<Uuid> {
    if rulebook::hash(files) != policy.version {
        return Err(Error::fault("keeping a version", "its files changed while they were read"));
    }
    if let Some(version) = queries::find_version(tx, &policy.version).await? {
        return Ok(version);
    }
    let id = Uuid::now_v7();
    let text = written(files);
    let new = queries::New { id, pack: &policy.id, title: &policy.title, hash: &policy.version, files: &text };
    queries::add_version(tx, &new, app.clock.now().as_millisecond()).await?;
    Ok(id)
}

/// Files as they are kept.
fn written(files: &[File]) -> String {
    json!(files.iter().map(|file| json!({"name": file.name, "text": file.text})).collect::<Vec<_>>()).to_string()
}

/// Files as they were kept.
fn unwritten(text: &str) -> Result<Vec<File>> {
    let files: Value = serde_json::from_str(text).map_err(|error| Error::fault("reading a kept policy", error))?;
    let text = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
    Ok(files.as_array().into_iter().flatten().map(|file| File::new(text(file, "name"), text(file, "text"))).collect())
}

/// Whether the caller may read the policy and its history.
pub fn may_read(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::ReadPolicy, Thing::premises(caller.school))
}

/// A time in force.
pub struct Version {
    pub hash: String,
    pub title: String,
    pub since: Timestamp,
    /// Whether the stored text is still what was put in force.
    pub is_whole: bool,
    /// Absent for a version that was put in force at the server.
    pub decision: Option<Decision>,
}

/// Who decided on a version, and until when it holds.
pub struct Decision {
    pub label: String,
    pub body: String,
    pub met_on: Date,
    pub minute: String,
    pub review_on: Date,
    pub is_material: bool,
    pub reason: String,
    pub approver: String,
}

/// Every time that a version came into force, the newest first.
pub async fn versions(app: &App, caller: &Caller) -> Result<Vec<Version>> {
    may_read(app, caller)?;
    let mut read = app.db.read(caller.school).await?;
    let mut versions = vec![];
    for kept in queries::history(&mut read).await? {
        let is_whole = unwritten(&kept.files).is_ok_and(|files| rulebook::hash(&files) == kept.hash);
        let decision = match kept.decision {
            Some(decided) => Some(decision(&mut read, decided).await?),
            None => None,
        };
        let since = clock::from_millis(kept.since);
        versions.push(Version { hash: kept.hash, title: kept.title, since, is_whole, decision });
    }
    Ok(versions)
}

/// What was decided when the version with this hash came into force last; none: it was put in force at the server.
pub async fn decision_on(app: &App, caller: &Caller, hash: &str) -> Result<Option<Decision>> {
    may_read(app, caller)?;
    let mut read = app.db.read(caller.school).await?;
    let kept = queries::history(&mut read).await?.into_iter().find(|kept| kept.hash == hash);
    match kept.and_then(|kept| kept.decision) {
        Some(decided) => Ok(Some(decision(&mut read, decided).await?)),
        None => Ok(None),
    }
}

async fn decision(q: &mut impl Query, kept: queries::Decided) -> Result<Decision> {
    let date = |text: &str| text.parse::<Date>().map_err(|error| Error::fault("reading a decision", error));
    let approver = people::find(q, kept.approved_by).await?.called().to_owned();
    Ok(Decision {
        met_on: date(&kept.met_on)?,
        review_on: date(&kept.review_on)?,
        label: kept.label,
        body: kept.body,
        minute: kept.minute,
        is_material: kept.is_material,
        reason: kept.reason,
        approver,
    })
}

/// A version of the school's, or a shipped pack as it is shipped, by its hash.
pub async fn by_hash(app: &App, caller: &Caller, hash: &str) -> Result<Arc<Policy>> {
    may_read(app, caller)?;
    let mut read = app.db.read(caller.school).await?;
    match queries::find_text(&mut read, hash).await? {
        Some(kept) => version(&kept),
        None => {
            let packs = packs::NAMES.iter().map(|name| shipped(name)).collect::<Result<Vec<_>>>()?;
            packs.into_iter().find(|policy| policy.version == hash).ok_or(Error::NotFound)
        }
    }
}

/// The policy that is in force for a school.
///
/// # Errors
/// Refused, with what to do, where no policy is in force yet.
pub async fn in_force(app: &App, school: SchoolId) -> Result<Arc<Policy>> {
    let mut read = app.db.read(school).await?;
    let kept = queries::in_force(&mut read, app.clock.now().as_millisecond()).await?;
    let kept = kept.ok_or_else(|| {
        Refused::because("your school has not put a policy in force yet; ask the headteacher when it will be")
    })?;
    version(&kept)
}

/// A kept version, read once for the life of the program: versions never change, so their hash is their name.
fn version(kept: &queries::Kept) -> Result<Arc<Policy>> {
    static READ: OnceLock<Mutex<HashMap<String, Arc<Policy>>>> = OnceLock::new();
    let cache = READ.get_or_init(Mutex::default);
    let find = || cache.lock().unwrap_or_else(PoisonError::into_inner).get(&kept.hash).cloned();
    if let Some(policy) = find() {
        return Ok(policy);
    }
    let doing = "reading the policy in force";
    let files = unwritten(&kept.files)?;
    let (policy, faults) = rulebook::read_adopted(vocabulary()?, &files);
    let policy = policy.ok_or_else(|| Error::fault(doing, told(&faults)))?;
    if policy.version != kept.hash {
        return Err(Error::fault(doing, "its files are not those that were adopted"));
    }
    let policy = Arc::new(policy);
    cache.lock().unwrap_or_else(PoisonError::into_inner).insert(kept.hash.clone(), Arc::clone(&policy));
    Ok(policy)
}

/// A pack in a folder on disk.
///
/// # Errors
/// Every fault of every file.
pub fn in_folder(folder: &Path) -> std::result::Result<Policy, Vec<Fault>> {
    let vocabulary = vocabulary().map_err(|error| vec![nowhere(folder, &error.chain())])?;
    let found = packs::files_in(folder).map_err(|said| vec![nowhere(folder, &said)])?;
    let read = match found.has_all {
        true => read(vocabulary, &found.files),
        false => Err(rulebook::faults_of_some(vocabulary, &found.files)),
    };
    let mut faults = found.faults;
    match read {
        Ok(policy) if faults.is_empty() => return Ok(policy),
        Ok(_) => {}
        Err(more) => faults.extend(more),
    }
    faults.sort();
    let here = |file: &str| folder.join(file).display().to_string();
    Err(faults.into_iter().map(|fault| Fault { file: here(&fault.file), ..fault }).collect())
}

fn read(vocabulary: &Arc<Vocabulary>, files: &[File]) -> std::result::Result<Policy, Vec<Fault>> {
    match rulebook::read(vocabulary, files) {
        (Some(policy), _) => Ok(policy),
        (None, faults) => Err(faults),
    }
}

fn nowhere(folder: &Path, said: &str) -> Fault {
    Fault { file: folder.display().to_string(), line: 0, column: 0, path: None, said: said.to_owned() }
}

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
