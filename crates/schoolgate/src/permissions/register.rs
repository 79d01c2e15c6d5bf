//! The register: every row that was ever decided, for those who may read it.

use jiff::civil::Date;
use uuid::Uuid;

use super::decision::{Answer, Decision, Route};
use super::lowered::Lowered;
use super::purpose::{Basis, Purpose};
use super::queries;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::Result;

/// One row of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: Uuid,
    pub person: Uuid,
    pub purpose: Uuid,
    pub answer: Answer,
    pub basis: Basis,
    pub route: Route,
    pub wording: i64,
    pub evidence: Option<Uuid>,
    pub decided_on: Date,
    /// UTC milliseconds.
    pub at: i64,
    /// None: by the decider.
    pub entered_by: Option<Uuid>,
    /// None: what counts now.
    pub ended_at: Option<i64>,
}

impl Row {
    /// The row that a lowering of one purpose makes.
    pub(super) fn lowered(purpose: &Purpose, lowered: &Lowered, route: Route, on: Date) -> Row {
        let answer = Answer {
            decider: lowered.decider,
            decision: if lowered.decision == Decision::No { Decision::No } else { Decision::Withdrawn },
            authority: lowered.authority,
            until: None,
        };
        Row {
            id: Uuid::now_v7(),
            person: lowered.person,
            purpose: purpose.id,
            answer,
            basis: purpose.basis,
            route,
            wording: purpose.wording,
            evidence: None,
            decided_on: on,
            at: lowered.at,
            entered_by: None,
            ended_at: None,
        }
    }
}

/// Everything that was ever decided about a person, newest first. For the office and the data protection officer.
pub async fn history(app: &App, caller: &Caller, person: Uuid) -> Result<Vec<Row>> {
    app.access.may(caller, Act::SeePermissions, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::history(&mut read, person).await?)
}
