//! The register on both engines, and above all what it refuses.

mod fixture;
mod orders;

use store::testing::on_both;
use uuid::Uuid;

use super::*;
use crate::access::role::Role;
use crate::error::Error;
use crate::queue::Job;
use fixture::*;

#[tokio::test]
async fn a_stale_form_lowers_and_never_raises() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, [mother, father]) = (oakfield.pupil().await, [Uuid::now_v7(), Uuid::now_v7()]);
        let form = oakfield.version(child).await;
        oakfield.says(child, form, (mother, "website"), Decision::Yes).await.expect("a first yes");
        assert!(oakfield.may_show(child, "website").await);
        let open_since = oakfield.version(child).await;
        // Elsewhere, the same parent withdraws; then the form that was open all the time is sent.
        oakfield.withdraws(child, mother).await;
        let stale = oakfield.says(child, open_since, (mother, "website"), Decision::Yes).await;
        assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
        let stale = oakfield.says(child, open_since, (father, "website"), Decision::Yes).await;
        assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
        assert!(!oakfield.may_show(child, "website").await);
        // What takes away needs no fresh sight.
        oakfield.says(child, open_since, (father, "website"), Decision::No).await.expect("a no is always heard");
        let fresh = oakfield.version(child).await;
        oakfield.says(child, fresh, (mother, "website"), Decision::Yes).await.expect("a new yes");
        assert!(!oakfield.may_show(child, "website").await, "the father's no weighs more");
    })
    .await;
}

#[tokio::test]
async fn a_withdrawal_pushes_its_take_down_and_says_what_cannot_come_back() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, mother) = (oakfield.pupil().await, Uuid::now_v7());
        let form = oakfield.version(child).await;
        oakfield.says(child, form, (mother, "website"), Decision::Yes).await.expect("a yes");
        let (online, printed) = (Uuid::now_v7(), Uuid::now_v7());
        oakfield.appears(child, online, Recall::Yes).await;
        oakfield.appears(child, printed, Recall::No).await;
        let back = oakfield.withdraws(child, mother).await;
        let items = |list: &[Appearance]| list.iter().map(|found| found.item).collect::<Vec<_>>();
        assert_eq!((items(&back.removed), items(&back.beyond_recall)), (vec![online], vec![printed]));
        assert!(oakfield.waits(Job::TakeDownFor(child)).await);
    })
    .await;
}

#[tokio::test]
async fn what_the_school_withholds_reads_as_any_other_no() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let [barred, refused] = [oakfield.pupil().await, oakfield.pupil().await];
        let mother = Uuid::now_v7();
        let form = oakfield.version(barred).await;
        oakfield.says(barred, form, (mother, "website"), Decision::Yes).await.expect("a yes");
        oakfield.says(refused, 0, (mother, "website"), Decision::No).await.expect("a no");
        let lead = oakfield.somebody(&[Role::Dsl]).await;
        withheld::set(&oakfield.app, &lead, barred, "a reason that nobody else may read").await.expect("withheld");
        let standings = oakfield.standings(&[barred, refused], "website").await;
        let told = |standing: &Standing| (standing.shown, standing.said(), standing.way_out(), standing.because);
        assert_eq!(told(&standings[0]), told(&standings[1]));
        // Only the lead sees why, and two people end it.
        let head = oakfield.somebody(&[Role::Headteacher]).await;
        assert!(matches!(withheld::see(&oakfield.app, &head, barred).await, Err(Error::NotFound)));
        let (_, why) = withheld::see(&oakfield.app, &lead, barred).await.expect("seen").expect("it holds");
        assert_eq!(why, "a reason that nobody else may read");
        assert!(matches!(withheld::finish_end(&oakfield.app, &head, barred).await, Err(Error::Refused(_))));
        withheld::begin_end(&oakfield.app, &lead, barred).await.expect("begun");
        assert!(matches!(withheld::finish_end(&oakfield.app, &lead, barred).await, Err(Error::Refused(_))));
        withheld::finish_end(&oakfield.app, &head, barred).await.expect("ended");
        assert!(oakfield.may_show(barred, "website").await);
    })
    .await;
}

#[tokio::test]
async fn a_marker_withholds_until_it_is_reviewed() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, mother) = (oakfield.pupil().await, Uuid::now_v7());
        oakfield.says(child, 0, (mother, "website"), Decision::Yes).await.expect("a yes");
        oakfield.mark_looked_after(child).await;
        assert!(!oakfield.may_show(child, "website").await);
        let lead = oakfield.somebody(&[Role::Dsl]).await;
        withheld::review_markers(&oakfield.app, &lead, child).await.expect("reviewed");
        assert!(oakfield.may_show(child, "website").await);
    })
    .await;
}

#[tokio::test]
async fn names_and_channels_need_permissions_of_their_own() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, mother) = (oakfield.pupil().await, Uuid::now_v7());
        for code in ["video", "full-name"] {
            let seen = oakfield.version(child).await;
            oakfield.says(child, seen, (mother, code), Decision::Yes).await.expect("a yes");
        }
        let one = |standings: Vec<Standing>| standings[0];
        let standing = one(oakfield.standings(&[child], "video").await);
        assert_eq!(
            (standing.shown, standing.full_name, standing.because),
            (Light::NotYet, Light::Yes, Because::NotAsked)
        );
        let seen = oakfield.version(child).await;
        oakfield.says(child, seen, (mother, "website"), Decision::Yes).await.expect("a yes");
        let standing = one(oakfield.standings(&[child], "video").await);
        assert!(standing.may_be_shown() && !standing.may_be_named_with_it());
        let unknown = one(oakfield.standings(&[child], "no-such-purpose").await);
        assert_eq!((unknown.shown, unknown.because), (Light::NotYet, Because::NoSuchPurpose));
    })
    .await;
}

#[tokio::test]
async fn a_yes_lasts_as_long_as_its_purpose_says() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, mother) = (oakfield.pupil().await, Uuid::now_v7());
        oakfield.says(child, 0, (mother, "website"), Decision::Yes).await.expect("a yes");
        oakfield.clock.advance_millis(364 * DAY_MS);
        assert!(oakfield.may_show(child, "website").await);
        oakfield.clock.advance_millis(DAY_MS);
        assert_eq!(oakfield.standings(&[child], "website").await[0].because, Because::Expired);
    })
    .await;
}

#[tokio::test]
async fn a_file_can_only_lower() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (child, mother) = (oakfield.pupil().await, Uuid::now_v7());
        oakfield.file_says(child, mother, Decision::Yes).await;
        assert!(!oakfield.may_show(child, "website").await);
        let seen = oakfield.version(child).await;
        oakfield.says(child, seen, (mother, "website"), Decision::Yes).await.expect("a yes");
        oakfield.file_says(child, mother, Decision::No).await;
        assert!(!oakfield.may_show(child, "website").await);
        oakfield.file_says(child, mother, Decision::Yes).await;
        assert!(!oakfield.may_show(child, "website").await);
        let other = oakfield.pupil().await;
        oakfield.says(other, 0, (mother, "website"), Decision::Yes).await.expect("a yes");
        oakfield.roll_refuses(other, "SOMETHING_ELSE").await;
        assert!(!oakfield.may_show(other, "website").await, "a refusal without a word of ours refuses everything");
    })
    .await;
}
