//! A family's way, and everything that is tried on it.

use jiff::civil::{Date, date};
use store::testing::on_both;
use uuid::Uuid;

use super::links::{self, Checked, FormView, Sent, TRIES_MAX, Typed, Wanted, Way};
use super::receipts;
use crate::access::role::Role;
use crate::clock;
use crate::error::Error;
use crate::people::accounts::Carried;
use crate::permissions::*;
use crate::roster::tests::fixture::{Elm, elm};

const BORN: Date = date(2017, 3, 14);

async fn elm_with_purposes(db: store::Db) -> Elm {
    let elm = elm(db).await;
    purposes::begin(&elm.app, elm.school).await.expect("purposes");
    elm
}

async fn invited(elm: &Elm, adult: Uuid, way: Way) -> links::Invitation {
    links::invite(&elm.app, &elm.caller(Role::Office), elm.rose, adult, way).await.expect("an invitation")
}

async fn form(elm: &Elm, link: &Carried) -> FormView {
    match links::check(&elm.app, link, &Typed::BirthDate(BORN)).await.expect("an answer") {
        Checked::Form(view) => *view,
        Checked::Wrong => panic!("the date of birth is right"),
        Checked::Gone => panic!("the link is good"),
    }
}

fn all(view: &FormView, decision: Decision) -> Sent {
    let answers = view.purposes.iter().map(|purpose| (purpose.code.clone(), decision)).collect();
    Sent { ticket: view.ticket.clone(), seen: view.seen, language: "en".into(), answers }
}

async fn is_shown(elm: &Elm) -> bool {
    let mut read = elm.app.db.read(elm.school).await.expect("a read");
    let today = clock::today(elm.app.clock.as_ref());
    let all = standing(&mut read, &[elm.rose], "website", ChannelKind::Website, today).await.expect("standings");
    all[0].may_be_shown()
}

#[tokio::test]
async fn a_parent_answers_once_and_withdraws_with_one_press() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let link = invited(&elm, elm.folake, Way::Mail).await.link;
        let view = form(&elm, &link).await;
        assert!(view.own.is_empty() && view.called == "Rose Adeyemi");
        let done = links::answer(&elm.app, &link, all(&view, Decision::Yes)).await.expect("an answer").expect("taken");
        assert!(is_shown(&elm).await);
        // The link is used up, for the same form as for a new one.
        assert!(links::answer(&elm.app, &link, all(&view, Decision::Yes)).await.expect("an answer").is_none());
        assert_eq!(links::wanted(&elm.app, &link).await.expect("an answer"), None);
        // The receipt is bound to what was said, shows it to whoever knows the child, and withdraws for whoever holds it.
        let found = receipts::find(&elm.app, &done.receipt).await.expect("an answer").expect("a receipt");
        assert!(found.is_unchanged() && !found.answers.contains("Rose"));
        for field in ["record_id", "pii_principal_id", "pii_controller", "jurisdiction", "lawful_basis", "event_time"] {
            assert!(found.answers.contains(field), "{field}");
        }
        let wrong = receipts::open(&elm.app, &done.receipt, &Typed::BirthDate(date(2017, 3, 15))).await;
        assert!(wrong.expect("an answer").is_none());
        assert!(receipts::open(&elm.app, &done.receipt, &Typed::BirthDate(BORN)).await.expect("an answer").is_some());
        receipts::withdraw(&elm.app, &done.receipt).await.expect("an answer").expect("withdrawn");
        assert!(!is_shown(&elm).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_the_other_adult_shows_and_unknown_authority_is_no_yes() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let mothers = invited(&elm, elm.folake, Way::Mail).await.link;
        let view = form(&elm, &mothers).await;
        links::answer(&elm.app, &mothers, all(&view, Decision::No)).await.expect("an answer").expect("taken");
        // Of the second adult nobody knows whether they decide.
        let others = invited(&elm, elm.dele, Way::Mail).await.link;
        let view = form(&elm, &others).await;
        assert!(view.own.is_empty(), "the mother's answers stay hers");
        links::answer(&elm.app, &others, all(&view, Decision::Yes)).await.expect("an answer").expect("taken");
        assert!(!is_shown(&elm).await);
        let again = invited(&elm, elm.folake, Way::Mail).await.link;
        let view = form(&elm, &again).await;
        assert!(view.own.iter().all(|(_, decision)| *decision == Decision::No) && !view.own.is_empty());
        links::answer(&elm.app, &again, all(&view, Decision::Yes)).await.expect("an answer").expect("taken");
        assert!(is_shown(&elm).await, "a yes of unknown authority takes nothing away either");
    })
    .await;
}

#[tokio::test]
async fn a_link_that_lies_is_old_or_is_tried_too_often_is_gone() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let first = invited(&elm, elm.folake, Way::Mail).await.link;
        let second = invited(&elm, elm.folake, Way::Mail).await.link;
        assert_eq!(links::wanted(&elm.app, &first).await.expect("an answer"), None, "a newer link revokes it");
        assert_eq!(links::wanted(&elm.app, &second).await.expect("an answer"), Some(Wanted::BirthDate));
        // Another school's number before the same token.
        let forged = Carried { school: store::SchoolId::new(Uuid::now_v7()), token: second.token.clone() };
        assert_eq!(links::wanted(&elm.app, &forged).await.expect("an answer"), None);
        // A form that nobody was shown.
        let made_up = Sent { ticket: "x".repeat(43), seen: 0, language: "en".into(), answers: vec![] };
        assert!(links::answer(&elm.app, &second, made_up).await.expect("an answer").is_none());
        for number in 1..=TRIES_MAX {
            let wrong = links::check(&elm.app, &second, &Typed::BirthDate(date(2017, 3, 15))).await.expect("an answer");
            let is_gone = matches!(wrong, Checked::Gone);
            assert_eq!(is_gone, number == TRIES_MAX, "try {number}");
        }
        let right = links::check(&elm.app, &second, &Typed::BirthDate(BORN)).await.expect("an answer");
        assert!(matches!(right, Checked::Gone), "the right answer comes too late");
        let third = invited(&elm, elm.folake, Way::Mail).await.link;
        elm.clock.advance_millis(15 * 24 * 60 * 60 * 1_000);
        assert_eq!(links::wanted(&elm.app, &third).await.expect("an answer"), None);
    })
    .await;
}

#[tokio::test]
async fn a_letter_s_code_leads_to_its_link_and_a_code_stands_in_for_an_unknown_birth_date() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let letter = invited(&elm, elm.folake, Way::Letter).await;
        let code = letter.letter_code.expect("a letter has a code");
        let found = links::by_letter(&elm.app, &code.to_uppercase().replace('-', " ")).await.expect("an answer");
        assert_eq!(found, Some(letter.link));
        assert_eq!(links::by_letter(&elm.app, "7k2m-0pqx-c4hd-9tzw").await.expect("an answer"), None);
        assert_eq!(links::by_letter(&elm.app, "no code").await.expect("an answer"), None);
        // Nobody knows when Zoë was born, and nobody is responsible for her yet.
        let nobody = links::invite(&elm.app, &elm.caller(Role::Office), elm.zoe, elm.folake, Way::Mail).await;
        assert!(matches!(nobody, Err(Error::NotFound)));
        let teacher = links::invite(&elm.app, &elm.caller(Role::Teacher), elm.rose, elm.folake, Way::Mail).await;
        assert!(matches!(teacher, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_form_that_was_open_all_the_time_cannot_raise() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let link = invited(&elm, elm.folake, Way::Mail).await.link;
        let view = form(&elm, &link).await;
        // By telephone, the same parent says no meanwhile.
        let given = Withdrawing {
            person: elm.rose,
            decider: elm.folake,
            authority: Authority::ParentalResponsibility,
            route: Route::Telephone,
            purposes: None,
            evidence: None,
            entered_by: Some(elm.head),
        };
        let deed = store::Deed::by(elm.head).did("permissions.withdrawn");
        withdraw(&elm.app, elm.school, &given, deed).await.expect("withdrawn");
        let stale = links::answer(&elm.app, &link, all(&view, Decision::Yes)).await;
        assert!(matches!(stale, Err(Error::Conflict)));
        assert!(!is_shown(&elm).await);
        // The link itself is still good, for a fresh look.
        let view = form(&elm, &link).await;
        links::answer(&elm.app, &link, all(&view, Decision::No)).await.expect("an answer").expect("taken");
    })
    .await;
}
