//! The questions about a post that are no question of permission: what the picture gives away besides a face.
//!
//! Source: domain.md 4.3 (Welsh Government, EWWG 2026) and requirement 48. Unknown is the first answer of all, and blocks.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::request::words;

words! {
    /// An answer that starts as not given.
    Told {
        Unknown = "unknown", "Not answered yet";
        No = "no", "No";
        Yes = "yes", "Yes";
    }
}

/// One question, the part of the seeds or of the guidance it comes from, and what to do about a yes.
#[derive(Debug)]
pub struct Asked {
    pub code: &'static str,
    pub ask: &'static str,
    pub hint: &'static str,
    /// What a yes means.
    pub weight: Weight,
    pub way_out: &'static str,
    /// Whether it is asked only where there are pictures.
    pub about_pictures: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A yes stops the post.
    Stops,
    /// A yes wants a reason and a second approver.
    WantsReason,
}

pub const QUESTIONS: &[Asked] = &[
    Asked {
        code: "face_on",
        ask: "Does a picture show a pupil's face from the front?",
        hint: "From behind, from the side, from far away or blurred is no.",
        weight: Weight::Stops,
        way_out: "Blur or cover the face, or take a picture in which no face can be made out.",
        about_pictures: true,
    },
    Asked {
        code: "badge",
        ask: "Can a name be read in a picture?",
        hint: "On a badge, a tray, a peg, a jumper, a certificate or a piece of work.",
        weight: Weight::Stops,
        way_out: "Cover the name in the picture.",
        about_pictures: true,
    },
    Asked {
        code: "swimwear",
        ask: "Is a pupil in swimming, gym or other sparse clothing?",
        hint: "",
        weight: Weight::Stops,
        way_out: "Choose a picture of the event in which everybody is dressed.",
        about_pictures: true,
    },
    Asked {
        code: "whereabouts",
        ask: "Could a stranger tell from it where a pupil will be, or where one lives?",
        hint: "A house number, a street sign, a trip that is still going on, a club with day and time.",
        weight: Weight::Stops,
        way_out: "Take the place or the time out, or publish it when everybody is back.",
        about_pictures: false,
    },
    Asked {
        code: "opinion",
        ask: "Does it say what you yourself think of something?",
        hint: "The account speaks for the school, not for the person who writes.",
        weight: Weight::Stops,
        way_out: "Leave your own view out.",
        about_pictures: false,
    },
    Asked {
        code: "conversation",
        ask: "Is it an answer to somebody that would be better given face to face?",
        hint: "",
        weight: Weight::Stops,
        way_out: "Invite the person to a talk instead.",
        about_pictures: false,
    },
    Asked {
        code: "uniform",
        ask: "Does a picture show something else that tells people apart or where it was taken?",
        hint: "A rare uniform, a wheelchair, a view from the window.",
        weight: Weight::WantsReason,
        way_out: "Cover it, or say why it has to be seen.",
        about_pictures: true,
    },
];

/// The answers, in the order of [`QUESTIONS`], and the reason for those that want one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    /// Questions that were answered with yes, and those answered with no; what is in neither is unknown.
    yes: Vec<&'static str>,
    no: Vec<&'static str>,
    pub reason: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    yes: Vec<String>,
    no: Vec<String>,
    reason: String,
}

fn known(code: &str) -> Option<&'static str> {
    QUESTIONS.iter().map(|asked| asked.code).find(|known| *known == code)
}

impl Safety {
    /// Nothing answered yet, with the reason that was given.
    pub fn because(reason: &str) -> Safety {
        Safety { reason: reason.to_owned(), ..Safety::default() }
    }

    /// Every question answered with no.
    pub fn harmless() -> Safety {
        Safety { no: QUESTIONS.iter().map(|asked| asked.code).collect(), ..Safety::default() }
    }

    pub fn answer(&mut self, code: &str, told: Told) {
        let Some(code) = known(code) else { return };
        self.yes.retain(|other| *other != code);
        self.no.retain(|other| *other != code);
        match told {
            Told::Yes => self.yes.push(code),
            Told::No => self.no.push(code),
            Told::Unknown => {}
        }
    }

    pub fn told(&self, code: &str) -> Told {
        match (self.yes.contains(&code), self.no.contains(&code)) {
            (true, _) => Told::Yes,
            (false, true) => Told::No,
            (false, false) => Told::Unknown,
        }
    }

    /// A yes to a red question is looked at by two people beside the writer.
    pub fn approvals_wanted(&self) -> usize {
        let is_red = |asked: &&Asked| asked.weight == Weight::WantsReason && self.told(asked.code) == Told::Yes;
        1 + usize::from(QUESTIONS.iter().any(|asked| is_red(&asked)))
    }

    /// As the database keeps it.
    pub fn written(&self) -> String {
        json!({ "yes": self.yes, "no": self.no, "reason": self.reason }).to_string()
    }

    /// What cannot be read is unknown.
    pub fn read(written: &str) -> Safety {
        let Ok(kept) = serde_json::from_str::<Kept>(written) else { return Safety::default() };
        let all = |codes: &[String]| codes.iter().filter_map(|code| known(code)).collect();
        Safety { yes: all(&kept.yes), no: all(&kept.no), reason: kept.reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_answered_is_unknown_and_stays_so_through_the_database() {
        let mut safety = Safety::default();
        assert!(QUESTIONS.iter().all(|asked| safety.told(asked.code) == Told::Unknown));
        safety.answer("face_on", Told::No);
        safety.answer("uniform", Told::Yes);
        safety.answer("nonsense", Told::Yes);
        safety.reason = "the house colours are the point".into();
        let again = Safety::read(&safety.written());
        assert_eq!(again, safety);
        assert_eq!((again.told("face_on"), again.told("uniform")), (Told::No, Told::Yes));
        assert_eq!((again.told("badge"), again.told("nonsense")), (Told::Unknown, Told::Unknown));
        safety.answer("face_on", Told::Unknown);
        assert_eq!(safety.told("face_on"), Told::Unknown);
        assert_eq!(Safety::read("{"), Safety::default());
    }

    #[test]
    fn a_red_answer_wants_a_second_approver() {
        let mut safety = Safety::default();
        assert_eq!(safety.approvals_wanted(), 1);
        safety.answer("uniform", Told::Yes);
        assert_eq!(safety.approvals_wanted(), 2);
        safety.answer("uniform", Told::No);
        assert_eq!(safety.approvals_wanted(), 1);
    }
}
