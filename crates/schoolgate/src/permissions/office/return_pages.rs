//! The screen on which the forms of a class are held against the register.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::date;
use uuid::Uuid;

use super::is_offered;
use super::pages::{Cell, TablePage};
use super::returns::{self, Form, Match, Returns};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::date_in_words;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::roster::pupil::{Class, Pupil};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

/// The columns before those with something to press.
const COLUMNS_TO_READ: usize = 3;

pub async fn show(State(app): State<App>, caller: Caller, Path(class): Path<Uuid>) -> Result<Response> {
    let returns = returns::of_class(&app, &caller, class).await?;
    let title = format!("Forms that came back: {}", returns.class.name);
    let frame = frame(&app, &caller, &title).back_to("/permissions");
    let table = returns_page(frame, &returns);
    if is_offered(&app, &caller, Act::KeepPermissions) { page(&table) } else { page(&to_read(table)) }
}

/// Whoever only looks gets nothing to press.
fn to_read(mut table: TablePage) -> TablePage {
    table.heads.truncate(COLUMNS_TO_READ);
    table.rows.iter_mut().for_each(|row| row.truncate(COLUMNS_TO_READ));
    table
}

fn returns_page(frame: Frame, returns: &Returns) -> TablePage {
    let address = format!("/permissions/classes/{}/returns", returns.class.id);
    let count = |is: fn(&Match) -> bool| returns.pupils.iter().filter(|(.., goes)| is(goes)).count();
    let here = returns.pupils.iter().filter(|(_, form, _)| form.is_some()).count();
    let waiting = count(|goes| matches!(goes, Match::ToEnter | Match::Partly { .. }));
    let odd = count(|goes| matches!(goes, Match::NoForm | Match::Overtaken));
    let row = |(pupil, form, goes): &(Pupil, Option<Form>, Match)| {
        let came = form.map_or_else(|| "Not yet".to_owned(), |form| date_in_words(form.came_on));
        let person = format!("/permissions/people/{}", pupil.id);
        let to_do = match goes {
            Match::Missing | Match::NoForm => Cell::press("It is here", format!("{address}/{}", pupil.id)),
            Match::ToEnter | Match::Partly { .. } => Cell::link("Enter it", format!("{person}/answers")),
            Match::Overtaken | Match::Entered => Cell::of(""),
        };
        let undo = match goes {
            Match::ToEnter => Cell::press("It is not here", format!("{address}/{}/removal", pupil.id)),
            _ => Cell::of(""),
        };
        vec![Cell::link(pupil.names.called(), person), Cell::of(came), Cell::of(entered(goes)), to_do, undo]
    };
    TablePage {
        frame,
        intro: vec![format!(
            "{here} of {} forms are here. {waiting} of them wait to be entered. {odd} differ from what is on record.",
            returns.pupils.len()
        )],
        search: None,
        links: vec![(format!("/permissions/classes/{}/form", returns.class.id), "Print the forms".to_owned())],
        heads: vec!["Pupil", "Form", "Entered", "Action", "Mistake"],
        rows: returns.pupils.iter().map(row).collect(),
        nothing: "Nobody is in this class.",
        pages: Vec::new(),
    }
}

fn entered(goes: &Match) -> String {
    match goes {
        Match::Missing | Match::ToEnter => "No".to_owned(),
        Match::Partly { entered, of } => format!("{entered} of {of} answers"),
        Match::Entered => "Yes".to_owned(),
        Match::NoForm => "Yes, but nobody noted a form".to_owned(),
        Match::Overtaken => "The family has answered in another way since it came".to_owned(),
    }
}

pub async fn note(
    State(app): State<App>,
    caller: Caller,
    Path((class, pupil)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    returns::note(&app, &caller, (class, pupil)).await?;
    Ok(back(class))
}

pub async fn take_back(
    State(app): State<App>,
    caller: Caller,
    Path((class, pupil)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    returns::take_back(&app, &caller, (class, pupil)).await?;
    Ok(back(class))
}

fn back(class: Uuid) -> Response {
    Redirect::to(&format!("/permissions/classes/{class}/returns")).into_response()
}

pub(super) fn samples() -> Vec<Sample> {
    let frame = || Frame::sample("Forms that came back: Elm").for_person("Tom Lister", "Oakfield Primary School");
    let form = Form { id: Uuid::nil(), pupil: Uuid::nil(), came_on: date(2026, 11, 20), noted_at: 1_795_262_400_000 };
    let each = [
        (("Rose", "Adeyemi"), None, Match::Missing),
        (("Summer", "Bright"), Some(form), Match::ToEnter),
        (("Will", "Carter"), Some(form), Match::Partly { entered: 3, of: 7 }),
        (("Maya", "Flint"), Some(form), Match::Entered),
        (("Zoë", "O'Brien"), None, Match::NoForm),
        (("Ollie", "Smith"), Some(form), Match::Overtaken),
    ];
    let class = |name: &str| Class { id: Uuid::nil(), version: 1, name: name.into(), year_group: None, ended_on: None };
    let pupils = each.map(|(name, form, goes)| (Pupil::sample(name.0, name.1), form, goes)).to_vec();
    let full = Returns { class: class("Elm"), pupils };
    let empty = Returns { class: class("Elm"), pupils: Vec::new() };
    vec![
        Sample::of("permissions/office/table.html returns", &returns_page(frame(), &full)),
        Sample::of("permissions/office/table.html returns to read", &to_read(returns_page(frame(), &full))),
        Sample::of("permissions/office/table.html no returns", &returns_page(frame(), &empty)),
    ]
}
