//! Tasks in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::super::queries::strange;
use super::{Kind, New};

/// Tasks that a page shows; a school with more has other worries.
const ROWS: i64 = 200;

/// Something a person has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub id: Uuid,
    pub version: i64,
    pub kind: Kind,
    pub request: Uuid,
    pub copy: Option<Uuid>,
    pub made_at: i64,
    pub due_at: i64,
    pub raised_at: Option<i64>,
    pub done_at: Option<i64>,
    pub said: Option<String>,
}

fn task(row: &Row) -> Result<Task> {
    Ok(Task {
        id: row.id("id")?,
        version: row.int("version")?,
        kind: Kind::from_code(&row.text("kind")?).ok_or_else(|| strange("kind"))?,
        request: row.id("request")?,
        copy: row.maybe_id("copy")?,
        made_at: row.int("made_at")?,
        due_at: row.int("due_at")?,
        raised_at: row.maybe_int("raised_at")?,
        done_at: row.maybe_int("done_at")?,
        said: row.maybe_text("said")?,
    })
}

pub(super) async fn add(tx: &mut Tx, id: Uuid, new: &New, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO desk_task (school, id, version, kind, request, copy, made_at, due_at) VALUES ($1, $2, 1, $3, $4, $5, $6, $7)",
        args![tx.school().get(), id, new.kind.code(), new.request, new.copy, now, new.due.as_millisecond()],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Task> {
    let row = q
        .one(
            "SELECT id, version, kind, request, copy, made_at, due_at, raised_at, done_at, said
             FROM desk_task WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    task(&row)
}

pub(super) async fn open(q: &mut impl Query) -> Result<Vec<Task>> {
    let rows = q
        .all(
            "SELECT id, version, kind, request, copy, made_at, due_at, raised_at, done_at, said
             FROM desk_task WHERE school = $1 AND done_at IS NULL ORDER BY due_at, id LIMIT $2",
            args![q.school().get(), ROWS],
        )
        .await?;
    rows.iter().map(task).collect()
}

pub(super) async fn of_request(q: &mut impl Query, request: Uuid) -> Result<Vec<Task>> {
    let rows = q
        .all(
            "SELECT id, version, kind, request, copy, made_at, due_at, raised_at, done_at, said
             FROM desk_task WHERE school = $1 AND request = $2 ORDER BY id LIMIT $3",
            args![q.school().get(), request, ROWS],
        )
        .await?;
    rows.iter().map(task).collect()
}

pub(super) async fn overdue(q: &mut impl Query, now: i64) -> Result<Vec<Task>> {
    let rows = q
        .all(
            "SELECT id, version, kind, request, copy, made_at, due_at, raised_at, done_at, said
             FROM desk_task WHERE school = $1 AND done_at IS NULL AND raised_at IS NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $3",
            args![q.school().get(), now, ROWS],
        )
        .await?;
    rows.iter().map(task).collect()
}

pub(super) async fn raise(tx: &mut Tx, (id, seen): (Uuid, i64), now: i64) -> Result<()> {
    tx.save(
        "UPDATE desk_task SET version = version + 1, raised_at = $4 WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), id, seen, now],
    )
    .await
}

pub(super) async fn finish(tx: &mut Tx, (id, seen): (Uuid, i64), (person, now): (Uuid, i64), said: &str) -> Result<()> {
    tx.save(
        "UPDATE desk_task SET version = version + 1, done_at = $4, done_by = $5, said = $6
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), id, seen, now, person, said],
    )
    .await
}
