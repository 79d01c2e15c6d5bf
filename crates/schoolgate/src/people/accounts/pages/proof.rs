//! Showing again that it is you, before something sensitive.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as accounts, Outcome};
use super::sign_in::PasskeyForm;
use super::{back_path, frame, wait_words, with_cookie};
use crate::access::Caller;
use crate::app::App;
use crate::error::Result;
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Sample, page_with};

const PROOF: &str = "Confirm that it is you";
const WRONG: &str = "This code is not right, was used before, or has run out. Enter the code that your app shows now";
const WRONG_PASSKEY: &str = "That passkey was not accepted. Try again, or enter a code";

#[derive(Template)]
#[template(path = "people/accounts/pages/proof.html")]
struct ProofPage {
    frame: Frame,
    back: String,
    has_app: bool,
    has_passkey: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ProofForm {
    code: String,
    back: String,
}

pub async fn proof(State(app): State<App>, caller: Caller, Query(query): Query<ProofForm>) -> Result<Response> {
    filled(&app, &caller, &query.back, (StatusCode::OK, FormErrors::default())).await
}

async fn filled(app: &App, caller: &Caller, back: &str, wrong: (StatusCode, FormErrors)) -> Result<Response> {
    let overview = accounts::overview(app, caller).await?;
    let frame = frame(app, caller, PROOF).with_errors(wrong.1);
    let back = back_path(back).to_owned();
    page_with(
        wrong.0,
        &ProofPage { frame, back, has_app: overview.has_app, has_passkey: !overview.passkeys.is_empty() },
    )
}

pub async fn give_proof(State(app): State<App>, caller: Caller, Sent(form): Sent<ProofForm>) -> Result<Response> {
    let outcome = accounts::prove_with_code(&app, &caller, &form.code).await?;
    answer(&app, &caller, &form.back, (outcome, WRONG)).await
}

pub async fn prove_with_passkey(
    State(app): State<App>,
    caller: Caller,
    Sent(form): Sent<PasskeyForm>,
) -> Result<Response> {
    let ceremony = Uuid::try_parse(&form.ceremony).unwrap_or_default();
    let outcome = accounts::prove_with_passkey(&app, &caller, ceremony, &form.answer).await?;
    answer(&app, &caller, &form.back, (outcome, WRONG_PASSKEY)).await
}

async fn answer(app: &App, caller: &Caller, back: &str, came: (Outcome, &str)) -> Result<Response> {
    let wrong = match came.0 {
        Outcome::In(carried) => return with_cookie(app, &carried, Redirect::to(back_path(back)).into_response()),
        Outcome::Wait { until } => (StatusCode::TOO_MANY_REQUESTS, FormErrors::one("code", wait_words(until))),
        Outcome::Wrong | Outcome::CodeWanted(_) => (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("code", came.1)),
    };
    filled(app, caller, back, wrong).await
}

pub(super) fn samples() -> Vec<Sample> {
    let filled = |has_app, has_passkey, errors| ProofPage {
        frame: Frame::sample(PROOF).for_person("Ada Bell", "Oakfield Primary School").with_errors(errors),
        back: "/people".into(),
        has_app,
        has_passkey,
    };
    vec![
        Sample::of("people/accounts/pages/proof.html", &filled(true, true, FormErrors::default())),
        Sample::of("people/accounts/pages/proof.html wrong", &filled(true, false, FormErrors::one("code", WRONG))),
        Sample::of("people/accounts/pages/proof.html no factor", &filled(false, false, FormErrors::default())),
    ]
}
