//! Drafts and adoptions in the database. One function, one statement.

use rulebook::File;
use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::draft::{Decided, Draft, State};
use crate::people::person::strange;
use crate::policies::{unwritten, written};

/// Drafts that are listed; a school works on one or two.
const DRAFTS_MAX: i64 = 50;
/// People who had a hand in one draft.
const HANDS_MAX: i64 = 100;

pub(super) async fn add(tx: &mut Tx, draft: &Draft) -> Result<u64> {
    tx.run(
        "INSERT INTO policy_draft (school, id, version, name, origin, state, files, made_at, changed_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $7)",
        args![
            tx.school().get(),
            draft.id,
            &draft.name,
            &draft.origin,
            draft.state.code(),
            written(&draft.files),
            draft.changed_at
        ],
    )
    .await
}

/// Drafts without their files, those that were changed last first.
pub(super) async fn page(q: &mut impl Query) -> Result<Vec<Draft>> {
    let rows = q
        .all(
            "SELECT id, version, name, origin, state, proposed_hash, proposed_by, changed_at FROM policy_draft
             WHERE school = $1 ORDER BY changed_at DESC, id DESC LIMIT $2",
            args![q.school().get(), DRAFTS_MAX],
        )
        .await?;
    let school = q.school();
    rows.iter().map(|row| draft(school, row, vec![])).collect()
}

pub(super) async fn one(q: &mut impl Query, id: Uuid) -> Result<Draft> {
    let row = q
        .one(
            "SELECT id, version, name, origin, state, files, proposed_hash, proposed_by, changed_at FROM policy_draft
             WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    let files = unwritten(&row.text("files")?).map_err(|_| strange("policy_draft.files"))?;
    let mut draft = draft(q.school(), &row, files)?;
    draft.hands = hands(q, id).await?;
    Ok(draft)
}

async fn hands(q: &mut impl Query, draft: Uuid) -> Result<Vec<Uuid>> {
    let rows = q
        .all(
            "SELECT person FROM policy_draft_hand WHERE school = $1 AND draft = $2 ORDER BY id LIMIT $3",
            args![q.school().get(), draft, HANDS_MAX],
        )
        .await?;
    rows.iter().map(|row| row.id("person")).collect()
}

/// Whoever works on a draft is written down once.
pub(super) async fn add_hand(tx: &mut Tx, id: Uuid, draft: Uuid, person: Uuid) -> Result<u64> {
    tx.run(
        "INSERT INTO policy_draft_hand (school, id, draft, person) VALUES ($1, $2, $3, $4)
         ON CONFLICT (draft, person) DO NOTHING",
        args![tx.school().get(), id, draft, person],
    )
    .await
}

/// Saves a draft that was read at `draft.version`.
pub(super) async fn save(tx: &mut Tx, draft: &Draft, now: i64) -> Result<()> {
    let (hash, by) = match &draft.state {
        State::Proposed { hash, by } => (Some(hash.as_str()), Some(*by)),
        _ => (None, None),
    };
    tx.save(
        "UPDATE policy_draft SET version = version + 1, state = $4, files = $5, proposed_hash = $6, proposed_by = $7,
                changed_at = $8
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), draft.id, draft.version, draft.state.code(), written(&draft.files), hash, by, now],
    )
    .await
}

/// Who stands behind a version: (its time in force, who proposed it, who approved it).
pub(super) async fn add_adoption(tx: &mut Tx, ids: (Uuid, Uuid, Uuid, Uuid), made: &Decided, now: i64) -> Result<u64> {
    let (id, in_force, proposed_by, approved_by) = ids;
    tx.run(
        "INSERT INTO policy_adoption (school, id, in_force, label, body, met_on, minute, review_on, is_material, reason,
                proposed_by, approved_by, adopted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            tx.school().get(),
            id,
            in_force,
            &made.label,
            &made.body,
            made.met_on.to_string(),
            &made.minute,
            made.review_on.to_string(),
            made.is_material,
            &made.reason,
            proposed_by,
            approved_by,
            now
        ],
    )
    .await
}

fn draft(school: store::SchoolId, row: &Row, files: Vec<File>) -> Result<Draft> {
    let state = match row.text("state")?.as_str() {
        "open" => State::Open,
        "proposed" => State::Proposed { hash: row.text("proposed_hash")?, by: row.id("proposed_by")? },
        "adopted" => State::Adopted,
        "dropped" => State::Dropped,
        _ => return Err(strange("policy_draft.state")),
    };
    Ok(Draft {
        school,
        id: row.id("id")?,
        version: row.int("version")?,
        name: row.text("name")?,
        origin: row.text("origin")?,
        state,
        files,
        hands: vec![],
        changed_at: row.int("changed_at")?,
    })
}
