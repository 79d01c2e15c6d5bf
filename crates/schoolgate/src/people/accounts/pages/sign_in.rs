//! Sign in, second step, sign out.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as accounts, Attempt, Outcome};
use super::{Device, MaybeCaller, START, back_path, carried, wait_words, with_cookie, without_cookie};
use crate::access::Caller;
use crate::app::App;
use crate::error::Result;
use crate::web::forms::{FormErrors, Sent};
use crate::web::guard::ClientAddress;
use crate::web::layout::Frame;
use crate::web::{Sample, page, page_with};

const SIGN_IN: &str = "Sign in";
const CODE: &str = "Enter a code";
/// One sentence for every reason there is, so that it tells nobody which.
const WRONG: &str = "Your email address or password is not right. Check both and try again";
const WRONG_CODE: &str =
    "This code is not right, was used before, or has run out. Enter the code that your app shows now";

#[derive(Template)]
#[template(path = "people/accounts/pages/sign_in.html")]
struct SignInPage {
    frame: Frame,
    address: String,
    back: String,
}

#[derive(Template)]
#[template(path = "people/accounts/pages/code.html")]
struct CodePage {
    frame: Frame,
    back: String,
    has_app: bool,
    has_passkey: bool,
}

/// Where to go afterwards; also a form's hidden field.
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

pub async fn sign_in(
    State(app): State<App>,
    MaybeCaller(caller): MaybeCaller,
    Query(query): Query<Back>,
) -> Result<Response> {
    let back = back_path(&query.back).to_owned();
    if caller.is_some() {
        return Ok(Redirect::to(&back).into_response());
    }
    page(&SignInPage { frame: Frame::new(&app, SIGN_IN), address: String::new(), back })
}

#[derive(Deserialize)]
#[serde(default)]
pub struct SignInForm {
    address: String,
    password: String,
    back: String,
}

impl Default for SignInForm {
    fn default() -> Self {
        SignInForm { address: String::new(), password: String::new(), back: START.to_owned() }
    }
}

pub async fn enter(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Device(device): Device,
    Sent(form): Sent<SignInForm>,
) -> Result<Response> {
    let back = back_path(&form.back).to_owned();
    let mut errors = FormErrors::default();
    errors.line("address", "your email address", &form.address);
    if form.password.is_empty() {
        errors.add("password", "Enter your password");
    }
    if !errors.is_empty() {
        return again(&app, form, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let attempt = Attempt { address: &form.address, password: &form.password, from, device: &device };
    match accounts::sign_in(&app, attempt).await? {
        Outcome::In(carried) => with_cookie(&app, &carried, Redirect::to(&back).into_response()),
        Outcome::CodeWanted(carried) => with_cookie(&app, &carried, super::to("/sign-in/code", &back)),
        Outcome::Wrong => again(&app, form, FormErrors::one("address", WRONG), StatusCode::UNPROCESSABLE_ENTITY),
        Outcome::Wait { until } => {
            again(&app, form, FormErrors::one("address", wait_words(until)), StatusCode::TOO_MANY_REQUESTS)
        }
    }
}

fn again(app: &App, form: SignInForm, errors: FormErrors, status: StatusCode) -> Result<Response> {
    let frame = Frame::new(app, SIGN_IN).with_errors(errors);
    let address = form.address.chars().take(crate::web::forms::LINE_CHARS_MAX).collect();
    page_with(status, &SignInPage { frame, address, back: back_path(&form.back).to_owned() })
}

pub async fn code(State(app): State<App>, headers: HeaderMap, Query(query): Query<Back>) -> Result<Response> {
    code_page(&app, &headers, back_path(&query.back), None).await
}

async fn code_page(
    app: &App,
    headers: &HeaderMap,
    back: &str,
    wrong: Option<(StatusCode, String)>,
) -> Result<Response> {
    let halfway = match carried(app, headers) {
        Some(carried) => accounts::halfway(app, &carried).await?,
        None => None,
    };
    let Some((_, behind)) = halfway else { return Ok(super::to("/sign-in", back)) };
    let frame = Frame::new(app, CODE).back_to("/sign-in");
    let has_app = behind.account.is_some_and(|account| account.authenticator.is_some());
    let filled = |frame| CodePage { frame, back: back.to_owned(), has_app, has_passkey: !behind.passkeys.is_empty() };
    match wrong {
        None => page(&filled(frame)),
        Some((status, said)) => page_with(status, &filled(frame.with_errors(FormErrors::one("code", said)))),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CodeForm {
    code: String,
    back: String,
}

pub async fn give_code(State(app): State<App>, headers: HeaderMap, Sent(form): Sent<CodeForm>) -> Result<Response> {
    let back = back_path(&form.back);
    let Some(carried) = carried(&app, &headers) else { return Ok(super::to("/sign-in", back)) };
    let wrong = (StatusCode::UNPROCESSABLE_ENTITY, WRONG_CODE.to_owned());
    if form.code.trim().is_empty() {
        let empty = (StatusCode::UNPROCESSABLE_ENTITY, "Enter a code".to_owned());
        return code_page(&app, &headers, back, Some(empty)).await;
    }
    match accounts::give_code(&app, &carried, &form.code).await? {
        Outcome::In(carried) => with_cookie(&app, &carried, Redirect::to(back).into_response()),
        Outcome::CodeWanted(_) | Outcome::Wrong => code_page(&app, &headers, back, Some(wrong)).await,
        Outcome::Wait { until } => {
            let wait = (StatusCode::TOO_MANY_REQUESTS, wait_words(until));
            code_page(&app, &headers, back, Some(wait)).await
        }
    }
}

/// The challenge for the browser. `POST`, because it is remembered here.
pub async fn begin_passkey_sign_in(State(app): State<App>, ClientAddress(from): ClientAddress) -> Result<Response> {
    Ok(match accounts::begin_passkey_sign_in(&app, from).await? {
        Some((ceremony, challenge)) => Json(challenge_json(ceremony, &challenge)).into_response(),
        None => StatusCode::TOO_MANY_REQUESTS.into_response(),
    })
}

pub(super) fn challenge_json(ceremony: Uuid, challenge: &str) -> serde_json::Value {
    // We wrote the challenge a moment ago; were it unreadable, the browser would say so.
    let challenge: serde_json::Value = serde_json::from_str(challenge).unwrap_or_default();
    serde_json::json!({ "ceremony": ceremony.to_string(), "options": challenge["publicKey"] })
}

/// What script fills in after the browser has answered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PasskeyForm {
    pub(super) ceremony: String,
    pub(super) answer: String,
    pub(super) back: String,
}

const PASSKEY_WRONG: &str = "That passkey was not accepted. Try again, or use your password";

pub async fn enter_by_passkey(
    State(app): State<App>,
    Device(device): Device,
    Sent(form): Sent<PasskeyForm>,
) -> Result<Response> {
    let ceremony = Uuid::try_parse(&form.ceremony).unwrap_or_default();
    match accounts::finish_passkey_sign_in(&app, ceremony, &form.answer, &device).await? {
        Outcome::In(carried) => with_cookie(&app, &carried, Redirect::to(back_path(&form.back)).into_response()),
        Outcome::CodeWanted(_) | Outcome::Wrong | Outcome::Wait { .. } => {
            let errors = FormErrors::one("address", PASSKEY_WRONG);
            let form = SignInForm { back: form.back, ..SignInForm::default() };
            again(&app, form, errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

pub async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response> {
    accounts::sign_out(&app, &caller).await?;
    Ok(without_cookie(&app, Redirect::to("/").into_response()))
}

pub(super) fn samples() -> Vec<Sample> {
    let sign_in = |frame| SignInPage { frame, address: "ada.bell@oakfield.test".into(), back: START.into() };
    let wrong = Frame::sample(SIGN_IN).with_errors(FormErrors::one("address", WRONG));
    let code = |frame| CodePage { frame, back: START.into(), has_app: true, has_passkey: true };
    let wrong_code = Frame::sample(CODE).with_errors(FormErrors::one("code", WRONG_CODE));
    vec![
        Sample::of("people/accounts/pages/sign_in.html", &sign_in(Frame::sample(SIGN_IN))),
        Sample::of("people/accounts/pages/sign_in.html wrong", &sign_in(wrong)),
        Sample::of("people/accounts/pages/code.html", &code(Frame::sample(CODE))),
        Sample::of("people/accounts/pages/code.html wrong", &code(wrong_code)),
    ]
}
