//! The publishing desk: what somebody wants to publish, looked at before anybody else sees it.
//!
//! For: everybody who writes for the school's accounts.
//! Promises: a text is screened against the class list, and a picture leaves here with nothing in it but pixels.
//! Does not: publish, keep or approve anything yet; so far it serves two commands.

pub mod command;
pub mod drafts;
pub mod roll;
