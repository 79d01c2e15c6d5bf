//! Tests: a full disk and a PostgreSQL that goes away are `Unavailable`, leave nothing half done, and pass.

use std::time::Duration;

use crate::ledger::{self, Known};
use crate::testing::{Server, fresh_sqlite};
use crate::tests::{deed, insert, school, with_sample};
use crate::{Db, Error, Query, Settings, args};

async fn count(db: &Db) -> i64 {
    let sql = "SELECT COUNT(*) AS n FROM sample WHERE school = $1";
    db.read(school(1)).await.unwrap().one(sql, args![school(1)]).await.unwrap().int("n").unwrap()
}

async fn deeds(db: &Db) -> u64 {
    ledger::verify_school(&mut db.read(school(1)).await.unwrap(), &Known::default()).await.unwrap().deeds
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_passes() {
    let place = fresh_sqlite().await;
    let db = &place.db;
    with_sample(db).await;
    let mut tx = db.write(school(1)).await.unwrap();
    insert(&mut tx, "before").await;
    tx.commit(deed()).await.unwrap();
    let grow = "UPDATE sample SET picture = $2 WHERE school = $1";
    for _ in 0..3 {
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, "never kept").await;
        // The engine's own limit of pages fails where and as a full disk does. It lasts as long as the connection.
        let pages = tx.one("PRAGMA page_count", args![]).await.unwrap().int("page_count").unwrap();
        tx.wire().script("test", format!("PRAGMA max_page_count = {}", pages + 4)).await.unwrap();
        let full = tx.run(grow, args![school(1), vec![1_u8; 1 << 20]]).await.unwrap_err();
        assert!(matches!(full, Error::Unavailable { .. }), "{full}");
        assert!(tx.commit(deed()).await.is_err(), "a write that failed cannot be committed");
        assert_eq!((count(db).await, deeds(db).await), (1, 1));
    }
    let mut tx = db.write(school(1)).await.unwrap();
    tx.wire().script("test", "PRAGMA max_page_count = 1000000".to_owned()).await.unwrap();
    tx.run(grow, args![school(1), vec![1_u8; 1 << 20]]).await.unwrap();
    tx.commit(deed()).await.unwrap();
    assert_eq!((count(db).await, deeds(db).await), (1, 2));
}

#[tokio::test]
async fn a_postgresql_that_goes_away_is_unavailable_and_passes() {
    let server = Server::start_new("off");
    let place = server.fresh().await;
    with_sample(&place.db).await;
    let impatient = Settings { wait: Duration::from_millis(300), ..place.db.settings().clone() };
    let db = &Db::open(&impatient).unwrap();
    for title in ["one", "two"] {
        let mut tx = db.write(school(1)).await.unwrap();
        insert(&mut tx, title).await;
        tx.commit(deed()).await.unwrap();
    }
    let mut read = db.read(school(1)).await.unwrap();
    let mut open = db.write(school(1)).await.unwrap();
    insert(&mut open, "never kept").await;
    server.crash();
    let sql = "SELECT COUNT(*) AS n FROM sample WHERE school = $1";
    let cut_off = read.one(sql, args![school(1)]).await.unwrap_err();
    assert!(matches!(cut_off, Error::Unavailable { .. }), "{cut_off}");
    let cut_off = open.commit(deed()).await.unwrap_err();
    assert!(matches!(cut_off, Error::Unavailable { .. }), "{cut_off}");
    let Err(gone) = db.read(school(1)).await else { panic!("nobody answers") };
    assert!(matches!(gone, Error::Unavailable { .. }), "{gone}");
    let Err(gone) = db.write(school(1)).await else { panic!("nobody answers") };
    assert!(matches!(gone, Error::Unavailable { .. }), "{gone}");
    let patient = Settings { wait: Duration::from_secs(20), ..impatient };
    let stranger = Db::open(&Settings { wait: Duration::from_millis(300), ..patient.clone() }).unwrap();
    let Err(gone) = stranger.read(school(1)).await else { panic!("nobody answers") };
    assert!(matches!(gone, Error::Unavailable { .. }), "{gone}");
    server.start();
    // The same handles, with connections that died with the old server, go on.
    assert_eq!((count(db).await, deeds(db).await), (2, 2));
    let mut tx = db.write(school(1)).await.unwrap();
    insert(&mut tx, "three").await;
    tx.commit(deed()).await.unwrap();
    assert_eq!((count(&stranger).await, deeds(&stranger).await), (3, 3));
}
