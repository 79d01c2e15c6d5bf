//! Policies: the packs as shipped, and the versions that schools have put in force.
//!
//! For: whoever needs a policy that has been read and found free of faults.
//! Promises: a pack is read whole or not at all; every fault has file, line and column; a version in force is kept whole
//! under its hash and never changes.
//! Does not: rule; that is `rulebook`. Does not ask questions; that is `advisor`.

pub mod command;
pub mod packs;
mod queries;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rulebook::{Fault, File, Policy, Vocabulary};
use serde_json::{Value, json};
use store::{Deed, SchoolId};
use uuid::Uuid;

use crate::app::App;
use crate::error::{Error, Refused, Result};

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

/// Puts a shipped pack in force for a school, from now on. For the person at the server, and the demo.
pub async fn put_shipped_in_force(app: &App, school: SchoolId, pack: &str) -> Result<()> {
    let policy = shipped(pack)?;
    let files = json!(packs::files(pack).iter().map(|f| json!({"name": f.name, "text": f.text})).collect::<Vec<_>>());
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.write(school).await?;
    let version = match queries::find_version(&mut tx, &policy.version).await? {
        Some(version) => version,
        None => {
            let id = Uuid::now_v7();
            let files = files.to_string();
            let new = queries::New { id, pack, title: &policy.title, hash: &policy.version, files: &files };
            queries::add_version(&mut tx, &new, now).await?;
            id
        }
    };
    queries::put_in_force(&mut tx, Uuid::now_v7(), version, now).await?;
    let deed = Deed::by_program().did("policies.put-in-force").to(version).hash(policy.version.as_bytes());
    Ok(tx.commit(deed).await?)
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
    let files: Value = serde_json::from_str(&kept.files).map_err(|error| Error::fault(doing, error))?;
    let text = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
    let files: Vec<File> =
        files.as_array().into_iter().flatten().map(|f| File::new(text(f, "name"), text(f, "text"))).collect();
    let policy = read(vocabulary()?, &files).map_err(|faults| Error::fault(doing, told(&faults)))?;
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
    let files = packs::files_in(folder).map_err(|said| vec![nowhere(folder, &said)])?;
    read(vocabulary, &files).map_err(|faults| {
        let here = |file: &str| folder.join(file).display().to_string();
        faults.into_iter().map(|fault| Fault { file: here(&fault.file), ..fault }).collect()
    })
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
