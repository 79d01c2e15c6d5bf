//! Forms: what was typed, what is wrong with it, and how it comes back.
//!
//! For: `pages.rs` files. A form is a struct of `String`s with `#[serde(default)]` and `parse(self) -> Result<Thing, FormErrors>`.
//! Promises: a wrong answer costs nobody what they typed; every error is listed on top and stands at its field.
//! Does not: send a password back, or decide whether somebody may do the thing.

use axum::extract::{Form, FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Longest answer of one line: names, addresses, titles.
pub const LINE_CHARS_MAX: usize = 200;

/// What is wrong with a form, in the order of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors {
    list: Vec<FormError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError {
    /// Name and id of the field.
    pub field: &'static str,
    /// A sentence that says what to do: "Enter your email address".
    pub said: String,
}

impl FormErrors {
    pub fn one(field: &'static str, said: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, said);
        errors
    }

    pub fn add(&mut self, field: &'static str, said: impl Into<String>) {
        self.list.push(FormError { field, said: said.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn all(&self) -> &[FormError] {
        &self.list
    }

    /// The first error at this field.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.list.iter().find(|error| error.field == field).map(|error| error.said.as_str())
    }

    /// One line that must be there: trimmed, without control characters, at most [`LINE_CHARS_MAX`] characters. `asked`
    /// continues "Enter ..": `your email address`.
    pub fn line(&mut self, field: &'static str, asked: &str, typed: &str) -> String {
        let line = typed.trim();
        if line.is_empty() {
            self.add(field, format!("Enter {asked}"));
        } else if line.chars().any(char::is_control) {
            self.add(field, format!("Enter {asked} on one line, without special signs"));
        } else if line.chars().count() > LINE_CHARS_MAX {
            self.add(field, format!("Enter {asked} with {LINE_CHARS_MAX} letters or fewer"));
        }
        line.to_owned()
    }

    /// The thing, if nothing was wrong. `make` runs only then.
    pub fn or<T>(self, make: impl FnOnce() -> T) -> Result<T, Self> {
        if self.is_empty() { Ok(make()) } else { Err(self) }
    }
}

/// One answer of a group of radios or checkboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// May be empty.
    pub hint: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new() }
    }
}

/// A form as it was sent. Like [`axum::Form`], but a body that is no form ends in our own page.
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        use axum::extract::rejection::FormRejection;
        use axum::response::IntoResponse;
        match Form::<T>::from_request(request, state).await {
            Ok(Form(form)) => Ok(Self(form)),
            // Keeps 413 for what is too long; the page for it is drawn by `web::faults`.
            Err(FormRejection::BytesRejection(rejection)) => Err(rejection.into_response()),
            Err(_) => Err(Error::Invalid("the form came in a way that Schoolgate cannot read".into()).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expect: Option<&str>) {
        let mut errors = FormErrors::default();
        errors.line("name", "your name", typed);
        assert_eq!(errors.at("name"), expect, "{typed:?}");
    }

    #[test]
    fn a_line_is_there_is_one_line_and_is_not_endless() {
        check(" Róisín Ó Dálaigh ", None);
        check("", Some("Enter your name"));
        check(" \t ", Some("Enter your name"));
        check("a\nb", Some("Enter your name on one line, without special signs"));
        check("a\0b", Some("Enter your name on one line, without special signs"));
        check(&"é".repeat(LINE_CHARS_MAX), None);
        check(&"é".repeat(LINE_CHARS_MAX + 1), Some("Enter your name with 200 letters or fewer"));
    }

    #[test]
    fn nothing_is_made_while_something_is_wrong() {
        assert_eq!(FormErrors::default().or(|| 7), Ok(7));
        let errors = FormErrors::one("name", "Enter your name");
        assert_eq!(errors.clone().or(|| 7), Err(errors));
    }
}
