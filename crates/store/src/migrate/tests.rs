//! The rules of migrations, and the wall they build on PostgreSQL.

use super::*;
use crate::testing::{empty_postgres, empty_sqlite, fresh_postgres, on_both};
use crate::tests::{deed, insert, school, with_sample};
use crate::{Query, Settings};

#[test]
fn one_text_becomes_two_and_leaves_strings_and_comments_alone() {
    let text = "-- an INTEGER; here\nCREATE TABLE a (n INTEGER NOT NULL, b BLOB, t TEXT DEFAULT 'TEXT; it''s' CHECK (CAST(n AS TEXT) <> ''), \"BLOB\" TEXT);\nCREATE INDEX i ON a (n);";
    assert_eq!(
        translate(text, Engine::Postgres),
        "-- an INTEGER; here\nCREATE TABLE a (n BIGINT NOT NULL, b BYTEA, t TEXT COLLATE \"C\" DEFAULT 'TEXT; it''s' CHECK (CAST(n AS TEXT) <> ''), \"BLOB\" TEXT COLLATE \"C\");\nCREATE INDEX i ON a (n);"
    );
    assert_eq!(translate(text, Engine::Sqlite), text.replace("\"BLOB\" TEXT);", "\"BLOB\" TEXT) STRICT;"));
    let other = "UPDATE a SET t = CAST(n AS TEXT); /* CREATE TABLE; */ ALTER TABLE a ADD COLUMN c BLOB;";
    assert_eq!(translate(other, Engine::Sqlite), other);
    assert_eq!(translate(other, Engine::Postgres), other.replace("c BLOB", "c BYTEA"));
}

#[test]
fn every_migration_ends_each_statement() {
    for (name, text) in MIGRATIONS {
        let last = pieces(text).into_iter().rfind(|piece| match piece {
            Piece::Other(other) => !other.trim().is_empty() && !other.starts_with("--"),
            _ => true,
        });
        assert_eq!(last, Some(Piece::End), "{name} must end with a semicolon");
    }
}

const FIRST: (&str, &str) =
    ("0001_first", "CREATE TABLE a (school BLOB NOT NULL, id BLOB NOT NULL PRIMARY KEY, n INTEGER NOT NULL);");
const SECOND: (&str, &str) = ("0002_second", "ALTER TABLE a ADD COLUMN m INTEGER; UPDATE a SET m = n * 2;");

#[tokio::test]
async fn each_migration_runs_once_and_a_changed_one_is_refused() {
    for place in [empty_sqlite(), empty_postgres().await] {
        let db = &place.db;
        for list in [[FIRST].as_slice(), &[FIRST], &[FIRST, SECOND], &[FIRST, SECOND]] {
            run_list(db, list).await.unwrap();
        }
        let changed = (FIRST.0, "CREATE TABLE a (id BLOB);");
        let refused = run_list(db, &[changed, SECOND]).await.unwrap_err();
        assert!(matches!(&refused, Error::Tampered(said) if said.contains("0001_first")), "{refused}");
    }
}

#[tokio::test]
async fn a_broken_migration_leaves_nothing_of_itself_and_says_its_name() {
    for place in [empty_sqlite(), empty_postgres().await] {
        let db = &place.db;
        let broken = ("0002_broken", "CREATE TABLE b (school BLOB NOT NULL, id BLOB PRIMARY KEY); CREATE TABLE c (;");
        let refused = run_list(db, &[FIRST, broken]).await.unwrap_err();
        assert!(refused.to_string().contains("0002_broken"), "{refused}");
        assert_eq!(crate::schema::read(db).await.unwrap().len(), 0);
        run_list(db, &[FIRST]).await.unwrap();
        assert_eq!(crate::schema::read(db).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_migration_may_change_rows_of_all_schools_and_the_wall_stands_again() {
    for place in [empty_sqlite(), empty_postgres().await] {
        let db = &place.db;
        let sample = ("9000_sample", crate::tests::SAMPLE.1);
        let list: Vec<_> = MIGRATIONS.iter().copied().chain([sample]).collect();
        run_list(db, &list).await.unwrap();
        for number in [1, 2] {
            let mut tx = db.write(school(number)).await.unwrap();
            insert(&mut tx, "before").await;
            tx.commit(deed()).await.unwrap();
        }
        let after = ("9001_after", "UPDATE sample SET title = 'after';");
        run_list(db, &[list, vec![after]].concat()).await.unwrap();
        for number in [1, 2] {
            let mut read = db.read(school(number)).await.unwrap();
            let all = "SELECT title FROM sample WHERE school = $1 ORDER BY id LIMIT 10";
            let rows = read.all(all, args![school(number)]).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.text("title").unwrap()).collect::<Vec<_>>(), ["after"]);
        }
        if db.engine() == Engine::Postgres {
            let forgetful = "SELECT title FROM sample ORDER BY id LIMIT 10";
            assert_eq!(db.read(school(1)).await.unwrap().all(forgetful, args![]).await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn several_processes_may_migrate_at_once() {
    for place in [empty_sqlite(), empty_postgres().await] {
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let db = Db::open(place.db.settings()).unwrap();
                tokio::spawn(async move { db.migrate().await })
            })
            .collect();
        for start in starts {
            start.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn on_postgresql_a_statement_that_forgets_the_school_sees_nothing_of_others() {
    let place = fresh_postgres().await;
    let db = &place.db;
    with_sample(db).await;
    for number in [1, 2] {
        let mut tx = db.write(school(number)).await.unwrap();
        insert(&mut tx, "mine").await;
        tx.commit(deed()).await.unwrap();
    }
    let forgetful = "SELECT school FROM sample ORDER BY id LIMIT 10";
    let seen = db.read(school(1)).await.unwrap().all(forgetful, args![]).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.id("school").unwrap()).collect::<Vec<_>>(), [school(1).get()]);
    assert_eq!(db.read(school(3)).await.unwrap().all(forgetful, args![]).await.unwrap().len(), 0);
    let mut tx = db.write(school(1)).await.unwrap();
    assert_eq!(tx.run("UPDATE sample SET title = 'taken'", args![]).await.unwrap(), 1);
    assert_eq!(tx.run("DELETE FROM sample WHERE school = $1", args![school(2)]).await.unwrap(), 0);
    let smuggled = "INSERT INTO sample (school, id, version, title, is_done) VALUES ($1, $1, 1, 'x', 0)";
    let refused = tx.run(smuggled, args![school(2)]).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    drop(tx);
    // A connection that has served a school and goes back to the pool lets nothing through by itself.
    let mut wire = db.reading_wire("BEGIN".to_owned()).await.unwrap();
    assert_eq!(wire.rows("test", forgetful.into_sql_str(), args![]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn on_postgresql_the_app_can_only_add_to_the_ledger() {
    let place = fresh_postgres().await;
    place.db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    for slip in [
        "UPDATE ledger SET at = 0",
        "DELETE FROM ledger",
        "DELETE FROM ledger_head",
        "UPDATE ledger_school SET id = id",
    ] {
        let mut tx = place.db.write(school(1)).await.unwrap();
        let refused = tx.run(slip, args![]).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{slip}: {refused}");
    }
}

#[tokio::test]
async fn on_postgresql_a_role_above_the_wall_is_refused() {
    let place = fresh_postgres().await;
    let url = place.db.settings().url.replacen("schoolgate_app", "admin", 1);
    let db = Db::open(&Settings { url, ..place.db.settings().clone() }).unwrap();
    let Err(refused) = db.read(school(1)).await else { panic!("a superuser was let in") };
    assert!(matches!(&refused, Error::Invalid(said) if said.contains("superuser")), "{refused}");
    db.close().await;
}

#[tokio::test]
async fn the_owner_of_the_tables_is_behind_the_wall_too() {
    let place = fresh_postgres().await;
    place.db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
    let url = place.db.settings().owner_url.clone().unwrap();
    let db = Db::open(&Settings { url, owner_url: None, ..place.db.settings().clone() }).unwrap();
    db.migrate().await.unwrap();
    let forgetful = "SELECT seq FROM ledger ORDER BY seq LIMIT 10";
    assert_eq!(db.read(school(2)).await.unwrap().all(forgetful, args![]).await.unwrap().len(), 0);
    assert_eq!(db.read(school(1)).await.unwrap().all(forgetful, args![]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn statements_can_be_prepared_without_running() {
    on_both(|db| async move {
        db.prepare("SELECT at FROM ledger WHERE school = $1 AND seq = $2").await.unwrap();
        db.prepare("DELETE FROM ledger_head WHERE school = $1").await.unwrap();
        for wrong in ["SELECT nothing FROM ledger", "SELECT at FROM ledger WHERE", "SELECT 1 FROM absent"] {
            assert!(matches!(db.prepare(wrong).await.unwrap_err(), Error::Engine { .. }), "{wrong}");
        }
    })
    .await;
}
