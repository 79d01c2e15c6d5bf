//! The advisor: "may I ...?" answered from the policy, with the clause.
//!
//! For: staff who ask before they act, on a page, from a program, or on the command line.
//! Promises: the same ruling through every door; nothing of a question is kept unless the person asks for that; what is not
//! known is asked or said, never guessed.
//! Does not: hold rules of its own, or watch anybody.

pub mod command;
pub mod journey;
pub mod pages;
#[cfg(test)]
mod tests;
pub mod told;

use std::sync::Arc;

use rulebook::Policy;

use self::journey::{Answer, Journey};
use crate::access::role::Role;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::policies;

/// Whether the caller may ask questions here.
pub fn may_ask(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::AskQuestion, Thing::premises(caller.school))
}

/// A journey about an act, with what the school's records say of the caller, and the policy that answers it.
pub async fn start(app: &App, caller: &Caller, act: &str) -> Result<(Journey, Arc<Policy>)> {
    may_ask(app, caller)?;
    let policy = policies::in_force(app, caller.school).await?;
    let journey = Journey { act: act.to_owned(), answers: vec![], recorded: recorded(caller) };
    journey.act(policy.vocabulary()).ok_or(Error::NotFound)?;
    Ok((journey, policy))
}

/// The caller's roles as a policy knows them. An office that no policy speaks of is support staff; somebody who holds
/// nothing but such an office outside the school is asked.
fn recorded(caller: &Caller) -> Vec<(Answer, &'static str)> {
    let mut roles: Vec<&str> = caller.roles.iter().filter_map(|role| spoken_of(*role)).collect();
    roles.dedup();
    if roles.is_empty() { vec![] } else { vec![(Answer::new("actor.roles", &roles), "the school's records")] }
}

fn spoken_of(role: Role) -> Option<&'static str> {
    match role {
        Role::SchoolBusinessManager | Role::Office => Some("support-staff"),
        Role::Dpo | Role::TrustLead => None,
        role => Some(role.code()),
    }
}
