//! Copies between engines arrive whole, or not at all.

use super::*;
use crate::Query;
use crate::testing::{Place, empty_postgres, empty_sqlite, fresh_postgres, fresh_sqlite};
use crate::tests::{deed, next_id, school};

/// Tables with everything a copy must carry: references across and within tables, absent values of each kind.
const TABLES: (&str, &str) = (
    "9000_family",
    "CREATE TABLE branch (school BLOB NOT NULL, id BLOB NOT NULL PRIMARY KEY, up BLOB REFERENCES branch (id), n INTEGER, note TEXT, picture BLOB);
    CREATE INDEX branch_by_up ON branch (up);
    CREATE TABLE a_leaf (school BLOB NOT NULL, branch BLOB NOT NULL REFERENCES branch (id), n INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (branch, n));",
);

async fn with_tables(place: &Place) -> &Db {
    let list: Vec<_> = migrate::MIGRATIONS.iter().copied().chain([TABLES]).collect();
    migrate::run_list(&place.db, &list).await.unwrap();
    &place.db
}

/// Three schools; more rows than a page; the first branch refers to the last one.
async fn filled(place: &Place) -> &Db {
    let db = with_tables(place).await;
    for number in 1..=3_u32 {
        let mut tx = db.write(school(number.into())).await.unwrap();
        let ids: Vec<_> = (0..PAGE * 2 + 5).map(|_| next_id()).collect();
        for (n, id) in ids.iter().enumerate() {
            let odd = n % 2 == 1;
            let row = args![
                tx.school(),
                id,
                odd.then_some(n as i64),
                odd.then_some("Zoë \u{1F98A}"),
                odd.then_some(vec![0_u8, 1, 255])
            ];
            tx.run("INSERT INTO branch (school, id, n, note, picture) VALUES ($1, $2, $3, $4, $5)", row).await.unwrap();
        }
        let up = "UPDATE branch SET up = $3 WHERE school = $1 AND id = $2";
        tx.run(up, args![tx.school(), ids[0], ids[ids.len() - 1]]).await.unwrap();
        let leaf = "INSERT INTO a_leaf (school, branch, n, note) VALUES ($1, $2, $3, $4)";
        for n in 0..number {
            tx.run(leaf, args![tx.school(), ids[1], n, "leaf"]).await.unwrap();
        }
        tx.commit(deed().hash(b"x")).await.unwrap();
        db.write(school(number.into())).await.unwrap().commit(deed()).await.unwrap();
    }
    db
}

/// Everything in a place, in one order.
async fn content(db: &Db) -> Vec<String> {
    let mut source = Source::open(db).await.unwrap();
    let schema = schema::read_wire(&mut source.wire, db.engine()).await.unwrap();
    let mut all = Vec::new();
    for (name, table) in &schema {
        for school in source.schools.clone() {
            source.enter(school).await.unwrap();
            let of = table.has_school().then_some(school);
            let mut after = None;
            loop {
                let rows = page(&mut source.wire, (name, table), of, after.as_ref()).await.unwrap();
                for row in &rows {
                    let plain = |value: &Value| match value {
                        Value::Null(_) => "absent".to_owned(),
                        value => format!("{value:?}"),
                    };
                    all.push(format!("{name} {:?}", row.values.iter().map(plain).collect::<Vec<_>>()));
                }
                if rows.len() < PAGE {
                    break;
                }
                after = rows.into_iter().next_back();
            }
        }
    }
    all
}

#[tokio::test]
async fn everything_goes_from_one_engine_to_the_other_and_back() {
    let (first, second, third) = (empty_sqlite(), empty_postgres().await, empty_sqlite());
    let from = filled(&first).await;
    let mut told = Vec::new();
    let there = copy(from, with_tables(&second).await, &mut |progress| told.push(progress)).await.unwrap();
    assert_eq!(there.schools.iter().map(|school| school.deeds).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(there.rows, 3 * (PAGE as u64 * 2 + 5) + 6 + 6 + 3);
    assert_eq!(content(from).await, content(&second.db).await);
    assert!(told.iter().any(|told| told.step == "copying `branch`" && told.done == told.all && told.all == 399));
    assert!(told.iter().all(|told| told.done <= told.all));
    let back = copy(&second.db, with_tables(&third).await, &mut |_| {}).await.unwrap();
    assert_eq!(back, there);
    assert_eq!(content(from).await, content(&third.db).await);
    // The wall stands and references are checked at once again.
    assert!(
        second
            .db
            .read(school(9))
            .await
            .unwrap()
            .all("SELECT id FROM branch ORDER BY id LIMIT 9", args![])
            .await
            .unwrap()
            .is_empty()
    );
    for db in [&second.db, &third.db] {
        let mut tx = db.write(school(1)).await.unwrap();
        let dangling = "INSERT INTO branch (school, id, up) VALUES ($1, $2, $3)";
        let refused = tx.run(dangling, args![school(1), next_id(), next_id()]).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_place_that_holds_anything_is_not_written_to() {
    for to in [empty_sqlite(), empty_postgres().await] {
        let from = empty_sqlite();
        filled(&from).await;
        let to = with_tables(&to).await;
        to.write(school(9)).await.unwrap().commit(deed()).await.unwrap();
        let refused = copy(&from.db, to, &mut |_| {}).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
        assert_eq!(to.schools().await.unwrap(), [school(9)]);
    }
}

#[tokio::test]
async fn places_at_different_migrations_are_refused() {
    let (old, new) = (fresh_sqlite().await, empty_sqlite());
    with_tables(&new).await;
    let newer_source = copy(&new.db, &old.db, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&newer_source, Error::Invalid(said) if said.contains("9000_family")), "{newer_source}");
    let older_source = copy(&old.db, &new.db, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&older_source, Error::Invalid(said) if said.contains("lacks migration")), "{older_source}");
}

#[tokio::test]
async fn a_source_that_is_not_there_leaves_no_new_place() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let [from, to] = ["absent", "new"].map(|name| Db::open(&crate::Settings::new(url(name))).unwrap());
    let refused = copy(&from, &to, &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let empty = empty_postgres().await;
    let refused = copy(&empty.db, &to, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid(said) if said.contains("never set up")), "{refused}");
}

#[tokio::test]
async fn a_falsified_source_leaves_nothing_in_the_new_place() {
    for to in [fresh_sqlite().await, fresh_postgres().await] {
        let from = fresh_sqlite().await;
        for _ in 0..5 {
            from.db.write(school(1)).await.unwrap().commit(deed()).await.unwrap();
        }
        let mut tx = from.db.write(school(1)).await.unwrap();
        tx.run("UPDATE ledger SET at = at + 1 WHERE seq = 2", args![]).await.unwrap();
        tx.commit(deed()).await.unwrap();
        let refused = copy(&from.db, &to.db, &mut |_| {}).await.unwrap_err();
        assert!(matches!(&refused, Error::Tampered(said) if said.contains("deed 2")), "{refused}");
        assert_eq!(to.db.schools().await.unwrap(), []);
    }
}

#[tokio::test]
async fn rows_of_a_school_without_a_ledger_are_not_left_behind_in_silence() {
    let (from, to) = (fresh_sqlite().await, fresh_sqlite().await);
    let mut tx = from.db.write(school(1)).await.unwrap();
    let stray = "INSERT INTO sealed_key (school, id, purpose, version, master, wrapped, made_at) VALUES ($1, $1, 'x', 1, $1, $1, 0)";
    tx.run(stray, args![school(2)]).await.unwrap();
    tx.commit(deed()).await.unwrap();
    let refused = copy(&from.db, &to.db, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&refused, Error::Tampered(said) if said.contains("sealed_key")), "{refused}");
}
