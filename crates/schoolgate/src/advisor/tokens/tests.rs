//! Keys of programs, on both engines.

use std::sync::Arc;

use store::Db;
use store::testing::on_both;
use tempfile::TempDir;

use super::*;
use crate::access::Proof;
use crate::access::role::{Role, Roles};
use crate::clock::Fixed;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};

async fn school(db: Db) -> (App, Caller, TempDir) {
    let keys = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let app = app_on(db, clock, keys.path());
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    let about = Particulars { name: "Grace Osei".to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role: Role::Headteacher, starts_on: jiff::civil::date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(&app, school, &about, spell).await.expect("a person");
    let caller = Caller {
        school,
        person,
        called: "Grace".to_owned(),
        school_name: "Oakfield Primary School".to_owned(),
        roles: Roles::from([Role::Headteacher]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    };
    (app, caller, keys)
}

#[tokio::test]
async fn a_key_opens_its_own_school_until_it_is_ended() {
    on_both(|db| async {
        let (app, head, _keys) = school(db).await;
        let key = make(&app, &head, " The intranet ").await.expect("a key");
        let admitted = admit(&app, &key).await.expect("an answer").expect("a key in use");
        assert_eq!(admitted.school, head.school);
        let listed = list(&app, &head).await.expect("keys");
        assert_eq!((listed[0].name.as_str(), listed[0].maker.as_deref()), ("The intranet", Some("Grace Osei")));
        end(&app, &head, listed[0].id).await.expect("ended");
        end(&app, &head, listed[0].id).await.expect("ended already");
        assert_eq!(admit(&app, &key).await.expect("an answer"), None);
        assert!(list(&app, &head).await.expect("keys")[0].ended_at.is_some());
        assert!(matches!(end(&app, &head, Uuid::now_v7()).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_key_opens_nothing() {
    on_both(|db| async {
        let (app, head, _keys) = school(db).await;
        let key = make_at_server(&app, head.school, "The intranet").await.expect("a key");
        assert!(admit(&app, &key).await.expect("an answer").is_some());
        let other = Carried { school: SchoolId::new(Uuid::from_u128(9)), token: Token::random() }.shown();
        let moved = format!("{MARK}{}{}", Uuid::from_u128(9).simple(), &key[MARK.len() + 32..]);
        for wrong in ["", "sgk_", &key[4..], &key[..key.len() - 1], &format!("{MARK}{other}"), &moved] {
            assert_eq!(admit(&app, wrong).await.expect("an answer"), None, "{wrong}");
        }
        assert!(matches!(make_at_server(&app, head.school, " ").await, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn only_some_make_keys_and_only_just_after_they_confirmed_who_they_are() {
    on_both(|db| async {
        let (app, head, _keys) = school(db).await;
        let teacher = Caller { roles: Roles::from([Role::Teacher]), ..head.clone() };
        assert!(matches!(make(&app, &teacher, "x").await, Err(Error::NotFound)));
        assert!(matches!(list(&app, &teacher).await, Err(Error::NotFound)));
        let stale = Caller { proof: Proof::Old, ..head.clone() };
        assert!(make(&app, &stale, "x").await.is_err());
        for number in 0..IN_USE_MAX {
            make(&app, &head, &format!("program {number}")).await.expect("a key");
        }
        assert!(matches!(make(&app, &head, "one more").await, Err(Error::Refused(_))));
    })
    .await;
}
