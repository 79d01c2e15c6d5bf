//! The pages of drafts.
//!
//! For: those who prepare the next policy and those who decide on it. Promises: what was typed is not lost when somebody else
//! saved first; everything works without script. Does not: change anything except through a verb.

mod deciding;
mod editing;
mod list;

pub use deciding::{adopt, adoption, propose, put_aside, take_back};
pub use editing::{chapter, check, clauses, save_chapter, save_settings, settings, switch, writing};
pub use list::{begin, draft, list, read};

use super::draft::{CHAPTER_BYTES_MAX, Draft};
use crate::error::{Error, Result};
use crate::policies::pages::comparison_address;
use crate::web::Sample;

/// Largest form with a chapter in it: each byte can travel as three.
pub const CHAPTER_BODY_BYTES_MAX: usize = 3 * CHAPTER_BYTES_MAX + 1024;

/// What a draft would change in what is in force.
fn compare_force(draft: &Draft) -> String {
    comparison_address("in-force", &format!("draft-{}", draft.id))
}

/// The page of a draft.
fn home(draft: &Draft) -> String {
    format!("/policy/drafts/{}", draft.id)
}

/// Whether a save met somebody else's. What was typed then comes back with both texts.
fn is_conflict<T>(saved: &Result<T>) -> bool {
    matches!(saved, Err(Error::Conflict))
}

pub fn samples() -> Vec<Sample> {
    [list::samples(), editing::samples(), deciding::samples()].into_iter().flatten().collect()
}

/// A draft for samples.
fn sample() -> Draft {
    use crate::policies::drafts::draft::State;
    use crate::policies::packs;
    use store::SchoolId;
    use uuid::Uuid;
    Draft {
        school: SchoolId::new(Uuid::nil()),
        id: Uuid::nil(),
        version: 3,
        name: "Review 2027".to_owned(),
        origin: "0123456789abcdef".to_owned(),
        state: State::Open,
        files: packs::files("rattlesden"),
        hands: vec![],
        changed_at: 1_790_000_000_000,
    }
}
