//! The school's own news in the database. One function, one statement.

use channels::Format;
use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::{Item, Shot};
use crate::registers::strange;

/// Pictures of one item; the channel's limit is lower.
const PICTURES_MAX: i64 = 40;

pub(super) async fn add_item(tx: &mut Tx, item: &Item) -> Result<u64> {
    tx.run(
        "INSERT INTO news_item (school, id, title, words, published_at) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school(), item.id, item.title.as_deref(), &item.text, item.at],
    )
    .await
}

/// A picture's wrapped key, none for one from before, and what is kept of it.
pub(super) type Kept = (Option<Vec<u8>>, Vec<u8>);

pub(super) async fn add_picture(tx: &mut Tx, item: Uuid, shot: &Shot, (own_key, sealed): &Kept) -> Result<u64> {
    tx.run(
        "INSERT INTO news_picture (school, id, item, number, format, alt, width, height, bytes, own_key, size_bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            tx.school(),
            shot.id,
            item,
            shot.number,
            shot.media.media_type(),
            &shot.alt,
            shot.width,
            shot.height,
            sealed.as_slice(),
            own_key.as_deref(),
            shot.size_bytes
        ],
    )
    .await
}

pub(super) async fn find_item(q: &mut impl Query, id: Uuid) -> Result<Option<Item>> {
    let row = q
        .find(
            "SELECT id, title, words, published_at FROM news_item WHERE school = $1 AND id = $2",
            args![q.school(), id],
        )
        .await?;
    row.as_ref().map(item).transpose()
}

/// Newest first, before a moment and an id.
pub(super) async fn items(q: &mut impl Query, (at, id): (i64, Uuid), rows: i64) -> Result<Vec<Item>> {
    let rows = q
        .all(
            "SELECT id, title, words, published_at FROM news_item
             WHERE school = $1 AND (published_at < $2 OR (published_at = $2 AND id < $3))
             ORDER BY published_at DESC, id DESC LIMIT $4",
            args![q.school(), at, id, rows],
        )
        .await?;
    rows.iter().map(item).collect()
}

fn item(row: &Row) -> Result<Item> {
    Ok(Item {
        id: row.id("id")?,
        title: row.maybe_text("title")?,
        text: row.text("words")?,
        at: row.int("published_at")?,
        shots: Vec::new(),
    })
}

/// The pictures of an item without their bytes, in order.
pub(super) async fn shots(q: &mut impl Query, item: Uuid) -> Result<Vec<Shot>> {
    let rows = q
        .all(
            "SELECT id, number, format, alt, width, height, COALESCE(size_bytes, length(bytes)) AS size_bytes FROM news_picture
             WHERE school = $1 AND item = $2 ORDER BY number, id LIMIT $3",
            args![q.school(), item, PICTURES_MAX],
        )
        .await?;
    rows.iter().map(shot).collect()
}

fn shot(row: &Row) -> Result<Shot> {
    Ok(Shot {
        id: row.id("id")?,
        number: row.int("number")?,
        media: media(row)?,
        alt: row.text("alt")?,
        width: row.int("width")?,
        height: row.int("height")?,
        size_bytes: row.int("size_bytes")?,
    })
}

fn media(row: &Row) -> Result<Format> {
    Format::from_media_type(&row.text("format")?).ok_or_else(|| strange("news_picture.format"))
}

/// A picture as it is sent to whoever looks at the page.
pub(super) async fn picture(q: &mut impl Query, id: Uuid) -> Result<(Format, Kept)> {
    let row = q
        .one("SELECT format, own_key, bytes FROM news_picture WHERE school = $1 AND id = $2", args![q.school(), id])
        .await?;
    Ok((media(&row)?, (row.maybe_blob("own_key")?, row.blob("bytes")?)))
}

pub(super) async fn remove_pictures(tx: &mut Tx, item: Uuid) -> Result<u64> {
    tx.run("DELETE FROM news_picture WHERE school = $1 AND item = $2", args![tx.school(), item]).await
}

pub(super) async fn remove_item(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM news_item WHERE school = $1 AND id = $2", args![tx.school(), id]).await
}
