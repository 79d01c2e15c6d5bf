//! An official account, and what may be done with it.

use channels::Limits;
use channels::limits::Count;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::Refused;

/// Longest password or token; those of the networks have under 200 bytes.
pub const SECRET_BYTES_MAX: usize = 1_000;
pub const SERVICE_BYTES_MAX: usize = 300;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The school's own news page, served here.
    Website,
    Bluesky,
    Mastodon,
    /// A network that no program may post to: somebody posts a bundle.
    ByHand,
    /// A site that is only read, to see what it shows.
    Feed,
}

impl Kind {
    /// Those that somebody may add.
    pub const ADDED: [Kind; 4] = [Kind::Bluesky, Kind::Mastodon, Kind::ByHand, Kind::Feed];

    pub fn code(self) -> &'static str {
        match self {
            Kind::Website => "website",
            Kind::Bluesky => "bluesky",
            Kind::Mastodon => "mastodon",
            Kind::ByHand => "by-hand",
            Kind::Feed => "feed",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Kind::Website => "The school's own news page",
            Kind::Bluesky => "Bluesky",
            Kind::Mastodon => "Mastodon",
            Kind::ByHand => "Another network, posted to by hand",
            Kind::Feed => "A website with a feed, only looked at",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        [Kind::Website].into_iter().chain(Kind::ADDED).find(|kind| kind.code() == code)
    }

    /// Whether a server is called for it.
    pub fn is_called(self) -> bool {
        matches!(self, Kind::Bluesky | Kind::Mastodon | Kind::Feed)
    }

    pub fn has_credentials(self) -> bool {
        matches!(self, Kind::Bluesky | Kind::Mastodon)
    }

    /// Whether posts can go out on it.
    pub fn publishes(self) -> bool {
        self != Kind::Feed
    }

    /// What fits, where a server says nothing else.
    pub fn limits(self) -> Limits {
        match self {
            Kind::Website | Kind::Feed => Limits::WEBSITE,
            Kind::ByHand => Limits::BUNDLE,
            Kind::Bluesky => Limits::BLUESKY,
            Kind::Mastodon => Limits::MASTODON,
        }
    }
}

/// Whether something is so. Not knowing is an answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Yes,
    No,
    Unknown,
}

impl Known {
    pub const ALL: [Known; 3] = [Known::Yes, Known::No, Known::Unknown];

    pub fn code(self) -> &'static str {
        match self {
            Known::Yes => "yes",
            Known::No => "no",
            Known::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Known::Yes => "Yes",
            Known::No => "No",
            Known::Unknown => "Not known",
        }
    }

    pub fn from_code(code: &str) -> Option<Known> {
        Known::ALL.into_iter().find(|known| known.code() == code)
    }
}

/// What is written about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub kind: Kind,
    pub name: String,
    /// Where people see it.
    pub address: String,
    /// The server that is called; empty where none is.
    pub service: String,
    /// The name to sign in with; empty where there is none.
    pub handle: String,
    pub purpose: String,
    pub responsible: Uuid,
    pub recovery: String,
    pub second_factor: Known,
}

/// What the last try of the credentials showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Works,
    /// They are wrong, withdrawn or too old.
    Refused,
    /// Nobody knows: the network did not answer.
    Unreachable,
}

impl Finding {
    pub const ALL: [Finding; 3] = [Finding::Works, Finding::Refused, Finding::Unreachable];

    pub fn code(self) -> &'static str {
        match self {
            Finding::Works => "works",
            Finding::Refused => "refused",
            Finding::Unreachable => "unreachable",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Finding::Works => "Works",
            Finding::Refused => "Not accepted: replace the password or token",
            Finding::Unreachable => "Could not be tried: the network did not answer",
        }
    }

    pub fn from_code(code: &str) -> Option<Finding> {
        Finding::ALL.into_iter().find(|finding| finding.code() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: Uuid,
    pub version: i64,
    pub details: Details,
    /// Sealed.
    pub credentials: Option<Vec<u8>>,
    pub credentials_at: Option<i64>,
    /// What the server said fits.
    pub(super) said: Option<Said>,
    pub finding: Option<Finding>,
    pub checked_at: Option<i64>,
    pub made_at: i64,
    pub retired_at: Option<i64>,
}

/// Limits as they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    text: usize,
    each_address: Option<usize>,
    pictures: usize,
    picture_bytes: usize,
    alt: usize,
}

/// A password or token as somebody typed it.
pub struct Given(Zeroizing<String>);

impl Given {
    /// What was typed, without the blanks around it. `None`: nothing, too long, or with signs that no password has.
    pub fn parse(typed: &str) -> Option<Given> {
        let typed = typed.trim();
        let fits = !typed.is_empty() && typed.len() <= SECRET_BYTES_MAX && !typed.chars().any(char::is_control);
        fits.then(|| Given(Zeroizing::new(typed.to_owned())))
    }

    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl Account {
    /// The page that every school has.
    pub fn own_page(school: Uuid, address: String) -> Account {
        let details = Details {
            kind: Kind::Website,
            name: "News page".to_owned(),
            address,
            service: String::new(),
            handle: String::new(),
            purpose: "News for everybody".to_owned(),
            responsible: Uuid::nil(),
            recovery: String::new(),
            second_factor: Known::Unknown,
        };
        Account { id: school, ..Account::fresh(school, details, 0) }
    }

    /// # Errors
    /// The school's own page, which is there already.
    pub fn new(id: Uuid, details: Details, now: i64) -> Result<Account, Refused> {
        if details.kind == Kind::Website {
            return Err(Refused::because("every school has its own news page already"));
        }
        Ok(Account::fresh(id, details, now))
    }

    fn fresh(id: Uuid, details: Details, now: i64) -> Account {
        Account {
            id,
            version: 1,
            details,
            credentials: None,
            credentials_at: None,
            said: None,
            finding: None,
            checked_at: None,
            made_at: now,
            retired_at: None,
        }
    }

    /// What fits on it.
    pub fn limits(&self) -> Limits {
        let usual = self.details.kind.limits();
        let Some(said) = self.said else { return usual };
        Limits {
            count: said.each_address.map_or(Count::Letters, Count::Addresses),
            text_max: said.text,
            pictures_max: said.pictures,
            picture_bytes_max: said.picture_bytes,
            alt_max: said.alt,
            ..usual
        }
    }

    /// Whether a release may count on it now: nothing is known that stands in the way.
    pub fn is_ready(&self) -> bool {
        let has_what_it_needs = !self.details.kind.has_credentials() || self.credentials.is_some();
        self.retired_at.is_none()
            && self.details.kind.publishes()
            && has_what_it_needs
            && self.finding != Some(Finding::Refused)
    }

    fn in_use(self) -> Result<Account, Refused> {
        match self.retired_at {
            None => Ok(self),
            Some(_) => Err(Refused::because("this account is retired")),
        }
    }

    /// # Errors
    /// A retired account, or another kind.
    pub fn edited(self, details: Details) -> Result<Account, Refused> {
        let account = self.in_use()?;
        if account.details.kind != details.kind {
            return Err(Refused::because("an account stays of its kind: add another one"));
        }
        // Credentials are for one server and one name: they must not be sent to another.
        let is_same = (&account.details.service, &account.details.handle) == (&details.service, &details.handle);
        let account = Account { details, ..account };
        Ok(if is_same { account } else { account.without_credentials() })
    }

    fn without_credentials(self) -> Account {
        Account { credentials: None, credentials_at: None, said: None, finding: None, checked_at: None, ..self }
    }

    /// # Errors
    /// A retired account, or one that is not signed in to.
    pub fn with_credentials(self, sealed: Vec<u8>, now: i64) -> Result<Account, Refused> {
        let account = self.in_use()?;
        if !account.details.kind.has_credentials() {
            return Err(Refused::because("nothing is signed in to on this kind of account"));
        }
        Ok(Account { credentials: Some(sealed), credentials_at: Some(now), ..account.without_credentials() })
    }

    #[must_use]
    pub fn checked(self, finding: Finding, limits: Option<Limits>, now: i64) -> Account {
        let said = limits.map(|limits| Said {
            text: limits.text_max,
            each_address: match limits.count {
                Count::Letters => None,
                Count::Addresses(each) => Some(each),
            },
            pictures: limits.pictures_max,
            picture_bytes: limits.picture_bytes_max,
            alt: limits.alt_max,
        });
        Account { finding: Some(finding), checked_at: Some(now), said: said.or(self.said), ..self }
    }

    /// # Errors
    /// An account that is retired already.
    pub fn retired(self, now: i64) -> Result<Account, Refused> {
        Ok(Account { retired_at: Some(now), ..self.in_use()?.without_credentials() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(kind: Kind) -> Account {
        let details = Details {
            kind,
            name: "School".into(),
            address: "https://oakfield.test".into(),
            service: "https://social.oakfield.test".into(),
            handle: "oakfield.test".into(),
            purpose: "News".into(),
            responsible: Uuid::nil(),
            recovery: String::new(),
            second_factor: Known::Unknown,
        };
        Account::fresh(Uuid::from_u128(7), details, 5)
    }

    #[test]
    fn credentials_never_follow_an_account_to_another_server() {
        let held = account(Kind::Bluesky).with_credentials(vec![1], 9).expect("a kind with credentials");
        let same = held.clone().edited(Details { purpose: "Other".into(), ..held.details.clone() }).expect("in use");
        assert_eq!(same.credentials, Some(vec![1]));
        for moved in [
            Details { service: "https://elsewhere.test".into(), ..held.details.clone() },
            Details { handle: "other.test".into(), ..held.details.clone() },
        ] {
            assert_eq!(held.clone().edited(moved).expect("in use").credentials, None);
        }
        assert!(held.clone().edited(account(Kind::Mastodon).details).is_err());
        assert!(account(Kind::ByHand).with_credentials(vec![1], 9).is_err());
    }

    #[test]
    fn a_retired_account_has_nothing_left_to_sign_in_with() {
        let held = account(Kind::Mastodon).with_credentials(vec![1], 9).expect("a kind with credentials");
        let retired = held.retired(10).expect("in use");
        assert_eq!((retired.credentials.clone(), retired.retired_at), (None, Some(10)));
        assert!(!retired.is_ready());
        assert!(retired.clone().retired(11).is_err() && retired.with_credentials(vec![2], 11).is_err());
    }

    #[test]
    fn an_account_is_ready_unless_something_is_known_against_it() {
        assert!(!account(Kind::Bluesky).is_ready());
        let held = account(Kind::Bluesky).with_credentials(vec![1], 9).expect("a kind with credentials");
        assert!(held.is_ready());
        assert!(held.clone().checked(Finding::Unreachable, None, 10).is_ready());
        assert!(!held.clone().checked(Finding::Refused, None, 10).is_ready());
        assert!(account(Kind::ByHand).is_ready() && !account(Kind::Feed).is_ready());
        let limits = Limits { text_max: 1_000, ..Limits::MASTODON };
        let checked = account(Kind::Mastodon).checked(Finding::Works, Some(limits), 10);
        assert_eq!(checked.limits(), limits);
        assert_eq!(checked.checked(Finding::Unreachable, None, 11).limits(), limits, "what was said goes on holding");
    }

    #[test]
    fn every_kind_and_finding_is_read_back() {
        for kind in Kind::ADDED {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
        }
        for finding in Finding::ALL {
            assert_eq!(Finding::from_code(finding.code()), Some(finding));
        }
        assert!(Given::parse(" \t").is_none() && Given::parse("a\u{0}b").is_none());
        assert_eq!(Given::parse(" xxxx-yyyy ").expect("a password").secret(), "xxxx-yyyy");
    }
}
