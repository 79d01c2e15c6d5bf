//! One's own account: what it holds, its sessions, its password, its recovery codes.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::factors::Changed;
use super::super::{self as accounts, Overview};
use super::{frame, wait_words, without_cookie};
use crate::access::Caller;
use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_with};

const ACCOUNT: &str = "Your account";
const PASSWORD: &str = "Change your password";
const CODES: &str = "Your recovery codes";
const NEW_CODES: &str = "Make new recovery codes";

#[derive(Template)]
#[template(path = "people/accounts/pages/account.html")]
struct AccountPage {
    frame: Frame,
    address: String,
    roles: Vec<&'static str>,
    has_app: bool,
    has_factor: bool,
    codes_left: i64,
    passkeys: Vec<KeyRow>,
    sessions: Vec<SessionRow>,
}

struct KeyRow {
    id: Uuid,
    name: String,
    made: String,
    used: Option<String>,
}

struct SessionRow {
    id: Uuid,
    device: String,
    began: String,
    is_this: bool,
}

/// Recovery codes, on the one page that ever shows them.
#[derive(Template)]
#[template(path = "people/accounts/pages/codes.html")]
pub(super) struct CodesPage {
    pub(super) frame: Frame,
    pub(super) codes: Vec<String>,
}

impl CodesPage {
    pub(super) fn new(app: &App, caller: &Caller, codes: Vec<String>) -> CodesPage {
        CodesPage { frame: frame(app, caller, CODES), codes }
    }
}

#[derive(Template)]
#[template(path = "people/accounts/pages/new_codes.html")]
struct NewCodesPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "people/accounts/pages/password.html")]
struct PasswordPage {
    frame: Frame,
}

pub async fn account(State(app): State<App>, caller: Caller) -> Result<Response> {
    let overview = accounts::overview(&app, &caller).await?;
    page(&account_page(frame(&app, &caller, ACCOUNT), &caller, overview))
}

fn account_page(frame: Frame, caller: &Caller, overview: Overview) -> AccountPage {
    let moment = |millis| clock::moment_in_words(clock::from_millis(millis));
    let key = |key: super::super::account::Key| KeyRow {
        id: key.id,
        name: key.name,
        made: moment(key.made_at),
        used: key.used_at.map(moment),
    };
    let session = |session: super::super::session::Session| SessionRow {
        is_this: session.id == caller.session,
        id: session.id,
        device: session.device,
        began: moment(session.began_at),
    };
    AccountPage {
        frame,
        address: overview.address,
        roles: caller.roles.iter().map(|role| role.label()).collect(),
        has_app: overview.has_app,
        has_factor: overview.has_app || !overview.passkeys.is_empty(),
        codes_left: overview.recovery_codes_left,
        passkeys: overview.passkeys.into_iter().map(key).collect(),
        sessions: overview.sessions.into_iter().map(session).collect(),
    }
}

pub async fn end_session(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    accounts::end_session(&app, &caller, id).await?;
    Ok(Redirect::to("/account").into_response())
}

pub async fn end_all_sessions(State(app): State<App>, caller: Caller) -> Result<Response> {
    accounts::sign_out_everywhere(&app, &caller).await?;
    Ok(without_cookie(&app, Redirect::to("/sign-in").into_response()))
}

pub async fn password(State(app): State<App>, caller: Caller) -> Result<Response> {
    page(&PasswordPage { frame: frame(&app, &caller, PASSWORD).back_to("/account") })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PasswordForm {
    present: String,
    password: String,
    again: String,
}

impl PasswordForm {
    fn parse(self) -> std::result::Result<(String, String), FormErrors> {
        let mut errors = FormErrors::default();
        if self.present.is_empty() {
            errors.add("present", "Enter your present password");
        }
        if self.password.is_empty() {
            errors.add("password", "Enter a new password");
        } else if self.password != self.again {
            errors.add("again", "Enter the same new password again");
        }
        errors.or(|| (self.present, self.password))
    }
}

pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Sent(form): Sent<PasswordForm>,
) -> Result<Response> {
    let again = |status, errors| {
        page_with(
            status,
            &PasswordPage { frame: frame(&app, &caller, PASSWORD).back_to("/account").with_errors(errors) },
        )
    };
    let (present, wanted) = match form.parse() {
        Ok(parsed) => parsed,
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    match accounts::change_password(&app, &caller, &present, &wanted).await? {
        Changed::Done => Ok(Redirect::to("/account").into_response()),
        Changed::Wrong => {
            let wrong = FormErrors::one("present", "This is not your present password");
            again(StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        Changed::Weak(weak) => again(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("password", weak.said())),
        Changed::Wait { until } => again(StatusCode::TOO_MANY_REQUESTS, FormErrors::one("present", wait_words(until))),
    }
}

pub async fn recovery_codes(State(app): State<App>, caller: Caller) -> Result<Response> {
    accounts::ready_to_secure(&app, &caller).await?;
    page(&NewCodesPage { frame: frame(&app, &caller, NEW_CODES).back_to("/account") })
}

pub async fn renew_recovery_codes(State(app): State<App>, caller: Caller) -> Result<Response> {
    let codes = accounts::renew_recovery_codes(&app, &caller).await?;
    page(&CodesPage::new(&app, &caller, codes))
}

pub(super) fn samples() -> Vec<Sample> {
    let signed_in = |title| Frame::sample(title).for_person("Ada Bell", "Oakfield Primary School");
    let row = |is_this| SessionRow {
        id: Uuid::nil(),
        device: "Firefox on Windows".into(),
        began: "21 November 2026 at 9:15am".into(),
        is_this,
    };
    let key = KeyRow { id: Uuid::nil(), name: "My phone".into(), made: "1 September 2026 at 3pm".into(), used: None };
    let full = AccountPage {
        frame: signed_in(ACCOUNT),
        address: "ada.bell@oakfield.test".into(),
        roles: vec!["Teacher", "Designated safeguarding lead"],
        has_app: true,
        has_factor: true,
        codes_left: 9,
        passkeys: vec![key],
        sessions: vec![row(true), row(false)],
    };
    let bare = AccountPage {
        frame: signed_in(ACCOUNT),
        address: "ada.bell@oakfield.test".into(),
        roles: vec!["Teacher"],
        has_app: false,
        has_factor: false,
        codes_left: 0,
        passkeys: vec![],
        sessions: vec![row(true)],
    };
    let wrong = FormErrors::one("present", "This is not your present password");
    let codes = CodesPage { frame: signed_in(CODES), codes: vec!["7k2m-0pqx-c4hd-9tzw".into(); 10] };
    vec![
        Sample::of("people/accounts/pages/account.html", &full),
        Sample::of("people/accounts/pages/account.html bare", &bare),
        Sample::of("people/accounts/pages/password.html", &PasswordPage { frame: signed_in(PASSWORD) }),
        Sample::of(
            "people/accounts/pages/password.html wrong",
            &PasswordPage { frame: signed_in(PASSWORD).with_errors(wrong) },
        ),
        Sample::of("people/accounts/pages/codes.html", &codes),
        Sample::of("people/accounts/pages/new_codes.html", &NewCodesPage { frame: signed_in(NEW_CODES) }),
    ]
}
