//! Imports, previews and the whole roll in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::plan::{Member, Refused, Tie};
use super::{Counts, Import};
use crate::error;
use crate::roster::queries::{maybe_date, responsibility};

/// Imports that the history shows.
const IMPORTS_SHOWN: i64 = 100;

/// Every pupil's row with its sealed columns, as `read` opens them.
pub(super) async fn pupils<T: Send>(
    q: &mut impl Query,
    read: impl Fn(&Row) -> error::Result<T> + Send,
) -> error::Result<Vec<T>> {
    q.every(
        "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                court_marker, source, born_on, upn
         FROM pupil WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![q.school().get()],
        read,
    )
    .await
}

pub(super) async fn classes<T: Send>(
    q: &mut impl Query,
    read: impl Fn(&Row) -> error::Result<T> + Send,
) -> error::Result<Vec<T>> {
    q.every(
        "SELECT id, version, name, year_group, ended_on, source FROM class
         WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![q.school().get()],
        read,
    )
    .await
}

/// Every adult's row with its sealed column, as `read` opens it.
pub(super) async fn adults<T: Send>(
    q: &mut impl Query,
    read: impl Fn(&Row) -> error::Result<T> + Send,
) -> error::Result<Vec<T>> {
    q.every(
        "SELECT id, version, title, forename, surname, source, contact FROM responsible_adult
         WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![q.school().get()],
        read,
    )
    .await
}

/// Memberships that go on. By way of the pupils, whose index begins with the school: among a thousand schools that is what keeps a
/// step from walking over all of them.
pub(super) async fn members(q: &mut impl Query) -> Result<Vec<Member>> {
    q.every(
        "SELECT id, class, pupil FROM class_membership
         WHERE school = $1 AND pupil IN (SELECT id FROM pupil WHERE school = $1) AND until IS NULL AND id > $2
         ORDER BY id LIMIT $3",
        args![q.school().get()],
        |row| Ok(Member { id: row.id("id")?, class: row.id("class")?, pupil: row.id("pupil")? }),
    )
    .await
}

/// Responsibilities that go on, by the same way.
pub(super) async fn ties(q: &mut impl Query) -> Result<Vec<Tie>> {
    let tie = |row: &Row| {
        let held = responsibility(row)?;
        Ok(Tie { id: held.id, version: held.version, pupil: held.pupil, adult: held.adult, standing: held.standing })
    };
    q.every(
        "SELECT id, version, pupil, adult, relation, priority, parental_responsibility, contact_order, court_marker,
                ended_on
         FROM responsibility
         WHERE school = $1 AND pupil IN (SELECT id FROM pupil WHERE school = $1) AND ended_on IS NULL AND id > $2
         ORDER BY id LIMIT $3",
        args![q.school().get()],
        tie,
    )
    .await
}

/// What files have said no to, settled or not; by way of the imports, whose index begins with the school.
pub(super) async fn refusals(q: &mut impl Query) -> Result<Vec<Refused>> {
    let refused = |row: &Row| {
        let (id, pupil) = (row.id("id")?, row.id("pupil")?);
        Ok(Refused { id, pupil, purpose: row.text("purpose")?, is_settled: row.flag("is_settled")? })
    };
    q.every(
        "SELECT imported_refusal.id AS id, pupil, purpose, refusal_settled.id IS NOT NULL AS is_settled
         FROM imported_refusal LEFT JOIN refusal_settled ON refusal_settled.id = imported_refusal.id
         WHERE imported_refusal.school = $1 AND import IN (SELECT id FROM roll_import WHERE school = $1)
           AND imported_refusal.id > $2
         ORDER BY imported_refusal.id LIMIT $3",
        args![q.school().get()],
        refused,
    )
    .await
}

/// Forgets a no that was settled and is over. Who settled it, and how, stays.
pub(super) async fn end_refusal(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run(
        "DELETE FROM imported_refusal WHERE school = $1 AND id = $2
           AND id IN (SELECT id FROM refusal_settled WHERE school = $1)",
        args![tx.school().get(), id],
    )
    .await
}

pub(super) async fn add_import(tx: &mut Tx, import: &Import) -> Result<u64> {
    let counts = &import.counts;
    tx.run(
        "INSERT INTO roll_import (school, id, made_at, person, layout, file_hash, rows_read, pupils_added, pupils_changed,
                                  pupils_left, pupils_returned, pupils_same)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            tx.school().get(),
            import.id,
            import.made_at,
            import.person,
            &import.layout,
            import.file_hash.as_slice(),
            counts.rows,
            counts.added,
            counts.changed,
            counts.left,
            counts.returned,
            counts.same
        ],
    )
    .await
}

/// The latest imports, newest first.
pub(super) async fn imports(q: &mut impl Query) -> Result<Vec<Import>> {
    let rows = q
        .all(
            "SELECT id, made_at, person, layout, file_hash, rows_read, pupils_added, pupils_changed, pupils_left,
                    pupils_returned, pupils_same
             FROM roll_import WHERE school = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
            args![q.school().get(), IMPORTS_SHOWN],
        )
        .await?;
    let import = |row: &Row| {
        Ok(Import {
            id: row.id("id")?,
            made_at: row.int("made_at")?,
            person: row.maybe_id("person")?,
            layout: row.text("layout")?,
            file_hash: row.blob("file_hash")?,
            counts: Counts {
                rows: row.int("rows_read")?,
                added: row.int("pupils_added")?,
                changed: row.int("pupils_changed")?,
                left: row.int("pupils_left")?,
                returned: row.int("pupils_returned")?,
                same: row.int("pupils_same")?,
            },
        })
    };
    rows.iter().map(import).collect()
}

/// Keeps a file's "no" unless it is kept already.
pub(super) async fn add_refusal(
    tx: &mut Tx,
    id: Uuid,
    import: (Uuid, i64),
    (pupil, purpose): (Uuid, &str),
) -> Result<u64> {
    tx.run(
        "INSERT INTO imported_refusal (school, id, import, pupil, purpose, made_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (pupil, purpose) DO NOTHING",
        args![tx.school().get(), id, import.0, pupil, purpose, import.1],
    )
    .await
}

/// A file that waits for its import.
pub(super) struct Kept {
    pub(super) person: Uuid,
    pub(super) file: Vec<u8>,
}

pub(super) async fn add_preview(
    tx: &mut Tx,
    (id, person): (Uuid, Uuid),
    (made_at, expires_at): (i64, i64),
    file: Vec<u8>,
) -> Result<u64> {
    tx.run(
        "INSERT INTO roll_preview (school, id, person, made_at, expires_at, file) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school().get(), id, person, made_at, expires_at, file],
    )
    .await
}

/// A preview that has not expired.
pub(super) async fn find_preview(q: &mut impl Query, id: Uuid, now: i64) -> Result<Kept> {
    let row = q
        .one(
            "SELECT person, file FROM roll_preview WHERE school = $1 AND id = $2 AND expires_at > $3",
            args![q.school().get(), id, now],
        )
        .await?;
    Ok(Kept { person: row.id("person")?, file: row.blob("file")? })
}

pub(super) async fn remove_preview(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM roll_preview WHERE school = $1 AND id = $2", args![tx.school().get(), id]).await
}

/// Previews of somebody, and whatever has expired.
pub(super) async fn remove_previews(tx: &mut Tx, person: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "DELETE FROM roll_preview WHERE school = $1 AND (person = $2 OR expires_at <= $3)",
        args![tx.school().get(), person, now],
    )
    .await
}

pub(super) fn day(row: &Row, column: &str) -> Result<Option<jiff::civil::Date>> {
    maybe_date(row, column)
}
