//! Asking, answering, and what a ruling is told of it.

use jiff::civil::date;
use store::testing::on_both;

use super::*;
use crate::access::role::Role;
use crate::roster::tests::fixture::{Elm, elm};

/// A colleague who is not the headteacher of the fixture.
async fn teacher(elm: &Elm) -> Caller {
    use crate::people::person::{Employed, Particulars};
    use crate::people::{Spell, operator};
    let given = Particulars { name: "Ada Bell".into(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role: Role::Teacher, starts_on: date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(&elm.app, elm.school, &given, spell).await.expect("a person");
    Caller { person, ..elm.caller(Role::Teacher) }
}

fn given(seen: i64, answer: Answer, until: Option<Date>) -> Given {
    Given { seen, answer, note: String::new(), until }
}

#[tokio::test]
async fn a_permission_is_asked_answered_counted_and_withdrawn() {
    on_both(|db| async {
        let elm = elm(db).await;
        let (ada, head) = (teacher(&elm).await, elm.caller(Role::Headteacher));
        let id = ask(&elm.app, &ada, Matter::Logo, "the fair's poster").await.expect("asked");
        assert!(facts(&elm.app, &ada).await.expect("facts").is_empty(), "a request is no permission");
        assert!(matches!(answer(&elm.app, &ada, id, &given(1, Answer::Yes, None)).await, Err(Error::Refused(_))));
        answer(&elm.app, &head, id, &given(1, Answer::Yes, Some(date(2026, 11, 22)))).await.expect("answered");
        let known = facts(&elm.app, &ada).await.expect("facts");
        assert_eq!(known.len(), 1);
        assert_eq!((known[0]["for"].as_str(), known[0]["form"].as_str()), (Some("logo"), Some("written")));
        assert!(facts(&elm.app, &head).await.expect("facts").is_empty(), "it is for the one who asked");
        let stale = answer(&elm.app, &head, id, &given(1, Answer::Yes, None)).await;
        assert!(matches!(stale, Err(Error::Conflict)));
        answer(&elm.app, &head, id, &given(2, Answer::Withdrawn, None)).await.expect("withdrawn");
        assert!(facts(&elm.app, &ada).await.expect("facts").is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_answers_their_own_request_and_a_yes_ends_on_its_day() {
    on_both(|db| async {
        let elm = elm(db).await;
        let (ada, head) = (teacher(&elm).await, elm.caller(Role::Headteacher));
        let own = ask(&elm.app, &head, Matter::Name, "a book").await.expect("asked");
        let refused = answer(&elm.app, &head, own, &given(1, Answer::Yes, None)).await;
        assert!(matches!(refused, Err(Error::Refused(_))));
        let id = ask(&elm.app, &ada, Matter::Reference, "a blog").await.expect("asked");
        answer(&elm.app, &head, id, &given(1, Answer::Yes, Some(date(2026, 11, 21)))).await.expect("answered");
        assert_eq!(facts(&elm.app, &ada).await.expect("facts").len(), 1);
        elm.clock.advance_millis(24 * 60 * 60 * 1_000);
        assert!(facts(&elm.app, &ada).await.expect("facts").is_empty());
        assert_eq!(list(&elm.app, &ada).await.expect("a list").len(), 1);
        assert_eq!(list(&elm.app, &head).await.expect("a list").len(), 2);
    })
    .await;
}
