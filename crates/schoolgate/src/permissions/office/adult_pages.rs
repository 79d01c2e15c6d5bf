//! The pages of adults in the register: finding one, what holds, and entering what they said.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::date;
use uuid::Uuid;

use super::Held;
use super::adults::{self, AdultView};
use super::forms;
use super::pages::{Asked, Cell, TablePage};
use super::person_pages::{AnswersPage, AskedRow, of_oneself};
use super::{is_offered, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::date_in_words;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::permissions::decision::Decided;
use crate::permissions::register::Row;
use crate::permissions::standing::Light;
use crate::permissions::{Answer, Authority, Basis, Because, Decision, Purpose, Recall, Route};
use crate::web::forms::{Fields, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const ADULTS: &str = "Adults in pictures";
const ENTER: &str = "Enter an answer";

pub async fn list(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    let typed = asked.name.unwrap_or_default();
    let found = adults::search(&app, &caller, &typed).await?;
    page(&list_page(frame(&app, &caller, ADULTS), typed, &found))
}

fn list_page(frame: Frame, typed: String, found: &[(Uuid, String, String)]) -> TablePage {
    let row = |(id, name, what): &(Uuid, String, String)| {
        vec![Cell::link(name, format!("/permissions/adults/{id}")), Cell::of(what)]
    };
    TablePage {
        frame: frame.back_to("/permissions"),
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
        pages: Vec::new(),
    }
}

pub async fn show(State(app): State<App>, caller: Caller, Path(adult): Path<Uuid>) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    let enter = (format!("/permissions/adults/{adult}/answers"), "Enter an answer from paper or telephone".to_owned());
    let links = is_offered(&app, &caller, Act::KeepPermissions).then_some(enter).into_iter().collect();
    page(&adult_page(frame(&app, &caller, &view.name), &view, links))
}

fn adult_page(frame: Frame, view: &AdultView, links: Vec<(String, String)>) -> TablePage {
    let said = |purpose: Uuid| {
        let rows = view.history.iter().filter(|row| row.purpose == purpose);
        let one = |row: &Row| {
            let on = date_in_words(row.decided_on);
            format!("{} ({}, {on})", row.answer.decision.label(), row.route.label().to_lowercase())
        };
        rows.map(one).collect::<Vec<_>>().join("; before that: ")
    };
    let row = |held: &Held| {
        let light = Light::of(held.decided.decision);
        vec![Cell::of(of_oneself(&held.purpose.label)), Cell::light(light), Cell::of(said(held.purpose.id))]
    };
    TablePage {
        frame: frame.back_to("/permissions/adults"),
        intro: vec![
            "What this adult has said of pictures and of their name. Yes means that they do not object.".to_owned(),
        ],
        search: None,
        links,
        heads: vec!["Purpose", "Now", "What was said"],
        rows: view.held.iter().map(row).collect(),
        nothing: "The school asks about nothing.",
        pages: Vec::new(),
    }
}

pub async fn form(State(app): State<App>, caller: Caller, Path(adult): Path<Uuid>) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    may(&app, &caller, Act::KeepPermissions)?;
    page(&answers_page(entering(&app, &caller, &view), &view, &Fields::default()))
}

fn entering(app: &App, caller: &Caller, view: &AdultView) -> Frame {
    frame(app, caller, format!("{ENTER}: {}", view.name)).back_to(format!("/permissions/adults/{}", view.id))
}

fn answers_page(frame: Frame, view: &AdultView, form: &Fields) -> AnswersPage {
    let asked = view.held.iter().map(|held| AskedRow {
        code: held.purpose.code.clone(),
        label: of_oneself(&held.purpose.label),
        about: String::new(),
        yes: "Does not object",
        no: "Objects",
        chosen: form.one(&format!("answer.{}", held.purpose.code)).to_owned(),
        now: "",
    });
    let seen = if form.is_empty() { view.version } else { form.seen() };
    AnswersPage {
        frame,
        action: format!("/permissions/adults/{}/answers", view.id),
        intro: "Enter only what the adult has said or written of themself. What you leave open stays as it is.",
        seen,
        asks_who: None,
        adult: String::new(),
        routes: forms::route_choices(),
        route: form.one("route").to_owned(),
        evidence: form.one("evidence").chars().take(200).collect(),
        asked: asked.collect(),
    }
}

pub async fn enter(
    State(app): State<App>,
    caller: Caller,
    Path(adult): Path<Uuid>,
    Sent(mut form): Sent<Fields>,
) -> Result<Response> {
    let view = adults::view(&app, &caller, adult).await?;
    may(&app, &caller, Act::KeepPermissions)?;
    // Nobody is chosen here: it is the adult of the page.
    form.set("adult", adult.to_string());
    let answers = forms::decisions(&form, view.held.iter().map(|held| held.purpose.code.as_str()));
    match forms::entered(&form, answers) {
        Ok(entered) => {
            adults::enter(&app, &caller, &entered).await?;
            Ok(Redirect::to(&format!("/permissions/adults/{adult}")).into_response())
        }
        Err(errors) => page_again(&answers_page(entering(&app, &caller, &view).with_errors(errors), &view, &form)),
    }
}

fn sample_view() -> AdultView {
    let purpose = Purpose {
        id: Uuid::nil(),
        version: 1,
        code: "website".into(),
        basis: Basis::LegitimateInterests,
        basis_note: String::new(),
        months: None,
        recall: Recall::Yes,
        wording: 1,
        label: "Pictures on the school's website".into(),
        about: String::new(),
        is_retired: false,
    };
    let row = |decision, decided_on, ended_at| Row {
        id: Uuid::nil(),
        person: Uuid::nil(),
        purpose: purpose.id,
        answer: Answer { decider: Uuid::nil(), decision, authority: Authority::Own, until: None },
        basis: purpose.basis,
        route: Route::Paper,
        wording: 1,
        evidence: Some(Uuid::nil()),
        decided_on,
        at: 1_795_262_400_000,
        entered_by: Some(Uuid::nil()),
        ended_at,
    };
    let history = vec![
        row(Decision::No, date(2026, 11, 20), None),
        row(Decision::Yes, date(2026, 9, 3), Some(1_795_262_400_000)),
    ];
    let asked = Purpose {
        id: Uuid::from_u128(1),
        code: "press".into(),
        label: "Pictures in the press".into(),
        ..purpose.clone()
    };
    let held = |purpose, decision, because| Held { purpose, decided: Decided { decision, because }, said: Vec::new() };
    let held = vec![held(purpose, Decision::No, Because::SaidNo), held(asked, Decision::NotAsked, Because::NotAsked)];
    AdultView { id: Uuid::nil(), name: "Margaret Grant".into(), version: 1, held, history }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Tom Lister", "Oakfield Primary School");
    let found = [
        (Uuid::nil(), "Margaret Grant".to_owned(), "Governor".to_owned()),
        (Uuid::from_u128(1), "Mrs Folake Adeyemi".to_owned(), "Parent or carer".to_owned()),
    ];
    let view = sample_view();
    let link = vec![("/permissions/adults/0/answers".to_owned(), "Enter an answer from paper or telephone".to_owned())];
    // Nothing is chosen yet.
    let form = [("adult", view.id.to_string())].into_iter().collect();
    let errors = forms::entered(&form, Vec::new()).err().unwrap_or_default();
    let entering = here("Enter an answer: Margaret Grant").back_to("/permissions/adults/0").with_errors(errors);
    vec![
        Sample::of("permissions/office/table.html adults", &list_page(here(ADULTS), "g".to_owned(), &found)),
        Sample::of("permissions/office/table.html no adults", &list_page(here(ADULTS), "zz".to_owned(), &[])),
        Sample::of("permissions/office/table.html adult", &adult_page(here(&view.name), &view, link)),
        Sample::of("permissions/office/answers.html adult wrong", &answers_page(entering, &view, &form)),
    ]
}
