//! The list of official accounts, one account, and the forms that change it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::account::{Account, Finding, Kind, Known};
use super::forms::{AccountForm, NewForm, SecretForm, known_choices, secret};
use super::moment;
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::registers::holders::hand_over::{Due, Hold};
use crate::registers::holders::{self, HandOver};
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const ACCOUNTS: &str = "The school's accounts";
const NEW: &str = "What kind of account is it?";
const ADD: &str = "Add an account";
const EDIT: &str = "Change what is written about the account";
const CREDENTIALS: &str = "Replace the password or token";
const RETIRE: &str = "Retire the account";
const HOME: &str = "/official-accounts";

#[derive(Template)]
#[template(path = "registers/accounts/list.html")]
struct ListPage {
    frame: Frame,
    may_keep: bool,
    hand_overs: Vec<HandOver>,
    accounts: Vec<Row>,
}

struct Row {
    id: Uuid,
    name: String,
    kind: &'static str,
    state: String,
    is_trouble: bool,
}

#[derive(Template)]
#[template(path = "registers/accounts/new.html")]
struct NewPage {
    frame: Frame,
    kinds: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "registers/accounts/form.html")]
struct FormPage {
    frame: Frame,
    action: String,
    kind: Kind,
    form: AccountForm,
    people: Vec<Choice>,
    known: Vec<Choice>,
    /// Only a new account is given its credentials here.
    wants_secret: bool,
}

#[derive(Template)]
#[template(path = "registers/accounts/account.html")]
struct AccountPage {
    frame: Frame,
    id: Uuid,
    may_keep: bool,
    account: Shown,
}

struct Shown {
    kind: &'static str,
    address: String,
    service: String,
    handle: String,
    purpose: String,
    responsible: Option<String>,
    recovery: String,
    second_factor: &'static str,
    has_credentials: bool,
    credentials: Option<String>,
    finding: Option<(String, String)>,
    is_trouble: bool,
    retired: Option<String>,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "registers/accounts/credentials.html")]
struct CredentialsPage {
    frame: Frame,
    id: Uuid,
    name: String,
    kind: Kind,
    seen: String,
}

#[derive(Template)]
#[template(path = "registers/accounts/retirement.html")]
struct RetirementPage {
    frame: Frame,
    id: Uuid,
    name: String,
    seen: String,
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    let accounts = super::list(&app, &caller).await?;
    let may_keep = super::is_keeper(&app, &caller);
    let hand_overs = holders::to_hand_over(&app, &caller).await?;
    let accounts = accounts.iter().map(row).collect();
    page(&ListPage { frame: frame(&app, &caller, ACCOUNTS), may_keep, hand_overs, accounts })
}

fn row(account: &Account) -> Row {
    let details = &account.details;
    Row {
        id: account.id,
        name: details.name.clone(),
        kind: details.kind.label(),
        state: state(account),
        is_trouble: is_trouble(account),
    }
}

fn state(account: &Account) -> String {
    let has_credentials = account.details.kind.has_credentials();
    match (account.retired_at, account.credentials.is_some(), account.finding) {
        (Some(_), ..) => "Retired".to_owned(),
        (None, false, _) if has_credentials => "No password or token yet".to_owned(),
        (None, _, Some(finding)) if has_credentials => finding.label().to_owned(),
        (None, _, None) if has_credentials => "Not tried yet".to_owned(),
        _ => "In use".to_owned(),
    }
}

fn is_trouble(account: &Account) -> bool {
    account.retired_at.is_none() && account.finding == Some(Finding::Refused)
}

#[derive(Deserialize)]
pub struct Wanted {
    kind: Option<String>,
}

pub async fn new(State(app): State<App>, caller: Caller, Query(wanted): Query<Wanted>) -> Result<Response> {
    super::ready_to_keep(&app, &caller)?;
    let Some(code) = wanted.kind else {
        let kinds = Kind::ADDED.map(|kind| (kind.code(), kind.label())).to_vec();
        return page(&NewPage { frame: frame(&app, &caller, NEW).back_to(HOME), kinds });
    };
    let kind = added_kind(&code)?;
    let frame = frame(&app, &caller, ADD).back_to("/official-accounts/new");
    page(&form_page(&app, &caller, frame, (kind, AccountForm::empty(kind))).await?)
}

fn added_kind(code: &str) -> Result<Kind> {
    Kind::from_code(code).filter(|kind| Kind::ADDED.contains(kind)).ok_or(Error::NotFound)
}

async fn form_page(app: &App, caller: &Caller, frame: Frame, (kind, form): (Kind, AccountForm)) -> Result<FormPage> {
    let people = super::candidates(app, caller.school).await?;
    let people = people.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    Ok(FormPage {
        frame,
        action: HOME.to_owned(),
        kind,
        form,
        people,
        known: known_choices(),
        wants_secret: kind.has_credentials(),
    })
}

pub async fn add(State(app): State<App>, caller: Caller, Sent(sent): Sent<NewForm>) -> Result<Response> {
    super::ready_to_keep(&app, &caller)?;
    let kind = match added_kind(&sent.account.kind) {
        Ok(kind) => kind,
        Err(_) => return new(State(app), caller, Query(Wanted { kind: None })).await,
    };
    let credentials = if kind.has_credentials() { secret(&sent.secret).map(Some) } else { Ok(None) };
    let errors = match (sent.account.parse(kind), credentials) {
        (Ok(details), Ok(credentials)) => match super::add(&app, &caller, &details, credentials.as_ref()).await {
            Ok(id) => return Ok(Redirect::to(&format!("{HOME}/{id}")).into_response()),
            Err(error) => at_service(error)?,
        },
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => errors,
        (Err(mut errors), Err(wrong)) => {
            wrong.all().iter().for_each(|error| errors.add(error.field, error.said.clone()));
            errors
        }
    };
    let frame = frame(&app, &caller, ADD).back_to("/official-accounts/new").with_errors(errors);
    page_again(&form_page(&app, &caller, frame, (kind, sent.account)).await?)
}

/// What can be mended at the field of the server's address.
fn at_service(error: Error) -> Result<FormErrors> {
    match error {
        Error::Refused(refused) if refused.because.starts_with("this address") => {
            let said = refused.because.replacen("this address", "This address", 1);
            Ok(FormErrors::one("service", said))
        }
        Error::NotFound => Ok(FormErrors::one("responsible", "Choose who answers for the account")),
        error => Err(error),
    }
}

pub async fn account(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let account = super::show(&app, &caller, id).await?;
    let mut read = app.db.read(caller.school).await?;
    let responsible = super::responsible(&mut read, &account).await?;
    drop(read);
    let may_keep =
        super::is_keeper(&app, &caller) && account.retired_at.is_none() && account.details.kind != Kind::Website;
    let frame = frame(&app, &caller, account.details.name.clone()).back_to(HOME);
    page(&AccountPage { frame, id, may_keep, account: shown(&account, responsible) })
}

fn shown(account: &Account, responsible: Option<String>) -> Shown {
    let details = &account.details;
    let checked = account.finding.zip(moment(account.checked_at));
    Shown {
        kind: details.kind.label(),
        address: details.address.clone(),
        service: details.service.clone(),
        handle: details.handle.clone(),
        purpose: details.purpose.clone(),
        responsible,
        recovery: details.recovery.clone(),
        second_factor: details.second_factor.label(),
        has_credentials: details.kind.has_credentials(),
        credentials: moment(account.credentials_at),
        finding: checked.map(|(finding, at)| (finding.label().to_owned(), at)),
        is_trouble: is_trouble(account),
        retired: moment(account.retired_at),
        is_own: details.kind == Kind::Website,
    }
}

/// The account, if the caller may change it.
async fn kept(app: &App, caller: &Caller, id: Uuid) -> Result<Account> {
    let account = super::show(app, caller, id).await?;
    super::ready_to_keep(app, caller)?;
    if account.details.kind == Kind::Website { Err(Error::NotFound) } else { Ok(account) }
}

pub async fn edit_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let account = kept(&app, &caller, id).await?;
    let form = AccountForm::of(&account.details, account.version);
    page(&edit_page(&app, &caller, (&account, form), FormErrors::default()).await?)
}

async fn edit_page(
    app: &App,
    caller: &Caller,
    (account, form): (&Account, AccountForm),
    errors: FormErrors,
) -> Result<FormPage> {
    let frame = frame(app, caller, EDIT).back_to(format!("{HOME}/{}", account.id)).with_errors(errors);
    let filled = form_page(app, caller, frame, (account.details.kind, form)).await?;
    Ok(FormPage { action: format!("{HOME}/{}/details", account.id), wants_secret: false, ..filled })
}

pub async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<AccountForm>,
) -> Result<Response> {
    let account = kept(&app, &caller, id).await?;
    let errors = match form.parse(account.details.kind) {
        Ok(details) => match super::edit(&app, &caller, (id, seen(&form.seen)), &details).await {
            Ok(()) => return Ok(Redirect::to(&format!("{HOME}/{id}")).into_response()),
            Err(error @ (Error::NotFound | Error::Refused(_))) => at_service(error)?,
            Err(error) => return Err(error),
        },
        Err(errors) => errors,
    };
    page_again(&edit_page(&app, &caller, (&account, form), errors).await?)
}

pub async fn credentials_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let account = kept(&app, &caller, id).await?;
    page(&credentials_page(&app, &caller, &account, FormErrors::default()))
}

fn credentials_page(app: &App, caller: &Caller, account: &Account, errors: FormErrors) -> CredentialsPage {
    CredentialsPage {
        frame: frame(app, caller, CREDENTIALS).back_to(format!("{HOME}/{}", account.id)).with_errors(errors),
        id: account.id,
        name: account.details.name.clone(),
        kind: account.details.kind,
        seen: account.version.to_string(),
    }
}

pub async fn replace_credentials(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<SecretForm>,
) -> Result<Response> {
    let account = kept(&app, &caller, id).await?;
    match secret(&form.secret) {
        Ok(given) => {
            super::replace_credentials(&app, &caller, (id, seen(&form.seen)), &given).await?;
            super::check(&app, &caller, id).await?;
            Ok(Redirect::to(&format!("{HOME}/{id}")).into_response())
        }
        Err(errors) => page_again(&credentials_page(&app, &caller, &account, errors)),
    }
}

pub async fn check(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    kept(&app, &caller, id).await?;
    super::check(&app, &caller, id).await?;
    Ok(Redirect::to(&format!("{HOME}/{id}")).into_response())
}

pub async fn retirement_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let account = kept(&app, &caller, id).await?;
    let frame = frame(&app, &caller, RETIRE).back_to(format!("{HOME}/{id}"));
    page(&RetirementPage { frame, id, name: account.details.name, seen: account.version.to_string() })
}

/// Only the version is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SeenForm {
    seen: String,
}

pub async fn retire(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<SeenForm>,
) -> Result<Response> {
    kept(&app, &caller, id).await?;
    super::retire(&app, &caller, (id, seen(&form.seen))).await?;
    Ok(Redirect::to(&format!("{HOME}/{id}")).into_response())
}

fn sample_row(name: &str, kind: Kind, state: &str) -> Row {
    let is_trouble = state == Finding::Refused.label();
    Row { id: Uuid::nil(), name: name.into(), kind: kind.label(), state: state.into(), is_trouble }
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let list = ListPage {
        frame: signed_in(ACCOUNTS),
        may_keep: true,
        hand_overs: vec![
            HandOver::sample(Due::AtOnce, Hold::Answers),
            HandOver::sample(Due::By(jiff::civil::date(2026, 12, 18)), Hold::SignsIn),
        ],
        accounts: vec![
            sample_row("News page", Kind::Website, "In use"),
            sample_row("School on Bluesky", Kind::Bluesky, Finding::Refused.label()),
        ],
    };
    let kinds = Kind::ADDED.map(|kind| (kind.code(), kind.label())).to_vec();
    let new = NewPage { frame: signed_in(NEW).back_to(HOME), kinds };
    let form = AccountForm::empty(Kind::Bluesky);
    let errors = form.parse(Kind::Bluesky).err().unwrap_or_default();
    let form = FormPage {
        frame: signed_in(ADD).with_errors(errors),
        action: HOME.into(),
        kind: Kind::Bluesky,
        form,
        people: vec![Choice::new(Uuid::nil().to_string(), "Grace Osei")],
        known: known_choices(),
        wants_secret: true,
    };
    let account = Shown {
        kind: Kind::Bluesky.label(),
        address: "https://bsky.app/profile/oakfield.test".into(),
        service: "https://bsky.social/".into(),
        handle: "oakfield.test".into(),
        purpose: "News for parents".into(),
        responsible: Some("Grace Osei".into()),
        recovery: "Priya Nair".into(),
        second_factor: Known::Yes.label(),
        has_credentials: true,
        credentials: Some("1 September 2026 at 9am".into()),
        finding: Some((Finding::Refused.label().into(), "21 November 2026 at midday".into())),
        is_trouble: true,
        retired: None,
        is_own: false,
    };
    let account =
        AccountPage { frame: signed_in("School on Bluesky").back_to(HOME), id: Uuid::nil(), may_keep: true, account };
    let credentials = CredentialsPage {
        frame: signed_in(CREDENTIALS).with_errors(secret("").err().unwrap_or_default()),
        id: Uuid::nil(),
        name: "School on Bluesky".into(),
        kind: Kind::Bluesky,
        seen: "1".into(),
    };
    let retirement = RetirementPage {
        frame: signed_in(RETIRE),
        id: Uuid::nil(),
        name: "School on Bluesky".into(),
        seen: "1".into(),
    };
    vec![
        Sample::of("registers/accounts/list.html", &list),
        Sample::of("registers/accounts/new.html", &new),
        Sample::of("registers/accounts/form.html wrong", &form),
        Sample::of("registers/accounts/account.html", &account),
        Sample::of("registers/accounts/credentials.html wrong", &credentials),
        Sample::of("registers/accounts/retirement.html", &retirement),
    ]
}
