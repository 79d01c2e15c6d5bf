//! The list of keys, making one, and ending one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Listed, NAME_MAX};
use crate::access::Caller;
use crate::app::App;
use crate::clock::moment_in_words;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const TOKENS: &str = "Keys for other programs";
const MADE: &str = "A new key";

#[derive(Template)]
#[template(path = "advisor/tokens/tokens.html")]
struct TokensPage {
    frame: Frame,
    tokens: Vec<Row>,
    typed: String,
}

struct Row {
    id: Uuid,
    name: String,
    made: String,
    /// When it was ended.
    ended: Option<String>,
}

#[derive(Template)]
#[template(path = "advisor/tokens/made.html")]
struct MadePage {
    frame: Frame,
    token: String,
}

#[derive(Deserialize)]
pub struct NewForm {
    #[serde(default)]
    name: String,
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    page(&tokens_page(&app, &caller, String::new()).await?)
}

async fn tokens_page(app: &App, caller: &Caller, typed: String) -> Result<TokensPage> {
    let tokens = super::list(app, caller).await?;
    let frame = frame(app, caller, TOKENS).back_to("/");
    Ok(TokensPage { frame, tokens: tokens.into_iter().map(row).collect(), typed })
}

fn row(token: Listed) -> Row {
    let by = token.maker.map_or_else(|| "at the server".to_owned(), |maker| format!("by {maker}"));
    Row {
        id: token.id,
        made: format!("{} {by}", moment_in_words(token.made_at)),
        ended: token.ended_at.map(moment_in_words),
        name: token.name,
    }
}

pub async fn make(State(app): State<App>, caller: Caller, Sent(form): Sent<NewForm>) -> Result<Response> {
    super::may_keep(&app, &caller)?;
    let mut errors = FormErrors::default();
    let name = errors.line("name", "the program that the key is for", &form.name);
    if name.chars().count() > NAME_MAX && errors.at("name").is_none() {
        errors.add("name", format!("Enter a name with {NAME_MAX} letters or fewer"));
    }
    if !errors.is_empty() {
        let mut again = tokens_page(&app, &caller, form.name).await?;
        again.frame = again.frame.with_errors(errors);
        return page_again(&again);
    }
    let token = super::make(&app, &caller, &name).await?;
    page(&MadePage { frame: frame(&app, &caller, MADE).back_to("/tokens"), token })
}

pub async fn end(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::end(&app, &caller, id).await?;
    Ok(Redirect::to("/tokens").into_response())
}

pub fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let row = |ended: Option<&str>| Row {
        id: Uuid::nil(),
        name: "The intranet".to_owned(),
        made: "1 September 2026 at 3pm by Grace Osei".to_owned(),
        ended: ended.map(str::to_owned),
    };
    let rows = vec![row(None), row(Some("2 September 2026 at 3pm"))];
    let errors = FormErrors::one("name", "Enter the program that the key is for");
    let wrong = TokensPage { frame: here(TOKENS).with_errors(errors), tokens: rows, typed: String::new() };
    let none = TokensPage { frame: here(TOKENS), tokens: vec![], typed: String::new() };
    let made = MadePage { frame: here(MADE), token: "sgk_0123456789abcdef".to_owned() };
    vec![
        Sample::of("advisor/tokens/tokens.html wrong", &wrong),
        Sample::of("advisor/tokens/tokens.html none", &none),
        Sample::of("advisor/tokens/made.html", &made),
    ]
}
