//! The pages of a question: choosing an act, one question a page, and the ruling.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use rulebook::{Citation, FactView, Policy, Ruling, Vocabulary};

use super::children::{CHILDREN, CLASSES, CLASSES_ASKED};
use super::journey::{ABOUT, ABOUT_ASKED, Answer, DeclaredTie, Journey, Known, NONE, Step, UNKNOWN};
use super::{child_pages, children, told};
use crate::access::Caller;
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people::accounts::pages::frame;
use crate::policies;
use crate::policies::document::anchor_of;
use crate::policies::words::{capitalised, tint, verdict_said};
use crate::web::forms::{Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const CHOOSE: &str = "What are you about to do?";

/// The headings under which acts are listed, in this order.
const TOPICS: [(&str, &str); 5] = [
    ("contact", "Contact with pupils, families and others"),
    ("posting", "Posts, pictures and messages"),
    ("equipment", "Time, equipment and devices"),
    ("concern", "Something you have seen or received"),
    ("school", "For those who decide for the school"),
];

#[derive(Template)]
#[template(path = "advisor/choose.html")]
struct ChoosePage {
    frame: Frame,
    topics: Vec<Topic>,
}

struct Topic {
    title: &'static str,
    /// Name and question of each act.
    acts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "advisor/question.html")]
pub(super) struct QuestionPage {
    pub(super) frame: Frame,
    pub(super) act: String,
    pub(super) act_asked: String,
    pub(super) path: String,
    pub(super) is_set: bool,
    pub(super) is_number: bool,
    pub(super) typed: String,
    pub(super) choices: Vec<Offered>,
    pub(super) known: Vec<Known>,
    pub(super) carried: Vec<String>,
}

pub(super) struct Offered {
    pub(super) value: String,
    pub(super) label: String,
    /// Of a set: choosing it unchooses the others.
    pub(super) alone: bool,
}

#[derive(Template)]
#[template(path = "advisor/ruling.html")]
struct RulingPage {
    frame: Frame,
    act: String,
    act_asked: String,
    tint: &'static str,
    next_step: String,
    outcomes: Vec<&'static str>,
    duties: Vec<(String, String)>,
    needs: Vec<(String, String)>,
    clauses: Vec<Cited>,
    doubts: Vec<(String, String, String)>,
    assumed: Vec<Known>,
    known: Vec<Known>,
    carried: Vec<String>,
    policy: String,
    status: String,
    version: String,
    binding: &'static str,
}

struct Cited {
    id: String,
    /// Where it stands on the page of the policy.
    anchor: String,
    place: String,
    wording: String,
    bears: String,
}

pub async fn choose(State(app): State<App>, caller: Caller) -> Result<Response> {
    super::may_ask(&app, &caller)?;
    page(&ChoosePage { frame: frame(&app, &caller, CHOOSE).back_to("/"), topics: topics(policies::vocabulary()?) })
}

fn topics(vocabulary: &Vocabulary) -> Vec<Topic> {
    let acts = |topic: &str| {
        let of_topic = vocabulary.acts().iter().filter(|act| act.topic == topic);
        of_topic.map(|act| (act.name.clone(), act.ask.clone())).collect()
    };
    TOPICS.iter().map(|(topic, title)| Topic { title, acts: acts(topic) }).collect()
}

/// The first question about an act.
pub async fn begin(State(app): State<App>, caller: Caller, Path(act): Path<String>) -> Result<Response> {
    let (journey, policy) = super::start(&app, &caller, &act).await?;
    show(&app, &caller, &journey, &policy)
}

/// Takes an answer, or takes one back.
pub async fn proceed(
    State(app): State<App>,
    caller: Caller,
    Path(act): Path<String>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    let (mut journey, policy) = super::start(&app, &caller, &act).await?;
    super::take_up(&app, &caller, &mut journey, &form).await?;
    if let Some(path) = form.get("change") {
        if [ABOUT, CHILDREN].contains(&path) {
            journey.forget(path);
            return show(&app, &caller, &journey, &policy);
        }
        let question = policy.vocabulary().question(path).ok_or_else(not_ours)?;
        journey.forget(path);
        return page(&question_page(&app, &caller, &journey, &policy, question));
    }
    let Some(path) = form.get("fact") else { return show(&app, &caller, &journey, &policy) };
    if path == ABOUT {
        let Some(about) = form.get("answer") else {
            let errors = FormErrors::one("answer", "Select one of them, or that it is somebody else");
            return page_again(&whom_page(frame(&app, &caller, ABOUT_ASKED).with_errors(errors), &journey, &policy));
        };
        journey.answer(carried(&journey, &Answer::new(ABOUT, &[about]).carried())?);
        return show(&app, &caller, &journey, &policy);
    }
    if [CLASSES, CHILDREN].contains(&path) {
        return child_pages::picked(&app, &caller, (journey, &policy), &form).await;
    }
    let question = policy.vocabulary().question(path).ok_or_else(not_ours)?;
    let given: Vec<&str> = form.all("answer").map(str::trim).collect();
    match answered(&question, &given) {
        Ok(answer) => {
            journey.answer(answer);
            show(&app, &caller, &journey, &policy)
        }
        Err(errors) => {
            let mut again = question_page(&app, &caller, &journey, &policy, question);
            again.typed = given.first().unwrap_or(&"").chars().take(10).collect();
            again.frame = again.frame.with_errors(errors);
            page_again(&again)
        }
    }
}

/// Reads a line that the form carried.
///
/// # Errors
/// [`Error::Invalid`] for what our form would never send, somebody else's tie among it.
pub fn carried(journey: &Journey, line: &str) -> Result<Answer> {
    let answer = Answer::parse(line).ok_or_else(not_ours)?;
    let is_offered = match answer.path.as_str() {
        ABOUT => matches!(answer.values.as_slice(), [about] if journey.offers(about)),
        CHILDREN => children::could_be_ours(journey, &answer.values),
        _ => true,
    };
    if is_offered { Ok(answer) } else { Err(not_ours()) }
}

pub(super) fn not_ours() -> Error {
    Error::Invalid("these answers did not come from this form; start the question again".into())
}

/// What was chosen, if it is an answer to this question.
fn answered(question: &FactView, given: &[&str]) -> std::result::Result<Answer, FormErrors> {
    if question.answers.is_empty() {
        let number = given.first().copied().unwrap_or("");
        return match number.parse::<u8>() {
            _ if number.is_empty() => Ok(Answer::new(&question.path, &[UNKNOWN])),
            Ok(0..=120) => Ok(Answer::new(&question.path, &[number])),
            _ => Err(FormErrors::one("answer", "Enter whole years from 0 to 120, such as 17")),
        };
    }
    let is_offered = |value: &&str| match *value {
        UNKNOWN => true,
        NONE => question.may_be_empty || !question.is_set,
        other => question.answers.iter().any(|(offered, _)| offered == other),
    };
    let alone = given.iter().find(|value| [UNKNOWN, NONE].contains(value));
    match (given, alone) {
        ([], _) => Err(FormErrors::one("answer", "Select an answer, or that you do not know")),
        (given, _) if !given.iter().all(is_offered) => Err(FormErrors::one("answer", "Select one of the answers")),
        ([_, _, ..], Some(_)) => Err(FormErrors::one("answer", "Select either answers, or the last one alone")),
        ([_, _, ..], _) if !question.is_set => Err(FormErrors::one("answer", "Select one answer")),
        (given, _) => Ok(Answer::new(&question.path, given)),
    }
}

pub(super) fn show(app: &App, caller: &Caller, journey: &Journey, policy: &std::sync::Arc<Policy>) -> Result<Response> {
    match journey.step(policy, clock::today(app.clock.as_ref())) {
        Ok(Step::Whom) => page(&whom_page(frame(app, caller, ABOUT_ASKED), journey, policy)),
        Ok(Step::Children) => page(&child_pages::classes_page(frame(app, caller, CLASSES_ASKED), journey, policy)),
        Ok(Step::Ask(question)) => page(&question_page(app, caller, journey, policy, question)),
        Ok(Step::Ruled(ruling)) => page(&ruling_page(frame(app, caller, ""), journey, policy, &ruling)),
        Err(said) => Err(Refused::because(said).into()),
    }
}

fn question_page(app: &App, caller: &Caller, journey: &Journey, policy: &Policy, question: FactView) -> QuestionPage {
    question_in(frame(app, caller, question.ask.clone()), journey, policy, &question)
}

/// Asked before the facts: a declared tie answers several of them at once.
fn whom_page(frame: Frame, journey: &Journey, policy: &Policy) -> QuestionPage {
    let tie = |tie: &DeclaredTie| Offered { value: tie.id.clone(), label: tie.label.clone(), alone: false };
    let other = Offered { value: NONE.to_owned(), label: "No, somebody else".to_owned(), alone: true };
    QuestionPage {
        frame: frame.back_to("/questions"),
        act: journey.act.clone(),
        act_asked: asked(journey, policy),
        path: ABOUT.to_owned(),
        is_set: false,
        is_number: false,
        typed: String::new(),
        choices: journey.ties.iter().map(tie).chain([other]).collect(),
        known: journey.known(policy.vocabulary()),
        carried: journey.answers.iter().map(Answer::carried).collect(),
    }
}

fn question_in(frame: Frame, journey: &Journey, policy: &Policy, question: &FactView) -> QuestionPage {
    let offered = |value: &str, label: &str, alone| Offered { value: value.to_owned(), label: label.to_owned(), alone };
    let mut choices: Vec<Offered> =
        question.answers.iter().map(|(value, label)| offered(value, &capitalised(label), false)).collect();
    if question.may_be_empty {
        choices.push(offered(NONE, "None of these", true));
    }
    choices.push(offered(UNKNOWN, "I do not know", true));
    QuestionPage {
        frame: frame.back_to("/questions"),
        act: journey.act.clone(),
        act_asked: asked(journey, policy),
        path: question.path.clone(),
        is_set: question.is_set,
        is_number: question.answers.is_empty(),
        typed: String::new(),
        choices,
        known: journey.known(policy.vocabulary()),
        carried: journey.answers.iter().map(Answer::carried).collect(),
    }
}

pub(super) fn asked(journey: &Journey, policy: &Policy) -> String {
    journey.act(policy.vocabulary()).map_or_else(String::new, |act| act.ask.clone())
}

fn ruling_page(frame: Frame, journey: &Journey, policy: &Policy, ruling: &Ruling) -> RulingPage {
    let vocabulary = policy.vocabulary();
    let assumed = ruling.assumed.iter().filter_map(|assumption| {
        let question = vocabulary.question(&assumption.fact)?;
        let values: Vec<&str> = assumption.value.split(", ").collect();
        let answers = vec![Answer::new(&question.path, &values)];
        let told = Journey { act: journey.act.clone(), answers, ..Journey::default() };
        told.known(vocabulary).pop()
    });
    let status = serde_json::to_value(ruling.status).ok();
    RulingPage {
        frame: Frame { title: verdict_said(ruling.verdict).to_owned(), ..frame }.back_to("/questions"),
        act: journey.act.clone(),
        act_asked: asked(journey, policy),
        tint: tint(ruling.verdict),
        next_step: ruling.next_step.clone(),
        outcomes: ruling.outcomes.iter().flatten().map(|outcome| verdict_said(*outcome)).collect(),
        duties: ruling.duties.iter().map(|duty| (told::duty_said(duty), duty.clause.clone())).collect(),
        needs: ruling.needs.iter().map(|need| (told::need_said(need), need.clause.clone())).collect(),
        clauses: ruling.citations.iter().map(cited).collect(),
        doubts: ruling.doubts.iter().map(|d| (d.reading.clone(), d.other.clone(), d.clause.clone())).collect(),
        assumed: assumed.collect(),
        known: journey.known(vocabulary),
        carried: journey.answers.iter().map(Answer::carried).collect(),
        policy: policy.title.clone(),
        status: status.and_then(|s| s.as_str().map(str::to_owned)).unwrap_or_default(),
        version: ruling.version.chars().take(12).collect(),
        binding: told::binding_said(ruling.binding),
    }
}

fn cited(citation: &Citation) -> Cited {
    let open = if citation.open { " in some cases" } else { "" };
    Cited {
        id: citation.clause.clone(),
        anchor: anchor_of(&citation.clause).to_owned(),
        place: citation.place.clone(),
        wording: citation.wording.clone(),
        bears: format!("{}{open}", told::effect_said(citation.effect)),
    }
}

pub fn samples() -> Vec<Sample> {
    // A pack that does not read has its own tests; the samples then lack, and `tests/pages.rs` says which.
    let Ok(policy) = policies::shipped("rattlesden") else { return vec![] };
    let vocabulary = policy.vocabulary();
    let here = |title: &str| Frame::sample(title).for_person("Tess Teacher", "Oakfield Primary School");
    let recorded = vec![(Answer::new("actor.roles", &["teacher"]), "the school's records")];
    let mut journey = Journey { act: "connect-accept".to_owned(), recorded, ..Journey::default() };
    let mut samples =
        vec![Sample::of("advisor/choose.html", &ChoosePage { frame: here(CHOOSE), topics: topics(vocabulary) })];
    for (name, path) in [("advisor/question.html", "target.relations"), ("advisor/question.html number", "target.age")]
    {
        let Some(question) = vocabulary.question(path) else { continue };
        samples.push(Sample::of(name, &question_in(here(&question.ask), &journey, &policy, &question)));
        let errors = FormErrors::one("answer", "Select an answer, or that you do not know");
        let wrong = question_in(here(&question.ask).with_errors(errors), &journey, &policy, &question);
        samples.push(Sample::of(
            if path == "target.age" { "advisor/question.html number wrong" } else { "advisor/question.html wrong" },
            &wrong,
        ));
    }
    let facts = vec![Answer::new("target.relations", &["parent"]), Answer::new("link.declared", &["true"])];
    let tie = DeclaredTie { id: "018f".to_owned(), label: "Leanne Foster (a parent or carer)".to_owned(), facts };
    let with_tie = Journey { ties: vec![tie], ..journey.clone() };
    samples.push(Sample::of("advisor/question.html whom", &whom_page(here(ABOUT_ASKED), &with_tie, &policy)));
    samples.extend(child_pages::samples(&policy));
    journey.answer(Answer::new("target.relations", &["parent"]));
    journey.answer(Answer::new("time", &["outside"]));
    if let Ok(situation) = journey.situation(vocabulary, jiff::civil::date(2026, 9, 1)) {
        let ruling = policy.rule(&situation);
        samples.push(Sample::of("advisor/ruling.html", &ruling_page(here(""), &journey, &policy, &ruling)));
    }
    samples
}
