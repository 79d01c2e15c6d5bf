//! Links, letters and receipts in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::links::{Link, Way};
use super::receipts::Receipt;
use crate::permissions::decision::Answer;
use crate::permissions::queries::{answer, args_of};

pub(super) async fn add_link(tx: &mut Tx, link: &Link, token_hash: [u8; 32], now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_link (school, id, version, person, adult, token_hash, way, code_hash, tries, made_at, expires_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 0, $8, $9)",
        args![
            tx.school(),
            link.id,
            link.person,
            link.adult,
            token_hash,
            link.way.code(),
            link.code_hash.clone(),
            now,
            link.expires_at
        ],
    )
    .await
}

/// Closes what was still good for this adult and this child, save one link.
pub(super) async fn close_links(
    tx: &mut Tx,
    ((person, adult), save): ((Uuid, Uuid), Uuid),
    how: &str,
    now: i64,
) -> Result<u64> {
    tx.run(
        "UPDATE permission_link SET version = version + 1, closed_at = $4, closed_how = $5
         WHERE school = $1 AND person = $2 AND adult = $3 AND id <> $6 AND closed_at IS NULL",
        args![tx.school(), person, adult, now, how, save],
    )
    .await
}

pub(super) async fn close_link(tx: &mut Tx, id: Uuid, how: &str, now: i64) -> Result<u64> {
    tx.run(
        "UPDATE permission_link SET version = version + 1, closed_at = $3, closed_how = $4
         WHERE school = $1 AND id = $2 AND closed_at IS NULL",
        args![tx.school(), id, now, how],
    )
    .await
}

pub(super) async fn find_link(q: &mut impl Query, token_hash: [u8; 32], now: i64) -> Result<Option<Link>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, version, person, adult, way, code_hash, ticket_hash, tries, made_at, expires_at FROM permission_link
             WHERE school = $1 AND token_hash = $2 AND closed_at IS NULL AND expires_at > $3",
            args![school, token_hash, now],
        )
        .await?;
    row.as_ref().map(link).transpose()
}

/// Whom links that are still good are about, and since when the oldest of them waits; the oldest first.
pub(super) async fn waiting(q: &mut impl Query, now: i64) -> Result<Vec<(Uuid, i64)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, MIN(made_at) AS since FROM permission_link
             WHERE school = $1 AND closed_at IS NULL AND expires_at > $2
             GROUP BY person ORDER BY MIN(made_at), person LIMIT 10000",
            args![school, now],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("person")?, row.int("since")?))).collect()
}

fn link(row: &Row) -> Result<Link> {
    let strange = || store::Error::Tampered("the column `permission_link.way` holds what we do not write".into());
    Ok(Link {
        id: row.id("id")?,
        version: row.int("version")?,
        person: row.id("person")?,
        adult: row.id("adult")?,
        way: Way::from_code(&row.text("way")?).ok_or_else(strange)?,
        code_hash: row.maybe_blob("code_hash")?,
        ticket_hash: row.maybe_blob("ticket_hash")?,
        tries: row.int("tries")?,
        made_at: row.int("made_at")?,
        expires_at: row.int("expires_at")?,
    })
}

/// Saves tries and ticket, and closes the link where `closed` says how.
pub(super) async fn save_link(tx: &mut Tx, link: &Link, closed: Option<(i64, &str)>) -> Result<()> {
    tx.save(
        "UPDATE permission_link SET version = version + 1, tries = $4, ticket_hash = $5, closed_at = $6, closed_how = $7
         WHERE school = $1 AND id = $2 AND version = $3 AND closed_at IS NULL",
        args![
            tx.school(),
            link.id,
            link.version,
            link.tries,
            link.ticket_hash.clone(),
            closed.map(|(at, _)| at),
            closed.map(|(_, how)| how)
        ],
    )
    .await
}

pub(super) async fn add_letter(
    tx: &mut Tx,
    id: Uuid,
    at_school: Uuid,
    code_hash: [u8; 32],
    sealed: &[u8],
) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_letter (school, id, at_school, code_hash, link) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school(), id, at_school, code_hash, sealed],
    )
    .await
}

/// The letter with this code: its id, and the sealed link.
pub(super) async fn find_letter(q: &mut impl Query, code_hash: [u8; 32]) -> Result<Option<(Uuid, Vec<u8>)>> {
    let school = q.school();
    let row = q
        .find("SELECT id, link FROM permission_letter WHERE school = $1 AND code_hash = $2", args![school, code_hash])
        .await?;
    row.map(|row| Ok((row.id("id")?, row.blob("link")?))).transpose()
}

pub(super) async fn add_receipt(tx: &mut Tx, receipt: &Receipt, token_hash: [u8; 32]) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_receipt (school, id, person, adult, token_hash, language, answers, hash, tries, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
        args![
            tx.school(),
            receipt.id,
            receipt.person,
            receipt.adult,
            token_hash,
            &receipt.language,
            &receipt.answers,
            &receipt.hash,
            receipt.made_at
        ],
    )
    .await
}

pub(super) async fn find_receipt(q: &mut impl Query, token_hash: [u8; 32]) -> Result<Option<Receipt>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, person, adult, language, answers, hash, tries, made_at FROM permission_receipt
             WHERE school = $1 AND (token_hash = $2
                OR id IN (SELECT receipt FROM permission_receipt_key WHERE school = $1 AND token_hash = $2))",
            args![school, token_hash],
        )
        .await?;
    row.as_ref().map(receipt).transpose()
}

pub(super) async fn receipt_by_id(q: &mut impl Query, id: Uuid) -> Result<Option<Receipt>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, person, adult, language, answers, hash, tries, made_at FROM permission_receipt
             WHERE school = $1 AND id = $2",
            args![school, id],
        )
        .await?;
    row.as_ref().map(receipt).transpose()
}

/// Every answer that counts now of at most 32 people: whom it is about, for what, and what was said.
pub(super) async fn answers(q: &mut impl Query, people: &[Uuid]) -> Result<Vec<(Uuid, Uuid, Answer)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, purpose, decider, decision, authority, until FROM permission
             WHERE school = $1 AND ended_at IS NULL AND person IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 5000",
            args_of(school, people, &[]),
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("person")?, row.id("purpose")?, answer(row)?))).collect()
}

/// In which language an adult answered last, for whichever child.
pub(super) async fn language_of(q: &mut impl Query, adult: Uuid) -> Result<Option<String>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT language FROM permission_receipt
             WHERE school = $1 AND adult = $2
               AND person IN (SELECT pupil FROM responsibility WHERE school = $1 AND adult = $2)
             ORDER BY made_at DESC, id DESC LIMIT 1",
            args![school, adult],
        )
        .await?;
    row.map(|row| row.text("language")).transpose()
}

fn receipt(row: &Row) -> Result<Receipt> {
    Ok(Receipt {
        id: row.id("id")?,
        person: row.id("person")?,
        adult: row.id("adult")?,
        language: row.text("language")?,
        answers: row.text("answers")?,
        hash: row.text("hash")?,
        tries: row.int("tries")?,
        made_at: row.int("made_at")?,
    })
}

/// A further key to a receipt.
pub(super) async fn add_receipt_key(
    tx: &mut Tx,
    (id, receipt): (Uuid, Uuid),
    token_hash: [u8; 32],
    now: i64,
) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_receipt_key (school, id, receipt, token_hash, made_at) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school(), id, receipt, token_hash, now],
    )
    .await
}

pub(super) async fn remove_receipt_key(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM permission_receipt_key WHERE school = $1 AND id = $2", args![tx.school(), id]).await
}

/// One more try of the second check on a receipt.
pub(super) async fn count_try(tx: &mut Tx, receipt: &Receipt) -> Result<()> {
    tx.save(
        "UPDATE permission_receipt SET tries = tries + 1 WHERE school = $1 AND id = $2 AND tries = $3",
        args![tx.school(), receipt.id, receipt.tries],
    )
    .await
}
