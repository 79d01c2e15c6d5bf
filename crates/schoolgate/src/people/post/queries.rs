//! Letters and how a school wants them, in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args, filled_up};
use uuid::Uuid;

use super::{Ask, Kind, Mail, Settings, State};
use crate::people::person::strange;

/// A step through all letters.
pub(super) const STEP_ROWS: i64 = 5_000;
/// As many people as one statement asks about.
pub(super) const PEOPLE_A_STATEMENT: usize = 32;
/// A page of letters.
pub(super) const PAGE_ROWS: i64 = 50;

pub(super) async fn add(tx: &mut Tx, id: Uuid, ask: &Ask, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO mail (school, id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 'waiting', $7, 0)",
        args![tx.school(), id, ask.kind.code(), ask.recipient, ask.about, ask.asked_by, now],
    )
    .await
}

/// One that is on its way to the same person about the same thing.
pub(super) async fn find_waiting(q: &mut impl Query, recipient: Uuid, about: Uuid) -> Result<Option<Uuid>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id FROM mail WHERE school = $1 AND recipient = $2 AND about = $3 AND state = 'waiting' ORDER BY id LIMIT 1",
            args![school, recipient, about],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Option<Mail>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries, said FROM mail
             WHERE school = $1 AND id = $2",
            args![school, id],
        )
        .await?;
    row.as_ref().map(mail).transpose()
}

/// The newest first.
pub(super) async fn newest(q: &mut impl Query) -> Result<Vec<Mail>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries, said FROM mail
             WHERE school = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
            args![school, PAGE_ROWS],
        )
        .await?;
    rows.iter().map(mail).collect()
}

/// Everything since a moment, in order, a step at a time: after a moment and the letter of it that was last.
pub(super) async fn since(q: &mut impl Query, (from, after): (i64, Uuid)) -> Result<Vec<Mail>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries, said FROM mail
             WHERE school = $1 AND (made_at > $2 OR (made_at = $2 AND id > $3)) ORDER BY made_at, id LIMIT $4",
            args![school, from, after, STEP_ROWS],
        )
        .await?;
    rows.iter().map(mail).collect()
}

/// The same to some people only, all at once.
pub(super) async fn to(q: &mut impl Query, recipients: &[Uuid], from: i64) -> Result<Vec<Mail>> {
    let mut args = args![q.school()];
    args.extend(filled_up(recipients, PEOPLE_A_STATEMENT));
    args.extend(args![from]);
    let rows = q
        .all(
            "SELECT id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries, said FROM mail
             WHERE school = $1 AND recipient IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
               AND made_at >= $34 ORDER BY made_at, id LIMIT 5000",
            args,
        )
        .await?;
    rows.iter().map(mail).collect()
}

/// What could not be delivered and nobody has settled, the oldest first.
pub(super) async fn failed(q: &mut impl Query) -> Result<Vec<Mail>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, version, kind, recipient, about, asked_by, made_at, state, state_at, tries, said FROM mail
             WHERE school = $1 AND state = 'failed' ORDER BY state_at, id LIMIT 200",
            args![school],
        )
        .await?;
    rows.iter().map(mail).collect()
}

pub(super) async fn save(tx: &mut Tx, mail: &Mail) -> Result<()> {
    tx.save(
        "UPDATE mail SET version = version + 1, state = $4, state_at = $5, tries = $6, said = $7
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school(), mail.id, mail.version, mail.state.code(), mail.state_at, mail.tries, mail.said.clone()],
    )
    .await
}

fn mail(row: &Row) -> Result<Mail> {
    Ok(Mail {
        id: row.id("id")?,
        version: row.int("version")?,
        kind: Kind::from_code(&row.text("kind")?).ok_or_else(|| strange("mail.kind"))?,
        recipient: row.id("recipient")?,
        about: row.id("about")?,
        asked_by: row.maybe_id("asked_by")?,
        made_at: row.int("made_at")?,
        state: State::from_code(&row.text("state")?).ok_or_else(|| strange("mail.state"))?,
        state_at: row.int("state_at")?,
        tries: row.int("tries")?,
        said: row.maybe_text("said")?,
    })
}

/// The settings with their id and version.
pub(super) async fn find_settings(q: &mut impl Query) -> Result<Option<(Uuid, i64, Settings)>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, version, office, reminders_max, remind_after_days FROM post_settings WHERE school = $1",
            args![school],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let settings = Settings {
        office: row.maybe_text("office")?,
        reminders_max: row.int("reminders_max")?,
        remind_after_days: row.int("remind_after_days")?,
    };
    Ok(Some((row.id("id")?, row.int("version")?, settings)))
}

pub(super) async fn add_settings(tx: &mut Tx, id: Uuid, given: &Settings) -> Result<u64> {
    tx.run(
        "INSERT INTO post_settings (school, id, version, office, reminders_max, remind_after_days) VALUES ($1, $2, 1, $3, $4, $5)",
        args![tx.school(), id, given.office.clone(), given.reminders_max, given.remind_after_days],
    )
    .await
}

pub(super) async fn save_settings(tx: &mut Tx, (id, seen): (Uuid, i64), given: &Settings) -> Result<()> {
    tx.save(
        "UPDATE post_settings SET version = version + 1, office = $4, reminders_max = $5, remind_after_days = $6
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school(), id, seen, given.office.clone(), given.reminders_max, given.remind_after_days],
    )
    .await
}
