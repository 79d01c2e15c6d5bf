//! What somebody marked for removal when the accounts were looked through: from here on it is taken down as the desk takes
//! down its own, with a record, a task where a program cannot, and a look until it is gone.

use channels::Sent;
use jiff::Timestamp;
use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::super::queries as requests;
use super::super::request::{Content, Purpose, Request, State, WORDS_CHARS_MAX};
use super::copy::{Copy, CopyState};
use super::removing::down;
use super::{both, queries};
use crate::app::App;
use crate::clock::from_millis;
use crate::error::Result;
use crate::queue::{self, Job};
use crate::registers::sweep::item::{Decision, Item};
use crate::registers::{accounts, sweep};

const BECAUSE: &str = "it was found when the accounts were looked through";

/// Begins to take down what was found. May run twice: the copy carries the number of what was found.
pub async fn take_down_found(app: &App, school: SchoolId, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let (item, text) = sweep::found(app, school, id).await?;
    let (Some(Decision::Remove), None, Some(by)) = (item.decision, item.gone_at, item.decided_by) else {
        return Ok(());
    };
    let called = accounts::find(app, school, item.account).await?.details.name;
    let mut tx = app.db.write(school).await?;
    let request = match published_here(&mut tx, &item).await? {
        // The desk has a record of it already; it may be on its way down.
        Some(copy) => take_over(&mut tx, copy, now).await?,
        None => {
            let request = Request {
                state: State::Released,
                ..Request::new(school, Uuid::now_v7(), by, content(&item, &text), now)
            };
            requests::add(&mut tx, &request).await?;
            requests::add_writer(&mut tx, request.id, by, now.as_millisecond()).await?;
            let sent = Sent { address: item.address.clone(), remote: item.remote.clone() };
            let copy = Copy {
                id: item.id,
                state: CopyState::Out,
                sent: Some(sent),
                out_at: Some(item.published_at.map_or(now, from_millis)),
                ..Copy::new(request.id, (item.account, called), now)
            };
            queries::add(&mut tx, &copy).await?;
            queries::save(&mut tx, &copy).await?;
            let id = request.id;
            let (request, copies) = both(&mut tx, id).await?;
            down(&mut tx, request, &copies, BECAUSE, now).await?;
            id
        }
    };
    Ok(tx.commit(Deed::by(by).did("desk.found-taken-down").to(request)).await?)
}

/// The copy that the desk has of it: adopted before, or published by the desk itself.
async fn published_here(tx: &mut Tx, item: &Item) -> Result<Option<Copy>> {
    match queries::find(tx, item.id).await {
        Ok(copy) => return Ok(Some(copy)),
        Err(store::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let there = queries::at_address(tx, &item.address).await?;
    Ok(there.into_iter().find(|copy| copy.account == item.account))
}

async fn take_over(tx: &mut Tx, copy: Copy, now: Timestamp) -> Result<Uuid> {
    let (request, copies) = both(tx, copy.request).await?;
    let id = request.id;
    if matches!(request.state, State::Releasing { .. } | State::Released) {
        down(tx, request, &copies, BECAUSE, now).await?;
    } else {
        queue::push(tx, Job::TakeDown(id), now).await?;
    }
    Ok(id)
}

fn content(item: &Item, text: &str) -> Content {
    let words: String = text.chars().take(WORDS_CHARS_MAX).collect();
    Content { accounts: vec![item.account], ..Content::of(words, Purpose::Other) }
}
