//! The register in daily use: who sees how much, and what is entered for others.

use store::testing::on_both;
use uuid::Uuid;

use super::*;
use crate::access::role::Role;
use crate::permissions::withheld;
use crate::roster::tests::fixture::{Elm, elm};

async fn elm_with_purposes(db: store::Db) -> Elm {
    let elm = elm(db).await;
    purposes::begin(&elm.app, elm.school).await.expect("purposes");
    elm
}

fn entered(adult: Uuid, seen: i64, decision: Decision) -> Entered {
    let answers = vec![("website".to_owned(), decision)];
    Entered { seen, adult, route: Route::Paper, answers, evidence: "folder 7".into() }
}

async fn light(elm: &Elm, caller: &Caller) -> Light {
    let view = lists::class(&elm.app, caller, elm.class, Some("website")).await.expect("a class");
    view.pupils.iter().find(|(pupil, _)| pupil.id == elm.rose).expect("Rose is in it").1
}

#[tokio::test]
async fn what_the_office_enters_counts_and_the_teacher_sees_a_light() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let (office, teacher) = (elm.caller(Role::Office), elm.caller(Role::Teacher));
        assert_eq!(light(&elm, &teacher).await, Light::NotYet);
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::Yes)).await.expect("entered");
        assert_eq!(light(&elm, &teacher).await, Light::Yes);
        let stale = enter(&elm.app, &office, elm.rose, &entered(elm.dele, 0, Decision::Yes)).await;
        assert!(matches!(stale, Err(Error::Conflict)), "another page was open");
        let stranger = enter(&elm.app, &office, elm.rose, &entered(Uuid::now_v7(), 1, Decision::Yes)).await;
        assert!(matches!(stranger, Err(Error::NotFound)), "only the child's own adults");
        let other_child = enter(&elm.app, &office, elm.zoe, &entered(elm.folake, 0, Decision::Yes)).await;
        assert!(matches!(other_child, Err(Error::NotFound)), "and only for their own child");
        let view = person(&elm.app, &office, elm.rose).await.expect("a person");
        assert_eq!(view.history.len(), 1);
        assert_eq!((view.history[0].1.as_str(), view.history[0].0.route), ("Mrs Folake Adeyemi", Route::Paper));
        assert!(matches!(person(&elm.app, &teacher, elm.rose).await, Err(Error::NotFound)));
        assert!(matches!(
            enter(&elm.app, &teacher, elm.rose, &entered(elm.folake, 1, Decision::No)).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

#[tokio::test]
async fn two_who_disagree_are_a_task_and_a_no() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let office = elm.caller(Role::Office);
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::No)).await.expect("entered");
        enter(&elm.app, &office, elm.rose, &entered(elm.dele, 1, Decision::Yes)).await.expect("entered");
        assert_eq!(light(&elm, &office).await, Light::No);
        let all = lists::outstanding(&elm.app, &office).await.expect("a list");
        let task = all.iter().find_map(|one| one.task).expect("a task about the authority that nobody knows");
        lists::finish_task(&elm.app, &office, task).await.expect("settled");
        assert!(matches!(lists::finish_task(&elm.app, &office, task).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_child_s_wish_lowers_and_taking_it_back_gives_no_more_than_the_family_did() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let (office, teacher) = (elm.caller(Role::Office), elm.caller(Role::Teacher));
        note_wish(&elm.app, &teacher, elm.rose, "website", Decision::NotAsked).await.expect("noted");
        assert_eq!(light(&elm, &teacher).await, Light::NotYet);
        let seen = person(&elm.app, &office, elm.rose).await.expect("a person").version;
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, seen, Decision::Yes)).await.expect("entered");
        note_wish(&elm.app, &teacher, elm.rose, "website", Decision::No).await.expect("noted");
        assert_eq!(light(&elm, &teacher).await, Light::No);
        // Somebody who asks for a yes in the child's name gets the note taken back and no more.
        note_wish(&elm.app, &teacher, elm.rose, "website", Decision::Yes).await.expect("noted");
        assert_eq!(light(&elm, &teacher).await, Light::Yes);
    })
    .await;
}

#[tokio::test]
async fn counts_and_lists_do_not_tell_a_withheld_pupil_from_a_refusal() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let (office, lead) = (elm.caller(Role::Office), elm.caller(Role::Dsl));
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::No)).await.expect("entered");
        withheld::set(&elm.app, &lead, elm.zoe, "a reason").await.expect("withheld");
        let (_, counts) = lists::counts(&elm.app, &office, "website").await.expect("counts");
        assert_eq!((counts.yes, counts.no, counts.not_yet), (0, 2, 0));
        let view = lists::class(&elm.app, &office, elm.class, Some("website")).await.expect("a class");
        assert!(view.pupils.iter().all(|(_, light)| *light == Light::No));
        let of = |view: &PersonView| {
            let held = view.held.iter().find(|held| held.purpose.code == "website").expect("the website");
            (held.decided, held.decided.because.said())
        };
        let rose = person(&elm.app, &office, elm.rose).await.expect("a person");
        let zoe = person(&elm.app, &office, elm.zoe).await.expect("a person");
        assert_eq!(of(&rose), of(&zoe));
    })
    .await;
}

#[tokio::test]
async fn an_adult_answers_for_themself() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let head = elm.caller(Role::Headteacher);
        let (_, seen) = own(&elm.app, &head).await.expect("one's own");
        answer_own(&elm.app, &head, seen, vec![("website".into(), Decision::Yes)]).await.expect("answered");
        let (asked, _) = own(&elm.app, &head).await.expect("one's own");
        let said = asked.iter().find(|(purpose, _)| purpose.code == "website").expect("the website").1;
        assert_eq!(said, Some(Decision::Yes));
        let mut read = elm.app.db.read(elm.school).await.expect("a read");
        let today = clock::today(elm.app.clock.as_ref());
        let kind = crate::permissions::ChannelKind::Website;
        let all = crate::permissions::standing(&mut read, &[head.person], "website", kind, today).await;
        assert!(all.expect("standings")[0].may_be_shown());
    })
    .await;
}

#[tokio::test]
async fn the_export_holds_every_row_and_no_other_adult_s_name() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let office = elm.caller(Role::Office);
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::Yes)).await.expect("entered");
        let head = elm.caller(Role::Headteacher);
        let export = export::person(&elm.app, &head, elm.rose).await.expect("an export").to_string();
        assert!(
            export.contains("Rose Adeyemi") && export.contains("\"decision\":\"yes\"") && !export.contains("Folake")
        );
        assert!(matches!(export::person(&elm.app, &head, Uuid::now_v7()).await, Err(Error::NotFound)));
        assert!(matches!(export::person(&elm.app, &office, elm.rose).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn the_paper_holds_what_the_file_holds_and_no_other_adult_s_name() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let office = elm.caller(Role::Office);
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::Yes)).await.expect("entered");
        let head = elm.caller(Role::Headteacher);
        let paper = export::paper(&elm.app, &head, elm.rose).await.expect("a paper");
        let has = |word: &str| paper.bytes.windows(word.len()).any(|window| window == word.as_bytes());
        // The title stands outside the packed pages; the words in them are read in the tests of `papers`.
        assert!(paper.bytes.starts_with(b"%PDF-") && has("Permissions: Rose Adeyemi") && !has("Folake"));
        assert_eq!(paper.boxed, 0);
        assert!(matches!(export::paper(&elm.app, &head, Uuid::now_v7()).await, Err(Error::NotFound)));
        assert!(matches!(export::paper(&elm.app, &office, elm.rose).await, Err(Error::Refused(_))));
    })
    .await;
}
