//! Permissions: for what each person may be shown or named, who decided it, and everything that was ever decided.
//!
//! For: families, who decide; the office, which keeps the register; everybody who must know before something goes out.
//!
//! Promises: not asked, run out and an answer from somebody who may not decide are never yes; of several answers the most
//! restrictive wins; a withdrawal takes effect in the write in which it is given, and no stale form, file, second tab or
//! restored backup undoes it; what the safeguarding lead withholds reads as any other no.
//!
//! Does not: publish or remove anything (that is the desk's), keep the roll (the roster's), or say that a picture is
//! harmless.

pub mod answers;
pub mod appearances;
pub mod decision;
pub mod head;
pub mod kept;
pub mod lowered;
pub mod office;
pub mod on_record;
pub mod parents;
pub mod purpose;
pub mod purposes;
mod queries;
pub mod register;
pub mod scans;
pub mod standing;
#[cfg(test)]
mod tests;
pub mod withheld;

pub use answers::{Given, Taken, TakenBack, Withdrawing, record, withdraw};
pub use appearances::{Appearance, How};
pub use decision::{Answer, Authority, Because, Decision, Form, OnRecord, Route};
pub use purpose::{Basis, ChannelKind, Purpose, Recall};
pub use standing::{Light, Standing, standing};

/// A value in a column that we never wrote.
fn strange(column: &str) -> store::Error {
    store::Error::Tampered(format!("the column `{column}` holds a value that Schoolgate does not write"))
}
