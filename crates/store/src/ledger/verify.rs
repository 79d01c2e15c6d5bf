//! Walking a whole ledger and comparing it with what was promised.
//!
//! Promises: every deed's hash, every kept node and every signed head is computed anew; the first fault is told with the
//! number of its deed. Does not: trust a node, or find a tail that was cut off with its heads if nobody kept one elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::tree::{self, Hash};
use super::{Head, PAGE, Record, heads, nodes_of, page, roll};
use crate::db::Query;
use crate::engine::Wire;
use crate::{Db, Error, Result, SchoolId};

/// What the one who verifies knows from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Public keys that may sign. Together with the keys of `heads`; if there are none, any key is accepted and only the
    /// ledger's agreement with itself is shown.
    pub signers: Vec<Hash>,
    /// Heads kept elsewhere. A school named here must exist.
    pub heads: Vec<Head>,
}

/// What was found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub school: Uuid,
    /// How many deeds there are; all of them were checked.
    pub deeds: u64,
    /// The root over all of them.
    pub root: Hash,
    /// How many signed heads agree, kept here and elsewhere.
    pub heads: usize,
    /// How many deeds the largest of those heads covers; later ones are not promised to anybody yet.
    pub signed: u64,
}

/// Verifies the ledgers of all schools in the database, and that no school is gone that was opened or has a known head.
///
/// Errors: [`Error::Tampered`] with the school and the first deed that is wrong.
pub async fn verify(db: &Db, known: &Known) -> Result<Vec<Verified>> {
    let kept: BTreeSet<SchoolId> = db.schools().await?.into_iter().collect();
    let mut schools = kept.clone();
    schools.extend(known.heads.iter().map(|head| SchoolId::new(head.school)));
    let mut verified = Vec::new();
    for school in schools {
        let found = verify_school(&mut db.read(school).await?, known).await?;
        // A ledger begins with its first deed.
        if found.deeds == 0 && kept.contains(&school) {
            return Err(Error::Tampered(format!("ledger of school {}: every deed is missing", school.get())));
        }
        verified.push(found);
    }
    roll::agree(db).await?;
    Ok(verified)
}

/// Verifies the ledger of the school that is being read, in that one snapshot.
pub async fn verify_school(q: &mut impl Query, known: &Known) -> Result<Verified> {
    let school = q.school();
    verify_wire(q.wire(), school, known).await
}

pub(crate) async fn verify_wire(wire: &mut Wire, school: SchoolId, known: &Known) -> Result<Verified> {
    let mut walk = Walk::new(school.get(), known)?;
    for head in heads(wire, school).await? {
        walk.expect(head)?;
    }
    walk.begin()?;
    loop {
        let rows = page(wire, school, walk.edge.size, PAGE).await?;
        for row in &rows {
            let nodes = walk.deed(&Record::of(row)?)?;
            if nodes != nodes_of(row)? {
                return Err(walk.changed(walk.edge.size - 1));
            }
        }
        if rows.len() < PAGE as usize {
            return walk.end();
        }
    }
}

/// One pass over a ledger's deeds in order, from wherever they come.
pub(super) struct Walk {
    school: Uuid,
    pub(super) edge: tree::Edge,
    signers: Vec<Hash>,
    expected: BTreeMap<u64, Vec<Head>>,
    heads: usize,
    signed: u64,
}

impl Walk {
    pub(super) fn new(school: Uuid, known: &Known) -> Result<Self> {
        let signers = known.signers.iter().copied().chain(known.heads.iter().map(|head| head.signer)).collect();
        let mut walk =
            Self { school, edge: tree::Edge::default(), signers, expected: BTreeMap::new(), heads: 0, signed: 0 };
        for head in known.heads.iter().filter(|head| head.school == school) {
            walk.expect(head.clone())?;
        }
        Ok(walk)
    }

    /// Adds a head that the deeds must agree with.
    pub(super) fn expect(&mut self, head: Head) -> Result<()> {
        head.verify()?;
        if head.school != self.school {
            return Err(Error::Tampered(format!("a head of school {} lies with school {}", head.school, self.school)));
        }
        if !self.signers.is_empty() && !self.signers.contains(&head.signer) {
            let (size, key) = (head.size, hex::encode(head.signer));
            return Err(self.fault(format!("its head of {size} deeds is signed by an unknown key, {key}")));
        }
        self.expected.entry(head.size).or_default().push(head);
        Ok(())
    }

    /// Compares what may already be promised about an empty ledger.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.compare()
    }

    /// Takes the next deed and gives the nodes it completes.
    pub(super) fn deed(&mut self, record: &Record) -> Result<Vec<Hash>> {
        let next = self.edge.size;
        if record.seq != next {
            return Err(self.fault(format!("deed {next} is missing")));
        }
        if record.school != self.school {
            return Err(self.changed(next));
        }
        let nodes = self.edge.push(record.hash());
        self.compare()?;
        Ok(nodes)
    }

    pub(super) fn end(self) -> Result<Verified> {
        if let Some((size, _)) = self.expected.last_key_value() {
            let deeds = self.edge.size;
            return Err(
                self.fault(format!("it ends after {deeds} deeds, but {size} were signed: the tail was cut off"))
            );
        }
        let root = self.edge.root();
        Ok(Verified { school: self.school, deeds: self.edge.size, root, heads: self.heads, signed: self.signed })
    }

    pub(super) fn changed(&self, seq: u64) -> Error {
        self.fault(format!("deed {seq} is not what was recorded"))
    }

    fn compare(&mut self) -> Result<()> {
        let size = self.edge.size;
        let Some(heads) = self.expected.remove(&size) else { return Ok(()) };
        let root = self.edge.root();
        if heads.iter().any(|head| head.root != root) {
            return Err(self.fault(format!("its first {size} deeds are not those that were signed")));
        }
        self.heads += heads.len();
        self.signed = size;
        Ok(())
    }

    fn fault(&self, said: String) -> Error {
        Error::Tampered(format!("ledger of school {}: {said}", self.school))
    }
}
