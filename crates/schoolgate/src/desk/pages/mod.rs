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

/// What a page says of what stands in the way at one place and has one way out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hindrance {
    place: String,
    /// Whole sentences.
    said: Vec<String>,
    clause: Option<String>,
    way_out: String,
}

fn hindrances(refusals: &[super::gate::Refusal]) -> Vec<Hindrance> {
    let mut told: Vec<Hindrance> = Vec::new();
    for refusal in refusals {
        let (place, said) = (refusal.place.label(), ended(super::gate::sentence(&refusal.said)));
        match told.last_mut() {
            Some(last) if (&last.place, &last.clause, &last.way_out) == (&place, &refusal.clause, &refusal.way_out) => {
                last.said.push(said);
            }
            _ => told.push(Hindrance {
                place,
                said: vec![said],
                clause: refusal.clause.clone(),
                way_out: refusal.way_out.clone(),
            }),
        }
    }
    told
}

/// The sentence with a mark at its end.
fn ended(sentence: String) -> String {
    if sentence.ends_with(['.', '?', '!']) { sentence } else { sentence + "." }
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

#[cfg(test)]
mod tests {
    use super::super::gate::{Place, Refusal};
    use super::*;

    #[test]
    fn what_has_one_way_out_is_told_together_in_whole_sentences() {
        let refusal = |place, said: &str, way_out: &str| Refusal {
            place,
            person: None,
            clause: None,
            said: said.to_owned(),
            way_out: way_out.to_owned(),
        };
        let told = hindrances(&[
            refusal(Place::Safety, "not answered: Can a name be read?", "Answer."),
            refusal(Place::Safety, "not answered: Is it cold?", "Answer."),
            refusal(Place::Words, "a name stands in it", "Take it out."),
        ]);
        assert_eq!(told[0].said, ["Not answered: Can a name be read?", "Not answered: Is it cold?"]);
        assert_eq!(told[1].said, ["A name stands in it."]);
        assert_eq!(told.len(), 2);
    }
}
