//! The roll on both engines: who is on it, who is found, and what is sealed.

pub(crate) mod fixture;

use jiff::civil::date;
use store::testing::on_both;

use super::entry::{ClassGiven, PupilGiven};
use super::pupil::Known;
use super::*;
use crate::access::Answer::{No, Unseen, Yes};
use fixture::{TODAY, elm};

#[tokio::test]
async fn a_class_list_holds_those_who_are_in_it_and_on_roll_that_day() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        let names = async |read: &mut store::Read, on| -> Vec<String> {
            let list = class_list(read, elm.class, on).await.expect("a list");
            list.iter().map(|pupil| pupil.names.called()).collect()
        };
        assert_eq!(names(&mut read, TODAY).await, ["Rose Adeyemi", "Zoë O'Brien"]);
        // Will Young left today: yesterday he was still there.
        assert_eq!(names(&mut read, date(2026, 11, 20)).await, ["Rose Adeyemi", "Zoë O'Brien", "Will Young"]);
        assert_eq!(names(&mut read, date(2026, 8, 31)).await, Vec::<String>::new());
        assert!(is_on_roll(&mut read, elm.rose, TODAY).await.expect("an answer"));
        assert!(!is_on_roll(&mut read, elm.will, TODAY).await.expect("an answer"));
        assert!(!is_on_roll(&mut read, Uuid::now_v7(), TODAY).await.expect("an answer"));
        let classes = classes_of(&mut read, elm.rose, TODAY).await.expect("classes");
        assert_eq!(classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["Elm"]);
        assert_eq!(super::classes(&mut read, TODAY).await.expect("classes").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_pupil_is_found_by_any_parts_of_the_name() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        for (typed, expect) in [
            ("ZOE", &["Zoë O'Brien"][..]),
            ("obri", &["Zoë O'Brien"]),
            ("rose ade", &["Rose Adeyemi"]),
            ("Will", &["Will Young"]),
            ("william you", &["Will Young"]),
            ("o", &["Rose Adeyemi", "Zoë O'Brien", "Will Young"]),
            ("%", &[]),
            ("_", &[]),
            (" ", &[]),
            ("rose zoe", &[]),
        ] {
            let found = search(&mut read, typed).await.expect("an answer");
            let found: Vec<String> = found.iter().map(|pupil| pupil.names.called()).collect();
            assert_eq!(found, expect, "{typed:?}");
        }
        let adults = search_adults(&mut read, "folake ADE").await.expect("an answer");
        assert_eq!(adults.iter().map(|adult| adult.names.in_full()).collect::<Vec<_>>(), ["Mrs Folake Adeyemi"]);
    })
    .await;
}

#[tokio::test]
async fn adults_are_responsible_as_far_as_it_is_known() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        let adults = adults_of(&mut read, elm.rose, TODAY).await.expect("adults");
        let said: Vec<_> = adults
            .iter()
            .map(|one| (one.adult.names.in_full(), one.responsibility.standing.parental_responsibility))
            .collect();
        assert_eq!(said, [("Mrs Folake Adeyemi".to_owned(), Known::Yes), ("Dele Adeyemi".to_owned(), Known::Unknown)]);
        let pupils = pupils_of(&mut read, elm.folake, TODAY).await.expect("pupils");
        assert_eq!(pupils.iter().map(|pupil| pupil.id).collect::<Vec<_>>(), [elm.rose]);
        assert!(responsibility(&mut read, (elm.rose, elm.folake), TODAY).await.expect("an answer").is_some());
        assert!(responsibility(&mut read, (elm.zoe, elm.folake), TODAY).await.expect("an answer").is_none());
    })
    .await;
}

#[tokio::test]
async fn what_is_sealed_opens_for_its_own_row_only() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        assert_eq!(born_on(&elm.app, &mut read, elm.rose).await.expect("opens"), Some(date(2017, 3, 14)));
        assert_eq!(born_on(&elm.app, &mut read, elm.will).await.expect("an answer"), None);
        let reached = contact(&elm.app, &mut read, elm.folake).await.expect("opens");
        assert_eq!(reached.email.as_deref(), Some("folake@elm.test"));
        assert!(contact(&elm.app, &mut read, elm.dele).await.expect("an answer").is_empty());
        let sealed = queries::born_on(&mut read, elm.rose).await.expect("a row").expect("a value");
        assert!(!String::from_utf8_lossy(&sealed).contains("2017"));
        let moved =
            elm.app.sealer.open(&mut read, entry::PURPOSE, entry::BORN_ON.of(elm.zoe), &sealed).await.map(|_| ());
        assert!(matches!(moved, Err(store::Error::Tampered(_))), "{moved:?}");
    })
    .await;
}

#[tokio::test]
async fn drafts_are_held_against_pupils_and_staff_and_an_index_knows_when_it_is_old() {
    on_both(|db| async {
        let elm = elm(db).await;
        let people = names(&elm.app, elm.school).await.expect("names");
        let mut shown: Vec<String> =
            people.iter().map(|p| format!("{}|{}|{}", p.forename, p.known_as, p.surname)).collect();
        shown.sort();
        assert_eq!(shown, ["Grace||Osei", "Rose||Adeyemi", "William|Will|Young", "Zoë||O'Brien"]);
        assert!(screening::Roll::of(&people, &[]).is_ok());
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        let before = edition(&mut read).await.expect("an edition");
        drop(read);
        let mut tx = elm.app.db.write(elm.school).await.expect("a write");
        let entry = Entry::begin(&elm.app, &mut tx).await.expect("keys");
        let long = Names { forename: "Anna ".repeat(39) + "Long", surname: "Name".into(), known_as: None };
        entry.pupil(&mut tx, &PupilGiven { names: long, ..PupilGiven::default() }).await.expect("a pupil");
        tx.commit(Deed::by_program().did("roster.tested")).await.expect("kept");
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        assert_ne!(edition(&mut read).await.expect("an edition"), before);
        drop(read);
        assert!(screening::Roll::of(&names(&elm.app, elm.school).await.expect("names"), &[]).is_ok());
    })
    .await;
}

#[tokio::test]
async fn nothing_of_another_school_is_on_this_roll() {
    on_both(|db| async {
        let elm = elm(db).await;
        let other = operator::open_school(&elm.app, "Westacre Junior School").await.expect("a school");
        let mut read = elm.app.db.read(other).await.expect("a snapshot");
        assert!(matches!(pupil(&mut read, elm.rose).await, Err(Error::NotFound)));
        assert!(class_list(&mut read, elm.class, TODAY).await.expect("a list").is_empty());
        assert!(adults_of(&mut read, elm.rose, TODAY).await.expect("a list").is_empty());
        assert!(search(&mut read, "rose").await.expect("a list").is_empty());
        assert_eq!(edition(&mut read).await.expect("an edition"), Edition { pupils: 0, versions: 0 });
        assert_ne!(other, SchoolId::HOUSE);
    })
    .await;
}

#[tokio::test]
async fn a_save_of_what_somebody_else_changed_is_a_conflict() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut tx = elm.app.db.write(elm.school).await.expect("a write");
        let entry = Entry::begin(&elm.app, &mut tx).await.expect("keys");
        let given = ClassGiven { name: "Oak".into(), ..ClassGiven::default() };
        entry.save_class(&mut tx, (elm.class, 1), &given).await.expect("the first");
        let second = entry.save_class(&mut tx, (elm.class, 1), &given).await;
        assert!(matches!(second, Err(Error::Conflict)), "{second:?}");
    })
    .await;
}

#[tokio::test]
async fn a_marker_is_for_fewer_eyes_than_a_name() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
        let rose = pupil(&mut read, elm.rose).await.expect("a pupil");
        for (role, sees, adults, markers) in [
            (Role::Headteacher, Yes, Yes, Yes),
            (Role::Dsl, Yes, Yes, Yes),
            (Role::Office, Yes, Yes, No),
            (Role::SchoolBusinessManager, Yes, Yes, No),
            (Role::Dpo, Yes, Yes, No),
            (Role::Teacher, Yes, No, No),
            (Role::TeachingAssistant, Yes, No, No),
            (Role::Governor, Unseen, Unseen, Unseen),
            (Role::Volunteer, Unseen, Unseen, Unseen),
            (Role::Parent, Unseen, Unseen, Unseen),
        ] {
            let ask = |act| elm.app.access.ask(&elm.caller(role), act, &rose);
            let answers = (ask(Act::SeePupil), ask(Act::SeeAdults), ask(Act::SeeMarkers));
            assert_eq!(answers, (sees, adults, markers), "{role:?}");
        }
        let stranger = Caller { school: SchoolId::new(Uuid::now_v7()), ..elm.caller(Role::Headteacher) };
        assert_eq!(elm.app.access.ask(&stranger, Act::SeePupil, &rose), Unseen);
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_tomorrow_is_off_the_roll_tomorrow_without_anybody_s_doing() {
    on_both(|db| async {
        let elm = elm(db).await;
        let mut tx = elm.app.db.write(elm.school).await.expect("a write");
        let entry = Entry::begin(&elm.app, &mut tx).await.expect("keys");
        let names = Names { forename: "Summer".into(), surname: "Hill".into(), known_as: None };
        let given = PupilGiven { names, left_on: Some(date(2026, 11, 22)), ..PupilGiven::default() };
        let summer = entry.pupil(&mut tx, &given).await.expect("a pupil");
        tx.commit(Deed::by_program().did("roster.tested")).await.expect("kept");
        for expect in [true, false] {
            let today = clock::today(elm.app.clock.as_ref());
            let mut read = elm.app.db.read(elm.school).await.expect("a snapshot");
            assert_eq!(is_on_roll(&mut read, summer, today).await.expect("an answer"), expect);
            elm.clock.advance_millis(24 * 60 * 60 * 1_000);
        }
    })
    .await;
}
