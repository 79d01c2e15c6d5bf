//! What files have said no to: the list, and the page where one of them is settled.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::EVIDENCE_MAX;
use super::lists::Paged;
use super::pages::{Asked, Cell, TablePage, pages_around};
use super::refusals::{self, Refusal, RefusalView, Settling};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::permissions::parents::links::authority_of;
use crate::permissions::standing::Light;
use crate::roster::pupil::Pupil;
use crate::web::forms::{Choice, Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const REFUSALS: &str = "What files have said no to";
const SETTLE: &str = "Settle a file's no";

#[derive(Template)]
#[template(path = "permissions/office/refusal.html")]
struct RefusalPage {
    frame: Frame,
    action: String,
    called: String,
    said: String,
    since: String,
    held: Vec<(String, &'static str, Vec<String>)>,
    ways: Vec<Choice>,
    way: String,
    evidence: String,
}

fn said(word: &str) -> String {
    match word {
        "ALL" => "No to everything".to_owned(),
        word => format!("No to `{}`", word.to_lowercase().replace('_', "-")),
    }
}

pub async fn list(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    let all = refusals::open(&app, &caller, asked.page()).await?;
    page(&list_page(frame(&app, &caller, REFUSALS), &all))
}

fn list_page(frame: Frame, all: &Paged<(Pupil, Refusal)>) -> TablePage {
    let row = |(pupil, refusal): &(Pupil, Refusal)| {
        vec![
            Cell::link(pupil.names.called(), format!("/permissions/refusals/{}", refusal.id)),
            Cell::of(said(&refusal.word)),
            Cell::of(moment_in_words(from_millis(refusal.since))),
        ]
    };
    TablePage {
        frame: frame.back_to("/permissions"),
        intro: vec![
            "The school's own system said no when the roll was imported. It holds until it is settled.".to_owned(),
        ],
        search: None,
        links: Vec::new(),
        heads: vec!["Pupil", "The file", "Since"],
        rows: all.rows.iter().map(row).collect(),
        nothing: "Everything that files have said no to is settled.",
        pages: pages_around(all, "/permissions/refusals"),
    }
}

pub async fn refusal(State(app): State<App>, caller: Caller, Path(refusal): Path<Uuid>) -> Result<Response> {
    let view = refusals::view(&app, &caller, refusal).await?;
    page(&refusal_page(titled(&app, &caller), &view, &Fields::default()))
}

fn titled(app: &App, caller: &Caller) -> Frame {
    frame(app, caller, SETTLE).back_to("/permissions/refusals")
}

fn refusal_page(frame: Frame, view: &RefusalView, form: &Fields) -> RefusalPage {
    let held = view.held.iter().map(|held| {
        let said = held.said.iter().map(|(who, decision, _)| format!("{who}: {}", decision.label().to_lowercase()));
        (held.purpose.label.clone(), Light::of(held.decided.decision).label(), said.collect())
    });
    let deciders = view.adults.iter().filter(|one| authority_of(&one.responsibility).is_some());
    let keep = deciders.map(|one| {
        let name = one.adult.names.in_full();
        Choice::new(format!("keep {}", one.adult.id), format!("The no stays: {name} says so"))
    });
    let ask = Choice::new("ask", "The family is asked again, and until it answers it is not yet");
    RefusalPage {
        frame,
        action: format!("/permissions/refusals/{}", view.refusal.id),
        called: view.pupil.names.called(),
        said: said(&view.refusal.word),
        since: moment_in_words(from_millis(view.refusal.since)),
        held: held.collect(),
        ways: keep.chain([ask]).collect(),
        way: form.one("way").to_owned(),
        evidence: form.one("evidence").chars().take(200).collect(),
    }
}

/// Reads how it is settled.
fn settling(form: &Fields) -> std::result::Result<(Settling, String), FormErrors> {
    let mut errors = FormErrors::default();
    let way = form.one("way");
    let keep = way.strip_prefix("keep ").and_then(|adult| adult.parse().ok()).map(|adult| Settling::Keep { adult });
    let settling = if way == "ask" { Some(Settling::AskAgain) } else { keep };
    if settling.is_none() {
        errors.add("way", "Choose how it is settled");
    }
    let evidence = errors.line("evidence", "whom you asked and when", form.one("evidence"));
    if evidence.len() > EVIDENCE_MAX {
        errors.add("evidence", "Enter fewer words");
    }
    match (settling, errors.is_empty()) {
        (Some(settling), true) => Ok((settling, evidence)),
        _ => Err(errors),
    }
}

pub async fn settle(
    State(app): State<App>,
    caller: Caller,
    Path(refusal): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    let view = refusals::view(&app, &caller, refusal).await?;
    match settling(&form) {
        Ok((settling, evidence)) => {
            let pupil = refusals::settle(&app, &caller, refusal, &settling, &evidence).await?;
            // From there the family gets its link or letter.
            Ok(Redirect::to(&format!("/permissions/people/{pupil}")).into_response())
        }
        Err(errors) => page_again(&refusal_page(titled(&app, &caller).with_errors(errors), &view, &form)),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let pupil = Pupil::sample("Rose", "Adeyemi");
    let no = |number: u128, word: &str| {
        let refusal =
            Refusal { id: Uuid::from_u128(number), pupil: pupil.id, word: word.into(), since: 1_795_262_400_000 };
        (pupil.clone(), refusal)
    };
    let errors = settling(&Fields::default()).err().unwrap_or_default();
    let page = RefusalPage {
        frame: here(SETTLE).back_to("/permissions/refusals").with_errors(errors),
        action: "/permissions/refusals/0".into(),
        called: "Rose Adeyemi".into(),
        said: said("WEBSITE"),
        since: "21 November 2026 at midday".into(),
        held: vec![("Pictures on the school's website".into(), "No", vec!["Mrs Folake Adeyemi: yes".into()])],
        ways: vec![
            Choice::new("keep 0", "The no stays: Mrs Folake Adeyemi says so"),
            Choice::new("ask", "Asked again"),
        ],
        way: String::new(),
        evidence: String::new(),
    };
    let of = |rows: Vec<(Pupil, Refusal)>| list_page(here(REFUSALS), &Paged::cut(rows, 1));
    let all = of(vec![no(1, "WEBSITE"), no(2, "ALL")]);
    vec![
        Sample::of("permissions/office/refusal.html wrong", &page),
        Sample::of("permissions/office/table.html refusals", &all),
        Sample::of("permissions/office/table.html no refusals", &of(Vec::new())),
    ]
}
