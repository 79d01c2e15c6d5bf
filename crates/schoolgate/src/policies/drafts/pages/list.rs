//! All drafts, and one of them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use rulebook::Fault;
use uuid::Uuid;

use super::{compare_force, home, sample};
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock::{self, moment_in_words};
use crate::error::{Refused, Result};
use crate::people::accounts::pages::frame;
use crate::policies::drafts::draft::{Draft, State as DraftState};
use crate::policies::drafts::forms::{NewForm, origins};
use crate::policies::drafts::{self, settings};
use crate::policies::pages::{Search, comparison_address, show_document};
use crate::policies::{packs, shipped};
use crate::web::forms::{Choice, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const DRAFTS: &str = "Drafts of the policy";
/// Faults that are listed; a broken chapter can have hundreds that go with the first.
const FAULTS_SHOWN: usize = 40;

#[derive(Template)]
#[template(path = "policies/drafts/pages/list.html")]
struct ListPage {
    frame: Frame,
    drafts: Vec<Row>,
    may_prepare: bool,
    form: NewForm,
    origins: Vec<Choice>,
}

struct Row {
    id: Uuid,
    name: String,
    state: &'static str,
    changed: String,
}

#[derive(Template)]
#[template(path = "policies/drafts/pages/draft.html")]
struct DraftPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    state: &'static str,
    changed: String,
    faults: Vec<String>,
    compare_force: String,
    compare_origin: String,
    chapters: Vec<String>,
    is_open: bool,
    is_proposed: bool,
    proposed_hash: String,
    may_prepare: bool,
    may_approve: bool,
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    page(&list_page(&app, &caller, NewForm::default()).await?)
}

async fn list_page(app: &App, caller: &Caller, form: NewForm) -> Result<ListPage> {
    let drafts = drafts::list(app, caller).await?;
    let row = |draft: Draft| Row {
        id: draft.id,
        name: draft.name.clone(),
        state: draft.state.label(),
        changed: moment_in_words(clock::from_millis(draft.changed_at)),
    };
    let answer = app.access.ask(caller, Act::PreparePolicy, Thing::premises(caller.school));
    Ok(ListPage {
        frame: frame(app, caller, DRAFTS).back_to("/"),
        drafts: drafts.into_iter().map(row).collect(),
        may_prepare: matches!(answer, Answer::Yes | Answer::ProveFirst),
        form,
        origins: origins(&packs_offered()?),
    })
}

/// Name and title of each shipped pack.
fn packs_offered() -> Result<Vec<(String, String)>> {
    let offered = |name: &&str| {
        let policy = shipped(name)?;
        Ok(((*name).to_owned(), format!("{}, {}", policy.title, policy.school)))
    };
    packs::NAMES.iter().map(offered).collect()
}

pub async fn begin(State(app): State<App>, caller: Caller, Sent(form): Sent<NewForm>) -> Result<Response> {
    drafts::may(&app, &caller, Act::PreparePolicy)?;
    match form.parse() {
        Ok((name, origin)) => {
            let id = drafts::begin(&app, &caller, &name, &origin).await?;
            Ok(Redirect::to(&format!("/policy/drafts/{id}")).into_response())
        }
        Err(errors) => {
            let mut again = list_page(&app, &caller, form).await?;
            again.frame = again.frame.with_errors(errors);
            page_again(&again)
        }
    }
}

pub async fn draft(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let draft = drafts::show(&app, &caller, id).await?;
    let reading = drafts::reading(&draft.files).await?;
    let faults = reading.as_ref().err().map_or(&[][..], Vec::as_slice);
    let offers = |act| drafts::is_offered(&app, &caller, act, &draft);
    let (may_prepare, may_approve) = (offers(Act::PreparePolicy), offers(Act::ApprovePolicy));
    let frame = frame(&app, &caller, draft.name.clone()).back_to("/policy/drafts");
    page(&DraftPage { may_prepare, may_approve, ..draft_page(frame, &draft, faults) })
}

fn draft_page(frame: Frame, draft: &Draft, faults: &[Fault]) -> DraftPage {
    let chapters = draft.files.iter().map(|file| file.name.clone()).filter(|name| name != settings::SETTINGS);
    let mut chapters: Vec<String> = chapters.collect();
    chapters.sort();
    chapters.push(settings::SETTINGS.to_owned());
    DraftPage {
        frame,
        id: draft.id,
        seen: draft.version,
        state: draft.state.label(),
        changed: moment_in_words(clock::from_millis(draft.changed_at)),
        faults: faults.iter().take(FAULTS_SHOWN).map(ToString::to_string).collect(),
        compare_force: compare_force(draft),
        compare_origin: comparison_address(&draft.origin, &format!("draft-{}", draft.id)),
        chapters,
        is_open: draft.state == DraftState::Open,
        is_proposed: matches!(draft.state, DraftState::Proposed { .. }),
        proposed_hash: match &draft.state {
            DraftState::Proposed { hash, .. } => hash.chars().take(12).collect(),
            _ => String::new(),
        },
        may_prepare: true,
        may_approve: true,
    }
}

/// The draft as it would be read.
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(search): Query<Search>,
) -> Result<Response> {
    let draft = drafts::show(&app, &caller, id).await?;
    let policy = drafts::reading(&draft.files).await?;
    let policy = policy.map_err(|_| Refused::because("the draft has faults; it can be read when they are mended"))?;
    let frame = frame(&app, &caller, policy.title.clone()).back_to(home(&draft));
    show_document(frame, &policy, format!("/policy/drafts/{id}/reading"), search).await
}

pub(super) fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let row = Row {
        id: Uuid::nil(),
        name: "Review 2027".to_owned(),
        state: DraftState::Open.label(),
        changed: "1 September 2026 at 3pm".to_owned(),
    };
    let empty = NewForm::default();
    let errors = empty.parse().err().unwrap_or_default();
    let list = |frame, drafts, may_prepare| ListPage {
        frame,
        drafts,
        may_prepare,
        form: NewForm::default(),
        origins: origins(&packs_offered().unwrap_or_default()),
    };
    let fault = Fault {
        file: "01-aims.md".to_owned(),
        line: 3,
        column: 1,
        path: None,
        said: "clause rattlesden.aims.1 has no wording".to_owned(),
    };
    let open = sample();
    let proposed =
        Draft { state: DraftState::Proposed { hash: "0123456789abcdef".to_owned(), by: Uuid::nil() }, ..sample() };
    vec![
        Sample::of("policies/drafts/pages/list.html wrong", &list(here(DRAFTS).with_errors(errors), vec![row], true)),
        Sample::of("policies/drafts/pages/list.html none", &list(here(DRAFTS), vec![], false)),
        Sample::of("policies/drafts/pages/draft.html", &draft_page(here("Review 2027"), &open, &[fault])),
        Sample::of("policies/drafts/pages/draft.html proposed", &draft_page(here("Review 2027"), &proposed, &[])),
    ]
}
