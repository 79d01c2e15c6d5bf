//! The public list of genuine accounts.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use store::SchoolId;
use uuid::Uuid;

use super::{ADDRESS_BYTES_MAX, Genuine, Statement, accounts, ask, said, statement};
use crate::app::App;
use crate::clock::moment_in_words;
use crate::error::Result;
use crate::people;
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

const TITLE: &str = "Is it really the school?";

#[derive(Template)]
#[template(path = "desk/genuine/schools.html")]
struct SchoolsPage {
    frame: Frame,
    schools: Vec<(Uuid, String)>,
}

#[derive(Template)]
#[template(path = "desk/genuine/accounts.html")]
struct AccountsPage {
    frame: Frame,
    school: Uuid,
    name: String,
    accounts: Vec<Row>,
    address: String,
    answer: Option<String>,
    signer: String,
    signature: String,
    text: String,
}

struct Row {
    name: String,
    kind: &'static str,
    address: String,
    until: Option<String>,
}

/// The only school's list, or a choice of schools.
pub async fn schools(State(app): State<App>) -> Result<Response> {
    let all = people::schools(&app).await?;
    if let [only] = &all[..] {
        return Ok(Redirect::to(&format!("/accounts/{}", only.id.get())).into_response());
    }
    let schools = all.into_iter().map(|school| (school.id.get(), school.name)).collect();
    page(&SchoolsPage { frame: Frame::new(&app, TITLE), schools })
}

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    address: String,
}

pub async fn list(State(app): State<App>, Path(id): Path<Uuid>, Query(asked): Query<Asked>) -> Result<Response> {
    let school = SchoolId::new(id);
    let name = people::school(&app, school).await?.name;
    let answer = match asked.address.trim() {
        "" => None,
        address => Some(said(&ask(&app, school, address).await?)),
    };
    let listed = accounts(&app, school).await?;
    let signed = statement(&app, school).await?;
    let frame = Frame::new(&app, TITLE);
    page(&accounts_page(frame, (id, name), (&listed, signed), (asked.address, answer)))
}

fn accounts_page(
    frame: Frame,
    (school, name): (Uuid, String),
    (listed, signed): (&[Genuine], Statement),
    (address, answer): (String, Option<String>),
) -> AccountsPage {
    let row = |account: &Genuine| Row {
        name: account.name.clone(),
        kind: account.kind,
        address: account.address.clone(),
        until: account.retired_at.map(moment_in_words),
    };
    AccountsPage {
        frame,
        school,
        name,
        accounts: listed.iter().map(row).collect(),
        address: address.chars().take(ADDRESS_BYTES_MAX).collect(),
        answer,
        signer: signed.signer,
        signature: signed.signature,
        text: signed.text,
    }
}

/// The signed statement for programs.
pub async fn signed(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response> {
    let Statement { text, signature, signer } = statement(&app, SchoolId::new(id)).await?;
    Ok(Json(json!({ "statement": text, "signature": signature, "signer": signer })).into_response())
}

pub fn samples() -> Vec<Sample> {
    let account = Genuine {
        name: "News page".into(),
        kind: "The school's own news page",
        address: "https://gate.oakfield.test/news/7".into(),
        retired_at: None,
    };
    let signed = Statement { text: "{}".into(), signature: "00".into(), signer: "01".into() };
    let asked = ("https://gate.oakfield.test/news/7/8".to_owned(), Some("Yes: the school published it.".to_owned()));
    let school = (Uuid::nil(), "Oakfield Primary School".to_owned());
    let list = accounts_page(Frame::sample(TITLE), school, (&[account], signed), asked);
    let schools =
        SchoolsPage { frame: Frame::sample(TITLE), schools: vec![(Uuid::nil(), "Oakfield Primary School".into())] };
    vec![Sample::of("desk/genuine/accounts.html", &list), Sample::of("desk/genuine/schools.html", &schools)]
}
