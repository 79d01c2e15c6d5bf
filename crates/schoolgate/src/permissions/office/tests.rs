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
        let all = lists::outstanding(&elm.app, &office, 1).await.expect("a list").rows;
        let Some(lists::Settle::Task(task)) = all.iter().find_map(|one| one.settle) else {
            panic!("a task about the authority that nobody knows")
        };
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

const REFUSING: &str = "id,forename,surname,refused\np1,Rose,Adeyemi,website\np2,Zoë,O'Brien,\n";

impl Elm {
    async fn import(&self, text: &str) {
        use crate::roster::import::{self, Approval, File, Outcome};
        let file = File { name: "roll.csv".into(), bytes: text.as_bytes().to_vec() };
        let read = import::read(vec![file], &import::rules(&self.app)).expect("a whole file");
        let done = import::apply_as_operator(&self.app, self.school, &read, &Approval::default()).await;
        assert!(matches!(done.expect("an outcome"), Outcome::Done(_)));
    }
}

#[tokio::test]
async fn a_file_s_no_holds_until_it_is_settled_and_settling_it_makes_nothing_a_yes() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let (office, teacher, dpo) = (elm.caller(Role::Office), elm.caller(Role::Teacher), elm.caller(Role::Dpo));
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::Yes)).await.expect("entered");
        elm.import(REFUSING).await;
        assert_eq!(light(&elm, &office).await, Light::No);
        let open = refusals::open(&elm.app, &office, 1).await.expect("a list").rows;
        let [(pupil, refusal)] = open.as_slice() else { panic!("{} refusals", open.len()) };
        assert_eq!((pupil.id, refusal.word.as_str()), (elm.rose, "WEBSITE"));
        let outstanding = lists::outstanding(&elm.app, &office, 1).await.expect("a list").rows;
        assert!(outstanding.iter().any(|one| one.pupil.id == elm.rose && one.what.starts_with("A file says no")));
        let view = refusals::view(&elm.app, &office, refusal.id).await.expect("a view");
        assert_eq!((view.held.len(), view.held[0].said[0].1), (1, Decision::Yes));
        let ask =
            async |caller| refusals::settle(&elm.app, caller, refusal.id, &refusals::Settling::AskAgain, "rang").await;
        assert!(matches!(ask(&teacher).await, Err(Error::NotFound)));
        assert!(matches!(ask(&dpo).await, Err(Error::Refused(_))));
        assert_eq!(ask(&office).await.expect("settled"), elm.rose);
        assert_eq!(light(&elm, &office).await, Light::NotYet);
        assert!(matches!(ask(&office).await, Err(Error::NotFound)), "once");
        // The same file again opens nothing that was settled, and the family's new yes counts.
        elm.import(REFUSING).await;
        assert!(refusals::open(&elm.app, &office, 1).await.expect("a list").rows.is_empty());
        let seen = person(&elm.app, &office, elm.rose).await.expect("a person").version;
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, seen, Decision::Yes)).await.expect("entered");
        assert_eq!(light(&elm, &office).await, Light::Yes);
        // A file that does not speak of it ends nothing; one that says nothing any more does, and then a no is a new one.
        elm.import("id,forename,surname\np1,Rose,Adeyemi\np2,Zoë,O'Brien\n").await;
        elm.import(REFUSING).await;
        assert_eq!(light(&elm, &office).await, Light::Yes);
        elm.import(&REFUSING.replace("website", "")).await;
        assert_eq!(light(&elm, &office).await, Light::Yes);
        elm.import(REFUSING).await;
        assert_eq!(light(&elm, &office).await, Light::No);
        assert_eq!(refusals::open(&elm.app, &office, 1).await.expect("a list").rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_file_s_no_that_an_adult_stands_by_becomes_theirs() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let office = elm.caller(Role::Office);
        elm.import(&REFUSING.replace("website", "all")).await;
        let open = refusals::open(&elm.app, &office, 1).await.expect("a list").rows;
        let keep = async |adult| {
            let settling = refusals::Settling::Keep { adult };
            refusals::settle(&elm.app, &office, open[0].1.id, &settling, "rang on Monday").await
        };
        assert!(matches!(keep(Uuid::now_v7()).await, Err(Error::NotFound)), "only the child's own adults");
        keep(elm.folake).await.expect("settled");
        let view = person(&elm.app, &office, elm.rose).await.expect("a person");
        let all_no = view
            .held
            .iter()
            .all(|held| held.said == [("Mrs Folake Adeyemi".into(), Decision::No, Authority::ParentalResponsibility)]);
        assert!(all_no && view.held.len() > 10);
        assert_eq!(light(&elm, &office).await, Light::No);
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, view.version, Decision::Yes)).await.expect("entered");
        assert_eq!(light(&elm, &office).await, Light::Yes, "and she may change her mind");
    })
    .await;
}

#[tokio::test]
async fn the_office_enters_what_an_adult_says_of_themself() {
    on_both(|db| async {
        let elm = elm_with_purposes(db).await;
        let (office, teacher, dpo) = (elm.caller(Role::Office), elm.caller(Role::Teacher), elm.caller(Role::Dpo));
        let found = adults::search(&elm.app, &office, "folake").await.expect("a list");
        assert_eq!(found.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), [elm.folake]);
        for (caller, given) in [(&teacher, elm.folake), (&office, elm.rose), (&office, Uuid::now_v7())] {
            let refused = adults::enter(&elm.app, caller, &entered(given, 0, Decision::Yes)).await;
            assert!(matches!(refused, Err(Error::NotFound)), "a pupil is no adult: {refused:?}");
        }
        let refused = adults::enter(&elm.app, &dpo, &entered(elm.folake, 0, Decision::Yes)).await;
        assert!(matches!(refused, Err(Error::Refused(_))));
        for adult in [elm.folake, elm.head] {
            adults::enter(&elm.app, &office, &entered(adult, 0, Decision::Yes)).await.expect("entered");
            let view = adults::view(&elm.app, &office, adult).await.expect("a view");
            let website = view.held.iter().find(|held| held.purpose.code == "website").expect("the website");
            assert_eq!(website.decided.decision, Decision::Yes);
            // Never called a consent: an adult is told and may object.
            assert!(
                view.history.iter().all(|row| row.basis.is_objected_to() && row.answer.authority == Authority::Own)
            );
            let stale = adults::enter(&elm.app, &office, &entered(adult, 0, Decision::No)).await;
            stale.expect("what takes away is always heard");
        }
        let export = export::person(&elm.app, &elm.caller(Role::Headteacher), elm.folake).await.expect("an export");
        assert_eq!(export["name"], "Mrs Folake Adeyemi");
    })
    .await;
}

#[tokio::test]
async fn forms_on_paper_are_held_against_what_was_entered() {
    on_both(|db| async {
        use returns::Match;
        let elm = elm_with_purposes(db).await;
        let (office, teacher, dpo) = (elm.caller(Role::Office), elm.caller(Role::Teacher), elm.caller(Role::Dpo));
        let goes = async || {
            let all = returns::of_class(&elm.app, &office, elm.class).await.expect("a class");
            all.pupils.iter().find(|(pupil, ..)| pupil.id == elm.rose).expect("Rose").2
        };
        assert_eq!(goes().await, Match::Missing);
        let place = (elm.class, elm.rose);
        assert!(matches!(returns::note(&elm.app, &teacher, place).await, Err(Error::NotFound)));
        assert!(matches!(returns::note(&elm.app, &dpo, place).await, Err(Error::Refused(_))));
        assert!(
            matches!(returns::note(&elm.app, &office, (elm.class, elm.will)).await, Err(Error::NotFound)),
            "has left"
        );
        returns::note(&elm.app, &office, place).await.expect("noted");
        returns::note(&elm.app, &office, place).await.expect("a second press changes nothing");
        assert_eq!(goes().await, Match::ToEnter);
        returns::take_back(&elm.app, &office, place).await.expect("taken back");
        assert_eq!(goes().await, Match::Missing);
        returns::note(&elm.app, &office, place).await.expect("noted");
        enter(&elm.app, &office, elm.rose, &entered(elm.folake, 0, Decision::Yes)).await.expect("entered");
        assert!(matches!(goes().await, Match::Partly { entered: 1, .. }));
        assert!(matches!(returns::take_back(&elm.app, &office, place).await, Err(Error::Refused(_))));
        let rang = Entered { route: Route::Telephone, ..entered(elm.folake, 1, Decision::No) };
        enter(&elm.app, &office, elm.rose, &rang).await.expect("entered");
        assert_eq!(goes().await, Match::Overtaken);
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

#[test]
fn a_long_list_has_pages_and_an_address_beyond_them_shows_the_last() {
    use lists::{PAGE_ROWS, Paged};
    let pages = |rows: usize, page: usize| {
        let cut = Paged::cut((0..rows).collect(), page);
        let ways: Vec<String> = pages::pages_around(&cut, "/a").into_iter().map(|(address, _)| address).collect();
        (cut.rows.first().copied(), cut.rows.len(), ways.join(" "))
    };
    assert_eq!(PAGE_ROWS, 100);
    for (rows, page, expect) in [
        (0, 1, (None, 0, "")),
        (100, 1, (Some(0), 100, "")),
        (100, 7, (Some(0), 100, "")),
        (101, 1, (Some(0), 100, "/a?page=2")),
        (101, 2, (Some(100), 1, "/a?page=1")),
        (350, 0, (Some(0), 100, "/a?page=2")),
        (350, 3, (Some(200), 100, "/a?page=2 /a?page=4")),
        (350, usize::MAX, (Some(300), 50, "/a?page=3")),
    ] {
        let (first, count, ways) = expect;
        assert_eq!(pages(rows, page), (first, count, ways.to_owned()), "{rows} {page}");
    }
}
