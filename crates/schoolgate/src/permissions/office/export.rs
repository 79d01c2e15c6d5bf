//! Everything that the register holds of one person, for their right to see it: whole as JSON, and as a paper to read.

use papers::{Paper, Template};
use serde_json::{Value, json};
use store::{Deed, Tx};
use uuid::Uuid;

use super::may;
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::{self, date_in_words, from_millis, moment_in_words};
use crate::error::{Error, Refused, Result};
use crate::permissions::appearances::{self, Appearance};
use crate::permissions::register::Row;
use crate::permissions::{Purpose, purposes, queries};
use crate::roster;

const PAPER: Template = Template(include_str!("export.typ"));

/// What the register holds of one person.
struct Kept {
    person: Uuid,
    called: Option<String>,
    purposes: Vec<Purpose>,
    rows: Vec<Row>,
    public: Vec<Appearance>,
}

/// One person's rows as JSON. Who else decided is an id, not a name: it is for a person to say whether the asker may know.
pub async fn person(app: &App, caller: &Caller, person: Uuid) -> Result<Value> {
    may(app, caller, Act::ExportPermissions)?;
    let mut tx = app.db.write(caller.school).await?;
    let kept = kept(&mut tx, person).await?;
    let export = as_json(app, caller, &kept);
    tx.commit(Deed::by(caller.person).did("permissions.exported").to(person).hash(export.to_string())).await?;
    Ok(export)
}

/// The same as a paper to read and to hand over. The file is whole where a paper cannot be: every field, and letters of
/// every script.
pub async fn paper(app: &App, caller: &Caller, person: Uuid) -> Result<Paper> {
    may(app, caller, Act::ExportPermissions)?;
    let mut tx = app.db.write(caller.school).await?;
    let kept = kept(&mut tx, person).await?;
    let data = as_rows(app, caller, &kept);
    tx.commit(Deed::by(caller.person).did("permissions.exported").to(person).hash(data.to_string())).await?;
    let set = tokio::task::spawn_blocking(move || papers::pdf(PAPER, &data)).await;
    match set.map_err(|error| Error::fault("setting a paper", error))? {
        Err(papers::Error::TooLong { .. }) => {
            Err(Refused::because("there is more about this person than one paper takes; the file has all of it").into())
        }
        set => set.map_err(|error| Error::fault("setting a paper", error)),
    }
}

async fn kept(tx: &mut Tx, person: Uuid) -> Result<Kept> {
    if !queries::knows_person(tx, person).await? {
        return Err(Error::NotFound);
    }
    let called = match roster::pupil(tx, person).await {
        Ok(pupil) => Some(pupil.names.in_full()),
        Err(Error::NotFound) => Some(super::adults::called(tx, person).await?),
        Err(error) => return Err(error),
    };
    let purposes = purposes::all(tx).await?;
    let rows = queries::history(tx, person).await?;
    let public = appearances::of(tx, person).await?;
    Ok(Kept { person, called, purposes, rows, public })
}

fn as_json(app: &App, caller: &Caller, kept: &Kept) -> Value {
    let purpose = |id: Uuid| kept.purposes.iter().find(|purpose| purpose.id == id);
    let decisions = kept.rows.iter().map(|row| {
        json!({
            "purpose": purpose(row.purpose).map(|purpose| purpose.code.as_str()),
            "decision": row.answer.decision.code(),
            "decided_by": row.answer.decider,
            "authority": row.answer.authority.code(),
            "lawful_basis": row.basis.code(),
            "route": row.route.code(),
            "wording": row.wording,
            "decided_on": row.decided_on.to_string(),
            "recorded_at": from_millis(row.at).to_string(),
            "valid_until": row.answer.until.map(|until| until.to_string()),
            "replaced_at": row.ended_at.map(|at| from_millis(at).to_string()),
            "has_evidence": row.evidence.is_some(),
        })
    });
    let public = kept.public.iter().map(|found| {
        json!({
            "where": found.place, "how": found.how.code(), "purpose": found.purpose,
            "since": from_millis(found.since).to_string(), "can_be_recalled": found.recall.code(),
        })
    });
    json!({
        "school": caller.school.get(), "person": kept.person, "name": kept.called, "made_at": app.clock.now().to_string(),
        "decisions": decisions.collect::<Vec<_>>(), "public_now": public.collect::<Vec<_>>(),
    })
}

/// The words of the paper.
fn as_rows(app: &App, caller: &Caller, kept: &Kept) -> Value {
    let label = |id: Uuid| {
        let found = kept.purposes.iter().find(|purpose| purpose.id == id);
        found.map_or("A purpose that was retired", |purpose| purpose.label.as_str())
    };
    let decisions = kept.rows.iter().map(|row| {
        json!([
            date_in_words(row.decided_on),
            label(row.purpose),
            row.answer.decision.label(),
            row.answer.authority.label(),
            row.basis.label(),
            row.route.label(),
            row.answer.until.map_or_else(|| "while on roll".to_owned(), date_in_words),
            row.ended_at.map_or_else(|| "no, it counts".to_owned(), |at| moment_in_words(from_millis(at))),
        ])
    });
    let public = kept.public.iter().map(|found| {
        let recall = if found.recall == crate::permissions::Recall::Yes { "Yes" } else { "No" };
        json!([found.place, found.how.code(), found.purpose, moment_in_words(from_millis(found.since)), recall])
    });
    let called = kept.called.clone().unwrap_or_else(|| "A person of this school".to_owned());
    json!({
        "title": format!("Permissions: {called}"),
        "school": caller.school_name,
        "made_on": clock::today(app.clock.as_ref()).to_string(),
        "made": moment_in_words(app.clock.now()),
        "decisions": decisions.collect::<Vec<_>>(),
        "public": public.collect::<Vec<_>>(),
    })
}
