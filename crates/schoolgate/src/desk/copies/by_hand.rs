//! Posts that a person takes to a network which no program may post to: the bundle, and the address it has there afterwards.

use channels::Sent;
use store::{Deed, Query};
use uuid::Uuid;

use super::super::gate::{Place, Step};
use super::super::gather::gather;
use super::super::queries as requests;
use super::super::request::Request;
use super::super::{accounts, deciding};
use super::copy::{Copy, CopyState};
use super::sending::{BY_HAND, in_words};
use super::{post, queries, save};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};
use crate::permissions::appearances;

/// What the remote name of a post is that a person made and whose address is known.
const POSTED: &str = "posted-by-hand";
/// Longest address; networks' own are a tenth of it.
pub const ADDRESS_CHARS_MAX: usize = 500;

/// The address of one post, as somebody found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostAddress(String);

impl PostAddress {
    /// Nothing is fetched from it; but people press it, so it leads to the open web and nowhere else.
    ///
    /// # Errors
    /// The sentence for the person who typed it.
    pub fn parse(app: &App, typed: &str) -> std::result::Result<PostAddress, String> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err("Enter the address of the post".to_owned());
        }
        if typed.chars().count() > ADDRESS_CHARS_MAX || typed.chars().any(char::is_control) {
            return Err(format!("Enter an address with {ADDRESS_CHARS_MAX} letters or fewer"));
        }
        let checked = app.outside.check_address(typed);
        checked.map(|url| PostAddress(url.to_string())).map_err(|why| format!("This address cannot be kept: {why}"))
    }
}

/// A copy that somebody is to post, with its request, if the caller may let it out.
async fn to_post(app: &App, q: &mut impl Query, caller: &Caller, at: (Uuid, Uuid)) -> Result<(Request, Copy)> {
    let request = requests::find(q, at.0).await?;
    app.access.may(caller, Act::ApproveRequest, request.thing())?;
    let copy = queries::find(q, at.1).await?;
    if copy.request != request.id || !is_by_hand(&copy) {
        return Err(Error::NotFound);
    }
    if deciding::approver(app, q, caller.person).await?.is_none() {
        let said = "only the headteacher and those whom the headteacher has named let posts out";
        return Err(Refused::because(said).into());
    }
    if copy.state != CopyState::Out || copy.down_at.is_some() {
        return Err(Refused::because("this is to come down: it must not be posted any more").into());
    }
    Ok((request, copy))
}

/// Whether a person posts it.
pub fn is_by_hand(copy: &Copy) -> bool {
    copy.sent.as_ref().is_some_and(|sent| matches!(sent.remote.as_str(), BY_HAND | POSTED))
}

/// Whether its own address is not known so far.
pub fn is_to_post(copy: &Copy) -> bool {
    copy.state == CopyState::Out
        && copy.down_at.is_none()
        && copy.sent.as_ref().is_some_and(|sent| sent.remote == BY_HAND)
}

/// What the page of such a copy shows.
pub async fn ready(app: &App, caller: &Caller, at: (Uuid, Uuid)) -> Result<Copy> {
    let mut read = app.db.read(caller.school).await?;
    Ok(to_post(app, &mut read, caller, at).await?.1)
}

/// The zip file for whoever posts it. Asked again at every download: what may not go out now is not handed out.
pub async fn bundle(app: &App, caller: &Caller, at: (Uuid, Uuid)) -> Result<Vec<u8>> {
    let mut read = app.db.read(caller.school).await?;
    let (request, copy) = to_post(app, &mut read, caller, at).await?;
    let post = post(app, &mut read, &request, &copy).await?;
    let all = gather(app, &mut read, request, Step::Releasing).await?;
    drop(read);
    // It was approved, or it would not be out; what is asked again is everything that may have changed since.
    let refusals = all.gate(app, Step::Releasing).err().unwrap_or_default();
    let refusals: Vec<_> = refusals.into_iter().filter(|refusal| refusal.place != Place::Approval).collect();
    if !refusals.is_empty() {
        return Err(Refused::because(format!("it may not go out any more. {}", in_words(&refusals))).into());
    }
    let place = accounts::one(app, caller.school, copy.account).await?.address;
    channels::bundle::zip(&post, &place).map_err(|failed| Refused::because(failed.to_string()).into())
}

/// Somebody has posted it; from now on its own address is looked after.
pub async fn posted(app: &App, caller: &Caller, at: (Uuid, Uuid), seen: i64, address: PostAddress) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let (_, copy) = to_post(app, &mut tx, caller, at).await?;
    if copy.version != seen {
        return Err(Error::Conflict);
    }
    let sent = Sent { address: address.0, remote: POSTED.to_owned() };
    appearances::moved(&mut tx, copy.id, &sent.address).await?;
    let bound = format!("{} {}", copy.id, sent.address);
    save(&mut tx, &Copy { sent: Some(sent), ..copy }).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.posted-by-hand").to(at.1).hash(bound)).await?)
}

/// What is approved and waits for somebody to post it, the oldest first: request, copy, account.
pub async fn waiting(app: &App, caller: &Caller) -> Result<Vec<Copy>> {
    app.access.may(caller, Act::SeeQueue, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::to_be_posted(&mut read, BY_HAND).await?)
}
