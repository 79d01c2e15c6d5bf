//! Deciding about a post: handing in, approving, sending back, doubting, hurrying, taking down; and who may.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::super::gate::Step;
use super::super::{self as desk, Gated, Seen, copies, tasks};
use super::forms::said;
use super::shown::{CopyRow, Preview, Shot, copy_row, previews, shot};
use super::{Hindrance, hindrances, sample_frame};
use crate::access::Caller;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const APPROVAL: &str = "Approve a post";
const STOPPED: &str = "This cannot go on yet";
const DOUBT: &str = "Let a post rest";
const AT_ONCE: &str = "Publish at once";
const DOWN: &str = "Take a post down";
const RECEIPT: &str = "What was taken down";
const DEPUTIES: &str = "Who approves beside you";

#[derive(Template)]
#[template(path = "desk/pages/approval.html")]
struct ApprovalPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    by: String,
    words: String,
    pictures: Vec<Shot>,
    previews: Vec<Preview>,
    hindrances: Vec<Hindrance>,
    wanted: usize,
    given: usize,
}

#[derive(Template)]
#[template(path = "desk/pages/stopped.html")]
struct StoppedPage {
    frame: Frame,
    id: Uuid,
    hindrances: Vec<Hindrance>,
}

#[derive(Template)]
#[template(path = "desk/pages/doubt.html")]
struct DoubtPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    questions: Vec<(String, String)>,
}

/// A reason is asked for, then something is done.
#[derive(Template)]
#[template(path = "desk/pages/reason.html")]
struct ReasonPage {
    frame: Frame,
    action: String,
    seen: i64,
    about: &'static str,
    label: &'static str,
    press: &'static str,
    said: String,
}

#[derive(Template)]
#[template(path = "desk/pages/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    id: Uuid,
    because: Option<String>,
    copies: Vec<CopyRow>,
}

#[derive(Template)]
#[template(path = "desk/pages/deputies.html")]
struct DeputiesPage {
    frame: Frame,
    named: Vec<Named>,
    choices: Vec<Choice>,
}

struct Named {
    id: Uuid,
    version: i64,
    called: String,
    since: String,
}

type Sheet = Sent<Fields>;

fn back(id: Uuid) -> Response {
    Redirect::to(&format!("/requests/{id}")).into_response()
}

/// Done, or the page with everything that stands in the way.
fn done_or_stopped(app: &App, caller: &Caller, id: Uuid, gated: Gated) -> Result<Response> {
    match gated {
        Ok(()) => Ok(back(id)),
        Err(refusals) => {
            let frame = frame(app, caller, STOPPED).back_to(format!("/requests/{id}"));
            page_again(&StoppedPage { frame, id, hindrances: hindrances(&refusals) })
        }
    }
}

pub async fn hand_in(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    let gated = desk::submit(&app, &caller, Seen { request: id, version: fields.seen() }).await?;
    done_or_stopped(&app, &caller, id, gated)
}

async fn approval_page(app: &App, caller: &Caller, id: Uuid, errors: FormErrors) -> Result<ApprovalPage> {
    desk::ready_to_approve(app, caller, id).await?;
    let all = desk::look(app, caller, id, Step::HandingIn).await?;
    let refusals = all.gate(app, Step::HandingIn).err().unwrap_or_default();
    Ok(ApprovalPage {
        frame: frame(app, caller, APPROVAL).back_to("/requests/queue").with_errors(errors),
        id,
        seen: all.request.version,
        by: desk::called(app, caller, all.request.author).await?,
        words: all.request.content.words.clone(),
        pictures: all.pictures.iter().map(shot).collect(),
        previews: previews(&all),
        hindrances: hindrances(&refusals),
        wanted: all.request.content.safety.approvals_wanted(),
        given: all.request.approvals().len(),
    })
}

pub async fn approval(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    page(&approval_page(&app, &caller, id, FormErrors::default()).await?)
}

pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    let gated = desk::approve(&app, &caller, Seen { request: id, version: fields.seen() }).await?;
    if gated.is_ok() {
        // The job is in the queue; this only spares the wait until the queue is looked at.
        tokio::spawn(copies::hurry(app.clone(), caller.school, id));
    }
    done_or_stopped(&app, &caller, id, gated)
}

pub async fn send_back(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    match said(&fields, "what should be changed") {
        Ok(words) => {
            desk::send_back(&app, &caller, Seen { request: id, version: fields.seen() }, &words).await?;
            Ok(back(id))
        }
        Err(errors) => page_again(&approval_page(&app, &caller, id, errors).await?),
    }
}

pub async fn doubt_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let (request, _) = desk::show(&app, &caller, id).await?;
    let frame = frame(&app, &caller, DOUBT).back_to(format!("/requests/{id}"));
    let questions = desk::before_posting(&app, caller.school).await?;
    page(&DoubtPage { frame, id, seen: request.version, questions })
}

pub async fn doubt(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    desk::doubt(&app, &caller, Seen { request: id, version: fields.seen() }).await?;
    Ok(back(id))
}

fn at_once_page(frame: Frame, id: Uuid, seen: i64, said: String) -> ReasonPage {
    ReasonPage {
        frame,
        action: format!("/requests/{id}/urgency"),
        seen,
        about: "It goes out without a second person. The permissions still count, and somebody else looks at it tomorrow.",
        label: "Why it cannot wait",
        press: "Publish it now",
        said,
    }
}

pub async fn at_once_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let request = desk::ready_to_hurry(&app, &caller, id).await?;
    let frame = frame(&app, &caller, AT_ONCE).back_to(format!("/requests/{id}"));
    page(&at_once_page(frame, id, request.version, String::new()))
}

pub async fn at_once(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    let request = desk::ready_to_hurry(&app, &caller, id).await?;
    match said(&fields, "why it cannot wait") {
        Ok(because) => {
            let seen = Seen { request: id, version: fields.seen() };
            let gated = desk::publish_at_once(&app, &caller, seen, &because).await?;
            if gated.is_ok() {
                tokio::spawn(copies::hurry(app.clone(), caller.school, id));
            }
            done_or_stopped(&app, &caller, id, gated)
        }
        Err(errors) => {
            let frame = frame(&app, &caller, AT_ONCE).back_to(format!("/requests/{id}")).with_errors(errors);
            page_again(&at_once_page(frame, id, request.version, fields.one("said").to_owned()))
        }
    }
}

fn down_page(frame: Frame, id: Uuid, seen: i64, said: String) -> ReasonPage {
    ReasonPage {
        frame,
        action: format!("/requests/{id}/take-down"),
        seen,
        about: "It is removed from every account and looked up until it is gone. What others have saved cannot be called back.",
        label: "Why it comes down",
        press: "Take it down",
        said,
    }
}

pub async fn take_down_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let request = desk::ready_to_take_down(&app, &caller, id).await?;
    let frame = frame(&app, &caller, DOWN).back_to(format!("/requests/{id}"));
    page(&down_page(frame, id, request.version, String::new()))
}

pub async fn take_down(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    let request = desk::ready_to_take_down(&app, &caller, id).await?;
    match said(&fields, "why it comes down") {
        Ok(because) => {
            copies::remove(&app, &caller, Seen { request: id, version: fields.seen() }, &because).await?;
            Ok(Redirect::to(&format!("/requests/{id}/receipt")).into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, DOWN).back_to(format!("/requests/{id}")).with_errors(errors);
            page_again(&down_page(frame, id, request.version, fields.one("said").to_owned()))
        }
    }
}

pub async fn receipt(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let (removals, because) = copies::receipt(&app, &caller, id).await?;
    let frame = frame(&app, &caller, RECEIPT).back_to(format!("/requests/{id}"));
    page(&ReceiptPage {
        frame,
        id,
        because,
        copies: removals.into_iter().map(|removal| copy_row(id, removal)).collect(),
    })
}

pub async fn deputies(State(app): State<App>, caller: Caller) -> Result<Response> {
    page(&deputies_page(&app, &caller, FormErrors::default()).await?)
}

async fn deputies_page(app: &App, caller: &Caller, errors: FormErrors) -> Result<DeputiesPage> {
    let named = desk::deputies(app, caller).await?.into_iter().map(|(deputy, called)| Named {
        id: deputy.id,
        version: deputy.version,
        called,
        since: moment_in_words(from_millis(deputy.since)),
    });
    let choices = desk::nameable(app, caller).await?;
    let choices = choices.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    let frame = frame(app, caller, DEPUTIES).back_to("/requests").with_errors(errors);
    Ok(DeputiesPage { frame, named: named.collect(), choices })
}

pub async fn name_deputy(State(app): State<App>, caller: Caller, Sent(fields): Sheet) -> Result<Response> {
    match fields.one("person").parse() {
        Ok(person) => {
            desk::name_deputy(&app, &caller, person).await?;
            Ok(Redirect::to("/deputies").into_response())
        }
        Err(_) => {
            let errors = FormErrors::one("person", "Choose somebody");
            page_again(&deputies_page(&app, &caller, errors).await?)
        }
    }
}

pub async fn end_deputy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    desk::end_deputy(&app, &caller, id, fields.seen()).await?;
    Ok(Redirect::to("/deputies").into_response())
}

pub async fn finish_task(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sheet,
) -> Result<Response> {
    let words = said(&fields, "what you found or did").unwrap_or_else(|_| "Done".to_owned());
    tasks::finish(&app, &caller, (id, fields.seen()), &words).await?;
    Ok(Redirect::to("/requests/queue").into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    use super::shown::{sample_copy, sample_preview, sample_shot};
    let id = Uuid::nil();
    let approval = |frame: Frame, hindrances: Vec<Hindrance>| ApprovalPage {
        frame,
        id,
        seen: 1,
        by: "Ada Bell".into(),
        words: "Our towers of wooden blocks stand at last.".into(),
        pictures: vec![sample_shot()],
        previews: vec![sample_preview()],
        hindrances,
        wanted: 2,
        given: 1,
    };
    let errors = FormErrors::one("said", "Enter what should be changed");
    let wrong = approval(sample_frame(APPROVAL).with_errors(errors), vec![super::shown::sample_hindrance()]);
    let stopped = StoppedPage {
        frame: sample_frame(STOPPED).back_to("/requests/7"),
        id,
        hindrances: vec![super::shown::sample_hindrance()],
    };
    let questions =
        vec![("rattlesden.before-posting.2".into(), "Would you be happy for your employer to see it?".into())];
    let doubt = DoubtPage { frame: sample_frame(DOUBT).back_to("/requests/7"), id, seen: 1, questions };
    let reason = FormErrors::one("said", "Enter why it cannot wait");
    let at_once = at_once_page(sample_frame(AT_ONCE).with_errors(reason), id, 1, String::new());
    let down = down_page(sample_frame(DOWN).back_to("/requests/7"), id, 1, String::new());
    let receipt = ReceiptPage {
        frame: sample_frame(RECEIPT).back_to("/requests/7"),
        id,
        because: Some("a permission was taken back".into()),
        copies: vec![sample_copy()],
    };
    let named = Named { id, version: 1, called: "Samir Haddad".into(), since: "21 November 2026 at midday".into() };
    let deputies = DeputiesPage {
        frame: sample_frame(DEPUTIES).back_to("/requests"),
        named: vec![named],
        choices: vec![Choice::new(id.to_string(), "Samir Haddad")],
    };
    vec![
        Sample::of("desk/pages/approval.html", &approval(sample_frame(APPROVAL).back_to("/requests/queue"), vec![])),
        Sample::of("desk/pages/approval.html wrong", &wrong),
        Sample::of("desk/pages/stopped.html", &stopped),
        Sample::of("desk/pages/doubt.html", &doubt),
        Sample::of("desk/pages/reason.html wrong", &at_once),
        Sample::of("desk/pages/reason.html take down", &down),
        Sample::of("desk/pages/receipt.html", &receipt),
        Sample::of("desk/pages/deputies.html", &deputies),
    ]
}
