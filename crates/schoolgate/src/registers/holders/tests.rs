//! Who can sign in, on both engines.

use store::testing::on_both;

use super::*;
use crate::access::Role;
use crate::registers::accounts::account::{Details, Known};
use crate::roster::tests::fixture::elm;

#[tokio::test]
async fn whoever_leaves_is_on_the_list_until_somebody_says_that_it_is_done() {
    on_both(|db| async {
        let elm = elm(db).await;
        let app = &elm.app;
        let head = elm.caller(Role::Headteacher);
        let details = Details {
            kind: Kind::ByHand,
            name: "Elm elsewhere".into(),
            address: "https://photos.test/elm".into(),
            service: String::new(),
            handle: String::new(),
            purpose: "News".into(),
            responsible: elm.head,
            recovery: String::new(),
            second_factor: Known::Unknown,
        };
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

        let leaver = crate::people::operator::add_person(
            app,
            elm.school,
            &crate::people::person::Particulars {
                name: "Ada Bell".into(),
                known_as: None,
                employed: crate::people::person::Employed::Yes,
            },
            crate::people::Spell {
                role: Role::Teacher,
                starts_on: jiff::civil::date(2020, 9, 1),
                ends_on: Some(jiff::civil::date(2021, 7, 31)),
            },
        )
        .await
        .expect("a person");
        let gone = give(app, &head, account, leaver).await.expect("written down late");
        let due = to_hand_over(app, &head).await.expect("a list");
        assert_eq!(due.len(), staying.len() + 1, "{due:?}");
        assert!(due.iter().any(|one| one.called == "Ada Bell" && !one.answers_for_it));
        assert!(matches!(end(app, &head, account, (gone, 9)).await, Err(Error::Conflict)));
        end(app, &head, account, (gone, 1)).await.expect("ended");
        assert_eq!(to_hand_over(app, &head).await.expect("a list"), staying);
    })
    .await;
}
