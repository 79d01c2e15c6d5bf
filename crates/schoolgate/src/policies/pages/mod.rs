//! The pages of policies: reading the one in force, and its history.
//!
//! For: everybody who is signed in. Promises: a page shows a policy whole or not at all, and says which version it is.
//! Does not: change one; drafts do.

mod reading;

pub use reading::{read, version, versions};

use crate::web::Sample;

pub fn samples() -> Vec<Sample> {
    reading::samples()
}
