//! A declared link: who is tied to whom, and until when that was last said to hold.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Refused;

/// After this long the person is asked whether it still holds: once a school year.
pub const HOLDS_MILLIS: i64 = 365 * 24 * 60 * 60 * 1_000;

/// Writes down a small set of answers once.
macro_rules! answers {
    ($(#[$doc:meta])* $name:ident { $($one:ident = $code:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($one,)*
        }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$one,)*];

            pub fn code(self) -> &'static str {
                match self {
                    $($name::$one => $code,)*
                }
            }

            pub fn label(self) -> &'static str {
                match self {
                    $($name::$one => $label,)*
                }
            }

            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

answers! {
    /// Whom the tie is with.
    Whom {
        Pupil = "pupil", "A pupil";
        FormerPupil = "former-pupil", "A former pupil";
        Parent = "parent", "A parent or carer";
    }
}

answers! {
    /// What ties them.
    Tie {
        Family = "family", "Family";
        Friend = "friend", "Friends, from before or outside school";
        Other = "other", "Something else";
    }
}

/// The words of it, which are kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Who it is.
    pub name: String,
    /// How they are tied and where they are in touch; may be empty.
    pub about: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: Uuid,
    pub version: i64,
    /// Who declared it.
    pub person: Uuid,
    pub whom: Whom,
    pub tie: Tie,
    pub sealed: Vec<u8>,
    pub declared_at: i64,
    pub confirmed_at: i64,
    pub seen_by: Option<Uuid>,
    pub seen_at: Option<i64>,
    pub ended_at: Option<i64>,
}

impl Tie {
    /// The tie in the words of the policies; none where those tell apart what was not asked when it was declared.
    pub fn spoken_of(self) -> Option<&'static str> {
        match self {
            Tie::Family => Some("family"),
            Tie::Friend | Tie::Other => None,
        }
    }
}

impl Link {
    /// Whether it counts: not ended. One that was not confirmed for a year still counts, and is asked about.
    pub fn holds(&self) -> bool {
        self.ended_at.is_none()
    }

    pub fn is_due(&self, now: i64) -> bool {
        self.holds() && now.saturating_sub(self.confirmed_at) > HOLDS_MILLIS
    }

    /// # Errors
    /// Somebody else's, or one that has ended.
    pub fn confirmed(self, by: Uuid, now: i64) -> Result<Link, Refused> {
        Ok(Link { confirmed_at: now, ..self.own(by)? })
    }

    /// # Errors
    /// Somebody else's, or one that has ended already.
    pub fn ended(self, by: Uuid, now: i64) -> Result<Link, Refused> {
        Ok(Link { ended_at: Some(now), ..self.own(by)? })
    }

    /// # Errors
    /// One's own: reading it oneself is no check.
    pub fn read_by(self, by: Uuid, now: i64) -> Result<Link, Refused> {
        if self.person == by {
            return Err(Refused::because("somebody else reads what you have declared"));
        }
        Ok(Link { seen_by: Some(by), seen_at: Some(now), ..self })
    }

    fn own(self, by: Uuid) -> Result<Link, Refused> {
        match (self.person == by, self.holds()) {
            (true, true) => Ok(self),
            (false, _) => Err(Refused::because("only the person who declared it can change it")),
            (true, false) => Err(Refused::because("this has ended already")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_its_declarer_s_and_is_asked_about_every_year() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let link = Link {
            id: Uuid::nil(),
            version: 1,
            person: me,
            whom: Whom::Pupil,
            tie: Tie::Family,
            sealed: vec![],
            declared_at: 0,
            confirmed_at: 0,
            seen_by: None,
            seen_at: None,
            ended_at: None,
        };
        assert!(!link.is_due(HOLDS_MILLIS) && link.is_due(HOLDS_MILLIS + 1));
        let confirmed = link.clone().confirmed(me, HOLDS_MILLIS).expect("one's own");
        assert!(!confirmed.is_due(HOLDS_MILLIS + 1));
        assert!(link.clone().confirmed(other, 1).is_err() && link.clone().ended(other, 1).is_err());
        assert!(link.clone().read_by(me, 1).is_err() && link.clone().read_by(other, 1).is_ok());
        let ended = link.ended(me, 5).expect("one's own");
        assert!(!ended.holds() && !ended.is_due(i64::MAX) && ended.ended(me, 6).is_err());
        for whom in Whom::ALL {
            assert_eq!(Whom::from_code(whom.code()), Some(*whom));
        }
        for tie in Tie::ALL {
            assert_eq!(Tie::from_code(tie.code()), Some(*tie));
        }
    }
}
