//! The page of the school's hours.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{DAY_FIELDS, HoursForm};
use super::week::DAYS;
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Sample, page, page_with};

const HOURS: &str = "Working hours and term dates";
const OVERTAKEN: &str = "Somebody else changed the hours meanwhile. Look at what you typed and save again";

#[derive(Template)]
#[template(path = "people/hours/hours.html")]
struct HoursPage {
    frame: Frame,
    seen: i64,
    days: Vec<Day>,
    terms: String,
}

struct Day {
    name: &'static str,
    from_field: &'static str,
    to_field: &'static str,
    from: String,
    to: String,
}

pub async fn show(State(app): State<App>, caller: Caller) -> Result<Response> {
    let (hours, version) = super::show(&app, &caller).await?;
    page(&filled(frame(&app, &caller, HOURS).back_to("/"), version, &HoursForm::of(&hours)))
}

fn filled(frame: Frame, seen: i64, form: &HoursForm) -> HoursPage {
    let day = |at: usize| Day {
        name: DAYS[at],
        from_field: DAY_FIELDS[at].0,
        to_field: DAY_FIELDS[at].1,
        from: form.days[at].0.chars().take(10).collect(),
        to: form.days[at].1.chars().take(10).collect(),
    };
    HoursPage { frame, seen, days: (0..DAYS.len()).map(day).collect(), terms: form.terms.clone() }
}

pub async fn save(State(app): State<App>, caller: Caller, Sent(fields): Sent<Fields>) -> Result<Response> {
    let (_, version) = super::show(&app, &caller).await?;
    super::may_keep(&app, &caller)?;
    let form = HoursForm::sent(&fields);
    let (errors, status, seen) = match form.parse() {
        Ok(hours) => match super::save(&app, &caller, fields.seen(), &hours).await {
            Ok(()) => return Ok(Redirect::to("/school/hours").into_response()),
            Err(Error::Conflict) => (FormErrors::one("terms", OVERTAKEN), StatusCode::CONFLICT, version),
            Err(error) => return Err(error),
        },
        Err(errors) => (errors, StatusCode::UNPROCESSABLE_ENTITY, fields.seen()),
    };
    page_with(status, &filled(frame(&app, &caller, HOURS).back_to("/").with_errors(errors), seen, &form))
}

pub fn samples() -> Vec<Sample> {
    let here = || Frame::sample(HOURS).for_person("Priya Nair", "Oakfield Primary School");
    let mut form = HoursForm { terms: "Autumn".to_owned(), ..HoursForm::default() };
    form.days[0] = ("16:00".to_owned(), "8:30".to_owned());
    let errors = form.parse().err().unwrap_or_default();
    vec![
        Sample::of("people/hours/hours.html", &filled(here(), 0, &HoursForm::default())),
        Sample::of("people/hours/hours.html wrong", &filled(here().with_errors(errors), 3, &form)),
    ]
}
