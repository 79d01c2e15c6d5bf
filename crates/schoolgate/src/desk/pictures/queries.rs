//! Pictures and who is in them in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::super::picture::{Format, InIt, Marked, PEOPLE_MAX, PICTURES_MAX, Picture, Spot, Who};
use super::super::queries::strange;

/// What sealing adds: a nonce, a tag, and the number of the way it is done (a_picture_is_kept_sealed_and_is_gone_with_its_key).
const SEAL_BYTES: usize = 24 + 16;

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A picture with its sealed pixels and wrapped key.
pub(super) struct Sealed {
    pub(super) picture: Picture,
    pub(super) own_key: Vec<u8>,
    pub(super) content: Vec<u8>,
}

pub(super) async fn add(tx: &mut Tx, sealed: &Sealed) -> Result<u64> {
    let picture = &sealed.picture;
    tx.run(
        "INSERT INTO picture (school, id, version, request, place, alt, format, width, height, bytes_hash, nobody, own_key, content)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            tx.school().get(),
            picture.id,
            picture.request,
            picture.place,
            &picture.alt,
            picture.media.code(),
            picture.width,
            picture.height,
            &picture.hash,
            picture.in_it.code(),
            &sealed.own_key,
            &sealed.content
        ],
    )
    .await
}

/// New pixels for a picture that was read at `picture.version`: a new key, and who is in it is asked again.
pub(super) async fn redraw(tx: &mut Tx, sealed: &Sealed) -> Result<()> {
    let picture = &sealed.picture;
    tx.save(
        "UPDATE picture SET version = version + 1, format = $4, width = $5, height = $6, bytes_hash = $7, nobody = $8, own_key = $9,
                content = $10
         WHERE school = $1 AND id = $2 AND version = $3 AND own_key IS NOT NULL",
        args![
            tx.school().get(),
            picture.id,
            picture.version,
            picture.media.code(),
            picture.width,
            picture.height,
            &picture.hash,
            picture.in_it.code(),
            &sealed.own_key,
            &sealed.content
        ],
    )
    .await
}

/// What is said about a picture that was read at `picture.version`.
pub(super) async fn save(tx: &mut Tx, picture: &Picture) -> Result<()> {
    tx.save(
        "UPDATE picture SET version = version + 1, alt = $4, nobody = $5 WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), picture.id, picture.version, &picture.alt, picture.in_it.code()],
    )
    .await
}

/// What the pictures of a request were said to show, forgotten when nothing has to be looked for by it any more.
pub(super) async fn forget_alts(tx: &mut Tx, request: Uuid) -> Result<u64> {
    tx.run(
        "UPDATE picture SET version = version + 1, alt = '' WHERE school = $1 AND request = $2",
        args![tx.school().get(), request],
    )
    .await
}

/// The key and the pixels are gone; what is left says that there was a picture.
pub(super) async fn destroy(tx: &mut Tx, request: Uuid) -> Result<u64> {
    tx.run(
        "UPDATE picture SET version = version + 1, own_key = NULL, content = NULL WHERE school = $1 AND request = $2",
        args![tx.school().get(), request],
    )
    .await
}

pub(super) async fn remove(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.save("DELETE FROM picture WHERE school = $1 AND id = $2", args![tx.school().get(), id]).await
}

/// Closes the gap that a removed picture left.
pub(super) async fn move_up(tx: &mut Tx, request: Uuid, above: i64) -> Result<u64> {
    tx.run(
        "UPDATE picture SET version = version + 1, place = place - 1 WHERE school = $1 AND request = $2 AND place > $3",
        args![tx.school().get(), request, above],
    )
    .await
}

const PEOPLE_ROWS: usize = PICTURES_MAX * PEOPLE_MAX;

/// The pictures of a request in their order, with everybody in them.
pub(super) async fn of_request(q: &mut impl Query, request: Uuid) -> Result<Vec<Picture>> {
    let rows = q
        .all(
            "SELECT id, version, request, place, alt, format, width, height, bytes_hash, nobody, COALESCE(length(content), 0) AS sealed_bytes,
                    CASE WHEN own_key IS NULL THEN 0 ELSE 1 END AS is_kept
             FROM picture WHERE school = $1 AND request = $2 ORDER BY place, id LIMIT $3",
            args![q.school().get(), request, limit(PICTURES_MAX)],
        )
        .await?;
    let people = people_of_request(q, request).await?;
    rows.iter().map(|row| picture(row, &people)).collect()
}

async fn people_of_request(q: &mut impl Query, request: Uuid) -> Result<Vec<(Uuid, Marked)>> {
    let rows = q
        .all(
            "SELECT picture_person.picture AS picture, picture_person.kind AS kind, picture_person.person AS person,
                    picture_person.across AS across, picture_person.down AS down
             FROM picture_person JOIN picture ON picture.id = picture_person.picture
             WHERE picture_person.school = $1 AND picture.school = $1 AND picture.request = $2
             ORDER BY picture_person.id LIMIT $3",
            args![q.school().get(), request, limit(PEOPLE_ROWS)],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("picture")?, marked(row)?))).collect()
}

fn marked(row: &Row) -> Result<Marked> {
    let who = Who::read(&row.text("kind")?, row.maybe_id("person")?).ok_or_else(|| strange("kind"))?;
    let spot = match (row.maybe_int("across")?, row.maybe_int("down")?) {
        (Some(across), Some(down)) => Some(Spot { across, down }),
        _ => None,
    };
    Ok(Marked { who, spot })
}

fn picture(row: &Row, people: &[(Uuid, Marked)]) -> Result<Picture> {
    let id = row.id("id")?;
    let side = |column: &str| u32::try_from(row.int(column)?).map_err(|_| strange(column));
    let marked = people.iter().filter(|(picture, _)| *picture == id).map(|(_, marked)| *marked).collect();
    Ok(Picture {
        id,
        version: row.int("version")?,
        request: row.id("request")?,
        place: row.int("place")?,
        alt: row.text("alt")?,
        media: Format::from_code(&row.text("format")?).ok_or_else(|| strange("format"))?,
        width: side("width")?,
        height: side("height")?,
        size_bytes: usize::try_from(row.int("sealed_bytes")?).unwrap_or(0).saturating_sub(SEAL_BYTES),
        hash: row.blob("bytes_hash")?,
        in_it: InIt::of(&row.text("nobody")?, marked),
        is_kept: row.flag("is_kept")?,
    })
}

/// Key and pixels; none: destroyed.
pub(super) async fn content(q: &mut impl Query, id: Uuid) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let row = q
        .one("SELECT own_key, content FROM picture WHERE school = $1 AND id = $2", args![q.school().get(), id])
        .await?;
    Ok(row.maybe_blob("own_key")?.zip(row.maybe_blob("content")?))
}

pub(super) async fn request_of(q: &mut impl Query, id: Uuid) -> Result<Uuid> {
    q.one("SELECT request FROM picture WHERE school = $1 AND id = $2", args![q.school().get(), id]).await?.id("request")
}

pub(super) async fn forget_people(tx: &mut Tx, picture: Uuid) -> Result<u64> {
    tx.run("DELETE FROM picture_person WHERE school = $1 AND picture = $2", args![tx.school().get(), picture]).await
}

pub(super) async fn add_person(tx: &mut Tx, picture: Uuid, marked: &Marked) -> Result<u64> {
    tx.run(
        "INSERT INTO picture_person (school, id, picture, kind, person, across, down) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            tx.school().get(),
            Uuid::now_v7(),
            picture,
            marked.who.code(),
            marked.who.person(),
            marked.spot.map(|spot| spot.across),
            marked.spot.map(|spot| spot.down)
        ],
    )
    .await
}

/// Requests that are not public yet and show a person: what a withdrawal sends back.
pub(super) async fn unpublished_with(q: &mut impl Query, person: Uuid) -> Result<Vec<Uuid>> {
    let rows = q
        .all(
            "SELECT DISTINCT request.id AS id FROM picture_person
             JOIN picture ON picture.id = picture_person.picture JOIN request ON request.id = picture.request
             WHERE picture_person.school = $1 AND picture.school = $1 AND request.school = $1 AND picture_person.person = $2
               AND request.state IN ('submitted', 'approved')
             ORDER BY request.id LIMIT 1000",
            args![q.school().get(), person],
        )
        .await?;
    rows.iter().map(|row| row.id("id")).collect()
}
