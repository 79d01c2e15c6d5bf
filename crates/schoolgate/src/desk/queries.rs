//! Requests, their writers, accounts, approvals, remarks and answers in the database. One function, one statement.

use jiff::civil::Date;
use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::request::{Approval, Content, News, Purpose, Request, State, Urgent, WRITERS_MAX};
use super::safety::Safety;
use crate::clock::from_millis;

/// A page of requests.
pub(super) const PAGE_ROWS: i64 = 50;
/// Official accounts of one school that one post can go to.
const ACCOUNTS_MAX: i64 = 50;
/// Remarks that a page shows; nobody reads more.
const REMARKS_MAX: i64 = 200;

pub(super) async fn add(tx: &mut Tx, request: &Request) -> Result<u64> {
    let content = &request.content;
    tx.run(
        "INSERT INTO request (school, id, version, edition, author, made_at, state, state_at, words, purpose, news, event_at,
                              release_at, remove_on, safety)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            tx.school().get(),
            request.id,
            request.edition,
            request.author,
            request.made_at.as_millisecond(),
            request.state.code(),
            request.state_at.as_millisecond(),
            &content.words,
            content.purpose.code(),
            content.news.code(),
            content.event_at.map(|at| at.as_millisecond()),
            content.release_at.map(|at| at.as_millisecond()),
            content.remove_on.map(|day| day.to_string()),
            content.safety.written()
        ],
    )
    .await
}

/// Saves content and state of a request that was read at `request.version`.
pub(super) async fn save(tx: &mut Tx, request: &Request) -> Result<()> {
    let content = &request.content;
    let (until, urgent) = match &request.state {
        State::InDoubt { until } => (Some(until.as_millisecond()), None),
        State::Approved { urgent, .. } | State::Releasing { urgent, .. } => (None, urgent.as_ref()),
        _ => (None, None),
    };
    tx.save(
        "UPDATE request SET version = version + 1, edition = $4, state = $5, state_at = $6, doubt_until = COALESCE($7, doubt_until),
                urgent_by = COALESCE($8, urgent_by), urgent_because = COALESCE($9, urgent_because), words = $10, purpose = $11,
                news = $12, event_at = $13, release_at = $14, remove_on = $15, safety = $16
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school().get(),
            request.id,
            request.version,
            request.edition,
            request.state.code(),
            request.state_at.as_millisecond(),
            until,
            urgent.map(|urgent| urgent.by),
            urgent.map(|urgent| urgent.because.clone()),
            &content.words,
            content.purpose.code(),
            content.news.code(),
            content.event_at.map(|at| at.as_millisecond()),
            content.release_at.map(|at| at.as_millisecond()),
            content.remove_on.map(|day| day.to_string()),
            content.safety.written()
        ],
    )
    .await
}

/// The request with its writers, accounts and the approvals of its present edition.
pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Request> {
    let row = q
        .one(
            "SELECT id, version, edition, author, made_at, state, state_at, doubt_until, urgent_by, urgent_because, words, purpose,
                    news, event_at, release_at, remove_on, safety
             FROM request WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    let mut request = request(q, &row)?;
    request.writers = writers(q, id).await?;
    request.content.accounts = accounts(q, id).await?;
    let given = approvals(q, id, request.edition).await?;
    if let State::Submitted { approvals } | State::Approved { approvals, .. } | State::Releasing { approvals, .. } =
        &mut request.state
    {
        *approvals = given;
    }
    Ok(request)
}

fn request(q: &impl Query, row: &Row) -> Result<Request> {
    let moment = |column: &str| Ok::<_, store::Error>(row.maybe_int(column)?.map(from_millis));
    let content = Content {
        words: row.text("words")?,
        purpose: Purpose::from_code(&row.text("purpose")?).ok_or_else(|| strange("purpose"))?,
        news: News::from_code(&row.text("news")?).ok_or_else(|| strange("news"))?,
        accounts: Vec::new(),
        event_at: moment("event_at")?,
        release_at: moment("release_at")?,
        remove_on: row
            .maybe_text("remove_on")?
            .map(|day| day.parse::<Date>().map_err(|_| strange("remove_on")))
            .transpose()?,
        safety: Safety::read(&row.text("safety")?),
    };
    Ok(Request {
        school: q.school(),
        id: row.id("id")?,
        version: row.int("version")?,
        edition: row.int("edition")?,
        author: row.id("author")?,
        made_at: from_millis(row.int("made_at")?),
        writers: Vec::new(),
        content,
        state: state(row)?,
        state_at: from_millis(row.int("state_at")?),
    })
}

/// The state without its approvals, which stand in rows of their own.
fn state(row: &Row) -> Result<State> {
    let urgent = match (row.maybe_id("urgent_by")?, row.maybe_text("urgent_because")?) {
        (Some(by), Some(because)) => Some(Urgent { by, because }),
        _ => None,
    };
    Ok(match row.text("state")?.as_str() {
        "draft" => State::Draft,
        "submitted" => State::Submitted { approvals: Vec::new() },
        "sent-back" => State::SentBack,
        "in-doubt" => State::InDoubt { until: from_millis(row.int("doubt_until")?) },
        "approved" => State::Approved { approvals: Vec::new(), urgent },
        "releasing" => State::Releasing { approvals: Vec::new(), urgent },
        "released" => State::Released,
        "taking-down" => State::TakingDown,
        "taken-down" => State::TakenDown,
        "discarded" => State::Discarded,
        _ => return Err(strange("state")),
    })
}

/// A value in a column that we never wrote.
pub(super) fn strange(column: &str) -> store::Error {
    store::Error::Tampered(["the column `", column, "` holds a value that Schoolgate does not write"].join(""))
}

/// Who published it at once, if somebody did.
pub(super) async fn urgent_by(q: &mut impl Query, request: Uuid) -> Result<Option<Uuid>> {
    q.one("SELECT urgent_by FROM request WHERE school = $1 AND id = $2", args![q.school().get(), request])
        .await?
        .maybe_id("urgent_by")
}

/// What was published, by its hash.
pub(super) async fn bind_content(tx: &mut Tx, request: Uuid, hash: &[u8]) -> Result<u64> {
    tx.run(
        "UPDATE request SET content_hash = $3 WHERE school = $1 AND id = $2",
        args![tx.school().get(), request, hash],
    )
    .await
}

/// Why it was to come down; the first reason stays.
pub(super) async fn give_reason(tx: &mut Tx, request: Uuid, because: &str) -> Result<u64> {
    tx.run(
        "UPDATE request SET down_because = COALESCE(down_because, $3) WHERE school = $1 AND id = $2",
        args![tx.school().get(), request, because],
    )
    .await
}

/// The hash of what was published, and why it came down.
pub(super) async fn kept(q: &mut impl Query, request: Uuid) -> Result<(Option<Vec<u8>>, Option<String>)> {
    let row = q
        .one(
            "SELECT content_hash, down_because FROM request WHERE school = $1 AND id = $2",
            args![q.school().get(), request],
        )
        .await?;
    Ok((row.maybe_blob("content_hash")?, row.maybe_text("down_because")?))
}

async fn writers(q: &mut impl Query, request: Uuid) -> Result<Vec<Uuid>> {
    let limit = i64::try_from(WRITERS_MAX).unwrap_or(i64::MAX);
    let rows = q
        .all(
            "SELECT person FROM request_writer WHERE school = $1 AND request = $2 ORDER BY since, id LIMIT $3",
            args![q.school().get(), request, limit],
        )
        .await?;
    rows.iter().map(|row| row.id("person")).collect()
}

pub(super) async fn add_writer(tx: &mut Tx, request: Uuid, person: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO request_writer (school, id, request, person, since) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (request, person) DO NOTHING",
        args![tx.school().get(), Uuid::now_v7(), request, person, now],
    )
    .await
}

async fn accounts(q: &mut impl Query, request: Uuid) -> Result<Vec<Uuid>> {
    let rows = q
        .all(
            "SELECT account FROM request_account WHERE school = $1 AND request = $2 ORDER BY id LIMIT $3",
            args![q.school().get(), request, ACCOUNTS_MAX],
        )
        .await?;
    rows.iter().map(|row| row.id("account")).collect()
}

pub(super) async fn forget_accounts(tx: &mut Tx, request: Uuid) -> Result<u64> {
    tx.run("DELETE FROM request_account WHERE school = $1 AND request = $2", args![tx.school().get(), request]).await
}

pub(super) async fn add_account(tx: &mut Tx, request: Uuid, account: Uuid) -> Result<u64> {
    tx.run(
        "INSERT INTO request_account (school, id, request, account) VALUES ($1, $2, $3, $4)
         ON CONFLICT (request, account) DO NOTHING",
        args![tx.school().get(), Uuid::now_v7(), request, account],
    )
    .await
}

async fn approvals(q: &mut impl Query, request: Uuid, edition: i64) -> Result<Vec<Approval>> {
    let rows = q
        .all(
            "SELECT person, headteachers, at FROM request_approval
             WHERE school = $1 AND request = $2 AND edition = $3 ORDER BY at, id LIMIT 20",
            args![q.school().get(), request, edition],
        )
        .await?;
    let approval = |row: &Row| {
        let is_headteachers = row.text("headteachers")? == "yes";
        Ok(Approval { by: row.id("person")?, at: from_millis(row.int("at")?), is_headteachers })
    };
    rows.iter().map(approval).collect()
}

pub(super) async fn add_approval(tx: &mut Tx, request: Uuid, edition: i64, given: &Approval) -> Result<u64> {
    let headteachers = if given.is_headteachers { "yes" } else { "no" };
    let at = given.at.as_millisecond();
    tx.run(
        "INSERT INTO request_approval (school, id, request, edition, person, headteachers, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school().get(), Uuid::now_v7(), request, edition, given.by, headteachers, at],
    )
    .await
}

/// A remark of a person, or of the program itself.
pub(super) struct Remark {
    pub(super) person: Option<Uuid>,
    pub(super) at: i64,
    pub(super) words: String,
}

pub(super) async fn add_remark(tx: &mut Tx, request: Uuid, remark: &Remark) -> Result<u64> {
    tx.run(
        "INSERT INTO request_remark (school, id, request, person, at, words) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school().get(), Uuid::now_v7(), request, remark.person, remark.at, &remark.words],
    )
    .await
}

pub(super) async fn remarks(q: &mut impl Query, request: Uuid) -> Result<Vec<Remark>> {
    let rows = q
        .all(
            "SELECT person, at, words FROM request_remark WHERE school = $1 AND request = $2 ORDER BY at, id LIMIT $3",
            args![q.school().get(), request, REMARKS_MAX],
        )
        .await?;
    let remark =
        |row: &Row| Ok(Remark { person: row.maybe_id("person")?, at: row.int("at")?, words: row.text("words")? });
    rows.iter().map(remark).collect()
}

pub(super) async fn add_answer(tx: &mut Tx, request: Uuid, asked: &[u8], (person, now): (Uuid, i64)) -> Result<u64> {
    tx.run(
        "INSERT INTO request_answer (school, id, request, asked, person, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (request, asked) DO NOTHING",
        args![tx.school().get(), Uuid::now_v7(), request, asked, person, now],
    )
    .await
}

/// What was answered, as the hashes of what was asked.
pub(super) async fn answers(q: &mut impl Query, request: Uuid) -> Result<Vec<Vec<u8>>> {
    let rows = q
        .all(
            "SELECT asked FROM request_answer WHERE school = $1 AND request = $2 ORDER BY id LIMIT 1000",
            args![q.school().get(), request],
        )
        .await?;
    rows.iter().map(|row| row.blob("asked")).collect()
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: Uuid,
    pub author: Uuid,
    pub state: State,
    pub state_at: i64,
    pub words: String,
    pub event_at: Option<i64>,
    pub release_at: Option<i64>,
    pub remove_on: Option<String>,
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        id: row.id("id")?,
        author: row.id("author")?,
        state: state(row)?,
        state_at: row.int("state_at")?,
        words: row.text("words")?,
        event_at: row.maybe_int("event_at")?,
        release_at: row.maybe_int("release_at")?,
        remove_on: row.maybe_text("remove_on")?,
    })
}

/// The last requests in one state, the one that has waited longest first.
pub(super) async fn in_state(q: &mut impl Query, state: &str) -> Result<Vec<Line>> {
    let rows = q
        .all(
            "SELECT id, author, state, state_at, doubt_until, urgent_by, urgent_because, words, event_at, release_at, remove_on
             FROM request WHERE school = $1 AND state = $2 ORDER BY state_at, id LIMIT $3",
            args![q.school().get(), state, PAGE_ROWS],
        )
        .await?;
    rows.iter().map(line).collect()
}

/// The newest of what one person wrote.
pub(super) async fn written_by(q: &mut impl Query, author: Uuid) -> Result<Vec<Line>> {
    let rows = q
        .all(
            "SELECT id, author, state, state_at, doubt_until, urgent_by, urgent_because, words, event_at, release_at, remove_on
             FROM request WHERE school = $1 AND author = $2 ORDER BY made_at DESC, id DESC LIMIT $3",
            args![q.school().get(), author, PAGE_ROWS],
        )
        .await?;
    rows.iter().map(line).collect()
}

/// What has a day: planned, out, or to be taken down, between two moments.
pub(super) async fn dated(q: &mut impl Query, (from, to): (i64, i64), days: (&str, &str)) -> Result<Vec<Line>> {
    let rows = q
        .all(
            "SELECT id, author, state, state_at, doubt_until, urgent_by, urgent_because, words, event_at, release_at, remove_on
             FROM request WHERE school = $1 AND state <> 'discarded'
               AND ((event_at >= $2 AND event_at < $3) OR (release_at >= $2 AND release_at < $3)
                    OR (remove_on >= $4 AND remove_on < $5) OR (state = 'released' AND state_at >= $2 AND state_at < $3))
             ORDER BY COALESCE(release_at, event_at, state_at), id LIMIT 400",
            args![q.school().get(), from, to, days.0, days.1],
        )
        .await?;
    rows.iter().map(line).collect()
}

// Deputies.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deputy {
    pub id: Uuid,
    pub version: i64,
    pub person: Uuid,
    pub since: i64,
}

pub(super) async fn deputies(q: &mut impl Query) -> Result<Vec<Deputy>> {
    let rows = q
        .all(
            "SELECT id, version, person, since FROM desk_deputy WHERE school = $1 AND ended_at IS NULL ORDER BY since, id LIMIT 50",
            args![q.school().get()],
        )
        .await?;
    let deputy = |row: &Row| {
        Ok(Deputy {
            id: row.id("id")?,
            version: row.int("version")?,
            person: row.id("person")?,
            since: row.int("since")?,
        })
    };
    rows.iter().map(deputy).collect()
}

pub(super) async fn add_deputy(tx: &mut Tx, id: Uuid, person: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO desk_deputy (school, id, version, person, since) VALUES ($1, $2, 1, $3, $4)",
        args![tx.school().get(), id, person, now],
    )
    .await
}

pub(super) async fn end_deputy(tx: &mut Tx, id: Uuid, seen: i64, now: i64) -> Result<()> {
    tx.save(
        "UPDATE desk_deputy SET version = version + 1, ended_at = $4
         WHERE school = $1 AND id = $2 AND version = $3 AND ended_at IS NULL",
        args![tx.school().get(), id, seen, now],
    )
    .await
}
