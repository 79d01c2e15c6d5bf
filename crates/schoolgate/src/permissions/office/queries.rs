//! Evidence, tasks and what runs out, in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::refusals::Refusal;
use super::returns::{Answered, Form};
use crate::permissions::decision::Route;
use crate::permissions::queries::{args_of, day};
use crate::permissions::strange;

/// More than a school of two thousand has of anything that waits for somebody.
pub(super) const WORK_ROWS: i64 = 5_000;

pub(super) async fn add_evidence(
    tx: &mut Tx,
    (id, person): (Uuid, Uuid),
    (kind, media, sealed): (&str, &str, &[u8]),
    now: i64,
) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_evidence (school, id, person, kind, media, sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school(), id, person, kind, media, sealed, now],
    )
    .await
}

/// What a person has to settle, the oldest first: id, kind, whom it is about, since when.
pub(super) async fn tasks(q: &mut impl Query) -> Result<Vec<(Uuid, String, Uuid, i64)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, kind, person, made_at FROM permission_task WHERE school = $1 AND done_at IS NULL ORDER BY id LIMIT $2",
            args![school, WORK_ROWS],
        )
        .await?;
    let task = |row: &Row| Ok((row.id("id")?, row.text("kind")?, row.id("person")?, row.int("made_at")?));
    rows.iter().map(task).collect()
}

pub(super) async fn finish_task(tx: &mut Tx, id: Uuid, now: i64) -> Result<()> {
    tx.save(
        "UPDATE permission_task SET done_at = $3 WHERE school = $1 AND id = $2 AND done_at IS NULL",
        args![tx.school(), id, now],
    )
    .await
}

/// Whose yes runs out by a day: person and the first day on which one does.
pub(super) async fn running_out(q: &mut impl Query, by: &str) -> Result<Vec<(Uuid, String)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, MIN(until) AS until FROM permission
             WHERE school = $1 AND ended_at IS NULL AND decision = 'yes' AND until <= $2
             GROUP BY person ORDER BY MIN(until), person LIMIT $3",
            args![school, by, WORK_ROWS],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("person")?, row.text("until")?))).collect()
}

// Refusals that files brought.

/// Those that nobody has settled, the oldest first. By way of the imports, whose index begins with the school.
pub(super) async fn refusals(q: &mut impl Query) -> Result<Vec<Refusal>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT imported_refusal.id AS id, pupil, purpose, made_at FROM imported_refusal
             LEFT JOIN refusal_settled ON refusal_settled.id = imported_refusal.id
             WHERE imported_refusal.school = $1 AND import IN (SELECT id FROM roll_import WHERE school = $1)
               AND refusal_settled.id IS NULL
             ORDER BY imported_refusal.id LIMIT $2",
            args![school, WORK_ROWS],
        )
        .await?;
    rows.iter().map(refusal).collect()
}

/// One that nobody has settled.
pub(super) async fn find_refusal(q: &mut impl Query, id: Uuid) -> Result<Option<Refusal>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT imported_refusal.id AS id, pupil, purpose, made_at FROM imported_refusal
             LEFT JOIN refusal_settled ON refusal_settled.id = imported_refusal.id
             WHERE imported_refusal.school = $1 AND imported_refusal.id = $2 AND refusal_settled.id IS NULL",
            args![school, id],
        )
        .await?;
    row.as_ref().map(refusal).transpose()
}

fn refusal(row: &Row) -> Result<Refusal> {
    Ok(Refusal { id: row.id("id")?, pupil: row.id("pupil")?, word: row.text("purpose")?, since: row.int("made_at")? })
}

pub(super) async fn settle_refusal(tx: &mut Tx, (id, evidence): (Uuid, Uuid), by: (Uuid, i64)) -> Result<u64> {
    tx.run(
        "INSERT INTO refusal_settled (school, id, settled_by, evidence, settled_at) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school(), id, by.0, evidence, by.1],
    )
    .await
}

// Forms on paper.

/// Notes a form unless one of that day is noted already.
pub(super) async fn add_form(tx: &mut Tx, form: &Form, noted_by: Uuid) -> Result<u64> {
    tx.run(
        "INSERT INTO paper_form (school, id, pupil, came_on, noted_by, noted_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (pupil, came_on) DO NOTHING",
        args![tx.school(), form.id, form.pupil, form.came_on.to_string(), noted_by, form.noted_at],
    )
    .await
}

pub(super) async fn remove_form(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM paper_form WHERE school = $1 AND id = $2", args![tx.school(), id]).await
}

/// How these people's answers that count now came, in the order of the answers.
pub(super) async fn answered(q: &mut impl Query, people: &[Uuid]) -> Result<Vec<(Uuid, Answered)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, purpose, decider, route, decided_on FROM permission
             WHERE school = $1 AND ended_at IS NULL AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 5000",
            args_of(school, people, &[]),
        )
        .await?;
    let one = |row: &Row| {
        let route = Route::from_code(&row.text("route")?).ok_or_else(|| strange("permission.route"))?;
        let decided_on = day(&row.text("decided_on")?, "permission.decided_on")?;
        let answered = Answered { purpose: row.id("purpose")?, decider: row.id("decider")?, route, decided_on };
        Ok((row.id("person")?, answered))
    };
    rows.iter().map(one).collect()
}

/// The forms on paper of these pupils, the oldest first.
pub(super) async fn paper_forms(q: &mut impl Query, pupils: &[Uuid]) -> Result<Vec<Form>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, pupil, came_on, noted_at FROM paper_form WHERE school = $1 AND pupil IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY came_on, id LIMIT 5000",
            args_of(school, pupils, &[]),
        )
        .await?;
    let one = |row: &Row| {
        let came_on = day(&row.text("came_on")?, "paper_form.came_on")?;
        Ok(Form { id: row.id("id")?, pupil: row.id("pupil")?, came_on, noted_at: row.int("noted_at")? })
    };
    rows.iter().map(one).collect()
}
