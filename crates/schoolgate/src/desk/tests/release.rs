//! From a draft to the school's page and off it again, on both databases.

use store::ledger::{self, Known};
use store::testing::on_both;
use uuid::Uuid;

use super::super::copies::{self, copy::CopyState};
use super::super::gate::{Place, Step};
use super::super::picture::{InIt, Marked, Who};
use super::super::request::{Content, News, Purpose, State};
use super::super::safety::Safety;
use super::super::{self as desk, Said, Seen, pictures, tasks};
use super::fixture::{Desk, desk, is_not_found, is_refused, jpeg};
use crate::access::role::Role;
use crate::app::decoder::AvifDecoder;
use crate::permissions::{Decision, Route, appearances};
use crate::queue::{Job, Step as Worked, Worker};
use crate::registers::website;

pub(super) fn showcase(desk: &Desk) -> Content {
    Content {
        accounts: vec![desk.school.get()],
        safety: Safety::harmless(),
        ..Content::of("Our towers of wooden blocks stand at last.", Purpose::Showcase)
    }
}

pub(super) async fn seen(desk: &Desk, id: Uuid) -> Seen {
    let version = desk::show(&desk.app, &desk.head, id).await.expect("the head sees it").0.version;
    Seen { request: id, version }
}

async fn state(desk: &Desk, id: Uuid) -> State {
    desk::show(&desk.app, &desk.head, id).await.expect("the head sees it").0.state
}

/// Works until nothing is due.
pub(super) async fn work(desk: &Desk) {
    let worker = Worker { db: desk.app.db.clone(), clock: desk.app.clock.clone() };
    let app = desk.app.clone();
    let run = move |school, job| {
        let app = app.clone();
        async move {
            match job {
                Job::Release(request) => copies::release(&app, school, request).await,
                Job::TakeDown(request) => copies::remove_now(&app, school, request).await,
                Job::RemovePlanned(request) => copies::planned(&app, school, request).await,
                Job::RemoveAudited(item) => copies::take_down_found(&app, school, item).await,
                Job::LookOverDesk => copies::look_over(&app).await,
                Job::TakeDownFor(person) => copies::take_down_for(&app, school, person).await.map(drop),
                other => panic!("the desk has no such job: {other:?}"),
            }
        }
    };
    for _ in 0..50 {
        match worker.step(desk.school, &run).await.expect("the queue") {
            Worked::Idle => return,
            Worked::Done(_) => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("the queue never ends");
}

/// A request with a picture of one pupil, described and ready to be handed in.
pub(super) async fn with_picture(desk: &Desk, pupil: Uuid) -> Uuid {
    let (app, teacher) = (&desk.app, &desk.teacher);
    let id = desk::begin(app, teacher, showcase(desk)).await.expect("a request");
    let fresh = pictures::clean(AvifDecoder::Here, jpeg(64, 48)).await.expect("work").expect("a picture");
    desk::add_pictures(app, teacher, id, &[fresh.cleaned]).await.expect("added");
    let picture = desk::show(app, teacher, id).await.expect("one's own").1.remove(0);
    let in_it = InIt::People(vec![Marked { who: Who::Pupil(pupil), spot: None }]);
    let said = Said { alt: "Two towers, and a child from behind".into(), in_it };
    desk::describe(app, teacher, picture.id, seen(desk, id).await, said).await.expect("described");
    id
}

async fn published(desk: &Desk, pupil: Uuid) -> Uuid {
    let id = with_picture(desk, pupil).await;
    desk::submit(&desk.app, &desk.teacher, seen(desk, id).await).await.expect("work").expect("handed in");
    desk::approve(&desk.app, &desk.head, seen(desk, id).await).await.expect("work").expect("approved");
    work(desk).await;
    assert_eq!(state(desk, id).await, State::Released);
    id
}

async fn news(desk: &Desk) -> Vec<website::Item> {
    website::list(&desk.app, desk.school, None).await.expect("the news page").items
}

#[tokio::test]
async fn what_is_permitted_and_approved_goes_out_and_is_gone_when_the_permission_is_withdrawn() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let pupil = desk.pupil("Maya", "Flint").await;
        desk.says(pupil, "website", Decision::Yes).await;
        let id = published(&desk, pupil).await;
        let [item] = &news(&desk).await[..] else { panic!("one item is public") };
        assert_eq!((item.text.as_str(), item.shots.len()), ("Our towers of wooden blocks stand at last.", 1));
        let mut read = desk.app.db.read(desk.school).await.expect("a read");
        let public = appearances::of(&mut read, pupil).await.expect("appearances");
        drop(read);
        assert!(public[0].place.contains("/news/"), "{public:?}");
        let waiting = with_picture(&desk, pupil).await;
        desk::submit(&desk.app, &desk.teacher, seen(&desk, waiting).await).await.expect("work").expect("handed in");

        let back = desk.withdraw(pupil).await;
        assert_eq!(back.removed.len(), 1);
        work(&desk).await;
        assert!(news(&desk).await.is_empty());
        assert_eq!(state(&desk, id).await, State::TakenDown);
        assert_eq!(state(&desk, waiting).await, State::SentBack, "what waits with this pupil goes back");
        let (removals, because) = copies::receipt(&desk.app, &desk.head, id).await.expect("a receipt");
        let [only] = &removals[..] else { panic!("one copy") };
        assert_eq!(only.state, CopyState::Gone);
        assert!(only.gone_at.is_some() && only.address.is_some() && because.is_some());
        let (request, pictures) = desk::show(&desk.app, &desk.head, id).await.expect("the record stays");
        assert_eq!((request.content.words.as_str(), pictures[0].is_kept), ("", false));
        let mut read = desk.app.db.read(desk.school).await.expect("a read");
        assert!(appearances::of(&mut read, pupil).await.expect("appearances").is_empty());
        ledger::verify_school(&mut read, &Known::default()).await.expect("the ledger verifies");
    })
    .await;
}

#[tokio::test]
async fn a_yes_by_telephone_is_not_in_writing_where_the_policy_asks_for_that() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let pupil = desk.pupil("Maya", "Flint").await;
        desk.says_by(Route::Telephone, pupil, ("website", Decision::Yes)).await;
        let id = with_picture(&desk, pupil).await;
        let refusals =
            desk::submit(&desk.app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect_err("no");
        let clauses: Vec<_> = refusals.iter().filter_map(|refusal| refusal.clause.as_deref()).collect();
        assert_eq!(clauses, ["rattlesden.school-accounts.7"], "{refusals:?}");
        assert!(refusals.iter().all(|refusal| refusal.person.is_none()), "the register itself says yes: {refusals:?}");
        desk.says_by(Route::Link, pupil, ("website", Decision::Yes)).await;
        desk::submit(&desk.app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect("handed in");
    })
    .await;
}

#[tokio::test]
async fn without_a_permission_nothing_is_handed_in_and_a_lost_one_stops_the_release() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let pupil = desk.pupil("Maya", "Flint").await;
        let id = with_picture(&desk, pupil).await;
        let refusals =
            desk::submit(&desk.app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect_err("no");
        let persons: Vec<_> = refusals.iter().filter_map(|refusal| refusal.person).collect();
        assert_eq!(persons, [pupil], "{refusals:#?}");
        assert_eq!(state(&desk, id).await, State::Draft);
        desk.says(pupil, "website", Decision::Yes).await;
        desk::submit(&desk.app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect("handed in");
        desk::approve(&desk.app, &desk.head, seen(&desk, id).await).await.expect("work").expect("approved");
        desk.withdraw(pupil).await;
        work(&desk).await;
        assert!(news(&desk).await.is_empty());
        assert_eq!(state(&desk, id).await, State::SentBack);
    })
    .await;
}

#[tokio::test]
async fn two_people_and_only_those_who_may() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let app = &desk.app;
        let id = desk::begin(app, &desk.head, showcase(&desk)).await.expect("a request");
        desk::submit(app, &desk.head, seen(&desk, id).await).await.expect("work").expect("handed in");
        assert!(is_refused(desk::approve(app, &desk.head, seen(&desk, id).await).await), "nobody approves their own");
        let leader = desk.somebody("Samir Haddad", Role::SeniorLeader).await;
        assert!(is_refused(desk::approve(app, &leader, seen(&desk, id).await).await), "nobody has named them");
        assert!(is_not_found(desk::approve(app, &desk.teacher, seen(&desk, id).await).await));
        desk::name_deputy(app, &desk.head, leader.person).await.expect("named");
        desk::approve(app, &leader, seen(&desk, id).await).await.expect("work").expect("approved");
        let (deputy, _) = desk::deputies(app, &desk.head).await.expect("deputies").remove(0);
        desk::end_deputy(app, &desk.head, deputy.id, deputy.version).await.expect("ended");
        work(&desk).await;
        assert_eq!(state(&desk, id).await, State::SentBack, "an approver who may not any more does not count");
    })
    .await;
}

#[tokio::test]
async fn a_hurry_is_marked_and_somebody_else_looks_at_it_the_next_day() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let app = &desk.app;
        let words = "The school is closed today because of the snow.".to_owned();
        let closed = Content { words, purpose: Purpose::Business, news: News::NotYet, ..showcase(&desk) };
        let id = desk::begin(app, &desk.head, closed).await.expect("a request");
        let at_once = desk::publish_at_once(app, &desk.head, seen(&desk, id).await, "snow").await;
        at_once.expect("work").expect("the headteacher may");
        work(&desk).await;
        assert_eq!(news(&desk).await.len(), 1);
        let task = tasks::open(app, &desk.head).await.expect("tasks").remove(0);
        assert_eq!(task.due_at, "2026-11-22T17:00:00Z".parse::<jiff::Timestamp>().expect("a moment").as_millisecond());
        assert!(is_refused(tasks::finish(app, &desk.head, (task.id, task.version), "fine").await));
        desk.clock.advance_millis(30 * 60 * 60 * 1000);
        assert_eq!(tasks::raise_overdue(app, desk.school).await.expect("raised"), 1);
        let task = tasks::open(app, &desk.head).await.expect("tasks").remove(0);
        assert!(task.raised_at.is_some());
        let leader = desk.somebody("Samir Haddad", Role::SeniorLeader).await;
        tasks::finish(app, &leader, (task.id, task.version), "right").await.expect("done");
        assert!(tasks::open(app, &desk.head).await.expect("tasks").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_planned_day_takes_it_down_and_a_press_does() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let app = &desk.app;
        let planned = Content { remove_on: Some(jiff::civil::date(2026, 12, 1)), ..showcase(&desk) };
        let mut ids = Vec::new();
        for content in [planned, Content { words: "Second.".into(), ..showcase(&desk) }] {
            let id = desk::begin(app, &desk.teacher, content).await.expect("a request");
            desk::submit(app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect("handed in");
            desk::approve(app, &desk.head, seen(&desk, id).await).await.expect("work").expect("approved");
            ids.push(id);
        }
        work(&desk).await;
        assert_eq!(news(&desk).await.len(), 2);
        copies::remove(app, &desk.teacher, seen(&desk, ids[1]).await, "a mistake").await.expect("removed");
        work(&desk).await;
        assert_eq!((news(&desk).await.len(), state(&desk, ids[1]).await), (1, State::TakenDown));
        desk.clock.advance_millis(10 * 24 * 60 * 60 * 1000);
        work(&desk).await;
        assert_eq!((news(&desk).await.len(), state(&desk, ids[0]).await), (0, State::TakenDown));
    })
    .await;
}

#[tokio::test]
async fn a_name_in_the_text_is_found_with_its_clause_and_needs_its_own_permission() {
    let place = store::testing::fresh_sqlite().await;
    let desk = desk(place.db.clone()).await;
    let app = &desk.app;
    let pupil = desk.pupil("Maya", "Flint").await;
    let named = Content { words: "Well done Maya Flint! Ring 07700 900123.".into(), ..showcase(&desk) };
    let id = desk::begin(app, &desk.teacher, named).await.expect("a request");
    let all = desk::look(app, &desk.teacher, id, Step::HandingIn).await.expect("a look");
    let refusals = all.gate(app, Step::HandingIn).expect_err("a name and a number");
    assert!(refusals.iter().any(|refusal| refusal.person == Some(pupil)), "{refusals:#?}");
    let number = refusals.iter().find(|refusal| refusal.said.contains("07700 900123")).expect("the number");
    assert_eq!((number.place, number.clause.as_deref()), (Place::Words, Some("rattlesden.aims.6")));
    let fewer = Content { words: "Well done Maya Flint!".into(), ..showcase(&desk) };
    desk::rewrite(app, &desk.teacher, seen(&desk, id).await, fewer).await.expect("a change");
    desk.says(pupil, "full-name", Decision::Yes).await;
    desk::submit(app, &desk.teacher, seen(&desk, id).await).await.expect("work").expect("a name that is permitted");
}
