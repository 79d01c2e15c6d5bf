//! Writing a request, on both databases.

use jiff::civil::date;
use store::testing::on_both;

use super::super::picture::{InIt, Marked, Who};
use super::super::request::{Content, News, Purpose, State};
use super::super::safety::{Safety, Told};
use super::super::{self as desk, Said, Seen, pictures};
use super::fixture::{Desk, desk, is_conflict, is_not_found, jpeg};
use crate::app::decoder::AvifDecoder;
use uuid::Uuid;

fn content(words: &str) -> Content {
    let mut safety = Safety::default();
    safety.answer("face_on", Told::No);
    Content {
        words: words.into(),
        purpose: Purpose::EventReminder,
        news: News::NotYet,
        accounts: vec![Uuid::from_u128(5), Uuid::from_u128(6)],
        event_at: Some("2026-12-10T14:00:00Z".parse().expect("a moment")),
        release_at: Some("2026-12-11T08:00:00Z".parse().expect("a moment")),
        remove_on: Some(date(2027, 1, 10)),
        safety,
    }
}

async fn version(desk: &Desk, id: Uuid) -> Seen {
    let version = desk::show(&desk.app, &desk.teacher, id).await.expect("one's own").0.version;
    Seen { request: id, version }
}

#[tokio::test]
async fn what_was_written_is_what_is_kept() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let id = desk::begin(&desk.app, &desk.teacher, content("Sing with us.")).await.expect("a request");
        let (request, pictures) = desk::show(&desk.app, &desk.head, id).await.expect("the head sees it");
        assert_eq!((request.content, request.state, pictures.len()), (content("Sing with us."), State::Draft, 0));
        let seen = version(&desk, id).await;
        let fewer = Content { accounts: vec![Uuid::from_u128(6)], remove_on: None, ..content("Sing!") };
        desk::rewrite(&desk.app, &desk.teacher, seen, fewer.clone()).await.expect("a change");
        assert!(is_conflict(desk::rewrite(&desk.app, &desk.teacher, seen, content("Late")).await), "a stale page");
        desk::rewrite(&desk.app, &desk.head, version(&desk, id).await, fewer.clone()).await.expect("a change");
        let request = desk::show(&desk.app, &desk.teacher, id).await.expect("one's own").0;
        assert_eq!(request.content, fewer);
        assert_eq!(request.writers, [desk.teacher.person, desk.head.person]);
        assert_eq!(request.edition, 3);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_its_writers_and_the_leaders_and_nobody_elses() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let id = desk::begin(&desk.app, &desk.teacher, content("Sing with us.")).await.expect("a request");
        let assistant = desk.somebody("Rhian Pugh", crate::access::role::Role::TeachingAssistant).await;
        assert!(is_not_found(desk::show(&desk.app, &assistant, id).await));
        let seen = Seen { request: id, version: 1 };
        assert!(is_not_found(desk::rewrite(&desk.app, &assistant, seen, content("x")).await));
        let governor = desk.somebody("Ngozi Eze", crate::access::role::Role::Governor).await;
        assert!(is_not_found(desk::begin(&desk.app, &governor, content("x")).await));
    })
    .await;
}

#[tokio::test]
async fn a_picture_is_kept_sealed_and_is_gone_with_its_key() {
    on_both(|db| async move {
        let desk = desk(db).await;
        let (app, teacher) = (&desk.app, &desk.teacher);
        let id = desk::begin(app, teacher, content("Towers.")).await.expect("a request");
        let fresh = pictures::clean(AvifDecoder::Here, jpeg(64, 48)).await.expect("work").expect("a picture");
        let both = [fresh.cleaned.clone(), fresh.cleaned.clone()];
        assert_eq!(
            desk::add_pictures(app, teacher, id, &both).await.expect("added"),
            1,
            "the same picture counts once"
        );
        let picture = desk::show(app, teacher, id).await.expect("one's own").1.remove(0);
        assert_eq!((picture.place, picture.in_it.clone(), picture.width), (1, InIt::Unsaid, 64));
        assert_eq!(picture.size_bytes, fresh.cleaned.bytes.len());
        let (_, bytes) = desk::show_picture(app, &desk.head, picture.id).await.expect("the head sees it");
        assert_eq!(*bytes, *fresh.cleaned.bytes);
        let in_it = InIt::People(vec![Marked { who: Who::Stranger, spot: None }]);
        let said = Said { alt: "Two towers".into(), in_it: in_it.clone() };
        desk::describe(app, teacher, picture.id, version(&desk, id).await, said).await.expect("described");
        let kept = desk::show(app, teacher, id).await.expect("one's own").1.remove(0);
        assert_eq!((kept.alt.as_str(), kept.in_it), ("Two towers", in_it));
        let region = screening::Region { left: 0, top: 0, width: 32, height: 48 };
        let cut = vec![screening::Edit::Crop(region)];
        let seen = version(&desk, id).await;
        desk::edit_picture(app, teacher, picture.id, seen, cut.clone()).await.expect("work").expect("cut");
        let kept = desk::show(app, teacher, id).await.expect("one's own").1.remove(0);
        assert_eq!((kept.width, kept.in_it), (32, InIt::Unsaid), "who is in a changed picture is asked again");
        let outside = desk::edit_picture(app, teacher, picture.id, version(&desk, id).await, cut_outside()).await;
        assert!(outside.expect("work").is_err());
        desk::discard(app, teacher, version(&desk, id).await).await.expect("given up");
        assert!(is_not_found(desk::show_picture(app, teacher, picture.id).await), "the key is destroyed");
        let (request, pictures) = desk::show(app, teacher, id).await.expect("the record stays");
        assert_eq!((request.content.words.as_str(), pictures[0].is_kept, pictures[0].alt.as_str()), ("", false, ""));
        assert!(!pictures[0].hash.is_empty());
    })
    .await;
}

fn cut_outside() -> Vec<screening::Edit> {
    vec![screening::Edit::Crop(screening::Region { left: 30, top: 0, width: 900, height: 4 })]
}

#[tokio::test]
async fn ten_pictures_are_the_most_and_a_gap_closes() {
    let place = store::testing::fresh_sqlite().await;
    let desk = desk(place.db.clone()).await;
    let (app, teacher) = (&desk.app, &desk.teacher);
    let id = desk::begin(app, teacher, content("Towers.")).await.expect("a request");
    for side in 0..10_u32 {
        let fresh = pictures::clean(AvifDecoder::Here, jpeg(20 + side, 20)).await.expect("work").expect("a picture");
        desk::add_pictures(app, teacher, id, &[fresh.cleaned]).await.expect("added");
    }
    let fresh = pictures::clean(AvifDecoder::Here, jpeg(90, 20)).await.expect("work").expect("a picture");
    assert!(desk::add_pictures(app, teacher, id, &[fresh.cleaned]).await.is_err());
    let second = desk::show(app, teacher, id).await.expect("one's own").1[1].clone();
    desk::remove_picture(app, teacher, second.id, version(&desk, id).await).await.expect("removed");
    let left = desk::show(app, teacher, id).await.expect("one's own").1;
    assert_eq!(left.iter().map(|picture| picture.place).collect::<Vec<_>>(), (1..=9).collect::<Vec<i64>>());
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_a_sentence() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let html = b"<!doctype html><img src=x onerror=alert(1)>".to_vec();
    let mut cut = jpeg(400, 400);
    cut.truncate(cut.len() / 2);
    let mut two = jpeg(40, 40);
    two.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0<html>");
    for (name, bytes) in [("nothing", vec![]), ("svg", svg), ("html", html), ("cut off", cut), ("two things", two)] {
        let refused = pictures::clean(AvifDecoder::Here, bytes).await.expect("work").err();
        assert!(refused.is_some_and(|said| said.to_string().len() > 10), "{name}");
    }
}
