//! One sealed box: XChaCha20-Poly1305 with a random nonce, bound to a context.
//!
//! Promises: a box opens only with its key and its exact context, or not at all; random nonces of 24 bytes need no
//! counter. Does not: hide how long the content is.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::Result;
use crate::keyfile::{Key, random};

const NONCE_BYTES: usize = 24;

/// Seals `content`: nonce, then ciphertext with its tag (40 bytes more than the content).
pub(super) fn seal(key: &Key, context: &[u8], content: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(&(**key).into());
    let payload = Payload { msg: content, aad: context };
    let sealed = cipher.encrypt(&XNonce::from(*nonce), payload);
    let sealed = sealed.map_err(|_| crate::Error::Invalid("too long to be sealed".into()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens a box; nothing if it was changed, belongs elsewhere or the key is another.
pub(super) fn open(key: &Key, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(&(**key).into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context }).ok().map(Zeroizing::new)
}

/// Joins the parts of a context so that no two different lists of parts give the same bytes.
pub(super) fn context(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}
