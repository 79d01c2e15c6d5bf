//! Permissions in the database. One function, one statement.

use store::{Args, Query, Result, Row, Tx, args, filled_up};
use uuid::Uuid;

use super::decision::{Answer, Authority, Decision, Route};
use super::purpose::{Basis, PURPOSES_MAX, Purpose, Recall};
use super::register::Row as Decided;
use super::strange;

/// As many people as one statement asks about: a class with the adults around it.
pub(super) const PEOPLE_A_STATEMENT: usize = 32;
/// As many purposes as one standing rests on; and as one statement asks about.
pub(super) const PURPOSES_A_STANDING: usize = 5;
/// More than 32 people can have of anything that holds for a standing.
pub(super) const ROWS_MAX: i64 = 5_000;

/// The school, then the people, filled up with nobody.
pub(super) fn args_of(school: store::SchoolId, people: &[Uuid], purposes: &[Uuid]) -> Args {
    let mut args = args![school];
    args.extend(filled_up(people, PEOPLE_A_STATEMENT));
    if !purposes.is_empty() {
        args.extend(filled_up(purposes, PURPOSES_A_STANDING));
    }
    args
}

pub(super) fn day(text: &str, column: &'static str) -> Result<jiff::civil::Date> {
    text.parse().map_err(|_| strange(column))
}

// Purposes.

/// Every purpose in the order of the form, retired ones too.
pub(super) async fn purposes(q: &mut impl Query) -> Result<Vec<Purpose>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT purpose.id AS id, purpose.version AS version, code, basis, basis_note, months, recall, wording, label,
                    about, retired_at
             FROM purpose JOIN purpose_wording ON purpose_wording.purpose = purpose.id AND number = wording
             WHERE purpose.school = $1 ORDER BY place, purpose.id LIMIT $2",
            args![school, PURPOSES_MAX],
        )
        .await?;
    rows.iter().map(purpose).collect()
}

fn purpose(row: &Row) -> Result<Purpose> {
    Ok(Purpose {
        id: row.id("id")?,
        version: row.int("version")?,
        code: row.text("code")?,
        basis: Basis::from_code(&row.text("basis")?).ok_or_else(|| strange("purpose.basis"))?,
        basis_note: row.text("basis_note")?,
        months: row.maybe_int("months")?,
        recall: Recall::from_code(&row.text("recall")?).ok_or_else(|| strange("purpose.recall"))?,
        wording: row.int("wording")?,
        label: row.text("label")?,
        about: row.text("about")?,
        is_retired: row.maybe_int("retired_at")?.is_some(),
    })
}

/// Ids and codes of what is in use: all that a standing needs.
pub(super) async fn purposes_in_use(q: &mut impl Query) -> Result<Vec<(Uuid, String)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, code FROM purpose WHERE school = $1 AND retired_at IS NULL ORDER BY place, id LIMIT $2",
            args![school, PURPOSES_MAX],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("code")?))).collect()
}

pub(super) async fn add_purpose(tx: &mut Tx, new: &Purpose, place: i64, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO purpose (school, id, version, code, place, basis, basis_note, months, recall, wording, made_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            tx.school(),
            new.id,
            &new.code,
            place,
            new.basis.code(),
            &new.basis_note,
            new.months,
            new.recall.code(),
            new.wording,
            now
        ],
    )
    .await
}

pub(super) async fn add_wording(tx: &mut Tx, id: Uuid, of: &Purpose, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO purpose_wording (school, id, purpose, number, label, about, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school(), id, of.id, of.wording, &of.label, &of.about, now],
    )
    .await
}

pub(super) async fn save_purpose(tx: &mut Tx, purpose: &Purpose, retired_at: Option<i64>) -> Result<()> {
    tx.save(
        "UPDATE purpose SET version = version + 1, basis = $4, basis_note = $5, months = $6, recall = $7, wording = $8,
                retired_at = $9
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school(),
            purpose.id,
            purpose.version,
            purpose.basis.code(),
            &purpose.basis_note,
            purpose.months,
            purpose.recall.code(),
            purpose.wording,
            retired_at
        ],
    )
    .await
}

// What a standing rests on.

/// An answer that holds now.
pub(super) struct Holding {
    pub(super) person: Uuid,
    pub(super) purpose: Uuid,
    pub(super) answer: Answer,
    pub(super) route: Route,
    /// UTC milliseconds.
    pub(super) at: i64,
}

/// What holds now for these people and purposes.
pub(super) async fn answers(q: &mut impl Query, people: &[Uuid], purposes: &[Uuid]) -> Result<Vec<Holding>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, purpose, decider, decision, authority, until, route, at FROM permission
             WHERE school = $1 AND ended_at IS NULL AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             AND purpose IN ($34, $35, $36, $37, $38) ORDER BY id LIMIT 5000",
            args_of(school, people, purposes),
        )
        .await?;
    rows.iter().map(holding).collect()
}

fn holding(row: &Row) -> Result<Holding> {
    Ok(Holding {
        person: row.id("person")?,
        purpose: row.id("purpose")?,
        answer: answer(row)?,
        route: Route::from_code(&row.text("route")?).ok_or_else(|| strange("permission.route"))?,
        at: row.int("at")?,
    })
}

pub(super) fn answer(row: &Row) -> Result<Answer> {
    Ok(Answer {
        decider: row.id("decider")?,
        decision: Decision::from_code(&row.text("decision")?).ok_or_else(|| strange("permission.decision"))?,
        authority: Authority::from_code(&row.text("authority")?).ok_or_else(|| strange("permission.authority"))?,
        until: row.maybe_text("until")?.map(|text| day(&text, "permission.until")).transpose()?,
    })
}

/// What weighs more than any answer: `no` of the school's own, markers that were reviewed, refusals that a file brought.
pub(super) async fn weights(q: &mut impl Query, people: &[Uuid]) -> Result<Vec<(Uuid, String, String)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person AS person, 'school' AS kind, 'no' AS what FROM school_no
             WHERE school = $1 AND ended_at IS NULL AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             UNION ALL SELECT person, 'review', marker FROM marker_review WHERE school = $1 AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             UNION ALL SELECT pupil, 'refusal', purpose FROM imported_refusal
             LEFT JOIN refusal_settled ON refusal_settled.id = imported_refusal.id
             WHERE imported_refusal.school = $1 AND refusal_settled.id IS NULL AND pupil IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY 1, 2, 3 LIMIT 5000",
            args_of(school, people, &[]),
        )
        .await?;
    rows.iter().map(weight).collect()
}

/// What the roll says of these people, as far as they are pupils.
pub(super) struct OnRoll {
    pub(super) pupil: Uuid,
    pub(super) left_on: Option<jiff::civil::Date>,
    pub(super) returned_at: Option<i64>,
    pub(super) looked_after: String,
    pub(super) court_marker: String,
}

pub(super) async fn on_roll(q: &mut impl Query, people: &[Uuid]) -> Result<Vec<OnRoll>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, left_on, returned_at, looked_after, court_marker FROM pupil WHERE school = $1 AND id IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 32",
            args_of(school, people, &[]),
        )
        .await?;
    rows.iter().map(pupil).collect()
}

/// The same of everybody who is on roll that day.
pub(super) async fn all_on_roll(q: &mut impl Query, on: jiff::civil::Date) -> Result<Vec<OnRoll>> {
    q.every(
        "SELECT id, left_on, returned_at, looked_after, court_marker FROM pupil
         WHERE school = $1 AND (on_roll_from IS NULL OR on_roll_from <= $2) AND (left_on IS NULL OR left_on > $2)
           AND id > $3
         ORDER BY id LIMIT $4",
        args![q.school(), on.to_string()],
        pupil,
    )
    .await
}

fn pupil(row: &Row) -> Result<OnRoll> {
    Ok(OnRoll {
        pupil: row.id("id")?,
        left_on: row.maybe_text("left_on")?.map(|text| day(&text, "pupil.left_on")).transpose()?,
        returned_at: row.maybe_int("returned_at")?,
        looked_after: row.text("looked_after")?,
        court_marker: row.text("court_marker")?,
    })
}

/// The last days of the roles of these people, as far as they belong to the school; none: goes on.
pub(super) async fn last_days(q: &mut impl Query, people: &[Uuid]) -> Result<Vec<(Uuid, Option<jiff::civil::Date>)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, ends_on FROM held_role WHERE school = $1 AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY person, id LIMIT 5000",
            args_of(school, people, &[]),
        )
        .await?;
    rows.iter()
        .map(|row| {
            let ends_on = row.maybe_text("ends_on")?;
            Ok((row.id("person")?, ends_on.map(|text| day(&text, "held_role.ends_on")).transpose()?))
        })
        .collect()
}

/// What holds now for one purpose, of everybody.
pub(super) async fn all_answers(q: &mut impl Query, purpose: Uuid) -> Result<Vec<Holding>> {
    q.every(
        "SELECT id, person, purpose, decider, decision, authority, until, route, at FROM permission
         WHERE school = $1 AND purpose = $2 AND ended_at IS NULL AND id > $3 ORDER BY id LIMIT $4",
        args![q.school(), purpose],
        holding,
    )
    .await
}

/// The same as [`weights`] of everybody.
pub(super) async fn all_weights(q: &mut impl Query) -> Result<Vec<(Uuid, String, String)>> {
    q.every(
        "SELECT id AS id, person AS person, 'school' AS kind, 'no' AS what FROM school_no
             WHERE school = $1 AND ended_at IS NULL AND id > $2
             UNION ALL SELECT id, person, 'review', marker FROM marker_review WHERE school = $1 AND id > $2
             UNION ALL SELECT imported_refusal.id, pupil, 'refusal', purpose FROM imported_refusal
             LEFT JOIN refusal_settled ON refusal_settled.id = imported_refusal.id
             WHERE imported_refusal.school = $1 AND import IN (SELECT id FROM roll_import WHERE school = $1)
               AND refusal_settled.id IS NULL AND imported_refusal.id > $2
             ORDER BY 1 LIMIT $3",
        args![q.school()],
        weight,
    )
    .await
}

fn weight(row: &Row) -> Result<(Uuid, String, String)> {
    Ok((row.id("person")?, row.text("kind")?, row.text("what")?))
}

// Decisions.

pub(super) async fn add(tx: &mut Tx, row: &Decided) -> Result<u64> {
    tx.run(
        "INSERT INTO permission (school, id, person, purpose, decider, decision, authority, basis, route, wording, evidence,
                until, decided_on, at, entered_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        args![
            tx.school(),
            row.id,
            row.person,
            row.purpose,
            row.answer.decider,
            row.answer.decision.code(),
            row.answer.authority.code(),
            row.basis.code(),
            row.route.code(),
            row.wording,
            row.evidence,
            row.answer.until.map(|until| until.to_string()),
            row.decided_on.to_string(),
            row.at,
            row.entered_by
        ],
    )
    .await
}

/// Ends what counted of this decider; how many rows that were, one at most.
pub(super) async fn end(tx: &mut Tx, (person, purpose, decider): (Uuid, Uuid, Uuid), now: i64) -> Result<u64> {
    tx.run(
        "UPDATE permission SET ended_at = $5
         WHERE school = $1 AND person = $2 AND purpose = $3 AND decider = $4 AND ended_at IS NULL",
        args![tx.school(), person, purpose, decider, now],
    )
    .await
}

/// Everything that was ever decided about a person, newest first.
pub(super) async fn history(q: &mut impl Query, person: Uuid) -> Result<Vec<Decided>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, person, purpose, decider, decision, authority, until, basis, route, wording, evidence, decided_on, at,
                    entered_by, ended_at
             FROM permission WHERE school = $1 AND person = $2 ORDER BY at DESC, id DESC LIMIT $3",
            args![school, person, ROWS_MAX],
        )
        .await?;
    rows.iter().map(decided).collect()
}

fn decided(row: &Row) -> Result<Decided> {
    Ok(Decided {
        id: row.id("id")?,
        person: row.id("person")?,
        purpose: row.id("purpose")?,
        answer: answer(row)?,
        basis: Basis::from_code(&row.text("basis")?).ok_or_else(|| strange("permission.basis"))?,
        route: Route::from_code(&row.text("route")?).ok_or_else(|| strange("permission.route"))?,
        wording: row.int("wording")?,
        evidence: row.maybe_id("evidence")?,
        decided_on: day(&row.text("decided_on")?, "permission.decided_on")?,
        at: row.int("at")?,
        entered_by: row.maybe_id("entered_by")?,
        ended_at: row.maybe_int("ended_at")?,
    })
}

/// What counts now of one person, of every decider.
pub(super) async fn current(q: &mut impl Query, person: Uuid) -> Result<Vec<(Uuid, Answer)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT purpose, decider, decision, authority, until FROM permission
             WHERE school = $1 AND person = $2 AND ended_at IS NULL ORDER BY id LIMIT $3",
            args![school, person, ROWS_MAX],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("purpose")?, answer(row)?))).collect()
}

/// The version of what is decided about a person; 0: nothing yet.
pub(super) async fn version(q: &mut impl Query, person: Uuid) -> Result<i64> {
    let school = q.school();
    let row =
        q.find("SELECT version FROM permission_subject WHERE school = $1 AND id = $2", args![school, person]).await?;
    row.map_or(Ok(0), |row| row.int("version"))
}

pub(super) async fn raise_version(tx: &mut Tx, person: Uuid) -> Result<()> {
    tx.save(
        "INSERT INTO permission_subject (school, id, version) VALUES ($1, $2, 1)
         ON CONFLICT (id) DO UPDATE SET version = permission_subject.version + 1",
        args![tx.school(), person],
    )
    .await
}

// What was lowered.

pub(super) async fn add_lowered(
    tx: &mut Tx,
    lowered: &super::lowered::Lowered,
    replayed_at: Option<i64>,
) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_lowered (school, id, person, decider, authority, decision, purposes, at, replayed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tx.school(),
            lowered.id,
            lowered.person,
            lowered.decider,
            lowered.authority.code(),
            lowered.decision.code(),
            lowered.purposes.join(" "),
            lowered.at,
            replayed_at
        ],
    )
    .await
}

/// The lowerings that the database knows.
pub(super) async fn lowerings(q: &mut impl Query) -> Result<Vec<super::lowered::Lowered>> {
    q.every(
        "SELECT id, person, decider, authority, decision, purposes, at FROM permission_lowered
         WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![q.school()],
        |row| {
            Ok(super::lowered::Lowered {
                id: row.id("id")?,
                person: row.id("person")?,
                decider: row.id("decider")?,
                authority: Authority::from_code(&row.text("authority")?)
                    .ok_or_else(|| strange("permission_lowered.authority"))?,
                decision: Decision::from_code(&row.text("decision")?)
                    .ok_or_else(|| strange("permission_lowered.decision"))?,
                purposes: row.text("purposes")?.split(' ').map(str::to_owned).collect(),
                at: row.int("at")?,
            })
        },
    )
    .await
}

/// Whether this lowering, or the school's own no with this id, is known here.
pub(super) async fn knows_lowering(q: &mut impl Query, id: Uuid) -> Result<bool> {
    let school = q.school();
    let found = q
        .find(
            "SELECT id FROM permission_lowered WHERE school = $1 AND id = $2
             UNION ALL SELECT id FROM school_no WHERE school = $1 AND id = $2 LIMIT 1",
            args![school, id],
        )
        .await?;
    Ok(found.is_some())
}

/// Whether anybody with this id is still known: whoever was erased is not brought back by a replay.
pub(super) async fn knows_person(q: &mut impl Query, person: Uuid) -> Result<bool> {
    let school = q.school();
    let found = q
        .find(
            "SELECT id FROM pupil WHERE school = $1 AND id = $2
             UNION ALL SELECT id FROM person WHERE school = $1 AND id = $2
             UNION ALL SELECT id FROM responsible_adult WHERE school = $1 AND id = $2 LIMIT 1",
            args![school, person],
        )
        .await?;
    Ok(found.is_some())
}

// Tasks.

pub(super) async fn add_task(tx: &mut Tx, id: Uuid, kind: &str, person: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_task (school, id, kind, person, made_at) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school(), id, kind, person, now],
    )
    .await
}

pub(super) async fn has_task(q: &mut impl Query, kind: &str, person: Uuid) -> Result<bool> {
    let school = q.school();
    let found = q
        .find(
            "SELECT id FROM permission_task WHERE school = $1 AND kind = $2 AND person = $3 AND done_at IS NULL
             ORDER BY id LIMIT 1",
            args![school, kind, person],
        )
        .await?;
    Ok(found.is_some())
}
