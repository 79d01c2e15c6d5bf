//! Passkeys on both engines, with a device in software that can be made to lie.

use std::net::{IpAddr, Ipv4Addr};

use store::testing::on_both;
use uuid::Uuid;

use super::{Carried, Outcome};
use crate::access::Proof;
use crate::people::accounts;
use crate::people::tests::device::Device;
use crate::people::tests::fixture::*;

async fn challenge(oakfield: &Oakfield) -> (Uuid, String) {
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    accounts::begin_passkey_sign_in(&oakfield.app, from).await.expect("an answer").expect("a ceremony")
}

async fn show(oakfield: &Oakfield, device: &mut Device) -> Outcome {
    let (ceremony, challenge) = challenge(oakfield).await;
    let answer = device.sign(&challenge);
    accounts::finish_passkey_sign_in(&oakfield.app, ceremony, &answer, "").await.expect("an outcome")
}

/// Adds the device's passkey to whoever `carried` is.
async fn added(oakfield: &Oakfield, carried: &Carried, device: &mut Device) -> Option<accounts::Earned> {
    let caller = oakfield.caller(carried).await;
    let offer = accounts::begin_passkey(&oakfield.app, &caller).await.expect("an offer");
    let answer = device.make(&offer.challenge);
    accounts::add_passkey(&oakfield.app, &caller, offer.ceremony, &answer, " My phone ").await.expect("an answer")
}

#[tokio::test]
async fn a_passkey_is_both_factors() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let mut phone = Device::new(1);
        let earned =
            added(&oakfield, &oakfield.come_in("ada@oakfield.test").await, &mut phone).await.expect("a passkey");
        assert_eq!(earned.codes.len(), 10);
        let Outcome::In(carried) = show(&oakfield, &mut phone).await else { panic!("not in") };
        let caller = oakfield.caller(&carried).await;
        assert_eq!((caller.person, caller.proof), (oakfield.teacher, Proof::Fresh));
        let overview = accounts::overview(&oakfield.app, &caller).await.expect("an overview");
        assert_eq!(overview.passkeys[0].name, "My phone");
        assert!(overview.passkeys[0].used_at.is_some());
        // A password alone is not enough any more; a recovery code stands in for the device.
        let Outcome::CodeWanted(half) = oakfield.try_in("ada@oakfield.test", PASSWORD).await else { panic!("in") };
        let given = accounts::give_code(&oakfield.app, &half, &earned.codes[3]).await.expect("an outcome");
        assert!(matches!(given, Outcome::In(_)));
        // Proof goes by passkey too, and a removed passkey opens nothing.
        let (ceremony, challenge) = challenge(&oakfield).await;
        let answer = phone.sign(&challenge);
        let proved = accounts::prove_with_passkey(&oakfield.app, &caller, ceremony, &answer).await.expect("an outcome");
        let Outcome::In(carried) = proved else { panic!("not proved") };
        let caller = oakfield.caller(&carried).await;
        accounts::remove_passkey(&oakfield.app, &caller, overview.passkeys[0].id).await.expect("removed");
        assert_eq!(show(&oakfield, &mut phone).await, Outcome::Wrong);
        assert!(matches!(oakfield.try_in("ada@oakfield.test", PASSWORD).await, Outcome::In(_)));
    })
    .await;
}

#[tokio::test]
async fn a_passkey_that_lies_is_refused() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (mut phone, mut thief) = (Device::new(1), Device::new(2));
        added(&oakfield, &oakfield.come_in("ada@oakfield.test").await, &mut phone).await.expect("a passkey");
        let head = oakfield.come_in("grace@oakfield.test").await;
        let head = added(&oakfield, &head, &mut thief).await.expect("a passkey").carried;
        let ada = phone.user.clone();

        let own = std::mem::replace(&mut thief.user, ada);
        assert_eq!(show(&oakfield, &mut thief).await, Outcome::Wrong, "a key of another account");
        let id = std::mem::replace(&mut thief.id, phone.id);
        assert_eq!(show(&oakfield, &mut thief).await, Outcome::Wrong, "another key under a known number");
        (thief.user, thief.id) = (own, id);
        assert!(matches!(show(&oakfield, &mut thief).await, Outcome::In(_)), "the honest answer is heard");

        phone.origin = "http://localhost.evil.test:8080";
        assert_eq!(show(&oakfield, &mut phone).await, Outcome::Wrong, "an answer given to another site");
        phone.origin = "http://localhost:8080";
        phone.verifies = false;
        assert_eq!(show(&oakfield, &mut phone).await, Outcome::Wrong, "nobody's finger");
        phone.verifies = true;
        assert!(matches!(show(&oakfield, &mut phone).await, Outcome::In(_)));
        phone.counter = 0;
        assert_eq!(show(&oakfield, &mut phone).await, Outcome::Wrong, "a copied key");

        // Somebody else's passkey proves nothing about the caller.
        let caller = oakfield.caller(&head).await;
        phone.counter = 100;
        let (ceremony, challenge) = challenge(&oakfield).await;
        let answer = phone.sign(&challenge);
        let crossed =
            accounts::prove_with_passkey(&oakfield.app, &caller, ceremony, &answer).await.expect("an outcome");
        assert_eq!(crossed, Outcome::Wrong);
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_heard_once_and_only_for_its_own_challenge() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let mut phone = Device::new(1);
        let carried = oakfield.come_in("ada@oakfield.test").await;
        added(&oakfield, &carried, &mut phone).await.expect("a passkey");
        let ((first, challenge_one), (second, challenge_two)) =
            (challenge(&oakfield).await, challenge(&oakfield).await);
        let finish = |ceremony: Uuid, answer: String| {
            let app = oakfield.app.clone();
            async move { accounts::finish_passkey_sign_in(&app, ceremony, &answer, "").await.expect("an outcome") }
        };
        assert_eq!(finish(second, phone.sign(&challenge_one)).await, Outcome::Wrong, "for another challenge");
        let answer = phone.sign(&challenge_one);
        assert!(matches!(finish(first, answer.clone()).await, Outcome::In(_)));
        assert_eq!(finish(first, answer).await, Outcome::Wrong, "replayed");
        assert_eq!(finish(second, phone.sign(&challenge_two)).await, Outcome::Wrong, "its ceremony was used up");
        let (late, challenge) = challenge(&oakfield).await;
        oakfield.clock.advance_millis(super::passkey::CEREMONY_MS);
        assert_eq!(finish(late, phone.sign(&challenge)).await, Outcome::Wrong, "too late");
    })
    .await;
}

#[tokio::test]
async fn one_passkey_belongs_to_one_account() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let mut phone = Device::new(1);
        added(&oakfield, &oakfield.come_in("ada@oakfield.test").await, &mut phone).await.expect("a passkey");
        let caller = oakfield.caller(&oakfield.come_in("grace@oakfield.test").await).await;
        let offer = accounts::begin_passkey(&oakfield.app, &caller).await.expect("an offer");
        let answer = phone.make(&offer.challenge);
        let again = accounts::add_passkey(&oakfield.app, &caller, offer.ceremony, &answer, "").await;
        assert!(matches!(again, Err(crate::error::Error::Conflict)));
    })
    .await;
}
