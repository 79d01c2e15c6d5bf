//! The publishing desk: what the school wants to say in public, and everything that must be looked at first.
//!
//! For: staff who want something published, those who approve it, and those who have something taken down.
//! Promises: nothing goes out that one person alone wanted, unless the headteacher says why it cannot wait; what is not known
//! says no; a change of any kind takes back what was approved; pictures hold nothing but pixels and are gone with their key.
//! Does not: judge taste, look at what a picture shows, or find everything. A person who reads the draft decides.

pub mod accounts;
pub mod command;
pub mod copies;
mod deciding;
mod drafting;
pub mod drafts;
pub mod gate;
mod gather;
pub mod genuine;
mod looking;
pub mod pages;
pub mod picture;
pub mod pictures;
mod queries;
pub mod request;
pub mod roll;
pub mod safety;
mod screened;
pub mod tasks;
#[cfg(test)]
mod tests;

use uuid::Uuid;

pub use deciding::{
    Gated, approve, approver, deputies, doubt, end_deputy, look, name_deputy, nameable, publish_at_once, send_back,
    submit,
};
pub use drafting::{
    REMARK_CHARS_MAX, Said, Seen, add_pictures, answer, begin, describe, discard, edit_picture, remark, remove_picture,
    rewrite, show_picture,
};
pub use gather::Everything;
pub use looking::{
    Listing, May, Spoken, before_posting, called, glance, listing, may, month, names_in_file_name, offers, own,
    ready_to_approve, ready_to_edit, ready_to_hurry, ready_to_take_down, ready_to_write, remarks, step_of, waiting,
};
pub use queries::{Deputy, Line};

use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::Result;
use picture::Picture;
use request::Request;

/// What an answer to a finding is about.
pub fn asked(request: Uuid, finding: &screening::Finding, quoted: &str) -> Vec<u8> {
    screened::asked(request, finding, quoted)
}

/// One request with its pictures, if the caller may see it.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<(Request, Vec<Picture>)> {
    let mut read = app.db.read(caller.school).await?;
    let request = queries::find(&mut read, id).await?;
    app.access.may(caller, Act::SeeRequest, request.thing())?;
    let pictures = pictures::of_request(&mut read, id).await?;
    Ok((request, pictures))
}
