//! Lists the migrations, so that a feature adds a file and nothing else.
//!
//! Promises: every `migrations/NNNN_name.sql`, in order, compiled in; a badly named file or a number used twice stops
//! the build. Does not: read or check the SQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate lies");
    let folder = Path::new(&crate_folder).join("migrations");
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for entry in folder.read_dir().expect("the migrations folder is part of the crate") {
        let name = entry.expect("a readable folder").file_name().into_string().expect("a name in UTF-8");
        let (number, rest) = name.split_once('_').unwrap_or_default();
        let is_well_named = number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()) && rest.ends_with(".sql");
        assert!(is_well_named, "migrations/{name}: the name must be like 0007_desk.sql");
        let other = found.insert(number.to_owned(), name.clone());
        assert!(
            other.is_none(),
            "migrations/{name}: number {number} is also used by {other:?}; take the next free one"
        );
    }
    let mut list = String::from("&[\n");
    for name in found.values() {
        let path = folder.join(name);
        let _ = writeln!(list, "    ({:?}, include_str!({:?})),", name.trim_end_matches(".sql"), path);
    }
    list.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("migrations.rs"), list).expect("OUT_DIR can be written");
}
