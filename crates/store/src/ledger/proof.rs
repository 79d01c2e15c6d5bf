//! Proofs that stand by themselves (RFC 9162, sections 2.1.3 and 2.1.4): a deed under a head, a later head over an earlier one.
//!
//! Promises: who has a proof and a kept head needs neither the database nor the other deeds; a proof of anything else does not hold.
//! Does not: say who holds the key that signed, or when the deed was done by any other clock.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::tree;
use super::{Content, Head, Inclusion, Known, Record, consistency, inclusion};
use crate::db::Query;
use crate::pending::Pending;
use crate::{Error, Result};

/// The version of the format.
const FORMAT: u32 = 1;
/// A path has at most some sixty hashes of 67 bytes, and there are two heads or a head and a deed.
pub const PROOF_BYTES_MAX: usize = 32 * 1024;

/// What is proved, with all that it takes but the head that somebody kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Proof {
    /// The deed is among those that the head promises.
    Inclusion { format: u32, deed: Record, head: Head, path: Vec<Content> },
    /// The deeds of the later head begin with those of the earlier one.
    Consistency { format: u32, earlier: Head, later: Head, path: Vec<Content> },
}

impl Proof {
    /// Proves that deed number `seq` of the school that is being read is among those of a head.
    ///
    /// Errors: [`Error::Invalid`] if the head promises no such deed or is of another school, [`Error::Tampered`] if the ledger no longer
    /// holds what the head promised.
    pub async fn of_deed(q: &mut impl Query, seq: u64, head: Head) -> Result<Self> {
        if head.school != q.school().get() {
            return Err(Error::Invalid("the head is of another school".into()));
        }
        if seq >= head.size {
            return Err(Error::Invalid(format!(
                "the head promises {} deeds, counted from 0: deed {seq} is none of them",
                head.size
            )));
        }
        let Inclusion { record, proof, .. } =
            inclusion(q, seq, head.size).await.map_err(|error| cut_off(error, &head))?;
        let path = proof.into_iter().map(Content).collect();
        Self::sound(Self::Inclusion { format: FORMAT, deed: record, head, path })
    }

    /// Proves that a later head goes on from an earlier one of the school that is being read.
    ///
    /// Errors: as for [`Proof::of_deed`].
    pub async fn of_growth(q: &mut impl Query, earlier: Head, later: Head) -> Result<Self> {
        if [&earlier, &later].iter().any(|head| head.school != q.school().get()) {
            return Err(Error::Invalid("a head is of another school".into()));
        }
        if earlier.size > later.size {
            return Err(Error::Invalid("the earlier head promises more deeds than the later one".into()));
        }
        let proof = consistency(q, earlier.size, later.size).await.map_err(|error| cut_off(error, &later))?;
        let path = proof.into_iter().map(Content).collect();
        Self::sound(Self::Consistency { format: FORMAT, earlier, later, path })
    }

    fn sound(proof: Self) -> Result<Self> {
        proof.check(&Known { heads: proof.heads().into_iter().cloned().collect(), ..Known::default() })?;
        Ok(proof)
    }

    /// The heads that it speaks of, the earlier one first.
    pub fn heads(&self) -> Vec<&Head> {
        match self {
            Self::Inclusion { head, .. } => vec![head],
            Self::Consistency { earlier, later, .. } => vec![earlier, later],
        }
    }

    /// Checks it against what was kept elsewhere, without any database: one of its heads must be a kept one, and the other, if there is
    /// one, signed by a known key.
    ///
    /// Errors: [`Error::Tampered`] with what does not hold.
    pub fn check(&self, known: &Known) -> Result<()> {
        let heads = self.heads();
        heads.iter().try_for_each(|head| head.verify())?;
        if !heads.iter().any(|head| known.heads.contains(head)) {
            return Err(Error::Tampered("the proof is not about any of the heads that were kept".into()));
        }
        let signs = |head: &&Head| {
            known.signers.contains(&head.signer) || known.heads.iter().any(|kept| kept.signer == head.signer)
        };
        if let Some(stranger) = heads.iter().find(|head| !signs(head)) {
            let key = hex::encode(stranger.signer);
            return Err(Error::Tampered(format!("a head of the proof is signed by an unknown key, {key}")));
        }
        let holds = match self {
            Self::Inclusion { deed, head, path, .. } => {
                let proof = path.iter().map(|content| content.0).collect();
                Inclusion { record: deed.clone(), size: head.size, proof }.holds(head)
            }
            Self::Consistency { earlier, later, path, .. } => {
                let proof: Vec<tree::Hash> = path.iter().map(|content| content.0).collect();
                earlier.is_kept_by(later, &proof)
            }
        };
        match holds {
            true => Ok(()),
            false => Err(Error::Tampered("the proof does not hold".into())),
        }
    }

    /// One line of JSON.
    pub fn text(&self) -> String {
        // Plain numbers and hexadecimal: nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a proof; it is not yet checked.
    ///
    /// Errors: [`Error::Invalid`] with line and column.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(Error::Invalid(format!("a proof has at most {PROOF_BYTES_MAX} bytes")));
        }
        let proof: Self = serde_json::from_str(text).map_err(|error| Error::Invalid(format!("proof: {error}")))?;
        let (Self::Inclusion { format, .. } | Self::Consistency { format, .. }) = &proof;
        match *format {
            FORMAT => Ok(proof),
            other => Err(Error::Invalid(format!("proof: format {other} is not known, only {FORMAT}"))),
        }
    }

    /// Writes it into a new file of mode 0600.
    ///
    /// Errors: [`Error::Conflict`] if the file exists; nothing is left of it if it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let pending = Pending::beside(file)?;
        let doing = "writing a proof";
        let written = writeln!(pending.writer(doing)?, "{}", self.text());
        written.map_err(|error| Error::unavailable(doing, error.to_string()))?;
        pending.name(file)
    }
}

fn cut_off(error: Error, head: &Head) -> Error {
    match error {
        Error::NotFound => Error::Tampered(format!(
            "the ledger of school {} has fewer deeds than its head of {}",
            head.school, head.size
        )),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Signer, sign};
    use crate::testing::on_both;
    use crate::tests::{deed, school};
    use crate::{Db, SchoolId};

    fn signer() -> Signer {
        Signer::create(&tempfile::tempdir().unwrap().path().join("ledger.key")).unwrap()
    }

    fn kept(heads: &[&Head]) -> Known {
        Known { heads: heads.iter().copied().cloned().collect(), ..Known::default() }
    }

    async fn grown(db: &Db, of: SchoolId, count: u32, signer: &Signer) -> Head {
        for _ in 0..count {
            db.write(of).await.unwrap().commit(deed()).await.unwrap();
        }
        sign(db, of, signer).await.unwrap()
    }

    fn refused(proof: &Proof, known: &Known, case: &str) {
        let got = proof.check(known);
        assert!(matches!(got, Err(Error::Tampered(_))), "{case}: {got:?}");
    }

    #[tokio::test]
    async fn a_deed_is_proved_under_a_kept_head_and_nothing_else_is() {
        on_both(|db| async move {
            let signer = signer();
            let early = grown(&db, school(1), 11, &signer).await;
            let late = grown(&db, school(1), 10, &signer).await;
            let other = grown(&db, school(2), 11, &signer).await;
            let mut read = db.read(school(1)).await.unwrap();
            for head in [&early, &late] {
                for seq in 0..head.size {
                    let proof = Proof::of_deed(&mut read, seq, head.clone()).await.unwrap();
                    let again = Proof::parse(&format!("{}\n", proof.text())).unwrap();
                    assert_eq!(again, proof);
                    again.check(&kept(&[&other, head])).unwrap();
                }
            }
            let proof = Proof::of_deed(&mut read, 4, late.clone()).await.unwrap();
            refused(&proof, &Known::default(), "no head was kept");
            refused(&proof, &Known { signers: vec![signer.public()], ..Known::default() }, "only the key was kept");
            refused(&proof, &kept(&[&early, &other]), "other heads were kept");
            let Proof::Inclusion { deed, path, .. } = &proof else { panic!("{proof:?}") };
            let forged = |change: &dyn Fn(&mut Record, &mut Head, &mut Vec<Content>)| {
                let (mut deed, mut head, mut path) = (deed.clone(), late.clone(), path.clone());
                change(&mut deed, &mut head, &mut path);
                Proof::Inclusion { format: FORMAT, deed, head, path }
            };
            forged(&|_, _, _| ()).check(&kept(&[&late])).unwrap();
            type Change<'a> = (&'a str, &'a dyn Fn(&mut Record, &mut Head, &mut Vec<Content>));
            let changes: [Change<'_>; 9] = [
                ("another verb", &|deed, _, _| deed.verb = "test.denied".into()),
                ("another number", &|deed, _, _| deed.seq = 5),
                ("another time", &|deed, _, _| deed.at += 1),
                ("another school", &|deed, _, _| deed.school = other.school),
                ("nobody did it", &|deed, _, _| deed.actor = None),
                ("a shorter path", &|_, _, path| path.truncate(path.len() - 1)),
                ("a longer path", &|_, _, path| path.push(Content([7; 32]))),
                ("a changed path", &|_, _, path| path[0].0[0] ^= 1),
                ("another size", &|_, head, _| head.size -= 1),
            ];
            for (case, change) in changes {
                refused(&forged(change), &kept(&[&late]), case);
            }
            // A head of the forger's own, with a proof that holds under it.
            let stranger = forged(&|_, head, _| *head = early.clone());
            refused(&stranger, &kept(&[&late]), "another head");
            for (seq, head) in [(11, &early), (0, &other)] {
                let none = Proof::of_deed(&mut read, seq, head.clone()).await.unwrap_err();
                assert!(matches!(none, Error::Invalid(_)), "{none}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_later_head_is_proved_to_go_on_from_a_kept_one_and_no_other_is() {
        on_both(|db| async move {
            let (signer, forger) = (signer(), signer());
            let mut heads = Vec::new();
            for more in [0, 1, 1, 5, 6, 8] {
                heads.push(grown(&db, school(1), more, &signer).await);
            }
            let mut read = db.read(school(1)).await.unwrap();
            for (at, earlier) in heads.iter().enumerate() {
                for later in &heads[at..] {
                    let proof = Proof::of_growth(&mut read, earlier.clone(), later.clone()).await.unwrap();
                    assert_eq!(Proof::parse(&proof.text()).unwrap(), proof);
                    proof.check(&kept(&[earlier])).unwrap();
                    proof.check(&kept(&[later])).unwrap();
                }
            }
            let (earlier, later) = (&heads[3], &heads[5]);
            let proof = Proof::of_growth(&mut read, earlier.clone(), later.clone()).await.unwrap();
            refused(&proof, &kept(&[&heads[1]]), "another head was kept");
            let Proof::Consistency { path, .. } = &proof else { panic!("{proof:?}") };
            let of = |earlier: &Head, later: &Head, path: &[Content]| Proof::Consistency {
                format: FORMAT,
                earlier: earlier.clone(),
                later: later.clone(),
                path: path.to_vec(),
            };
            let known = kept(&[earlier, later]);
            of(earlier, later, path).check(&known).unwrap();
            refused(&of(later, earlier, path), &known, "the wrong way round");
            refused(&of(earlier, &heads[4], path), &known, "a head between");
            refused(&of(earlier, later, &path[1..]), &known, "a shorter path");
            refused(&of(earlier, later, &[path, &path[..1]].concat()), &known, "a longer path");
            // A rewritten ledger with a head of another key, or of the same.
            drop(read);
            let root = [9; 32];
            for (by, case) in [(&forger, "another key"), (&signer, "another history")] {
                let rewritten = by.sign(school(1), later.size, later.at, root);
                refused(&of(earlier, &rewritten, path), &kept(&[earlier]), case);
            }
            let elsewhere = signer.sign(school(2), later.size, later.at, later.root);
            refused(&of(earlier, &elsewhere, path), &kept(&[earlier]), "another school");
        })
        .await;
    }

    #[test]
    fn text_that_is_no_proof_is_refused_with_its_place() {
        let head = signer().sign(SchoolId::HOUSE, 0, 0, [0; 32]);
        let future = Proof::Consistency { format: 2, earlier: head.clone(), later: head, path: Vec::new() };
        for (text, expected) in [
            (String::new(), "line 1 column 0"),
            ("{}".to_owned(), "line 1"),
            ("{\"inclusion\":\n{\"format\":1,\"more\":2}}".to_owned(), "line 2"),
            (future.text(), "format 2"),
            ("x".repeat(PROOF_BYTES_MAX + 1), "at most"),
        ] {
            let got = Proof::parse(&text).unwrap_err();
            assert!(matches!(&got, Error::Invalid(said) if said.contains(expected)), "{text}: {got}");
        }
    }
}
