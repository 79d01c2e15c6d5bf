//! The pages of the desk.
//!
//! For: browsers, with and without script; script only shows findings while somebody writes and draws regions on a picture.
//! Promises: what a picture carried is shown once, in the answer to its upload, and kept nowhere; a refusal shows whom or
//! which clause it is about and the way out. Does not: write anything except through a verb.

mod by_hand;
mod compose;
mod decide;
mod forms;
mod lists;
mod shots;
mod shown;

pub use by_hand::{bundle, by_hand, posted};
pub use compose::{begin, check, edit, new, rewrite};
pub use decide::{
    approval, approve, at_once, at_once_form, deputies, doubt, doubt_form, end_deputy, finish_task, hand_in,
    name_deputy, receipt, send_back, take_down, take_down_form,
};
pub use lists::{calendar, list, queue};
pub use shots::{describe, edit_shot, file, remove_shot, shot, upload, upload_form};
pub use shown::{answer, discard, remark, request};

use crate::web::Sample;
use crate::web::layout::Frame;

/// What a page says of something that stands in the way.
#[derive(Clone, Debug)]
struct Hindrance {
    place: String,
    said: String,
    clause: Option<String>,
    way_out: String,
}

fn hindrances(refusals: &[super::gate::Refusal]) -> Vec<Hindrance> {
    let hindrance = |refusal: &super::gate::Refusal| Hindrance {
        place: refusal.place.label(),
        said: super::gate::sentence(&refusal.said),
        clause: refusal.clause.clone(),
        way_out: refusal.way_out.clone(),
    };
    refusals.iter().map(hindrance).collect()
}

/// The beginning of a text, on one line.
fn beginning(words: &str) -> String {
    const LETTERS: usize = 70;
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "Without text".to_owned();
    }
    match line.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{} …", &line[..at]),
        None => line,
    }
}

fn sample_frame(title: &str) -> Frame {
    Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School")
}

pub fn samples() -> Vec<Sample> {
    let pages = [
        lists::samples(),
        compose::samples(),
        shots::samples(),
        shown::samples(),
        decide::samples(),
        by_hand::samples(),
    ];
    pages.into_iter().flatten().collect()
}
