//! Something that an account shows, what is advised about it, and what somebody decided.

use screening::{Findings, Kind, Strength};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Refused;

/// What is advised: from harmless to pressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    Keep,
    /// Somebody has to look: unknown is neither yes nor no.
    Ask,
    Remove,
}

impl Advice {
    pub const ALL: [Advice; 3] = [Advice::Keep, Advice::Ask, Advice::Remove];

    pub fn code(self) -> &'static str {
        match self {
            Advice::Keep => "keep",
            Advice::Ask => "ask",
            Advice::Remove => "remove",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Advice::Keep => "Nothing was found",
            Advice::Ask => "Somebody should look",
            Advice::Remove => "Should be removed",
        }
    }

    pub fn from_code(code: &str) -> Option<Advice> {
        Advice::ALL.into_iter().find(|advice| advice.code() == code)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Keep,
    Remove,
}

impl Decision {
    pub fn code(self) -> &'static str {
        match self {
            Decision::Keep => "keep",
            Decision::Remove => "remove",
        }
    }

    pub fn from_code(code: &str) -> Option<Decision> {
        [Decision::Keep, Decision::Remove].into_iter().find(|decision| decision.code() == code)
    }
}

/// What is kept sealed of it: words that may hold names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub text: String,
    /// The description of each picture; empty: it has none.
    pub pictures: Vec<String>,
    /// Why somebody should look, as sentences.
    pub reasons: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: Uuid,
    pub version: i64,
    pub account: Uuid,
    pub remote: String,
    pub address: String,
    pub published_at: Option<i64>,
    pub sealed: Vec<u8>,
    pub pictures: i64,
    pub advice: Advice,
    pub decision: Option<Decision>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
    pub gone_at: Option<i64>,
    pub found_at: i64,
}

impl Item {
    /// Something that was seen for the first time.
    pub(super) fn found(id: Uuid, account: Uuid, shown: &channels::Shown, now: i64) -> Item {
        Item {
            id,
            version: 1,
            account,
            remote: shown.sent.remote.clone(),
            address: shown.sent.address.clone(),
            published_at: shown.at,
            sealed: Vec::new(),
            pictures: 0,
            advice: Advice::Keep,
            decision: None,
            decided_by: None,
            decided_at: None,
            gone_at: None,
            found_at: now,
        }
    }

    /// # Errors
    /// What is gone already.
    pub fn decided(self, decision: Decision, by: Uuid, now: i64) -> Result<Item, Refused> {
        if self.gone_at.is_some() {
            return Err(Refused::because("this is gone already"));
        }
        Ok(Item { decision: Some(decision), decided_by: Some(by), decided_at: Some(now), ..self })
    }

    /// What a look found. Something new to worry about opens a decision again, as does its coming back.
    #[must_use]
    pub fn seen(self, advice: Advice, sealed: Vec<u8>, pictures: i64) -> Item {
        let is_worse = advice > self.advice || self.gone_at.is_some();
        let seen = Item { advice, sealed, pictures, gone_at: None, ..self };
        match is_worse {
            true => Item { decision: None, decided_by: None, decided_at: None, ..seen },
            false => seen,
        }
    }
}

/// What is advised about the texts of a post and its pictures, and why. `may_be_named`: whether a pupil's name may stand
/// there.
pub fn advise(texts: &[Findings], pictures: usize, may_be_named: impl Fn(Uuid) -> bool) -> (Advice, Vec<String>) {
    let mut advice = Advice::Keep;
    let mut reasons = Vec::new();
    for finding in texts.iter().flat_map(|found| &found.findings) {
        let pupil = finding.person.as_deref().and_then(|person| person.parse().ok());
        let is_permitted = finding.kind == Kind::PupilName && pupil.is_some_and(&may_be_named);
        let weighed = match finding.strength {
            Strength::Note => continue,
            Strength::Ask => Advice::Ask,
            Strength::Stop if is_permitted => Advice::Ask,
            Strength::Stop => Advice::Remove,
        };
        advice = advice.max(weighed);
        if !reasons.contains(&finding.say) {
            reasons.push(finding.say.clone());
        }
    }
    if pictures > 0 {
        advice = advice.max(Advice::Ask);
        reasons.push("It has a picture: nobody has said who is in it".to_owned());
    }
    (advice, reasons)
}

#[cfg(test)]
mod tests {
    use channels::{Sent, Shown};
    use screening::{Draft, Field, Person, PersonKind, Roll, text};

    use super::*;

    fn advised(words: &str, pictures: usize, is_permitted: bool) -> Advice {
        let pupil = Person {
            id: Uuid::from_u128(7).to_string(),
            forename: "Amira".into(),
            known_as: String::new(),
            surname: "Talwar".into(),
            kind: PersonKind::Pupil,
        };
        let roll = Roll::of(&[pupil], &[]).expect("a roll");
        let draft = Draft::of("1", words, Field::Text, pictures > 0).expect("short enough");
        advise(&[text(&draft, &roll)], pictures, |_| is_permitted).0
    }

    #[test]
    fn unknown_is_asked_about_and_names_without_permission_go() {
        assert_eq!(advised("Term starts on Monday.", 0, false), Advice::Keep);
        assert_eq!(advised("Term starts on Monday.", 1, false), Advice::Ask);
        assert_eq!(advised("Well done Amira Talwar!", 0, false), Advice::Remove);
        assert_eq!(advised("Well done Amira Talwar!", 0, true), Advice::Ask);
        assert_eq!(advised("Ring her mother on 07700 900123.", 0, true), Advice::Remove);
    }

    #[test]
    fn a_decision_holds_until_something_worse_is_found() {
        let sent = Sent { address: String::new(), remote: String::new() };
        let shown = Shown { sent, text: String::new(), at: None, pictures: vec![] };
        let item = Item::found(Uuid::nil(), Uuid::nil(), &shown, 0).seen(Advice::Ask, vec![], 0);
        let kept = item.decided(Decision::Keep, Uuid::nil(), 5).expect("still there");
        for (advice, expect) in [(Advice::Keep, true), (Advice::Ask, true), (Advice::Remove, false)] {
            assert_eq!(kept.clone().seen(advice, vec![], 0).decision.is_some(), expect, "{advice:?}");
        }
        let gone = Item { gone_at: Some(6), ..kept };
        assert!(gone.clone().decided(Decision::Remove, Uuid::nil(), 7).is_err());
        let back = gone.seen(Advice::Ask, vec![], 0);
        assert_eq!((back.decision, back.gone_at), (None, None), "what comes back is looked at again");
    }
}
