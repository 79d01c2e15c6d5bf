//! The gate, case by case: what must be said for each thing that is wrong, and that nothing is said when nothing is.

use rulebook::{Situation, Verdict};
use screening::{Draft, Field, Person, PersonKind, Roll};

use crate::desk::gate::*;
use crate::desk::picture::{Format, InIt, Marked, Picture, Who};
use crate::desk::request::{Approval, Content, News, Purpose};
use crate::desk::safety::{QUESTIONS, Safety, Told};
use crate::permissions::Form;
use crate::policies;
use jiff::Timestamp;
use uuid::Uuid;

const WRITER: Uuid = Uuid::from_u128(1);
const HEAD: Uuid = Uuid::from_u128(2);
const DEPUTY: Uuid = Uuid::from_u128(3);
const PUPIL: Uuid = Uuid::from_u128(4);

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a moment")
}

/// Everything of a request that nothing stands against, to be spoiled one thing at a time.
struct Case {
    step: Step,
    content: Content,
    pictures: Vec<Picture>,
    found: Vec<Found>,
    uses: Vec<Use>,
    targets: Vec<Target>,
    approvals: Vec<Approval>,
    is_urgent: bool,
    writers: Vec<Uuid>,
}

fn ruling(facts: &str) -> rulebook::Ruling {
    let vocabulary = policies::vocabulary().expect("the vocabulary");
    let text = format!(r#"{{"actor": {{"roles": ["teacher"], "account_editor": true}}, "act": "publish", {facts}}}"#);
    let today = jiff::civil::date(2026, 11, 21);
    let batch = Situation::read_json(vocabulary, "case", &text, today).expect("a situation");
    policies::shipped("rattlesden").expect("the pack").rule(&batch.situations[0])
}

fn picture(in_it: InIt) -> Picture {
    Picture {
        id: Uuid::from_u128(9),
        version: 1,
        request: Uuid::nil(),
        place: 1,
        alt: "Two towers of wooden blocks".into(),
        media: Format::Jpeg,
        width: 1600,
        height: 1200,
        hash: vec![0; 32],
        in_it,
        size_bytes: 1,
        is_kept: true,
    }
}

fn sound() -> Case {
    let content = Content {
        accounts: vec![Uuid::from_u128(7)],
        safety: Safety::harmless(),
        ..Content::of("Our Year 2 towers stand at last.", Purpose::Showcase)
    };
    let target = Target {
        called: "the school's website".into(),
        hindrances: vec![],
        ruling: Some(ruling(r#""purpose": "showcase""#)),
    };
    let approvals = vec![Approval { by: HEAD, at: now(), is_headteachers: true }];
    Case {
        step: Step::Releasing,
        content,
        pictures: vec![picture(InIt::Nobody)],
        found: vec![],
        uses: vec![],
        targets: vec![target],
        approvals,
        is_urgent: false,
        writers: vec![WRITER],
    }
}

fn used(matter: Matter, standing: Standing) -> Use {
    Use {
        person: PUPIL,
        called: "Maya Flint".into(),
        place: Place::Picture(1),
        matter,
        for_what: "the school's website".into(),
        standing,
        form: (standing == Standing::Yes).then_some(Form::Written),
        is_pupil: true,
    }
}

fn asked(case: &Case) -> Result<(), Vec<Refusal>> {
    gate(&Gathered {
        step: case.step,
        now: now(),
        content: &case.content,
        pictures: &case.pictures,
        found: &case.found,
        uses: &case.uses,
        targets: &case.targets,
        approvals: &case.approvals,
        is_urgent: case.is_urgent,
        writers: &case.writers,
    })
}

/// Each spoiled case is refused for one reason, which names the place and says this.
fn check(spoil: impl FnOnce(&mut Case), place: Place, says: &str) -> Refusal {
    let mut case = sound();
    spoil(&mut case);
    let refusals = asked(&case).expect_err(says);
    let [only] = refusals.as_slice() else { panic!("{says}: {refusals:#?}") };
    assert_eq!(only.place, place, "{only:?}");
    assert!(only.said.contains(says), "{only:?}");
    assert!(!only.way_out.is_empty(), "{only:?}");
    only.clone()
}

#[test]
fn what_is_in_order_passes_at_every_step() {
    for step in [Step::HandingIn, Step::Approving, Step::Releasing] {
        assert_eq!(asked(&Case { step, ..sound() }), Ok(()), "{step:?}");
    }
    let mut permitted = sound();
    permitted.pictures = vec![picture(InIt::People(vec![Marked { who: Who::Pupil(PUPIL), spot: None }]))];
    permitted.uses = vec![used(Matter::Shown, Standing::Yes)];
    assert_eq!(asked(&permitted), Ok(()));
}

#[test]
fn everybody_in_a_picture_is_accounted_for() {
    check(|case| case.pictures = vec![picture(InIt::Unsaid)], Place::Picture(1), "nobody has said who");
    for (who, says) in [(Who::Stranger, "not on your list"), (Who::AdultUnasked, "nobody has asked")] {
        let marked = InIt::People(vec![Marked { who, spot: None }]);
        check(|case| case.pictures = vec![picture(marked)], Place::Picture(1), says);
    }
    check(|case| case.pictures[0].alt = " ".into(), Place::Picture(1), "no description");
    check(|case| case.pictures[0].is_kept = false, Place::Picture(1), "not kept");
}

#[test]
fn what_is_not_known_of_a_permission_says_no_and_names_the_person() {
    for (matter, standing, says) in [
        (Matter::Shown, Standing::No, "Maya Flint may not be shown on the school's website"),
        (Matter::Shown, Standing::Unknown, "not known whether Maya Flint may be shown"),
        (Matter::Named, Standing::Unknown, "not known whether Maya Flint may be named"),
        (Matter::NamedWithPicture, Standing::No, "may not be named beside a picture"),
    ] {
        let refusal = check(|case| case.uses = vec![used(matter, standing)], Place::Picture(1), says);
        assert_eq!(refusal.person, Some(PUPIL));
    }
}

fn found(text: &str, has_photo: bool) -> Found {
    let maya = Person {
        id: PUPIL.to_string(),
        forename: "Maya".into(),
        known_as: String::new(),
        surname: "Flint".into(),
        kind: PersonKind::Pupil,
    };
    let roll = Roll::of(&[maya], &[]).expect("a roll");
    let draft = Draft::of("case", text, Field::Text, has_photo).expect("a short text");
    let finding = screening::text(&draft, &roll).findings.into_iter().next().expect("something is found");
    Found { place: Place::Words, finding, quoted: text.into(), clause: Some("aims.6".into()), is_answered: false }
}

#[test]
fn what_screening_stops_has_to_come_out() {
    let number = found("Ring 07700 900123 tonight.", false);
    let refusal = check(|case| case.found = vec![number], Place::Words, "07700 900123");
    assert_eq!(refusal.clause.as_deref(), Some("aims.6"));
    let name = found("Well done Maya Flint!", true);
    check(|case| case.found = vec![name.clone()], Place::Words, "Maya Flint");
    let mut permitted = sound();
    permitted.found = vec![name];
    permitted.uses = vec![Use { place: Place::Words, ..used(Matter::NamedWithPicture, Standing::Yes) }];
    assert_eq!(asked(&permitted), Ok(()), "a permission for this very name is what the name needs");
    permitted.uses[0].standing = Standing::Unknown;
    assert!(asked(&permitted).is_err());
}

#[test]
fn what_screening_asks_about_wants_an_answer_and_no_more() {
    let mut case = sound();
    let mut maybe = found("Well done Maya Flint!", true);
    maybe.finding.strength = screening::Strength::Ask;
    maybe.finding.person = None;
    case.found = vec![maybe];
    assert_eq!(asked(&case).expect_err("asked about").len(), 1);
    case.found[0].is_answered = true;
    assert_eq!(asked(&case), Ok(()));
    case.found[0].finding.strength = screening::Strength::Stop;
    assert!(asked(&case).is_err(), "no answer opens what is stopped");
}

#[test]
fn every_safety_question_is_answered_and_a_yes_has_its_price() {
    for question in QUESTIONS {
        check(|case| case.content.safety.answer(question.code, Told::Unknown), Place::Safety, question.ask);
    }
    check(|case| case.content.safety.answer("face_on", Told::Yes), Place::Safety, "from the front");
    let mut red = sound();
    red.content.safety.answer("uniform", Told::Yes);
    red.content.safety.reason = "the house colours are the point".into();
    let refusals = asked(&red).expect_err("one approval is too few");
    assert_eq!(refusals[0].place, Place::Approval);
    red.approvals.push(Approval { by: DEPUTY, at: now(), is_headteachers: false });
    assert_eq!(asked(&red), Ok(()));
    red.content.safety.reason.clear();
    assert!(asked(&red).expect_err("no reason")[0].said.contains("reason is missing"));
    let mut plain = sound();
    plain.pictures.clear();
    plain.content.safety = Safety::default();
    let asked_of_text = QUESTIONS.iter().filter(|asked| !asked.about_pictures).count();
    assert_eq!(asked(&plain).expect_err("still unknown").len(), asked_of_text);
}

#[test]
fn nothing_tells_before_an_event_where_a_child_will_be() {
    let tomorrow: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a moment");
    let says = "still to come";
    check(
        |case| {
            case.content.event_at = Some(tomorrow);
            case.uses = vec![used(Matter::Shown, Standing::Yes)];
        },
        Place::Times,
        says,
    );
    let mut after = sound();
    after.content.event_at = Some(tomorrow);
    after.content.release_at = Some("2026-11-22T18:00:00Z".parse().expect("a moment"));
    after.uses = vec![used(Matter::Shown, Standing::Yes)];
    assert_eq!(asked(&after), Ok(()), "it goes out after the event");
    check(|case| case.content.purpose = Purpose::EventReminder, Place::Times, "when that is");
    check(|case| case.content.remove_on = Some(jiff::civil::date(2026, 11, 21)), Place::Times, "not ahead");
}

#[test]
fn the_policy_decides_with_its_clause_and_silence_or_its_absence_do_not_pass_for_a_yes() {
    let stopped = ruling(r#""purpose": "business""#);
    assert_eq!(stopped.verdict, Verdict::NeedsPermission);
    let refusal = check(|case| case.targets[0].ruling = Some(stopped), Place::Purpose, "the policy says");
    assert_eq!(refusal.clause.as_deref(), Some("rattlesden.school-accounts.2"));
    let unknown = ruling(r#""purpose": "showcase", "content": {"shows": "unknown"}"#);
    check(|case| case.targets[0].ruling = Some(unknown), Place::Purpose, "website");
    check(|case| case.targets[0].ruling = None, Place::Purpose, "no policy");
    check(|case| case.targets.clear(), Place::Accounts, "where it goes");
    check(
        |case| case.targets[0].hindrances = vec!["the text has 301 characters, 300 fit".into()],
        Place::Accounts,
        "301",
    );
}

#[test]
fn two_people_and_the_headteachers_word_for_news() {
    check(|case| case.approvals.clear(), Place::Approval, "has still to approve");
    check(|case| case.writers.push(HEAD), Place::Approval, "has still to approve");
    check(
        |case| {
            case.content.news = News::NotYet;
            case.approvals = vec![Approval { by: DEPUTY, at: now(), is_headteachers: false }];
        },
        Place::Approval,
        "the headteacher has not let out",
    );
    let mut urgent = sound();
    urgent.writers = vec![HEAD];
    urgent.is_urgent = true;
    assert_eq!(asked(&urgent), Ok(()), "in a hurry the headteacher alone");
    urgent.uses = vec![used(Matter::Shown, Standing::No)];
    assert!(asked(&urgent).is_err(), "and never past a permission");
    let mut handed_in = sound();
    handed_in.step = Step::HandingIn;
    handed_in.approvals.clear();
    handed_in.content.news = News::NotYet;
    assert_eq!(asked(&handed_in), Ok(()), "nobody has approved what is only handed in");
}

#[test]
fn everything_is_said_at_once() {
    let mut case = sound();
    case.pictures[0].alt.clear();
    case.pictures[0].in_it = InIt::Unsaid;
    case.uses = vec![used(Matter::Shown, Standing::No)];
    case.approvals.clear();
    case.targets.clear();
    case.content.safety = Safety::default();
    let places: Vec<Place> =
        asked(&case).expect_err("much is wrong").into_iter().map(|refusal| refusal.place).collect();
    let expect = [
        vec![Place::Picture(1); 3],
        vec![Place::Accounts],
        vec![Place::Safety; QUESTIONS.len()],
        vec![Place::Approval],
    ];
    assert_eq!(places, expect.concat());
}
