//! One's own kept answers.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, Kept};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{self, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Fields, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

const ANSWERS: &str = "Answers you have kept";

#[derive(Template)]
#[template(path = "advisor/answers/list.html")]
struct ListPage {
    frame: Frame,
    answers: Vec<Row>,
}

struct Row {
    id: Uuid,
    asked: String,
    said: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "advisor/answers/answer.html")]
struct AnswerPage {
    frame: Frame,
    id: Uuid,
    kept: String,
    answer: Answer,
    short: String,
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    let kept = super::list(&app, &caller).await?;
    page(&ListPage { frame: frame(&app, &caller, ANSWERS).back_to("/"), answers: kept.into_iter().map(row).collect() })
}

fn row(kept: Kept) -> Row {
    Row { id: kept.id, asked: kept.answer.asked, said: kept.answer.said, kept: moment_in_words(kept.kept_at) }
}

/// Keeps the answer that the page of a ruling has just shown: the same journey, from the same form.
pub async fn keep(State(app): State<App>, caller: Caller, Sent(form): Sent<Fields>) -> Result<Response> {
    let (mut journey, policy) = crate::advisor::start(&app, &caller, form.one("act")).await?;
    crate::advisor::take_up(&app, &caller, &mut journey, &form).await?;
    let id = super::keep(&app, &caller, &journey, &policy).await?;
    Ok(Redirect::to(&format!("/answers/{id}")).into_response())
}

pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let kept = super::show(&app, &caller, id).await?;
    page(&answer_page(frame(&app, &caller, kept.answer.said.clone()).back_to("/answers"), kept))
}

fn answer_page(frame: Frame, kept: Kept) -> AnswerPage {
    let short = kept.answer.version.chars().take(12).collect();
    AnswerPage { frame, id: kept.id, kept: moment_in_words(kept.kept_at), answer: kept.answer, short }
}

pub async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::delete(&app, &caller, id).await?;
    Ok(Redirect::to("/answers").into_response())
}

pub fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Tess Teacher", "Oakfield Primary School");
    let text = |text: &str| text.to_owned();
    let answer = Answer {
        asked: text("May I accept this friend or contact request?"),
        said: text("You may, with caution"),
        next_step: text("Think first."),
        known: vec![(text("Who is it?"), text("a parent or carer of a pupil"), text("your answer"))],
        clauses: vec![(text("personal-conduct.4"), text("Staff think twice."), text("decides"))],
        duties: vec![(text("You should declare the tie"), text("personal-conduct.4"))],
        policy: text("Guidance for staff on social media"),
        version: text("0123456789abcdef"),
        binding: text("This policy binds you."),
        ruling: Value::Null,
    };
    let kept = || Kept { id: Uuid::nil(), kept_at: clock::from_millis(1_790_000_000_000), answer: answer.clone() };
    let list = |answers| ListPage { frame: here(ANSWERS), answers };
    vec![
        Sample::of("advisor/answers/list.html", &list(vec![row(kept())])),
        Sample::of("advisor/answers/list.html none", &list(vec![])),
        Sample::of("advisor/answers/answer.html", &answer_page(here("You may, with caution"), kept())),
    ]
}
