//! Backups restore; damaged, falsified and foreign ones do not; nothing is ever written over.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::testing::{Server, empty_postgres, empty_sqlite, fresh_sqlite, on_both};
use crate::tests::{deed, school};
use crate::{Deed, Query};

async fn filled(db: &Db) {
    for _ in 0..5 {
        db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    }
    db.write(school(2)).await.unwrap().commit(Deed::by_program().did("test.begun")).await.unwrap();
}

fn quiet() -> impl FnMut(Progress) + Send {
    |_| {}
}

fn fresh(folder: &tempfile::TempDir, name: &str) -> (PathBuf, Settings) {
    let path = folder.path().join(name);
    let settings = Settings::new(sqlite_url(&path));
    (path, settings)
}

async fn deeds(db: &Db) -> Vec<u64> {
    ledger::verify(db, &Known::default()).await.unwrap().iter().map(|school| school.deeds).collect()
}

/// Names in a folder, to show that nothing is left over.
fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_either_engine_restores_into_either() {
    on_both(|db| async move {
        let folder = tempfile::tempdir().unwrap();
        filled(&db).await;
        let file = folder.path().join("monday.backup");
        let mut steps = Vec::new();
        let made = backup(&db, &file, &mut |told| steps.push(told.step)).await.unwrap();
        assert_eq!(made.schools.iter().map(|school| school.deeds).collect::<Vec<_>>(), [5, 1]);
        assert!(steps.contains(&"verifying the ledgers".to_owned()));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(&folder), ["monday.backup"]);
        filled(&db).await;

        let (_, to) = fresh(&folder, "restored.db");
        let restored = restore(&file, &to, &Known::default(), &mut quiet()).await.unwrap();
        assert_eq!(restored.schools, made.schools);
        assert_eq!(names(&folder), ["monday.backup", "restored.db"]);
        let restored = Db::open(&to).unwrap();
        restored.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
        assert_eq!(deeds(&restored).await, [6, 1]);

        let postgres = empty_postgres().await;
        restore(&file, postgres.db.settings(), &Known::default(), &mut quiet()).await.unwrap();
        postgres.db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
        assert_eq!(deeds(&postgres.db).await, [6, 1]);
        check(&postgres.db, &Known::default(), &mut quiet()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_backup_is_made_while_others_write() {
    let place = fresh_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    filled(&place.db).await;
    let mut tx = place.db.write(school(1)).await.unwrap();
    tx.run("DELETE FROM job WHERE school = $1", args![school(1)]).await.unwrap();
    let made = backup(&place.db, &folder.path().join("file"), &mut quiet()).await.unwrap();
    assert_eq!(made.schools[0].deeds, 5, "what is not committed is not in it");
    tx.commit(deed()).await.unwrap();
}

#[tokio::test]
async fn nothing_is_ever_written_over() {
    let place = fresh_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    filled(&place.db).await;
    let file = folder.path().join("file");
    backup(&place.db, &file, &mut quiet()).await.unwrap();
    let before = fs::read(&file).unwrap();
    let again = backup(&place.db, &file, &mut quiet()).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { .. }), "{again}");
    let (path, to) = fresh(&folder, "file");
    let onto = restore(&file, &to, &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(onto, Error::Conflict { .. }), "{onto}");
    assert_eq!(fs::read(path).unwrap(), before);
    // A write-ahead log without its database would be replayed into the restored one.
    fs::write(folder.path().join("other-wal"), "x").unwrap();
    let (_, to) = fresh(&folder, "other");
    let beside = restore(&file, &to, &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(beside, Error::Conflict { .. }), "{beside}");
    let postgres = empty_postgres().await;
    postgres.db.migrate().await.unwrap();
    postgres.db.write(school(7)).await.unwrap().commit(deed()).await.unwrap();
    let in_use = restore(&file, postgres.db.settings(), &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(in_use, Error::Conflict { .. }), "{in_use}");
    assert_eq!(names(&folder), ["file", "other-wal"]);
}

#[tokio::test]
async fn a_backup_that_is_not_sound_is_not_restored() {
    let place = fresh_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    filled(&place.db).await;
    let signer = ledger::Signer::create(&folder.path().join("key")).unwrap();
    let early = folder.path().join("early");
    backup(&place.db, &early, &mut quiet()).await.unwrap();
    let head = ledger::sign(&place.db, school(2), &signer).await.unwrap();
    place.db.write(school(2)).await.unwrap().commit(deed()).await.unwrap();
    let later = ledger::sign(&place.db, school(2), &signer).await.unwrap();
    let (_, to) = fresh(&folder, "to");

    let known = Known { heads: vec![head], ..Known::default() };
    restore(&early, &fresh(&folder, "sound").1, &known, &mut quiet()).await.unwrap();
    let known = Known { heads: vec![later], ..Known::default() };
    let too_old = restore(&early, &to, &known, &mut quiet()).await.unwrap_err();
    assert!(matches!(&too_old, Error::Tampered(said) if said.contains("tail was cut off")), "{too_old}");

    let bytes = fs::read(&early).unwrap();
    for (name, content) in [
        ("empty", Vec::new()),
        ("words", b"this is not a database at all".to_vec()),
        ("short", bytes[..bytes.len() / 2].to_vec()),
        ("holed", [&bytes[..8192], &vec![0x55; 4096], &bytes[12288..]].concat()),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let refused = restore(&file, &to, &Known::default(), &mut quiet()).await;
        assert!(matches!(refused, Err(Error::Tampered(_) | Error::Invalid(_))), "`{name}`: {refused:?}");
    }
    let foreign = folder.path().join("foreign");
    let other = Db::open(&Settings::new(sqlite_url(&foreign))).unwrap();
    let mut wire = other.owner_wire("BEGIN".to_owned()).await.unwrap();
    wire.script("test", "CREATE TABLE somebody_elses (id BLOB)".to_owned()).await.unwrap();
    wire.commit().await.unwrap();
    other.close().await;
    let refused = restore(&foreign, &to, &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid(said) if said.contains("never set up")), "{refused}");
    let missing = restore(&folder.path().join("missing"), &to, &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(missing, Error::Invalid(_)));
    assert!(!names(&folder).iter().any(|name| name.starts_with("to")), "{:?}", names(&folder));
}

#[tokio::test]
async fn a_backup_with_a_falsified_ledger_or_a_foreign_table_is_not_restored() {
    for falsify in [
        "UPDATE ledger SET verb = 'test.denied' WHERE seq = 1",
        "DELETE FROM ledger WHERE seq = 2",
        "CREATE TABLE extra (id BLOB)",
        "DROP INDEX job_by_time",
        "ALTER TABLE job ADD COLUMN more TEXT",
        "UPDATE migration SET hash = x'00' WHERE name = '0001_ledger'",
        "INSERT INTO migration (name, hash, applied_at) VALUES ('9999_future', x'00', 0)",
    ] {
        let place = fresh_sqlite().await;
        let folder = tempfile::tempdir().unwrap();
        filled(&place.db).await;
        let file = folder.path().join("file");
        backup(&place.db, &file, &mut quiet()).await.unwrap();
        let forged = Db::open(&Settings::new(sqlite_url(&file))).unwrap();
        let mut wire = forged.owner_wire("BEGIN IMMEDIATE".to_owned()).await.unwrap();
        wire.script("test", falsify.to_owned()).await.unwrap();
        wire.commit().await.unwrap();
        forged.close().await;
        let (_, to) = fresh(&folder, "to");
        let refused = restore(&file, &to, &Known::default(), &mut quiet()).await;
        assert!(matches!(refused, Err(Error::Tampered(_) | Error::Invalid(_))), "{falsify}: {refused:?}");
        assert_eq!(names(&folder), ["file"]);
    }
}

#[tokio::test]
async fn an_older_backup_is_migrated_when_it_is_restored() {
    let place = empty_sqlite();
    let older = &migrate::MIGRATIONS[..2];
    migrate::run_list(&place.db, older).await.unwrap();
    filled(&place.db).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let made = backup(&place.db, &file, &mut quiet()).await.unwrap();
    assert_eq!(made.missing_migrations.len(), migrate::MIGRATIONS.len() - 2);
    let (_, to) = fresh(&folder, "to");
    let restored = restore(&file, &to, &Known::default(), &mut quiet()).await.unwrap();
    assert_eq!(restored.missing_migrations, Vec::<String>::new());
    assert_eq!(restored.schools, made.schools);
    let refused =
        restore(&file, empty_postgres().await.db.settings(), &Known::default(), &mut quiet()).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid(said) if said.contains("lacks migration")), "{refused}");
}

#[tokio::test]
async fn a_dump_of_postgresql_by_its_own_tools_restores_and_verifies() {
    let server = Server::start_new("off");
    let place = server.fresh().await;
    filled(&place.db).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql").display().to_string();
    let settings = place.db.settings().clone();
    let name = settings.url.rsplit('/').next().unwrap();
    // As docs/backups.md says it.
    server.program("pg_dump", &["--file", &file, name]);
    server.program("createdb", &["--owner", "schoolgate_owner", "restored"]);
    server.program("psql", &["--quiet", "--set", "ON_ERROR_STOP=1", "--file", &file, "restored"]);
    let renamed = |url: &str| url.replace(name, "restored");
    let restored = Db::open(&Settings {
        url: renamed(&settings.url),
        owner_url: settings.owner_url.as_deref().map(renamed),
        ..settings.clone()
    })
    .unwrap();
    check(&restored, &Known::default(), &mut quiet()).await.unwrap();
    restored.migrate().await.unwrap();
    restored.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    assert_eq!(deeds(&restored).await, [6, 1]);
    let forgetful = "SELECT seq FROM ledger ORDER BY seq LIMIT 100";
    assert_eq!(
        restored.read(school(2)).await.unwrap().all(forgetful, args![]).await.unwrap().len(),
        1,
        "the wall stands"
    );
}

/// Rows beside the ledgers: a school with a name, and keys with random bytes.
async fn with_rows(db: &Db) {
    filled(db).await;
    let mut tx = db.write(school(1)).await.unwrap();
    let key = "INSERT INTO sealed_key (school, id, purpose, version, master, wrapped, made_at) VALUES ($1, $2, $3, 1, $2, $4, 0)";
    for n in 0..100_u8 {
        tx.run(key, args![school(1), [n; 16], format!("purpose-{n}"), vec![n; 4_000]]).await.unwrap();
    }
    tx.commit(deed()).await.unwrap();
}

#[tokio::test]
async fn a_row_that_rots_in_a_backup_is_found() {
    on_both(|db| async move {
        let folder = tempfile::tempdir().unwrap();
        with_rows(&db).await;
        let file = folder.path().join("file");
        assert_eq!(backup(&db, &file, &mut quiet()).await.unwrap().content, Content::AsMade);
        let checked = check_file(&file, &Known::default(), &mut quiet()).await.unwrap();
        assert_eq!(checked.content, Content::AsMade);
        let restored = restore(&file, &fresh(&folder, "sound").1, &Known::default(), &mut quiet()).await.unwrap();
        assert_eq!(restored.content, Content::AsMade);

        // 400 bytes in the middle of what one row holds: the engine itself sees nothing wrong.
        let mut bytes = fs::read(&file).unwrap();
        let at = bytes.windows(2_000).position(|bytes| bytes == [77; 2_000]).expect("the content of a row");
        bytes[at + 300..at + 700].fill(0x55);
        fs::write(&file, bytes).unwrap();
        for found in [
            check_file(&file, &Known::default(), &mut quiet()).await,
            restore(&file, &fresh(&folder, "to").1, &Known::default(), &mut quiet()).await,
        ] {
            let Err(Error::Tampered(said)) = found else { panic!("{found:?}") };
            assert!(said.contains("the content of table `sealed_key` is not what was backed up"), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_change_to_the_rows_of_a_backup_is_found_and_an_older_backup_says_that_it_cannot_tell() {
    let place = fresh_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    with_rows(&place.db).await;
    let file = folder.path().join("file");
    backup(&place.db, &file, &mut quiet()).await.unwrap();
    let sound = fs::read(&file).unwrap();
    for (n, change) in [
        "UPDATE sealed_key SET purpose = 'other' WHERE purpose = 'purpose-7'",
        "DELETE FROM sealed_key WHERE purpose = 'purpose-7'",
        "INSERT INTO job SELECT * FROM job LIMIT 0; DELETE FROM backup_digest WHERE name = 'job'",
        "UPDATE sealed_key SET version = 2 WHERE purpose = 'purpose-7'",
        "INSERT INTO backup_digest (name, counted, hash) VALUES ('more', 0, x'00')",
        "UPDATE backup_digest SET counted = counted + 1 WHERE name = 'ledger'",
        "DROP TABLE backup_digest",
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(&file, &sound).unwrap();
        let forged = Db::open(&Settings::new(sqlite_url(&file))).unwrap();
        let mut wire = forged.owner_wire("BEGIN IMMEDIATE".to_owned()).await.unwrap();
        wire.script("test", change.to_owned()).await.unwrap();
        wire.commit().await.unwrap();
        forged.close().await;
        let (_, to) = fresh(&folder, &format!("to{n}"));
        let restored = restore(&file, &to, &Known::default(), &mut quiet()).await;
        match change.starts_with("DROP") {
            false => assert!(matches!(restored, Err(Error::Tampered(_))), "{change}: {restored:?}"),
            true => assert_eq!(restored.unwrap().content, Content::Unknown),
        }
    }
    // What is restored is a place like any other.
    let (_, to) = fresh(&folder, "to");
    fs::write(&file, &sound).unwrap();
    restore(&file, &to, &Known::default(), &mut quiet()).await.unwrap();
    let restored = Db::open(&to).unwrap();
    assert_eq!(digests::kept(&restored).await.unwrap(), None);
    assert_eq!(
        copy::digests(&restored, &mut quiet()).await.unwrap(),
        copy::digests(&place.db, &mut quiet()).await.unwrap()
    );
    // A file that somebody put into a place by hand is backed up anew.
    let by_hand = folder.path().join("by-hand");
    fs::write(&by_hand, &sound).unwrap();
    let used = Db::open(&Settings::new(sqlite_url(&by_hand))).unwrap();
    used.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    let again = backup(&used, &folder.path().join("again"), &mut quiet()).await.unwrap();
    assert_eq!(again.content, Content::AsMade);
}
