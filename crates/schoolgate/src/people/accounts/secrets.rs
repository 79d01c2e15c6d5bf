//! What must not be read in the database: sealed values and keyed hashes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use store::seal::Place;
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{queries, token};
use crate::app::App;
use crate::error::{Error, Result};

/// The one purpose of all keys used here; each school has its own.
const PURPOSE: &str = "accounts";

/// A kind of sealed value: table and column. A value opens only in its own row of them.
#[derive(Clone, Copy)]
pub(super) struct Kind(&'static str, &'static str);

/// Also while it is only offered, so that taking it into use moves the value as it is.
pub(super) const AUTHENTICATOR: Kind = Kind("account", "authenticator");
pub(super) const PASSKEY: Kind = Kind("passkey", "credential");
pub(super) const CEREMONY: Kind = Kind("ceremony", "state");
const LOOKUP: Kind = Kind("lookup_key", "sealed");

impl Kind {
    fn of(self, row: Uuid) -> Place {
        Place { table: self.0, row, column: self.1 }
    }
}

pub(super) async fn seal(app: &App, tx: &mut Tx, kind: Kind, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
    Ok(app.sealer.seal(tx, PURPOSE, kind.of(row), plain).await?)
}

pub(super) async fn open(
    app: &App,
    q: &mut impl Query,
    kind: Kind,
    row: Uuid,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    Ok(app.sealer.open(q, PURPOSE, kind.of(row), sealed).await?)
}

/// Makes hashes that only this installation can make, for looking up what must not stand there in the open.
pub(super) struct Lookup(Zeroizing<Vec<u8>>);

/// The installation's key for it, made when it is first wanted.
pub(super) async fn lookup(app: &App) -> Result<Lookup> {
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    if let Some(lookup) = find(app, &mut house).await? {
        return Ok(lookup);
    }
    drop(house);
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    // Another may have made it while we waited for our turn.
    if let Some(lookup) = find(app, &mut tx).await? {
        return Ok(lookup);
    }
    let (id, key) = (Uuid::now_v7(), Zeroizing::new(token::random_bytes::<32>()));
    let sealed = seal(app, &mut tx, LOOKUP, id, key.as_slice()).await?;
    queries::add_lookup_key(&mut tx, id, &sealed).await?;
    tx.commit(Deed::by_program().did("people.lookup-key-made").to(id)).await?;
    Ok(Lookup(Zeroizing::new(key.to_vec())))
}

async fn find(app: &App, q: &mut impl Query) -> Result<Option<Lookup>> {
    let Some((id, sealed)) = queries::find_lookup_key(q).await? else { return Ok(None) };
    Ok(Some(Lookup(open(app, q, LOOKUP, id, &sealed).await?)))
}

impl Lookup {
    /// HMAC-SHA-256 of the purpose and the bytes.
    pub(super) fn hash(&self, purpose: &str, bytes: &[u8]) -> Result<[u8; 32]> {
        let keyed = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut hash = keyed.map_err(|error| Error::fault("hashing for a lookup", error.to_string()))?;
        hash.update(purpose.as_bytes());
        hash.update(&[0]);
        hash.update(bytes);
        Ok(hash.finalize().into_bytes().into())
    }
}

/// How a passkey is found again. Its id is long and random, so a plain hash hides it.
pub(super) fn credential_hash(id: &[u8]) -> [u8; 32] {
    Sha256::digest(id).into()
}
