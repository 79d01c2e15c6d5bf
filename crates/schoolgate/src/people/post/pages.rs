//! The page of the school's mail: whether it is set up, how it is wanted, what became of the newest letters.

use askama::Template;
use axum::extract::State as Here;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use channels::mail::is_address;
use serde::Deserialize;
use uuid::Uuid;

use super::{Kind, Mail, REMIND_AFTER_DAYS_MAX, REMINDERS_MAX, Settings, State};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_with};

const POST: &str = "Mail";
const OVERTAKEN: &str = "Somebody else changed this meanwhile. Look at what you typed and save again";

#[derive(Template)]
#[template(path = "people/post/post.html")]
struct PostPage {
    frame: Frame,
    is_set_up: bool,
    seen: i64,
    form: SettingsForm,
    letters: Vec<Row>,
}

struct Row {
    /// Empty: nothing has to be done.
    settle: String,
    when: String,
    what: &'static str,
    state: &'static str,
    said: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    seen: String,
    office: String,
    reminders: String,
    days: String,
}

impl SettingsForm {
    fn of(settings: &Settings) -> Self {
        Self {
            seen: String::new(),
            office: settings.office.clone().unwrap_or_default(),
            reminders: settings.reminders_max.to_string(),
            days: settings.remind_after_days.to_string(),
        }
    }

    fn parse(&self) -> std::result::Result<Settings, FormErrors> {
        let mut errors = FormErrors::default();
        let office = self.office.trim();
        if !office.is_empty() && !is_address(office) {
            errors.add("office", "Enter an email address, such as office@school.test, or nothing");
        }
        let number = |typed: &str, least: i64, most: i64| {
            typed.trim().parse::<i64>().ok().filter(|number| (least..=most).contains(number))
        };
        let reminders_max = number(&self.reminders, 0, REMINDERS_MAX);
        if reminders_max.is_none() {
            errors.add("reminders", format!("Enter how many reminders, from 0 to {REMINDERS_MAX}"));
        }
        let remind_after_days = number(&self.days, 1, REMIND_AFTER_DAYS_MAX);
        if remind_after_days.is_none() {
            errors.add("days", format!("Enter a number of days, from 1 to {REMIND_AFTER_DAYS_MAX}"));
        }
        errors.or(|| Settings {
            office: (!office.is_empty()).then(|| office.to_owned()),
            reminders_max: reminders_max.unwrap_or_default(),
            remind_after_days: remind_after_days.unwrap_or_default(),
        })
    }

    /// What may go back into the page.
    fn cut(&self) -> Self {
        let short = |text: &str, chars: usize| text.chars().take(chars).collect::<String>();
        Self {
            seen: String::new(),
            office: short(&self.office, 254),
            reminders: short(&self.reminders, 10),
            days: short(&self.days, 10),
        }
    }
}

/// A letter, for whoever only looks.
fn row(mail: &Mail) -> Row {
    Row {
        settle: String::new(),
        when: moment_in_words(from_millis(mail.made_at)),
        what: mail.kind.label(),
        state: mail.state.label(),
        said: mail.said.clone().unwrap_or_default(),
    }
}

/// A letter, for whoever keeps the post and settles what did not arrive.
fn row_to_settle(mail: &Mail) -> Row {
    let is_failed = mail.state == State::Failed;
    let settle = if is_failed { format!("/school/post/{}/end", mail.id) } else { String::new() };
    Row { settle, ..row(mail) }
}

pub async fn show(Here(app): Here<App>, caller: Caller) -> Result<Response> {
    let (settings, version, letters) = super::show(&app, &caller).await?;
    let row: fn(&Mail) -> Row = if super::may_keep(&app, &caller).is_ok() { row_to_settle } else { row };
    page(&PostPage {
        frame: frame(&app, &caller, POST).back_to("/"),
        is_set_up: app.mail.is_some(),
        seen: version,
        form: SettingsForm::of(&settings),
        letters: letters.iter().map(row).collect(),
    })
}

pub async fn save(Here(app): Here<App>, caller: Caller, Sent(form): Sent<SettingsForm>) -> Result<Response> {
    let (_, version, letters) = super::show(&app, &caller).await?;
    super::may_keep(&app, &caller)?;
    let carried = seen(&form.seen);
    let (errors, status, seen) = match form.parse() {
        Ok(settings) => match super::save(&app, &caller, carried, &settings).await {
            Ok(()) => return Ok(Redirect::to("/school/post").into_response()),
            Err(Error::Conflict) => (FormErrors::one("office", OVERTAKEN), StatusCode::CONFLICT, version),
            Err(error) => return Err(error),
        },
        Err(errors) => (errors, StatusCode::UNPROCESSABLE_ENTITY, carried),
    };
    let filled = PostPage {
        frame: frame(&app, &caller, POST).back_to("/").with_errors(errors),
        is_set_up: app.mail.is_some(),
        seen,
        form: form.cut(),
        letters: letters.iter().map(row_to_settle).collect(),
    };
    page_with(status, &filled)
}

pub async fn settle(Here(app): Here<App>, caller: Caller, Path(mail): Path<Uuid>) -> Result<Response> {
    super::settle(&app, &caller, mail).await?;
    Ok(Redirect::to("/school/post").into_response())
}

pub fn samples() -> Vec<Sample> {
    let here = || Frame::sample(POST).for_person("Tom Lister", "Oakfield Primary School");
    let mail = |kind, state, said: Option<&str>| Mail {
        id: Uuid::nil(),
        version: 1,
        kind,
        recipient: Uuid::nil(),
        about: Uuid::nil(),
        asked_by: None,
        made_at: 1_795_262_400_000,
        state,
        state_at: 1_795_262_400_000,
        tries: 1,
        said: said.map(str::to_owned),
    };
    let letters = [
        mail(Kind::Round, State::Failed, Some("the mail server said 550 at the recipient's address")),
        mail(Kind::Receipt, State::Sent, None),
    ];
    let filled = |frame, is_set_up: bool, form: &SettingsForm| PostPage {
        frame,
        is_set_up,
        seen: 1,
        form: form.clone(),
        letters: letters.iter().map(if is_set_up { row_to_settle } else { row }).collect(),
    };
    let wrong = SettingsForm { office: "office".into(), reminders: "many".into(), ..SettingsForm::default() };
    let errors = wrong.parse().err().unwrap_or_default();
    vec![
        Sample::of("people/post/post.html", &filled(here(), true, &SettingsForm::of(&Settings::default()))),
        Sample::of("people/post/post.html wrong", &filled(here().with_errors(errors), false, &wrong)),
    ]
}
