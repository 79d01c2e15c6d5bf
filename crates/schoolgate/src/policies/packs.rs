//! The files of packs: those inside the program, and those in a folder.

use std::fs;
use std::path::Path;

use rulebook::File;
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

/// The chapters and settings in a folder.
///
/// # Errors
/// A sentence: the folder cannot be read, holds too much, or a file is not UTF-8 text.
pub fn files_in(folder: &Path) -> Result<Vec<File>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut files = vec![];
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".md") && name != "policy.toml" {
            continue;
        }
        let size = fs::metadata(&path).map_err(|error| format!("{name}: {error}"))?.len();
        if size > FILE_BYTES_MAX {
            return Err(format!("{name} has {size} bytes; at most {FILE_BYTES_MAX} are read"));
        }
        let bytes = fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            format!("{name}:{line}: this line is not UTF-8 text")
        })?;
        files.push(File { name, text });
        if files.len() > FILES_MAX {
            return Err(format!("holds more than {FILES_MAX} chapters"));
        }
    }
    Ok(files)
}
