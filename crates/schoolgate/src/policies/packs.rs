//! The files of packs: those inside the program, and those in a folder.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use rulebook::{Fault, File};
use rust_embed::RustEmbed;

/// The five packs as shipped, in the order of their names.
pub const NAMES: [&str; 5] = ["bassingbourn", "braunstone", "bullion-lane", "rattlesden", "westacre"];

/// A chapter file is at most this large; the longest shipped one is under 60 kB.
const FILE_BYTES_MAX: u64 = 512 * 1024;
/// More files than a pack may have are not even listed.
const FILES_MAX: usize = 64;

#[derive(RustEmbed)]
#[folder = "../../policies"]
struct Shipped;

pub fn vocabulary_file() -> Option<File> {
    file("vocabulary.cedarschema", "vocabulary.cedarschema")
}

/// The worked examples of the contract: situations and what the shipped packs say of them.
pub fn worked_examples() -> Option<File> {
    file("worked-examples.json", "worked-examples.json")
}

/// The cases on which the packs are shown side by side.
pub fn side_by_side_file() -> Option<File> {
    file("side-by-side.json", "side-by-side.json")
}

/// The files of a shipped pack; none when there is no such pack.
pub fn files(id: &str) -> Vec<File> {
    let prefix = format!("{id}/");
    let names = Shipped::iter().filter(|path| path.starts_with(&prefix));
    names.filter_map(|path| file(&path, path.strip_prefix(&prefix)?)).collect()
}

fn file(path: &str, name: &str) -> Option<File> {
    let data = Shipped::get(path)?.data;
    Some(File::new(name, String::from_utf8(data.into_owned()).ok()?))
}

/// What a folder holds of a pack.
pub struct Folder {
    /// The files that could be read; what is not UTF-8 in them is replaced.
    pub files: Vec<File>,
    /// Why a file could not be read, or not as it stands.
    pub faults: Vec<Fault>,
    /// Whether every file could be read, if not as it stands.
    pub has_all: bool,
}

/// The chapters and settings in a folder.
///
/// # Errors
/// A sentence: the folder cannot be read, or holds too much.
pub fn files_in(folder: &Path) -> Result<Folder, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut found = Folder { files: vec![], faults: vec![], has_all: true };
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".md") && name != "policy.toml" {
            continue;
        }
        if found.files.len() + found.faults.len() == FILES_MAX {
            return Err(format!("holds more than {FILES_MAX} files"));
        }
        match bytes_of(&path) {
            Ok(bytes) => {
                found.faults.extend(rulebook::text(&name, &bytes).err());
                found.files.push(File::new(name, String::from_utf8_lossy(&bytes)));
            }
            Err(said) => {
                found.faults.push(Fault { file: name, line: 0, column: 0, path: None, said });
                found.has_all = false;
            }
        }
    }
    Ok(found)
}

/// Only plain files are opened: a pipe would be waited for, and never ends.
fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let about = fs::metadata(path).map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("this is a folder; a chapter is a file".to_owned());
    }
    if !about.is_file() {
        return Err("this is no plain file (but a pipe, a socket or a device), so it is not read".to_owned());
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(format!("has {} bytes; at most {FILE_BYTES_MAX} are read", about.len()));
    }
    let mut bytes = vec![];
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}
