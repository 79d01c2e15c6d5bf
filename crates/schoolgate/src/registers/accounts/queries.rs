//! Official accounts in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::account::{Account, Details, Finding, Kind, Known};
use crate::registers::strange;

/// More accounts than any school keeps.
const ACCOUNTS_MAX: i64 = 200;

pub(super) async fn add(tx: &mut Tx, account: &Account) -> Result<u64> {
    let details = &account.details;
    tx.run(
        "INSERT INTO official_account
             (school, id, version, kind, name, address, service, handle, purpose, responsible, recovery, second_factor, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            tx.school(),
            account.id,
            account.version,
            details.kind.code(),
            &details.name,
            &details.address,
            &details.service,
            &details.handle,
            &details.purpose,
            details.responsible,
            &details.recovery,
            details.second_factor.code(),
            account.made_at
        ],
    )
    .await
}

/// Those in use first, by name.
pub(super) async fn accounts(q: &mut impl Query) -> Result<Vec<Account>> {
    let rows = q
        .all(
            "SELECT id, version, kind, name, address, service, handle, purpose, responsible, recovery, second_factor,
                    credentials, credentials_at, limits, finding, checked_at, made_at, retired_at
             FROM official_account WHERE school = $1
             ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, lower(name), id LIMIT $2",
            args![q.school(), ACCOUNTS_MAX],
        )
        .await?;
    rows.iter().map(account).collect()
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Account> {
    let row = q
        .one(
            "SELECT id, version, kind, name, address, service, handle, purpose, responsible, recovery, second_factor,
                    credentials, credentials_at, limits, finding, checked_at, made_at, retired_at
             FROM official_account WHERE school = $1 AND id = $2",
            args![q.school(), id],
        )
        .await?;
    account(&row)
}

/// Saves an account that was read at `account.version`.
pub(super) async fn save(tx: &mut Tx, account: &Account) -> Result<()> {
    let details = &account.details;
    let said = account.said.and_then(|said| serde_json::to_string(&said).ok());
    tx.save(
        "UPDATE official_account SET version = version + 1, name = $4, address = $5, service = $6, handle = $7, purpose = $8,
                responsible = $9, recovery = $10, second_factor = $11, credentials = $12, credentials_at = $13, limits = $14,
                finding = $15, checked_at = $16, retired_at = $17
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school(),
            account.id,
            account.version,
            &details.name,
            &details.address,
            &details.service,
            &details.handle,
            &details.purpose,
            details.responsible,
            &details.recovery,
            details.second_factor.code(),
            account.credentials.as_deref(),
            account.credentials_at,
            said,
            account.finding.map(Finding::code),
            account.checked_at,
            account.retired_at
        ],
    )
    .await
}

fn account(row: &Row) -> Result<Account> {
    let details = Details {
        kind: Kind::from_code(&row.text("kind")?).ok_or_else(|| strange("official_account.kind"))?,
        name: row.text("name")?,
        address: row.text("address")?,
        service: row.text("service")?,
        handle: row.text("handle")?,
        purpose: row.text("purpose")?,
        responsible: row.id("responsible")?,
        recovery: row.text("recovery")?,
        second_factor: Known::from_code(&row.text("second_factor")?)
            .ok_or_else(|| strange("official_account.second_factor"))?,
    };
    let said = row
        .maybe_text("limits")?
        .map(|text| serde_json::from_str(&text).map_err(|_| strange("official_account.limits")));
    let finding = row
        .maybe_text("finding")?
        .map(|code| Finding::from_code(&code).ok_or_else(|| strange("official_account.finding")));
    Ok(Account {
        id: row.id("id")?,
        version: row.int("version")?,
        details,
        credentials: row.maybe_blob("credentials")?,
        credentials_at: row.maybe_int("credentials_at")?,
        said: said.transpose()?,
        finding: finding.transpose()?,
        checked_at: row.maybe_int("checked_at")?,
        made_at: row.int("made_at")?,
        retired_at: row.maybe_int("retired_at")?,
    })
}
