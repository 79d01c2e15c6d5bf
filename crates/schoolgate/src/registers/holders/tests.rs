//! Who can sign in, on both engines.

use jiff::civil::{Date, date};
use store::testing::on_both;

use super::hand_over::Due;
use super::*;
use crate::access::Role;
use crate::people::person::{Employed, Particulars};
use crate::people::{Spell, operator};
use crate::registers::accounts::account::{Details, Known};
use crate::roster::tests::fixture::elm;

fn details(responsible: Uuid) -> Details {
    Details {
        kind: Kind::ByHand,
        name: "Elm elsewhere".into(),
        address: "https://photos.test/elm".into(),
        service: String::new(),
        handle: String::new(),
        purpose: "News".into(),
        responsible,
        recovery: String::new(),
        second_factor: Known::Unknown,
    }
}

async fn person(app: &App, school: SchoolId, ends_on: Option<Date>) -> Uuid {
    let about = Particulars { name: "Ada Bell".into(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role: Role::Teacher, starts_on: date(2020, 9, 1), ends_on };
    operator::add_person(app, school, &about, spell).await.expect("a person")
}

#[tokio::test]
async fn whoever_leaves_is_on_the_list_until_somebody_says_that_it_is_done() {
    on_both(|db| async {
        let elm = elm(db).await;
        let app = &elm.app;
        let head = elm.caller(Role::Headteacher);
        let details = details(elm.head);
        let account = accounts::add(app, &head, &details, None).await.expect("an account");
        let staying = to_hand_over(app, &head).await.expect("a list");
        let holder = give(app, &head, account, elm.head).await.expect("given");
        assert!(
            matches!(give(app, &head, account, elm.head).await, Err(Error::Refused(_))),
            "nobody stands there twice"
        );
        assert!(matches!(give(app, &head, account, Uuid::nil()).await, Err(Error::NotFound)));
        assert!(matches!(give(app, &elm.caller(Role::Teacher), account, elm.head).await, Err(Error::NotFound)));
        let listed = list(app, &head, account).await.expect("a list");
        assert_eq!(listed.iter().map(|one| one.holder.id).collect::<Vec<_>>(), [holder]);

        let leaver = person(app, elm.school, Some(date(2021, 7, 31))).await;
        let gone = give(app, &head, account, leaver).await.expect("written down late");
        let due = to_hand_over(app, &head).await.expect("a list");
        assert_eq!(due.len(), staying.len() + 1, "{due:?}");
        assert!(due.iter().any(|one| one.called == "Ada Bell" && one.hold == Hold::SignsIn && one.is_overdue()));
        assert!(matches!(end(app, &head, account, (gone, 9)).await, Err(Error::Conflict)));
        assert_eq!(due[0].called, "Ada Bell", "the most urgent comes first");
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 1);
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 0, "once is enough");
        let raised = to_hand_over(app, &head).await.expect("a list");
        assert_eq!(raised[0].raised_at, Some(app.clock.now().as_millisecond()));
        end(app, &head, account, (gone, 1)).await.expect("ended");
        assert_eq!(to_hand_over(app, &head).await.expect("a list"), staying);
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 0);
        give(app, &head, account, leaver).await.expect("a second time");
        assert_eq!(to_hand_over(app, &head).await.expect("a list")[0].raised_at, None);
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 1, "and raised anew");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_about_to_leave_hands_over_by_their_last_day_and_nobody_is_troubled_before_it_has_passed() {
    on_both(|db| async {
        let elm = elm(db).await;
        let (app, head) = (&elm.app, elm.caller(Role::Headteacher));
        let last = date(2026, 12, 18);
        let leaver = person(app, elm.school, Some(last)).await;
        let details = details(leaver);
        let account = accounts::add(app, &head, &details, None).await.expect("an account");
        give(app, &head, account, leaver).await.expect("given");
        let due = to_hand_over(app, &head).await.expect("a list");
        let due: Vec<_> = due.iter().filter(|one| one.person == leaver).map(|one| (one.hold, one.due)).collect();
        assert_eq!(due, [(Hold::SignsIn, Due::By(last)), (Hold::Answers, Due::By(last))]);
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 0);
        // Half past midnight after the last day.
        elm.clock.advance_millis((27 * 24 * 60 + 12 * 60 + 30) * 60 * 1000);
        assert_eq!(raise_overdue(app, elm.school).await.expect("raised"), 2);
        let due = to_hand_over(app, &head).await.expect("a list");
        assert!(due.iter().filter(|one| one.person == leaver).all(|one| one.is_overdue() && one.raised_at.is_some()));
    })
    .await;
}
