//! What sealing promises, on both engines.

use super::*;
use crate::testing::{fresh_sqlite, on_both};
use crate::tests::{deed, school};

const HERE: Place = Place { table: "concern", row: Uuid::from_u128(9), column: "account" };

/// A master key of its own; two calls give two keys.
fn master() -> Master {
    let folder = tempfile::tempdir().unwrap();
    Master::create_file(&folder.path().join("master.key")).unwrap()
}

/// The same key twice, as a second process would read it.
fn master_twice() -> (Master, Master) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    (Master::create_file(&path).unwrap(), Master::open_file(&path).unwrap())
}

async fn seal(db: &Db, sealer: &Sealer, of: SchoolId, content: &[u8]) -> Vec<u8> {
    let mut tx = db.write(of).await.unwrap();
    let sealed = sealer.seal(&mut tx, "concerns", HERE, content).await.unwrap();
    tx.commit(deed()).await.unwrap();
    sealed
}

async fn open(db: &Db, sealer: &Sealer, of: SchoolId, sealed: &[u8]) -> Result<Vec<u8>> {
    let mut read = db.read(of).await?;
    sealer.open(&mut read, "concerns", HERE, sealed).await.map(|opened| opened.to_vec())
}

#[tokio::test]
async fn what_is_sealed_opens_and_does_not_show_its_content() {
    on_both(|db| async move {
        let sealer = Sealer::new(master(), vec![]);
        for content in [b"".as_slice(), b"x", b"an account of what was seen", &[7; 100_000]] {
            let sealed = seal(&db, &sealer, school(1), content).await;
            assert_eq!(sealed.len(), content.len() + SEALED_BYTES_MORE);
            assert!(content.len() < 4 || !sealed.windows(content.len()).any(|part| part == content));
            assert_eq!(open(&db, &sealer, school(1), &sealed).await.unwrap(), content);
            assert_ne!(seal(&db, &sealer, school(1), content).await, sealed, "each sealing has its own nonce");
        }
    })
    .await;
}

#[tokio::test]
async fn a_sealed_value_opens_only_where_it_belongs() {
    let place = fresh_sqlite().await;
    let db = &place.db;
    let sealer = Sealer::new(master(), vec![]);
    let sealed = seal(db, &sealer, school(1), b"secret").await;
    seal(db, &sealer, school(2), b"other").await;
    assert!(matches!(open(db, &sealer, school(2), &sealed).await.unwrap_err(), Error::Tampered(_)));
    let mut tx = db.write(school(1)).await.unwrap();
    let other = sealer.keys_to_seal(&mut tx, "totp").await.unwrap();
    assert!(matches!(other.open(HERE, &sealed).unwrap_err(), Error::Tampered(_)));
    let keys = sealer.keys(&mut tx, "concerns").await.unwrap();
    for elsewhere in
        [Place { table: "cases", ..HERE }, Place { row: Uuid::from_u128(10), ..HERE }, Place { column: "note", ..HERE }]
    {
        assert!(matches!(keys.open(elsewhere, &sealed).unwrap_err(), Error::Tampered(_)), "{elsewhere:?}");
    }
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(matches!(keys.open(HERE, &changed).unwrap_err(), Error::Tampered(_)), "byte {at}");
        assert!(keys.open(HERE, &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[tokio::test]
async fn a_key_moved_or_changed_in_the_database_does_not_unwrap() {
    let changes = [
        "UPDATE sealed_key SET wrapped = (SELECT k.wrapped FROM sealed_key k WHERE k.purpose = 'totp') WHERE purpose = 'concerns'",
        "UPDATE sealed_key SET id = x'00000000000000000000000000000001' WHERE purpose = 'concerns'",
        "UPDATE sealed_key SET version = 2 WHERE purpose = 'concerns'",
        "UPDATE sealed_key SET wrapped = x'01' WHERE purpose = 'concerns'",
    ];
    for change in changes {
        let place = fresh_sqlite().await;
        let sealer = Sealer::new(master(), vec![]);
        let sealed = seal(&place.db, &sealer, school(1), b"secret").await;
        let mut tx = place.db.write(school(1)).await.unwrap();
        sealer.keys_to_seal(&mut tx, "totp").await.unwrap();
        tx.run(change, args![]).await.unwrap();
        tx.commit(deed()).await.unwrap();
        assert!(
            matches!(open(&place.db, &sealer, school(1), &sealed).await.unwrap_err(), Error::Tampered(_)),
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_data_key_is_changed_and_older_values_still_open() {
    on_both(|db| async move {
        let sealer = Sealer::new(master(), vec![]);
        let old = seal(&db, &sealer, school(1), b"old").await;
        let mut tx = db.write(school(1)).await.unwrap();
        let keys = sealer.rotate(&mut tx, "concerns").await.unwrap();
        assert!(!keys.is_newest(&old));
        tx.commit(deed()).await.unwrap();
        let new = seal(&db, &sealer, school(1), b"new").await;
        assert!(keys.is_newest(&new));
        assert_eq!(open(&db, &sealer, school(1), &old).await.unwrap(), b"old");
        assert_eq!(open(&db, &sealer, school(1), &new).await.unwrap(), b"new");
    })
    .await;
}

#[tokio::test]
async fn every_data_key_of_every_school_is_changed_at_once() {
    on_both(|db| async move {
        let sealer = Sealer::new(master(), vec![]);
        let old = [seal(&db, &sealer, school(1), b"old").await, seal(&db, &sealer, school(2), b"old").await];
        assert_eq!(sealer.rotate_all(&db).await.unwrap(), 2);
        for (number, old) in [1, 2].into_iter().zip(old) {
            let keys = sealer.keys(&mut db.read(school(number)).await.unwrap(), "concerns").await.unwrap();
            assert!(!keys.is_newest(&old));
            assert_eq!(open(&db, &sealer, school(number), &old).await.unwrap(), b"old");
        }
    })
    .await;
}

#[tokio::test]
async fn the_master_key_is_changed_while_both_old_and_new_processes_run() {
    on_both(|db| async move {
        let (old, old_too) = master_twice();
        let (new, new_too) = master_twice();
        let before = Sealer::new(old, vec![]);
        let sealed = seal(&db, &before, school(1), b"secret").await;
        seal(&db, &before, school(2), b"secret").await;
        let during = Sealer::new(new, vec![old_too]);
        assert_eq!(open(&db, &during, school(1), &sealed).await.unwrap(), b"secret");
        assert_eq!(during.rewrap(&db).await.unwrap(), 2);
        assert_eq!(during.rewrap(&db).await.unwrap(), 0);
        let after = Sealer::new(new_too, vec![]);
        assert_eq!(open(&db, &after, school(1), &sealed).await.unwrap(), b"secret");
        let refused = open(&db, &before, school(1), &sealed).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(said) if said.contains("not given")), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_key_made_in_a_write_that_is_dropped_is_not_used_again() {
    let place = fresh_sqlite().await;
    let sealer = Sealer::new(master(), vec![]);
    let mut tx = place.db.write(school(1)).await.unwrap();
    let lost = sealer.seal(&mut tx, "concerns", HERE, b"never kept").await.unwrap();
    drop(tx);
    let missing = open(&place.db, &sealer, school(1), &lost).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound));
    let kept = seal(&place.db, &sealer, school(1), b"kept").await;
    assert_eq!(open(&place.db, &sealer, school(1), &kept).await.unwrap(), b"kept");
    assert!(matches!(open(&place.db, &sealer, school(1), &lost).await.unwrap_err(), Error::Tampered(_)));
}

#[tokio::test]
async fn a_value_with_its_own_key_is_gone_with_the_key() {
    on_both(|db| async move {
        let sealer = Sealer::new(master(), vec![]);
        let key_place = Place { column: "own_key", ..HERE };
        let mut tx = db.write(school(1)).await.unwrap();
        let keys = sealer.keys_to_seal(&mut tx, "pictures").await.unwrap();
        let own = OwnKey::make().unwrap();
        let (wrapped, sealed) = (own.wrapped(&keys, key_place).unwrap(), own.seal(HERE, b"pixels").unwrap());
        tx.commit(deed()).await.unwrap();
        let again = OwnKey::unwrapped(&keys, key_place, &wrapped).unwrap();
        assert_eq!(again.open(HERE, &sealed).unwrap().as_slice(), b"pixels");
        assert!(matches!(again.open(key_place, &sealed), Err(Error::Tampered(_))), "it opens only in its own place");
        assert!(matches!(OwnKey::unwrapped(&keys, HERE, &wrapped), Err(Error::Tampered(_))));
        let other = OwnKey::make().unwrap();
        assert!(matches!(other.open(HERE, &sealed), Err(Error::Tampered(_))), "no other key opens it");
    })
    .await;
}

#[tokio::test]
async fn a_master_key_is_proved_by_every_key_that_it_wraps() {
    on_both(|db| async move {
        let folder = tempfile::tempdir().unwrap();
        let key = |name: &str| Master::create_file(&folder.path().join(name)).unwrap();
        let again = |name: &str| Master::open_file(&folder.path().join(name)).unwrap();
        let (old, new) = (Sealer::new(key("old"), Vec::new()), Sealer::new(key("new"), Vec::new()));
        new.prove(&db).await.expect("nothing is sealed yet");
        for of in [school(1), school(2)] {
            let mut tx = db.write(of).await.unwrap();
            old.keys_to_seal(&mut tx, "test").await.unwrap();
            tx.commit(Deed::by_program().did("test.sealed")).await.unwrap();
        }
        old.prove(&db).await.expect("the right key");
        let refused = new.prove(&db).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid(said) if said.contains("is not the one that this place is sealed with")),
            "{refused}"
        );
        let both = Sealer::new(again("new"), vec![again("old")]);
        both.prove(&db).await.expect("in the middle of a change");
        let mut tx = db.write(school(2)).await.unwrap();
        both.rotate(&mut tx, "test").await.unwrap();
        tx.commit(Deed::by_program().did("test.rotated")).await.unwrap();
        for one_only in [&old, &new] {
            assert!(one_only.prove(&db).await.is_err(), "some keys are wrapped by the other");
        }
        both.rewrap(&db).await.unwrap();
        new.prove(&db).await.expect("everything is wrapped anew");
        assert!(old.prove(&db).await.is_err());
    })
    .await;
}
