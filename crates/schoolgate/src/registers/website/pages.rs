//! The school's news as pages, feeds and pictures, for whoever comes.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use channels::website::{atom, heading, json_feed, plain};
use channels::{Points, post::facets_in};
use serde::Deserialize;
use store::SchoolId;
use uuid::Uuid;

use super::{Item, Listed};
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people;
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

#[derive(Template)]
#[template(path = "registers/website/list.html")]
struct ListPage {
    frame: Frame,
    school: Uuid,
    items: Vec<Shown>,
    next: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "registers/website/item.html")]
struct ItemPage {
    frame: Frame,
    school: Uuid,
    item: Shown,
}

/// An item as a page shows it.
struct Shown {
    id: Uuid,
    heading: String,
    at: String,
    paragraphs: Vec<Vec<Run>>,
    shots: Vec<Seen>,
}

/// A piece of a paragraph.
struct Run {
    text: String,
    /// Where it leads, if it does.
    to: Option<String>,
    /// Whether a new line begins after it.
    breaks: bool,
}

struct Seen {
    id: Uuid,
    alt: String,
    width: i64,
    height: i64,
}

#[derive(Deserialize)]
pub struct After {
    after: Option<Uuid>,
}

pub async fn list(State(app): State<App>, Path(school): Path<Uuid>, Query(query): Query<After>) -> Result<Response> {
    let school = SchoolId::new(school);
    let name = people::school(&app, school).await?.name;
    let Listed { items, next } = super::list(&app, school, query.after).await?;
    let items = items.iter().map(shown).collect();
    page(&ListPage { frame: Frame::new(&app, format!("News from {name}")), school: school.get(), items, next })
}

pub async fn item(State(app): State<App>, Path((school, item)): Path<(Uuid, Uuid)>) -> Result<Response> {
    let found = super::show(&app, SchoolId::new(school), item).await?;
    let item = shown(&found);
    let frame = Frame::new(&app, item.heading.clone()).back_to(format!("/news/{school}"));
    page(&ItemPage { frame, school, item })
}

pub async fn atom_feed(State(app): State<App>, Path(school): Path<Uuid>) -> Result<Response> {
    let news = super::news(&app, SchoolId::new(school)).await?;
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], atom(&news)).into_response())
}

pub async fn json(State(app): State<App>, Path(school): Path<Uuid>) -> Result<Response> {
    let news = super::news(&app, SchoolId::new(school)).await?;
    Ok(([(header::CONTENT_TYPE, "application/feed+json; charset=utf-8")], json_feed(&news)).into_response())
}

pub async fn picture(State(app): State<App>, Path((school, picture)): Path<(Uuid, Uuid)>) -> Result<Response> {
    let (format, bytes) = super::picture(&app, SchoolId::new(school), picture).await?;
    Ok(([(header::CONTENT_TYPE, format.media_type())], bytes).into_response())
}

fn shown(item: &Item) -> Shown {
    let shot = |shot: &super::Shot| Seen { id: shot.id, alt: shot.alt.clone(), width: shot.width, height: shot.height };
    Shown {
        id: item.id,
        heading: heading(item.title.as_deref(), &item.text),
        at: moment_in_words(from_millis(item.at)),
        paragraphs: paragraphs(&item.text),
        shots: item.shots.iter().map(shot).collect(),
    }
}

fn paragraphs(text: &str) -> Vec<Vec<Run>> {
    let text = plain(text);
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.lines().flat_map(runs).collect()).collect()
}

/// One line, cut where something leads elsewhere.
fn runs(line: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut from = 0;
    for facet in facets_in(line) {
        let Points::Link(address) = facet.to else { continue };
        runs.push(Run { text: line[from..facet.start].to_owned(), to: None, breaks: false });
        runs.push(Run { text: line[facet.start..facet.end].to_owned(), to: Some(address), breaks: false });
        from = facet.end;
    }
    runs.push(Run { text: line[from..].to_owned(), to: None, breaks: true });
    runs
}

pub fn samples() -> Vec<Sample> {
    let item = || Shown {
        id: Uuid::nil(),
        heading: "Summer fair".into(),
        at: "1 July 2026 at midday".into(),
        paragraphs: paragraphs("Come to the fair.\nBring cake.\n\nMore at https://oakfield.test/fair."),
        shots: vec![Seen { id: Uuid::nil(), alt: "A stall with cakes".into(), width: 800, height: 600 }],
    };
    let list = ListPage {
        frame: Frame::sample("News from Oakfield Primary School"),
        school: Uuid::nil(),
        items: vec![item()],
        next: Some(Uuid::nil()),
    };
    let one = ItemPage { frame: Frame::sample("Summer fair"), school: Uuid::nil(), item: item() };
    vec![Sample::of("registers/website/list.html", &list), Sample::of("registers/website/item.html", &one)]
}
