//! Who can sign in, in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::hand_over::Hold;
use super::{HandOver, Holder};
use crate::people::person::strange;

/// More than any school lets sign in to its accounts.
const ROWS_MAX: i64 = 500;

pub(super) async fn add(tx: &mut Tx, holder: &Holder) -> Result<u64> {
    tx.run(
        "INSERT INTO account_holder (school, id, version, account, person, since) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school(), holder.id, holder.version, holder.account, holder.person, holder.since],
    )
    .await
}

/// Saves a holder who was read at `holder.version`.
pub(super) async fn save(tx: &mut Tx, holder: &Holder) -> Result<()> {
    tx.save(
        "UPDATE account_holder SET version = version + 1, ended_at = $4 WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school(), holder.id, holder.version, holder.ended_at],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Holder> {
    let row = q
        .one(
            "SELECT id, version, account, person, since, ended_at FROM account_holder WHERE school = $1 AND id = $2",
            args![q.school(), id],
        )
        .await?;
    holder(&row)
}

pub(super) async fn of_account(q: &mut impl Query, account: Uuid) -> Result<Vec<Holder>> {
    let rows = q
        .all(
            "SELECT id, version, account, person, since, ended_at FROM account_holder
             WHERE school = $1 AND account = $2 AND ended_at IS NULL ORDER BY since, id LIMIT $3",
            args![q.school(), account, ROWS_MAX],
        )
        .await?;
    rows.iter().map(holder).collect()
}

/// Everybody who can sign in to some account.
pub(super) async fn holding(q: &mut impl Query) -> Result<Vec<Holder>> {
    let rows = q
        .all(
            "SELECT id, version, account, person, since, ended_at FROM account_holder
             WHERE school = $1 AND ended_at IS NULL ORDER BY since, id LIMIT $2",
            args![q.school(), ROWS_MAX],
        )
        .await?;
    rows.iter().map(holder).collect()
}

/// A hand-over that was raised: the account, the person and how they held it.
pub(super) struct Raised {
    pub(super) id: Uuid,
    pub(super) of: (Uuid, Uuid, Hold),
    pub(super) at: i64,
}

pub(super) async fn raised(q: &mut impl Query) -> Result<Vec<Raised>> {
    let rows = q
        .all(
            "SELECT id, account, person, hold, raised_at FROM hand_over_raised WHERE school = $1 ORDER BY id LIMIT $2",
            args![q.school(), 2 * ROWS_MAX],
        )
        .await?;
    let raised = |row: &Row| {
        let hold = Hold::from_code(&row.text("hold")?).ok_or_else(|| strange("hold"))?;
        Ok(Raised { id: row.id("id")?, of: (row.id("account")?, row.id("person")?, hold), at: row.int("raised_at")? })
    };
    rows.iter().map(raised).collect()
}

pub(super) async fn raise(tx: &mut Tx, one: &HandOver, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO hand_over_raised (school, id, account, person, hold, raised_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school(), Uuid::now_v7(), one.account, one.person, one.hold.code(), now],
    )
    .await
}

pub(super) async fn forget_raised(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM hand_over_raised WHERE school = $1 AND id = $2", args![tx.school(), id]).await
}

fn holder(row: &Row) -> Result<Holder> {
    Ok(Holder {
        id: row.id("id")?,
        version: row.int("version")?,
        account: row.id("account")?,
        person: row.id("person")?,
        since: row.int("since")?,
        ended_at: row.maybe_int("ended_at")?,
    })
}
