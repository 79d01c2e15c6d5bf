//! The school's mail server, as the settings name it.

use std::fmt;
use std::path::PathBuf;

use channels::mail::{Security, is_address};
use zeroize::Zeroizing;

use super::{Given, Place, expected_of};

/// Where mail is handed over. Without these settings nothing is mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// None: the server asks for no name.
    pub login: Option<(String, Password)>,
    /// What stands as the sender's address on every letter.
    pub from: String,
    /// Who vouches for the server's certificate, where that is nobody whom everybody trusts.
    pub authority: Option<PathBuf>,
}

/// Where the password comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    File(PathBuf),
    Given(Zeroizing<String>),
}

/// A password is never shown, not even in a log of the settings.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Given(_) => f.write_str("Given(..)"),
        }
    }
}

impl Mail {
    /// Whether nothing leaves this machine.
    pub fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

impl Given {
    /// The whole section, or nothing of it.
    pub(super) fn mail(&mut self) -> Option<Mail> {
        let is_host = |text: &str| {
            let is_part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | ':');
            (!text.is_empty() && text.chars().all(is_part)).then(|| text.to_owned())
        };
        let host = self.read("mail.server", is_host);
        let security = self.read("mail.security", |text| match text {
            "tls" => Some(Security::Tls),
            "starttls" => Some(Security::StartTls),
            "none" => Some(Security::Loopback),
            _ => None,
        });
        let port = self.read("mail.port", |text| text.parse().ok().filter(|port| *port != 0));
        let from = self.read("mail.from", |text| is_address(text).then(|| text.to_owned()));
        let authority = self.read("mail.authority", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let login = self.login();
        let Some(host) = host else {
            let lonely = self.values.iter().find(|(key, _)| key.starts_with("mail."));
            if let Some((key, (_, place))) = lonely.filter(|(key, _)| **key != "mail.server") {
                let (key, place): (&'static str, Place) = (*key, place.clone());
                self.fault(place, format!("`{key}` needs `mail.server`: {}", expected_of("mail.server")));
            }
            return None;
        };
        let Some(from) = from else {
            if !self.values.contains_key("mail.from") {
                self.wrong::<()>("mail.server", &format!("needs `mail.from`: {}", expected_of("mail.from")));
            }
            return None;
        };
        let security = security.unwrap_or(Security::Tls);
        let usual = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::Loopback => 25,
        };
        let mail = Mail { host, port: port.unwrap_or(usual), security, login, from, authority };
        if security == Security::Loopback && !mail.is_here() {
            return self.wrong("mail.security", "can be \"none\" only for a mail server on this machine");
        }
        Some(mail)
    }

    fn login(&mut self) -> Option<(String, Password)> {
        let user = self.read("mail.user", |text| (!text.is_empty()).then(|| text.to_owned()));
        let words = self
            .read("mail.password", |text| (!text.is_empty()).then(|| Password::Given(Zeroizing::new(text.to_owned()))));
        let file =
            self.read("mail.password_file", |text| (!text.is_empty()).then(|| Password::File(PathBuf::from(text))));
        if words.is_some() && file.is_some() {
            return self.wrong("mail.password", "and `mail.password_file` exclude each other");
        }
        match (user, words.or(file)) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => self.wrong("mail.user", "needs `mail.password` or `mail.password_file`"),
            (None, Some(Password::Given(_))) => self.wrong("mail.password", "needs `mail.user`"),
            (None, Some(Password::File(_))) => self.wrong("mail.password_file", "needs `mail.user`"),
        }
    }
}
