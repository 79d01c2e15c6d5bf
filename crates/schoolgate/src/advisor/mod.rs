//! The advisor: "may I ...?" answered from the policy, with the clause.
//!
//! For: staff who ask before they act, on a page, from a program, or on the command line.
//! Promises: the same ruling through every door; nothing of a question is kept unless the person asks for that; what is not
//! known is asked or said, never guessed.
//! Does not: hold rules of its own, or watch anybody.

pub mod answers;
pub mod api;
pub mod beside;
mod child_pages;
pub mod children;
pub mod command;
pub mod journey;
pub mod pages;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod told;

use std::sync::Arc;

use rulebook::Policy;

use self::children::Picked;
use self::journey::{Answer, DeclaredTie, Journey};
use crate::access::role::Role;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::hours::week::Moment;
use crate::people::person::Employed;
use crate::people::{self, hours};
use crate::permissions::{self, on_record};
use crate::policies;
use crate::registers::links;
use crate::web::forms::Fields;

/// Whether the caller may ask questions here.
pub fn may_ask(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::AskQuestion, Thing::premises(caller.school))
}

/// A journey about an act, with what the school's records say of the caller and of this moment, and the policy that answers it.
pub async fn start(app: &App, caller: &Caller, act: &str) -> Result<(Journey, Arc<Policy>)> {
    may_ask(app, caller)?;
    let policy = policies::in_force(app, caller.school).await?;
    let permissions = permissions::head::facts(app, caller).await?;
    let mut journey = Journey { act: act.to_owned(), recorded: recorded(caller), permissions, ..Journey::default() };
    let asks = journey.act(policy.vocabulary()).ok_or(Error::NotFound)?.asks.clone();
    let person = people::find(&mut app.db.read(caller.school).await?, caller.person).await?;
    match person.particulars.employed {
        Employed::Yes => journey.recorded.push((Answer::new(EMPLOYED, &["true"]), RECORDS)),
        Employed::No => journey.recorded.push((Answer::new(EMPLOYED, &["false"]), RECORDS)),
        // Whoever keeps the records does not know; then the person is asked where it matters.
        Employed::Unknown => journey.open.push(EMPLOYED.to_owned()),
    }
    if asks.iter().any(|path| path.starts_with("link.")) {
        journey.ties = ties(app, caller).await?;
    }
    if children::is_of_school(act) {
        let classes = on_record::classes(app, caller).await?;
        journey.classes = classes.into_iter().map(|class| (class.id, class.name)).collect();
    }
    if asks.iter().any(|path| path == TIME) {
        match hours::now(app, caller.school, policy.choices.hours.as_ref()).await? {
            Moment::InHours => journey.recorded.push((Answer::new(TIME, &["school-hours"]), CLOCK)),
            Moment::Outside => journey.recorded.push((Answer::new(TIME, &["outside"]), CLOCK)),
            Moment::NotKnown => {}
        }
    }
    Ok((journey, policy))
}

/// Takes up what a form has carried of a journey.
///
/// # Errors
/// [`crate::error::Error::Invalid`] for what our form would never send, [`crate::error::Error::NotFound`] for a child who is not
/// on roll.
pub async fn take_up(app: &App, caller: &Caller, journey: &mut Journey, form: &Fields) -> Result<()> {
    for line in form.all("known") {
        journey.answer(pages::carried(journey, line)?);
    }
    ask_register(app, caller, journey).await
}

/// Brings in what the register of permissions says of the children that were picked.
async fn ask_register(app: &App, caller: &Caller, journey: &mut Journey) -> Result<()> {
    if let Picked::These(picked) = children::picked(journey) {
        journey.register = on_record::of(app, caller, &picked, &children::purposes()).await?;
    }
    Ok(())
}

/// What the caller has declared, with what a policy can make of it.
async fn ties(app: &App, caller: &Caller) -> Result<Vec<DeclaredTie>> {
    let told = links::holding_own(app, caller).await?;
    let tie = |told: links::Told| {
        let mut facts =
            vec![Answer::new("target.relations", &[told.link.whom.code()]), Answer::new("link.declared", &["true"])];
        facts.extend(told.link.tie.spoken_of().map(|kind| Answer::new("link.kind", &[kind])));
        let label = format!("{} ({})", told.words.name, told.link.whom.label().to_lowercase());
        DeclaredTie { id: told.link.id.to_string(), label, facts }
    };
    Ok(told.into_iter().map(tie).collect())
}

const EMPLOYED: &str = "actor.employed";
const TIME: &str = "time";
/// Where a fact comes from, as the page says it.
const RECORDS: &str = "the school's records";
const CLOCK: &str = "the clock, with the school's hours and term dates";

/// The caller's roles as a policy knows them. An office that no policy speaks of is support staff; somebody who holds
/// nothing but such an office outside the school is asked.
fn recorded(caller: &Caller) -> Vec<(Answer, &'static str)> {
    let mut roles: Vec<&str> = caller.roles.iter().filter_map(|role| spoken_of(*role)).collect();
    roles.dedup();
    if roles.is_empty() { vec![] } else { vec![(Answer::new("actor.roles", &roles), RECORDS)] }
}

/// A role in the words of the policies, if they have one.
pub fn spoken_of(role: Role) -> Option<&'static str> {
    match role {
        Role::SchoolBusinessManager | Role::Office => Some("support-staff"),
        Role::Dpo | Role::TrustLead => None,
        role => Some(role.code()),
    }
}
