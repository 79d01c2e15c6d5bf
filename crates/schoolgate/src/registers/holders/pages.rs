//! Who can sign in to one account.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::Listed;
use crate::access::Caller;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::registers::accounts;
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const TITLE: &str = "Who can sign in to the account";

#[derive(Template)]
#[template(path = "registers/holders/holders.html")]
struct HoldersPage {
    frame: Frame,
    id: Uuid,
    account: String,
    rows: Vec<Row>,
    people: Vec<Choice>,
}

struct Row {
    id: Uuid,
    version: i64,
    called: String,
    since: String,
    is_here: bool,
}

fn row(listed: Listed) -> Row {
    Row {
        id: listed.holder.id,
        version: listed.holder.version,
        called: listed.called,
        since: moment_in_words(from_millis(listed.holder.since)),
        is_here: listed.is_here,
    }
}

async fn holders_page(app: &App, caller: &Caller, id: Uuid, errors: FormErrors) -> Result<HoldersPage> {
    let account = super::ready(app, caller, id).await?;
    let rows = super::list(app, caller, id).await?.into_iter().map(row).collect();
    let people = accounts::candidates(app, caller.school).await?;
    let people = people.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    let frame = frame(app, caller, TITLE).back_to(format!("/official-accounts/{id}")).with_errors(errors);
    Ok(HoldersPage { frame, id, account: account.details.name, rows, people })
}

pub async fn list(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    page(&holders_page(&app, &caller, id, FormErrors::default()).await?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PersonForm {
    person: String,
}

pub async fn give(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<PersonForm>,
) -> Result<Response> {
    super::ready(&app, &caller, id).await?;
    let given = match form.person.parse() {
        Ok(person) => super::give(&app, &caller, id, person).await,
        Err(_) => Err(Error::NotFound),
    };
    let said = match given {
        Ok(_) => return Ok(Redirect::to(&format!("/official-accounts/{id}/holders")).into_response()),
        Err(Error::NotFound) => "Choose who can sign in".to_owned(),
        Err(Error::Refused(_)) => "They are on the list already: choose somebody else".to_owned(),
        Err(error) => return Err(error),
    };
    page_again(&holders_page(&app, &caller, id, FormErrors::one("person", said)).await?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SeenForm {
    seen: String,
}

pub async fn end(
    State(app): State<App>,
    caller: Caller,
    Path((id, holder)): Path<(Uuid, Uuid)>,
    Sent(form): Sent<SeenForm>,
) -> Result<Response> {
    super::end(&app, &caller, id, (holder, seen(&form.seen))).await?;
    Ok(Redirect::to(&format!("/official-accounts/{id}/holders")).into_response())
}

pub fn samples() -> Vec<Sample> {
    let frame =
        || Frame::sample(TITLE).for_person("Grace Osei", "Oakfield Primary School").back_to("/official-accounts/7");
    let row = |called: &str, is_here: bool| Row {
        id: Uuid::nil(),
        version: 1,
        called: called.into(),
        since: "21 November 2026 at midday".into(),
        is_here,
    };
    let sample = |frame: Frame, rows: Vec<Row>| HoldersPage {
        frame,
        id: Uuid::nil(),
        account: "Oakfield on the network".into(),
        rows,
        people: vec![Choice::new(Uuid::nil().to_string(), "Samir Haddad")],
    };
    let wrong = frame().with_errors(FormErrors::one("person", "Choose who can sign in"));
    vec![
        Sample::of(
            "registers/holders/holders.html",
            &sample(frame(), vec![row("Ada Bell", true), row("Samir Haddad", false)]),
        ),
        Sample::of("registers/holders/holders.html wrong", &sample(wrong, vec![])),
    ]
}
