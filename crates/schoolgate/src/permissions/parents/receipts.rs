//! What a family keeps: a record of what was answered, with the fields of ISO/IEC TS 27560, and the way to withdraw.
//!
//! Promises: the record holds no name; it is bound to the ledger by its hash, so that both sides can show later what was
//! said; withdrawing takes one press. Does not: show a stored answer before the second check.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{Deed, Query as _, Tx};
use uuid::Uuid;

use super::links::{TRIES_MAX, Typed, authority_of};
use super::queries;
use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::people::accounts::Carried;
use crate::people::accounts::token::Token;
use crate::permissions::answers::{self, Given, TakenBack, Withdrawing};
use crate::permissions::decision::{Authority, Route};
use crate::permissions::purposes;
use crate::permissions::register::Row;
use crate::roster;

/// One receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: Uuid,
    pub person: Uuid,
    pub adult: Uuid,
    pub language: String,
    /// JSON.
    pub answers: String,
    /// Of `answers`, in hexadecimal.
    pub hash: String,
    pub tries: i64,
    pub made_at: i64,
}

/// What came of sending the form.
pub struct Done {
    pub receipt: Carried,
    pub shown: Receipt,
    pub back: TakenBack,
}

impl Receipt {
    /// Whether the record is what it was when it was made.
    pub fn is_unchanged(&self) -> bool {
        hex::encode(Sha256::digest(self.answers.as_bytes())) == self.hash
    }
}

/// Makes the receipt within the write that takes the answers.
pub(super) async fn make(
    app: &App,
    tx: &mut Tx,
    given: &Given,
    rows: &[Row],
    language: &str,
) -> Result<(Receipt, Token)> {
    let (id, now) = (Uuid::now_v7(), app.clock.now());
    let known = purposes::all(tx).await?;
    let purposes: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let purpose = known.iter().find(|purpose| purpose.id == row.purpose)?;
            Some(json!({
                "purpose": purpose.code,
                "purpose_wording": row.wording,
                "lawful_basis": row.basis.code(),
                "decision": row.answer.decision.code(),
                "valid_until": row.answer.until.map(|until| until.to_string()),
                "can_be_recalled": purpose.recall.code(),
                "record": row.id,
            }))
        })
        .collect();
    let record = json!({
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": id,
        "pii_principal_id": given.person,
        "decided_by": given.decider,
        "authority": given.authority.code(),
        "pii_controller": tx.school().get(),
        "privacy_notice": format!("{}privacy", app.config.server.public_url),
        "jurisdiction": "GB",
        "language": language,
        "collection_method": given.route.code(),
        "event_time": now.to_string(),
        "event_type": "given",
        "withdrawal_method": "the address of this receipt, the school office, telephone",
        "pii_information": ["pictures", "names", "school work"],
        "purposes": purposes,
    });
    let answers = record.to_string();
    let receipt = Receipt {
        id,
        person: given.person,
        adult: given.decider,
        language: language.to_owned(),
        hash: hex::encode(Sha256::digest(answers.as_bytes())),
        answers,
        tries: 0,
        made_at: now.as_millisecond(),
    };
    let token = Token::random();
    queries::add_receipt(tx, &receipt, token.hash()).await?;
    Ok((receipt, token))
}

/// The receipt behind an address; none: there is none. Its answers are for whoever passed the second check.
pub async fn find(app: &App, carried: &Carried) -> Result<Option<Receipt>> {
    let mut read = app.db.read(carried.school).await?;
    Ok(queries::find_receipt(&mut read, carried.token.hash()).await?)
}

/// The second check of a receipt: the child's date of birth. Tries are counted before they are heard.
pub async fn open(app: &App, carried: &Carried, typed: &Typed) -> Result<Option<Receipt>> {
    let mut tx = app.db.write(carried.school).await?;
    let Some(receipt) = queries::find_receipt(&mut tx, carried.token.hash()).await? else { return Ok(None) };
    if receipt.tries >= TRIES_MAX {
        return Ok(None);
    }
    let born_on = roster::born_on(app, &mut tx, receipt.person).await?;
    let is_right = matches!(typed, Typed::BirthDate(day) if born_on == Some(*day));
    if !is_right {
        queries::count_try(&mut tx, &receipt).await?;
        tx.commit(Deed::by(receipt.adult).did("permissions.receipt-missed").to(receipt.id)).await?;
        return Ok(None);
    }
    Ok(Some(receipt))
}

/// Withdraws everything that this adult allowed for this child. None: there is no such receipt.
pub async fn withdraw(app: &App, carried: &Carried) -> Result<Option<(Receipt, TakenBack)>> {
    let today = clock::today(app.clock.as_ref());
    let mut tx = app.db.write(carried.school).await?;
    let Some(receipt) = queries::find_receipt(&mut tx, carried.token.hash()).await? else { return Ok(None) };
    let responsibility = roster::responsibility(&mut tx, (receipt.person, receipt.adult), today).await?;
    // Taking away is heard from whoever once decided.
    let authority = responsibility.as_ref().and_then(authority_of).unwrap_or(Authority::Unknown);
    let given = Withdrawing {
        person: receipt.person,
        decider: receipt.adult,
        authority,
        route: Route::Link,
        purposes: None,
        evidence: None,
        entered_by: None,
    };
    let (back, rows) = answers::take_back(app, &mut tx, &given).await?;
    let deed = Deed::by(receipt.adult).did("permissions.withdrawn").to(receipt.person);
    tx.commit(deed.hash(answers::spelled(&rows))).await?;
    Ok(Some((receipt, back)))
}
