//! The pages of adults in the register: finding one, what holds, and entering what they said.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::adults::{self, AdultView};
use super::forms::{self, Pairs, value};
use super::pages::{Asked, Cell, TablePage};
use super::person_pages::{AnswersPage, AskedRow, of_oneself};
use super::{is_offered, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::date_in_words;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::permissions::standing::Light;
use crate::web::forms::Sent;
use crate::web::layout::Frame;
use crate::web::{page, page_again};

const ADULTS: &str = "Adults in pictures";
const ENTER: &str = "Enter an answer";

pub async fn list(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    let typed = asked.name.unwrap_or_default();
    let found = adults::search(&app, &caller, &typed).await?;
    let row = |(id, name, what): &(Uuid, String, String)| {
        vec![Cell::link(name, format!("/permissions/adults/{id}")), Cell::of(what)]
    };
    page(&TablePage {
        frame: frame(&app, &caller, ADULTS).back_to("/permissions"),
        intro: vec![
            "Staff, governors, volunteers and parents are asked too before a picture of them goes out. Whoever signs in answers \
             at \u{201c}Answer for yourself\u{201d}; for others you enter what they said. Parents are found by name."
                .to_owned(),
        ],
        search: Some(("/permissions/adults", typed)),
        links: Vec::new(),
        heads: vec!["Adult", "Here as"],
        rows: found.iter().map(row).collect(),
        nothing: "Nobody here is called that.",
    })
}

pub async fn show(State(app): State<App>, caller: Caller, Path(adult): Path<Uuid>) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    let keeps = is_offered(&app, &caller, Act::KeepPermissions);
    let enter = (format!("/permissions/adults/{adult}/answers"), "Enter an answer from paper or telephone".to_owned());
    let said = |purpose: Uuid| {
        let rows = view.history.iter().filter(|row| row.purpose == purpose);
        let one = |row: &crate::permissions::register::Row| {
            let on = date_in_words(row.decided_on);
            format!("{} ({}, {on})", row.answer.decision.label(), row.route.label().to_lowercase())
        };
        rows.map(one).collect::<Vec<_>>().join("; before that: ")
    };
    let row = |held: &super::Held| {
        let light = Light::of(held.decided.decision);
        vec![Cell::of(of_oneself(&held.purpose.label)), Cell::light(light), Cell::of(said(held.purpose.id))]
    };
    page(&TablePage {
        frame: frame(&app, &caller, &view.name).back_to("/permissions/adults"),
        intro: vec![
            "What this adult has said of pictures and of their name. Yes means that they do not object.".to_owned(),
        ],
        search: None,
        links: keeps.then_some(enter).into_iter().collect(),
        heads: vec!["Purpose", "Now", "What was said"],
        rows: view.held.iter().map(row).collect(),
        nothing: "The school asks about nothing.",
    })
}

pub async fn form(State(app): State<App>, caller: Caller, Path(adult): Path<Uuid>) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    may(&app, &caller, Act::KeepPermissions)?;
    page(&answers_page(entering(&app, &caller, &view), &view, &[]))
}

fn entering(app: &App, caller: &Caller, view: &AdultView) -> Frame {
    frame(app, caller, format!("{ENTER}: {}", view.name)).back_to(format!("/permissions/adults/{}", view.id))
}

fn answers_page(frame: Frame, view: &AdultView, form: &Pairs) -> AnswersPage {
    let asked = view.held.iter().map(|held| AskedRow {
        code: held.purpose.code.clone(),
        label: of_oneself(&held.purpose.label),
        about: String::new(),
        yes: "Does not object",
        no: "Objects",
        chosen: value(form, &format!("answer.{}", held.purpose.code)).to_owned(),
        now: "",
    });
    let seen = if form.is_empty() { view.version } else { value(form, "seen").parse().unwrap_or(-1) };
    AnswersPage {
        frame,
        action: format!("/permissions/adults/{}/answers", view.id),
        intro: "Enter only what the adult has said or written of themself. What you leave open stays as it is.",
        seen,
        asks_who: None,
        adult: String::new(),
        routes: forms::route_choices(),
        route: value(form, "route").to_owned(),
        evidence: value(form, "evidence").chars().take(200).collect(),
        asked: asked.collect(),
    }
}

pub async fn enter(
    State(app): State<App>,
    caller: Caller,
    Path(adult): Path<Uuid>,
    Sent(mut form): Sent<Vec<(String, String)>>,
) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    may(&app, &caller, Act::KeepPermissions)?;
    // Nobody is chosen here: it is the adult of the page.
    form.retain(|(field, _)| field != "adult");
    form.push(("adult".to_owned(), adult.to_string()));
    let answers = forms::decisions(&form, view.held.iter().map(|held| held.purpose.code.as_str()));
    match forms::entered(&form, answers) {
        Ok(entered) => {
            adults::enter(&app, &caller, &entered).await?;
            Ok(Redirect::to(&format!("/permissions/adults/{adult}")).into_response())
        }
        Err(errors) => page_again(&answers_page(entering(&app, &caller, &view).with_errors(errors), &view, &form)),
    }
}
