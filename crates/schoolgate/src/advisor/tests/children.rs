//! What the register of permissions adds to a question: when it is asked, what comes of it, and who may ask it.

use axum::body::to_bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::{Date, date};
use rulebook::Verdict;
use store::testing::on_both;
use store::{Deed, SchoolId};
use uuid::Uuid;

use super::TODAY;
use crate::access::role::Role;
use crate::advisor::children::{self, CHILDREN};
use crate::advisor::journey::{Answer, Journey, NONE, Step, UNKNOWN};
use crate::advisor::{self, answers, pages};
use crate::error::{Error, Result};
use crate::permissions::on_record::Record;
use crate::permissions::purpose::USUAL;
use crate::permissions::{self, Authority, Decision, Form, Given, OnRecord, Route};
use crate::policies;
use crate::roster::tests::fixture::{Elm, elm};
use crate::web::Path;
use crate::web::forms::{Fields, Sent};

/// What a teacher says of a picture of pupils for the school's own page.
const PICTURE: [(&str, &str); 4] =
    [("content.shows", "pupil"), ("content.refers_to", "none"), ("purpose", "showcase"), ("service.family", "image")];

/// What every walk answers besides, unless something else is said.
const USUAL_ANSWERS: [(&str, &str); 4] =
    [("content.repute", "none"), ("time", "outside"), ("place", "elsewhere"), ("device.owner", "school")];

/// What somebody picks when they are asked for the children, and what the register says of each.
struct Told {
    picked: Vec<String>,
    register: Vec<Record>,
}

impl Told {
    fn these(register: Vec<Record>) -> Self {
        Self { picked: (1..=register.len()).map(|n| Uuid::from_u128(n as u128).to_string()).collect(), register }
    }

    fn word(word: &str) -> Self {
        Self { picked: vec![word.to_owned()], register: vec![] }
    }
}

/// The yeses of one child: code, form, last day.
fn yes(given: &[(&str, Form, Option<Date>)]) -> Record {
    given.iter().map(|(code, form, until)| ((*code).to_owned(), OnRecord { form: *form, until: *until })).collect()
}

fn in_writing(codes: &[&str]) -> Record {
    yes(&codes.iter().map(|code| (*code, Form::Written, None)).collect::<Vec<_>>())
}

fn publishing() -> Journey {
    let recorded = vec![(Answer::new("actor.roles", &["teacher"]), "the school's records")];
    let classes = vec![(Uuid::from_u128(99), "Elm".to_owned())];
    Journey { act: "publish".to_owned(), recorded, classes, ..Journey::default() }
}

/// Answers what is asked, `no` or `none` where nothing else is said; gives what was asked, the journey and the verdict.
fn walk(policy: &str, mut journey: Journey, facts: &[(&str, &str)], told: &Told) -> (Vec<String>, Journey, Verdict) {
    let policy = policies::shipped(policy).expect("the pack reads");
    let mut asked = vec![];
    for _ in 0..40 {
        match journey.step(&policy, TODAY).expect("answers of ours") {
            Step::Ruled(ruling) => return (asked, journey, ruling.verdict),
            Step::Children => {
                journey.answer(Answer { path: CHILDREN.to_owned(), values: told.picked.clone() });
                journey.register = told.register.clone();
                asked.push(CHILDREN.to_owned());
            }
            Step::Ask(question) => {
                let said = facts
                    .iter()
                    .chain(&USUAL_ANSWERS)
                    .find(|(path, _)| *path == question.path)
                    .map(|(_, value)| *value);
                let plain = if question.is_set { NONE } else { "false" };
                let is_bool = question.answers.iter().any(|(value, _)| value == "false");
                let plain = if question.is_set || is_bool { plain } else { UNKNOWN };
                journey.answer(Answer::new(&question.path, &[said.unwrap_or(plain)]));
                asked.push(question.path);
            }
            Step::Whom => panic!("nothing was declared"),
        }
    }
    panic!("asked without end: {asked:?}");
}

/// The verdict of Rattlesden on a picture of the children of whom the register says this.
fn check(told: &Told, expect: Verdict) {
    let (asked, journey, verdict) = walk("rattlesden", publishing(), &PICTURE, told);
    let times = asked.iter().filter(|path| *path == CHILDREN).count();
    assert_eq!((times, asked.last().map(String::as_str)), (1, Some(CHILDREN)), "once, and last: {asked:?}");
    assert_eq!(verdict, expect, "{:?}", children::permissions(&journey));
}

#[test]
fn what_the_register_says_of_every_child_together_decides() {
    let media = || in_writing(&["social-public"]);
    let spoken = || yes(&[("social-public", Form::Oral, None)]);
    let over = yes(&[("social-public", Form::Written, Some(date(2026, 8, 31)))]);
    check(&Told::these(vec![media(), media()]), Verdict::Allowed);
    check(&Told::these(vec![media(), Record::new()]), Verdict::NeedsPermission);
    check(&Told::these(vec![Record::new()]), Verdict::NeedsPermission);
    check(&Told::these(vec![in_writing(&["website", "class-app", "display"])]), Verdict::NeedsPermission);
    check(&Told::these(vec![spoken()]), Verdict::NeedsPermission);
    check(&Told::these(vec![media(), spoken()]), Verdict::NeedsPermission);
    check(&Told::these(vec![media(), over]), Verdict::NeedsPermission);
    check(&Told::word(NONE), Verdict::NeedsPermission);
    check(&Told::word(UNKNOWN), Verdict::Depends);
}

#[test]
fn the_permissions_listed_are_those_of_the_contract() {
    let media = |until| yes(&[("social-public", Form::Written, until)]);
    let (soon, later) = (date(2027, 1, 31), date(2027, 7, 31));
    let told = Told::these(vec![media(Some(later)), media(Some(soon))]);
    let (_, journey, _) = walk("rattlesden", publishing(), &PICTURE, &told);
    let listed = serde_json::json!([{
        "from": "parent", "form": "written", "for": "show", "of": "pupil", "before": true, "covers": "all",
        "until": "2027-01-31",
    }]);
    assert_eq!(serde_json::json!(children::permissions(&journey)), listed);
    let (_, journey, _) = walk("rattlesden", publishing(), &PICTURE, &Told::these(vec![media(None), Record::new()]));
    assert_eq!(children::permissions(&journey)[0]["covers"], "some");
    let (_, journey, _) = walk("rattlesden", publishing(), &PICTURE, &Told::these(vec![Record::new()]));
    assert!(children::permissions(&journey).is_empty());
}

#[test]
fn a_name_takes_both_asks_about_names_and_one_more_beside_a_picture() {
    let refers = [("content.refers_to", "pupil"), ("purpose", "showcase"), ("service.family", "website")];
    let names = || in_writing(&["first-name", "full-name"]);
    let check = |facts: &[(&str, &str)], told: Record, expect: Verdict| {
        let (asked, _, verdict) = walk("bassingbourn", publishing(), facts, &Told::these(vec![told]));
        assert!(asked.contains(&CHILDREN.to_owned()), "{asked:?}");
        assert_eq!(verdict, expect, "{facts:?}");
    };
    check(&refers, names(), Verdict::Allowed);
    check(&refers, in_writing(&["full-name", "website", "work-with-name"]), Verdict::NeedsPermission);
    let both = [refers[0], refers[1], refers[2], ("content.shows", "pupil")];
    check(&both, in_writing(&["first-name", "full-name", "website"]), Verdict::Allowed);
    check(&both, names(), Verdict::NeedsPermission);
    let mut journey = publishing();
    for (path, value) in [both[0], both[3], both[2], ("content.name_with_photo", "true")] {
        journey.answer(Answer::new(path, &[value]));
    }
    let child = Uuid::from_u128(1).to_string();
    journey.answer(Answer::new(CHILDREN, &[&child]));
    journey.register = vec![in_writing(&["first-name", "full-name", "website"])];
    assert!(children::permissions(&journey).is_empty(), "the name beside the picture is an ask of its own");
    journey.register = vec![in_writing(&["first-name", "full-name", "website", "name-with-image"])];
    assert_eq!(children::permissions(&journey).len(), 2);
}

#[test]
fn the_register_is_not_asked_where_it_can_change_nothing_or_says_nothing() {
    let nobody = Told::these(vec![]);
    let none_asked = |policy: &str, journey: Journey, facts: &[(&str, &str)]| {
        let (asked, _, verdict) = walk(policy, journey, facts, &nobody);
        assert!(!asked.contains(&CHILDREN.to_owned()), "{facts:?}: {asked:?}");
        verdict
    };
    let with = |more: (&'static str, &'static str)| [PICTURE[1], PICTURE[2], PICTURE[3], more];
    none_asked("rattlesden", publishing(), &with(("content.shows", "staff")));
    none_asked("rattlesden", publishing(), &with(("content.shows", UNKNOWN)));
    // Something that no permission lifts settles it before.
    let rude = [PICTURE[0], PICTURE[1], PICTURE[2], PICTURE[3], ("content.tone", "abusive")];
    assert_eq!(none_asked("rattlesden", publishing(), &rude), Verdict::MustNot);
    // Who may not see class lists picks nobody; what is missing is then said as before.
    let stranger = Journey { classes: vec![], ..publishing() };
    assert_eq!(none_asked("rattlesden", stranger, &PICTURE), Verdict::NeedsPermission);
    // What families permit the school to do says nothing of somebody's own account.
    let own = Journey { act: "post".to_owned(), ..publishing() };
    let known = [("content.shows", "pupil"), ("content.wants_public", "true")];
    assert_ne!(none_asked("bassingbourn", own, &known), Verdict::Allowed);
}

#[test]
fn the_kind_of_service_is_asked_before_the_children() {
    for policy in ["bassingbourn", "bullion-lane", "braunstone", "westacre", "rattlesden"] {
        let (asked, ..) = walk(policy, publishing(), &PICTURE, &Told::word(NONE));
        let at = |path: &str| asked.iter().position(|known| known == path);
        assert!(at(CHILDREN).is_none() || at("service.family") < at(CHILDREN), "{policy}: {asked:?}");
    }
    let mut open = publishing();
    open.answer(Answer::new("content.shows", &["pupil"]));
    open.answer(Answer::new("service.family", &[UNKNOWN]));
    open.answer(Answer::new(CHILDREN, &[&Uuid::from_u128(1).to_string()]));
    open.register = vec![in_writing(&["website", "social-public"])];
    assert!(children::permissions(&open).is_empty(), "it could be any kind, so every line is needed");
    open.register = vec![in_writing(&["website", "social-public", "video", "class-app", "newsletter", "print-promo"])];
    assert_eq!(children::permissions(&open)[0]["covers"], "all");
}

#[test]
fn every_kind_of_service_rests_on_purposes_that_schools_begin_with() {
    let vocabulary = policies::vocabulary().expect("reads");
    for (family, _) in vocabulary.question("service.family").expect("a question").answers {
        let mut journey = publishing();
        journey.answer(Answer::new("content.shows", &["pupil"]));
        journey.answer(Answer::new("service.family", &[&family]));
        journey.answer(Answer::new(CHILDREN, &[&Uuid::from_u128(1).to_string()]));
        journey.register =
            vec![in_writing(&["display", "archive", "press", "partner", "photographer", "in-school-record"])];
        assert!(children::permissions(&journey).is_empty(), "{family}: none of these is for the school's own accounts");
        journey.register = vec![in_writing(&children::purposes())];
        assert_eq!(children::permissions(&journey).len(), 1, "{family} is in no line of the table");
    }
    for purpose in children::purposes() {
        assert!(USUAL.iter().any(|usual| usual.code == purpose), "{purpose}");
    }
}

#[test]
fn what_is_known_names_nobody_and_an_answer_taken_back_takes_the_register_with_it() {
    let told = Told::these(vec![in_writing(&["social-public"]), Record::new(), Record::new()]);
    let (_, mut journey, _) = walk("rattlesden", publishing(), &PICTURE, &told);
    let vocabulary = policies::vocabulary().expect("reads");
    let said: Vec<(String, &str)> =
        journey.known(vocabulary).into_iter().filter(|k| k.path == CHILDREN).map(|k| (k.said, k.source)).collect();
    let expect = [("3 children", "your answer"), ("Only for 1 of 3, in writing", "the register of permissions, today")];
    assert_eq!(said.iter().map(|(said, source)| (said.as_str(), *source)).collect::<Vec<_>>(), expect);
    let carried =
        journey.answers.iter().map(Answer::carried).find(|line| line.starts_with("children=")).expect("a line");
    assert_eq!(Answer::parse(&carried).expect("ours").values, told.picked);
    journey.forget("content.shows");
    assert!(journey.register.is_empty() && journey.known(vocabulary).iter().all(|k| k.path != CHILDREN));
}

fn given(elm: &Elm, person: Uuid, route: Route, decision: Decision) -> Given {
    Given {
        person,
        seen: 0,
        decider: elm.folake,
        authority: Authority::ParentalResponsibility,
        route,
        answers: vec![("website".to_owned(), decision)],
        evidence: None,
        decided_on: date(2026, 11, 2),
        entered_by: None,
    }
}

/// The school of the roll's tests with a policy and a register, in which Rose's mother has agreed in writing and Zoë's said yes.
async fn school(elm: Elm) -> Elm {
    permissions::purposes::begin(&elm.app, elm.school).await.expect("purposes");
    policies::put_shipped_in_force(&elm.app, elm.school, "rattlesden").await.expect("in force");
    for (child, route) in [(elm.rose, Route::Link), (elm.zoe, Route::Telephone)] {
        let deed = Deed::by_program().did("test.said");
        permissions::record(&elm.app, elm.school, &given(&elm, child, route, Decision::Yes), deed).await.expect("said");
    }
    elm
}

/// The answers of a form that somebody has filled in up to the children.
fn up_to(children: &[Uuid]) -> Vec<(&'static str, String)> {
    let ids: Vec<String> = children.iter().map(Uuid::to_string).collect();
    let lines = ["content.shows=pupil", "service.family=website", "purpose=showcase"].map(str::to_owned);
    let children = (!ids.is_empty()).then(|| format!("children={}", ids.join(",")));
    lines.into_iter().chain(children).map(|line| ("known", line)).collect()
}

fn filled(children: &[Uuid]) -> Fields {
    up_to(children).into_iter().collect()
}

#[tokio::test]
async fn whoever_may_see_class_lists_asks_the_register_and_nobody_else_does() {
    on_both(|db| async {
        let elm = school(elm(db).await).await;
        let permitted = async |role: Role, children: &[Uuid]| -> Result<Vec<serde_json::Value>> {
            let caller = elm.caller(role);
            let (mut journey, _) = advisor::start(&elm.app, &caller, "publish").await?;
            advisor::take_up(&elm.app, &caller, &mut journey, &filled(children)).await?;
            Ok(children::permissions(&journey))
        };
        let of_rose = permitted(Role::Teacher, &[elm.rose]).await.expect("a teacher may")[0].clone();
        assert_eq!((of_rose["form"].as_str(), of_rose["covers"].as_str()), (Some("written"), Some("all")));
        assert_eq!(of_rose["until"], "2027-11-01");
        let of_both = permitted(Role::Teacher, &[elm.rose, elm.zoe]).await.expect("a teacher may");
        assert_eq!((of_both[0]["form"].as_str(), of_both[0]["covers"].as_str()), (Some("oral"), Some("all")));
        // Will has left today; nobody has the other id.
        for nobody in [elm.will, Uuid::from_u128(5)] {
            assert!(matches!(permitted(Role::Teacher, &[nobody]).await, Err(Error::NotFound)));
        }
        assert!(matches!(permitted(Role::Governor, &[elm.rose]).await, Err(Error::Invalid(_))));
        assert!(permitted(Role::Governor, &[]).await.expect("asks as before").is_empty());
        let elsewhere =
            crate::access::Caller { school: SchoolId::new(Uuid::from_u128(9)), ..elm.caller(Role::Teacher) };
        let seen = permissions::on_record::of(&elm.app, &elsewhere, &[elm.rose], &["website"]).await;
        assert!(matches!(seen, Err(Error::NotFound)));
        // A family's no, a withdrawal and the school's own no leave the same behind: nothing.
        let said = Given { seen: 1, ..given(&elm, elm.rose, Route::Telephone, Decision::Withdrawn) };
        permissions::record(&elm.app, elm.school, &said, Deed::by_program().did("test.said")).await.expect("withdrawn");
        permissions::withheld::set(&elm.app, &elm.caller(Role::Dsl), elm.zoe, "nobody else may read this")
            .await
            .expect("set");
        assert!(permitted(Role::Teacher, &[elm.rose]).await.expect("a teacher may").is_empty());
        assert!(permitted(Role::Teacher, &[elm.zoe]).await.expect("a teacher may").is_empty());
    })
    .await;
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a page");
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn the_pages_lead_from_classes_to_children_and_keep_no_name() {
    on_both(|db| async {
        let elm = school(elm(db).await).await;
        let caller = elm.caller(Role::Teacher);
        let send = async |act: &str, more: &[(&'static str, String)]| {
            let lines = up_to(&[]).into_iter().chain(more.iter().cloned()).collect();
            let sent = pages::proceed(State(elm.app.clone()), caller.clone(), Path(act.to_owned()), Sent(lines)).await;
            text(sent.expect("a page")).await
        };
        let class = elm.class.to_string();
        let page = send("publish", &[("fact", "classes".into()), ("answer", class.clone())]).await;
        assert!(page.contains("Rose Adeyemi") && page.contains("Brien") && !page.contains("Will Young"), "{page}");
        let page = send("publish", &[("fact", "children".into()), ("class", class)]).await;
        assert!(page.contains("There is a problem") && page.contains("Rose Adeyemi"), "{page}");
        let page = send("publish", &[("fact", "classes".into())]).await;
        assert!(page.contains("There is a problem") && page.contains("I would rather not say"), "{page}");
        let page = send("publish", &[("fact", "children".into()), ("answer", elm.rose.to_string())]).await;
        assert!(page.contains("the register of permissions, today") && page.contains("1 child"), "{page}");
        assert!(!page.contains("Adeyemi"), "{page}");
        // What is kept of it has neither a name nor an id.
        let (mut journey, policy) = advisor::start(&elm.app, &caller, "publish").await.expect("a journey");
        advisor::take_up(&elm.app, &caller, &mut journey, &filled(&[elm.rose])).await.expect("taken up");
        let kept = answers::keep(&elm.app, &caller, &journey, &policy).await.expect("kept");
        let kept = serde_json::to_string(&answers::show(&elm.app, &caller, kept).await.expect("an answer").answer);
        let kept = kept.expect("JSON");
        assert!(kept.contains("Yes, in writing") && kept.contains("1 child"), "{kept}");
        assert!(!kept.contains("Rose") && !kept.contains(&elm.rose.to_string()), "{kept}");
    })
    .await;
}
