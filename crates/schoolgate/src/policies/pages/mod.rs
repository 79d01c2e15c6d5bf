//! The pages of policies: reading the one in force, its history, and two side by side.
//!
//! For: everybody who is signed in; comparing is for those who work on the next version. Promises: a page shows a policy whole or
//! not at all, and says which version it is. Does not: change one; drafts do.

mod comparison;
mod reading;

pub use comparison::{address as comparison_address, comparison};
pub use reading::{Search, read, show_document, version, versions};

use crate::web::Sample;

pub fn samples() -> Vec<Sample> {
    [reading::samples(), comparison::samples()].into_iter().flatten().collect()
}
