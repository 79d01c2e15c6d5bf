//! How one person signs in: an address, perhaps a password, perhaps an authenticator app, perhaps passkeys.

use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// RFC 5321 allows no longer path.
pub const ADDRESS_BYTES_MAX: usize = 254;

/// An e-mail address as it is looked up: normalised and in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads what people type. Not a full reading of RFC 5322: an address that passes may still not exist.
    pub fn parse(typed: &str) -> Option<Address> {
        if typed.len() > 2 * ADDRESS_BYTES_MAX {
            return None;
        }
        let address: String = typed.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let is_part =
            |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
        let is_plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>' | ',' | ';' | '"');
        let fits = address.len() <= ADDRESS_BYTES_MAX && is_part(local) && is_part(domain);
        (fits && local.chars().all(is_plain) && domain.chars().all(|c| is_plain(c) && c != '_'))
            .then_some(Address(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One row of the account table. Sealed values stay sealed here.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: Uuid,
    pub version: i64,
    pub person: Uuid,
    pub address: String,
    /// Argon2id; none until a set-up link was used.
    pub password: Option<String>,
    pub authenticator: Option<Vec<u8>>,
    /// The step of the last accepted code.
    pub authenticator_step: Option<i64>,
    pub authenticator_offered: Option<Vec<u8>>,
}

/// A passkey as it is kept. The credential is sealed.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: Uuid,
    pub name: String,
    pub credential_hash: Vec<u8>,
    pub credential: Vec<u8>,
    pub made_at: i64,
    pub used_at: Option<i64>,
}

/// What a password must be followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    SecondFactor,
}

impl Account {
    /// An app or a passkey, once there, is always asked for.
    pub fn wanted_after_password(&self, passkeys: usize) -> Wanted {
        match self.authenticator.is_some() || passkeys > 0 {
            true => Wanted::SecondFactor,
            false => Wanted::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address_however_it_is_typed() {
        for typed in
            ["ada.bell@oakfield.test", " Ada.Bell@Oakfield.test ", "ADA.BELL@oakfield.test", "ａda.bell@oakfield.test"]
        {
            assert_eq!(Address::parse(typed).as_ref().map(Address::as_str), Some("ada.bell@oakfield.test"), "{typed}");
        }
        assert!(Address::parse("o'neill+gate@oakfield.test").is_some());
        assert!(Address::parse("zoë@oakfield.test").is_some());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@oakfield.test", "a".repeat(ADDRESS_BYTES_MAX));
        for typed in [
            "",
            "@",
            "ada",
            "ada@",
            "@oakfield.test",
            "a b@c.test",
            "a@b@c.test",
            "a@b\n.test",
            "a@.test",
            "a..b@c.test",
            &long,
        ] {
            assert_eq!(Address::parse(typed), None, "{typed:.40}");
        }
    }
}
