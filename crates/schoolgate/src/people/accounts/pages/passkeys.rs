//! Adding, renaming and removing a passkey.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as accounts, PasskeyOffer};
use super::own::CodesPage;
use super::sign_in::challenge_json;
use super::{frame, with_cookie};
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_with};

const ADD: &str = "Add a passkey";
const KEEP: &str = "Rename or remove a passkey";
const WRONG: &str = "Your browser's passkey was not accepted. Try again";

#[derive(Template)]
#[template(path = "people/accounts/pages/new_passkey.html")]
struct NewPasskeyPage {
    frame: Frame,
    given: String,
}

#[derive(Template)]
#[template(path = "people/accounts/pages/passkey.html")]
struct PasskeyPage {
    frame: Frame,
    id: Uuid,
    given: String,
}

/// `GET /account/passkeys/new` and `/account/passkeys/{id}`: `new` is no number, so one handler tells them apart.
pub async fn passkey(State(app): State<App>, caller: Caller, Path(which): Path<String>) -> Result<Response> {
    if which == "new" {
        accounts::ready_to_secure(&app, &caller).await?;
        let frame = frame(&app, &caller, ADD).back_to("/account");
        return page(&NewPasskeyPage { frame, given: String::new() });
    }
    let id = Uuid::try_parse(&which).map_err(|_| Error::NotFound)?;
    let overview = accounts::overview(&app, &caller).await?;
    let key = overview.passkeys.into_iter().find(|key| key.id == id).ok_or(Error::NotFound)?;
    page(&PasskeyPage { frame: frame(&app, &caller, KEEP).back_to("/account"), id, given: key.name })
}

pub async fn begin_passkey(State(app): State<App>, caller: Caller) -> Result<Response> {
    let PasskeyOffer { ceremony, challenge } = accounts::begin_passkey(&app, &caller).await?;
    Ok(Json(challenge_json(ceremony, &challenge)).into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewPasskeyForm {
    ceremony: String,
    answer: String,
    name: String,
}

pub async fn add_passkey(State(app): State<App>, caller: Caller, Sent(form): Sent<NewPasskeyForm>) -> Result<Response> {
    let ceremony = Uuid::try_parse(&form.ceremony).unwrap_or_default();
    match accounts::add_passkey(&app, &caller, ceremony, &form.answer, &form.name).await? {
        None => {
            let frame = frame(&app, &caller, ADD).back_to("/account").with_errors(FormErrors::one("name", WRONG));
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPasskeyPage { frame, given: form.name })
        }
        Some(earned) if earned.codes.is_empty() => {
            with_cookie(&app, &earned.carried, Redirect::to("/account").into_response())
        }
        Some(earned) => {
            let shown = page(&CodesPage::new(&app, &caller, earned.codes))?;
            with_cookie(&app, &earned.carried, shown)
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NameForm {
    name: String,
}

pub async fn name_passkey(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<NameForm>,
) -> Result<Response> {
    accounts::name_passkey(&app, &caller, id, &form.name).await?;
    Ok(Redirect::to("/account").into_response())
}

pub async fn remove_passkey(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    accounts::remove_passkey(&app, &caller, id).await?;
    Ok(Redirect::to("/account").into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    let signed_in = |title| Frame::sample(title).for_person("Ada Bell", "Oakfield Primary School");
    let wrong = signed_in(ADD).with_errors(FormErrors::one("name", WRONG));
    let kept = PasskeyPage { frame: signed_in(KEEP), id: Uuid::nil(), given: "My phone".into() };
    vec![
        Sample::of(
            "people/accounts/pages/new_passkey.html",
            &NewPasskeyPage { frame: signed_in(ADD), given: String::new() },
        ),
        Sample::of(
            "people/accounts/pages/new_passkey.html wrong",
            &NewPasskeyPage { frame: wrong, given: "My phone".into() },
        ),
        Sample::of("people/accounts/pages/passkey.html", &kept),
    ]
}
