//! "Is it really the school?": which accounts are genuine, signed, and whether the school published what stands at an address.
//!
//! For: parents, journalists and everybody else, without signing in.
//! Promises: the list holds every account that is or was the school's, as the register has it; the statement is signed with the
//! key that signs the ledger; an address that is not known is said to be not known, never to be false.
//! Does not: call anybody, or tell anything of a post but that the school published it, where, and from when to when.

pub mod pages;

use jiff::Timestamp;
use serde_json::json;
use store::SchoolId;

use super::copies;
use super::copies::copy::CopyState;
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people;
use crate::registers::accounts as official;
use crate::registers::accounts::account::{Account, Kind};

/// Longest address that is looked for.
pub const ADDRESS_BYTES_MAX: usize = 500;

/// An account as the public sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genuine {
    pub name: String,
    pub kind: &'static str,
    pub address: String,
    /// The moment since which it is the school's no more.
    pub retired_at: Option<Timestamp>,
}

/// Every account that is or was the school's. A site that is only read is no account.
pub async fn accounts(app: &App, school: SchoolId) -> Result<Vec<Genuine>> {
    let all = official::genuine(app, school).await?;
    let of = |account: &Account| Genuine {
        name: account.details.name.clone(),
        kind: account.details.kind.label(),
        address: account.details.address.clone(),
        retired_at: account.retired_at.map(from_millis),
    };
    Ok(all.iter().filter(|account| account.details.kind != Kind::Feed).map(of).collect())
}

/// What is known of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The school published it, and it stands there.
    Published {
        account: String,
        at: Option<Timestamp>,
    },
    /// The school published it, and has taken it down or is doing so.
    TakenDown {
        account: String,
        at: Option<Timestamp>,
    },
    /// It lies on an account of the school, but went out by another way than this, or never.
    OnAccount {
        account: String,
    },
    NotKnown,
}

/// Whether the school published what stands at an address.
pub async fn ask(app: &App, school: SchoolId, address: &str) -> Result<Answer> {
    let address = address.trim();
    let known = accounts(app, school).await?;
    if address.is_empty() || address.len() > ADDRESS_BYTES_MAX || address.contains('\0') {
        return Ok(Answer::NotKnown);
    }
    let mut read = app.db.read(school).await?;
    let copies = copies::at_address(&mut read, address).await?;
    if let Some(copy) = copies.into_iter().find(|copy| copy.out_at.is_some()) {
        let (account, at) = (copy.called, copy.out_at);
        return Ok(match copy.state {
            CopyState::Out => Answer::Published { account, at },
            _ => Answer::TakenDown { account, at: copy.gone_at },
        });
    }
    let is_below = |account: &&Genuine| {
        let home = account.address.trim_end_matches('/');
        !home.is_empty() && (address == home || address.strip_prefix(home).is_some_and(|rest| rest.starts_with('/')))
    };
    Ok(known
        .iter()
        .find(is_below)
        .map_or(Answer::NotKnown, |account| Answer::OnAccount { account: account.name.clone() }))
}

/// The list as one line that can be checked with the school's public key.
#[derive(Clone, Debug)]
pub struct Statement {
    /// JSON, exactly as it was signed.
    pub text: String,
    /// Ed25519, in hexadecimal.
    pub signature: String,
    pub signer: String,
}

pub async fn statement(app: &App, school: SchoolId) -> Result<Statement> {
    let name = people::school(app, school).await?.name;
    let accounts = accounts(app, school).await?;
    let listed: Vec<_> = accounts
        .iter()
        .map(|account| {
            let retired_at = account.retired_at.map(|at| at.to_string());
            json!({ "name": account.name, "kind": account.kind, "address": account.address, "retired_at": retired_at })
        })
        .collect();
    let text = json!({
        "says": "these are the accounts of the school",
        "school": name,
        "at": app.clock.now().to_string(),
        "accounts": listed,
    })
    .to_string();
    let signature = hex::encode(app.signer.sign_statement(&text));
    Ok(Statement { text, signature, signer: hex::encode(app.signer.public()) })
}

/// The answer as a sentence.
pub fn said(answer: &Answer) -> String {
    let on = |at: &Option<Timestamp>| at.map(|at| format!(" on {}", moment_in_words(at))).unwrap_or_default();
    match answer {
        Answer::Published { account, at } => {
            format!("Yes: the school published it on its account {account}{}.", on(at))
        }
        Answer::TakenDown { account, at } => {
            format!("The school had published it on its account {account} and has taken it down{}.", on(at))
        }
        Answer::OnAccount { account } => format!(
            "The address belongs to the school's account {account}, but Schoolgate has not published just that. Ask the school office."
        ),
        Answer::NotKnown => {
            "Schoolgate does not know this address. Take it for none of the school's, and tell the school office."
                .to_owned()
        }
    }
}
