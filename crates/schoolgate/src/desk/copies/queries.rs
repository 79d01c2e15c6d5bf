//! Copies in the database. One function, one statement.

use channels::Sent;
use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::super::queries::strange;
use super::copy::{Copy, CopyState};
use crate::clock::from_millis;

/// Accounts that one request can go to.
const COPIES_MAX: i64 = 50;

fn copy(row: &Row) -> Result<Copy> {
    let moment = |column: &str| Ok::<_, store::Error>(row.maybe_int(column)?.map(from_millis));
    let sent = match (row.maybe_text("address")?, row.maybe_text("remote")?) {
        (Some(address), Some(remote)) => Some(Sent { address, remote }),
        _ => None,
    };
    Ok(Copy {
        id: row.id("id")?,
        version: row.int("version")?,
        request: row.id("request")?,
        account: row.id("account")?,
        called: row.text("called")?,
        state: CopyState::from_code(&row.text("state")?).ok_or_else(|| strange("state"))?,
        made_at: from_millis(row.int("made_at")?),
        tries: row.int("tries")?,
        next_at: from_millis(row.int("next_at")?),
        sent,
        out_at: moment("out_at")?,
        down_at: moment("down_at")?,
        gone_at: moment("gone_at")?,
        said: row.maybe_text("said")?,
    })
}

pub(super) async fn add(tx: &mut Tx, copy: &Copy) -> Result<u64> {
    tx.run(
        "INSERT INTO request_copy (school, id, version, request, account, called, state, made_at, tries, next_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tx.school().get(),
            copy.id,
            copy.request,
            copy.account,
            &copy.called,
            copy.state.code(),
            copy.made_at.as_millisecond(),
            copy.tries,
            copy.next_at.as_millisecond()
        ],
    )
    .await
}

/// Saves a copy that was read at `copy.version`.
pub(super) async fn save(tx: &mut Tx, copy: &Copy) -> Result<()> {
    tx.save(
        "UPDATE request_copy SET version = version + 1, state = $4, tries = $5, next_at = $6, address = $7, remote = $8, out_at = $9,
                down_at = $10, gone_at = $11, said = $12
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school().get(),
            copy.id,
            copy.version,
            copy.state.code(),
            copy.tries,
            copy.next_at.as_millisecond(),
            copy.sent.as_ref().map(|sent| sent.address.clone()),
            copy.sent.as_ref().map(|sent| sent.remote.clone()),
            copy.out_at.map(|at| at.as_millisecond()),
            copy.down_at.map(|at| at.as_millisecond()),
            copy.gone_at.map(|at| at.as_millisecond()),
            copy.said.clone()
        ],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Copy> {
    let row = q
        .one(
            "SELECT id, version, request, account, called, state, made_at, tries, next_at, address, remote, out_at, down_at, gone_at, said
             FROM request_copy WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    copy(&row)
}

pub(super) async fn of_request(q: &mut impl Query, request: Uuid) -> Result<Vec<Copy>> {
    let rows = q
        .all(
            "SELECT id, version, request, account, called, state, made_at, tries, next_at, address, remote, out_at, down_at, gone_at, said
             FROM request_copy WHERE school = $1 AND request = $2 ORDER BY made_at, id LIMIT $3",
            args![q.school().get(), request, COPIES_MAX],
        )
        .await?;
    rows.iter().map(copy).collect()
}

/// What never came out makes room for another try with other content.
pub(super) async fn forget_failed(tx: &mut Tx, request: Uuid) -> Result<u64> {
    tx.run(
        "DELETE FROM request_copy WHERE school = $1 AND request = $2 AND state = 'failed' AND out_at IS NULL",
        args![tx.school().get(), request],
    )
    .await
}

/// Copies that carry this remote name and are public as far as anybody knows.
pub(super) async fn to_be_posted(q: &mut impl Query, remote: &str) -> Result<Vec<Copy>> {
    let rows = q
        .all(
            "SELECT id, version, request, account, called, state, made_at, tries, next_at, address, remote, out_at, down_at, gone_at, said
             FROM request_copy WHERE school = $1 AND remote = $2 AND state = 'out' AND down_at IS NULL ORDER BY made_at, id LIMIT 200",
            args![q.school().get(), remote],
        )
        .await?;
    rows.iter().map(copy).collect()
}

/// Copies with this address, to say whether the school published it.
pub(super) async fn at_address(q: &mut impl Query, address: &str) -> Result<Vec<Copy>> {
    let rows = q
        .all(
            "SELECT id, version, request, account, called, state, made_at, tries, next_at, address, remote, out_at, down_at, gone_at, said
             FROM request_copy WHERE school = $1 AND address = $2 ORDER BY made_at, id LIMIT 5",
            args![q.school().get(), address],
        )
        .await?;
    rows.iter().map(copy).collect()
}
