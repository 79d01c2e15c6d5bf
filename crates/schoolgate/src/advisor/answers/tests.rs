//! Kept answers, on both engines.

use std::sync::Arc;

use store::testing::on_both;
use store::{Db, SchoolId};
use tempfile::TempDir;

use super::*;
use crate::access::Proof;
use crate::access::role::{Role, Roles};
use crate::advisor::journey::Answer as Given;
use crate::clock::Fixed;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::policies;
use crate::registers::links;
use crate::registers::links::link::{Tie, Whom, Words};

async fn school(db: Db) -> (App, SchoolId, TempDir) {
    let keys = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let app = app_on(db, clock, keys.path());
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    policies::put_shipped_in_force(&app, school, "rattlesden").await.expect("in force");
    (app, school, keys)
}

async fn somebody(app: &App, school: SchoolId, name: &str, role: Role) -> Caller {
    let about = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role, starts_on: jiff::civil::date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(app, school, &about, spell).await.expect("a person");
    Caller {
        school,
        person,
        called: name.to_owned(),
        school_name: "Oakfield Primary School".to_owned(),
        roles: Roles::from([role]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    }
}

#[tokio::test]
async fn what_is_kept_is_its_person_s_alone_and_can_be_deleted() {
    on_both(|db| async {
        let (app, school, _keys) = school(db).await;
        let ada = somebody(&app, school, "Ada Bell", Role::Teacher).await;
        let head = somebody(&app, school, "Grace Osei", Role::Headteacher).await;
        let (mut journey, policy) = crate::advisor::start(&app, &ada, "connect-accept").await.expect("a journey");
        journey.answer(Given::new("target.relations", &["parent"]));
        journey.answer(Given::new("time", &["outside"]));
        assert!(list(&app, &ada).await.expect("answers").is_empty(), "asking keeps nothing");
        let id = keep(&app, &ada, &journey, &policy).await.expect("kept");
        let kept = show(&app, &ada, id).await.expect("an answer");
        assert_eq!(kept.answer.said, "You may, with caution");
        assert_eq!(kept.answer.version, policy.version);
        assert!(
            kept.answer.known.iter().any(|(_, said, source)| said == "a teacher" && source == "the school's records")
        );
        assert_eq!(list(&app, &ada).await.expect("answers"), [kept]);
        for other in [&head, &Caller { school: SchoolId::new(Uuid::from_u128(9)), ..ada.clone() }] {
            assert!(matches!(show(&app, other, id).await, Err(Error::NotFound)));
            assert!(matches!(delete(&app, other, id).await, Err(Error::NotFound)));
        }
        assert!(list(&app, &head).await.expect("answers").is_empty());
        delete(&app, &ada, id).await.expect("deleted");
        assert!(matches!(show(&app, &ada, id).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_reader_of_the_database_does_not_learn_what_was_asked() {
    on_both(|db| async {
        let (app, school, _keys) = school(db).await;
        let ada = somebody(&app, school, "Ada Bell", Role::Teacher).await;
        let (mut journey, policy) = crate::advisor::start(&app, &ada, "connect-accept").await.expect("a journey");
        journey.answer(Given::new("target.relations", &["pupil"]));
        let id = keep(&app, &ada, &journey, &policy).await.expect("kept");
        let mut read = app.db.read(school).await.expect("a snapshot");
        let row = queries::find(&mut read, id, ada.person).await.expect("a row").expect("a row");
        let text = String::from_utf8_lossy(&row.sealed).into_owned();
        assert!(!text.contains("pupil") && !text.contains("friend"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn answers_that_our_form_would_not_send_are_not_kept() {
    on_both(|db| async {
        let (app, school, _keys) = school(db).await;
        let ada = somebody(&app, school, "Ada Bell", Role::Teacher).await;
        let (mut journey, policy) = crate::advisor::start(&app, &ada, "connect-accept").await.expect("a journey");
        journey.answer(Given::new("target.relations", &["dragon"]));
        assert!(matches!(keep(&app, &ada, &journey, &policy).await, Err(Error::Refused(_))));
        assert!(list(&app, &ada).await.expect("answers").is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_s_own_declared_ties_are_offered_and_nobody_else_s() {
    on_both(|db| async {
        let (app, school, _keys) = school(db).await;
        let ada = somebody(&app, school, "Ada Bell", Role::Teacher).await;
        let ben = somebody(&app, school, "Ben Cole", Role::Teacher).await;
        let words = Words { name: "Leanne Foster".into(), about: String::new() };
        let given = links::Declared { whom: Whom::Parent, tie: Tie::Family, words };
        let id = links::declare(&app, &ada, &given).await.expect("declared");
        let (mut journey, policy) = crate::advisor::start(&app, &ada, "connect-accept").await.expect("a journey");
        assert_eq!(journey.ties[0].label, "Leanne Foster (a parent or carer)");
        let line = format!("about={id}");
        journey.answer(crate::advisor::pages::carried(&journey, &line).expect("offered"));
        let known = journey.known(policy.vocabulary());
        let declared: Vec<&str> =
            known.iter().filter(|k| k.source == "what you have declared").map(|k| k.path.as_str()).collect();
        assert_eq!(declared, ["target.relations", "link.declared", "link.kind"]);
        let (other, _) = crate::advisor::start(&app, &ben, "connect-accept").await.expect("a journey");
        assert!(other.ties.is_empty());
        assert!(matches!(crate::advisor::pages::carried(&other, &line), Err(Error::Invalid(_))));
        links::end(&app, &ada, id).await.expect("ended");
        let (after, _) = crate::advisor::start(&app, &ada, "connect-accept").await.expect("a journey");
        assert!(after.ties.is_empty());
    })
    .await;
}
