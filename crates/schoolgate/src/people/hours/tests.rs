//! A school's hours, on both engines.

use jiff::civil::{Time, date};
use store::testing::on_both;

use super::week::{Span, Term};
use super::*;
use crate::access::Proof;
use crate::people::tests::fixture::oakfield;

fn hours(to: i8) -> Hours {
    let span = Some(Span { from: Time::constant(8, 30, 0, 0), to: Time::constant(to, 0, 0, 0) });
    let term = Term { name: "Autumn".to_owned(), starts_on: date(2026, 9, 2), ends_on: date(2026, 12, 18) };
    Hours { days: [span; 7], terms: vec![term] }
}

#[tokio::test]
async fn hours_are_kept_once_and_the_moment_is_read_off_them() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, head) = (&oakfield.app, oakfield.proved_head().await);
        assert_eq!(now(app, oakfield.school, None).await.expect("a moment"), Moment::NotKnown);
        assert_eq!(show(app, &head).await.expect("hours"), (Hours::default(), 0));
        save(app, &head, 0, &hours(16)).await.expect("saved");
        assert_eq!(show(app, &head).await.expect("hours"), (hours(16), 1));
        // It is noon.
        assert_eq!(now(app, oakfield.school, None).await.expect("a moment"), Moment::InHours);
        save(app, &head, 1, &hours(11)).await.expect("saved");
        assert_eq!(now(app, oakfield.school, None).await.expect("a moment"), Moment::Outside);
        let stated = rulebook::Hours {
            from: Time::constant(11, 0, 0, 0),
            to: Time::constant(13, 0, 0, 0),
            days: week::DAYS.map(str::to_lowercase).to_vec(),
        };
        let by_policy = now(app, oakfield.school, Some(&stated)).await.expect("a moment");
        assert_eq!(by_policy, Moment::InHours, "the policy's own hours count");
        assert!(matches!(save(app, &head, 1, &hours(16)).await, Err(Error::Conflict)));
        assert!(matches!(save(app, &head, 0, &hours(16)).await, Err(Error::Conflict)));
    })
    .await;
}

#[tokio::test]
async fn hours_are_changed_by_those_who_keep_them_and_with_a_second_factor() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, head) = (&oakfield.app, oakfield.proved_head().await);
        let bare = Caller { proof: Proof::None, ..head.clone() };
        assert!(matches!(save(app, &bare, 0, &hours(16)).await, Err(Error::Refused(_))));
        let teacher = oakfield.caller(&oakfield.come_in("ada@oakfield.test").await).await;
        assert!(matches!(show(app, &teacher).await, Err(Error::NotFound)));
        assert!(matches!(save(app, &teacher, 0, &hours(16)).await, Err(Error::NotFound)));
    })
    .await;
}
