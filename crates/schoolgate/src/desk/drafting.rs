//! Writing a request: words, times, accounts, pictures, and who is in them. Every change makes its author a writer and
//! takes back what was approved before.

use screening::{Cleaned, Edit};
use store::{Deed, Tx};
use uuid::Uuid;

use super::picture::{ALT_CHARS_MAX, InIt, Picture};
use super::request::{Content, Request};
use super::{pictures, queries};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};

/// Begins a request.
pub async fn begin(app: &App, caller: &Caller, content: Content) -> Result<Uuid> {
    app.access.may(caller, Act::WriteRequest, Thing::premises(caller.school))?;
    let now = app.clock.now();
    let request = Request::new(caller.school, Uuid::now_v7(), caller.person, content, now);
    let mut tx = app.db.write(caller.school).await?;
    queries::add(&mut tx, &request).await?;
    queries::add_writer(&mut tx, request.id, caller.person, now.as_millisecond()).await?;
    save_accounts(&mut tx, &request).await?;
    tx.commit(Deed::by(caller.person).did("desk.begun").to(request.id).hash(spelled(&request))).await?;
    Ok(request.id)
}

async fn save_accounts(tx: &mut Tx, request: &Request) -> Result<()> {
    queries::forget_accounts(tx, request.id).await?;
    for account in &request.content.accounts {
        queries::add_account(tx, request.id, *account).await?;
    }
    Ok(())
}

/// What a deed about a request's content is bound to. The random id keeps short texts from being guessed.
pub(super) fn spelled(request: &Request) -> String {
    let content = &request.content;
    format!("{} {} {} {}", request.id, request.edition, content.purpose.code(), content.words)
}

/// Changes words, purpose, accounts and times, if the request is still what the caller saw.
pub async fn rewrite(app: &App, caller: &Caller, seen: Seen, content: Content) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = Request { content, ..changed(app, caller, &mut tx, seen).await? };
    save_accounts(&mut tx, &request).await?;
    finish(tx, caller, &request, "desk.rewritten").await
}

/// Which request, and the version of it that a page showed.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub request: Uuid,
    pub version: i64,
}

/// The request as it is after a change by the caller, still to be saved.
async fn changed(app: &App, caller: &Caller, tx: &mut Tx, seen: Seen) -> Result<Request> {
    let request = queries::find(tx, seen.request).await?;
    app.access.may(caller, Act::EditRequest, request.thing())?;
    if request.version != seen.version {
        return Err(Error::Conflict);
    }
    Ok(request.edit(caller.person, app.clock.now())?)
}

/// Saves the change and whose it was.
async fn finish(mut tx: Tx, caller: &Caller, request: &Request, verb: &'static str) -> Result<()> {
    queries::save(&mut tx, request).await?;
    queries::add_writer(&mut tx, request.id, caller.person, request.state_at.as_millisecond()).await?;
    let deed = Deed::by(caller.person).did(verb).to(request.id).hash(spelled(request));
    Ok(tx.commit(deed).await?)
}

/// How many of the pictures were new.
pub async fn add_pictures(app: &App, caller: &Caller, id: Uuid, cleaned: &[Cleaned]) -> Result<usize> {
    let mut tx = app.db.write(caller.school).await?;
    // A picture is added to whatever stands there by now, so two windows do not push one another's pictures out.
    let version = queries::find(&mut tx, id).await?.version;
    let request = changed(app, caller, &mut tx, Seen { request: id, version }).await?;
    let mut added = 0;
    for one in cleaned {
        added += usize::from(pictures::add(app, &mut tx, id, one).await?.is_some());
    }
    if added > 0 {
        finish(tx, caller, &request, "desk.picture-added").await?;
    }
    Ok(added)
}

/// What is said about a picture.
#[derive(Clone, Debug)]
pub struct Said {
    pub alt: String,
    pub in_it: InIt,
}

/// Says what a picture shows and who is in it.
pub async fn describe(app: &App, caller: &Caller, picture: Uuid, seen: Seen, said: Said) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let (request, picture) = changed_with(app, caller, &mut tx, seen, picture).await?;
    if said.alt.chars().count() > ALT_CHARS_MAX {
        return Err(Refused::because("the description is too long for any channel").into());
    }
    pictures::save(&mut tx, &Picture { alt: said.alt, in_it: said.in_it, ..picture }).await?;
    finish(tx, caller, &request, "desk.picture-described").await
}

async fn changed_with(
    app: &App,
    caller: &Caller,
    tx: &mut Tx,
    seen: Seen,
    picture: Uuid,
) -> Result<(Request, Picture)> {
    let request = changed(app, caller, tx, seen).await?;
    let picture = pictures::find(tx, picture).await?;
    // A picture of another request is not this request's to change, whoever asks.
    if picture.request != request.id {
        return Err(Error::NotFound);
    }
    Ok((request, picture))
}

/// Covers, blurs or cuts regions. `Ok(Err(..))` is the sentence for the person who marked them.
pub async fn edit_picture(
    app: &App,
    caller: &Caller,
    picture: Uuid,
    seen: Seen,
    edits: Vec<Edit>,
) -> Result<std::result::Result<(), screening::Refused>> {
    let (found, bytes) = show_picture(app, caller, picture).await?;
    // The work on pixels takes longer than others should wait for the school's one write.
    let redrawn = match pictures::edited(&found, bytes.to_vec(), edits).await? {
        Ok(redrawn) => redrawn,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut tx = app.db.write(caller.school).await?;
    let (request, now) = changed_with(app, caller, &mut tx, seen, picture).await?;
    if now.version != found.version {
        return Err(Error::Conflict);
    }
    pictures::redraw(app, &mut tx, now, &redrawn).await?;
    finish(tx, caller, &request, "desk.picture-changed").await?;
    Ok(Ok(()))
}

pub async fn remove_picture(app: &App, caller: &Caller, picture: Uuid, seen: Seen) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let (request, picture) = changed_with(app, caller, &mut tx, seen, picture).await?;
    pictures::remove(&mut tx, &picture).await?;
    finish(tx, caller, &request, "desk.picture-removed").await
}

/// A picture with its pixels, for those who may see its request.
pub async fn show_picture(app: &App, caller: &Caller, id: Uuid) -> Result<(Picture, std::sync::Arc<[u8]>)> {
    let mut read = app.db.read(caller.school).await?;
    let picture = pictures::find(&mut read, id).await?;
    let request = queries::find(&mut read, picture.request).await?;
    app.access.may(caller, Act::SeeRequest, request.thing())?;
    let pixels = pictures::pixels(app, &mut read, id).await?;
    Ok((picture, pixels))
}

/// Says of something that screening asked about that nobody of the school is meant.
pub async fn answer(app: &App, caller: &Caller, id: Uuid, asked: &[u8]) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = queries::find(&mut tx, id).await?;
    app.access.may(caller, Act::EditRequest, request.thing())?;
    if !request.state.is_open() {
        return Err(Refused::because("this request cannot be changed any more").into());
    }
    let now = app.clock.now().as_millisecond();
    queries::add_answer(&mut tx, id, asked, (caller.person, now)).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.answered").to(id).hash(asked)).await?)
}

/// Longest remark; what needs more is said in person.
pub const REMARK_CHARS_MAX: usize = 2_000;

/// Says something about a request, to everybody who may see it.
pub async fn remark(app: &App, caller: &Caller, id: Uuid, words: &str) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = queries::find(&mut tx, id).await?;
    app.access.may(caller, Act::RemarkRequest, request.thing())?;
    let at = app.clock.now().as_millisecond();
    let remark = queries::Remark { person: Some(caller.person), at, words: words.to_owned() };
    queries::add_remark(&mut tx, id, &remark).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.remarked").to(id)).await?)
}

/// Gives a request up; its pictures are destroyed.
pub async fn discard(app: &App, caller: &Caller, seen: Seen) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = queries::find(&mut tx, seen.request).await?;
    app.access.may(caller, Act::EditRequest, request.thing())?;
    if request.version != seen.version {
        return Err(Error::Conflict);
    }
    let mut request = request.discard(app.clock.now())?;
    request.content.words.clear();
    pictures::forget(&mut tx, request.id).await?;
    queries::save(&mut tx, &request).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.discarded").to(request.id)).await?)
}
