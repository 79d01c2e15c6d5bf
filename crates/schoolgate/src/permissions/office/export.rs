//! Everything that the register holds of one person, for their right to see it.

use serde_json::{Value, json};
use store::{Deed, Query as _};
use uuid::Uuid;

use super::may;
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::from_millis;
use crate::error::{Error, Result};
use crate::permissions::{appearances, purposes, queries};
use crate::roster;

/// One person's rows as JSON. Who else decided is an id, not a name: it is for a person to say whether the asker may know.
pub async fn person(app: &App, caller: &Caller, person: Uuid) -> Result<Value> {
    may(app, caller, Act::ExportPermissions)?;
    let mut tx = app.db.write(caller.school).await?;
    if !queries::knows_person(&mut tx, person).await? {
        return Err(Error::NotFound);
    }
    let called = match roster::pupil(&mut tx, person).await {
        Ok(pupil) => Some(pupil.names.in_full()),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let purposes = purposes::all(&mut tx).await?;
    let code = |id: Uuid| purposes.iter().find(|purpose| purpose.id == id).map(|purpose| purpose.code.clone());
    let rows = queries::history(&mut tx, person).await?;
    let decisions: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "purpose": code(row.purpose),
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
        })
        .collect();
    let public = appearances::of(&mut tx, person).await?;
    let public: Vec<Value> = public
        .iter()
        .map(|found| {
            json!({
                "where": found.place, "how": found.how.code(), "purpose": found.purpose,
                "since": from_millis(found.since).to_string(), "can_be_recalled": found.recall.code(),
            })
        })
        .collect();
    let export = json!({
        "school": tx.school().get(), "person": person, "name": called, "made_at": app.clock.now().to_string(),
        "decisions": decisions, "public_now": public,
    });
    tx.commit(Deed::by(caller.person).did("permissions.exported").to(person).hash(export.to_string())).await?;
    Ok(export)
}
