//! The publishing desk: what the school wants to say in public, and everything that must be looked at first.
//!
//! For: staff who want something published, those who approve it, and those who have something taken down.
//! Promises: nothing goes out that one person alone wanted, unless the headteacher says why it cannot wait; what is not known
//! says no; a change of any kind takes back what was approved; pictures hold nothing but pixels and are gone with their key.
//! Does not: judge taste, look at what a picture shows, or find everything. A person who reads the draft decides.

pub mod command;
mod drafting;
pub mod drafts;
pub mod gate;
pub mod picture;
pub mod pictures;
mod queries;
pub mod request;
pub mod roll;
pub mod safety;
#[cfg(test)]
mod tests;

use uuid::Uuid;

pub use drafting::{
    REMARK_CHARS_MAX, Said, Seen, add_pictures, answer, begin, describe, discard, edit_picture, remark, remove_picture,
    rewrite, show_picture,
};
pub use queries::Line;

use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::Result;
use picture::Picture;
use request::Request;

/// One request with its pictures, if the caller may see it.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<(Request, Vec<Picture>)> {
    let mut read = app.db.read(caller.school).await?;
    let request = queries::find(&mut read, id).await?;
    app.access.may(caller, Act::SeeRequest, request.thing())?;
    let pictures = pictures::of_request(&mut read, id).await?;
    Ok((request, pictures))
}
