//! The first day on both engines: what is public is found, weighed, decided about and removed.

use std::sync::{Arc, Mutex};

use channels::fake::{Answer, Fake};
use channels::{Channel as _, Client, Post, Reach};
use serde_json::{Value, json};
use store::testing::on_both;

use super::*;
use crate::access::Role;
use crate::registers::accounts::account::{Details, Given, Known};
use crate::registers::website::OwnPage;
use crate::roster::tests::fixture::{Elm, elm};

type Statuses = Arc<Mutex<Vec<(&'static str, &'static str)>>>;

/// A Mastodon server with these statuses; deleting works.
async fn server(statuses: &Statuses) -> Fake {
    let statuses = Arc::clone(statuses);
    Fake::start(move |request| {
        let statuses = statuses.lock().expect("no other thread");
        let path = request.path.split('?').next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        let written = |(id, html): &(&str, &str)| json!({ "id": id, "content": html, "created_at": "2025-07-01T12:00:00Z", "url": format!("https://social.test/@school/{id}") });
        match (request.method.as_str(), path) {
            (_, "/api/v1/accounts/verify_credentials") => Answer::json(200, r#"{"id":"1","acct":"school"}"#),
            (_, "/api/v1/accounts/1/statuses") if request.path.contains("max_id") => Answer::json(200, "[]"),
            (_, "/api/v1/accounts/1/statuses") => {
                let rows: Vec<Value> = statuses.iter().map(written).collect();
                Answer::json(200, Value::Array(rows).to_string())
            }
            _ => match statuses.iter().find(|(known, _)| *known == id) {
                Some(status) => Answer::json(200, written(status).to_string()),
                None => Answer::json(404, "{}"),
            },
        }
    })
    .await
}

async fn with_account(elm: &Elm, fake: &Fake) -> App {
    let app = App { outside: Client::new(Reach::Anywhere, Arc::new(|| 1_795_262_400_000)), ..elm.app.clone() };
    let details = Details {
        kind: Kind::Mastodon,
        name: "Elm on Mastodon".into(),
        address: "https://social.test/@school".into(),
        service: fake.url().to_string(),
        handle: String::new(),
        purpose: "News".into(),
        responsible: elm.head,
        recovery: String::new(),
        second_factor: Known::Yes,
    };
    let token = Given::parse("token").expect("a token");
    accounts::add(&app, &elm.caller(Role::Headteacher), &details, Some(&token)).await.expect("an account");
    app
}

const STATUSES: &[(&str, &str)] = &[
    ("1", "<p>Term starts on Monday.</p>"),
    ("2", "<p>Well done Rose Adeyemi!</p>"),
    ("3", "<p>Ring us on 07700 900123.</p>"),
];

#[tokio::test]
async fn what_is_public_is_weighed_against_today_s_roll_and_removed_when_somebody_says_so() {
    on_both(|db| async {
        let elm = elm(db).await;
        let statuses: Statuses = Arc::new(Mutex::new(STATUSES.to_vec()));
        let fake = server(&statuses).await;
        let app = with_account(&elm, &fake).await;
        let own = Post::new(Uuid::from_u128(9), 1_795_262_400_000, "The hall is open.");
        OwnPage::new(app.clone(), elm.school).publish(&own).await.expect("published");
        let told = sweep(&app, elm.school).await.expect("looked through");
        let counts: Vec<_> = told.iter().map(|swept| (swept.seen, swept.keep, swept.remove)).collect();
        assert_eq!(counts, [(1, 1, 0), (3, 1, 2)], "{told:?}");

        let head = elm.caller(Role::Headteacher);
        assert!(matches!(waiting(&app, &elm.caller(Role::Teacher), Advice::Remove).await, Err(Error::NotFound)));
        let found = waiting(&app, &head, Advice::Remove).await.expect("a queue");
        let named = found.items.iter().find(|(item, _)| item.remote == "2").expect("the post with a name");
        assert_eq!(named.1.text, "Well done Rose Adeyemi!");
        assert!(!named.0.sealed.windows(4).any(|four| four == b"Rose"), "names are sealed");
        let id = named.0.id;
        assert!(matches!(decide(&app, &head, (id, 9), Decision::Remove).await, Err(Error::Conflict)));
        decide(&app, &head, (id, named.0.version), Decision::Remove).await.expect("decided");
        let (item, words) = super::found(&app, elm.school, id).await.expect("what the desk takes down");
        assert_eq!((item.decision, words.as_str()), (Some(Decision::Remove), "Well done Rose Adeyemi!"));
        let mut tx = app.db.write(elm.school).await.expect("a write");
        saw_gone(&mut tx, &(item.account, item.remote), app.clock.now()).await.expect("written down");
        tx.commit(Deed::by_program().did("test.gone")).await.expect("kept");
        let (item, _) = show(&app, &head, id).await.expect("the item");
        assert!(item.gone_at.is_some());

        let other = found.items.iter().find(|(item, _)| item.remote == "3").expect("the post with a number");
        decide(&app, &head, (other.0.id, other.0.version), Decision::Keep).await.expect("decided");
        statuses.lock().expect("no other thread").retain(|(id, _)| *id != "2");
        sweep(&app, elm.school).await.expect("looked through again");
        assert!(waiting(&app, &head, Advice::Remove).await.expect("a queue").items.is_empty(), "decisions hold");
        let left = waiting(&app, &head, Advice::Keep).await.expect("a queue").leaving;
        assert!(left.is_empty(), "what is kept, and what is gone, is not on its way out");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_cannot_be_read_does_not_hide_the_others() {
    on_both(|db| async {
        let elm = elm(db).await;
        let fake = Fake::start(|_| Answer::json(503, "")).await;
        let app = with_account(&elm, &fake).await;
        let own = Post::new(Uuid::from_u128(9), 1_795_262_400_000, "Zoë O'Brien has won.");
        OwnPage::new(app.clone(), elm.school).publish(&own).await.expect("published");
        let told = sweep(&app, elm.school).await.expect("looked through");
        assert_eq!((told[0].remove, told[0].failed.is_none(), told[1].failed.is_some()), (1, true, true), "{told:?}");
        let head = elm.caller(Role::Headteacher);
        ask_for_sweep(&app, &head).await.expect("asked for");
        ask_for_sweep(&app, &head).await.expect("asked for already");
        assert!(matches!(ask_for_sweep(&app, &elm.caller(Role::Teacher)).await, Err(Error::NotFound)));
    })
    .await;
}
