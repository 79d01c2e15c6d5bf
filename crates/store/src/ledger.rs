//! The ledger: what was done, in an order that cannot be changed unseen.
//!
//! Promises: every committed write has exactly one deed in its school's Merkle tree (RFC 9162, section 2.1), appended in
//! the same transaction. Does not: hold names or text; stop somebody who owns the disk from changing rows, only from
//! doing so unseen by anybody who keeps an earlier signed head elsewhere.

use sha2::{Digest, Sha256};
use sqlx::SqlSafeStr;
use uuid::Uuid;

use crate::engine::Wire;
use crate::value::Row;
use crate::{Error, Result, SchoolId, args};

/// A SHA-256 hash.
pub(crate) type Hash = [u8; 32];

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
    /// `folder.past-tense`, lower case, digits, dots and hyphens, at most [`VERB_BYTES_MAX`] bytes.
    #[must_use]
    pub fn did(self, verb: &'static str) -> Deed {
        Deed { actor: self.0, verb, subject: None, content: None }
    }
}

/// Everything one leaf binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub school: SchoolId,
    pub seq: u64,
    pub at: i64,
    pub actor: Option<Uuid>,
    pub verb: String,
    pub subject: Option<Uuid>,
    pub content: Option<Hash>,
}

impl Leaf {
    /// The leaf's hash: SHA-256 of 0x00 and the canonical bytes. Every part has a fixed length or says its own, so no two
    /// different leaves have the same bytes.
    pub(crate) fn hash(&self) -> Hash {
        let mut hasher = Sha256::new_with_prefix([0_u8]);
        hasher.update(b"schoolgate deed 1\n");
        hasher.update(self.school.get().as_bytes());
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        maybe(&mut hasher, self.actor.as_ref().map(|id| id.as_bytes().as_slice()));
        hasher.update((self.verb.len() as u64).to_be_bytes());
        hasher.update(self.verb.as_bytes());
        maybe(&mut hasher, self.subject.as_ref().map(|id| id.as_bytes().as_slice()));
        maybe(&mut hasher, self.content.as_ref().map(|hash| hash.as_slice()));
        hasher.finalize().into()
    }
}

/// An absent part is one zero byte; a present one is a one byte and its fixed length of bytes.
fn maybe(hasher: &mut Sha256, part: Option<&[u8]>) {
    hasher.update([u8::from(part.is_some())]);
    hasher.update(part.unwrap_or_default());
}

/// The hash of an inner node.
pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([1_u8]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The nodes that leaf number `seq` completes: itself, then each subtree that ends with it.
///
/// `peaks` are the roots of the complete subtrees before it, largest first, as many as `seq` has one-bits. A leaf
/// completes as many subtrees as `seq` has one-bits at its low end.
pub(crate) fn completed(seq: u64, leaf: Hash, peaks: &[Hash]) -> Vec<Hash> {
    let mut nodes = vec![leaf];
    let mut top = leaf;
    for left in peaks.iter().rev().take(seq.trailing_ones() as usize) {
        top = node(left, &top);
        nodes.push(top);
    }
    nodes
}

/// Appends a deed within an open write. The caller holds the school's turn, so nobody else appends meanwhile.
pub(crate) async fn append(wire: &mut Wire, school: SchoolId, at: i64, deed: Deed) -> Result<()> {
    // The tree of n leaves ends in the subtrees that n's one-bits name; clearing the lowest bit of n walks over their ends.
    const PEAKS: &str = "WITH RECURSIVE peak(size) AS (
            SELECT COALESCE(MAX(seq), -1) + 1 FROM ledger WHERE school = $1
            UNION ALL SELECT size & (size - 1) FROM peak WHERE size & (size - 1) > 0)
        SELECT l.seq, l.nodes FROM peak JOIN ledger l ON l.school = $1 AND l.seq = peak.size - 1 ORDER BY l.seq";
    const APPEND: &str = "INSERT INTO ledger (school, seq, at, actor, verb, subject, content, nodes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    const FIRST: &str = "INSERT INTO ledger_school (id) VALUES ($1) ON CONFLICT (id) DO NOTHING";
    let doing = "appending to the ledger";
    check_verb(deed.verb)?;
    let ends = wire.rows(doing, PEAKS.into_sql_str(), args![school]).await?;
    let seq = match ends.last() {
        Some(row) => seq_of(row)? + 1,
        None => 0,
    };
    let peaks = ends.iter().map(top_node).collect::<Result<Vec<_>>>()?;
    if peaks.len() != seq.count_ones() as usize {
        return Err(Error::Tampered(format!("the ledger of school {} lacks rows", school.get())));
    }
    let leaf = Leaf {
        school,
        seq,
        at,
        actor: deed.actor,
        verb: deed.verb.to_owned(),
        subject: deed.subject,
        content: deed.content,
    };
    let nodes = completed(seq, leaf.hash(), &peaks).concat();
    if seq == 0 {
        wire.run(doing, FIRST.into_sql_str(), args![school]).await?;
    }
    let stored_seq = i64::try_from(seq).map_err(|_| Error::Invalid("the ledger is full".into()))?;
    let row = args![school, stored_seq, at, leaf.actor, leaf.verb, leaf.subject, leaf.content, nodes];
    wire.run(doing, APPEND.into_sql_str(), row).await?;
    Ok(())
}

fn check_verb(verb: &str) -> Result<()> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    if verb.is_empty() || verb.len() > VERB_BYTES_MAX || !verb.bytes().all(is_plain) {
        return Err(Error::Invalid(format!("a deed's verb is like `desk.approved`, not `{verb}`")));
    }
    Ok(())
}

fn seq_of(row: &Row) -> Result<u64> {
    u64::try_from(row.int("seq")?).map_err(|_| Error::Tampered("a deed has a number below zero".into()))
}

/// The largest subtree that ends at this row.
fn top_node(row: &Row) -> Result<Hash> {
    let nodes = row.blob("nodes")?;
    let last = nodes.last_chunk::<32>().filter(|_| nodes.len() % 32 == 0);
    last.copied().ok_or_else(|| Error::Tampered(format!("deed {} has broken nodes", row.int("seq").unwrap_or(-1))))
}
