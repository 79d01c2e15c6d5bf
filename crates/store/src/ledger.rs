//! The ledger: what was done, in an order that cannot be changed unseen.
//!
//! Promises: every committed write has exactly one deed in its school's Merkle tree (RFC 9162, section 2.1), appended in
//! the same transaction at the cost of a few rows read; an edited, removed, cut or rewritten history is found by
//! [`verify`] against a signed [`Head`] kept elsewhere. Does not: hold names or text; stop somebody who owns the disk
//! from changing rows, only from doing so unseen.

mod export;
mod head;
mod proof;
mod roll;
mod tree;
mod verify;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::SqlSafeStr;
use uuid::Uuid;

use crate::db::Query;
use crate::engine::Wire;
use crate::value::Row;
use crate::{Db, Error, Result, SchoolId, args};

pub use export::{export, export_file, verify_export};
pub use head::{Head, Signer, is_statement_of};
pub use proof::{PROOF_BYTES_MAX, Proof};
pub use roll::{SCHOOL_OPENED, schools};
pub use tree::{Hash, LEAVES_MAX};
pub(crate) use verify::verify_wire;
pub use verify::{Known, Verified, verify, verify_school};

/// The longest verb; ours are like `desk.approved`.
pub const VERB_BYTES_MAX: usize = 64;

/// What was done, by whom, to what. Ids, verbs and hashes only, so erasing a person never breaks the chain.
///
/// `Deed::by(person).did("desk.approved").to(request).hash(bytes)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    actor: Option<Uuid>,
    verb: &'static str,
    subject: Option<Uuid>,
    content: Option<Hash>,
}

/// A deed whose verb is still to come.
#[derive(Clone, Copy, Debug)]
pub struct By(Option<Uuid>);

impl Deed {
    /// Begins a deed of a person.
    #[must_use]
    pub fn by(person: impl Into<Uuid>) -> By {
        By(Some(person.into()))
    }

    /// Begins a deed of the program itself: a job, a command, the first start.
    #[must_use]
    pub fn by_program() -> By {
        By(None)
    }

    /// Names the one thing it was done to; without it the deed is about the school as a whole.
    #[must_use]
    pub fn to(self, subject: impl Into<Uuid>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Binds the deed to what the thing held then, by SHA-256. The hash stays when the content is erased: where the
    /// content is easy to guess (yes or no, a name), put a random id of the row into `bytes` too.
    #[must_use]
    pub fn hash(self, bytes: impl AsRef<[u8]>) -> Self {
        Self { content: Some(Sha256::digest(bytes.as_ref()).into()), ..self }
    }
}

impl By {
    /// `folder.past-tense`: lower case, digits, dots and hyphens, at most [`VERB_BYTES_MAX`] bytes.
    #[must_use]
    pub fn did(self, verb: &'static str) -> Deed {
        Deed { actor: self.0, verb, subject: None, content: None }
    }
}

/// One deed as the ledger keeps it: everything its leaf binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub school: Uuid,
    /// Its place in the school's order, from 0.
    pub seq: u64,
    /// When it was committed, UTC milliseconds.
    pub at: i64,
    /// Absent if the program itself acted.
    pub actor: Option<Uuid>,
    pub verb: String,
    /// Absent if it is about the school as a whole.
    pub subject: Option<Uuid>,
    /// SHA-256 of what the subject held.
    pub content: Option<Content>,
}

/// The hash of a content, hexadecimal in exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content(#[serde(with = "hex::serde")] pub Hash);

impl Record {
    /// The leaf's hash: SHA-256 of 0x00 and the canonical bytes. Every part has a fixed length or says its own, so no
    /// two different records have the same bytes.
    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::new_with_prefix([0_u8]);
        hasher.update(b"schoolgate deed 1\n");
        hasher.update(self.school.as_bytes());
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        maybe(&mut hasher, self.actor.as_ref().map(|id| id.as_bytes().as_slice()));
        hasher.update((self.verb.len() as u64).to_be_bytes());
        hasher.update(self.verb.as_bytes());
        maybe(&mut hasher, self.subject.as_ref().map(|id| id.as_bytes().as_slice()));
        maybe(&mut hasher, self.content.as_ref().map(|content| content.0.as_slice()));
        hasher.finalize().into()
    }

    pub(crate) fn of(row: &Row) -> Result<Self> {
        let content = row.maybe_blob("content")?.map(|bytes| {
            Hash::try_from(bytes).map(Content).map_err(|_| Error::Tampered("a content hash is not 32 bytes".into()))
        });
        Ok(Self {
            school: row.id("school")?,
            seq: seq_of(row)?,
            at: row.int("at")?,
            actor: row.maybe_id("actor")?,
            verb: row.text("verb")?,
            subject: row.maybe_id("subject")?,
            content: content.transpose()?,
        })
    }
}

/// An absent part is one zero byte; a present one is a one byte and its fixed length of bytes.
fn maybe(hasher: &mut Sha256, part: Option<&[u8]>) {
    hasher.update([u8::from(part.is_some())]);
    hasher.update(part.unwrap_or_default());
}

/// Appends a deed to an open write and commits. The caller holds the school's turn, so nobody else appends meanwhile.
pub(crate) async fn append(mut wire: Wire, school: SchoolId, at: i64, deed: Deed) -> Result<()> {
    const APPEND: &str = "INSERT INTO ledger (school, seq, at, actor, verb, subject, content, nodes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    const FIRST: &str = "INSERT INTO ledger_school (id) VALUES ($1) ON CONFLICT (id) DO NOTHING";
    let doing = "appending to the ledger";
    check_verb(deed.verb)?;
    let mut edge = edge(&mut wire, school).await?;
    let record = Record {
        school: school.get(),
        seq: edge.size,
        at,
        actor: deed.actor,
        verb: deed.verb.to_owned(),
        subject: deed.subject,
        content: deed.content.map(Content),
    };
    if edge.size == 0 {
        wire.run(doing, FIRST.into_sql_str(), args![school]).await?;
    }
    let nodes = edge.push(record.hash()).concat();
    let content = record.content.map(|content| content.0);
    let row = args![school, stored(record.seq)?, at, record.actor, record.verb, record.subject, content, nodes];
    wire.commit_after(doing, APPEND, row).await
}

/// The schools that have a ledger, in the order of their ids.
pub(crate) async fn roll(wire: &mut Wire) -> Result<Vec<SchoolId>> {
    const ROLL: &str = "SELECT id FROM ledger_school ORDER BY id";
    let rows = wire.rows("reading the schools", ROLL.into_sql_str(), args![]).await?;
    rows.iter().map(|row| row.id("id").map(SchoolId::new)).collect()
}

/// The rows at which the complete subtrees of a school's tree end. The tree of n leaves ends in the subtrees that n's
/// one-bits name; clearing the lowest bit of n walks over their ends.
///
/// A lookup for each end, not a join: both engines may begin a join with the whole ledger.
const PEAKS: &str = "WITH RECURSIVE peak(size) AS (
        SELECT COALESCE(MAX(seq), -1) + 1 FROM ledger WHERE school = $1
        UNION ALL SELECT size & (size - 1) FROM peak WHERE size & (size - 1) > 0)
    SELECT size - 1 AS seq, (SELECT l.nodes FROM ledger l WHERE l.school = $1 AND l.seq = peak.size - 1) AS nodes
    FROM peak WHERE size > 0 ORDER BY size";

/// The right edge of a school's tree as it is kept: a handful of rows, whatever the size.
async fn edge(wire: &mut Wire, school: SchoolId) -> Result<tree::Edge> {
    let ends = wire.rows("reading the ledger", PEAKS.into_sql_str(), args![school]).await?;
    let size = match ends.last() {
        Some(row) => seq_of(row)? + 1,
        None => 0,
    };
    let top = |row: &Row| nodes_of(row)?.pop().ok_or_else(|| broken_nodes(row));
    let peaks = ends.iter().map(top).collect::<Result<Vec<_>>>()?;
    let edge = tree::Edge::of(size, peaks);
    edge.ok_or_else(|| Error::Tampered(format!("the ledger of school {} lacks deeds", school.get())))
}

/// Signs what the ledger of a school is now, keeps the head in the database and gives it to be kept elsewhere too.
///
/// Nothing new since the last head of the same key: that head again. Errors: [`Error::Tampered`] if the ledger no longer
/// holds what the last head promised; nothing is signed then.
pub async fn sign(db: &Db, school: SchoolId, signer: &Signer) -> Result<Head> {
    const LAST: &str = "SELECT school, size, at, root, signer, signature FROM ledger_head
        WHERE school = $1 ORDER BY size DESC, at DESC LIMIT 1";
    const KEEP: &str = "INSERT INTO ledger_head (school, size, at, root, signer, signature)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (school, size, at) DO NOTHING";
    let mut tx = db.write(school).await?;
    let edge = edge(tx.wire(), school).await?;
    if let Some(last) = tx.find(LAST, args![school]).await?.as_ref().map(head_of).transpose()? {
        last.verify()?;
        let (size, root) = (edge.size, edge.root());
        let proof = spans(tx.wire(), school, tree::consistency(last.size, size)).await?;
        if !tree::extends((last.size, &last.root), (size, &root), &proof) {
            return Err(Error::Tampered(format!(
                "the first {} deeds of school {} are not those signed",
                last.size, last.school
            )));
        }
        if last.size == size && last.signer == signer.public() {
            return Ok(last);
        }
    }
    let head = signer.sign(school, edge.size, tx.now(), edge.root());
    let row = args![school, stored(head.size)?, head.at, head.root, head.signer, head.signature];
    tx.run(KEEP, row).await?;
    tx.commit_head().await?;
    Ok(head)
}

/// Shows that one deed is among those a head promises: the record and its proof, smallest subtree first.
///
/// Check with [`Inclusion::holds`]. Errors: [`Error::NotFound`] if the ledger is not that large.
pub async fn inclusion(q: &mut impl Query, seq: u64, size: u64) -> Result<Inclusion> {
    let school = q.school();
    if seq >= size || size > edge(q.wire(), school).await?.size {
        return Err(Error::NotFound);
    }
    let record = records(q, seq, 1).await?.into_iter().next().ok_or(Error::NotFound)?;
    let proof = spans(q.wire(), school, tree::inclusion(seq, size)).await?;
    Ok(Inclusion { record, size, proof })
}

/// Shows that the first `new` deeds begin with the first `old`; check with [`Head::is_kept_by`].
pub async fn consistency(q: &mut impl Query, old: u64, new: u64) -> Result<Vec<Hash>> {
    let school = q.school();
    if old > new || new > edge(q.wire(), school).await?.size {
        return Err(Error::NotFound);
    }
    spans(q.wire(), school, tree::consistency(old, new)).await
}

/// One deed and the proof that it is among the first `size`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    pub record: Record,
    pub size: u64,
    pub proof: Vec<Hash>,
}

impl Inclusion {
    /// Whether the head, which the caller has verified, promises this deed.
    pub fn holds(&self, head: &Head) -> bool {
        head.size == self.size
            && head.school == self.record.school
            && tree::includes(self.record.hash(), self.record.seq, self.size, &head.root, &self.proof)
    }
}

/// The records from number `from` on, at most `count` (and never more than 1000), in order.
pub async fn records(q: &mut impl Query, from: u64, count: u32) -> Result<Vec<Record>> {
    let school = q.school();
    let rows = page(q.wire(), school, from, count.min(PAGE)).await?;
    rows.iter().map(Record::of).collect()
}

/// Rows read at a time when the whole ledger is walked.
const PAGE: u32 = 1000;

async fn page(wire: &mut Wire, school: SchoolId, from: u64, count: u32) -> Result<Vec<Row>> {
    const RECORDS: &str = "SELECT school, seq, at, actor, verb, subject, content, nodes FROM ledger
        WHERE school = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
    wire.rows("reading the ledger", RECORDS.into_sql_str(), args![school, stored(from)?, count]).await
}

/// All heads kept in the database for a school, smallest first.
async fn heads(wire: &mut Wire, school: SchoolId) -> Result<Vec<Head>> {
    const HEADS: &str = "SELECT school, size, at, root, signer, signature FROM ledger_head
        WHERE school = $1 AND (size > $2 OR (size = $2 AND at > $3)) ORDER BY size, at LIMIT $4";
    let mut found: Vec<Head> = Vec::new();
    loop {
        let (size, at) = found.last().map_or((-1, i64::MIN), |head| (stored(head.size).unwrap_or(i64::MAX), head.at));
        let rows = wire.rows("reading signed heads", HEADS.into_sql_str(), args![school, size, at, PAGE]).await?;
        let is_last = rows.len() < PAGE as usize;
        for row in &rows {
            found.push(head_of(row)?);
        }
        if is_last {
            return Ok(found);
        }
    }
}

fn head_of(row: &Row) -> Result<Head> {
    let wrong = |_| Error::Tampered("a signed head has parts of the wrong length".into());
    Ok(Head {
        school: row.id("school")?,
        size: u64::try_from(row.int("size")?)
            .map_err(|_| Error::Tampered("a signed head has a size below zero".into()))?,
        at: row.int("at")?,
        root: row.blob("root")?.try_into().map_err(wrong)?,
        signer: row.blob("signer")?.try_into().map_err(wrong)?,
        signature: row.blob("signature")?.try_into().map_err(wrong)?,
    })
}

/// The hashes of some spans, each put together from the nodes that its last leaves completed.
async fn spans(wire: &mut Wire, school: SchoolId, spans: Vec<tree::Span>) -> Result<Vec<Hash>> {
    const NODES: &str = "SELECT seq, nodes FROM ledger WHERE school = $1 AND seq = $2";
    let mut hashes = Vec::new();
    for span in spans {
        let mut parts = Vec::new();
        for place in span.places() {
            let rows =
                wire.rows("reading the ledger", NODES.into_sql_str(), args![school, stored(place.last)?]).await?;
            let missing = || Error::Tampered(format!("deed {} of school {} is missing", place.last, school.get()));
            let row = rows.first().ok_or_else(missing)?;
            parts.push(*nodes_of(row)?.get(place.level).ok_or_else(|| broken_nodes(row))?);
        }
        hashes.push(tree::Span::hash(&parts));
    }
    Ok(hashes)
}

fn check_verb(verb: &str) -> Result<()> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    if verb.is_empty() || verb.len() > VERB_BYTES_MAX || !verb.bytes().all(is_plain) {
        return Err(Error::Invalid(format!("a deed's verb is like `desk.approved`, not `{verb}`")));
    }
    Ok(())
}

fn stored(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::Invalid(format!("a ledger has at most {LEAVES_MAX} deeds")))
}

fn seq_of(row: &Row) -> Result<u64> {
    u64::try_from(row.int("seq")?).map_err(|_| Error::Tampered("a deed has a number below zero".into()))
}

fn nodes_of(row: &Row) -> Result<Vec<Hash>> {
    let bytes = row.maybe_blob("nodes")?.unwrap_or_default();
    let (nodes, rest) = bytes.as_chunks::<32>();
    if nodes.is_empty() || !rest.is_empty() {
        return Err(broken_nodes(row));
    }
    Ok(nodes.to_vec())
}

fn broken_nodes(row: &Row) -> Error {
    Error::Tampered(format!("deed {} has broken nodes", row.int("seq").unwrap_or(-1)))
}
