//! Importing on both engines: what a file changes, what it cannot change, and what it is refused for.

mod readers;

use std::io::{Cursor, Write as _};

use jiff::civil::date;
use store::testing::on_both;
use zip::write::SimpleFileOptions;

use super::doubts::Kind;
use super::*;
use crate::access::role::Role;
use crate::roster::pupil::Known;
use crate::roster::tests::fixture::{self, TODAY};
use crate::roster::{self, search};

pub(super) const RULES: Rules = Rules { today: TODAY, is_demo: false, school: String::new() };

pub(super) fn file(name: &str, text: impl AsRef<[u8]>) -> File {
    File { name: name.to_owned(), bytes: text.as_ref().to_vec() }
}

fn table(text: &str) -> Incoming {
    read(vec![file("roll.csv", text)], &RULES).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

pub(super) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a file in the archive");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

const FIRST: &str = "id,forename,known_as,surname,date_of_birth,year_group,class,looked_after,refused,adult_id,adult_title,adult_forename,adult_surname,relation,parental_responsibility,email
p1,Rose,,Adeyemi,2017-03-14,4,Elm,no,,a1,Mrs,Folake,Adeyemi,parent,yes,folake@elm.test
p1,Rose,,Adeyemi,2017-03-14,4,Elm,no,,a2,,Dele,Adeyemi,parent,,folake@elm.test
p2,William,Will,Young,2017-05-01,4,Elm,,website;press,a3,Mr,Jan,Young,carer,no,jan@elm.test
p3,Zoë,,O'Brien,2017-01-02,4,Oak,yes,,,,,,,,
";

struct Place {
    app: App,
    school: SchoolId,
    _keys: tempfile::TempDir,
}

async fn place(db: store::Db) -> Place {
    let (app, _, school, _, keys) = fixture::empty(db).await;
    Place { app, school, _keys: keys }
}

impl Place {
    async fn import(&self, text: &str) -> Done {
        match apply_as_operator(&self.app, self.school, &table(text), &Approval::default()).await {
            Ok(Outcome::Done(done)) => done,
            other => panic!("{other:?}"),
        }
    }

    async fn shown(&self, text: &str) -> Preview {
        preview(&self.app, self.school, &table(text)).await.expect("an answer").expect("no faults")
    }

    /// Everything there is, in words that do not change from run to run.
    async fn whole(&self) -> String {
        let mut read = self.app.db.read(self.school).await.expect("a snapshot");
        let current = writing::current(&self.app, &mut read).await.expect("the roll");
        format!("{current:?}")
    }

    async fn pupil(&self, name: &str) -> roster::pupil::Pupil {
        let mut read = self.app.db.read(self.school).await.expect("a snapshot");
        let mut found = search(&mut read, name).await.expect("an answer");
        assert_eq!(found.len(), 1, "{name}");
        found.remove(0)
    }
}

fn counts(done: &Done) -> (i64, i64, i64, i64, i64) {
    (done.counts.added, done.counts.changed, done.counts.left, done.counts.returned, done.counts.same)
}

#[tokio::test]
async fn a_file_is_taken_and_a_second_time_changes_nothing() {
    on_both(|db| async {
        let place = place(db).await;
        assert_eq!(counts(&place.import(FIRST).await), (3, 0, 0, 0, 0));
        let before = place.whole().await;
        let again = place.shown(FIRST).await;
        assert!(again.is_idle && again.doubts.is_empty(), "{again:?}");
        assert_eq!(counts(&place.import(FIRST).await), (0, 0, 0, 0, 3));
        assert_eq!(place.whole().await, before);
        let mut read = place.app.db.read(place.school).await.expect("a snapshot");
        let rose = search(&mut read, "rose").await.expect("found").remove(0);
        let adults = roster::adults_of(&mut read, rose.id, TODAY).await.expect("adults");
        let names: Vec<String> = adults.iter().map(|one| one.adult.names.in_full()).collect();
        assert_eq!(names, ["Dele Adeyemi", "Mrs Folake Adeyemi"]);
        assert_eq!(roster::born_on(&place.app, &mut read, rose.id).await.expect("opens"), Some(date(2017, 3, 14)));
        let will = search(&mut read, "will").await.expect("found").remove(0);
        assert_eq!(roster::refusals_of(&mut read, will.id).await.expect("refusals"), ["PRESS", "WEBSITE"]);
        assert_eq!(roster::refusals(&mut read).await.expect("refusals").len(), 2);
        assert_eq!(roster::classes(&mut read, TODAY).await.expect("classes").len(), 2);
        assert_eq!(queries::imports(&mut read).await.expect("the history").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_preview_says_what_is_new_changed_and_missing_and_what_to_look_at() {
    on_both(|db| async {
        let place = place(db).await;
        let first = place.shown(FIRST).await;
        assert_eq!((first.counts.added, first.adults), (3, (3, 0)));
        assert_eq!(first.doubts.iter().map(|doubt| doubt.kind).collect::<Vec<_>>(), [Kind::SharedAddress]);
        place.import(FIRST).await;
        let next = "id,forename,known_as,surname,date_of_birth,year_group,class
p1,Rose,Rosie,Adeyemi,2017-03-14,5,Beech
p9,Zoë,,O'Brien,2017-01-02,4,Oak
p10,Zac,,O'Brien,2017-01-02,4,Oak
p11,Rose,,Adeyemi,2018-03-14,4,Oak
";
        let shown = place.shown(next).await;
        let names = |list: &[Shown]| list.iter().map(|one| format!("{}: {}", one.name, one.what)).collect::<Vec<_>>();
        assert_eq!(names(&shown.changed), ["Rose Adeyemi (Rosie): name, year group"]);
        assert_eq!(names(&shown.left), ["William Young (Will): ", "Zoë O'Brien: "]);
        assert_eq!(shown.added.iter().map(|one| one.line).collect::<Vec<_>>(), [Some(3), Some(4), Some(5)]);
        let doubts: Vec<(Kind, &[usize])> = shown.doubts.iter().map(|doubt| (doubt.kind, &doubt.lines[..])).collect();
        assert_eq!(doubts, [(Kind::Twins, &[3, 4][..]), (Kind::SameName, &[2, 5]), (Kind::MaybeSame, &[3])]);
        // Looking changes nothing.
        assert!(place.shown(FIRST).await.is_idle);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_missing_is_off_the_roll_at_once_and_comes_back_as_somebody_who_was_away() {
    on_both(|db| async {
        let place = place(db).await;
        place.import(FIRST).await;
        let without: String =
            FIRST.lines().filter(|line| !line.starts_with("p2")).map(|line| format!("{line}\n")).collect();
        let done = place.import(&without).await;
        let will = place.pupil("will").await;
        assert_eq!(done.left, [will.id]);
        assert!(!will.is_on_roll(TODAY) && will.left_on == Some(TODAY));
        let mut read = place.app.db.read(place.school).await.expect("a snapshot");
        assert!(roster::classes_of(&mut read, will.id, TODAY).await.expect("classes").is_empty());
        drop(read);
        let shown = place.shown(FIRST).await;
        assert_eq!(shown.returned.len(), 1);
        assert_eq!(counts(&place.import(FIRST).await), (0, 0, 0, 1, 2));
        let back = place.pupil("will").await;
        assert!(back.is_on_roll(TODAY) && back.id == will.id);
        assert_eq!(back.returned_at, Some(place.app.clock.now().as_millisecond()));
    })
    .await;
}

#[tokio::test]
async fn a_file_sets_a_marker_and_never_clears_one() {
    on_both(|db| async {
        let place = place(db).await;
        place.import(FIRST).await;
        assert_eq!(place.pupil("zoe").await.looked_after, Known::Yes);
        assert_eq!(place.pupil("rose").await.looked_after, Known::No);
        assert_eq!(place.pupil("will").await.looked_after, Known::Unknown);
        let cleared = FIRST.replace("Oak,yes", "Oak,no").replace("Elm,no", "Elm,yes").replace("Elm,,web", "Elm,no,web");
        let cleared = cleared.replace("website;press", "");
        place.import(&cleared).await;
        assert_eq!(place.pupil("zoe").await.looked_after, Known::Yes);
        assert_eq!(place.pupil("rose").await.looked_after, Known::Yes);
        let will = place.pupil("will").await;
        assert_eq!(will.looked_after, Known::No);
        // A no that a file brought stays when the file does not repeat it.
        let mut read = place.app.db.read(place.school).await.expect("a snapshot");
        assert_eq!(roster::refusals_of(&mut read, will.id).await.expect("refusals").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_file_does_not_overrule_a_person_s_no_about_parental_responsibility() {
    on_both(|db| async {
        let place = place(db).await;
        place.import(FIRST).await;
        let will = place.pupil("will").await;
        let said = async || {
            let mut read = place.app.db.read(place.school).await.expect("a snapshot");
            let adults = roster::adults_of(&mut read, will.id, TODAY).await.expect("adults");
            adults[0].responsibility.standing.parental_responsibility
        };
        assert_eq!(said().await, Known::No);
        place.import(&FIRST.replace("carer,no", "carer,yes")).await;
        assert_eq!(said().await, Known::No);
    })
    .await;
}

#[tokio::test]
async fn what_a_file_does_not_speak_of_stays() {
    on_both(|db| async {
        let place = place(db).await;
        place.import(FIRST).await;
        let short = "id,forename,surname\np1,Rose,Adeyemi\np2,William,Young\np3,Zoë,O'Brien\n";
        let before = place.whole().await;
        assert_eq!(counts(&place.import(short).await), (0, 0, 0, 0, 3));
        assert_eq!(place.whole().await, before);
        // But a column that is there and empty says that there is none.
        let emptied = FIRST.replace("jan@elm.test", "");
        assert_eq!(place.shown(&emptied).await.adults, (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_preview_that_somebody_overtook_is_not_imported() {
    on_both(|db| async {
        let place = place(db).await;
        let seen = place.shown(FIRST).await.seen;
        place.import(&FIRST.replace("Rose", "Rosa")).await;
        let approval = Approval { seen: Some(seen), ..Approval::default() };
        let late = apply_as_operator(&place.app, place.school, &table(FIRST), &approval).await;
        assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
        assert_eq!(place.pupil("adeyemi").await.names.forename, "Rosa");
    })
    .await;
}

#[tokio::test]
async fn many_leavers_are_asked_about() {
    on_both(|db| async {
        let place = place(db).await;
        let row = |at: usize| format!("p{at},Ada,Bell{}\n", char::from(b'a' + u8::try_from(at).unwrap_or(0)));
        let many: String = (0..20).map(row).collect();
        place.import(&format!("id,forename,surname\n{many}")).await;
        let few: String = (0..8).map(row).collect();
        let few = table(&format!("id,forename,surname\n{few}"));
        let asked = apply_as_operator(&place.app, place.school, &few, &Approval::default()).await;
        assert!(matches!(asked, Err(Error::Refused(_))), "{asked:?}");
        let approval = Approval { accepts_leavers: true, ..Approval::default() };
        let done = apply_as_operator(&place.app, place.school, &few, &approval).await.expect("an outcome");
        assert!(matches!(done, Outcome::Done(done) if done.left.len() == 12));
    })
    .await;
}

#[tokio::test]
async fn a_row_that_fits_two_pupils_of_the_roll_is_not_guessed_at() {
    on_both(|db| async {
        let place = place(db).await;
        place.import("id,upn,forename,surname\np1,B801200005001,Rose,Adeyemi\np2,P207000016049,Will,Young\n").await;
        let before = place.whole().await;
        let wrong = table("id,upn,forename,surname\np1,P207000016049,Rose,Adeyemi\np2,,Will,Young\n");
        let refused =
            apply_as_operator(&place.app, place.school, &wrong, &Approval::default()).await.expect("an outcome");
        let Outcome::Faults(faults) = refused else { panic!("{refused:?}") };
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["roll.csv:2:1: has the key of one pupil on the roll and the UPN of another"]);
        assert_eq!(place.whole().await, before);
        // The UPN alone finds the same pupil, and a key that is a UPN is not kept in the open.
        let keyed = "id,forename,surname\nB801200005001,Rose,Adeyemi\nP207000016049,Will,Young\n";
        assert_eq!(counts(&place.import(keyed).await), (0, 0, 0, 0, 2));
        assert_eq!(place.whole().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_uploaded_file_waits_sealed_for_its_owner_for_an_hour() {
    on_both(|db| async {
        let (app, clock, school, head, _keys) = fixture::empty(db).await;
        let caller = fixture::caller(school, head, Role::Office);
        let given =
            Upload { file: file("roll.csv", FIRST.replace("website;press", "")), school: "Elm\nSchool".to_owned() };
        let id = keep(&app, &caller, &given).await.expect("kept");
        let there = kept(&app, &caller, id).await.expect("there");
        assert_eq!((there.file.bytes, there.school.as_str()), (given.file.bytes.clone(), "Elm School"));
        let stranger = Caller { person: Uuid::now_v7(), ..caller.clone() };
        assert!(matches!(kept(&app, &stranger, id).await, Err(Error::NotFound)));
        let teacher = fixture::caller(school, head, Role::Teacher);
        assert!(matches!(kept(&app, &teacher, id).await, Err(Error::NotFound)));
        let mut read = app.db.read(school).await.expect("a snapshot");
        let sealed = queries::find_preview(&mut read, id, 0).await.expect("a row").file;
        assert!(!sealed.windows(4).any(|four| four == b"Rose"));
        drop(read);
        let done = import_kept(&app, &caller, id, &Approval::default()).await.expect("an outcome");
        assert!(matches!(done, Outcome::Done(_)), "{done:?}");
        let again = import_kept(&app, &caller, id, &Approval::default()).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        let id = keep(&app, &caller, &given).await.expect("kept");
        let worker = queue::Worker { db: app.db.clone(), clock: app.clock.clone() };
        assert_eq!(worker.step(school, &|_, _| async { Ok(()) }).await.expect("a look"), queue::Step::Idle);
        clock.advance_millis(60 * 60 * 1_000);
        assert!(matches!(kept(&app, &caller, id).await, Err(Error::NotFound)));
        // The first file was imported long ago, the second one is still there; each has its job.
        for _ in 0..2 {
            let run = |school, job| {
                let app = app.clone();
                async move {
                    let Job::ForgetRollFile(id) = job else { panic!("{job:?}") };
                    forget_late(&app, school, id).await
                }
            };
            assert!(matches!(worker.step(school, &run).await.expect("a look"), queue::Step::Done(_)));
        }
        let mut read = app.db.read(school).await.expect("a snapshot");
        assert!(matches!(queries::find_preview(&mut read, id, 0).await, Err(store::Error::NotFound)));
        drop(read);
        assert_eq!(history(&app, &caller).await.expect("the history")[0].person, Some(head));
    })
    .await;
}

#[tokio::test]
async fn the_ledger_tells_of_an_import_and_names_nobody() {
    on_both(|db| async {
        let place = place(db).await;
        place.import(FIRST).await;
        let mut exported = Vec::new();
        store::ledger::export(&place.app.db, &[place.school], &[], &mut exported).await.expect("an export");
        let exported = String::from_utf8(exported).expect("text");
        assert!(exported.contains("roster.imported"), "{exported}");
        assert!(!exported.contains("Rose") && !exported.contains("Adeyemi"));
    })
    .await;
}
