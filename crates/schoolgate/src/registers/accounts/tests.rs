//! The verbs about official accounts on both engines: who may, what is kept sealed, and what a withdrawn password does.

use channels::fake::{Answer, Fake};
use channels::{Client, Reach};
use store::testing::on_both;

use super::account::Known;
use super::*;
use crate::access::Proof;
use crate::registers::tests::{Oakfield, oakfield};

fn details(oakfield: &Oakfield, kind: Kind, service: &str) -> Details {
    Details {
        kind,
        name: "School".into(),
        address: "https://social.oakfield.test/@school".into(),
        service: service.into(),
        handle: "oakfield.test".into(),
        purpose: "News".into(),
        responsible: oakfield.head,
        recovery: String::new(),
        second_factor: Known::Yes,
    }
}

fn token(text: &str) -> Given {
    Given::parse(text).expect("a token")
}

/// The app of a school whose accounts are on this machine.
fn near(oakfield: &Oakfield) -> App {
    App { outside: Client::new(Reach::Anywhere, std::sync::Arc::new(|| 1_795_262_400_000)), ..oakfield.app.clone() }
}

/// A server that knows one token and refuses every other.
async fn server(good: &'static str) -> Fake {
    Fake::start(move |request| match (request.header("authorization"), request.path.as_str()) {
        (Some(given), _) if given != format!("Bearer {good}") => {
            Answer::json(401, r#"{"error":"The access token is invalid"}"#)
        }
        (_, "/api/v1/accounts/verify_credentials") => Answer::json(200, r#"{"id":"1","acct":"school"}"#),
        (_, "/api/v2/instance") => Answer::json(200, r#"{"configuration":{"statuses":{"max_characters":777}}}"#),
        _ => Answer::json(404, "{}"),
    })
    .await
}

#[tokio::test]
async fn only_those_in_charge_keep_accounts_and_only_just_proved() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let app = &oakfield.app;
        let given = details(&oakfield, Kind::ByHand, "");
        let (head, teacher) = (oakfield.caller_head(), oakfield.caller_teacher());
        assert!(matches!(list(app, &teacher).await, Err(Error::NotFound)));
        assert!(matches!(add(app, &teacher, &given, None).await, Err(Error::NotFound)));
        let unproved = Caller { proof: Proof::Old, ..head.clone() };
        assert!(matches!(add(app, &unproved, &given, None).await, Err(Error::Refused(_))));
        let id = add(app, &head, &given, None).await.expect("an account");
        let all = list(app, &unproved).await.expect("a list");
        assert_eq!(all.iter().map(|account| account.id).collect::<Vec<_>>(), [oakfield.school.get(), id]);
        let elsewhere = Caller { school: oakfield.elsewhere, ..head.clone() };
        assert!(matches!(show(app, &elsewhere, id).await, Err(Error::NotFound)));
        assert!(matches!(retire(app, &elsewhere, (id, 1)).await, Err(Error::NotFound)));
        assert!(matches!(edit(app, &head, (id, 9), &given).await, Err(Error::Conflict)));
        let own = Details { kind: Kind::Website, ..given.clone() };
        assert!(matches!(add(app, &head, &own, None).await, Err(Error::Refused(_))));
        let nobody = Details { responsible: Uuid::now_v7(), ..given };
        assert!(matches!(add(app, &head, &nobody, None).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn an_account_on_a_private_network_is_refused_unless_the_settings_allow_it() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.caller_head();
        for service in ["http://social.oakfield.test/", "https://127.0.0.1/", "https://10.0.0.1/"] {
            let given = details(&oakfield, Kind::Mastodon, service);
            let refused = add(&oakfield.app, &head, &given, Some(&token("abc"))).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{service}");
            assert!(add(&near(&oakfield), &head, &given, Some(&token("abc"))).await.is_ok(), "{service}");
        }
    })
    .await;
}

#[tokio::test]
async fn credentials_are_sealed_and_a_withdrawn_one_is_noticed() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, head) = (near(&oakfield), oakfield.caller_head());
        let fake = server("fresh-token").await;
        let given = details(&oakfield, Kind::Mastodon, fake.url().as_str());
        let id = add(&app, &head, &given, Some(&token("stale-token"))).await.expect("an account");
        let kept = show(&app, &head, id).await.expect("an account");
        let sealed = kept.credentials.clone().expect("sealed credentials");
        assert!(!sealed.windows(5).any(|five| five == b"stale"));
        assert!(kept.is_ready(), "nothing is known against it yet");
        check_all(&app).await.expect("tried");
        let checked = show(&app, &head, id).await.expect("an account");
        assert_eq!((checked.finding, checked.is_ready()), (Some(Finding::Refused), false));
        replace_credentials(&app, &head, (id, checked.version), &token("fresh-token")).await.expect("replaced");
        let checked = check(&app, &head, id).await.expect("tried");
        assert_eq!((checked.finding, checked.limits().text_max), (Some(Finding::Works), 777));
        assert!(matches!(open(&app, oakfield.school, id).await, Ok(Way::Channel(_))));
        drop(fake);
        let checked = check(&app, &head, id).await.expect("tried");
        assert_eq!((checked.finding, checked.is_ready()), (Some(Finding::Unreachable), true));
        retire(&app, &head, (id, checked.version)).await.expect("retired");
        assert!(matches!(open(&app, oakfield.school, id).await, Err(Error::Refused(_))));
        let retired = show(&app, &head, id).await.expect("still in the list");
        assert_eq!((retired.credentials, retired.retired_at.is_some()), (None, true));
    })
    .await;
}

#[tokio::test]
async fn every_school_has_its_own_page_and_it_cannot_be_changed() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let id = oakfield.school.get();
        let own = find(&oakfield.app, oakfield.school, id).await.expect("the own page");
        assert!(own.is_ready() && own.details.address.ends_with(&format!("/news/{id}")));
        assert!(matches!(open(&oakfield.app, oakfield.school, id).await, Ok(Way::Channel(_))));
        let gone = retire(&oakfield.app, &oakfield.caller_head(), (id, 1)).await;
        assert!(matches!(gone, Err(Error::NotFound)));
        assert_eq!(genuine(&oakfield.app, oakfield.school).await.expect("a list").len(), 1);
        assert!(matches!(genuine(&oakfield.app, SchoolId::new(Uuid::now_v7())).await, Err(Error::NotFound)));
    })
    .await;
}
