//! Signed tree heads: a promise about the first so many deeds of a school.
//!
//! Promises: a head that verifies was signed by the holder of that key, for exactly that school, size, moment and root.
//! Does not: say who holds the key; keep a head of each school outside this machine and compare.

use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tree::{self, Hash, LEAVES_MAX};
use crate::{Error, Result, SchoolId, keyfile};

/// The longest head as text.
const TEXT_BYTES_MAX: usize = 1024;

/// Holds the ledger's signing key (Ed25519), in memory only as long as this lives.
pub struct Signer(SigningKey);

impl Signer {
    /// Makes a new key in a new file of mode 0600.
    ///
    /// Errors: [`Error::Invalid`] if the file exists already.
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self(SigningKey::from_bytes(&*keyfile::create(path)?)))
    }

    /// Reads the key; a file that others may read is refused.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(SigningKey::from_bytes(&*keyfile::open(path)?)))
    }

    /// The public key: what others need to check heads.
    pub fn public(&self) -> Hash {
        self.0.verifying_key().to_bytes()
    }

    /// Signs a text that the school makes public, under a heading of its own so that it can never pass for a head.
    pub fn sign_statement(&self, text: &str) -> [u8; 64] {
        self.0.sign(&statement(text)).to_bytes()
    }

    pub(crate) fn sign(&self, school: SchoolId, size: u64, at: i64, root: Hash) -> Head {
        let unsigned = Head { school: school.get(), size, at, root, signer: self.public(), signature: [0; 64] };
        let signature = self.0.sign(&unsigned.message()).to_bytes();
        Head { signature, ..unsigned }
    }
}

fn statement(text: &str) -> Vec<u8> {
    [b"schoolgate statement 1\n", text.as_bytes()].concat()
}

/// Whether the holder of this key signed this text with [`Signer::sign_statement`].
pub fn is_statement_of(public: &Hash, text: &str, signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(public) else { return false };
    key.verify_strict(&statement(text), &Signature::from_bytes(signature)).is_ok()
}

/// What one school's ledger was at one moment, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub school: Uuid,
    /// How many deeds it promises.
    pub size: u64,
    /// When it was signed, UTC milliseconds.
    pub at: i64,
    #[serde(with = "hex::serde")]
    pub root: Hash,
    #[serde(with = "hex::serde")]
    pub signer: Hash,
    #[serde(with = "hex::serde")]
    pub signature: [u8; 64],
}

impl Head {
    /// One line of JSON, to be kept elsewhere: printed, mailed to a governor, filed with the minutes.
    pub fn text(&self) -> String {
        // Plain numbers and hexadecimal: nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a kept head; it is not yet verified.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Error::Invalid(format!("a signed head has at most {TEXT_BYTES_MAX} bytes")));
        }
        serde_json::from_str(text.trim()).map_err(|error| Error::Invalid(format!("signed head: {error}")))
    }

    /// Checks the signature by the key the head names; whether that key is the right one is the caller's to know.
    pub fn verify(&self) -> Result<()> {
        let wrong = || {
            Error::Tampered(format!(
                "the signature of the head of {} deeds of school {} is wrong",
                self.size, self.school
            ))
        };
        let key = VerifyingKey::from_bytes(&self.signer).map_err(|_| wrong())?;
        if self.size > LEAVES_MAX {
            return Err(wrong());
        }
        key.verify_strict(&self.message(), &Signature::from_bytes(&self.signature)).map_err(|_| wrong())
    }

    /// Whether `later` promises the same deeds and more; the proof comes from [`consistency`](super::consistency).
    pub fn is_kept_by(&self, later: &Self, proof: &[Hash]) -> bool {
        self.school == later.school && tree::extends((self.size, &self.root), (later.size, &later.root), proof)
    }

    fn message(&self) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            b"schoolgate ledger head 1\n",
            self.school.as_bytes(),
            &self.size.to_be_bytes(),
            &self.at.to_be_bytes(),
            &self.root,
        ];
        parts.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_as_text_and_every_changed_part_breaks_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        let signer = Signer::create(&path).unwrap();
        assert_eq!(Signer::open(&path).unwrap().public(), signer.public());
        let head = signer.sign(SchoolId::new(Uuid::from_u128(5)), 9, 1_700_000_000_000, [3; 32]);
        head.verify().unwrap();
        assert_eq!(Head::parse(&format!("{}\n", head.text())).unwrap(), head);
        let mut changed = vec![head.clone(); 6];
        changed[0].school = Uuid::from_u128(6);
        changed[1].size += 1;
        changed[2].at += 1;
        changed[3].root[0] ^= 1;
        changed[4].signer[0] ^= 1;
        changed[5].signature[5] ^= 1;
        for broken in changed {
            assert!(matches!(broken.verify().unwrap_err(), Error::Tampered(_)), "{broken:?}");
        }
    }

    #[test]
    fn a_statement_is_of_its_signer_and_its_text_and_never_a_head() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::create(&folder.path().join("ledger.key")).unwrap();
        let signature = signer.sign_statement("our accounts");
        assert!(is_statement_of(&signer.public(), "our accounts", &signature));
        assert!(!is_statement_of(&signer.public(), "our accounts.", &signature));
        assert!(!is_statement_of(&[7; 32], "our accounts", &signature));
        let head = signer.sign(SchoolId::new(Uuid::nil()), 0, 0, [0; 32]);
        assert!(!is_statement_of(&signer.public(), "", &head.signature));
    }

    #[test]
    fn text_that_is_no_head_is_refused() {
        for text in ["", "{}", "[1]", "{\"school\":1}", &"x".repeat(TEXT_BYTES_MAX + 1)] {
            assert!(matches!(Head::parse(text).unwrap_err(), Error::Invalid(_)), "{text}");
        }
    }
}
