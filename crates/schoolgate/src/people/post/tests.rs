//! Set-up links by mail, on both engines.

use channels::mail::fake::Fake;
use store::testing::on_both;

use super::*;
use crate::people::accounts::{self, Carried};
use crate::people::tests::fixture::{address, oakfield};

#[tokio::test]
async fn a_set_up_link_goes_to_the_person_s_own_address_and_is_made_when_it_is_sent() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let mut oakfield = oakfield(db).await;
        oakfield.app.mail = Some(fake.mailer());
        let (app, head) = (&oakfield.app, oakfield.proved_head().await);
        let ada = address("ada@oakfield.test");
        accounts::mail_link(app, &head, oakfield.teacher, &ada).await.expect("an answer").expect("asked");
        accounts::mail_link(app, &head, oakfield.teacher, &ada).await.expect("an answer").expect("asked");
        let mut read = app.db.read(oakfield.school).await.expect("a read");
        let asked = since(&mut read, 0).await.expect("letters");
        assert_eq!(asked.len(), 1, "one on its way is enough");
        drop(read);
        let mail = waiting(app, oakfield.school, asked[0].id).await.expect("an answer").expect("a letter");
        let came = accounts::send_link(app, oakfield.school, &mail).await.expect("an answer");
        finish(app, oakfield.school, &mail, came).await.expect("sent");
        assert!(
            waiting(app, oakfield.school, mail.id).await.expect("an answer").is_none(),
            "a second run finds nothing"
        );
        let taken = fake.taken();
        assert_eq!((taken.len(), taken[0].to.as_str()), (1, "ada@oakfield.test"));
        let link = taken[0].link("http://localhost:8080/set-up/").expect("a link");
        let carried = Carried::parse(link.rsplit('/').next().expect("a last part")).expect("a whole link");
        assert!(accounts::open_link(app, &carried).await.expect("an answer").is_some());
        assert!(!taken[0].text().contains("Ada"), "{}", taken[0].text());
    })
    .await;
}

#[tokio::test]
async fn a_letter_to_somebody_who_has_no_account_any_more_is_dropped() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let mut oakfield = oakfield(db).await;
        oakfield.app.mail = Some(fake.mailer());
        let mail = Mail {
            id: Uuid::now_v7(),
            version: 1,
            kind: Kind::SetUp,
            recipient: Uuid::now_v7(),
            about: Uuid::nil(),
            asked_by: None,
            made_at: 0,
            state: State::Waiting,
            state_at: 0,
            tries: 0,
            said: None,
        };
        let came = accounts::send_link(&oakfield.app, oakfield.school, &mail).await.expect("an answer");
        assert!(matches!(came, Came::Dropped(_)), "{came:?}");
        // Nobody without a mail server is promised a letter.
        let bare = App { mail: None, ..oakfield.app.clone() };
        let head = oakfield.proved_head().await;
        let asked = accounts::mail_link(&bare, &head, oakfield.teacher, &address("ada@oakfield.test")).await;
        assert!(matches!(asked, Err(Error::Refused(_))));
        assert!(fake.taken().is_empty());
    })
    .await;
}
