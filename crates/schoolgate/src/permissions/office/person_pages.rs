//! One person of the register: what holds, who said what, and the forms of the office.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::forms;
use super::{PersonView, export, is_offered, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::{date_in_words, from_millis, moment_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::permissions::decision::{Because, Decision};
use crate::permissions::parents::links::{self, Invitation, Way, authority_of};
use crate::permissions::parents::mails;
use crate::permissions::standing::Light;
use crate::permissions::withheld;
use crate::roster;
use crate::roster::adult::Responsible;
use crate::web::forms::{Choice, Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, page, page_again};

const ENTER: &str = "Enter an answer";
const INVITED: &str = "A way to the form";
const WITHHOLD: &str = "The school's own no";
const OWN: &str = "Pictures and names of you";

#[derive(Template)]
#[template(path = "permissions/office/person.html")]
struct PersonPage {
    frame: Frame,
    address: String,
    held: Vec<HeldRow>,
    adults: Vec<AdultRow>,
    history: Vec<HistoryRow>,
    public: Vec<(String, &'static str)>,
    may_keep: bool,
    may_mail: bool,
    may_fetch: bool,
    may_export: bool,
    may_withhold: bool,
    may_note: bool,
}

struct HeldRow {
    code: String,
    label: String,
    light: &'static str,
    sign: &'static str,
    shape: &'static str,
    because: String,
    said: Vec<String>,
}

struct AdultRow {
    id: Uuid,
    name: String,
    relation: String,
    decides: &'static str,
    may_invite: bool,
}

struct HistoryRow {
    when: String,
    purpose: String,
    who: String,
    decision: &'static str,
    route: &'static str,
    authority: &'static str,
    until: String,
}

#[derive(Template)]
#[template(path = "permissions/office/answers.html")]
pub(super) struct AnswersPage {
    pub(super) frame: Frame,
    pub(super) action: String,
    pub(super) intro: &'static str,
    pub(super) seen: i64,
    /// Who may have decided; none: an adult, of themself.
    pub(super) asks_who: Option<Vec<Choice>>,
    pub(super) adult: String,
    /// Empty: somebody answers in person.
    pub(super) routes: Vec<Choice>,
    pub(super) route: String,
    pub(super) evidence: String,
    pub(super) asked: Vec<AskedRow>,
}

pub(super) struct AskedRow {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) about: String,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) chosen: String,
    pub(super) now: &'static str,
}

#[derive(Template)]
#[template(path = "permissions/office/invitation.html")]
struct InvitationPage {
    frame: Frame,
    address: String,
    adult: String,
    link: String,
    begin: String,
    letter_code: Option<String>,
    check_code: Option<String>,
}

#[derive(Template)]
#[template(path = "permissions/office/withholding.html")]
struct WithholdingPage {
    frame: Frame,
    address: String,
    called: String,
    /// For the safeguarding lead: why it holds.
    reason: Option<String>,
    holds: bool,
    is_begun: bool,
    sees: bool,
    may_release: bool,
}

pub async fn person(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    let view = super::person(&app, &caller, pupil).await?;
    let frame = frame(&app, &caller, view.pupil.names.called()).back_to("/permissions");
    let offers = |act| is_offered(&app, &caller, act);
    page(&PersonPage {
        may_keep: offers(Act::KeepPermissions),
        may_mail: app.mail.is_some(),
        may_fetch: offers(Act::SeeScans),
        may_export: offers(Act::ExportPermissions),
        may_withhold: offers(Act::WithholdPerson),
        may_note: offers(Act::NoteWish),
        ..person_page(frame, &view)
    })
}

fn person_page(frame: Frame, view: &PersonView) -> PersonPage {
    let label = |id: Uuid| {
        let held = view.held.iter().find(|held| held.purpose.id == id);
        held.map_or_else(|| "A purpose that was retired".to_owned(), |held| held.purpose.label.clone())
    };
    let held = view.held.iter().map(|held| {
        let light = Light::of(held.decided.decision);
        let (sign, shape) = match light {
            Light::Yes => ("●", "yes"),
            Light::No => ("■", "no"),
            Light::NotYet => ("▲", "not-yet"),
        };
        let said = held.said.iter().map(|(who, decision, authority)| {
            format!("{who}: {} ({})", decision.label().to_lowercase(), authority.label().to_lowercase())
        });
        let because = if held.decided.because == Because::Agreed { "" } else { held.decided.because.said() };
        HeldRow {
            code: held.purpose.code.clone(),
            label: held.purpose.label.clone(),
            light: light.label(),
            sign,
            shape,
            because: because.to_owned(),
            said: said.collect(),
        }
    });
    let history = view.history.iter().map(|(row, who)| HistoryRow {
        when: moment_in_words(from_millis(row.at)),
        purpose: label(row.purpose),
        who: who.clone(),
        decision: row.answer.decision.label(),
        route: row.route.label(),
        authority: row.answer.authority.label(),
        until: row.answer.until.map_or_else(|| "while on roll".to_owned(), date_in_words),
    });
    PersonPage {
        frame,
        address: format!("/permissions/people/{}", view.pupil.id),
        held: held.collect(),
        adults: view.adults.iter().map(adult_row).collect(),
        history: history.collect(),
        public: view.public.iter().map(|found| (found.place.clone(), found.how.code())).collect(),
        may_keep: true,
        may_mail: true,
        may_fetch: true,
        may_export: true,
        may_withhold: true,
        may_note: true,
    }
}

fn adult_row(one: &Responsible) -> AdultRow {
    let authority = authority_of(&one.responsibility);
    AdultRow {
        id: one.adult.id,
        name: one.adult.names.in_full(),
        relation: one.responsibility.standing.relation.clone(),
        decides: authority.map_or("Does not decide", |authority| match authority.may_agree() {
            true => "Decides",
            false => "Not known whether they decide",
        }),
        may_invite: authority.is_some(),
    }
}

/// Another school's child does not exist, whatever the caller may do here.
async fn exists(app: &App, caller: &Caller, pupil: Uuid) -> Result<()> {
    let mut read = app.db.read(caller.school).await?;
    roster::pupil(&mut read, pupil).await.map(drop)
}

async fn may_of(app: &App, caller: &Caller, act: Act, pupil: Uuid) -> Result<()> {
    exists(app, caller, pupil).await?;
    may(app, caller, act)
}

// Entering what came on paper or by telephone.

pub async fn answers_form(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    may_of(&app, &caller, Act::KeepPermissions, pupil).await?;
    let view = super::person(&app, &caller, pupil).await?;
    let frame = entering(&app, &caller, &view);
    page(&answers_page(frame, &view, view.version, &Fields::default()))
}

fn entering(app: &App, caller: &Caller, view: &PersonView) -> Frame {
    frame(app, caller, format!("{ENTER}: {}", view.pupil.names.called()))
        .back_to(format!("/permissions/people/{}", view.pupil.id))
}

fn answers_page(frame: Frame, view: &PersonView, seen: i64, form: &Fields) -> AnswersPage {
    let adults = view.adults.iter().filter(|one| authority_of(&one.responsibility).is_some());
    let asked = view.held.iter().map(|held| AskedRow {
        code: held.purpose.code.clone(),
        label: held.purpose.label.clone(),
        about: held.purpose.about.clone(),
        yes: if held.purpose.basis.is_objected_to() { "Does not object" } else { "Yes" },
        no: if held.purpose.basis.is_objected_to() { "Objects" } else { "No" },
        chosen: form.one(&format!("answer.{}", held.purpose.code)).to_owned(),
        now: "",
    });
    AnswersPage {
        frame,
        action: format!("/permissions/people/{}/answers", view.pupil.id),
        intro: "Enter only what the adult has said or written. What you leave open stays as it is.",
        seen,
        asks_who: Some(adults.map(|one| Choice::new(one.adult.id.to_string(), one.adult.names.in_full())).collect()),
        adult: form.one("adult").to_owned(),
        routes: forms::route_choices(),
        route: form.one("route").to_owned(),
        evidence: form.one("evidence").chars().take(200).collect(),
        asked: asked.collect(),
    }
}

pub async fn enter(
    State(app): State<App>,
    caller: Caller,
    Path(pupil): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    may_of(&app, &caller, Act::KeepPermissions, pupil).await?;
    let view = super::person(&app, &caller, pupil).await?;
    let answers = forms::decisions(&form, view.held.iter().map(|held| held.purpose.code.as_str()));
    match forms::entered(&form, answers) {
        Ok(entered) => {
            super::enter(&app, &caller, pupil, &entered).await?;
            Ok(Redirect::to(&format!("/permissions/people/{pupil}")).into_response())
        }
        Err(errors) => {
            let frame = entering(&app, &caller, &view).with_errors(errors);
            let seen = form.seen();
            page_again(&answers_page(frame, &view, seen, &form))
        }
    }
}

/// A child would rather not, or would again not mind.
pub async fn note_wish(
    State(app): State<App>,
    caller: Caller,
    Path(pupil): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    may_of(&app, &caller, Act::NoteWish, pupil).await?;
    let code = form.one("purpose");
    if code.is_empty() {
        return Err(Error::Invalid("choose what the child would rather not".into()));
    }
    let decision = if form.one("wish") == "none" { Decision::NotAsked } else { Decision::No };
    super::note_wish(&app, &caller, pupil, code, decision).await?;
    Ok(Redirect::to(&format!("/permissions/people/{pupil}")).into_response())
}

// A way to the form.

pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(pupil): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    may_of(&app, &caller, Act::KeepPermissions, pupil).await?;
    let adult = form.one("adult").parse().map_err(|_| Error::Invalid("choose an adult".into()))?;
    if form.one("way") == "send" {
        mails::ask_one(&app, &caller, (pupil, adult)).await?;
        return Ok(Redirect::to("/school/post").into_response());
    }
    let way = Way::from_code(form.one("way")).ok_or_else(|| Error::Invalid("choose a way".into()))?;
    let invitation = links::invite(&app, &caller, pupil, adult, way).await?;
    let mut read = app.db.read(caller.school).await?;
    let name = roster::adult(&mut read, adult).await?.names.in_full();
    let frame = frame(&app, &caller, INVITED).back_to(format!("/permissions/people/{pupil}"));
    page(&invitation_page(frame, (pupil, name), &invitation, app.config.server.public_url.as_str()))
}

fn invitation_page(frame: Frame, whom: (Uuid, String), made: &Invitation, site: &str) -> InvitationPage {
    InvitationPage {
        frame,
        address: format!("/permissions/people/{}", whom.0),
        adult: whom.1,
        link: format!("{site}answer/{}", made.link.shown()),
        begin: format!("{site}answer"),
        letter_code: made.letter_code.clone(),
        check_code: made.check_code.clone(),
    }
}

// The school's own no.

pub async fn withholding(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    may_of(&app, &caller, Act::WithholdPerson, pupil).await?;
    let view = super::person(&app, &caller, pupil).await?;
    let sees = is_offered(&app, &caller, Act::SeeWithheld);
    let seen = if sees { withheld::see(&app, &caller, pupil).await? } else { None };
    let address = format!("/permissions/people/{pupil}");
    page(&WithholdingPage {
        frame: frame(&app, &caller, WITHHOLD).back_to(address.clone()),
        address,
        called: view.pupil.names.called(),
        holds: seen.is_some(),
        is_begun: seen.as_ref().is_some_and(|(held, _)| held.clearing_by.is_some()),
        reason: seen.map(|(_, reason)| reason),
        sees,
        may_release: is_offered(&app, &caller, Act::ReleasePerson),
    })
}

pub async fn withhold(
    State(app): State<App>,
    caller: Caller,
    Path(pupil): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    exists(&app, &caller, pupil).await?;
    match form.one("act") {
        "begin-end" => withheld::begin_end(&app, &caller, pupil).await?,
        "end" => withheld::finish_end(&app, &caller, pupil).await?,
        "review" => withheld::review_markers(&app, &caller, pupil).await?,
        "set" => withheld::set(&app, &caller, pupil, form.one("reason")).await?,
        _ => {
            may_of(&app, &caller, Act::WithholdPerson, pupil).await?;
            return Err(Error::Invalid("choose what to do".into()));
        }
    }
    Ok(Redirect::to(&format!("/permissions/people/{pupil}")).into_response())
}

/// Everything that the register holds of one person.
pub async fn export(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    exists(&app, &caller, pupil).await?;
    let export = export::person(&app, &caller, pupil).await?;
    let kept = [(header::CONTENT_DISPOSITION, "attachment; filename=\"permissions.json\"")];
    Ok((kept, Json(export)).into_response())
}

/// The same as a paper.
pub async fn export_paper(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    exists(&app, &caller, pupil).await?;
    let paper = export::paper(&app, &caller, pupil).await?;
    let kept = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"permissions.pdf\""),
    ];
    Ok((kept, paper.bytes).into_response())
}

// One's own answers.

pub async fn own(State(app): State<App>, caller: Caller) -> Result<Response> {
    let (asked, seen) = super::own(&app, &caller).await?;
    let frame = frame(&app, &caller, OWN).back_to("/");
    page(&own_page(frame, &asked, seen, &Fields::default()))
}

/// What a purpose is called to an adult who is asked about themself.
pub(super) fn of_oneself(label: &str) -> String {
    label.replace("your child's", "your").replace("Your child's", "Your")
}

fn own_page(
    frame: Frame,
    asked: &[(crate::permissions::Purpose, Option<Decision>)],
    seen: i64,
    form: &Fields,
) -> AnswersPage {
    let asked = asked.iter().map(|(purpose, said)| AskedRow {
        code: purpose.code.clone(),
        label: of_oneself(&purpose.label),
        about: String::new(),
        yes: "I do not object",
        no: "I object",
        chosen: form.one(&format!("answer.{}", purpose.code)).to_owned(),
        now: said.map_or("", Decision::label),
    });
    AnswersPage {
        frame,
        action: "/permissions/own".to_owned(),
        intro: "The school may show or name you only where you do not object. Nothing follows for you if you do, and you can \
                change it here at any time.",
        seen,
        asks_who: None,
        adult: String::new(),
        routes: Vec::new(),
        route: String::new(),
        evidence: String::new(),
        asked: asked.collect(),
    }
}

pub async fn answer_own(State(app): State<App>, caller: Caller, Sent(form): Sent<Fields>) -> Result<Response> {
    let (asked, _) = super::own(&app, &caller).await?;
    let answers = forms::decisions(&form, asked.iter().map(|(purpose, _)| purpose.code.as_str()));
    let seen = form.seen();
    if answers.is_empty() {
        let errors = FormErrors::one("answers", "Enter at least one answer");
        let frame = frame(&app, &caller, OWN).back_to("/").with_errors(errors);
        return page_again(&own_page(frame, &asked, seen, &form));
    }
    super::answer_own(&app, &caller, seen, answers).await?;
    Ok(Redirect::to("/permissions/own").into_response())
}

mod samples;

pub(super) use samples::all as samples;
