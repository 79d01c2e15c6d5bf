//! One copy of a request in one of the school's accounts, and its moves. Pure.

use channels::{Failed, Sent};
use jiff::Timestamp;
use uuid::Uuid;

use super::super::request::words;
use crate::clock::from_millis;

/// A claim ends after this; longer than one try of a job may take.
const CLAIM_MILLIS: i64 = 5 * 60 * 1000;
/// First pause after a call that did not work; each further one is twice as long, up to the longest.
const PAUSE_MILLIS: i64 = 15 * 1000;
const PAUSE_MILLIS_MAX: i64 = 60 * 60 * 1000;
/// A channel that cannot be reached for this long has lost its turn: the post is no news any more.
const SEND_MILLIS_MAX: i64 = 3 * 24 * 60 * 60 * 1000;
/// After so many tries to remove something, a person is asked as well.
pub(super) const TRIES_ALONE: i64 = 4;

words! {
    /// Where a copy stands.
    CopyState {
        Due = "due", "Waits to go out";
        Sending = "sending", "Going out";
        Unsure = "unsure", "Not known whether it is out";
        Out = "out", "Public";
        Failed = "failed", "Could not be published";
        Removing = "removing", "Being removed";
        Gone = "gone", "Seen gone";
        Stuck = "stuck", "Has to be removed by hand";
    }
}

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Also the key that keeps a channel from publishing it twice.
    pub id: Uuid,
    pub version: i64,
    pub request: Uuid,
    pub account: Uuid,
    pub called: String,
    pub state: CopyState,
    pub made_at: Timestamp,
    pub tries: i64,
    /// Not to be touched before.
    pub next_at: Timestamp,
    pub sent: Option<Sent>,
    pub out_at: Option<Timestamp>,
    /// When it was to come down.
    pub down_at: Option<Timestamp>,
    pub gone_at: Option<Timestamp>,
    /// What the channel said last.
    pub said: Option<String>,
}

fn after(now: Timestamp, millis: i64) -> Timestamp {
    from_millis(now.as_millisecond().saturating_add(millis))
}

fn pause(tries: i64) -> i64 {
    PAUSE_MILLIS.saturating_mul(1 << tries.saturating_sub(1).clamp(0, 20)).min(PAUSE_MILLIS_MAX)
}

impl Copy {
    pub fn new(request: Uuid, (account, called): (Uuid, String), now: Timestamp) -> Copy {
        Copy {
            id: Uuid::new_v4(),
            version: 1,
            request,
            account,
            called,
            state: CopyState::Due,
            made_at: now,
            tries: 0,
            next_at: now,
            sent: None,
            out_at: None,
            down_at: None,
            gone_at: None,
            said: None,
        }
    }

    /// The account and what it calls this there, as a look through the accounts knows it.
    pub(super) fn found(&self) -> (Uuid, String) {
        (self.account, self.sent.as_ref().map(|sent| sent.remote.clone()).unwrap_or_default())
    }

    /// Whether something has still to be sent.
    pub fn is_to_send(&self) -> bool {
        matches!(self.state, CopyState::Due | CopyState::Sending | CopyState::Unsure) && self.down_at.is_none()
    }

    /// Whether something has still to be removed, or looked for.
    pub fn is_to_remove(&self) -> bool {
        matches!(self.state, CopyState::Removing | CopyState::Stuck)
            || (matches!(self.state, CopyState::Due | CopyState::Sending | CopyState::Unsure) && self.down_at.is_some())
    }

    /// Whether it is, or may be, seen by people now.
    pub fn may_be_public(&self) -> bool {
        !matches!(self.state, CopyState::Due | CopyState::Failed | CopyState::Gone)
    }

    /// Whether an earlier try may have come through, so that one has to look before another.
    pub fn is_unsure(&self) -> bool {
        matches!(self.state, CopyState::Sending | CopyState::Unsure)
    }

    /// Whether its turn to go out is over.
    pub fn is_too_late(&self, now: Timestamp) -> bool {
        now.as_millisecond() - self.made_at.as_millisecond() > SEND_MILLIS_MAX
    }

    /// Ours until the claim ends.
    pub fn claim(self, now: Timestamp) -> Copy {
        let state = match self.state {
            CopyState::Due => CopyState::Sending,
            state => state,
        };
        Copy { state, tries: self.tries + 1, next_at: after(now, CLAIM_MILLIS), ..self }
    }

    /// A channel has it. What was to come down meanwhile is removed next.
    pub fn out(self, sent: Sent, now: Timestamp) -> Copy {
        let state = if self.down_at.is_some() { CopyState::Removing } else { CopyState::Out };
        Copy { state, sent: Some(sent), out_at: self.out_at.or(Some(now)), next_at: now, tries: 0, said: None, ..self }
    }

    /// A call to publish, or to look before publishing, did not work.
    pub fn not_sent(self, failed: &Failed, now: Timestamp) -> Copy {
        let said = Some(failed.to_string());
        let wait = pause(self.tries);
        match failed {
            Failed::Retry { after: asked, .. } => {
                let asked = i64::try_from(asked.as_millis()).unwrap_or(PAUSE_MILLIS_MAX);
                Copy { state: CopyState::Due, next_at: after(now, asked.max(wait)), said, ..self }
            }
            Failed::Never(_) => Copy { state: CopyState::Failed, next_at: now, said, ..self },
            Failed::Unsure(_) => Copy { state: CopyState::Unsure, next_at: after(now, wait), said, ..self },
        }
    }

    /// Looking did not work: what was unsure stays unsure.
    pub fn not_seen(self, failed: &Failed, now: Timestamp) -> Copy {
        let wait = pause(self.tries);
        Copy { state: CopyState::Unsure, next_at: after(now, wait), said: Some(failed.to_string()), ..self }
    }

    /// It will not go out any more, and is not out.
    pub fn failed(self, because: String, now: Timestamp) -> Copy {
        Copy { state: CopyState::Failed, next_at: now, said: Some(because), ..self }
    }

    /// It is to come down. What never went out is gone at once.
    pub fn take_down(self, now: Timestamp) -> Copy {
        let down_at = self.down_at.or(Some(now));
        match self.state {
            CopyState::Due | CopyState::Failed if self.tries == 0 => Copy { down_at, ..self }.gone(now),
            // A try that was answered with a failure may still have come through: look.
            CopyState::Due | CopyState::Failed => Copy { state: CopyState::Unsure, down_at, next_at: now, ..self },
            CopyState::Out => Copy { state: CopyState::Removing, down_at, next_at: now, tries: 0, ..self },
            // What is in somebody's hands is looked for when they are done.
            _ => Copy { down_at, ..self },
        }
    }

    pub fn gone(self, now: Timestamp) -> Copy {
        Copy { state: CopyState::Gone, gone_at: Some(now), next_at: now, said: None, ..self }
    }

    /// It could not be removed, or is still seen.
    pub fn still_there(self, said: String, now: Timestamp) -> Copy {
        let wait = pause(self.tries);
        let state = if self.tries >= TRIES_ALONE { CopyState::Stuck } else { CopyState::Removing };
        Copy { state, next_at: after(now, wait), said: Some(said), ..self }
    }

    /// Only a person can remove it.
    pub fn stuck(self, said: String, now: Timestamp) -> Copy {
        Copy { state: CopyState::Stuck, next_at: after(now, PAUSE_MILLIS_MAX), said: Some(said), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: i64) -> Timestamp {
        from_millis(1_795_262_400_000 + seconds * 1000)
    }

    fn sent() -> Sent {
        Sent { address: "https://gate.test/news/7".into(), remote: "7".into() }
    }

    fn copy() -> Copy {
        Copy::new(Uuid::nil(), (Uuid::nil(), "the school's website".into()), at(0))
    }

    #[test]
    fn a_lost_reply_is_looked_for_before_another_try() {
        assert!(!copy().is_unsure());
        let claimed = copy().claim(at(1));
        assert!(claimed.is_unsure(), "a claim that ended without a word may have come through");
        let lost = claimed.not_sent(&Failed::Unsure("the line broke".into()), at(2));
        assert!(lost.is_unsure() && lost.is_to_send() && lost.next_at > at(2));
        let busy = copy()
            .claim(at(1))
            .not_sent(&Failed::Retry { after: Duration::from_secs(600), because: "busy".into() }, at(2));
        assert!(!busy.is_unsure());
        assert_eq!(busy.next_at, at(602), "a channel that asks for a pause gets it");
    }

    #[test]
    fn what_is_to_come_down_while_it_goes_out_is_removed_as_soon_as_it_is_out() {
        let going = copy().claim(at(1)).take_down(at(2));
        assert!(going.is_to_remove() && !going.is_to_send());
        let out = going.out(sent(), at(3));
        assert_eq!((out.state, out.next_at), (CopyState::Removing, at(3)));
        assert_eq!(copy().take_down(at(1)).state, CopyState::Gone, "what was never tried is gone at once");
        let busy = Failed::Retry { after: Duration::ZERO, because: "busy".into() };
        let late = copy().claim(at(1)).take_down(at(2)).not_sent(&busy, at(3));
        assert!(late.is_to_remove() && !late.is_to_send(), "what failed after it was to come down is looked for");
        let tried = copy().claim(at(1)).not_sent(&busy, at(2)).take_down(at(3));
        assert!(tried.is_to_remove(), "what was tried is looked for");
        assert_eq!(copy().claim(at(1)).out(sent(), at(2)).take_down(at(3)).state, CopyState::Removing);
    }

    #[test]
    fn what_cannot_be_removed_becomes_a_persons_task_and_is_looked_at_for_ever() {
        let mut copy = copy().claim(at(1)).out(sent(), at(2)).take_down(at(3));
        for round in 1..=TRIES_ALONE {
            assert_eq!(copy.state, CopyState::Removing, "round {round}");
            copy = copy.claim(at(10)).still_there("still there".into(), at(11));
        }
        assert_eq!(copy.state, CopyState::Stuck);
        assert!(copy.is_to_remove() && copy.may_be_public());
        assert_eq!(copy.gone(at(99)).gone_at, Some(at(99)));
    }

    #[test]
    fn pauses_grow_and_end_at_an_hour() {
        assert_eq!([1, 2, 3, 20].map(pause), [15_000, 30_000, 60_000, 3_600_000]);
    }
}
