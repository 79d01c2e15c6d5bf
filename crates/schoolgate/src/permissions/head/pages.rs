//! Asking the headteacher, and the headteacher's answers.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, Asked, Given, Matter, WORDS_MAX};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{date_in_words, from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const LIST: &str = "The headteacher's written permissions";
const ANSWER: &str = "Answer a request";

#[derive(Template)]
#[template(path = "permissions/head/list.html")]
struct ListPage {
    frame: Frame,
    answers_here: bool,
    matters: Vec<Choice>,
    matter: String,
    use_for: String,
    asked: Vec<AskedRow>,
}

struct AskedRow {
    id: Uuid,
    who: String,
    matter: &'static str,
    use_for: String,
    when: String,
    answer: String,
    note: String,
}

#[derive(Template)]
#[template(path = "permissions/head/answer.html")]
struct AnswerPage {
    frame: Frame,
    row: AskedRow,
    seen: i64,
    answers: Vec<Choice>,
    answer: String,
    note: String,
    until: String,
}

fn row((asked, who): &(Asked, String)) -> AskedRow {
    let answer = match (asked.answer, asked.until) {
        (None, _) => "Waits for an answer".to_owned(),
        (Some(Answer::Yes), Some(until)) => format!("Yes, until {}", date_in_words(until)),
        (Some(answer), _) => answer.label().to_owned(),
    };
    AskedRow {
        id: asked.id,
        who: who.clone(),
        matter: asked.matter.label(),
        use_for: asked.use_for.clone(),
        when: moment_in_words(from_millis(asked.asked_at)),
        answer,
        note: asked.note.clone(),
    }
}

fn matters() -> Vec<Choice> {
    Matter::ALL.map(|matter| Choice::new(matter.code(), matter.label())).to_vec()
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    let all = super::list(&app, &caller).await?;
    let frame = frame(&app, &caller, LIST).back_to("/");
    let answers_here = super::answers_here(&app, &caller);
    page(&ListPage { answers_here, ..list_page(frame, &all, AskForm::default()) })
}

/// As one who only asks sees it.
fn list_page(frame: Frame, all: &[(Asked, String)], form: AskForm) -> ListPage {
    let use_for = form.use_for.chars().take(WORDS_MAX).collect();
    ListPage {
        frame,
        answers_here: false,
        matters: matters(),
        matter: form.matter,
        use_for,
        asked: all.iter().map(row).collect(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AskForm {
    matter: String,
    use_for: String,
}

impl AskForm {
    fn parse(&self) -> std::result::Result<(Matter, String), FormErrors> {
        let mut errors = FormErrors::default();
        let matter = Matter::from_code(&self.matter);
        if matter.is_none() {
            errors.add("matter", "Choose what you need");
        }
        let use_for = errors.line("use_for", "what you need it for", &self.use_for);
        match (matter, errors.is_empty()) {
            (Some(matter), true) => Ok((matter, use_for)),
            _ => Err(errors),
        }
    }
}

pub async fn ask(State(app): State<App>, caller: Caller, Sent(form): Sent<AskForm>) -> Result<Response> {
    let all = super::list(&app, &caller).await?;
    match form.parse() {
        Ok((matter, use_for)) => {
            super::ask(&app, &caller, matter, &use_for).await?;
            Ok(Redirect::to("/written-permissions").into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, LIST).back_to("/").with_errors(errors);
            let answers_here = super::answers_here(&app, &caller);
            page_again(&ListPage { answers_here, ..list_page(frame, &all, form) })
        }
    }
}

pub async fn answer_form(State(app): State<App>, caller: Caller, Path(asked): Path<Uuid>) -> Result<Response> {
    let found = super::find(&app, &caller, asked).await?;
    let frame = frame(&app, &caller, ANSWER).back_to("/written-permissions");
    page(&answer_page(frame, &found, &AnswerForm::default()))
}

fn answer_page(frame: Frame, found: &(Asked, String), form: &AnswerForm) -> AnswerPage {
    let answers = [Answer::Yes, Answer::No, Answer::Withdrawn].map(|answer| Choice::new(answer.code(), answer.label()));
    AnswerPage {
        frame,
        row: row(found),
        seen: form.seen.parse().unwrap_or(found.0.version),
        answers: answers.to_vec(),
        answer: form.answer.clone(),
        note: form.note.chars().take(WORDS_MAX).collect(),
        until: form.until.chars().take(20).collect(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AnswerForm {
    seen: String,
    answer: String,
    note: String,
    until: String,
}

impl AnswerForm {
    fn parse(&self) -> std::result::Result<Given, FormErrors> {
        let mut errors = FormErrors::default();
        let answer = Answer::from_code(&self.answer);
        if answer.is_none() {
            errors.add("answer", "Choose an answer");
        }
        let note = self.note.trim().to_owned();
        if note.chars().count() > WORDS_MAX || note.chars().any(char::is_control) {
            errors.add("note", "Enter one line, or nothing");
        }
        let until = match self.until.trim() {
            "" => None,
            text => match text.parse::<Date>() {
                Ok(day) => Some(day),
                Err(_) => {
                    errors.add("until", "Enter the last day as year, month and day, such as 2027-07-31, or nothing");
                    None
                }
            },
        };
        match (answer, errors.is_empty()) {
            (Some(answer), true) => Ok(Given { seen: seen(&self.seen), answer, note, until }),
            _ => Err(errors),
        }
    }
}

pub async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(asked): Path<Uuid>,
    Sent(form): Sent<AnswerForm>,
) -> Result<Response> {
    let found = super::find(&app, &caller, asked).await?;
    match form.parse() {
        Ok(given) => {
            super::answer(&app, &caller, asked, &given).await?;
            Ok(Redirect::to("/written-permissions").into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, ANSWER).back_to("/written-permissions").with_errors(errors);
            page_again(&answer_page(frame, &found, &form))
        }
    }
}

pub fn samples() -> Vec<Sample> {
    let frame = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let asked = Asked {
        id: Uuid::nil(),
        version: 1,
        asked_by: Uuid::nil(),
        matter: Matter::Logo,
        use_for: "the fair's poster".into(),
        asked_at: 1_795_262_400_000,
        answer: None,
        answered_at: None,
        note: String::new(),
        until: None,
    };
    let one = (asked, "Ada Bell".to_owned());
    let errors = AskForm::default().parse().err().unwrap_or_default();
    let all = [one.clone(), one.clone()];
    let wrong = AnswerForm::default().parse().err().unwrap_or_default();
    vec![
        Sample::of(
            "permissions/head/list.html wrong",
            &ListPage { answers_here: true, ..list_page(frame(LIST).with_errors(errors), &all, AskForm::default()) },
        ),
        Sample::of(
            "permissions/head/answer.html wrong",
            &answer_page(frame(ANSWER).with_errors(wrong), &one, &AnswerForm::default()),
        ),
    ]
}
