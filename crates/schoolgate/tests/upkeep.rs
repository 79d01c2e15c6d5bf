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
    /// Without any settings.
    fn run_alone(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        said(command.env_clear().current_dir(self.folder.path()).args(args))
    }

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
    good(&place.run(&["ledger", "head"], "data"), "\"signature\"");
    good(&place.run(&["backup", "--to", "gate.backup"], "data"), "Backed up into gate.backup");
    refused(&place.run(&["backup", "--to", "gate.backup"], "data"), 2, "gate.backup");
    good(&place.run(&["check", "--backup", "gate.backup"], "data"), "tables are sound");
    refused(&place.run(&["restore", "--from", "gate.backup"], "data"), 2, "schoolgate.db");
    good(&place.run(&["restore", "--from", "gate.backup"], "fresh"), "Restored");
    good(&place.run(&["check"], "fresh"), "tables are sound");
    good(&place.run(&["ledger", "verify"], "fresh"), "is sound");
    write(&place.path("torn.backup"), "not a database");
    refused(&place.run(&["restore", "--from", "torn.backup"], "torn"), 2, "torn.backup is not a backup of Schoolgate");
    refused(&place.run(&["check", "--backup", "torn.backup"], "data"), 2, "torn.backup is not a backup of Schoolgate");
    assert!(!place.path("torn").join("schoolgate.db").exists(), "nothing is left of a restore that failed");
}

#[test]
fn a_restored_place_opens_only_with_its_keys() {
    let place = Place::new();
    let person = ["person", "add", "--name", "Grace Osei", "--role", "headteacher", "--email", "grace@oakfield.test"];
    good(&place.run(&person, "data"), "Set-up link");
    good(&place.run(&["backup", "--to", "gate.backup"], "data"), "Keep master.key");
    good(&place.run(&["restore", "--from", "gate.backup"], "fresh"), "Restored");
    refused(&place.run(&["school", "list"], "fresh"), 2, "master.key");
    for key in ["master.key", "ledger.key"] {
        std::fs::copy(place.path("data").join(key), place.path("fresh").join(key)).expect("a copied key");
    }
    good(&place.run(&["school", "list"], "fresh"), "Oakfield Primary School");
    // A key of the right form that is not the one.
    std::fs::copy(Place::new().path("data/master.key"), place.path("fresh/master.key")).expect("a copied key");
    refused(&place.run(&["school", "list"], "fresh"), 2, "is not the one that this place is sealed with");
}

#[test]
fn a_wrong_master_key_stops_the_start_and_is_found_by_a_check() {
    let place = Place::new();
    let person = ["person", "add", "--name", "Grace Osei", "--role", "headteacher", "--email", "grace@oakfield.test"];
    good(&place.run(&person, "data"), "Set-up link");
    good(&place.run(&["ledger", "head"], "data"), "signature");
    good(&place.run(&["check"], "data"), "The master key is the one");
    std::fs::copy(Place::new().path("data/master.key"), place.path("data/master.key")).expect("a copied key");
    for command in [&["serve"][..], &["school", "list"], &["check"]] {
        refused(&place.run(command, "data"), 2, "is not the one that this place is sealed with");
    }
    std::fs::remove_file(place.path("data/master.key")).expect("our own file");
    good(&place.run(&["check"], "data"), "There is no master.key here");
}

#[test]
fn a_database_that_cannot_be_opened_is_named_once() {
    let place = Place::new();
    let none = place.run(&["check"], "none");
    refused(&none, 1, "none/schoolgate.db: unable to open database file");
    assert_eq!(none.err.matches("unable to open").count(), 1, "{}", none.err);
    assert_eq!(none.err.matches("unavailable").count(), 1, "{}", none.err);
    let copied = |from: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        said(command.env_clear().current_dir(place.folder.path()).args([
            "copy",
            "--to",
            "sqlite:to.db",
            "--from",
            from,
        ]))
    };
    refused(&copied("sqlite:nosuch.db"), 1, "nosuch.db: unable to open");
    let refusing = copied("postgres://somebody:secretword@127.0.0.1:9/school");
    refused(&refusing, 1, "127.0.0.1:9: ");
    assert!(refusing.err.contains("refused") && !refusing.err.contains("secretword"), "{}", refusing.err);
    let served = place.run(&["serve", "--set", "database.url=sqlite:nowhere/place.db"], "data");
    refused(&served, 1, "nowhere/place.db: ");
}

#[test]
fn only_its_owner_may_read_the_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let file = place.path("data/schoolgate.db");
    let mode = || std::fs::metadata(&file).expect("the database").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    assert!(!place.run(&["school", "list"], "data").err.contains("others may read"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("our own file");
    let warned = place.run(&["school", "list"], "data");
    good(&warned, "Oakfield");
    assert!(warned.err.contains("others may read the database") && warned.err.contains("0644"), "{}", warned.err);
}

#[test]
fn a_ledger_is_held_against_heads_kept_elsewhere() {
    let place = Place::new();
    let heads = place.run(&["ledger", "head"], "data");
    good(&heads, "\"signature\"");
    write(&place.path("heads.txt"), &heads.out);
    let against = place.run(&["ledger", "verify", "--head", "heads.txt"], "data");
    good(&against, "is sound");
    assert!(!against.out.contains("shows only against a head kept elsewhere"), "{}", against.out);
    good(&place.run(&["ledger", "verify"], "data"), "shows only against a head kept elsewhere");
    good(&place.run(&["ledger", "export", "--to", "ledger.jsonl"], "data"), "is sound");
    good(&place.run(&["ledger", "verify", "--export", "ledger.jsonl", "--head", "heads.txt"], "data"), "is sound");
    good(&place.run_alone(&["ledger", "verify", "--export", "ledger.jsonl", "--head", "heads.txt"]), "is sound");
    refused(&place.run_alone(&["ledger", "verify", "--head", "heads.txt"]), 2, "setting `data`: is needed");

    let export = std::fs::read_to_string(place.path("ledger.jsonl")).expect("the export");
    write(&place.path("changed.jsonl"), &export.replace("people.school-opened", "people.school-closed"));
    refused(&place.run(&["ledger", "verify", "--export", "changed.jsonl"], "data"), 1, "tampered");
    write(&place.path("wrong.txt"), "{\"school\": 7}");
    refused(&place.run(&["ledger", "verify", "--head", "wrong.txt"], "data"), 2, "wrong.txt:1");
    write(&place.path("empty.txt"), "\n\n");
    refused(&place.run(&["ledger", "verify", "--head", "empty.txt"], "data"), 2, "empty.txt: holds no head");
    write(&place.path("empty.jsonl"), "");
    refused(&place.run(&["ledger", "verify", "--export", "empty.jsonl"], "data"), 2, "empty.jsonl: line 1");

    // Another place is not the one that was promised.
    let other = Place::new();
    write(&other.path("heads.txt"), &heads.out);
    refused(&other.run(&["ledger", "verify", "--head", "heads.txt"], "data"), 1, "tampered");
}

#[test]
fn nothing_is_called_sound_that_nobody_signed() {
    let place = Place::new();
    for command in [&["ledger", "verify"][..], &["check"]] {
        let unsigned = place.run(command, "data");
        refused(&unsigned, 1, "no signed head covers the last 1 of the 1 deeds");
        assert!(unsigned.out.contains("none of them under a signed head") && !unsigned.out.contains("is sound"));
    }
    // An export is signed where the key is.
    good(&place.run(&["ledger", "export", "--to", "whole.jsonl"], "data"), "1 of them under 1 signed heads");
    good(&place.run(&["check"], "data"), "is sound");
    let whole = std::fs::read_to_string(place.path("whole.jsonl")).expect("the export");
    let stripped: String = whole.split_inclusive('\n').filter(|line| !line.starts_with("{\"head\"")).collect();
    write(&place.path("stripped.jsonl"), &stripped);
    refused(&place.run(&["ledger", "verify", "--export", "stripped.jsonl"], "data"), 1, "does not hold what it counts");
    write(&place.path("recounted.jsonl"), &stripped.replace("\"heads\":1", "\"heads\":0"));
    refused(&place.run(&["ledger", "verify", "--export", "recounted.jsonl"], "data"), 1, "no signed head covers");
    // Without the key the last deeds stay unsigned, and it says so.
    good(&place.run(&["school", "add", "Elm Bank Infant School"], "data"), "Elm Bank");
    std::fs::rename(place.path("data/ledger.key"), place.path("apart.key")).expect("our own file");
    good(&place.run(&["ledger", "export", "--to", "later.jsonl"], "data"), "2 deeds, 1 of them");
    let later = place.run(&["ledger", "verify", "--export", "later.jsonl"], "data");
    refused(&later, 1, "no signed head covers the last 1 of the 2 deeds");
    assert!(later.out.contains("Who signed was not compared"), "{}", later.out);
}

#[test]
fn a_head_that_another_key_signed_is_told() {
    let place = Place::new();
    let own = place.run(&["ledger", "head"], "data");
    write(&place.path("own.txt"), &own.out);
    std::fs::rename(place.path("data/ledger.key"), place.path("own.key")).expect("our own file");
    let other = Place::new();
    std::fs::copy(other.path("data/ledger.key"), place.path("data/ledger.key")).expect("a copied key");
    good(&place.run(&["ledger", "head"], "data"), "\"signature\"");
    for command in [&["ledger", "verify"][..], &["check"]] {
        refused(&place.run(command, "data"), 1, "signed by an unknown key");
    }
    // Whoever changed the key on purpose has a head of the former one.
    good(&place.run(&["ledger", "verify", "--head", "own.txt"], "data"), "is sound");
}

#[test]
fn a_deed_is_proved_to_somebody_who_has_no_more_than_a_head() {
    let place = Place::new();
    let early = place.run(&["ledger", "head"], "data");
    write(&place.path("early.txt"), &early.out);
    good(&place.run(&["school", "add", "Elm Bank Infant School"], "data"), "Elm Bank");
    let deed = place.run(&["ledger", "prove", "--deed", "1", "--to", "deed.json"], "data");
    good(&deed, "\"size\":2");
    assert!(deed.err.contains("Proved: deed 1 of the installation, `people.school-opened` at 20"), "{}", deed.err);
    write(&place.path("late.txt"), &deed.out);
    let grown = place.run(&["ledger", "prove", "--head", "early.txt", "--to", "grown.json"], "data");
    good(&grown, "\"size\":1");
    write(&place.path("both.txt"), &grown.out);
    good(&place.run(&["ledger", "prove", "--head", "both.txt", "--to", "again.json"], "data"), "\"size\":2");

    // On a machine that has nothing of the place.
    let checked = |proof: &str, head: &str| place.run_alone(&["ledger", "verify", "--proof", proof, "--head", head]);
    good(
        &place.run(&["ledger", "verify", "--proof", "deed.json", "--head", "late.txt"], "elsewhere"),
        "Proved: deed 1",
    );
    good(&checked("deed.json", "late.txt"), "Proved: deed 1 of the installation");
    for proof in ["grown.json", "again.json"] {
        for head in ["early.txt", "late.txt"] {
            good(&checked(proof, head), "are the first of the 2 deeds of the later one");
        }
    }
    assert!(!place.path("elsewhere").exists());
    refused(&checked("deed.json", "early.txt"), 1, "not about any of the heads");
    let text = std::fs::read_to_string(place.path("deed.json")).expect("the proof");
    write(&place.path("forged.json"), &text.replace("people.school-opened", "people.school-closed"));
    refused(&checked("forged.json", "late.txt"), 1, "the proof does not hold");
    write(&place.path("torn.json"), &text[..text.len() / 2]);
    refused(&checked("torn.json", "late.txt"), 2, "torn.json: proof: ");
    refused(&checked("early.txt", "early.txt"), 2, "early.txt: proof: ");
    let unheld = place.run(&["ledger", "verify", "--proof", "deed.json"], "elsewhere");
    refused(&unheld, 2, "--head");

    let prove = |args: &[&str]| place.run(&[&["ledger", "prove", "--to", "more.json"], args].concat(), "data");
    refused(&prove(&["--deed", "7"]), 2, "deed 7 is none of them");
    refused(&prove(&["--deed", "1", "--head", "early.txt"]), 2, "deed 1 is none of them");
    let stranger = "01900000-0000-7000-8000-000000000001";
    refused(&prove(&["--deed", "0", "--school", stranger, "--head", "early.txt"]), 2, "holds no head of school");
    refused(&prove(&[]), 2, "--deed");
    refused(
        &place.run(&["ledger", "prove", "--deed", "0", "--to", "deed.json"], "data"),
        2,
        "deed.json exists already",
    );
    assert!(!place.path("more.json").exists());
}

#[test]
fn what_is_no_plain_file_is_refused_and_not_waited_for() {
    let place = Place::new();
    let made = Command::new("mkfifo").arg(place.path("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    for file in ["pipe", "data", "/dev/zero"] {
        for (command, said) in [
            (&["ledger", "verify", "--head", file][..], "is not a plain file"),
            (&["ledger", "verify", "--export", file], "is not a plain file"),
            (&["ledger", "prove", "--head", file, "--to", "proof.json"], "is not a plain file"),
            (&["ledger", "prove", "--deed", "0", "--to", file], "exists already"),
            (&["ledger", "export", "--to", file], "exists already"),
            (&["backup", "--to", file], "exists already"),
            (&["restore", "--from", file], "is not a backup of Schoolgate"),
            (&["check", "--backup", file], "is not a backup of Schoolgate"),
            (&["check", "--config", file], "is not a plain file"),
            (&["check", "--set", &format!("database.url=sqlite:{file}")], "is not a plain file"),
        ] {
            refused(&place.run(command, "data"), 2, said);
        }
    }
    std::fs::remove_file(place.path("data/ledger.key")).expect("our own file");
    std::fs::rename(place.path("pipe"), place.path("data/ledger.key")).expect("our own file");
    refused(&place.run(&["ledger", "head"], "data"), 2, "ledger.key: is not a plain file");
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
