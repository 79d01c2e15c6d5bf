//! The school's own news page: public, with feeds, and with nothing on it that has been taken down.
//!
//! For: the desk, as a [`Channel`] like any other; parents and everybody else, who read it without signing in.
//!
//! Promises: the same post twice stands there once; a picture is kept sealed by a key of its own, which goes when it is taken down; a post and its pictures appear and go in one moment; nobody in between
//! may keep a copy of a page, a feed or a picture (`Cache-Control: no-store`).
//!
//! Does not: decide what may stand there, or call anybody.

pub mod pages;
mod queries;

use channels::website::News;
use channels::{Channel, Doing, Failed, Format, Limits, Page, Post, Reason, Sent, Shown, Sought, Standing, website};
use sha2::{Digest, Sha256};
use store::seal::{OwnKey, Place};
use store::{Deed, SchoolId};
use uuid::Uuid;

use crate::app::App;
use crate::error::{Error, Result};
use crate::people;

/// The purpose of the data key that wraps the pictures' own keys.
const PURPOSE: &str = "news-pictures";
/// Items on one page of news.
const PAGE_ROWS: i64 = 20;
/// Items in a feed: readers come at least once a week.
const FEED_ROWS: i64 = 50;

/// Something that stands on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The post's key.
    pub id: Uuid,
    pub title: Option<String>,
    pub text: String,
    pub at: i64,
    pub shots: Vec<Shot>,
}

/// A picture of an item, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    pub id: Uuid,
    pub number: i64,
    pub media: Format,
    pub alt: String,
    pub width: i64,
    pub height: i64,
    pub size_bytes: i64,
}

/// A page of a school's news.
pub struct Listed {
    pub items: Vec<Item>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
}

fn place(picture: Uuid, column: &'static str) -> Place {
    Place { table: "news_picture", row: picture, column }
}

/// Where a school's news are read.
pub fn address(app: &App, school: SchoolId) -> String {
    format!("{}news/{}", app.config.server.public_url, school.get())
}

fn address_of(app: &App, school: SchoolId, item: Uuid) -> String {
    format!("{}/{item}", address(app, school))
}

/// News, newest first, a page at a time, after an item of the page before. Public.
pub async fn list(app: &App, school: SchoolId, after: Option<Uuid>) -> Result<Listed> {
    people::school(app, school).await?;
    listed(app, school, after, PAGE_ROWS).await
}

async fn listed(app: &App, school: SchoolId, after: Option<Uuid>, rows: i64) -> Result<Listed> {
    let mut read = app.db.read(school).await?;
    let begin = match after {
        Some(id) => {
            let item = queries::find_item(&mut read, id).await?.ok_or(Error::NotFound)?;
            (item.at, id)
        }
        None => (i64::MAX, Uuid::max()),
    };
    let mut items = queries::items(&mut read, begin, rows).await?;
    for item in &mut items {
        item.shots = queries::shots(&mut read, item.id).await?;
    }
    let is_full = i64::try_from(items.len()).is_ok_and(|found| found == rows);
    Ok(Listed { next: items.last().filter(|_| is_full).map(|item| item.id), items })
}

/// One item. Public.
pub async fn show(app: &App, school: SchoolId, id: Uuid) -> Result<Item> {
    people::school(app, school).await?;
    let mut read = app.db.read(school).await?;
    let mut item = queries::find_item(&mut read, id).await?.ok_or(Error::NotFound)?;
    item.shots = queries::shots(&mut read, id).await?;
    Ok(item)
}

/// A picture, as long as its item stands there. Public.
pub async fn picture(app: &App, school: SchoolId, id: Uuid) -> Result<(Format, Vec<u8>)> {
    people::school(app, school).await?;
    let mut read = app.db.read(school).await?;
    let (media, (own_key, kept)) = queries::picture(&mut read, id).await?;
    let Some(own_key) = own_key else { return Ok((media, kept)) };
    let keys = app.sealer.keys(&mut read, PURPOSE).await?;
    let own = OwnKey::unwrapped(&keys, place(id, "own_key"), &own_key)?;
    Ok((media, own.open(place(id, "bytes"), &kept)?.to_vec()))
}

/// The newest news, ready for [`website::atom`] and [`website::json_feed`]. Public.
pub async fn news(app: &App, school: SchoolId) -> Result<News> {
    let name = people::school(app, school).await?.name;
    let listed = listed(app, school, None, FEED_ROWS).await?;
    let home = address(app, school);
    let item = |item: &Item| website::Item {
        id: item.id,
        address: address_of(app, school, item.id),
        title: item.title.clone(),
        text: item.text.clone(),
        at: item.at,
        pictures: item.shots.iter().map(|shot| in_feed(&home, shot)).collect(),
    };
    Ok(News {
        school: name,
        atom: format!("{home}/feed.atom"),
        json: format!("{home}/feed.json"),
        items: listed.items.iter().map(item).collect(),
        updated_at: app.clock.now().as_millisecond(),
        home,
    })
}

fn in_feed(home: &str, shot: &Shot) -> website::Shot {
    website::Shot {
        address: format!("{home}/pictures/{}", shot.id),
        alt: shot.alt.clone(),
        format: shot.media,
        bytes: usize::try_from(shot.size_bytes).unwrap_or(0),
    }
}

/// The page as a channel.
pub struct OwnPage {
    app: App,
    school: SchoolId,
}

impl OwnPage {
    pub fn new(app: App, school: SchoolId) -> OwnPage {
        OwnPage { app, school }
    }

    fn sent(&self, id: Uuid) -> Sent {
        Sent { address: address_of(&self.app, self.school, id), remote: id.to_string() }
    }

    async fn put(&self, post: &Post) -> Result<Sent> {
        let mut tx = self.app.db.write(self.school).await?;
        if queries::find_item(&mut tx, post.key).await?.is_some() {
            return Ok(self.sent(post.key));
        }
        let item =
            Item { id: post.key, title: post.title.clone(), text: post.text.clone(), at: post.at, shots: Vec::new() };
        queries::add_item(&mut tx, &item).await?;
        let keys = self.app.sealer.keys_to_seal(&mut tx, PURPOSE).await?;
        for (number, picture) in (1..).zip(&post.pictures) {
            let shot = Shot {
                // Not to be guessed from the item, nor from an earlier publication.
                id: Uuid::new_v4(),
                number,
                media: picture.format,
                alt: picture.alt.clone(),
                width: i64::from(picture.width),
                height: i64::from(picture.height),
                size_bytes: i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX),
            };
            let own = OwnKey::make()?;
            let own_key = own.wrapped(&keys, place(shot.id, "own_key"))?;
            let sealed = own.seal(place(shot.id, "bytes"), &picture.bytes)?;
            queries::add_picture(&mut tx, post.key, &shot, &(Some(own_key), sealed)).await?;
        }
        tx.commit(Deed::by_program().did("news.published").to(post.key).hash(content_hash(post))).await?;
        Ok(self.sent(post.key))
    }

    async fn is_there(&self, id: Uuid) -> Result<Option<Sent>> {
        let mut read = self.app.db.read(self.school).await?;
        Ok(queries::find_item(&mut read, id).await?.map(|item| self.sent(item.id)))
    }

    async fn remove(&self, id: Uuid) -> Result<()> {
        let mut tx = self.app.db.write(self.school).await?;
        queries::remove_pictures(&mut tx, id).await?;
        if queries::remove_item(&mut tx, id).await? == 0 {
            return Ok(());
        }
        Ok(tx.commit(Deed::by_program().did("news.taken-down").to(id)).await?)
    }

    async fn page(&self, after: Option<&str>) -> Result<Page> {
        let after = after.and_then(|after| after.parse().ok());
        let listed = listed(&self.app, self.school, after, FEED_ROWS).await?;
        let shown = |item: Item| Shown {
            sent: self.sent(item.id),
            text: item.title.iter().map(String::as_str).chain([item.text.as_str()]).collect::<Vec<_>>().join("\n"),
            at: Some(item.at),
            pictures: item.shots.into_iter().map(|shot| shot.alt).collect(),
        };
        Ok(Page { shown: listed.items.into_iter().map(shown).collect(), next: listed.next.map(|id| id.to_string()) })
    }
}

/// What was published, for the ledger; the post's random key keeps short texts from being guessed.
fn content_hash(post: &Post) -> String {
    let mut hash = Sha256::new();
    hash.update(post.key.as_bytes());
    for part in [post.title.as_deref().unwrap_or_default(), &post.text] {
        hash.update(u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
        hash.update(part.as_bytes());
    }
    for picture in &post.pictures {
        hash.update(Sha256::digest(&picture.bytes));
        hash.update(picture.alt.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// A post that stands there twice is one post, so whatever failed may be tried again.
fn failed(error: Error) -> Failed {
    match error {
        Error::Invalid(said) => Failed::Never(Reason::Refused(said.into_owned())),
        error => {
            tracing::warn!(error = error.chain(), "the news page could not be written");
            Failed::Retry { after: Failed::PAUSE, because: "the database is not available".to_owned() }
        }
    }
}

impl Channel for OwnPage {
    fn limits(&self) -> &Limits {
        &Limits::WEBSITE
    }

    fn publish<'a>(&'a self, post: &'a Post) -> Doing<'a, Sent> {
        Box::pin(async move {
            let breaches = self.limits().breaches(post);
            if !breaches.is_empty() {
                return Err(Failed::Never(Reason::TooMuch(breaches)));
            }
            self.put(post).await.map_err(failed)
        })
    }

    fn find<'a>(&'a self, sought: Sought<'a>) -> Doing<'a, Option<Sent>> {
        Box::pin(async move {
            let id = match sought {
                Sought::Unsure(post) => Some(post.key),
                Sought::Known(sent) => sent.remote.parse().ok(),
            };
            match id {
                Some(id) => self.is_there(id).await.map_err(failed),
                None => Ok(None),
            }
        })
    }

    fn take_down<'a>(&'a self, sent: &'a Sent) -> Doing<'a, ()> {
        Box::pin(async move {
            match sent.remote.parse() {
                Ok(id) => self.remove(id).await.map_err(failed),
                Err(_) => Ok(()),
            }
        })
    }

    fn check(&self) -> Doing<'_, Standing> {
        Box::pin(async move {
            let school = people::school(&self.app, self.school).await.map_err(failed)?;
            Ok(Standing { called: school.name, limits: *self.limits() })
        })
    }

    fn shown<'a>(&'a self, after: Option<&'a str>) -> Doing<'a, Page> {
        Box::pin(async move { self.page(after).await.map_err(failed) })
    }
}

#[cfg(test)]
mod tests;
