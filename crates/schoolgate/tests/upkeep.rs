//! Looking after a place from the command line: ledger, backup, restore, check, copy.
//!
//! For: the commands in `cli/upkeep.rs`. Promises: the real program on real folders; what is wrong is refused with 1 for damage and 2
//! for a wrong request, and nothing is left behind. Does not: test how the store does it; the store's own tests do.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder with one school in `data/`.
struct Place {
    folder: TempDir,
}

/// What the program said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        let opened = place.run(&["school", "add", "Oakfield Primary School"], "data");
        assert_eq!(opened.code, 0, "{}", opened.err);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on the data folder of this name.
    fn run(&self, args: &[&str], data: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        command.env_clear().current_dir(self.folder.path()).args(args).arg("--data").arg(self.path(data));
        said(&mut command)
    }
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn good(said: &Said, part: &str) {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains(part), "{}", said.out);
}

fn refused(said: &Said, code: i32, part: &str) {
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    assert!(said.err.contains(part), "{}", said.err);
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file of the test");
}

#[test]
fn a_backup_is_restored_into_a_fresh_place_and_nowhere_else() {
    let place = Place::new();
    good(&place.run(&["backup", "--to", "gate.backup"], "data"), "Backed up into gate.backup");
    refused(&place.run(&["backup", "--to", "gate.backup"], "data"), 2, "gate.backup");
    good(&place.run(&["check", "--backup", "gate.backup"], "data"), "tables are sound");
    refused(&place.run(&["restore", "--from", "gate.backup"], "data"), 2, "schoolgate.db");
    good(&place.run(&["restore", "--from", "gate.backup"], "fresh"), "Restored");
    good(&place.run(&["check"], "fresh"), "tables are sound");
    good(&place.run(&["ledger", "verify"], "fresh"), "is sound");
    write(&place.path("torn.backup"), "not a database");
    refused(&place.run(&["restore", "--from", "torn.backup"], "torn"), 1, "schoolgate:");
    assert!(!place.path("torn").join("schoolgate.db").exists(), "nothing is left of a restore that failed");
}

#[test]
fn a_restored_place_opens_only_with_its_keys() {
    let place = Place::new();
    good(&place.run(&["backup", "--to", "gate.backup"], "data"), "Keep master.key");
    good(&place.run(&["restore", "--from", "gate.backup"], "fresh"), "Restored");
    refused(&place.run(&["school", "list"], "fresh"), 2, "master.key");
    for key in ["master.key", "ledger.key"] {
        std::fs::copy(place.path("data").join(key), place.path("fresh").join(key)).expect("a copied key");
    }
    good(&place.run(&["school", "list"], "fresh"), "Oakfield Primary School");
}

#[test]
fn a_ledger_is_held_against_heads_kept_elsewhere() {
    let place = Place::new();
    let heads = place.run(&["ledger", "head"], "data");
    good(&heads, "\"signature\"");
    write(&place.path("heads.txt"), &heads.out);
    good(&place.run(&["ledger", "verify", "--head", "heads.txt"], "data"), "is sound");
    good(&place.run(&["ledger", "export", "--to", "ledger.jsonl"], "data"), "is sound");
    good(&place.run(&["ledger", "verify", "--export", "ledger.jsonl", "--head", "heads.txt"], "data"), "is sound");

    let export = std::fs::read_to_string(place.path("ledger.jsonl")).expect("the export");
    write(&place.path("changed.jsonl"), &export.replace("people.school-opened", "people.school-closed"));
    refused(&place.run(&["ledger", "verify", "--export", "changed.jsonl"], "data"), 1, "tampered");
    write(&place.path("wrong.txt"), "{\"school\": 7}");
    refused(&place.run(&["ledger", "verify", "--head", "wrong.txt"], "data"), 2, "wrong.txt:1");

    // Another place is not the one that was promised.
    let other = Place::new();
    write(&other.path("heads.txt"), &heads.out);
    refused(&other.run(&["ledger", "verify", "--head", "heads.txt"], "data"), 1, "tampered");
}

#[test]
fn everything_is_copied_into_an_empty_database() {
    let place = Place::new();
    let from = format!("sqlite:{}", place.path("data").join("schoolgate.db").display());
    let to = format!("sqlite:{}", place.path("copy.db").display());
    let copy = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        said(command.env_clear().args(["copy", "--from", &from, "--to", &to]))
    };
    good(&copy(), "Copied");
    refused(&copy(), 2, "schoolgate:");
}

#[test]
fn the_master_key_is_changed_to_a_passphrase_while_the_old_one_still_opens() {
    let place = Place::new();
    let run = |args: &[&str], words: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        command.env_clear().args(args).arg("--data").arg(place.path("data")).envs(words.iter().copied());
        said(&mut command)
    };
    // Somebody's address is kept by a sealed key.
    let person = ["--name", "Grace Osei", "--role", "headteacher", "--email", "grace@oakfield.test"];
    good(&run(&[&["person", "add"], &person[..]].concat(), &[]), "Set-up link");
    let words = ("SCHOOLGATE_KEYS_PASSPHRASE", "seven wet umbrellas");
    let old = place.path("data").join("master.key").display().to_string();
    let earlier = ("SCHOOLGATE_KEYS_EARLIER_MASTER", old.as_str());
    refused(&run(&["school", "list"], &[words]), 2, "not made with a passphrase");
    good(&run(&["keys", "rewrap"], &[words, earlier]), "Keys wrapped anew: 1.");
    std::fs::remove_file(&old).expect("the old key");
    good(&run(&["keys", "rotate"], &[words]), "New keys: 1.");
    let again = ["--name", "Bo Lindqvist", "--role", "teacher", "--email", "grace@oakfield.test"];
    refused(&run(&[&["person", "add"], &again[..]].concat(), &[words]), 2, "grace@oakfield.test");
    refused(&run(&["school", "list"], &[("SCHOOLGATE_KEYS_PASSPHRASE", "seven dry umbrellas")]), 2, "passphrase");
    refused(&run(&["school", "list"], &[]), 2, "master.key");
}
