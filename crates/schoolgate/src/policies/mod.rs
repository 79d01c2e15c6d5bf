//! Policies: the packs as shipped, and (later in this folder's life) each school's own versions.
//!
//! For: whoever needs a policy that has been read and found free of faults.
//! Promises: a pack is read whole or not at all; every fault has file, line and column; the vocabulary is one for all.
//! Does not: rule; that is `rulebook`. Does not ask questions; that is `advisor`.

pub mod command;
pub mod packs;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rulebook::{Fault, File, Policy, Vocabulary};

use crate::error::{Error, Result};

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
