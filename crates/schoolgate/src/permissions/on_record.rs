//! What the register holds of some children, for somebody who asks what a policy says about them.
//!
//! For: the advisor. Promises: only what the class lists of the register show this caller anyway; only a yes that counts today
//! is told, so a no of the school's, a no of a family's and no answer at all cannot be told apart. Does not: remember who was
//! asked about.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::decision::OnRecord;
use super::queries;
use super::standing::Known;
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::roster;
use crate::roster::pupil::{Class, Pupil};

/// What is on record for one child: each purpose that has a yes, by its code.
pub type Record = BTreeMap<String, OnRecord>;

/// The classes with children whom the caller may pick; none for those who may not see the class lists of the register.
pub async fn classes(app: &App, caller: &Caller) -> Result<Vec<Class>> {
    if app.access.ask(caller, Act::LookAtPermissions, Thing::premises(caller.school)) != Answer::Yes {
        return Ok(Vec::new());
    }
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let sizes = roster::class_sizes(&mut read, today).await?;
    let mut classes = roster::classes(&mut read, today).await?;
    classes.retain(|class| sizes.iter().any(|(id, pupils)| *id == class.id && *pupils > 0));
    Ok(classes)
}

/// The children of these classes today, by name.
pub async fn children(app: &App, caller: &Caller, classes: &[Uuid]) -> Result<Vec<(Class, Vec<Pupil>)>> {
    app.access.may(caller, Act::LookAtPermissions, Thing::premises(caller.school))?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let mut lists = Vec::with_capacity(classes.len());
    for id in classes {
        let class = roster::class(&mut read, *id).await?;
        lists.push((class, roster::class_list(&mut read, *id, today).await?));
    }
    Ok(lists)
}

/// What is on record today for each of these children, in their order.
///
/// # Errors
/// [`Error::NotFound`] where one of them is not on roll.
pub async fn of(app: &App, caller: &Caller, children: &[Uuid], codes: &[&str]) -> Result<Vec<Record>> {
    app.access.may(caller, Act::LookAtPermissions, Thing::premises(caller.school))?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    for child in children {
        if !roster::is_on_roll(&mut read, *child, today).await? {
            return Err(Error::NotFound);
        }
    }
    let in_use = queries::purposes_in_use(&mut read).await?;
    let asked: Vec<&(Uuid, String)> = in_use.iter().filter(|(_, code)| codes.contains(&code.as_str())).collect();
    let ids: Vec<Uuid> = asked.iter().map(|(id, _)| *id).collect();
    let mut records = vec![Record::new(); children.len()];
    for (few, records) in
        children.chunks(queries::PEOPLE_A_STATEMENT).zip(records.chunks_mut(queries::PEOPLE_A_STATEMENT))
    {
        let known = Known::of(&mut read, few, &ids, &in_use, today).await?;
        for (child, record) in few.iter().zip(records) {
            let yes = |(id, code): &&(Uuid, String)| {
                Some((code.clone(), known.on_record(*child, (*id, code.as_str()), today).1?))
            };
            record.extend(asked.iter().filter_map(yes));
        }
    }
    Ok(records)
}
