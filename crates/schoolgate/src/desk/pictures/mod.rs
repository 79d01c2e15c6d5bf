//! The pictures of requests: taken in, cleaned, sealed, shown to those who may see the request, destroyed.
//!
//! For: the composer and the release.
//! Promises: what is kept holds nothing but pixels, under a random name, sealed by a key of its own; destroying the key
//! destroys the picture; what the original carried is told once and kept nowhere; no more pictures are decoded at once than
//! there is memory for, here or in a process of their own.
//! Does not: look at what the pixels show, or keep an original.

mod queries;

use std::sync::{Arc, LazyLock};

use screening::{Cleaned, Edit, FoundMetadata, Limits};
use sha2::{Digest, Sha256};
use store::seal::{Keys, OwnKey, Place};
use store::{Query, Tx};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::picture::{Format, InIt, PICTURES_MAX, Picture};
use crate::app::App;
use crate::app::decoder::AvifDecoder;
use crate::error::{Error, Refused, Result};

/// The purpose of the data key that wraps the pictures' own keys.
const PURPOSE: &str = "pictures";
/// Pictures that are decoded at once, whoever sent them: each may hold 200 MB of pixels for a moment.
const DECODED_AT_ONCE: usize = 2;
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(DECODED_AT_ONCE));

/// Largest file that is taken; the rest of a longer one is not even read.
pub const FILE_BYTES_MAX: usize = 25 << 20;
/// All files of one form, and its other fields.
pub const FORM_BYTES_MAX: usize = PICTURES_MAX * FILE_BYTES_MAX + (1 << 20);

/// A picture that has just been cleaned, and what its original carried.
pub struct Fresh {
    pub cleaned: Cleaned,
    pub found: Vec<FoundMetadata>,
}

/// Cleans a picture away from the threads that answer requests.
///
/// # Errors
/// The sentence for the person who chose it.
pub async fn clean(avif: AvifDecoder, bytes: Vec<u8>) -> Result<std::result::Result<Fresh, screening::Refused>> {
    worked(move || {
        let cleaned = screening::picture_by(&bytes, &Limits::default(), &|one| avif.decoded(one))?;
        Ok(Fresh { found: cleaned.found.clone(), cleaned })
    })
    .await
}

/// Covers, blurs and cuts regions of a picture that is kept.
pub async fn edited(
    picture: &Picture,
    bytes: Vec<u8>,
    edits: Vec<Edit>,
) -> Result<std::result::Result<Cleaned, screening::Refused>> {
    let (format, width, height) = (picture.media.screened(), picture.width, picture.height);
    let whole = Cleaned { bytes, format, width, height, found: Vec::new() };
    worked(move || screening::edited(&whole, &edits, &Limits::default())).await
}

/// The pictures of a post, made smaller where an account takes less. A post that is tried again gets the same ones.
pub(super) async fn fitted(
    post: channels::Post,
    bytes_max: usize,
) -> Result<std::result::Result<channels::Post, String>> {
    if post.pictures.iter().all(|picture| picture.bytes.len() <= bytes_max) {
        return Ok(Ok(post));
    }
    worked(move || {
        let mut post = post;
        for picture in &mut post.pictures {
            let format = match picture.format {
                channels::Format::Jpeg => screening::Format::Jpeg,
                channels::Format::Png => screening::Format::Png,
            };
            let (width, height) = (picture.width, picture.height);
            let whole = Cleaned { bytes: picture.bytes.to_vec(), format, width, height, found: Vec::new() };
            let smaller =
                screening::fitted(&whole, bytes_max, &Limits::default()).map_err(|refused| refused.to_string())?;
            (picture.width, picture.height) = (smaller.width, smaller.height);
            picture.bytes = smaller.bytes.into();
        }
        Ok(post)
    })
    .await
}

async fn worked<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = DECODING.acquire().await.map_err(|error| Error::unavailable("the picture desk", error))?;
    let done = tokio::task::spawn_blocking(work).await;
    drop(turn);
    done.map_err(|error| Error::fault("cleaning a picture", error))
}

fn key_place(row: Uuid) -> Place {
    Place { table: "picture", row, column: "own_key" }
}

fn content_place(row: Uuid) -> Place {
    Place { table: "picture", row, column: "content" }
}

fn sealed(keys: &Keys, picture: Picture, bytes: &[u8]) -> Result<queries::Sealed> {
    let own = OwnKey::make()?;
    let own_key = own.wrapped(keys, key_place(picture.id))?;
    let content = own.seal(content_place(picture.id), bytes)?;
    Ok(queries::Sealed { picture, own_key, content })
}

/// Adds a clean picture at the end of a request's; `None`: this very picture is there already.
pub(super) async fn add(app: &App, tx: &mut Tx, request: Uuid, cleaned: &Cleaned) -> Result<Option<Picture>> {
    let there = queries::of_request(tx, request).await?;
    let hash = Sha256::digest(&cleaned.bytes).to_vec();
    if there.iter().any(|picture| picture.hash == hash) {
        return Ok(None);
    }
    if there.len() >= PICTURES_MAX {
        return Err(Refused::because("a request has ten pictures at most: take one out first").into());
    }
    let place = there.last().map_or(1, |last| last.place + 1);
    let picture = Picture {
        // Random: an id made from the time would tell those who see the address when it was uploaded.
        id: Uuid::new_v4(),
        version: 1,
        request,
        place,
        alt: String::new(),
        media: Format::of(cleaned.format),
        width: cleaned.width,
        height: cleaned.height,
        size_bytes: cleaned.bytes.len(),
        hash,
        in_it: InIt::Unsaid,
        is_kept: true,
    };
    let keys = app.sealer.keys_to_seal(tx, PURPOSE).await?;
    let sealed = sealed(&keys, picture, &cleaned.bytes)?;
    queries::add(tx, &sealed).await?;
    Ok(Some(sealed.picture))
}

/// Puts changed pixels in the place of a picture's own. Who is in it is asked again: somebody may be gone, or come into view.
pub(super) async fn redraw(app: &App, tx: &mut Tx, picture: Picture, cleaned: &Cleaned) -> Result<()> {
    let keys = app.sealer.keys_to_seal(tx, PURPOSE).await?;
    let picture = Picture {
        media: Format::of(cleaned.format),
        width: cleaned.width,
        height: cleaned.height,
        size_bytes: cleaned.bytes.len(),
        hash: Sha256::digest(&cleaned.bytes).to_vec(),
        in_it: InIt::Unsaid,
        ..picture
    };
    queries::forget_people(tx, picture.id).await?;
    Ok(queries::redraw(tx, &sealed(&keys, picture, &cleaned.bytes)?).await?)
}

/// Saves the description and who is in it.
pub(super) async fn save(tx: &mut Tx, picture: &Picture) -> Result<()> {
    queries::save(tx, picture).await?;
    queries::forget_people(tx, picture.id).await?;
    for marked in picture.in_it.people() {
        queries::add_person(tx, picture.id, marked).await?;
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut Tx, picture: &Picture) -> Result<()> {
    queries::forget_people(tx, picture.id).await?;
    queries::remove(tx, picture.id).await?;
    queries::move_up(tx, picture.request, picture.place).await?;
    Ok(())
}

/// Destroys the keys and pixels of all pictures of a request.
pub(super) async fn destroy(tx: &mut Tx, request: Uuid) -> Result<()> {
    queries::destroy(tx, request).await?;
    Ok(())
}

/// Forgets what they showed, too.
pub(super) async fn forget(tx: &mut Tx, request: Uuid) -> Result<()> {
    queries::destroy(tx, request).await?;
    queries::forget_alts(tx, request).await?;
    Ok(())
}

/// The pictures of a request in their order.
pub(super) async fn of_request(q: &mut impl Query, request: Uuid) -> Result<Vec<Picture>> {
    Ok(queries::of_request(q, request).await?)
}

/// One picture and the request it belongs to.
pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Picture> {
    let request = queries::request_of(q, id).await?;
    let all = queries::of_request(q, request).await?;
    all.into_iter().find(|picture| picture.id == id).ok_or(Error::NotFound)
}

/// The pixels of a picture. Errors: [`Error::NotFound`] once they are destroyed.
pub(super) async fn pixels(app: &App, q: &mut impl Query, id: Uuid) -> Result<Arc<[u8]>> {
    let (own_key, content) = queries::content(q, id).await?.ok_or(Error::NotFound)?;
    let keys = app.sealer.keys(q, PURPOSE).await?;
    let own = OwnKey::unwrapped(&keys, key_place(id), &own_key)?;
    Ok(own.open(content_place(id), &content)?.as_slice().into())
}

/// Requests that wait or are approved and show a person.
pub(super) async fn unpublished_with(q: &mut impl Query, person: Uuid) -> Result<Vec<Uuid>> {
    Ok(queries::unpublished_with(q, person).await?)
}
