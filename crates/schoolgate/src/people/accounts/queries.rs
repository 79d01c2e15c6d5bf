//! Accounts, sessions, passkeys, codes, links, and the rows of the whole installation behind sign-in. One function, one
//! statement.

use store::{Error, Query, Result, Row, SchoolId, Tx, args};
use uuid::Uuid;

use super::account::{Account, Key};
use super::session::{SESSIONS_MAX, Session, Stage};
use super::throttle::Tally;

// Accounts.

pub(super) async fn add_account(tx: &mut Tx, id: Uuid, person: Uuid, address: &str, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO account (school, id, version, person, address, made_at) VALUES ($1, $2, 1, $3, $4, $5)",
        args![tx.school().get(), id, person, address, now],
    )
    .await
}

pub(super) async fn find_account(q: &mut impl Query, id: Uuid) -> Result<Option<Account>> {
    let row = q
        .find(
            "SELECT id, version, person, address, password, authenticator, authenticator_step, authenticator_offered
             FROM account WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn account_of(q: &mut impl Query, person: Uuid) -> Result<Option<Account>> {
    let row = q
        .find(
            "SELECT id, version, person, address, password, authenticator, authenticator_step, authenticator_offered
             FROM account WHERE school = $1 AND person = $2",
            args![q.school().get(), person],
        )
        .await?;
    row.as_ref().map(account).transpose()
}

/// Saves everything of an account that can change, if it is still as it was read.
pub(super) async fn save_account(tx: &mut Tx, account: &Account) -> Result<()> {
    tx.save(
        "UPDATE account SET version = version + 1, address = $4, password = $5, authenticator = $6,
                authenticator_step = $7, authenticator_offered = $8
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school().get(),
            account.id,
            account.version,
            &account.address,
            account.password.as_deref(),
            account.authenticator.as_deref(),
            account.authenticator_step,
            account.authenticator_offered.as_deref()
        ],
    )
    .await
}

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.id("id")?,
        version: row.int("version")?,
        person: row.id("person")?,
        address: row.text("address")?,
        password: row.maybe_text("password")?,
        authenticator: row.maybe_blob("authenticator")?,
        authenticator_step: row.maybe_int("authenticator_step")?,
        authenticator_offered: row.maybe_blob("authenticator_offered")?,
    })
}

// Sessions.

pub(super) async fn add_session(tx: &mut Tx, session: &Session, token_hash: [u8; 32]) -> Result<u64> {
    tx.run(
        "INSERT INTO session (school, id, token_hash, account, person, stage, began_at, seen_at, proved_at, device)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            tx.school().get(),
            session.id,
            token_hash,
            session.account,
            session.person,
            session.stage.code(),
            session.began_at,
            session.seen_at,
            session.proved_at,
            &session.device
        ],
    )
    .await
}

pub(super) async fn find_session(q: &mut impl Query, token_hash: [u8; 32]) -> Result<Option<Session>> {
    let row = q
        .find(
            "SELECT id, account, person, stage, began_at, seen_at, proved_at, device
             FROM session WHERE school = $1 AND token_hash = $2",
            args![q.school().get(), token_hash],
        )
        .await?;
    row.as_ref().map(session).transpose()
}

/// The account's sessions, newest first.
pub(super) async fn sessions_of(q: &mut impl Query, account: Uuid) -> Result<Vec<Session>> {
    let rows = q
        .all(
            "SELECT id, account, person, stage, began_at, seen_at, proved_at, device
             FROM session WHERE school = $1 AND account = $2 ORDER BY began_at DESC, id LIMIT 100",
            args![q.school().get(), account],
        )
        .await?;
    rows.iter().map(session).collect()
}

pub(super) async fn touch_session(tx: &mut Tx, id: Uuid, now: i64) -> Result<u64> {
    tx.run("UPDATE session SET seen_at = $3 WHERE school = $1 AND id = $2", args![tx.school().get(), id, now]).await
}

/// The session goes on under another token, with the second factor given now.
pub(super) async fn prove_session(tx: &mut Tx, id: Uuid, token_hash: [u8; 32], now: i64) -> Result<()> {
    tx.save(
        "UPDATE session SET token_hash = $3, proved_at = $4, seen_at = $4 WHERE school = $1 AND id = $2",
        args![tx.school().get(), id, token_hash, now],
    )
    .await
}

pub(super) async fn end_session(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM session WHERE school = $1 AND account = $2 AND id = $3", args![tx.school().get(), account, id])
        .await
}

pub(super) async fn end_sessions(tx: &mut Tx, account: Uuid) -> Result<u64> {
    tx.run("DELETE FROM session WHERE school = $1 AND account = $2", args![tx.school().get(), account]).await
}

pub(super) async fn end_other_sessions(tx: &mut Tx, account: Uuid, kept: Uuid) -> Result<u64> {
    tx.run(
        "DELETE FROM session WHERE school = $1 AND account = $2 AND id <> $3",
        args![tx.school().get(), account, kept],
    )
    .await
}

/// Ends what is idle, old, or more than an account may have at once.
pub(super) async fn sweep_sessions(tx: &mut Tx, account: Uuid, seen_before: i64, began_before: i64) -> Result<u64> {
    tx.run(
        "DELETE FROM session WHERE school = $1 AND account = $2 AND (seen_at < $3 OR began_at < $4 OR id NOT IN
            (SELECT kept.id FROM session AS kept WHERE kept.school = $1 AND kept.account = $2
             ORDER BY kept.began_at DESC, kept.id LIMIT $5))",
        args![tx.school().get(), account, seen_before, began_before, (SESSIONS_MAX - 1) as i64],
    )
    .await
}

fn session(row: &Row) -> Result<Session> {
    let stage = Stage::from_code(&row.text("stage")?).ok_or_else(|| {
        Error::Tampered("the column `session.stage` holds a value that Schoolgate does not write".into())
    })?;
    Ok(Session {
        id: row.id("id")?,
        account: row.id("account")?,
        person: row.id("person")?,
        stage,
        began_at: row.int("began_at")?,
        seen_at: row.int("seen_at")?,
        proved_at: row.maybe_int("proved_at")?,
        device: row.text("device")?,
    })
}

// Passkeys.

pub(super) async fn add_passkey(tx: &mut Tx, account: Uuid, key: &Key) -> Result<u64> {
    tx.run(
        "INSERT INTO passkey (school, id, account, name, credential_hash, credential, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school().get(), key.id, account, &key.name, &key.credential_hash, &key.credential, key.made_at],
    )
    .await
}

pub(super) async fn passkeys_of(q: &mut impl Query, account: Uuid) -> Result<Vec<Key>> {
    let rows = q
        .all(
            "SELECT id, name, credential_hash, credential, made_at, used_at FROM passkey
             WHERE school = $1 AND account = $2 ORDER BY made_at, id LIMIT 50",
            args![q.school().get(), account],
        )
        .await?;
    rows.iter().map(key).collect()
}

pub(super) async fn find_passkey(q: &mut impl Query, account: Uuid, credential_hash: [u8; 32]) -> Result<Option<Key>> {
    let row = q
        .find(
            "SELECT id, name, credential_hash, credential, made_at, used_at FROM passkey
             WHERE school = $1 AND account = $2 AND credential_hash = $3",
            args![q.school().get(), account, credential_hash],
        )
        .await?;
    row.as_ref().map(key).transpose()
}

pub(super) async fn save_passkey_use(tx: &mut Tx, id: Uuid, credential: &[u8], now: i64) -> Result<()> {
    tx.save(
        "UPDATE passkey SET credential = $3, used_at = $4 WHERE school = $1 AND id = $2",
        args![tx.school().get(), id, credential, now],
    )
    .await
}

pub(super) async fn name_passkey(tx: &mut Tx, account: Uuid, id: Uuid, name: &str) -> Result<u64> {
    tx.run(
        "UPDATE passkey SET name = $4 WHERE school = $1 AND account = $2 AND id = $3",
        args![tx.school().get(), account, id, name],
    )
    .await
}

pub(super) async fn remove_passkey(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM passkey WHERE school = $1 AND account = $2 AND id = $3", args![tx.school().get(), account, id])
        .await
}

fn key(row: &Row) -> Result<Key> {
    Ok(Key {
        id: row.id("id")?,
        name: row.text("name")?,
        credential_hash: row.blob("credential_hash")?,
        credential: row.blob("credential")?,
        made_at: row.int("made_at")?,
        used_at: row.maybe_int("used_at")?,
    })
}

// Recovery codes.

pub(super) async fn add_recovery_code(tx: &mut Tx, id: Uuid, account: Uuid, code_hash: [u8; 32]) -> Result<u64> {
    tx.run(
        "INSERT INTO recovery_code (school, id, account, code_hash) VALUES ($1, $2, $3, $4)",
        args![tx.school().get(), id, account, code_hash],
    )
    .await
}

pub(super) async fn use_recovery_code(tx: &mut Tx, account: Uuid, code_hash: [u8; 32], now: i64) -> Result<u64> {
    tx.run(
        "UPDATE recovery_code SET used_at = $4 WHERE school = $1 AND account = $2 AND code_hash = $3 AND used_at IS NULL",
        args![tx.school().get(), account, code_hash, now],
    )
    .await
}

pub(super) async fn recovery_codes_left(q: &mut impl Query, account: Uuid) -> Result<i64> {
    let row = q
        .one(
            "SELECT COUNT(*) AS unused FROM recovery_code WHERE school = $1 AND account = $2 AND used_at IS NULL",
            args![q.school().get(), account],
        )
        .await?;
    row.int("unused")
}

pub(super) async fn remove_recovery_codes(tx: &mut Tx, account: Uuid) -> Result<u64> {
    tx.run("DELETE FROM recovery_code WHERE school = $1 AND account = $2", args![tx.school().get(), account]).await
}

// Set-up links.

pub(super) async fn add_link(
    tx: &mut Tx,
    id: Uuid,
    account: Uuid,
    token_hash: [u8; 32],
    lives: (i64, i64),
) -> Result<u64> {
    tx.run(
        "INSERT INTO setup_link (school, id, account, token_hash, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school().get(), id, account, token_hash, lives.0, lives.1],
    )
    .await
}

/// The account behind a link that is still good.
pub(super) async fn find_link(q: &mut impl Query, token_hash: [u8; 32], now: i64) -> Result<Option<Uuid>> {
    let row = q
        .find(
            "SELECT account FROM setup_link WHERE school = $1 AND token_hash = $2 AND expires_at > $3",
            args![q.school().get(), token_hash, now],
        )
        .await?;
    row.map(|row| row.id("account")).transpose()
}

/// All links of an account: using one, or making a new one, ends the others.
pub(super) async fn remove_links(tx: &mut Tx, account: Uuid) -> Result<u64> {
    tx.run("DELETE FROM setup_link WHERE school = $1 AND account = $2", args![tx.school().get(), account]).await
}

// Ceremonies.

pub(super) async fn add_ceremony(
    tx: &mut Tx,
    id: Uuid,
    account: Option<Uuid>,
    state: &[u8],
    expires_at: i64,
) -> Result<u64> {
    tx.run(
        "INSERT INTO ceremony (school, id, account, state, expires_at) VALUES ($1, $2, $3, $4, $5)",
        args![tx.school().get(), id, account, state, expires_at],
    )
    .await
}

/// The sealed state and the account it was begun for, if it has not run out.
pub(super) async fn find_ceremony(q: &mut impl Query, id: Uuid, now: i64) -> Result<Option<(Vec<u8>, Option<Uuid>)>> {
    let row = q
        .find(
            "SELECT state, account FROM ceremony WHERE school = $1 AND id = $2 AND expires_at > $3",
            args![q.school().get(), id, now],
        )
        .await?;
    row.map(|row| Ok((row.blob("state")?, row.maybe_id("account")?))).transpose()
}

pub(super) async fn remove_ceremony(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM ceremony WHERE school = $1 AND id = $2", args![tx.school().get(), id]).await
}

pub(super) async fn sweep_ceremonies(tx: &mut Tx, now: i64) -> Result<u64> {
    tx.run("DELETE FROM ceremony WHERE school = $1 AND expires_at <= $2", args![tx.school().get(), now]).await
}

/// Ends what is over, whoever's it was: idle, old, or never finished.
pub(super) async fn sweep_all_sessions(tx: &mut Tx, (seen, began, halfway): (i64, i64, i64)) -> Result<u64> {
    tx.run(
        "DELETE FROM session WHERE school = $1
            AND (seen_at <= $2 OR began_at <= $3 OR (stage = 'halfway' AND began_at <= $4))",
        args![tx.school().get(), seen, began, halfway],
    )
    .await
}

pub(super) async fn sweep_links(tx: &mut Tx, now: i64) -> Result<u64> {
    tx.run("DELETE FROM setup_link WHERE school = $1 AND expires_at <= $2", args![tx.school().get(), now]).await
}

// The whole installation: whose address, and who must wait.

pub(super) async fn find_address(q: &mut impl Query, address_hash: &[u8]) -> Result<Option<(SchoolId, Uuid)>> {
    let row = q
        .find(
            "SELECT id, at_school FROM directory WHERE school = $1 AND address_hash = $2",
            args![q.school().get(), address_hash],
        )
        .await?;
    row.map(|row| Ok((SchoolId::new(row.id("at_school")?), row.id("id")?))).transpose()
}

pub(super) async fn school_of_account(q: &mut impl Query, account: Uuid) -> Result<Option<SchoolId>> {
    let row = q
        .find("SELECT at_school FROM directory WHERE school = $1 AND id = $2", args![q.school().get(), account])
        .await?;
    row.map(|row| Ok(SchoolId::new(row.id("at_school")?))).transpose()
}

pub(super) async fn add_address(tx: &mut Tx, account: Uuid, at: SchoolId, address_hash: &[u8]) -> Result<u64> {
    tx.run(
        "INSERT INTO directory (school, id, at_school, address_hash) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET address_hash = $4",
        args![tx.school().get(), account, at.get(), address_hash],
    )
    .await
}

pub(super) async fn remove_address(tx: &mut Tx, account: Uuid) -> Result<u64> {
    tx.run("DELETE FROM directory WHERE school = $1 AND id = $2", args![tx.school().get(), account]).await
}

pub(super) async fn find_tally(q: &mut impl Query, key_hash: &[u8]) -> Result<Option<Tally>> {
    let row = q
        .find(
            "SELECT tries, since, open_at FROM throttle WHERE school = $1 AND key_hash = $2",
            args![q.school().get(), key_hash],
        )
        .await?;
    row.map(|row| Ok(Tally { tries: row.int("tries")?, since: row.int("since")?, open_at: row.int("open_at")? }))
        .transpose()
}

pub(super) async fn save_tally(tx: &mut Tx, id: Uuid, key_hash: &[u8], tally: Tally) -> Result<u64> {
    tx.run(
        "INSERT INTO throttle (school, id, key_hash, tries, since, open_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (key_hash) DO UPDATE SET tries = $4, since = $5, open_at = $6",
        args![tx.school().get(), id, key_hash, tally.tries, tally.since, tally.open_at],
    )
    .await
}

pub(super) async fn sweep_tallies(tx: &mut Tx, before: i64) -> Result<u64> {
    tx.run("DELETE FROM throttle WHERE school = $1 AND since < $2", args![tx.school().get(), before]).await
}

pub(super) async fn find_lookup_key(q: &mut impl Query) -> Result<Option<(Uuid, Vec<u8>)>> {
    let row = q.find("SELECT id, sealed FROM lookup_key WHERE school = $1", args![q.school().get()]).await?;
    row.map(|row| Ok((row.id("id")?, row.blob("sealed")?))).transpose()
}

pub(super) async fn add_lookup_key(tx: &mut Tx, id: Uuid, sealed: &[u8]) -> Result<u64> {
    tx.run("INSERT INTO lookup_key (school, id, sealed) VALUES ($1, $2, $3)", args![tx.school().get(), id, sealed])
        .await
}
