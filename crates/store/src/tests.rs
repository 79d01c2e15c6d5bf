//! What the store promises, on both engines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::ledger::{self, Known};
use crate::testing::{fresh_postgres, fresh_sqlite, on_both};
use crate::{Db, Deed, Engine, Error, Query, SchoolId, Settings, args, migrate};

/// A table for tests, made the way a feature makes one.
pub(crate) const SAMPLE: (&str, &str) = (
    "9000_sample",
    "CREATE TABLE sample (
        school BLOB NOT NULL, id BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL,
        title TEXT NOT NULL, note TEXT, picture BLOB, is_done INTEGER NOT NULL CHECK (is_done IN (0, 1)),
        UNIQUE (school, title));",
);

pub(crate) async fn with_sample(db: &Db) {
    let list: Vec<_> = migrate::MIGRATIONS.iter().copied().chain([SAMPLE]).collect();
    migrate::run_list(db, &list).await.expect("the sample table");
}

pub(crate) fn school(number: u128) -> SchoolId {
    SchoolId::new(Uuid::from_u128(number))
}

/// Ids in rising order, as the app's are.
pub(crate) fn next_id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 64)
}

pub(crate) fn deed() -> Deed {
    Deed::by(Uuid::from_u128(7)).did("test.written")
}

pub(crate) async fn insert(tx: &mut crate::Tx, title: &str) -> Uuid {
    let id = next_id();
    let row = args![tx.school(), id, 1, title, None::<&str>, vec![0_u8, 255], false];
    let sql =
        "INSERT INTO sample (school, id, version, title, note, picture, is_done) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    assert_eq!(tx.run(sql, row).await.expect("an insert"), 1);
    id
}

async fn titles(db: &Db, of: SchoolId) -> Vec<String> {
    let mut read = db.read(of).await.expect("a read");
    let rows = read.all("SELECT title FROM sample WHERE school = $1 ORDER BY title, id LIMIT 100", args![of]).await;
    rows.expect("rows").iter().map(|row| row.text("title").expect("a title")).collect()
}

#[tokio::test]
async fn a_list_of_any_length_comes_whole_and_one_that_never_moves_on_is_an_error() {
    on_both(|db| async move {
        with_sample(&db).await;
        // Two whole steps and a piece, and another school's row in between.
        let ids: Vec<Uuid> = (0..10_007).map(|_| next_id()).collect();
        let mut tx = db.write(school(1)).await.unwrap();
        let row = |id: &Uuid| args![school(1), *id, 1, id.to_string(), false];
        let sql = "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $2, $3, $4, $5)";
        tx.run_each(sql, ids.iter().map(row).collect()).await.unwrap();
        tx.commit(deed()).await.unwrap();
        let mut tx = db.write(school(2)).await.unwrap();
        insert(&mut tx, "theirs").await;
        tx.commit(deed()).await.unwrap();

        let mut read = db.read(school(1)).await.unwrap();
        let sql = "SELECT id FROM sample WHERE school = $1 AND is_done = $2 AND id > $3 ORDER BY id LIMIT $4";
        let every = read.every(sql, args![school(1), false], |row| row.id("id")).await;
        assert!(every.expect("a list") == ids);
        assert!(read.every(sql, args![school(1), true], |row| row.id("id")).await.expect("no rows").is_empty());
        let broken = read.every(sql, args![school(1), false], |row| row.int("id")).await;
        assert!(broken.is_err(), "what a row is read by decides");

        let stays = "SELECT id FROM sample WHERE school = $1 AND (id > $2 OR 1 = 1) ORDER BY id LIMIT $3";
        let never = read.every(stays, args![school(1)], |row| row.id("id")).await;
        assert!(matches!(never, Err(Error::Invalid(_))), "{never:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_committed_comes_back_as_it_was() {
    on_both(|db| async move {
        with_sample(&db).await;
        let mut tx = db.write(school(1)).await.unwrap();
        let id = insert(&mut tx, "Größe \u{1F984}").await;
        tx.commit(deed().to(id).hash(b"content")).await.unwrap();
        let mut read = db.read(school(1)).await.unwrap();
        let sql = "SELECT id, version, title, note, picture, is_done, version = 1 AS is_first, 1 AS one,
            (SELECT COUNT(*) FROM sample WHERE school = $1) AS n FROM sample WHERE school = $1 AND id = $2";
        let row = read.one(sql, args![school(1), id]).await.unwrap();
        assert_eq!(row.id("id").unwrap(), id);
        assert_eq!(row.text("title").unwrap(), "Größe \u{1F984}");
        assert_eq!(row.maybe_text("note").unwrap(), None);
        assert_eq!(row.blob("picture").unwrap(), [0, 255]);
        assert!(!row.flag("is_done").unwrap());
        assert!(row.flag("is_first").unwrap());
        assert_eq!((row.int("one").unwrap(), row.int("n").unwrap()), (1, 1));
        let missing = read.one(sql, args![school(1), Uuid::nil()]).await.unwrap_err();
        assert!(matches!(missing, Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_dropped_write_leaves_nothing_and_frees_the_turn() {
    on_both(|db| async move {
        with_sample(&db).await;
        for _ in 0..3 {
            let mut tx = db.write(school(1)).await.unwrap();
            insert(&mut tx, "never").await;
        }
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, "kept").await;
        tx.commit(deed()).await.unwrap();
        assert_eq!(titles(&db, school(1)).await, ["kept"]);
        let count = "SELECT COUNT(*) AS n FROM ledger WHERE school = $1";
        assert_eq!(db.read(school(1)).await.unwrap().one(count, args![school(1)]).await.unwrap().int("n").unwrap(), 1);
        assert_eq!(db.schools().await.unwrap(), [school(1)]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_statement_ends_the_whole_write_on_both_engines() {
    on_both(|db| async move {
        with_sample(&db).await;
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, "one").await;
        let again = tx.run(
            "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $2, 1, 'one', 0)",
            args![school(1), next_id()],
        );
        assert!(matches!(again.await.unwrap_err(), Error::Conflict { .. }));
        assert!(matches!(tx.commit(deed()).await.unwrap_err(), Error::Engine { .. }));
        assert_eq!(titles(&db, school(1)).await, Vec::<String>::new());
        let mut tx = db.write(school(1)).await.unwrap();
        let broken = tx.run(
            "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $2, 1, 'one', 2)",
            args![school(1), next_id()],
        );
        assert!(matches!(broken.await.unwrap_err(), Error::Invalid(_)));
    })
    .await;
}

#[tokio::test]
async fn a_stale_version_is_a_conflict() {
    on_both(|db| async move {
        with_sample(&db).await;
        let mut tx = db.write(school(1)).await.unwrap();
        let id = insert(&mut tx, "one").await;
        let save = "UPDATE sample SET title = $3, version = version + 1 WHERE school = $4 AND id = $1 AND version = $2";
        tx.save(save, args![id, 1, "two", school(1)]).await.unwrap();
        let stale = tx.save(save, args![id, 1, "three", school(1)]).await.unwrap_err();
        assert!(matches!(stale, Error::Conflict { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_task_that_already_writes_is_told_so_instead_of_waiting_for_itself() {
    on_both(|db| async move {
        with_sample(&db).await;
        let tx = db.write(school(1)).await.unwrap();
        for other in [1, 2] {
            let Err(nested) = db.write(school(other)).await else { panic!("a nested write was let in") };
            assert!(nested.to_string().contains("already holds a write"), "{nested}");
        }
        db.read(school(1)).await.unwrap();
        drop(tx);
        let in_task = tokio::spawn({
            let db = db.clone();
            async move {
                let _tx = db.write(school(1)).await.unwrap();
                db.write(school(1)).await.map(|_| ()).unwrap_err().to_string()
            }
        });
        assert!(in_task.await.unwrap().contains("already holds a write"));
        db.write(school(1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn writes_of_one_school_wait_their_turn_and_give_up_after_the_limit() {
    let place = fresh_sqlite().await;
    let impatient = Settings { wait: Duration::from_millis(50), ..place.db.settings().clone() };
    let db = Db::open(&impatient).unwrap();
    let tx = db.write(school(1)).await.unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.write(school(2)).await.map(|_| ()) }
    });
    assert!(matches!(waiting.await.unwrap().unwrap_err(), Error::Unavailable { .. }));
    drop(tx);
    db.write(school(2)).await.unwrap();
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for_up_to_the_limit() {
    on_both(|db| async move {
        // A second handle shares nothing in memory with the first, as a second process would not.
        let other = Db::open(&Settings { wait: Duration::from_millis(60), ..db.settings().clone() }).unwrap();
        let mut tx = db.write(school(1)).await.unwrap();
        let Err(waited) = other.write(school(1)).await else { panic!("two writers of one school") };
        assert!(matches!(waited, Error::Unavailable { .. }), "{waited}");
        tx.find("SELECT 1 AS one", args![]).await.unwrap();
        tx.commit(deed()).await.unwrap();
        other.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
        if db.engine() == Engine::Postgres {
            let _one = db.write(school(1)).await.unwrap();
            other.write(school(2)).await.expect("another school does not wait");
        }
    })
    .await;
}

#[tokio::test]
async fn a_task_that_is_aborted_anywhere_leaves_no_lock_and_no_half_change() {
    on_both(|db| async move {
        with_sample(&db).await;
        for steps in 0..60_u32 {
            let writer = tokio::spawn({
                let db = db.clone();
                async move {
                    let mut tx = db.write(school(1)).await.unwrap();
                    insert(&mut tx, &format!("title {steps}")).await;
                    tx.commit(deed()).await.unwrap();
                }
            });
            for _ in 0..steps * 3 {
                tokio::task::yield_now().await;
            }
            writer.abort();
            let _ = writer.await;
        }
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, "last").await;
        tx.commit(deed()).await.unwrap();
        let mut read = db.read(school(1)).await.unwrap();
        let deeds = ledger::verify_school(&mut read, &Known::default()).await.unwrap().deeds;
        assert_eq!(titles(&db, school(1)).await.len() as u64, deeds);
    })
    .await;
}

#[tokio::test]
async fn errors_do_not_quote_what_was_stored() {
    on_both(|db| async move {
        with_sample(&db).await;
        for (title, is_done) in [("Ada Fictional", 2), ("Ada Fictional", 0), ("Ada Fictional", 0)] {
            let mut tx = db.write(school(1)).await.unwrap();
            let sql = "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $2, 1, $3, $4)";
            match tx.run(sql, args![school(1), next_id(), title, is_done]).await {
                Ok(_) => tx.commit(deed()).await.unwrap(),
                Err(error) => assert!(!format!("{error} {error:?}").contains("Ada"), "{error:?}"),
            }
        }
        let mut read = db.read(school(1)).await.unwrap();
        let error = read.all("SELECT 1 / 0 AS n, title FROM absent WHERE title = $1", args!["Ada"]).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Ada"), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn every_write_of_many_is_kept_and_each_school_has_one_order() {
    on_both(|db| async move {
        with_sample(&db).await;
        let tasks: Vec<_> = (0..40_u128)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut tx = db.write(school(1 + n % 4)).await.unwrap();
                    insert(&mut tx, &format!("title {n:02}")).await;
                    tx.commit(deed()).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for number in 1..=4 {
            assert_eq!(titles(&db, school(number)).await.len(), 10);
            let mut read = db.read(school(number)).await.unwrap();
            let rows =
                read.all("SELECT seq FROM ledger WHERE school = $1 ORDER BY seq LIMIT 50", args![school(number)]);
            let seqs: Vec<_> = rows.await.unwrap().iter().map(|row| row.int("seq").unwrap()).collect();
            assert_eq!(seqs, (0..10).collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn a_read_is_of_one_moment() {
    on_both(|db| async move {
        with_sample(&db).await;
        let mut read = db.read(school(1)).await.unwrap();
        let count = "SELECT COUNT(*) AS n FROM sample WHERE school = $1";
        assert_eq!(read.one(count, args![school(1)]).await.unwrap().int("n").unwrap(), 0);
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, "later").await;
        tx.commit(deed()).await.unwrap();
        assert_eq!(read.one(count, args![school(1)]).await.unwrap().int("n").unwrap(), 0);
        assert_eq!(titles(&db, school(1)).await, ["later"]);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    on_both(|db| async move {
        with_sample(&db).await;
        let mut read = db.read(school(1)).await.unwrap();
        let slip = "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $1, 1, 'x', 0) RETURNING id";
        assert!(matches!(read.all(slip, args![school(1)]).await.unwrap_err(), Error::Engine { .. }));
        assert_eq!(titles(&db, school(1)).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_fresh_database_is_gone_after_its_test_even_while_connections_are_open() {
    let (kept, place) = (fresh_postgres().await, fresh_postgres().await);
    let name = place.db.settings().url.rsplit('/').next().unwrap().to_owned();
    let _open = place.db.read(school(1)).await.unwrap();
    drop(place);
    let is_there = "SELECT COUNT(*) AS n FROM pg_database WHERE datname = $1";
    let left = kept.db.read(school(1)).await.unwrap().one(is_there, args![name]).await.unwrap();
    assert_eq!(left.int("n").unwrap(), 0);
}

#[tokio::test]
async fn many_rows_are_written_together_and_stand_or_fall_together() {
    const ADD: &str =
        "INSERT INTO sample (school, id, version, title, note, picture, is_done) VALUES ($1, $2, 1, $3, $4, $5, $6)
         ON CONFLICT (id) DO NOTHING";
    on_both(|db| async move {
        with_sample(&db).await;
        let of = school(1);
        let row = |number: usize| {
            let note = number.is_multiple_of(2).then(|| format!("note {number}"));
            args![of, next_id(), format!("{number:04}"), note, None::<&[u8]>, number.is_multiple_of(3)]
        };
        let rows: Vec<_> = (0..257).map(row).collect();
        let mut tx = db.write(of).await.unwrap();
        assert_eq!(tx.run_each(ADD, rows.clone()).await.unwrap(), 257);
        assert_eq!(tx.run_each(ADD, rows).await.unwrap(), 0, "they are there already");
        assert_eq!(tx.run_each(ADD, Vec::new()).await.unwrap(), 0);
        assert!(matches!(tx.run_each(ADD, vec![args![of]]).await, Err(Error::Invalid(_))));
        tx.commit(deed()).await.unwrap();
        let expect: Vec<_> = (0..100).map(|number| format!("{number:04}")).collect();
        assert_eq!(titles(&db, of).await, expect);
        let mut read = db.read(of).await.unwrap();
        let sql =
            "SELECT title, note, is_done FROM sample WHERE school = $1 AND title >= $2 ORDER BY title, id LIMIT 2";
        let last = read.all(sql, args![of, "0255"]).await.unwrap();
        let said: Vec<_> =
            last.iter().map(|row| (row.maybe_text("note").unwrap(), row.flag("is_done").unwrap())).collect();
        assert_eq!(said, [(None, true), (Some("note 256".to_owned()), false)]);
        drop(read);
        // The last of many is taken already: none of them is kept.
        let mut tx = db.write(of).await.unwrap();
        let mut rows: Vec<_> = (300..420).map(row).collect();
        rows.push(row(7));
        assert!(matches!(tx.run_each(ADD, rows).await, Err(Error::Conflict { .. })));
        drop(tx);
        let mut read = db.read(of).await.unwrap();
        let count = read.one("SELECT COUNT(*) AS n FROM sample WHERE school = $1", args![of]).await.unwrap();
        assert_eq!(count.int("n").unwrap(), 257);
    })
    .await;
}

#[tokio::test]
async fn a_place_that_cannot_be_opened_is_named_with_the_cause_and_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent").join("school.db").display().to_string();
    for (url, place, cause) in [
        (format!("sqlite:{absent}"), absent.as_str(), ""),
        ("postgres://somebody:secretword@127.0.0.1:9/school".to_owned(), "127.0.0.1:9", "refused"),
    ] {
        let db = Db::open(&Settings { wait: Duration::from_secs(3_600), ..Settings::new(url) }).unwrap();
        let soon = Duration::from_secs(60);
        let Err(read) = tokio::time::timeout(soon, db.read(school(1))).await.expect("at once") else {
            panic!("nobody is there")
        };
        let migrated = tokio::time::timeout(soon, db.migrate()).await.expect("at once").unwrap_err();
        for error in [read, migrated] {
            assert!(matches!(error, Error::Unavailable { .. }), "{error}");
            let said = error.to_string();
            assert!(said.contains(place) && said.contains(cause) && !said.contains("secretword"), "{said}");
            assert!(std::error::Error::source(&error).is_none(), "the cause stands in the message already");
        }
    }
}

#[tokio::test]
async fn only_its_owner_may_read_a_new_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = crate::testing::empty_sqlite();
    place.db.migrate().await.unwrap();
    place.db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    let file = place.db.settings().url.strip_prefix("sqlite:").unwrap().to_owned();
    for beside in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{file}{beside}")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{beside}");
    }
}
