//! The queue of what is public already, and one post of it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::item::{Advice, Content, Decision, Item};
use super::{Waiting, waiting};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const AUDIT: &str = "What is public already";
const ITEM: &str = "Should this stay public?";
const CHOOSE: &str = "Choose whether it should stay public";

#[derive(Template)]
#[template(path = "registers/sweep/list.html")]
struct ListPage {
    frame: Frame,
    advice: Advice,
    counts: Vec<(Advice, i64)>,
    items: Vec<Row>,
    leaving: Vec<String>,
}

struct Row {
    id: Uuid,
    beginning: String,
    at: String,
    reasons: Vec<String>,
}

#[derive(Template)]
#[template(path = "registers/sweep/item.html")]
struct ItemPage {
    frame: Frame,
    id: Uuid,
    seen: String,
    address: String,
    at: String,
    lines: Vec<String>,
    pictures: Vec<String>,
    reasons: Vec<String>,
    choices: Vec<Choice>,
    chosen: String,
    gone: Option<String>,
}

#[derive(Deserialize)]
pub struct Wanted {
    advice: Option<String>,
}

pub async fn list(State(app): State<App>, caller: Caller, Query(wanted): Query<Wanted>) -> Result<Response> {
    let advice = wanted.advice.as_deref().and_then(Advice::from_code).unwrap_or(Advice::Remove);
    let Waiting { items, counts, leaving } = waiting(&app, &caller, advice).await?;
    let items = items.iter().map(row).collect();
    let leaving = leaving.into_iter().map(|item| item.address).collect();
    page(&ListPage { frame: frame(&app, &caller, AUDIT), advice, counts, items, leaving })
}

fn row((item, content): &(Item, Content)) -> Row {
    let words: Vec<&str> = content.text.split_whitespace().collect();
    let beginning: String = words.join(" ").chars().take(80).collect();
    let beginning = if beginning.is_empty() { "A post without words".to_owned() } else { beginning };
    Row { id: item.id, beginning, at: at(item), reasons: content.reasons.clone() }
}

fn at(item: &Item) -> String {
    item.published_at.map_or_else(|| "No date".to_owned(), |at| moment_in_words(from_millis(at)))
}

pub async fn look(State(app): State<App>, caller: Caller) -> Result<Response> {
    super::ask_for_sweep(&app, &caller).await?;
    Ok(Redirect::to("/audit").into_response())
}

pub async fn item(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let found = super::show(&app, &caller, id).await?;
    page(&item_page(frame(&app, &caller, ITEM).back_to("/audit"), &found))
}

fn item_page(frame: Frame, (item, content): &(Item, Content)) -> ItemPage {
    let chosen = item.decision.map(Decision::code).unwrap_or_default().to_owned();
    ItemPage {
        frame,
        id: item.id,
        seen: item.version.to_string(),
        address: item.address.clone(),
        at: at(item),
        lines: content.text.lines().map(str::to_owned).collect(),
        pictures: content.pictures.clone(),
        reasons: content.reasons.clone(),
        choices: vec![
            Choice::new(Decision::Keep.code(), "Yes, keep it"),
            Choice::new(Decision::Remove.code(), "No, remove it"),
        ],
        chosen,
        gone: item.gone_at.map(|at| moment_in_words(from_millis(at))),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    decision: String,
    seen: String,
}

pub async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<DecisionForm>,
) -> Result<Response> {
    let found = super::show(&app, &caller, id).await?;
    let Some(decision) = Decision::from_code(&form.decision) else {
        let errors = FormErrors::one("decision", CHOOSE);
        return page_again(&item_page(frame(&app, &caller, ITEM).back_to("/audit").with_errors(errors), &found));
    };
    super::decide(&app, &caller, (id, seen(&form.seen)), decision).await?;
    Ok(Redirect::to(&format!("/audit?advice={}", found.0.advice.code())).into_response())
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let reason = "This is a pupil's name: take it out, or ask for permission".to_owned();
    let address = "https://social.oakfield.test/@school/100".to_owned();
    let list = ListPage {
        frame: signed_in(AUDIT),
        advice: Advice::Remove,
        counts: vec![(Advice::Remove, 1), (Advice::Ask, 12), (Advice::Keep, 80)],
        items: vec![Row {
            id: Uuid::nil(),
            beginning: "Well done to our swimmers".into(),
            at: "1 July 2026 at midday".into(),
            reasons: vec![reason.clone()],
        }],
        leaving: vec![address.clone()],
    };
    let shown = channels::Shown {
        sent: channels::Sent { address, remote: "100".into() },
        text: String::new(),
        at: None,
        pictures: vec![],
    };
    let item = Item::found(Uuid::nil(), Uuid::nil(), &shown, 0);
    let content = Content {
        text: "Well done to our swimmers\nat the gala".into(),
        pictures: vec!["Four children with medals".into(), String::new()],
        reasons: vec![reason],
    };
    let frame = signed_in(ITEM).back_to("/audit").with_errors(FormErrors::one("decision", CHOOSE));
    vec![
        Sample::of("registers/sweep/list.html", &list),
        Sample::of("registers/sweep/item.html wrong", &item_page(frame, &(item, content))),
    ]
}
