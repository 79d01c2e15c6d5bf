//! Letters to families: who gets one, what stands in it, and what happens when the mail server does not want it.

use channels::mail::fake::{Fake, Habit};
use jiff::civil::{Date, date};
use store::testing::on_both;
use store::{Deed, SchoolId};
use uuid::Uuid;

use super::links::{self, Checked, Sent as Answered, Typed};
use super::mails::*;
use super::receipts;
use crate::access::role::Role;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::Carried;
use crate::people::post::{self, Kind, Mail, Settings, State, TRIES_MAX};
use crate::permissions::decision::Authority;
use crate::permissions::office::digest;
use crate::permissions::*;
use crate::queue::{Job, Step, Worker};
use crate::roster::adult::{AdultNames, Contact, Standing};
use crate::roster::entry::{AdultGiven, Entry};
use crate::roster::pupil::Known;
use crate::roster::tests::fixture::{Elm, elm};

const NOON: i64 = 1_795_262_400_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const BORN: Date = date(2017, 3, 14);
const SITE: &str = "http://localhost:8080/";

/// Elm with its purposes, and an app that writes by the mail server of the test.
async fn elm_with_mail(db: store::Db, fake: &Fake) -> Elm {
    let mut elm = elm(db).await;
    purposes::begin(&elm.app, elm.school).await.expect("purposes");
    elm.app.mail = Some(fake.mailer());
    elm
}

/// Does everything in the queue whose time has come.
async fn work(elm: &Elm) -> Vec<Step> {
    let worker = Worker { db: elm.app.db.clone(), clock: elm.app.clock.clone() };
    let app = elm.app.clone();
    let run = move |school, job| run(app.clone(), school, job);
    let mut steps = Vec::new();
    loop {
        match worker.step(elm.school, &run).await.expect("a step") {
            Step::Idle => return steps,
            step => steps.push(step),
        }
    }
}

/// What `jobs.rs` does with letters; whatever else is in the queue is not what these tests are about.
async fn run(app: App, school: SchoolId, job: Job) -> Result<()> {
    let Job::SendMail(id) = job else { return Ok(()) };
    let Some(mail) = post::waiting(&app, school, id).await? else { return Ok(()) };
    let came = match mail.kind {
        Kind::Receipt => send_receipt(&app, school, &mail).await?,
        Kind::Digest => digest::send(&app, school, &mail).await?,
        _ => send_link(&app, school, &mail).await?,
    };
    post::finish(&app, school, &mail, came).await
}

async fn letters(elm: &Elm) -> Vec<Mail> {
    let mut read = elm.app.db.read(elm.school).await.expect("a read");
    post::since(&mut read, 0).await.expect("letters")
}

async fn states(elm: &Elm) -> Vec<(Kind, State)> {
    letters(elm).await.iter().map(|mail| (mail.kind, mail.state)).collect()
}

fn link_in(taken: &channels::mail::fake::Taken, page: &str) -> Carried {
    let begins = format!("{SITE}{page}/");
    let link = taken.link(&begins).expect("a link in the letter");
    let carried = link[begins.len()..].split('?').next().expect("a first part");
    Carried::parse(carried).expect("a whole link")
}

/// Answers everything alike, as the family does.
async fn answer(elm: &Elm, link: &Carried, decision: Decision) {
    answer_in(elm, link, decision, "en").await;
}

async fn answer_in(elm: &Elm, link: &Carried, decision: Decision, language: &str) {
    let checked = links::check(&elm.app, link, &Typed::BirthDate(BORN)).await.expect("an answer");
    let Checked::Form(view) = checked else { panic!("the link is good") };
    let answers = view.purposes.iter().map(|purpose| (purpose.code.clone(), decision)).collect();
    let sent = Answered { ticket: view.ticket, seen: view.seen, language: language.into(), answers };
    links::answer(&elm.app, link, sent).await.expect("an answer").expect("taken");
}

#[tokio::test]
async fn a_class_is_asked_by_mail_and_the_answer_gets_its_receipt() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        let before = round(&elm.app, &office, elm.class).await.expect("a round");
        let names = |families: &[Family]| families.iter().map(|one| one.adult.names.in_full()).collect::<Vec<_>>();
        assert_eq!(names(&before.to_ask), ["Mrs Folake Adeyemi"]);
        assert_eq!(before.letters.len(), 1, "Dele has no address");
        assert_eq!(ask_class(&elm.app, &office, elm.class).await.expect("asked"), 1);
        assert_eq!(
            ask_class(&elm.app, &office, elm.class).await.expect("asked"),
            0,
            "a second press asks nobody twice"
        );
        // Nothing of the letter stands in the database before its turn.
        assert_eq!(states(&elm).await, [(Kind::Round, State::Waiting)]);
        assert!(fake.taken().is_empty());
        work(&elm).await;
        let taken = fake.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].to, "folake@elm.test");
        assert!(taken[0].raw.contains("Elm Primary School"));
        for hidden in ["Rose", "Adeyemi", "Folake", "2017"] {
            assert!(!taken[0].raw.contains(hidden) && !taken[0].text().contains(hidden), "{hidden}");
        }
        let link = link_in(&taken[0], "answer");
        answer(&elm, &link, Decision::Yes).await;
        work(&elm).await;
        let receipt = link_in(fake.taken().last().expect("a receipt"), "receipts");
        assert!(receipts::find(&elm.app, &receipt).await.expect("an answer").is_some());
        receipts::withdraw(&elm.app, &receipt).await.expect("an answer").expect("withdrawn");
        let after = round(&elm.app, &office, elm.class).await.expect("a round");
        assert!(after.to_ask.is_empty() && after.to_remind.is_empty(), "whoever withdrew is not asked");
        assert_eq!((after.sent, after.answered), (1, 2), "a withdrawal settles it for both");
        let teacher = ask_class(&elm.app, &elm.caller(Role::Teacher), elm.class).await;
        assert!(matches!(teacher, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn letters_come_in_the_language_in_which_the_family_answered_last() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        for (number, (language, subject, receipt)) in [
            ("ur", "Please answer: pictures and names", "آپ کی رسید"),
            ("pl", "براہ کرم جواب دیں: تصاویر اور نام", "Twoje potwierdzenie"),
            ("en", "Prosimy o odpowiedź: zdjęcia i imiona", "Your receipt"),
            ("en", "Please answer: pictures and names", "Your receipt"),
        ]
        .into_iter()
        .enumerate()
        {
            ask_one(&elm.app, &office, (elm.rose, elm.folake)).await.expect("asked");
            work(&elm).await;
            let asked = fake.taken().pop().expect("a letter");
            assert_eq!(asked.subject(), subject);
            answer_in(&elm, &link_in(&asked, "answer"), Decision::No, language).await;
            work(&elm).await;
            let taken = fake.taken();
            assert_eq!(taken.len(), 2 * number + 2);
            assert_eq!(taken[2 * number + 1].subject(), receipt);
            let kept = receipts::find(&elm.app, &link_in(&taken[2 * number + 1], "receipts")).await.expect("an answer");
            assert_eq!(kept.expect("a receipt").language, language);
            elm.clock.advance_millis(1);
            for hidden in ["Rose", "Adeyemi", "Folake", "2017"] {
                assert!(taken.iter().all(|taken| !taken.text().contains(hidden)), "{hidden}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_that_did_not_go_out_takes_no_other_away() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        let letter =
            links::invite(&elm.app, &office, elm.rose, elm.folake, links::Way::Letter).await.expect("a letter");
        let is_good = async |link: &Carried| links::wanted(&elm.app, link).await.expect("an answer").is_some();
        fake.has_habit("RCPT", Habit::Says("451 later"));
        ask_one(&elm.app, &office, (elm.rose, elm.folake)).await.expect("asked");
        work(&elm).await;
        assert_eq!(states(&elm).await, [(Kind::Link, State::Waiting)]);
        assert!(is_good(&letter.link).await, "the printed letter still works");
        fake.behaves();
        elm.clock.advance_millis(60_000);
        work(&elm).await;
        assert_eq!(states(&elm).await, [(Kind::Link, State::Sent)]);
        assert!(!is_good(&letter.link).await, "the newer one has taken its place");
        let first = link_in(&fake.taken()[0], "answer");
        assert!(is_good(&first).await);
        // The server hangs up at the end: the letter may be there, so its link stays good until the next.
        fake.has_habit(".", Habit::Drops);
        ask_one(&elm.app, &office, (elm.rose, elm.folake)).await.expect("asked");
        work(&elm).await;
        assert!(is_good(&first).await);
        fake.behaves();
        elm.clock.advance_millis(60_000);
        work(&elm).await;
        assert!(!is_good(&first).await);
        assert_eq!(fake.taken().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_delivered_is_a_task_of_the_office() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        fake.has_habit("RCPT", Habit::Says("550 <folake@elm.test> nobody"));
        ask_class(&elm.app, &office, elm.class).await.expect("asked");
        work(&elm).await;
        let outstanding = office::lists::outstanding(&elm.app, &office, 1).await.expect("a list").rows;
        assert_eq!(outstanding.len(), 1);
        assert!(outstanding[0].what.starts_with("A letter by email could not be delivered"));
        let failed = letters(&elm).await.remove(0);
        assert!(!failed.said.clone().unwrap_or_default().contains("folake"), "{failed:?}");
        let dpo = post::settle(&elm.app, &elm.caller(Role::Dpo), failed.id).await;
        assert!(matches!(dpo, Err(Error::Refused(_))), "{dpo:?}");
        let other = post::settle(&elm.app, &office, Uuid::now_v7()).await;
        assert!(matches!(other, Err(Error::NotFound)));
        post::settle(&elm.app, &office, failed.id).await.expect("settled");
        assert!(office::lists::outstanding(&elm.app, &office, 1).await.expect("a list").rows.is_empty());
        // A server that always says "later" is given up in the end, not for ever.
        fake.behaves();
        fake.has_habit("", Habit::Says("421 busy"));
        ask_one(&elm.app, &office, (elm.rose, elm.folake)).await.expect("asked");
        let mut tries = 0;
        while states(&elm).await[1].1 == State::Waiting {
            tries += i64::try_from(work(&elm).await.len()).expect("few");
            elm.clock.advance_millis(7 * 60 * 60 * 1_000);
        }
        assert_eq!((tries, states(&elm).await[1].1), (TRIES_MAX, State::Failed));
    })
    .await;
}

#[tokio::test]
async fn reminders_stop_at_an_answer_and_never_reach_who_must_not_be_asked() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let (office, dsl) = (elm.caller(Role::Office), elm.caller(Role::Dsl));
        ask_class(&elm.app, &office, elm.class).await.expect("asked");
        work(&elm).await;
        elm.clock.advance_millis(7 * DAY_MS);
        assert_eq!(remind_due(&elm.app, elm.school).await.expect("reminded"), 1);
        assert_eq!(remind_due(&elm.app, elm.school).await.expect("reminded"), 0, "one is on its way");
        // Between the asking and the sending the school withholds the child: nothing goes out.
        withheld::set(&elm.app, &dsl, elm.rose, "a reason").await.expect("withheld");
        work(&elm).await;
        assert_eq!(states(&elm).await[1], (Kind::Reminder, State::Dropped));
        assert_eq!(fake.taken().len(), 1);
        elm.clock.advance_millis(7 * DAY_MS);
        assert_eq!(remind_due(&elm.app, elm.school).await.expect("reminded"), 0);
        let round = round(&elm.app, &office, elm.class).await.expect("a round");
        assert!(round.to_ask.is_empty() && round.to_remind.is_empty());
    })
    .await;
}

#[tokio::test]
async fn at_most_so_many_reminders_go_out_by_themselves_and_more_by_a_press() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        let settings = Settings { office: None, reminders_max: 1, remind_after_days: 3 };
        post::save(&elm.app, &office, 0, &settings).await.expect("saved");
        assert!(matches!(post::save(&elm.app, &office, 0, &settings).await, Err(Error::Conflict)));
        ask_class(&elm.app, &office, elm.class).await.expect("asked");
        work(&elm).await;
        for expect in [1, 0, 0] {
            elm.clock.advance_millis(3 * DAY_MS);
            assert_eq!(remind_due(&elm.app, elm.school).await.expect("reminded"), expect);
            work(&elm).await;
        }
        assert_eq!(remind_class(&elm.app, &office, elm.class).await.expect("reminded"), 1);
        work(&elm).await;
        assert_eq!(remind_class(&elm.app, &office, elm.class).await.expect("reminded"), 0, "not twice on one day");
        let taken = fake.taken();
        assert_eq!(taken.len(), 3);
        assert!(taken[1].raw.contains("Subject: A reminder"));
        // The last letter's link works, and after the answer nobody is reminded.
        answer(&elm, &link_in(&taken[2], "answer"), Decision::No).await;
        work(&elm).await;
        elm.clock.advance_millis(30 * DAY_MS);
        assert_eq!(remind_due(&elm.app, elm.school).await.expect("reminded"), 0);
        assert_eq!(remind_class(&elm.app, &office, elm.class).await.expect("reminded"), 0);
    })
    .await;
}

#[tokio::test]
async fn whoever_shares_an_address_or_has_left_is_not_written_to() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        ask_one(&elm.app, &office, (elm.rose, elm.folake)).await.expect("asked");
        // Before the letter's turn a third adult comes with the same address, in other letters.
        let mut tx = elm.app.db.write(elm.school).await.expect("a write");
        let entry = Entry::begin(&elm.app, &mut tx).await.expect("keys");
        let contact = Contact { email: Some("Folake@Elm.test ".into()), ..Contact::default() };
        let names = AdultNames { title: None, forename: "Ayo".into(), surname: "Adeyemi".into() };
        let ayo = entry.adult(&mut tx, &AdultGiven { names, contact, source: None }).await.expect("an adult");
        let standing = Standing { parental_responsibility: Known::Yes, ..Standing::default() };
        entry.responsibility(&mut tx, (elm.rose, ayo), &standing, date(2026, 9, 1)).await.expect("a responsibility");
        tx.commit(Deed::by_program().did("roster.entered")).await.expect("kept");
        work(&elm).await;
        assert_eq!(states(&elm).await, [(Kind::Link, State::Dropped)]);
        assert!(fake.taken().is_empty());
        let shared = ask_one(&elm.app, &office, (elm.rose, ayo)).await;
        assert!(matches!(shared, Err(Error::Refused(_))), "{shared:?}");
        let nobody = ask_one(&elm.app, &office, (elm.will, elm.folake)).await;
        assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
        let unborn = ask_one(&elm.app, &office, (elm.zoe, elm.folake)).await;
        assert!(matches!(unborn, Err(Error::NotFound)), "{unborn:?}");
        // Without a mail server nothing is promised.
        let bare = App { mail: None, ..elm.app.clone() };
        assert!(matches!(ask_class(&bare, &office, elm.class).await, Err(Error::Refused(_))));
        assert!(matches!(ask_one(&bare, &office, (elm.rose, elm.folake)).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn the_office_gets_a_list_without_names_once_a_week() {
    on_both(|db| async {
        let fake = Fake::start().await;
        let elm = elm_with_mail(db, &fake).await;
        let office = elm.caller(Role::Office);
        ask_class(&elm.app, &office, elm.class).await.expect("asked");
        work(&elm).await;
        assert!(!digest::ask_due(&elm.app, elm.school).await.expect("an answer"), "nobody said where to");
        let settings = Settings { office: Some("office@elm.test".into()), ..Settings::default() };
        post::save(&elm.app, &office, 0, &settings).await.expect("saved");
        for (days, expect) in [(0, true), (1, false), (5, false), (1, true)] {
            elm.clock.advance_millis(days * DAY_MS);
            assert_eq!(digest::ask_due(&elm.app, elm.school).await.expect("an answer"), expect, "after {days}");
            work(&elm).await;
        }
        let taken = fake.taken();
        let lists: Vec<_> = taken.iter().filter(|taken| taken.to == "office@elm.test").collect();
        assert_eq!(lists.len(), 2);
        assert!(lists[0].text().contains("- 1 asked and without an answer"), "{}", lists[0].text());
        assert!(!lists[0].text().contains("Rose"));
    })
    .await;
}

#[test]
fn who_is_written_to_is_decided_by_what_is_known() {
    let good = Facts {
        is_on_roll: true,
        authority: Some(Authority::ParentalResponsibility),
        contact_order: Known::Unknown,
        is_outstanding: true,
        is_born_known: true,
        address: Address::Own,
    };
    assert_eq!(reach(&good), Reach::Mail);
    assert_eq!(reach(&Facts { authority: Some(Authority::Unknown), ..good }), Reach::Mail);
    assert_eq!(reach(&Facts { is_outstanding: false, ..good }), Reach::Answered);
    for never in [Facts { is_on_roll: false, ..good }, Facts { authority: None, ..good }] {
        assert!(matches!(reach(&never), Reach::Never(_)), "{never:?}");
    }
    for letter in [
        Facts { contact_order: Known::Yes, ..good },
        Facts { is_born_known: false, ..good },
        Facts { address: Address::Shared, ..good },
        Facts { address: Address::None, ..good },
    ] {
        assert!(matches!(reach(&letter), Reach::Letter(_)), "{letter:?}");
    }
}

fn letter(kind: Kind, state: State, days_ago: i64) -> Mail {
    let asked_by = (kind != Kind::Reminder).then(Uuid::nil);
    let at = NOON - days_ago * DAY_MS;
    Mail {
        id: Uuid::now_v7(),
        version: 1,
        kind,
        recipient: Uuid::nil(),
        about: Uuid::nil(),
        asked_by,
        made_at: at,
        state,
        state_at: at,
        tries: 1,
        said: None,
    }
}

#[test]
fn reminders_come_at_intervals_and_end() {
    use Kind::{Link, Reminder, Round};
    use State::{Dropped, Failed, Sent, Waiting};
    let settings = Settings { office: None, reminders_max: 2, remind_after_days: 7 };
    let is_due = |letters: &[(Kind, State, i64)], settings: &Settings| {
        let letters: Vec<Mail> = letters.iter().map(|(kind, state, days)| letter(*kind, *state, *days)).collect();
        !due(&letters, settings, NOON).is_empty()
    };
    for (letters, expect) in [
        (&[][..], false),
        (&[(Round, Sent, 6)], false),
        (&[(Round, Sent, 7)], true),
        (&[(Link, Sent, 7)], true),
        (&[(Round, Failed, 30)], false),
        (&[(Round, Dropped, 30)], false),
        (&[(Round, Waiting, 30)], false),
        (&[(Round, Sent, 20), (Reminder, Waiting, 13)], false),
        (&[(Round, Sent, 20), (Reminder, Sent, 6)], false),
        (&[(Round, Sent, 20), (Reminder, Sent, 13)], true),
        (&[(Round, Sent, 30), (Reminder, Sent, 20), (Reminder, Sent, 10)], false),
        (&[(Round, Sent, 60), (Reminder, Sent, 50), (Reminder, Sent, 40), (Link, Sent, 7)], true),
        (&[(Kind::Receipt, Sent, 30)], false),
    ] {
        assert_eq!(is_due(letters, &settings), expect, "{letters:?}");
    }
    let never = Settings { reminders_max: 0, ..settings };
    assert!(!is_due(&[(Round, Sent, 30)], &never));
}
