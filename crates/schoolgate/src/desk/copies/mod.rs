//! Copies of requests out in the world: sent, looked for, removed, and looked up until they are seen gone.
//!
//! For: the jobs that release and take down, and the pages that show where something is.
//! Promises: nothing is sent without a gate of the same moment, in the write that claims it; no call is waited for while a
//! write is open; a lost reply is looked for before another try; whom a copy shows is on record before it is sent; what is
//! to come down is looked up until it is seen gone, with the time.
//! Does not: remove what people have saved, or what is printed. It says so.

mod adopting;
pub mod by_hand;
pub mod copy;
mod queries;
mod removing;
mod sending;

use channels::Post;
use jiff::Timestamp;
use store::{Query, SchoolId, Tx};
use uuid::Uuid;

use super::queries as requests;
use super::request::Request;
use super::{accounts, pictures};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::appearances;
use crate::queue::{self, Job};
use crate::registers::sweep;
use copy::Copy;

pub use adopting::take_down_found;
pub use removing::{Removal, look_over, planned, receipt, remove, remove_now, take_down_for};
pub use sending::release;

/// Copies at an address, for whoever asks whether the school published it.
pub(super) async fn at_address(q: &mut impl Query, address: &str) -> Result<Vec<Copy>> {
    Ok(queries::at_address(q, address).await?)
}

/// The request as a channel gets it: the same for every try of one copy.
async fn post(app: &App, q: &mut impl Query, request: &Request, copy: &Copy) -> Result<Post> {
    let mut post = Post::new(copy.id, copy.made_at.as_millisecond(), request.content.words.clone());
    for picture in pictures::of_request(q, request.id).await? {
        let bytes = match pictures::pixels(app, q, picture.id).await {
            Ok(bytes) => bytes,
            // Destroyed: the post is only looked for, by its words and descriptions, and never sent (the gate sees to that).
            Err(Error::NotFound) => Vec::new().into(),
            Err(error) => return Err(error),
        };
        post.pictures.push(channels::Picture {
            name: format!("{}.{}", picture.id.simple(), picture.media.extension()),
            format: picture.media.sent(),
            bytes,
            alt: picture.alt,
            width: picture.width,
            height: picture.height,
        });
    }
    Ok(post)
}

/// Saves a copy after its claim, if the claim is still ours; otherwise somebody else has taken it over.
async fn save(tx: &mut Tx, copy: &Copy) -> Result<()> {
    Ok(queries::save(tx, copy).await?)
}

/// Works again on a request when the first of its copies may be touched.
async fn again(tx: &mut Tx, job: Job, copies: &[Copy], now: Timestamp) -> Result<()> {
    let next = copies.iter().map(|copy| copy.next_at).min().unwrap_or(now).max(now);
    queue::push(tx, job, next).await
}

/// A person has removed what the program could not; it is looked up once more all the same.
pub(super) async fn removed_by_hand(app: &App, tx: &mut Tx, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let copy = queries::find(tx, id).await?;
    let request = copy.request;
    if copy.may_be_public() {
        let is_called = !accounts::one(app, tx.school(), copy.account).await?.is_by_hand();
        let copy = if is_called { Copy { next_at: now, ..copy } } else { copy.gone(now) };
        save(tx, &copy).await?;
        if !is_called {
            appearances::end(tx, copy.id, now.as_millisecond()).await?;
            sweep::saw_gone(tx, &copy.found(), now).await?;
        }
    }
    queue::push(tx, Job::TakeDown(request), now).await
}

/// Reads a request and its copies as they are now.
async fn both(q: &mut impl Query, request: Uuid) -> Result<(Request, Vec<Copy>)> {
    Ok((requests::find(q, request).await?, queries::of_request(q, request).await?))
}

/// The request and one of its copies, if the copy is still the one that was claimed.
async fn claimed(tx: &mut Tx, copy: &Copy) -> Result<Option<(Request, Copy)>> {
    let now = queries::find(tx, copy.id).await?;
    if now.tries != copy.tries || now.state != copy.state {
        return Ok(None);
    }
    Ok(Some((requests::find(tx, now.request).await?, now)))
}

/// Releases at once what the queue would release in a moment. That it fails is no harm: the job is in the queue.
pub async fn hurry(app: App, school: SchoolId, request: Uuid) {
    if let Err(error) = release(&app, school, request).await {
        tracing::warn!(error = error.chain(), "a release has to wait for the queue");
    }
}

/// The school that a job works for.
type Of<'a> = (&'a App, SchoolId);
