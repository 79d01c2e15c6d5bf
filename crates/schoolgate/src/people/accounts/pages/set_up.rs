//! The page behind a set-up link: choose a password.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{self as accounts, Carried, Invited, Outcome, Used};
use super::{Device, wait_words, with_cookie};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::forms::{FormErrors, Sent};
use crate::web::guard::ClientAddress;
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_with};

const TITLE: &str = "Choose your password";
const GONE: &str = "This link does not work any more";

#[derive(Template)]
#[template(path = "people/accounts/pages/set_up.html")]
struct SetUpPage {
    frame: Frame,
    link: String,
    called: String,
    school_name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "people/accounts/pages/link_gone.html")]
struct GonePage {
    frame: Frame,
}

pub async fn set_up(State(app): State<App>, Path(link): Path<String>) -> Result<Response> {
    let Some((_, invited)) = opened(&app, &link).await? else { return gone(&app) };
    page(&filled(Frame::new(&app, TITLE), &link, &invited))
}

async fn opened(app: &App, link: &str) -> Result<Option<(Carried, Invited)>> {
    let Some(carried) = Carried::parse(link) else { return Ok(None) };
    Ok(accounts::open_link(app, &carried).await?.map(|invited| (carried, invited)))
}

fn filled(frame: Frame, link: &str, invited: &Invited) -> SetUpPage {
    SetUpPage {
        frame,
        link: link.to_owned(),
        called: invited.called.clone(),
        school_name: invited.school_name.clone(),
        address: invited.address.clone(),
    }
}

fn gone(app: &App) -> Result<Response> {
    page_with(StatusCode::NOT_FOUND, &GonePage { frame: Frame::new(app, GONE) })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SetUpForm {
    password: String,
    again: String,
}

impl SetUpForm {
    pub(super) fn parse(self) -> std::result::Result<String, FormErrors> {
        let mut errors = FormErrors::default();
        if self.password.is_empty() {
            errors.add("password", "Enter a password");
        } else if self.password != self.again {
            errors.add("again", "Enter the same password again");
        }
        let password = self.password;
        errors.or(|| password)
    }
}

pub async fn use_link(
    State(app): State<App>,
    Path(link): Path<String>,
    ClientAddress(from): ClientAddress,
    Device(device): Device,
    Sent(form): Sent<SetUpForm>,
) -> Result<Response> {
    let Some((carried, invited)) = opened(&app, &link).await? else { return gone(&app) };
    let again =
        |status, errors| page_with(status, &filled(Frame::new(&app, TITLE).with_errors(errors), &link, &invited));
    let wanted = match form.parse() {
        Ok(wanted) => wanted,
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    match accounts::use_link(&app, &carried, &wanted, (from, &device)).await? {
        Used::Entered(Outcome::In(carried)) => with_cookie(&app, &carried, Redirect::to("/account").into_response()),
        Used::Entered(Outcome::CodeWanted(carried)) => {
            with_cookie(&app, &carried, Redirect::to("/sign-in/code").into_response())
        }
        Used::Entered(Outcome::Wait { until }) => {
            again(StatusCode::TOO_MANY_REQUESTS, FormErrors::one("password", wait_words(until)))
        }
        Used::Entered(Outcome::Wrong) => Err(Error::NotFound),
        Used::Weak(weak) => again(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("password", weak.said())),
        Used::Gone => gone(&app),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let filled = |frame| SetUpPage {
        frame,
        link: "sample".into(),
        called: "Ada Bell".into(),
        school_name: "Oakfield Primary School".into(),
        address: "ada.bell@oakfield.test".into(),
    };
    let short = FormErrors::one("password", super::super::password::Weak::TooShort.said());
    vec![
        Sample::of("people/accounts/pages/set_up.html", &filled(Frame::sample(TITLE))),
        Sample::of("people/accounts/pages/set_up.html short", &filled(Frame::sample(TITLE).with_errors(short))),
        Sample::of("people/accounts/pages/link_gone.html", &GonePage { frame: Frame::sample(GONE) }),
    ]
}
