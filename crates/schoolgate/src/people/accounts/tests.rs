//! The verbs of signing in on both engines, and above all what they refuse.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use store::testing::on_both;
use uuid::Uuid;

use super::{Carried, Outcome, Used};
use crate::access::role::Role;
use crate::access::{Proof, Roles};
use crate::clock::Clock;
use crate::people::tests::fixture::*;
use crate::people::{accounts, add, give_role, operator};

#[tokio::test]
async fn a_teacher_signs_in_is_admitted_and_signs_out() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let carried = oakfield.come_in(" ADA@oakfield.test").await;
        let caller = oakfield.caller(&carried).await;
        assert_eq!((caller.person, caller.school, caller.proof), (oakfield.teacher, oakfield.school, Proof::None));
        assert_eq!((caller.called.as_str(), caller.school_name.as_str()), ("Ada Bell", "Oakfield Primary School"));
        assert_eq!(caller.roles, Roles::from([Role::Teacher]));
        accounts::sign_out(&oakfield.app, &caller).await.expect("signed out");
        assert!(oakfield.admitted(&carried).await.is_none());
        assert!(is_not_found(accounts::sign_out(&oakfield.app, &caller).await));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_swept_and_what_lives_stays() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let old = oakfield.come_in("ada@oakfield.test").await;
        oakfield.clock.advance_millis(super::session::IDLE_MS);
        let alive = oakfield.come_in("grace@oakfield.test").await;
        accounts::sweep(&oakfield.app).await.expect("a sweep");
        let mut read = oakfield.app.db.read(oakfield.school).await.expect("a read");
        for (carried, is_kept) in [(&old, false), (&alive, true)] {
            let found = super::queries::find_session(&mut read, carried.token.hash()).await.expect("an answer");
            assert_eq!(found.is_some(), is_kept);
        }
        drop(read);
        let deeds = store::ledger::verify(&oakfield.app.db, &store::ledger::Known::default()).await.expect("sound");
        accounts::sweep(&oakfield.app).await.expect("a sweep");
        let again = store::ledger::verify(&oakfield.app.db, &store::ledger::Known::default()).await.expect("sound");
        let count = |all: &[store::ledger::Verified]| all.iter().map(|of| of.deeds).sum::<u64>();
        assert_eq!(count(&deeds), count(&again), "a sweep that finds nothing leaves no deed");
    })
    .await;
}

#[tokio::test]
async fn the_wrong_and_the_unknown_get_one_answer() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let long = "x".repeat(100_000);
        for (place, (address, password)) in [
            ("ada@oakfield.test", "wrong"),
            ("nobody@oakfield.test", PASSWORD),
            ("no address", PASSWORD),
            ("", ""),
            ("ada@oakfield.test", &long),
        ]
        .into_iter()
        .enumerate()
        {
            let place = u8::try_from(place).expect("few");
            assert_eq!(oakfield.try_from(address, password, place).await, Outcome::Wrong, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn tries_are_counted_alike_for_the_known_and_the_unknown_and_a_restart_forgets_nothing() {
    on_both(|db| async {
        let mut oakfield = oakfield(db.clone()).await;
        for address in ["ada@oakfield.test", "nobody@oakfield.test"] {
            for _ in 0..5 {
                assert_eq!(oakfield.try_in(address, "wrong").await, Outcome::Wrong);
            }
            assert!(matches!(oakfield.try_in(address, "wrong").await, Outcome::Wait { .. }), "{address}");
        }
        // Another program on the same database.
        oakfield.app = app_on(db, Arc::clone(&oakfield.clock), oakfield.keys.path());
        let Outcome::Wait { until } = oakfield.try_in("ada@oakfield.test", PASSWORD).await else { panic!("no wait") };
        assert_eq!(until.as_millisecond() - oakfield.clock.now().as_millisecond(), 15_000);
        oakfield.clock.advance_millis(15_000);
        assert!(matches!(oakfield.try_in("ada@oakfield.test", PASSWORD).await, Outcome::In(_)));
        assert_eq!(oakfield.try_in("ada@oakfield.test", "wrong").await, Outcome::Wrong, "the count begins again");
    })
    .await;
}

#[tokio::test]
async fn one_place_that_tries_many_addresses_must_wait() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let mut waited = None;
        for number in 0..70 {
            let address = format!("nobody{number}@oakfield.test");
            if let Outcome::Wait { .. } = oakfield.try_from(&address, "", 9).await {
                waited = Some(number);
                break;
            }
        }
        assert_eq!(waited, Some(60));
        assert!(matches!(oakfield.try_from("ada@oakfield.test", PASSWORD, 10).await, Outcome::In(_)));
    })
    .await;
}

#[tokio::test]
async fn ceremonies_cannot_be_begun_without_end() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        let mut begun = 0;
        while accounts::begin_passkey_sign_in(&oakfield.app, from).await.expect("an answer").is_some() {
            begun += 1;
            assert!(begun < 1_000, "they can");
        }
        assert_eq!(begun, 120);
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8));
        assert!(accounts::begin_passkey_sign_in(&oakfield.app, other).await.expect("an answer").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_idle_and_lives_while_used() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let carried = oakfield.come_in("ada@oakfield.test").await;
        let idle = accounts::session::IDLE_MS;
        for _ in 0..3 {
            oakfield.clock.advance_millis(idle - 1_000);
            assert!(oakfield.admitted(&carried).await.is_some());
        }
        oakfield.clock.advance_millis(idle);
        assert!(oakfield.admitted(&carried).await.is_none());
        oakfield.clock.advance_millis(-idle);
        assert!(oakfield.admitted(&carried).await.is_none(), "over is over, whatever the clock says then");
    })
    .await;
}

#[tokio::test]
async fn sign_out_everywhere_ends_all_of_ones_own_and_nobody_else_s() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (first, second) =
            (oakfield.come_in("ada@oakfield.test").await, oakfield.come_in("ada@oakfield.test").await);
        let other = oakfield.come_in("grace@oakfield.test").await;
        let (caller, head) = (oakfield.caller(&first).await, oakfield.caller(&other).await);
        assert!(is_not_found(accounts::end_session(&oakfield.app, &caller, head.session).await));
        accounts::sign_out_everywhere(&oakfield.app, &caller).await.expect("signed out");
        assert!(oakfield.admitted(&first).await.is_none());
        assert!(oakfield.admitted(&second).await.is_none());
        assert!(oakfield.admitted(&other).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_cookie_of_another_school_or_another_token_is_nobody() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let carried = oakfield.come_in("ada@oakfield.test").await;
        let elsewhere = operator::open_school(&oakfield.app, "Westacre Junior School").await.expect("a school");
        let moved = Carried { school: elsewhere, token: carried.token.clone() };
        let guessed = Carried { school: oakfield.school, token: accounts::token::Token::random() };
        assert!(oakfield.admitted(&moved).await.is_none());
        assert!(oakfield.admitted(&guessed).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_code_is_wanted_after_the_password_and_never_accepted_twice() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, codes, whole) = oakfield.with_app(&oakfield.come_in("ada@oakfield.test").await).await;
        assert_eq!(codes.len(), accounts::token::RECOVERY_CODES);
        assert_eq!(oakfield.caller(&whole).await.proof, Proof::Fresh);
        oakfield.clock.advance_millis(60_000);
        let Outcome::CodeWanted(half) = oakfield.try_in("ada@oakfield.test", PASSWORD).await else { panic!("in") };
        assert!(oakfield.admitted(&half).await.is_none(), "half a session opens nothing");
        let code = app.code_at(oakfield.clock.now().as_millisecond());
        let give = |carried: Carried, code: String| {
            let app = oakfield.app.clone();
            async move { accounts::give_code(&app, &carried, &code).await.expect("an outcome") }
        };
        assert_eq!(give(half.clone(), "000000".into()).await, Outcome::Wrong);
        let Outcome::In(carried) = give(half.clone(), code.clone()).await else { panic!("not in") };
        assert_eq!(oakfield.caller(&carried).await.proof, Proof::Fresh);
        assert_eq!(give(half, code.clone()).await, Outcome::Wrong, "the half session is used up");
        let Outcome::CodeWanted(again) = oakfield.try_in("ada@oakfield.test", PASSWORD).await else { panic!("in") };
        assert_eq!(give(again.clone(), code).await, Outcome::Wrong, "a code seen over a shoulder");
        assert!(matches!(give(again, codes[0].to_uppercase()).await, Outcome::In(_)));
        let Outcome::CodeWanted(third) = oakfield.try_in("ada@oakfield.test", PASSWORD).await else { panic!("in") };
        assert_eq!(give(third.clone(), codes[0].clone()).await, Outcome::Wrong, "a recovery code works once");
        for _ in 0..4 {
            give(third.clone(), "000000".into()).await;
        }
        assert!(matches!(give(third, "000000".into()).await, Outcome::Wait { .. }), "codes are not guessed at leisure");
    })
    .await;
}

#[tokio::test]
async fn an_app_is_taken_into_use_only_with_its_code_and_removed_only_by_proof() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let carried = oakfield.come_in("ada@oakfield.test").await;
        let caller = oakfield.caller(&carried).await;
        assert!(is_not_found(accounts::remove_app(&oakfield.app, &caller).await));
        accounts::offer_app(&oakfield.app, &caller).await.expect("an offer");
        assert!(accounts::confirm_app(&oakfield.app, &caller, "000000").await.expect("an answer").is_none());
        assert!(matches!(oakfield.try_in("ada@oakfield.test", PASSWORD).await, Outcome::In(_)), "not in use yet");
        let (app, _, whole) = oakfield.with_app(&carried).await;
        assert!(oakfield.admitted(&carried).await.is_none(), "the token is new");
        oakfield.clock.advance_millis(accounts::session::FRESH_MS);
        let stale = oakfield.caller(&whole).await;
        assert_eq!(stale.proof, Proof::Old);
        assert!(wants_proof(accounts::remove_app(&oakfield.app, &stale).await));
        assert!(wants_proof(accounts::renew_recovery_codes(&oakfield.app, &stale).await));
        assert!(wants_proof(accounts::offer_app(&oakfield.app, &stale).await));
        let code = app.code_at(oakfield.clock.now().as_millisecond());
        let Outcome::In(fresh) = accounts::prove_with_code(&oakfield.app, &stale, &code).await.expect("an outcome")
        else {
            panic!("not proved")
        };
        let fresh = oakfield.caller(&fresh).await;
        assert_eq!(accounts::renew_recovery_codes(&oakfield.app, &fresh).await.expect("codes").len(), 10);
        accounts::remove_app(&oakfield.app, &fresh).await.expect("removed");
        let overview = accounts::overview(&oakfield.app, &fresh).await.expect("an overview");
        assert_eq!((overview.has_app, overview.recovery_codes_left), (false, 0));
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (here, there) = (oakfield.come_in("ada@oakfield.test").await, oakfield.come_in("ada@oakfield.test").await);
        let caller = oakfield.caller(&here).await;
        let change = |present: &'static str, wanted: &'static str| {
            let (app, caller) = (oakfield.app.clone(), caller.clone());
            async move { accounts::change_password(&app, &caller, present, wanted).await.expect("an answer") }
        };
        assert_eq!(change("wrong", "four green ladders").await, accounts::Changed::Wrong);
        assert!(matches!(change(PASSWORD, "adabell12345").await, accounts::Changed::Weak(_)));
        assert_eq!(change(PASSWORD, "four green ladders").await, accounts::Changed::Done);
        assert!(oakfield.admitted(&here).await.is_some());
        assert!(oakfield.admitted(&there).await.is_none());
        assert_eq!(oakfield.try_in("ada@oakfield.test", PASSWORD).await, Outcome::Wrong);
        assert!(matches!(oakfield.try_in("ada@oakfield.test", "four green ladders").await, Outcome::In(_)));
    })
    .await;
}

#[tokio::test]
async fn a_set_up_link_works_once_and_for_two_days() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.proved_head().await;
        let bo = add(&oakfield.app, &head, &particulars("Bo Lindqvist")).await.expect("a person");
        give_role(&oakfield.app, &head, bo, &since_september(Role::Volunteer)).await.expect("a role");
        let make = || async {
            let made = accounts::make_link(&oakfield.app, &head, bo, &address("bo@oakfield.test")).await;
            made.expect("an answer").expect("a link")
        };
        let (older, link) = (make().await, make().await);
        let from = (IpAddr::V4(Ipv4Addr::LOCALHOST), "");
        let used = |link: Carried, wanted: &'static str| {
            let app = oakfield.app.clone();
            async move { accounts::use_link(&app, &link, wanted, from).await.expect("an answer") }
        };
        assert!(matches!(used(older, PASSWORD).await, Used::Gone), "a newer link ends an older");
        assert!(matches!(used(link.clone(), "short").await, Used::Weak(_)));
        assert!(matches!(used(link.clone(), PASSWORD).await, Used::Entered(Outcome::In(_))));
        assert!(matches!(used(link, PASSWORD).await, Used::Gone), "once");
        assert!(matches!(oakfield.try_in("bo@oakfield.test", PASSWORD).await, Outcome::In(_)));
        let late = make().await;
        oakfield.clock.advance_millis(2 * DAY_MS);
        assert!(accounts::open_link(&oakfield.app, &late).await.expect("an answer").is_none());
        assert!(matches!(used(late, PASSWORD).await, Used::Gone), "two days");
    })
    .await;
}

#[tokio::test]
async fn a_link_keeps_the_second_factor() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        oakfield.with_app(&oakfield.come_in("ada@oakfield.test").await).await;
        let head = oakfield.proved_head().await;
        let made = accounts::make_link(&oakfield.app, &head, oakfield.teacher, &address("ada@oakfield.test")).await;
        let link = made.expect("an answer").expect("a link");
        let from = (IpAddr::V4(Ipv4Addr::LOCALHOST), "");
        let used = accounts::use_link(&oakfield.app, &link, "four green ladders", from).await.expect("an answer");
        assert!(matches!(used, Used::Entered(Outcome::CodeWanted(_))));
    })
    .await;
}

#[tokio::test]
async fn a_ceremony_is_answered_once_and_nonsense_is_wrong() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (ceremony, challenge) =
            accounts::begin_passkey_sign_in(&oakfield.app, from).await.expect("an answer").expect("a ceremony");
        assert!(challenge.contains("challenge"));
        for id in [ceremony, ceremony, Uuid::nil()] {
            let outcome = accounts::finish_passkey_sign_in(&oakfield.app, id, "{}", "").await.expect("an outcome");
            assert_eq!(outcome, Outcome::Wrong);
        }
        let caller = oakfield.caller(&oakfield.come_in("ada@oakfield.test").await).await;
        let offer = accounts::begin_passkey(&oakfield.app, &caller).await.expect("an offer");
        let refused =
            accounts::add_passkey(&oakfield.app, &caller, offer.ceremony, "{}", "x").await.expect("an answer");
        assert!(refused.is_none());
        let crossed = accounts::add_passkey(&oakfield.app, &caller, ceremony, "{}", "x").await.expect("an answer");
        assert!(crossed.is_none());
        assert!(is_not_found(accounts::remove_passkey(&oakfield.app, &caller, Uuid::nil()).await));
        assert!(is_not_found(accounts::name_passkey(&oakfield.app, &caller, Uuid::nil(), "x").await));
    })
    .await;
}

#[tokio::test]
async fn a_stolen_database_tells_neither_codes_nor_addresses_behind_hashes() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, _, _) = oakfield.with_app(&oakfield.come_in("ada@oakfield.test").await).await;
        let mut read = oakfield.app.db.read(oakfield.school).await.expect("a read");
        let account =
            super::queries::account_of(&mut read, oakfield.teacher).await.expect("a row").expect("an account");
        let sealed = account.authenticator.expect("an app");
        assert!(!sealed.windows(app.secret().len()).any(|part| part == app.secret().as_slice()));
        drop(read);
        // Moved into somebody else's row it does not open, and nobody signs in with it.
        let mut tx = oakfield.app.db.write(oakfield.school).await.expect("a write");
        let head = super::queries::account_of(&mut tx, oakfield.head).await.expect("a row").expect("an account");
        let forged = super::account::Account { authenticator: Some(sealed), ..head };
        super::queries::save_account(&mut tx, &forged).await.expect("saved");
        tx.commit(store::Deed::by_program().did("test.forged")).await.expect("a commit");
        let Outcome::CodeWanted(half) = oakfield.try_in("grace@oakfield.test", PASSWORD).await else { panic!("in") };
        let code = app.code_at(oakfield.clock.now().as_millisecond());
        assert!(accounts::give_code(&oakfield.app, &half, &code).await.is_err());
    })
    .await;
}
