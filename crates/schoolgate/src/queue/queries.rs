use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) subject: Uuid,
    pub(super) attempts: i64,
}

pub(super) async fn add(tx: &mut Tx, (id, kind, subject): (Uuid, &str, Uuid), run_at: i64) -> Result<()> {
    let school = tx.school();
    tx.save(
        "INSERT INTO job (school, id, kind, subject, run_at, attempts) VALUES ($1, $2, $3, $4, $5, 0)",
        args![school, id, kind, subject, run_at],
    )
    .await
}

pub(super) async fn is_waiting(tx: &mut Tx, kind: &str, subject: Uuid) -> Result<bool> {
    let school = tx.school();
    let found = tx
        .find(
            "SELECT id FROM job WHERE school = $1 AND kind = $2 AND subject = $3 AND gave_up_at IS NULL ORDER BY id LIMIT 1",
            args![school, kind, subject],
        )
        .await?;
    Ok(found.is_some())
}

/// The job that has waited longest.
pub(super) async fn find_due(q: &mut impl Query, now: i64) -> Result<Option<Due>> {
    let school = q.school();
    let found = q
        .find(
            "SELECT id, kind, subject, attempts FROM job
             WHERE school = $1 AND run_at <= $2 AND gave_up_at IS NULL ORDER BY run_at, id LIMIT 1",
            args![school, now],
        )
        .await?;
    found.as_ref().map(due).transpose()
}

fn due(row: &Row) -> Result<Due> {
    Ok(Due { id: row.id("id")?, kind: row.text("kind")?, subject: row.id("subject")?, attempts: row.int("attempts")? })
}

/// The number of attempts is the job's version.
pub(super) async fn save(tx: &mut Tx, id: Uuid, seen: i64, (attempts, run_at): (i64, i64)) -> Result<()> {
    let school = tx.school();
    tx.save(
        "UPDATE job SET attempts = $4, run_at = $5 WHERE school = $1 AND id = $2 AND attempts = $3",
        args![school, id, seen, attempts, run_at],
    )
    .await
}

pub(super) async fn remove(tx: &mut Tx, id: Uuid, seen: i64) -> Result<()> {
    let school = tx.school();
    tx.save("DELETE FROM job WHERE school = $1 AND id = $2 AND attempts = $3", args![school, id, seen]).await
}

pub(super) async fn give_up(tx: &mut Tx, id: Uuid, seen: i64, now: i64) -> Result<()> {
    let school = tx.school();
    tx.save(
        "UPDATE job SET gave_up_at = $4 WHERE school = $1 AND id = $2 AND attempts = $3",
        args![school, id, seen, now],
    )
    .await
}
