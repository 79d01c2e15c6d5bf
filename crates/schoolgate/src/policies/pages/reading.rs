//! Reading the policy, and the versions that have been in force.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use rulebook::{Policy, Status};
use serde::Deserialize;

use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock::{self, date_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::policies::document::{Block, Document, SEARCH_CHARS_MAX};
use crate::policies::{self, Decision, Version};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

const VERSIONS: &str = "Versions of the policy";
/// Documents that are held ready; a school has one in force and looks at few others.
const DOCUMENTS_MAX: usize = 24;

#[derive(Template)]
#[template(path = "policies/pages/reading.html")]
struct ReadingPage {
    frame: Frame,
    school: String,
    /// What to know about this version before reading it.
    warning: Option<String>,
    state: String,
    short: String,
    is_in_force: bool,
    address: String,
    typed: String,
    /// Anchor and title of each clause that was found.
    found: Vec<(String, String)>,
    document: Arc<Document>,
}

#[derive(Template)]
#[template(path = "policies/pages/versions.html")]
struct VersionsPage {
    frame: Frame,
    versions: Vec<VersionRow>,
    may_compare: bool,
}

struct VersionRow {
    since: String,
    is_now: bool,
    hash: String,
    short: String,
    title: String,
    approved: String,
    review: String,
    is_whole: bool,
}

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// The policy in force.
pub async fn read(State(app): State<App>, caller: Caller, Query(search): Query<Search>) -> Result<Response> {
    policies::may_read(&app, &caller)?;
    let policy = policies::in_force(&app, caller.school).await?;
    let frame = frame(&app, &caller, policy.title.clone()).back_to("/");
    let page_of = reading(frame, &policy, "/policy".to_owned(), search.q).await;
    page(&ReadingPage { is_in_force: true, warning: None, ..page_of })
}

/// A version by its hash: one of the school's, or a shipped pack.
pub async fn version(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
    Query(search): Query<Search>,
) -> Result<Response> {
    let policy = policies::by_hash(&app, &caller, &hash).await?;
    let frame = frame(&app, &caller, policy.title.clone()).back_to("/policy/versions");
    show_document(frame, &policy, format!("/policy/versions/{hash}"), search).await
}

/// A policy that is not in force, as a page.
pub async fn show_document(frame: Frame, policy: &Arc<Policy>, address: String, search: Search) -> Result<Response> {
    page(&reading(frame, policy, address, search.q).await)
}

async fn reading(frame: Frame, policy: &Arc<Policy>, address: String, typed: String) -> ReadingPage {
    let document = document(policy).await;
    filled(frame, policy, address, (typed, document))
}

fn filled(frame: Frame, policy: &Policy, address: String, (typed, document): (String, Arc<Document>)) -> ReadingPage {
    let typed: String = typed.trim().chars().take(SEARCH_CHARS_MAX).collect();
    let found = document.search(&typed).iter().map(|clause| (clause.anchor.clone(), clause.title.clone())).collect();
    ReadingPage {
        frame,
        school: document.school.clone(),
        warning: Some("This may not be the version that is in force at your school.".to_owned()),
        state: state_said(policy.status).to_owned(),
        short: document.version.chars().take(12).collect(),
        is_in_force: false,
        address,
        typed,
        found,
        document,
    }
}

fn state_said(status: Status) -> &'static str {
    match status {
        Status::Draft => "A draft.",
        Status::Adopted => "Adopted.",
        Status::Signed => "Adopted, with a signature on paper.",
        Status::Superseded => "Replaced by a later version.",
        Status::Reference => "A policy as it comes with Schoolgate.",
    }
}

/// The document of a policy, made once: it runs some hundred worked cases. A version never changes, so its hash is its name.
async fn document(policy: &Arc<Policy>) -> Arc<Document> {
    static MADE: OnceLock<Mutex<HashMap<String, Arc<Document>>>> = OnceLock::new();
    let made = || MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let found = made().get(&policy.version).cloned();
    if let Some(document) = found {
        return document;
    }
    let own = Arc::clone(policy);
    let document = match tokio::task::spawn_blocking(move || Document::of(&own)).await {
        Ok(document) => Arc::new(document),
        // The runtime is stopping; nobody will read the page.
        Err(_) => Arc::new(Document::of(policy)),
    };
    let mut made = made();
    if made.len() >= DOCUMENTS_MAX {
        made.clear();
    }
    made.insert(policy.version.clone(), Arc::clone(&document));
    document
}

pub async fn versions(State(app): State<App>, caller: Caller) -> Result<Response> {
    let versions = policies::versions(&app, &caller).await?;
    let may_compare = app.access.ask(&caller, Act::SeePolicyDrafts, Thing::premises(caller.school)) == Answer::Yes;
    let frame = frame(&app, &caller, VERSIONS).back_to("/policy");
    page(&VersionsPage { frame, versions: rows(&versions, app.clock.now()), may_compare })
}

fn rows(versions: &[Version], now: Timestamp) -> Vec<VersionRow> {
    let current = versions.iter().position(|version| version.since <= now);
    let row = |(at, version): (usize, &Version)| VersionRow {
        since: date_in_words(clock::in_london(version.since).date()),
        is_now: Some(at) == current,
        hash: version.hash.clone(),
        short: version.hash.chars().take(12).collect(),
        title: version.title.clone(),
        approved: version.decision.as_ref().map_or_else(|| "Put in force at the server".to_owned(), approved),
        review: version.decision.as_ref().map_or_else(|| "Not set".to_owned(), |made| date_in_words(made.review_on)),
        is_whole: version.is_whole,
    };
    versions.iter().enumerate().map(row).collect()
}

fn approved(decision: &Decision) -> String {
    let body = policies::BODIES.iter().find(|(code, _)| *code == decision.body).map_or("", |(_, label)| label);
    let minute = if decision.minute.is_empty() { String::new() } else { format!(", minute {}", decision.minute) };
    let again = if decision.is_material { " To be read again by everybody." } else { "" };
    let met_on = date_in_words(decision.met_on);
    format!("{}: {body}, {met_on}{minute}, by {}. {}{again}", decision.label, decision.approver, decision.reason)
}

pub(super) fn samples() -> Vec<Sample> {
    // A pack that does not read has its own tests; the samples then lack, and `tests/pages.rs` says which.
    let Ok(policy) = policies::shipped("rattlesden") else { return vec![] };
    let whole = Document::of(&policy);
    let clauses = |at: usize, last: usize| whole.sections[at].clauses.iter().skip(3).take(last).cloned().collect();
    // One section is enough to look at.
    let at = whole.sections.iter().position(|section| section.clauses.len() > 5).unwrap_or(0);
    let one = || {
        let section = &whole.sections[at];
        let (anchor, title) = (section.anchor.clone(), section.title.clone());
        let sections = vec![policies::document::Section { anchor, title, clauses: clauses(at, 3) }];
        let (title, school) = (whole.title.clone(), whole.school.clone());
        Arc::new(Document { title, school, version: whole.version.clone(), sections })
    };
    let here = |title: &str| Frame::sample(title).for_person("Tess Teacher", "Oakfield Primary School");
    let plain = filled(here(&policy.title), &policy, "/policy".to_owned(), (String::new(), one()));
    let found = filled(here(&policy.title), &policy, "/policy".to_owned(), ("pupils".to_owned(), one()));
    let none = filled(here(&policy.title), &policy, "/policy".to_owned(), ("dragon".to_owned(), one()));
    let decision = Decision {
        label: "2026".to_owned(),
        body: "governing-body".to_owned(),
        met_on: Date::constant(2026, 9, 21),
        minute: "7.2".to_owned(),
        review_on: Date::constant(2027, 9, 30),
        is_material: true,
        reason: "New rules on friends.".to_owned(),
        approver: "Ngozi Eze".to_owned(),
    };
    let version = |is_whole, decision| Version {
        hash: whole.version.clone(),
        title: whole.title.clone(),
        since: clock::from_millis(1_790_000_000_000),
        is_whole,
        decision,
    };
    let versions = [version(true, Some(decision)), version(false, None)];
    let versions = rows(&versions, clock::from_millis(1_800_000_000_000));
    vec![
        Sample::of("policies/pages/reading.html", &ReadingPage { is_in_force: true, warning: None, ..plain }),
        Sample::of("policies/pages/reading.html found", &found),
        Sample::of("policies/pages/reading.html not found", &none),
        Sample::of(
            "policies/pages/versions.html",
            &VersionsPage { frame: here(VERSIONS), versions, may_compare: true },
        ),
        Sample::of(
            "policies/pages/versions.html none",
            &VersionsPage { frame: here(VERSIONS), versions: vec![], may_compare: false },
        ),
    ]
}
