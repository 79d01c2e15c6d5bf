//! What the pages about official accounts ask, and how an answer is read.

use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::account::{Details, Given, Kind, Known, SERVICE_BYTES_MAX};
use crate::web::forms::{Choice, FormErrors};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    pub kind: String,
    pub name: String,
    pub address: String,
    pub service: String,
    pub handle: String,
    pub purpose: String,
    pub responsible: String,
    pub recovery: String,
    pub second_factor: String,
    /// The version that the page showed; empty for a new account.
    pub seen: String,
}

/// The secret part, kept apart so that no form with it is ever shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SecretForm {
    pub secret: String,
    pub seen: String,
}

/// Both together, as the page for a new account sends them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewForm {
    #[serde(flatten)]
    pub account: AccountForm,
    pub secret: String,
}

impl AccountForm {
    pub(super) fn empty(kind: Kind) -> AccountForm {
        let service = if kind == Kind::Bluesky { "https://bsky.social" } else { "" };
        AccountForm { kind: kind.code().to_owned(), service: service.to_owned(), ..AccountForm::default() }
    }

    pub(super) fn of(details: &Details, version: i64) -> AccountForm {
        AccountForm {
            kind: details.kind.code().to_owned(),
            name: details.name.clone(),
            address: details.address.clone(),
            service: details.service.clone(),
            handle: details.handle.clone(),
            purpose: details.purpose.clone(),
            responsible: details.responsible.to_string(),
            recovery: details.recovery.clone(),
            second_factor: details.second_factor.code().to_owned(),
            seen: version.to_string(),
        }
    }

    /// `kind` comes from the page, not from the form, so that an account cannot change it.
    pub(super) fn parse(&self, kind: Kind) -> Result<Details, FormErrors> {
        let mut errors = FormErrors::default();
        let name = errors.line("name", "a name for the account", &self.name);
        let address = web_address(&mut errors, "address", &self.address);
        let service = match kind.is_called() {
            true => web_address(&mut errors, "service", &self.service),
            false => String::new(),
        };
        let handle = match kind {
            Kind::Bluesky => errors.line("handle", "the name that the account signs in with", &self.handle),
            _ => String::new(),
        };
        let purpose = errors.line("purpose", "what the account is for", &self.purpose);
        let responsible: Option<Uuid> = self.responsible.parse().ok();
        if responsible.is_none() {
            errors.add("responsible", "Choose who answers for the account");
        }
        let recovery = self.recovery.trim();
        if !recovery.is_empty() {
            errors.line("recovery", "who gets back in if the password is lost", recovery);
        }
        let second_factor = Known::from_code(&self.second_factor);
        if second_factor.is_none() {
            errors.add("second_factor", "Choose whether signing in takes a second step, or that it is not known");
        }
        errors.or(|| Details {
            kind,
            name,
            address,
            service,
            handle: handle.trim_start_matches('@').to_owned(),
            purpose,
            responsible: responsible.unwrap_or_default(),
            recovery: recovery.to_owned(),
            second_factor: second_factor.unwrap_or(Known::Unknown),
        })
    }
}

fn web_address(errors: &mut FormErrors, field: &'static str, typed: &str) -> String {
    let typed = typed.trim();
    let url = Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url.filter(|url| url.as_str().len() <= SERVICE_BYTES_MAX && url.username().is_empty()) {
        Some(url) => url.to_string(),
        None => {
            errors.add(field, "Enter a web address that begins with https://, without a password in it");
            String::new()
        }
    }
}

/// What is said where a password or token is wanted and what was typed cannot be one.
pub(super) fn secret(typed: &str) -> Result<Given, FormErrors> {
    Given::parse(typed).ok_or_else(|| FormErrors::one("secret", "Enter the password or token, on one line"))
}

pub(super) fn known_choices() -> Vec<Choice> {
    Known::ALL.map(|known| Choice::new(known.code(), known.label())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_asks_what_it_needs() {
        let missing = |kind| {
            let errors = AccountForm::default().parse(kind).unwrap_err();
            errors.all().iter().map(|error| error.field).collect::<Vec<_>>()
        };
        let common = ["name", "address", "purpose", "responsible", "second_factor"];
        assert_eq!(missing(Kind::ByHand), common);
        assert!(missing(Kind::Bluesky).contains(&"handle") && missing(Kind::Bluesky).contains(&"service"));
        assert!(missing(Kind::Mastodon).contains(&"service") && !missing(Kind::Mastodon).contains(&"handle"));
    }

    #[test]
    fn an_address_is_one_of_the_web_without_a_password() {
        for (typed, good) in [
            ("https://bsky.app/profile/oakfield.test", true),
            (" http://oakfield.test ", true),
            ("javascript:alert(1)", false),
            ("https://user:word@oakfield.test", false),
            ("oakfield", false),
            ("", false),
        ] {
            let mut errors = FormErrors::default();
            web_address(&mut errors, "address", typed);
            assert_eq!(errors.is_empty(), good, "{typed}");
        }
        let form = AccountForm {
            name: "School".into(),
            address: "https://bsky.app/profile/oakfield.test".into(),
            service: "https://bsky.social".into(),
            handle: "@oakfield.test".into(),
            purpose: "News".into(),
            responsible: Uuid::from_u128(7).to_string(),
            second_factor: "yes".into(),
            ..AccountForm::default()
        };
        assert_eq!(form.parse(Kind::Bluesky).map(|details| details.handle), Ok("oakfield.test".to_owned()));
        assert!(secret(" ").is_err() && secret("abcd-efgh").is_ok());
    }
}
