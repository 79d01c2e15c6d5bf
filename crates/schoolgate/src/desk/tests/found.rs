//! What was found on an account, and what a person posts: taken down with the desk's record.

use std::sync::{Arc, Mutex};

use channels::fake::{Answer, Fake};
use channels::{Client, Reach};
use serde_json::{Value, json};
use store::testing::on_both;

use super::super::copies::by_hand::{self, PostAddress};
use super::super::copies::{self, copy::CopyState};
use super::super::request::{Content, State};
use super::super::{self as desk, tasks};
use super::fixture::{Desk, desk, is_refused};
use super::release::{seen, showcase, work};
use crate::access::role::Role;
use crate::app::App;
use crate::registers::accounts;
use crate::registers::accounts::account::{Details, Given, Kind, Known};
use crate::registers::sweep;
use crate::registers::sweep::item::{Advice, Decision};

type Statuses = Arc<Mutex<Vec<(&'static str, &'static str)>>>;

/// A server like Mastodon with these statuses; `answers`: whether it deletes, or is out of order.
async fn server(statuses: &Statuses) -> Fake {
    let statuses = Arc::clone(statuses);
    Fake::start(move |request| {
        let mut statuses = statuses.lock().expect("no other thread");
        let path = request.path.split('?').next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        let written = |(id, html): &(&str, &str)| {
            let url = format!("https://social.test/@school/{id}");
            json!({ "id": id, "content": html, "created_at": "2025-07-01T12:00:00Z", "url": url })
        };
        match (request.method.as_str(), path) {
            (_, "/api/v1/accounts/verify_credentials") => Answer::json(200, r#"{"id":"1","acct":"school"}"#),
            (_, "/api/v1/accounts/1/statuses") if request.path.contains("max_id") => Answer::json(200, "[]"),
            (_, "/api/v1/accounts/1/statuses") => {
                let rows: Vec<Value> = statuses.iter().map(written).collect();
                Answer::json(200, Value::Array(rows).to_string())
            }
            ("DELETE", _) => {
                statuses.retain(|(known, _)| *known != id);
                Answer::json(200, "{}")
            }
            _ => match statuses.iter().find(|(known, _)| *known == id) {
                Some(status) => Answer::json(200, written(status).to_string()),
                None => Answer::json(404, "{}"),
            },
        }
    })
    .await
}

/// The desk's school with an account of this kind.
async fn with_account(mut desk: Desk, kind: Kind, service: String) -> (Desk, uuid::Uuid) {
    let outside = Client::new(Reach::Anywhere, Arc::new(|| 1_795_262_400_000));
    desk.app = App { outside, ..desk.app.clone() };
    let details = Details {
        kind,
        name: "Oakfield elsewhere".into(),
        address: "https://social.test/@school".into(),
        service,
        handle: String::new(),
        purpose: "News".into(),
        responsible: desk.head.person,
        recovery: String::new(),
        second_factor: Known::Yes,
    };
    let token = kind.has_credentials().then(|| Given::parse("token").expect("a token"));
    let id = accounts::add(&desk.app, &desk.head, &details, token.as_ref()).await.expect("an account");
    (desk, id)
}

/// Looks through the accounts and marks what has this text for removal.
async fn marked(desk: &Desk, words: &str) -> uuid::Uuid {
    sweep::sweep(&desk.app, desk.school).await.expect("looked through");
    for advice in Advice::ALL {
        let waiting = sweep::waiting(&desk.app, &desk.head, advice).await.expect("a queue");
        if let Some((item, _)) = waiting.items.iter().find(|(_, content)| content.text.contains(words)) {
            let seen = (item.id, item.version);
            sweep::decide(&desk.app, &desk.head, seen, Decision::Remove).await.expect("decided");
            return item.id;
        }
    }
    panic!("`{words}` was not found");
}

#[tokio::test]
async fn what_somebody_marks_is_taken_down_with_a_record_and_looked_for() {
    on_both(|db| async move {
        let statuses: Statuses =
            Arc::new(Mutex::new(vec![("1", "<p>Term starts.</p>"), ("2", "<p>Maya Flint won.</p>")]));
        let fake = server(&statuses).await;
        let (desk, _) = with_account(desk(db).await, Kind::Mastodon, fake.url().to_string()).await;
        desk.pupil("Maya", "Flint").await;
        let found = marked(&desk, "Maya").await;
        work(&desk).await;
        assert_eq!(*statuses.lock().expect("no other thread"), [("1", "<p>Term starts.</p>")]);
        let (item, _) = sweep::show(&desk.app, &desk.head, found).await.expect("the item");
        assert!(item.gone_at.is_some(), "what the desk saw gone is gone from the queue");
        let mut read = desk.app.db.read(desk.school).await.expect("a read");
        let copy = copies::at_address(&mut read, "https://social.test/@school/2").await.expect("copies").remove(0);
        drop(read);
        let (request, _) = desk::show(&desk.app, &desk.head, copy.request).await.expect("a record");
        assert_eq!((request.state, request.content.words.as_str()), (State::TakenDown, ""));
        let (removals, because) = copies::receipt(&desk.app, &desk.head, copy.request).await.expect("a receipt");
        assert!(removals[0].gone_at.is_some() && because.is_some_and(|because| because.contains("looked through")));
        copies::take_down_found(&desk.app, desk.school, found).await.expect("nothing left to do");
    })
    .await;
}

#[tokio::test]
async fn a_site_that_is_only_looked_at_gives_a_task_with_a_time() {
    on_both(|db| async move {
        let item = json!({ "id": "7", "url": "https://old.test/7", "content_text": "Maya Flint won." });
        let feed =
            json!({ "version": "https://jsonfeed.org/version/1.1", "title": "Old site", "items": [item] }).to_string();
        let fake = Fake::start(move |_| Answer::json(200, feed.clone())).await;
        let (desk, _) = with_account(desk(db).await, Kind::Feed, fake.url().to_string()).await;
        desk.pupil("Maya", "Flint").await;
        let found = marked(&desk, "Maya").await;
        work(&desk).await;
        let task = tasks::open(&desk.app, &desk.head).await.expect("tasks").remove(0);
        assert_eq!((task.kind, task.copy), (tasks::Kind::RemoveByHand, Some(found)));
        assert!(task.due_at > desk.app.clock.now().as_millisecond());
        desk.clock.advance_millis(5 * 60 * 60 * 1000);
        assert_eq!(tasks::raise_overdue(&desk.app, desk.school).await.expect("raised"), 1);
    })
    .await;
}

/// A post that is approved and waits for somebody to take it to a network: request, copy.
async fn handed_over(desk: &Desk, account: uuid::Uuid) -> (uuid::Uuid, uuid::Uuid) {
    let content = Content { accounts: vec![account], ..showcase(desk) };
    let id = desk::begin(&desk.app, &desk.teacher, content).await.expect("a request");
    desk::submit(&desk.app, &desk.teacher, seen(desk, id).await).await.expect("work").expect("handed in");
    desk::approve(&desk.app, &desk.head, seen(desk, id).await).await.expect("work").expect("approved");
    work(desk).await;
    let waiting = by_hand::waiting(&desk.app, &desk.head).await.expect("a list");
    (id, waiting[0].id)
}

#[tokio::test]
async fn a_bundle_goes_to_those_who_let_posts_out_and_its_address_comes_back() {
    on_both(|db| async move {
        let (desk, account) = with_account(desk(db).await, Kind::ByHand, String::new()).await;
        let app = &desk.app;
        let at = handed_over(&desk, account).await;
        assert!(by_hand::bundle(app, &desk.teacher, at).await.is_err(), "the writer does not let it out");
        let leader = desk.somebody("Samir Haddad", Role::SeniorLeader).await;
        assert!(is_refused(by_hand::bundle(app, &leader, at).await), "nobody has named them");
        let zip = by_hand::bundle(app, &desk.head, at).await.expect("a bundle");
        assert!(zip.starts_with(b"PK\x03\x04"), "a zip file");
        let strict = App { outside: Client::new(Reach::Public, Arc::new(|| 0)), ..app.clone() };
        for wrong in
            ["", "photos", "http://photos.test/7", "https://127.0.0.1/7", "https://me:pw@photos.test/", "file:///x"]
        {
            assert!(PostAddress::parse(&strict, wrong).is_err(), "{wrong} was taken");
        }
        let address = PostAddress::parse(&strict, " https://photos.test/p/7 ").expect("an address");
        let version = by_hand::ready(app, &desk.head, at).await.expect("ready").version;
        by_hand::posted(app, &desk.head, at, version, address).await.expect("kept");
        assert!(by_hand::waiting(app, &desk.head).await.expect("a list").is_empty());

        copies::remove(app, &desk.head, seen(&desk, at.0).await, "a mistake").await.expect("removed");
        work(&desk).await;
        assert!(is_refused(by_hand::bundle(app, &desk.head, at).await), "what is to come down is not handed out");
        let (removals, _) = copies::receipt(app, &desk.head, at.0).await.expect("a receipt");
        assert_eq!(
            (removals[0].state, removals[0].address.as_deref()),
            (CopyState::Stuck, Some("https://photos.test/p/7"))
        );
        let task = tasks::open(app, &desk.head).await.expect("tasks").remove(0);
        assert_eq!((task.kind, task.copy), (tasks::Kind::RemoveByHand, Some(at.1)));
        tasks::finish(app, &desk.head, (task.id, task.version), "it is gone").await.expect("done");
        work(&desk).await;
        assert_eq!(desk::show(app, &desk.head, at.0).await.expect("a record").0.state, State::TakenDown);
    })
    .await;
}
