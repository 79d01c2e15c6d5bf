//! The shipped packs, as tests read them.
//!
//! For: tests here and elsewhere. Promises: whatever cannot be read fails the test with every fault. Does not: belong to the product.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::{File, Policy, Vocabulary};

/// The packs that are shipped.
pub const PACKS: [&str; 5] = ["bassingbourn", "braunstone", "bullion-lane", "rattlesden", "westacre"];
/// The day on which tests ask.
pub const TODAY: Date = date(2026, 9, 1);

/// The folder of all policies.
pub fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

/// # Panics
/// If there is no such file of text.
pub fn file(path: &Path) -> File {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    File::new(name, std::fs::read_to_string(path).expect("text"))
}

/// # Panics
/// If the shipped vocabulary has a fault.
pub fn vocabulary() -> Arc<Vocabulary> {
    let read = Vocabulary::read(&file(&policies().join("vocabulary.cedarschema")));
    Arc::new(read.unwrap_or_else(|faults| panic!("{}", told(&faults))))
}

/// The files of a shipped pack.
///
/// # Panics
/// If there is no such pack.
pub fn files(id: &str) -> Vec<File> {
    let entries = std::fs::read_dir(policies().join(id)).expect("a pack");
    entries.map(|entry| file(&entry.expect("an entry").path())).collect()
}

/// A policy of these files.
///
/// # Panics
/// If they have a fault.
pub fn pack(vocabulary: &Arc<Vocabulary>, files: &[File]) -> Policy {
    let (policy, faults) = crate::read(vocabulary, files);
    policy.unwrap_or_else(|| panic!("{}", told(&faults)))
}

/// A shipped pack.
///
/// # Panics
/// As [`files`] and [`pack`].
pub fn shipped(vocabulary: &Arc<Vocabulary>, id: &str) -> Policy {
    pack(vocabulary, &files(id))
}

fn told(faults: &[crate::Fault]) -> String {
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}
