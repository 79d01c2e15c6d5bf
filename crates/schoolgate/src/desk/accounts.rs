//! The school's official accounts as the desk sees them: what fits, what hinders, and how far they reach.

use channels::{Channel, Limits, Post};
use screening::FITTED_BYTES;
use store::SchoolId;
use uuid::Uuid;

use super::picture::Picture;
use crate::app::App;
use crate::error::{Error, Refused, Result};
use crate::permissions::ChannelKind;
use crate::registers::accounts::account::{Account as Official, Kind};
use crate::registers::accounts::{self as official, Way};

/// One account.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: Uuid,
    pub called: String,
    pub address: String,
    kind: Kind,
    limits: Limits,
    is_ready: bool,
}

impl Account {
    fn of(official: &Official) -> Account {
        Account {
            id: official.id,
            called: official.details.name.clone(),
            address: official.details.address.clone(),
            kind: official.details.kind,
            limits: official.limits(),
            is_ready: official.is_ready(),
        }
    }

    /// For samples and tests: the school's own news page.
    pub fn sample() -> Account {
        let page = "https://gate.oakfield.test/news".to_owned();
        Account::of(&Official::own_page(Uuid::from_u128(7), page))
    }

    /// On which permission people appear there.
    pub fn reach(&self) -> ChannelKind {
        match self.kind {
            Kind::Website | Kind::Feed => ChannelKind::Website,
            Kind::Bluesky | Kind::Mastodon | Kind::ByHand => ChannelKind::Social,
        }
    }

    pub fn reach_said(&self) -> &'static str {
        match self.kind {
            Kind::Website | Kind::Feed => "the school's website",
            Kind::Bluesky | Kind::Mastodon | Kind::ByHand => "the school's social media",
        }
    }

    /// The kind of service in the words of the policies.
    pub fn family(&self) -> &'static str {
        match self.kind {
            Kind::Website | Kind::Feed => "website",
            Kind::Bluesky | Kind::Mastodon => "micro-blog",
            Kind::ByHand => "network",
        }
    }

    pub fn kind_said(&self) -> &'static str {
        self.kind.label()
    }

    pub fn is_by_hand(&self) -> bool {
        self.kind == Kind::ByHand
    }

    /// How long a text is as this account counts, and how long it may be.
    pub fn length(&self, words: &str) -> (usize, usize) {
        (self.limits.length(words), self.limits.text_max)
    }

    fn too_heavy<'a>(&self, pictures: &'a [Picture]) -> impl Iterator<Item = &'a Picture> {
        let most = self.limits.picture_bytes_max;
        pictures.iter().filter(move |picture| picture.size_bytes > most)
    }

    /// What will be changed so that it fits.
    pub fn notes(&self, pictures: &[Picture]) -> Vec<String> {
        let most = kilobytes(self.limits.picture_bytes_max);
        let said = |picture: &Picture| {
            let has = kilobytes(picture.size_bytes);
            format!("Picture {} goes out smaller here: it has {has} kB, and {most} kB fit", picture.place)
        };
        self.too_heavy(pictures).map(said).collect()
    }

    /// Why this cannot go out there now.
    pub fn hindrances(&self, words: &str, pictures: &[Picture]) -> Vec<String> {
        let mut post = Post::new(Uuid::nil(), 0, words);
        post.pictures = pictures.iter().map(outline).collect();
        let mut hindrances: Vec<String> = self.limits.breaches(&post).iter().map(ToString::to_string).collect();
        // What is too heavy goes out smaller, as long as something to look at is left.
        if self.limits.picture_bytes_max < FITTED_BYTES && self.too_heavy(pictures).next().is_some() {
            let said = format!("pictures of {} kB at most fit there", self.limits.picture_bytes_max / 1000);
            hindrances.push(said);
        }
        if !self.is_ready {
            hindrances.push("the account cannot be used: its password or token has to be replaced first".to_owned());
        }
        hindrances
    }
}

/// Bytes in the unit that people know from their telephones.
fn kilobytes(bytes: usize) -> usize {
    bytes.div_ceil(1000)
}

/// A picture without its pixels: enough to count it and its description.
fn outline(picture: &Picture) -> channels::Picture {
    channels::Picture {
        name: String::new(),
        format: picture.media.sent(),
        bytes: Vec::new().into(),
        alt: picture.alt.clone(),
        width: picture.width,
        height: picture.height,
    }
}

/// The accounts on which something can be published, the school's own page first.
pub async fn offered(app: &App, school: SchoolId) -> Result<Vec<Account>> {
    let all = official::all(app, school).await?;
    let usable = all.iter().filter(|account| account.retired_at.is_none() && account.details.kind.publishes());
    Ok(usable.map(Account::of).collect())
}

/// Those that were chosen; a retired one is still told, and hinders.
pub(super) async fn chosen(app: &App, school: SchoolId, ids: &[Uuid]) -> Result<Vec<Account>> {
    let all = official::all(app, school).await?;
    Ok(all.iter().filter(|account| ids.contains(&account.id)).map(Account::of).collect())
}

pub(super) async fn one(app: &App, school: SchoolId, id: Uuid) -> Result<Account> {
    Ok(Account::of(&official::find(app, school, id).await?))
}

/// The way to an account that a program can call.
pub(super) async fn open(app: &App, school: SchoolId, id: Uuid) -> Result<Box<dyn Channel>> {
    match official::open(app, school, id).await? {
        Way::Channel(channel) => Ok(channel),
        Way::ByHand => Err(Error::Refused(Refused::because("this account is posted to by hand"))),
    }
}
