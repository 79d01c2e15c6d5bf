//! Adding, changing and removing an authenticator app.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::totp::{Authenticator, Drawing};
use super::super::{self as accounts, AppOffer};
use super::own::CodesPage;
use super::{frame, with_cookie};
use crate::access::Caller;
use crate::app::App;
use crate::error::Result;
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Sample, page, page_with};

const APP: &str = "Authenticator app";
const WRONG: &str = "This is not the code that the app shows now. Wait for the next one and enter that";

#[derive(Template)]
#[template(path = "people/accounts/pages/app.html")]
struct AppPage {
    frame: Frame,
    has_app: bool,
    offer: Option<Offered>,
}

struct Offered {
    drawing: Drawing,
    spelled: String,
}

pub async fn app(State(app): State<App>, caller: Caller) -> Result<Response> {
    filled(&app, &caller, None).await
}

async fn filled(app: &App, caller: &Caller, wrong: Option<FormErrors>) -> Result<Response> {
    let overview = accounts::overview(app, caller).await?;
    let offer = accounts::offered_app(app, caller).await?;
    let offer = offer.map(|AppOffer { drawing, spelled }| Offered { drawing, spelled });
    let frame = frame(app, caller, APP).back_to("/account");
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = frame.with_errors(wrong.unwrap_or_default());
    page_with(status, &AppPage { frame, has_app: overview.has_app, offer })
}

pub async fn offer_app(State(app): State<App>, caller: Caller) -> Result<Response> {
    accounts::offer_app(&app, &caller).await?;
    Ok(Redirect::to("/account/app").into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AppForm {
    code: String,
}

pub async fn confirm_app(State(app): State<App>, caller: Caller, Sent(form): Sent<AppForm>) -> Result<Response> {
    match accounts::confirm_app(&app, &caller, &form.code).await? {
        None => filled(&app, &caller, Some(FormErrors::one("code", WRONG))).await,
        Some(earned) if earned.codes.is_empty() => {
            with_cookie(&app, &earned.carried, Redirect::to("/account").into_response())
        }
        Some(earned) => {
            let shown = page(&CodesPage::new(&app, &caller, earned.codes))?;
            with_cookie(&app, &earned.carried, shown)
        }
    }
}

pub async fn remove_app(State(app): State<App>, caller: Caller) -> Result<Response> {
    accounts::remove_app(&app, &caller).await?;
    Ok(Redirect::to("/account").into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    let signed_in = || Frame::sample(APP).for_person("Ada Bell", "Oakfield Primary School");
    let offer = || {
        let app = Authenticator::from_secret(b"12345678901234567890", "ada.bell@oakfield.test").ok()?;
        Some(Offered { drawing: app.drawing().ok()?, spelled: app.spelled() })
    };
    let wrong = signed_in().with_errors(FormErrors::one("code", WRONG));
    vec![
        Sample::of("people/accounts/pages/app.html", &AppPage { frame: signed_in(), has_app: false, offer: None }),
        Sample::of(
            "people/accounts/pages/app.html offered",
            &AppPage { frame: signed_in(), has_app: false, offer: offer() },
        ),
        Sample::of("people/accounts/pages/app.html wrong", &AppPage { frame: wrong, has_app: true, offer: offer() }),
    ]
}
