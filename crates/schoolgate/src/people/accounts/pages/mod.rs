//! The pages of signing in and of one's own account.
//!
//! For: browsers, with and without script; a passkey needs script and its pages say so.
//! Promises: a handler that takes a [`Caller`] is reached only signed in; whoever must confirm first is led there and
//! back; `back` never leads to another site. Does not: write anything except through a verb.

mod app_code;
mod own;
mod passkeys;
mod proof;
mod set_up;
mod sign_in;

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{self, HeaderMap};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

pub use app_code::{app, confirm_app, offer_app, remove_app};
pub use own::{
    account, change_password, end_all_sessions, end_session, password, recovery_codes, renew_recovery_codes,
};
pub use passkeys::{add_passkey, begin_passkey, name_passkey, passkey, remove_passkey};
pub use proof::{give_proof, proof, prove_with_passkey};
pub use set_up::{set_up, use_link};
pub use sign_in::{begin_passkey_sign_in, code, enter, enter_by_passkey, give_code, sign_in, sign_out};

use super::session::Carried;
use crate::access::{Caller, PROVE_FIRST};
use crate::app::App;
use crate::clock;
use crate::error::{Because, Error, Result};
use crate::web::layout::Frame;
use crate::web::{Sample, cookies};

/// Longest address that is kept to lead somebody back.
const BACK_BYTES_MAX: usize = 500;
/// Where somebody goes who came for nothing in particular.
const START: &str = "/";

/// A frame with the caller's name in it.
pub fn frame(app: &App, caller: &Caller, title: impl Into<String>) -> Frame {
    Frame::new(app, title).for_person(&caller.called, &caller.school_name)
}

/// The cookie's content, if there is one that we could have written.
fn carried(app: &App, headers: &HeaderMap) -> Option<Carried> {
    cookies::session(&app.config.server, headers).and_then(Carried::parse)
}

/// Only the signed-in come further; everybody else is led to the sign-in page.
impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Response> {
        match maybe_caller(app, &parts.headers).await {
            Ok(Some(caller)) => Ok(caller),
            Ok(None) => Err(to_sign_in(&parts.method, &parts.uri)),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// For pages that show something else to the signed-in.
pub struct MaybeCaller(pub Option<Caller>);

impl FromRequestParts<App> for MaybeCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Response> {
        maybe_caller(app, &parts.headers).await.map(MaybeCaller).map_err(Error::into_response)
    }
}

async fn maybe_caller(app: &App, headers: &HeaderMap) -> Result<Option<Caller>> {
    match carried(app, headers) {
        Some(carried) => super::admit(app, &carried).await,
        None => Ok(None),
    }
}

fn to_sign_in(method: &Method, uri: &Uri) -> Response {
    let path = uri.path_and_query().map_or(START, |path| path.as_str());
    // What was sent by a form is gone; leading back to its address would show "not allowed".
    match *method == Method::GET && path != START {
        true => to("/sign-in", path),
        false => Redirect::to("/sign-in").into_response(),
    }
}

/// `page?back=path`, with the path encoded.
fn to(page: &str, back: &str) -> Response {
    let back: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("back", back_path(back)).finish();
    Redirect::to(&format!("{page}?{back}")).into_response()
}

/// The path itself if it is one of ours, else the start page.
fn back_path(given: &str) -> &str {
    let is_ours = given.starts_with('/')
        && !given.starts_with("//")
        && given.len() <= BACK_BYTES_MAX
        && given.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { given } else { START }
}

/// Sets the session cookie and leads on.
fn with_cookie(app: &App, carried: &Carried, mut response: Response) -> Result<Response> {
    let cookie = cookies::set_session(&app.config.server, &carried.shown())
        .ok_or_else(|| Error::fault("setting the session cookie", "the token has a letter that no cookie takes"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn without_cookie(app: &App, mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_session(&app.config.server));
    response
}

/// What the browser says about itself.
pub struct Device(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Infallible> {
        let said = parts.headers.get(header::USER_AGENT).and_then(|said| said.to_str().ok());
        Ok(Device(said.unwrap_or_default().to_owned()))
    }
}

/// Leads somebody whose act needs a fresh second factor to where it is given, and back. Stands around every page.
pub async fn lead_to_proof(State(_): State<App>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let referer = request.headers().get(header::REFERER).cloned();
    let response = next.run(request).await;
    let wants_proof = response.extensions().get::<Because>().is_some_and(|Because(said)| said == PROVE_FIRST);
    if !wants_proof {
        return response;
    }
    let came_from = || referer.as_ref().and_then(path_of).unwrap_or_else(|| START.to_owned());
    let back = match method == Method::GET {
        true => uri.path().to_owned(),
        false => came_from(),
    };
    to("/proof", &back)
}

/// The path of a `Referer`: whatever site it names, only the path is used, and it leads to ours.
fn path_of(referer: &HeaderValue) -> Option<String> {
    url::Url::parse(referer.to_str().ok()?).ok().map(|url| url.path().to_owned())
}

/// `Too many tries. You can try again on 1 September 2026 at 3:15pm`.
fn wait_words(until: Timestamp) -> String {
    // The next whole minute: a time without seconds must not be too early.
    let minute = 60_000;
    let rounded = until.as_millisecond().div_euclid(minute).saturating_add(1).saturating_mul(minute);
    format!("There were too many tries. You can try again from {}", clock::moment_in_words(clock::from_millis(rounded)))
}

pub fn samples() -> Vec<Sample> {
    let pages = [
        sign_in::samples(),
        set_up::samples(),
        own::samples(),
        app_code::samples(),
        passkeys::samples(),
        proof::samples(),
    ];
    pages.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_leads_only_to_our_own_pages() {
        for good in ["/", "/people", "/people/7?x=1"] {
            assert_eq!(back_path(good), good);
        }
        let long = format!("/{}", "a".repeat(BACK_BYTES_MAX));
        for bad in ["", "people", "//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nb", "/a b", "/é", &long] {
            assert_eq!(back_path(bad), START, "{bad:.30}");
        }
    }

    #[test]
    fn a_wait_is_told_to_the_next_minute() {
        let until: Timestamp = "2026-11-21T10:00:01Z".parse().unwrap();
        assert!(wait_words(until).ends_with("21 November 2026 at 10:01am"));
    }
}
