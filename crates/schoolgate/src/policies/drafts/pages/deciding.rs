//! From a draft to a decision.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{compare_force, home, sample};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::{Refused, Result};
use crate::people;
use crate::people::accounts::pages::frame;
use crate::policies::drafts::draft::{Draft, State as DraftState};
use crate::policies::drafts::forms::{DecisionForm, seen_of};
use crate::policies::{BODIES, drafts};
use crate::web::forms::{Choice, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const ADOPTION: &str = "Record the decision";

#[derive(Template)]
#[template(path = "policies/drafts/pages/adoption.html")]
struct AdoptionPage {
    frame: Frame,
    id: Uuid,
    name: String,
    hash: String,
    proposer: String,
    compare_force: String,
    /// Worked examples of the draft that do not come out as they say.
    failing: usize,
    failing_said: String,
    form: DecisionForm,
    bodies: Vec<Choice>,
    yes_no: Vec<Choice>,
}

/// A form that holds nothing but which version was seen.
#[derive(Deserialize)]
pub struct SeenForm {
    #[serde(default)]
    seen: String,
}

pub async fn propose(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<SeenForm>,
) -> Result<Response> {
    drafts::propose(&app, &caller, seen_of(id, &form.seen)).await?;
    Ok(Redirect::to(&format!("/policy/drafts/{id}")).into_response())
}

pub async fn take_back(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<SeenForm>,
) -> Result<Response> {
    drafts::take_back(&app, &caller, seen_of(id, &form.seen)).await?;
    Ok(Redirect::to(&format!("/policy/drafts/{id}")).into_response())
}

pub async fn put_aside(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<SeenForm>,
) -> Result<Response> {
    drafts::put_aside(&app, &caller, seen_of(id, &form.seen)).await?;
    Ok(Redirect::to("/policy/drafts").into_response())
}

pub async fn adoption(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let draft = before_the_body(&app, &caller, id).await?;
    let today = drafts::first_day(&app);
    let form = DecisionForm {
        starts_day: today.day().to_string(),
        starts_month: today.month().to_string(),
        starts_year: today.year().to_string(),
        seen: draft.version.to_string(),
        ..DecisionForm::default()
    };
    page(&adoption_page(&app, &caller, &draft, form).await?)
}

/// The draft, if it lies before the governing body and the caller may decide.
async fn before_the_body(app: &App, caller: &Caller, id: Uuid) -> Result<Draft> {
    let draft = drafts::show(app, caller, id).await?;
    app.access.may(caller, Act::ApprovePolicy, draft.thing())?;
    match draft.state {
        DraftState::Proposed { .. } => Ok(draft),
        _ => Err(Refused::because("only a draft that lies before the governing body can be adopted").into()),
    }
}

async fn adoption_page(app: &App, caller: &Caller, draft: &Draft, form: DecisionForm) -> Result<AdoptionPage> {
    let proposer = match &draft.state {
        DraftState::Proposed { by, .. } => {
            people::find(&mut app.db.read(caller.school).await?, *by).await?.called().to_owned()
        }
        _ => String::new(),
    };
    let frame = frame(app, caller, ADOPTION).back_to(home(draft));
    let policy = drafts::reading(&draft.files).await?;
    let failing = match policy {
        Ok(policy) => {
            let ran = tokio::task::spawn_blocking(move || policy.run_examples().failures.len()).await;
            ran.map_err(|error| crate::error::Error::fault("running the examples of a draft", error))?
        }
        Err(_) => 0,
    };
    Ok(filled(frame, draft, (proposer, failing), form))
}

fn filled(frame: Frame, draft: &Draft, (proposer, failing): (String, usize), form: DecisionForm) -> AdoptionPage {
    let are = if failing == 1 { "worked example in the chapters does" } else { "worked examples in the chapters do" };
    AdoptionPage {
        frame,
        id: draft.id,
        name: draft.name.clone(),
        hash: match &draft.state {
            DraftState::Proposed { hash, .. } => hash.chars().take(12).collect(),
            _ => String::new(),
        },
        proposer,
        compare_force: compare_force(draft),
        failing,
        failing_said: format!("{failing} {are} not come out as written there. Ask those who prepared the draft why."),
        form,
        bodies: BODIES.map(|(code, label)| Choice::new(code, crate::policies::words::capitalised(label))).to_vec(),
        yes_no: vec![Choice::new("yes", "Yes, the change is material"), Choice::new("no", "No, a notice is enough")],
    }
}

pub async fn adopt(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<DecisionForm>,
) -> Result<Response> {
    let draft = before_the_body(&app, &caller, id).await?;
    match form.parse(drafts::first_day(&app)) {
        Ok(decided) => {
            drafts::adopt(&app, &caller, seen_of(id, &form.seen), &decided).await?;
            Ok(Redirect::to("/policy/versions").into_response())
        }
        Err(errors) => {
            let mut again = adoption_page(&app, &caller, &draft, form).await?;
            again.frame = again.frame.with_errors(errors);
            page_again(&again)
        }
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = || Frame::sample(ADOPTION).for_person("Ngozi Eze", "Oakfield Primary School");
    let proposed =
        Draft { state: DraftState::Proposed { hash: "0123456789abcdef".to_owned(), by: Uuid::nil() }, ..sample() };
    let empty = DecisionForm::default();
    let errors = empty.parse(jiff::civil::date(2026, 11, 21)).err().unwrap_or_default();
    let proposer = || "Grace Osei".to_owned();
    let wrong = filled(here().with_errors(errors), &proposed, (proposer(), 2), empty);
    let plain = filled(here(), &proposed, (proposer(), 0), DecisionForm::default());
    vec![
        Sample::of("policies/drafts/pages/adoption.html", &plain),
        Sample::of("policies/drafts/pages/adoption.html wrong", &wrong),
    ]
}
