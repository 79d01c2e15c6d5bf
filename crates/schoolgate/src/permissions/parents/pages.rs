//! The pages that families see: the second check, the form, the receipt. Nobody signs in here.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::links::{self, Checked, FormView, Sent as Answered, Typed, Wanted};
use super::receipts::{self, Receipt};
use super::words::{self, Words};
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::Carried;
use crate::permissions::answers::TakenBack;
use crate::permissions::decision::Decision;
use crate::web::forms::{Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_with};

#[derive(Template)]
#[template(path = "permissions/parents/letter.html")]
struct LetterPage {
    frame: Frame,
    say: Say,
}

#[derive(Template)]
#[template(path = "permissions/parents/check.html")]
struct CheckPage {
    frame: Frame,
    say: Say,
    action: String,
    wants_code: bool,
    intro: String,
}

#[derive(Template)]
#[template(path = "permissions/parents/form.html")]
struct FormPage {
    frame: Frame,
    say: Say,
    action: String,
    ticket: String,
    seen: i64,
    called: String,
    asked: Vec<Asked>,
}

struct Asked {
    code: String,
    label: String,
    /// English only: what it means, more exactly.
    about: String,
    yes: String,
    no: String,
    /// What this adult has said so far; empty: nothing.
    now: String,
    /// After a faulty form: what was chosen.
    chosen: String,
}

#[derive(Template)]
#[template(path = "permissions/parents/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    say: Say,
    /// Where this page is found again; empty: it is this page.
    address: String,
    path: String,
    number: Uuid,
    made: String,
    is_unchanged: bool,
    hash: String,
    /// Empty before the second check.
    record: String,
    withdrawal: String,
    removed: Vec<String>,
    beyond: Vec<String>,
    is_withdrawn: bool,
}

#[derive(Template)]
#[template(path = "permissions/parents/gone.html")]
struct GonePage {
    frame: Frame,
    say: Say,
}

/// The words of one language, and the way to the others.
struct Say {
    words: &'static Words,
    others: Vec<(&'static str, String)>,
    is_large: bool,
}

impl Say {
    fn get(&self, key: &str) -> String {
        self.words.get(key)
    }

    /// What an address carries on: language and size.
    fn query(&self) -> String {
        format!("?language={}{}", self.words.code, if self.is_large { "&print=large" } else { "" })
    }

    fn without_large(&self) -> String {
        format!("?language={}", self.words.code)
    }

    fn with_large(&self) -> String {
        format!("?language={}&print=large", self.words.code)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    language: String,
    print: String,
}

fn say(choice: &Choice) -> Result<Say> {
    let words = words::of(&choice.language)?;
    let others = words::all()?.iter().filter(|other| other.code != words.code);
    let others = others.map(|other| (other.code, other.name().to_owned())).collect();
    Ok(Say { words, others, is_large: choice.print == "large" })
}

fn carried(link: &str) -> Option<Carried> {
    Carried::parse(link)
}

// The letter's code.

pub async fn letter(State(app): State<App>, Query(choice): Query<Choice>) -> Result<Response> {
    let say = say(&choice)?;
    page(&LetterPage { frame: Frame::new(&app, say.get("title_letter")), say })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LetterForm {
    code: String,
}

pub async fn open_letter(
    State(app): State<App>,
    Query(choice): Query<Choice>,
    Sent(form): Sent<LetterForm>,
) -> Result<Response> {
    let say = say(&choice)?;
    if let Some(link) = links::by_letter(&app, &form.code).await? {
        return Ok(Redirect::to(&format!("/answer/{}{}", link.shown(), say.query())).into_response());
    }
    let errors = FormErrors::one("code", say.get("wrong"));
    let frame = Frame::new(&app, say.get("title_letter")).with_errors(errors);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &LetterPage { frame, say })
}

// The second check.

pub async fn begin(State(app): State<App>, Path(link): Path<String>, Query(choice): Query<Choice>) -> Result<Response> {
    let say = say(&choice)?;
    let Some(carried) = carried(&link) else { return gone(&app, say) };
    match links::wanted(&app, &carried).await? {
        Some(wanted) => {
            let frame = Frame::new(&app, say.get("title_check"));
            page(&check_page(frame, say, format!("/answer/{link}"), wanted))
        }
        None => gone(&app, say),
    }
}

fn check_page(frame: Frame, say: Say, address: String, wanted: Wanted) -> CheckPage {
    let action = format!("{address}{}", say.query());
    CheckPage { frame, action, wants_code: wanted == Wanted::Code, intro: say.get("intro"), say }
}

fn gone(app: &App, say: Say) -> Result<Response> {
    page_with(StatusCode::NOT_FOUND, &GonePage { frame: Frame::new(app, say.get("title_gone")), say })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CheckForm {
    day: String,
    month: String,
    year: String,
    code: String,
}

impl CheckForm {
    fn typed(&self, wanted: Wanted) -> Option<Typed> {
        match wanted {
            Wanted::Code => Some(Typed::Code(self.code.chars().take(40).collect())),
            Wanted::BirthDate => {
                let number = |text: &str| text.trim().parse::<i16>().ok();
                let small = |text: &str| text.trim().parse::<i8>().ok();
                Date::new(number(&self.year)?, small(&self.month)?, small(&self.day)?).ok().map(Typed::BirthDate)
            }
        }
    }
}

pub async fn check(
    State(app): State<App>,
    Path(link): Path<String>,
    Query(choice): Query<Choice>,
    Sent(form): Sent<CheckForm>,
) -> Result<Response> {
    let say = say(&choice)?;
    let Some(carried) = carried(&link) else { return gone(&app, say) };
    let Some(wanted) = links::wanted(&app, &carried).await? else { return gone(&app, say) };
    let checked = match form.typed(wanted) {
        Some(typed) => links::check(&app, &carried, &typed).await?,
        // What can be no date is no try.
        None => Checked::Wrong,
    };
    match checked {
        Checked::Form(view) => {
            let frame = Frame::new(&app, say.get("title_form"));
            page(&form_page(frame, say, &link, *view, &[]))
        }
        Checked::Gone => gone(&app, say),
        Checked::Wrong => {
            let field = if wanted == Wanted::Code { "code" } else { "day" };
            let frame = Frame::new(&app, say.get("title_check")).with_errors(FormErrors::one(field, say.get("wrong")));
            let page = check_page(frame, say, format!("/answer/{link}"), wanted);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

// The form.

fn form_page(frame: Frame, say: Say, link: &str, view: FormView, chosen: &[(String, Decision)]) -> FormPage {
    let asked = view.purposes.iter().map(|purpose| {
        let (yes, no) = match purpose.basis.is_objected_to() {
            true => ("no_objection", "objection"),
            false => ("yes", "no"),
        };
        let said = |list: &[(String, Decision)]| list.iter().find(|(code, _)| *code == purpose.code).map(|(_, d)| *d);
        let now = match said(&view.own) {
            Some(Decision::Yes) => say.get(yes),
            Some(Decision::No | Decision::Withdrawn) => say.get(no),
            _ => String::new(),
        };
        Asked {
            label: say.words.purpose(&purpose.code, &purpose.label),
            about: if say.words.code == "en" { purpose.about.clone() } else { String::new() },
            yes: say.get(yes),
            no: say.get(no),
            now,
            chosen: said(chosen).map_or("", Decision::code).to_owned(),
            code: purpose.code.clone(),
        }
    });
    let asked = asked.collect();
    let action = format!("/answer/{link}/decisions{}", say.query());
    FormPage { frame, action, ticket: view.ticket, seen: view.seen, called: view.called, asked, say }
}

/// What was chosen: each purpose by its code, or all at once by one of two buttons.
fn chosen(form: &Fields, purposes: &[String]) -> Vec<(String, Decision)> {
    let decision = |said: &str| Decision::from_code(said).filter(|said| matches!(said, Decision::Yes | Decision::No));
    if let Some(all) = form.get("all").and_then(decision) {
        return purposes.iter().map(|code| (code.clone(), all)).collect();
    }
    let one = |code: &String| Some((code.clone(), form.get(&format!("answer.{code}")).and_then(decision)?));
    purposes.iter().filter_map(one).collect()
}

pub async fn decide(
    State(app): State<App>,
    Path(link): Path<String>,
    Query(choice): Query<Choice>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    let say = say(&choice)?;
    let Some(carried) = carried(&link) else { return gone(&app, say) };
    let Some(view) = links::form_again(&app, &carried, form.one("ticket")).await? else { return gone(&app, say) };
    let codes: Vec<String> = view.purposes.iter().map(|purpose| purpose.code.clone()).collect();
    let answers = chosen(&form, &codes);
    if answers.len() < codes.len() {
        let frame = Frame::new(&app, say.get("title_form")).with_errors(FormErrors::one("answers", say.get("choose")));
        let page = form_page(frame, say, &link, view, &answers);
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let sent = Answered {
        ticket: form.one("ticket").to_owned(),
        seen: form.seen(),
        language: say.words.code.to_owned(),
        answers,
    };
    let Some(done) = links::answer(&app, &carried, sent).await? else { return gone(&app, say) };
    let title = say.get("title_done");
    let address = format!("{}receipts/{}", app.config.server.public_url, done.receipt.shown());
    let record = done.shown.answers.clone();
    let page_of = receipt_page(Frame::new(&app, title), say, &done.receipt, &done.shown);
    let back = places(&done.back);
    page(&ReceiptPage { address, record, removed: back.0, beyond: back.1, ..page_of })
}

// The receipt.

fn receipt_page(frame: Frame, say: Say, carried: &Carried, receipt: &Receipt) -> ReceiptPage {
    ReceiptPage {
        frame,
        address: String::new(),
        path: format!("/receipts/{}", carried.shown()),
        number: receipt.id,
        made: moment_in_words(from_millis(receipt.made_at)),
        is_unchanged: receipt.is_unchanged(),
        hash: receipt.hash.clone(),
        record: String::new(),
        withdrawal: format!("/receipts/{}/withdrawal{}", carried.shown(), say.query()),
        removed: Vec::new(),
        beyond: Vec::new(),
        is_withdrawn: false,
        say,
    }
}

fn places(back: &TakenBack) -> (Vec<String>, Vec<String>) {
    let of = |list: &[crate::permissions::Appearance]| list.iter().map(|found| found.place.clone()).collect();
    (of(&back.removed), of(&back.beyond_recall))
}

pub async fn receipt(
    State(app): State<App>,
    Path(receipt): Path<String>,
    Query(choice): Query<Choice>,
) -> Result<Response> {
    let carried = carried(&receipt).ok_or(Error::NotFound)?;
    let found = receipts::find(&app, &carried).await?.ok_or(Error::NotFound)?;
    let say = say_of(&choice, &found)?;
    page(&receipt_page(Frame::new(&app, say.get("title_receipt")), say, &carried, &found))
}

/// The language that was asked for, or the one in which it was answered.
fn say_of(choice: &Choice, receipt: &Receipt) -> Result<Say> {
    match choice.language.is_empty() {
        true => say(&Choice { language: receipt.language.clone(), print: choice.print.clone() }),
        false => say(choice),
    }
}

/// The second check; then the record shows.
pub async fn open_receipt(
    State(app): State<App>,
    Path(receipt): Path<String>,
    Query(choice): Query<Choice>,
    Sent(form): Sent<CheckForm>,
) -> Result<Response> {
    let carried = carried(&receipt).ok_or(Error::NotFound)?;
    let found = receipts::find(&app, &carried).await?.ok_or(Error::NotFound)?;
    let say = say_of(&choice, &found)?;
    let opened = match form.typed(Wanted::BirthDate) {
        Some(typed) => receipts::open(&app, &carried, &typed).await?,
        None => None,
    };
    let title = say.get("title_receipt");
    match opened {
        Some(opened) => {
            let record = opened.answers.clone();
            page(&ReceiptPage { record, ..receipt_page(Frame::new(&app, title), say, &carried, &opened) })
        }
        None => {
            let frame = Frame::new(&app, title).with_errors(FormErrors::one("day", say.get("wrong")));
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &receipt_page(frame, say, &carried, &found))
        }
    }
}

/// One press.
pub async fn withdraw(
    State(app): State<App>,
    Path(receipt): Path<String>,
    Query(choice): Query<Choice>,
) -> Result<Response> {
    let carried = carried(&receipt).ok_or(Error::NotFound)?;
    let (found, back) = receipts::withdraw(&app, &carried).await?.ok_or(Error::NotFound)?;
    let say = say_of(&choice, &found)?;
    let title = say.get("title_withdrawn");
    let (removed, beyond) = places(&back);
    let page_of = receipt_page(Frame::new(&app, title), say, &carried, &found);
    page(&ReceiptPage { removed, beyond, is_withdrawn: true, ..page_of })
}

mod samples;

pub fn samples() -> Vec<Sample> {
    // The files are compiled in; without them the samples fail where they are looked at.
    samples::all().unwrap_or_default()
}
