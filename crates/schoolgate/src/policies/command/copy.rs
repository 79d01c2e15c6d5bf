//! `schoolgate policy new`: a pack of one's own, taken from another.

use std::fs;
use std::path::Path;

use rulebook::Fault;

use super::{Found, fault};
use crate::policies::{in_folder, packs};

/// What is to be made.
pub struct New<'a> {
    /// A shipped pack, or a folder with one.
    pub from: &'a str,
    /// The new short name.
    pub name: &'a str,
    /// The school's name, where it is given.
    pub school: Option<&'a str>,
    /// Where the files go: a folder that is not there yet, or is empty.
    pub folder: &'a Path,
}

/// Writes the copy and reads it back.
///
/// # Errors
/// That there is no such pack, the name is taken or wrong, or the folder holds something already.
pub fn new(asked: &New<'_>) -> Result<Found, Vec<Fault>> {
    let place = asked.folder.display().to_string();
    let not = |said: String| vec![fault(&place, said)];
    if packs::NAMES.contains(&asked.name) {
        return Err(vec![fault(asked.name, "a shipped pack has this name; choose another".to_owned())]);
    }
    let files = if packs::NAMES.contains(&asked.from) {
        packs::files(asked.from)
    } else {
        let read = packs::files_in(Path::new(asked.from));
        let read = read.map_err(|said| vec![fault(asked.from, format!("no such pack and no such folder ({said})"))])?;
        if !read.faults.is_empty() {
            return Err(read.faults);
        }
        read.files
    };
    let files = rulebook::renamed(&files, asked.name, asked.school).map_err(|said| vec![fault(asked.from, said)])?;
    let is_free = fs::read_dir(asked.folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_free {
        return Err(not("holds something already; nothing was written".to_owned()));
    }
    fs::create_dir_all(asked.folder).map_err(|error| not(error.to_string()))?;
    for file in &files {
        fs::write(asked.folder.join(&file.name), &file.text).map_err(|error| not(format!("{}: {error}", file.name)))?;
    }
    let policy = in_folder(asked.folder)?;
    let text = format!(
        "{place}: {} files, {} clauses, a draft named {}\nChange policy.toml and the chapters, then try `schoolgate policy check {place}`.\n",
        files.len(),
        policy.clauses.len(),
        policy.id
    );
    Ok(Found { text, is_yes: true })
}
