//! Writing a post, with what screening finds beside it.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::accounts::{self, Account};
use super::super::request::{News, Purpose, WORDS_CHARS_MAX};
use super::super::safety::{QUESTIONS, Told};
use super::super::{self as desk, Seen};
use super::forms::Words;
use super::sample_frame;
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, Fields, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const NEW: &str = "Write a post";
const EDIT: &str = "Change a post";

#[derive(Template)]
#[template(path = "desk/pages/compose.html")]
struct ComposePage {
    frame: Frame,
    action: String,
    form: Words,
    purposes: Vec<Choice>,
    news: Vec<Choice>,
    accounts: Vec<Place>,
    questions: Vec<Question>,
    answers: Vec<Choice>,
}

struct Place {
    id: String,
    called: String,
    about: String,
    is_chosen: bool,
}

struct Question {
    code: &'static str,
    ask: &'static str,
    hint: &'static str,
    told: &'static str,
}

fn compose(frame: Frame, action: String, form: Words, offered: &[Account]) -> ComposePage {
    let place = |account: &Account| Place {
        id: account.id.to_string(),
        called: account.called.clone(),
        about: format!("{}, {} characters at most", account.kind_said(), account.length("").1),
        is_chosen: form.accounts.contains(&account.id.to_string()),
    };
    let answers = [Told::Yes, Told::No].map(|told| Choice::new(told.code(), told.label())).to_vec();
    let questions = QUESTIONS.iter().map(|asked| Question {
        code: asked.code,
        ask: asked.ask,
        hint: asked.hint,
        told: form.safety.told(asked.code).code(),
    });
    ComposePage {
        frame,
        action,
        purposes: Purpose::ALL.iter().map(|purpose| Choice::new(purpose.code(), purpose.label())).collect(),
        news: News::ALL.iter().map(|news| Choice::new(news.code(), news.label())).collect(),
        accounts: offered.iter().map(place).collect(),
        questions: questions.collect(),
        answers,
        form,
    }
}

pub async fn new(State(app): State<App>, caller: Caller) -> Result<Response> {
    desk::ready_to_write(&app, &caller)?;
    let offered = accounts::offered(&app, caller.school).await?;
    // The school's own page is where most things go.
    let form = Words::fresh(&[caller.school.get()]);
    page(&compose(frame(&app, &caller, NEW).back_to("/requests"), "/requests".into(), form, &offered))
}

pub async fn begin(State(app): State<App>, caller: Caller, Sent(fields): Sent<Fields>) -> Result<Response> {
    desk::ready_to_write(&app, &caller)?;
    let form = Words::read(&fields);
    match form.parse() {
        Ok(content) => {
            let id = desk::begin(&app, &caller, content).await?;
            Ok(Redirect::to(&format!("/requests/{id}")).into_response())
        }
        Err(errors) => {
            let offered = accounts::offered(&app, caller.school).await?;
            let frame = frame(&app, &caller, NEW).back_to("/requests").with_errors(errors);
            page_again(&compose(frame, "/requests".into(), form, &offered))
        }
    }
}

pub async fn edit(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let (request, _) = desk::show(&app, &caller, id).await?;
    desk::ready_to_edit(&app, &caller, &request)?;
    let offered = accounts::offered(&app, caller.school).await?;
    let form = Words::of(&request.content, request.version);
    let frame = frame(&app, &caller, EDIT).back_to(format!("/requests/{id}"));
    page(&compose(frame, format!("/requests/{id}/words"), form, &offered))
}

pub async fn rewrite(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let (request, _) = desk::show(&app, &caller, id).await?;
    desk::ready_to_edit(&app, &caller, &request)?;
    let form = Words::read(&fields);
    match form.parse() {
        Ok(content) => {
            desk::rewrite(&app, &caller, Seen { request: id, version: form.seen }, content).await?;
            Ok(Redirect::to(&format!("/requests/{id}")).into_response())
        }
        Err(errors) => {
            let offered = accounts::offered(&app, caller.school).await?;
            let frame = frame(&app, &caller, EDIT).back_to(format!("/requests/{id}")).with_errors(errors);
            page_again(&compose(frame, format!("/requests/{id}/words"), form, &offered))
        }
    }
}

/// What screening says of a text that somebody is writing, and how long it is for each account. Nothing of it is kept.
pub async fn check(State(app): State<App>, caller: Caller, Sent(fields): Sent<Fields>) -> Result<Response> {
    desk::ready_to_write(&app, &caller)?;
    let form = Words::read(&fields);
    if form.words.chars().count() > WORDS_CHARS_MAX {
        return Err(Error::Invalid("the text is too long to be looked through".into()));
    }
    let found = desk::glance(&app, caller.school, &form.words).await?;
    let findings: Vec<Value> = found
        .iter()
        .map(|one| {
            json!({
                "start": one.finding.start,
                "end": one.finding.end,
                "strength": one.finding.strength,
                "quoted": one.quoted,
                "say": super::super::gate::sentence(&one.finding.say),
                "clause": one.clause,
            })
        })
        .collect();
    let offered = accounts::offered(&app, caller.school).await?;
    let lengths: Vec<Value> = offered
        .iter()
        .filter(|account| form.accounts.contains(&account.id.to_string()))
        .map(|account| {
            let (length, most) = account.length(&form.words);
            json!({ "account": account.called, "length": length, "most": most })
        })
        .collect();
    Ok(Json(json!({ "findings": findings, "lengths": lengths })).into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    let offered = [Account::sample()];
    let fresh = Words::fresh(&[offered[0].id]);
    let new = compose(sample_frame(NEW).back_to("/requests"), "/requests".into(), fresh, &offered);
    let empty = Words::default();
    let errors = empty.parse().err().unwrap_or_default();
    let wrong = compose(sample_frame(EDIT).with_errors(errors), "/requests/7/words".into(), empty, &offered);
    vec![Sample::of("desk/pages/compose.html", &new), Sample::of("desk/pages/compose.html wrong", &wrong)]
}
