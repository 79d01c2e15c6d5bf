//! The verbs about people on both engines, and above all what they refuse.

pub(crate) mod device;
pub(crate) mod fixture;

use jiff::civil::date;
use store::testing::on_both;

use super::accounts::{self, Outcome};
use super::person::Employed;
use super::*;
use crate::access::Proof;
use fixture::*;

#[tokio::test]
async fn somebody_who_leaves_is_out_at_once_and_cannot_come_back() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let carried = oakfield.come_in("ada@oakfield.test").await;
        let head = oakfield.proved_head().await;
        let held = show(&oakfield.app, &head, oakfield.teacher).await.expect("a person").held[0].clone();
        let seen = RoleSeen { person: oakfield.teacher, role: held.id, version: held.version };
        // Today is still a working day; tomorrow is not.
        end_role(&oakfield.app, &head, seen, date(2026, 11, 21)).await.expect("ended");
        assert!(oakfield.admitted(&carried).await.is_some());
        let stale = end_role(&oakfield.app, &head, seen, date(2026, 11, 20)).await;
        assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
        oakfield.clock.advance_millis(DAY_MS / 2 + 60_000);
        assert!(oakfield.admitted(&carried).await.is_none());
        assert_eq!(oakfield.try_in("ada@oakfield.test", PASSWORD).await, Outcome::Wrong);
    })
    .await;
}

#[tokio::test]
async fn one_address_signs_in_one_person() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.proved_head().await;
        let bo = add(&oakfield.app, &head, &particulars("Bo Lindqvist")).await.expect("a person");
        let taken = accounts::make_link(&oakfield.app, &head, bo, &address("ADA@oakfield.test")).await;
        assert_eq!(taken.expect("an answer").err(), Some(accounts::Taken));
        let elsewhere = operator::open_school(&oakfield.app, "Westacre Junior School").await.expect("a school");
        let spell = since_september(Role::Teacher);
        let other =
            operator::add_person(&oakfield.app, elsewhere, &particulars("Ada Bell"), spell).await.expect("a person");
        let taken = operator::make_link(&oakfield.app, elsewhere, other, &address("ada@oakfield.test")).await;
        assert_eq!(taken.expect("an answer").err(), Some(accounts::Taken));
        // Moving an account to a new address frees the old one.
        let moved = accounts::make_link(&oakfield.app, &head, oakfield.teacher, &address("a.bell@oakfield.test")).await;
        moved.expect("an answer").expect("a link");
        let freed = accounts::make_link(&oakfield.app, &head, bo, &address("ada@oakfield.test")).await;
        freed.expect("an answer").expect("a link");
    })
    .await;
}

#[tokio::test]
async fn what_one_may_not_see_is_not_there_and_what_one_may_not_do_is_refused() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let teacher =
            Caller { proof: Proof::Fresh, ..oakfield.caller(&oakfield.come_in("ada@oakfield.test").await).await };
        let given = particulars("Ada Bell");
        assert!(is_not_found(list(&oakfield.app, &teacher, None).await));
        assert!(is_not_found(show(&oakfield.app, &teacher, oakfield.head).await));
        assert!(is_not_found(edit(&oakfield.app, &teacher, oakfield.head, 1, &given).await));
        assert!(is_not_found(add(&oakfield.app, &teacher, &given).await));
        assert!(show(&oakfield.app, &teacher, oakfield.teacher).await.is_ok());
        assert!(is_refused(edit(&oakfield.app, &teacher, oakfield.teacher, 1, &given).await));
        let raise = since_september(Role::Headteacher);
        assert!(is_refused(give_role(&oakfield.app, &teacher, oakfield.teacher, &raise).await));
        let head = oakfield.proved_head().await;
        assert!(is_refused(give_role(&oakfield.app, &head, oakfield.head, &since_september(Role::Dsl)).await));
        assert!(is_refused(
            give_role(&oakfield.app, &head, oakfield.teacher, &since_september(Role::ChairOfGovernors)).await
        ));
        assert!(is_not_found(show(&oakfield.app, &head, Uuid::now_v7()).await));
    })
    .await;
}

#[tokio::test]
async fn nothing_of_another_school_is_there() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let elsewhere = operator::open_school(&oakfield.app, "Westacre Junior School").await.expect("a school");
        let spell = since_september(Role::Teacher);
        let other =
            operator::add_person(&oakfield.app, elsewhere, &particulars("Cy Dee"), spell).await.expect("a person");
        let head = oakfield.proved_head().await;
        assert!(is_not_found(show(&oakfield.app, &head, other).await));
        assert!(is_not_found(edit(&oakfield.app, &head, other, 1, &particulars("X")).await));
        assert!(is_not_found(give_role(&oakfield.app, &head, other, &since_september(Role::Dsl)).await));
        assert!(is_not_found(accounts::make_link(&oakfield.app, &head, other, &address("cy@oakfield.test")).await));
        let listed = list(&oakfield.app, &head, None).await.expect("a list");
        let names: Vec<&str> = listed.people.iter().map(|person| person.particulars.name.as_str()).collect();
        assert_eq!(names, ["Ada Bell", "Grace Osei"]);
    })
    .await;
}

#[tokio::test]
async fn two_who_change_one_person_meet_a_conflict() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.proved_head().await;
        let seen = show(&oakfield.app, &head, oakfield.teacher).await.expect("a person").version;
        let given = Particulars { employed: Employed::Yes, ..particulars("Adelaide Bell") };
        edit(&oakfield.app, &head, oakfield.teacher, seen, &given).await.expect("changed");
        let stale = edit(&oakfield.app, &head, oakfield.teacher, seen, &particulars("Ada")).await;
        assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
        let person = show(&oakfield.app, &head, oakfield.teacher).await.expect("a person");
        assert_eq!((person.particulars, person.version), (given, seen + 1));
    })
    .await;
}

#[tokio::test]
async fn sensitive_acts_want_a_second_factor_given_just_now() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.caller(&oakfield.come_in("grace@oakfield.test").await).await;
        let dsl = since_september(Role::Dsl);
        assert!(wants_proof(give_role(&oakfield.app, &head, oakfield.teacher, &dsl).await));
        let ada = address("ada@oakfield.test");
        assert!(wants_proof(accounts::make_link(&oakfield.app, &head, oakfield.teacher, &ada).await));
        let proved = Caller { proof: Proof::Fresh, ..head };
        give_role(&oakfield.app, &proved, oakfield.teacher, &dsl).await.expect("given");
        let again = give_role(&oakfield.app, &proved, oakfield.teacher, &dsl).await;
        assert!(is_refused(again), "no role twice at a time");
    })
    .await;
}

#[tokio::test]
async fn the_list_goes_on_from_page_to_page() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let head = oakfield.proved_head().await;
        for number in 0..queries::PAGE_ROWS {
            add(&oakfield.app, &head, &particulars(&format!("Person {number:03}"))).await.expect("a person");
        }
        let first = list(&oakfield.app, &head, None).await.expect("a page");
        let second = list(&oakfield.app, &head, first.next).await.expect("a page");
        assert_eq!((first.people.len(), second.people.len(), second.next), (100, 2, None));
        assert_eq!(first.people[0].held.len(), 1, "roles come with their person");
        assert!(is_not_found(list(&oakfield.app, &head, Some(Uuid::now_v7())).await));
    })
    .await;
}
