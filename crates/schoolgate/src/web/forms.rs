//! Forms: what was typed, what is wrong with it, and how it comes back.
//!
//! For: `pages.rs` files. A form is a struct of `String`s with `#[serde(default)]` and `parse(self) -> Result<Thing, FormErrors>`.
//! Promises: a wrong answer costs nobody what they typed; every error is listed on top and stands at its field.
//! Does not: send a password back, or decide whether somebody may do the thing.

use std::collections::HashSet;

use axum::body::{Body, Bytes};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use serde::Deserialize;
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

/// The version that a page carried. What is no number is no version that anybody saw, so the save meets a conflict.
pub fn seen(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

/// A form of which some names stand several times, or are known only once it has come: names and values in their order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a name, if the form has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same; nothing where the form does not have it.
    pub fn one(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The version that the page carried.
    pub fn seen(&self) -> i64 {
        seen(self.one("seen"))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes this value for a name, whatever the form says.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }
}

impl<Name: Into<String>, Value: Into<String>> FromIterator<(Name, Value)> for Fields {
    fn from_iter<Pairs: IntoIterator<Item = (Name, Value)>>(pairs: Pairs) -> Self {
        Fields(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// A form as it was sent. Like [`axum::Form`], but a body that is no form ends in our own page.
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        use axum::response::IntoResponse;
        let unreadable = |place: String| {
            Error::Invalid(format!("the form came in a way that Schoolgate cannot read{place}").into()).into_response()
        };
        let (head, body) = request.into_parts();
        // Keeps 413 for what is too long; the page for it is drawn by `web::faults`.
        let body = Bytes::from_request(Request::from_parts(head.clone(), body), state)
            .await
            .map_err(IntoResponse::into_response)?;
        if let Err(at) = check_encoding(&body) {
            return Err(unreadable(format!(": byte {at} is not written as forms are")));
        }
        match Form::<T>::from_request(Request::from_parts(head, Body::from(body.clone())), state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(FormRejection::InvalidFormContentType(_)) => {
                Err(unreadable(": it must be sent as application/x-www-form-urlencoded".to_owned()))
            }
            Err(_) => {
                Err(unreadable(doubled(&body).map(|name| format!(": `{name}` stands in it twice")).unwrap_or_default()))
            }
        }
    }
}

/// The first name that stands twice, as it was sent and no longer than ours are.
fn doubled(sent: &[u8]) -> Option<String> {
    let name = |pair: &'_ [u8]| -> String {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        String::from_utf8_lossy(name)
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "_-%".contains(*c))
            .take(40)
            .collect()
    };
    let mut before = HashSet::new();
    sent.split(|byte| *byte == b'&').map(name).find(|name| !before.insert(name.clone()))
}

/// A form is `name=value&..` with `%41` for bytes, and the bytes are UTF-8. Readers of forms commonly guess at what is not;
/// a guess at a name or a clause is worse than a refusal.
///
/// # Errors
/// Where it first is none, counted from 1.
fn check_encoding(sent: &[u8]) -> Result<(), usize> {
    let mut decoded = Vec::with_capacity(sent.len());
    let mut places = Vec::with_capacity(sent.len());
    let mut at = 0;
    while let Some(byte) = sent.get(at) {
        places.push(at + 1);
        let taken = match byte {
            b'%' => {
                let digits = sent.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
                let is_hex = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let value = digits.filter(is_hex).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                decoded.push(value.ok_or(at + 1)?);
                3
            }
            plain => {
                decoded.push(*plain);
                1
            }
        };
        at += taken;
    }
    let broken = std::str::from_utf8(&decoded).err();
    broken.map_or(Ok(()), |error| Err(places.get(error.valid_up_to()).copied().unwrap_or(1)))
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
    fn a_form_that_is_not_written_as_forms_are_is_refused_at_its_place() {
        let cases: [(&[u8], Result<(), usize>); 9] = [
            (b"", Ok(())),
            (b"name=R%C3%B3is%C3%ADn+O&x=%0a", Ok(())),
            ("name=Róisín".as_bytes(), Ok(())),
            (b"a=%", Err(3)),
            (b"a=%4", Err(3)),
            (b"a=%zz", Err(3)),
            (b"a=%+1", Err(3)),
            (b"a=b&c=%41%ff", Err(10)),
            (b"a=\xff", Err(3)),
        ];
        for (sent, expect) in cases {
            assert_eq!(check_encoding(sent), expect, "{}", String::from_utf8_lossy(sent));
        }
    }

    #[test]
    fn a_version_that_nobody_saw_is_no_version() {
        assert_eq!(seen("3"), 3);
        for wrong in ["", "x", "3x", "99999999999999999999"] {
            assert_eq!(seen(wrong), -1);
        }
    }

    #[test]
    fn nothing_is_made_while_something_is_wrong() {
        assert_eq!(FormErrors::default().or(|| 7), Ok(7));
        let errors = FormErrors::one("name", "Enter your name");
        assert_eq!(errors.clone().or(|| 7), Err(errors));
    }
}
