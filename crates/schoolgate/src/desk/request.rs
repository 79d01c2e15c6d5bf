//! A request to publish, its life, and the moves from one state to the next.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use store::SchoolId;
use uuid::Uuid;

use super::safety::Safety;
use crate::access::role::Roles;
use crate::access::{Kind, Thing};
use crate::clock::from_millis;
use crate::error::Refused;

/// How long a post rests that somebody is in doubt about: rattlesden.before-posting.4.
pub const DOUBT_MILLIS: i64 = 48 * 60 * 60 * 1000;
/// An approval that nobody used counts no longer after this: permissions and plans change within a month.
pub const APPROVAL_MILLIS_MAX: i64 = 30 * 24 * 60 * 60 * 1000;
/// Longer than any channel takes, shorter than what screening reads.
pub const WORDS_CHARS_MAX: usize = 20_000;
/// People who write one post together.
pub const WRITERS_MAX: usize = 50;

/// Writes an enum with the word that the database keeps and the words that people read.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($item:ident = $code:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($item,)* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$item,)*];

            pub fn code(self) -> &'static str {
                match self { $($name::$item => $code,)* }
            }

            pub fn label(self) -> &'static str {
                match self { $($name::$item => $label,)* }
            }

            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|item| item.code() == code)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a post is for; the words of the policies' vocabulary.
    Purpose {
        EventPromotion = "event-promotion", "To make a school event known";
        EventReminder = "event-reminder", "To remind people of an event that is near";
        Showcase = "showcase", "To show good work of the school";
        UsefulLink = "useful-link", "To point to a useful website";
        Business = "business", "School business, such as a closure or a vacancy";
        Other = "other", "Something else";
    }
}

words! {
    /// Whether the post tells news, and whether the headteacher has let it out.
    News {
        None = "none", "No, it tells nothing new about the school";
        Released = "released", "Yes, and the headteacher has already told it to everybody";
        NotYet = "not-yet", "Yes, and the headteacher has not told it yet";
    }
}

/// What is to be published, as its writers have it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub words: String,
    pub purpose: Purpose,
    pub news: News,
    /// The school's accounts it goes to.
    pub accounts: Vec<Uuid>,
    /// When what it speaks of takes place; `None`: it speaks of no event.
    pub event_at: Option<Timestamp>,
    /// Not before; `None`: as soon as it is approved.
    pub release_at: Option<Timestamp>,
    /// The day on which it is taken down again; `None`: not planned.
    pub remove_on: Option<Date>,
    pub safety: Safety,
}

impl Content {
    /// Words that tell no news and go nowhere yet, with nothing planned and no question on safety answered.
    pub fn of(words: impl Into<String>, purpose: Purpose) -> Content {
        Content {
            words: words.into(),
            purpose,
            news: News::None,
            accounts: Vec::new(),
            event_at: None,
            release_at: None,
            remove_on: None,
            safety: Safety::default(),
        }
    }
}

/// Somebody's yes to one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub by: Uuid,
    pub at: Timestamp,
    /// The headteacher's own, which also releases news and opens a purpose that the policy does not list.
    pub is_headteachers: bool,
}

/// Why and when something went past the usual way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urgent {
    pub by: Uuid,
    pub because: String,
}

/// Where a request stands. Each variant holds what is true only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its writers work on it.
    Draft,
    /// Waits for somebody who did not write it; those who have approved so far.
    Submitted { approvals: Vec<Approval> },
    /// Came back; the remarks say why.
    SentBack,
    /// Rests until this moment.
    InDoubt { until: Timestamp },
    /// May go out, while the approval lasts.
    Approved { approvals: Vec<Approval>, urgent: Option<Urgent> },
    /// Going out now: the last gate was passed, and the channels are being asked.
    Releasing { approvals: Vec<Approval>, urgent: Option<Urgent> },
    /// Out, as far as the channels took it.
    Released,
    /// Being removed everywhere.
    TakingDown,
    /// Seen gone everywhere, or on a list of what a person has to remove.
    TakenDown,
    /// Given up before it was published.
    Discarded,
}

impl State {
    /// How it is written in the database; never change one, old rows keep it.
    pub fn code(&self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Submitted { .. } => "submitted",
            State::SentBack => "sent-back",
            State::InDoubt { .. } => "in-doubt",
            State::Approved { .. } => "approved",
            State::Releasing { .. } => "releasing",
            State::Released => "released",
            State::TakingDown => "taking-down",
            State::TakenDown => "taken-down",
            State::Discarded => "discarded",
        }
    }

    pub fn label(&self) -> &'static str {
        match self {
            State::Draft => "Draft",
            State::Submitted { .. } => "Waiting for approval",
            State::SentBack => "Sent back",
            State::InDoubt { .. } => "Resting, in doubt",
            State::Approved { .. } => "Approved",
            State::Releasing { .. } => "Being published",
            State::Released => "Published",
            State::TakingDown => "Being taken down",
            State::TakenDown => "Taken down",
            State::Discarded => "Given up",
        }
    }

    /// Whether its words and pictures may still change.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            State::Draft | State::Submitted { .. } | State::SentBack | State::InDoubt { .. } | State::Approved { .. }
        )
    }

    /// Whether something of it is, or may be, in public.
    pub fn may_be_public(&self) -> bool {
        matches!(self, State::Releasing { .. } | State::Released | State::TakingDown)
    }
}

/// A request with everybody who had a hand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub school: SchoolId,
    pub id: Uuid,
    pub version: i64,
    /// Rises with every change of what would be published and with each handing in; an approval counts for one edition only.
    pub edition: i64,
    pub author: Uuid,
    pub made_at: Timestamp,
    /// Everybody who ever wrote or edited, the author among them.
    pub writers: Vec<Uuid>,
    pub content: Content,
    pub state: State,
    pub state_at: Timestamp,
}

/// Somebody who may approve: holding one is the proof that the school said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approver {
    pub person: Uuid,
    pub is_headteacher: bool,
}

type Moved = Result<Request, Refused>;

impl Request {
    pub fn new(school: SchoolId, id: Uuid, author: Uuid, content: Content, now: Timestamp) -> Request {
        let writers = vec![author];
        Request {
            school,
            id,
            version: 1,
            edition: 1,
            author,
            made_at: now,
            writers,
            content,
            state: State::Draft,
            state_at: now,
        }
    }

    /// Who has approved this edition so far.
    pub fn approvals(&self) -> &[Approval] {
        match &self.state {
            State::Submitted { approvals } | State::Approved { approvals, .. } | State::Releasing { approvals, .. } => {
                approvals
            }
            _ => &[],
        }
    }

    /// As an access rule sees it.
    pub fn thing(&self) -> Thing {
        Thing {
            kind: Kind::Request,
            id: self.id,
            school: self.school,
            owner: Some(self.author),
            about: Vec::new(),
            roles: Roles::new(),
        }
    }

    fn now(self, state: State, at: Timestamp) -> Moved {
        Ok(Request { state, state_at: at, ..self })
    }

    fn stands(&self) -> Cow<'static, str> {
        self.state.label().to_lowercase().into()
    }

    fn refused(&self, act: &str) -> Refused {
        Refused::because(format!("this request cannot be {act}: it is now `{}`", self.stands()))
    }

    /// A change of what would be published, by somebody who is a writer from now on. Approvals of the edition before do not
    /// count for the new one.
    pub fn edit(self, by: Uuid, at: Timestamp) -> Moved {
        if !self.state.is_open() {
            return Err(self.refused("changed"));
        }
        let mut writers = self.writers.clone();
        if !writers.contains(&by) {
            if writers.len() >= WRITERS_MAX {
                return Err(Refused::because("too many people have written on this request; make a new one"));
            }
            writers.push(by);
        }
        let rests = matches!(self.state, State::InDoubt { .. });
        let state = if rests { self.state.clone() } else { State::Draft };
        Request { writers, edition: self.edition + 1, ..self }.now(state, at)
    }

    /// Hands it to somebody who did not write it. What rests cannot be handed in before its time.
    pub fn submit(self, at: Timestamp) -> Moved {
        match &self.state {
            State::InDoubt { until } if at < *until => {
                Err(Refused::because("this request rests for 48 hours because somebody was in doubt"))
            }
            State::Draft | State::SentBack | State::InDoubt { .. } => {
                let edition = self.edition + 1;
                Request { edition, ..self }.now(State::Submitted { approvals: Vec::new() }, at)
            }
            _ => Err(self.refused("handed in")),
        }
    }

    /// Somebody is in doubt: nothing happens for 48 hours.
    pub fn doubt(self, at: Timestamp) -> Moved {
        match self.state {
            State::Draft | State::Submitted { .. } | State::SentBack | State::Approved { .. } => {
                let until = from_millis(at.as_millisecond().saturating_add(DOUBT_MILLIS));
                self.now(State::InDoubt { until }, at)
            }
            _ => Err(self.refused("left to rest")),
        }
    }

    pub fn send_back(self, at: Timestamp) -> Moved {
        match self.state {
            State::Submitted { .. } | State::Approved { .. } => self.now(State::SentBack, at),
            _ => Err(self.refused("sent back")),
        }
    }

    /// A yes from somebody who neither wrote nor edited it. The last one that is needed makes it approved.
    pub fn approve(self, approver: Approver, at: Timestamp) -> Moved {
        if self.writers.contains(&approver.person) {
            return Err(Refused::because(
                "somebody who wrote or edited a post does not approve it: ask a second person",
            ));
        }
        let State::Submitted { approvals } = &self.state else { return Err(self.refused("approved")) };
        if approvals.iter().any(|approval| approval.by == approver.person) {
            return Err(Refused::because("you have approved this already; a second person is still needed"));
        }
        let yes = Approval { by: approver.person, at, is_headteachers: approver.is_headteacher };
        let approvals: Vec<Approval> = approvals.iter().cloned().chain([yes]).collect();
        let is_enough = approvals.len() >= self.content.safety.approvals_wanted();
        let state =
            if is_enough { State::Approved { approvals, urgent: None } } else { State::Submitted { approvals } };
        self.now(state, at)
    }

    /// The headteacher alone, in a hurry, with a reason; a second person looks at it the next day. It goes past the second
    /// person and the rest, never past a permission.
    pub fn override_for(self, head: Approver, because: &str, at: Timestamp) -> Moved {
        if !head.is_headteacher {
            return Err(Refused::because("only the headteacher may publish at once"));
        }
        match self.state {
            State::Draft | State::Submitted { .. } | State::SentBack | State::InDoubt { .. } => {
                let approvals = vec![Approval { by: head.person, at, is_headteachers: true }];
                let urgent = Some(Urgent { by: head.person, because: because.to_owned() });
                self.now(State::Approved { approvals, urgent }, at)
            }
            _ => Err(self.refused("published at once")),
        }
    }

    /// Whether its approval still lasts.
    pub fn has_lapsed(&self, at: Timestamp) -> bool {
        let age = at.as_millisecond().saturating_sub(self.state_at.as_millisecond());
        matches!(self.state, State::Approved { .. }) && age > APPROVAL_MILLIS_MAX + self.wait_millis()
    }

    /// How long after the approval it was to be published.
    fn wait_millis(&self) -> i64 {
        let planned = self.content.release_at.map_or(0, |at| at.as_millisecond() - self.state_at.as_millisecond());
        planned.max(0)
    }

    /// Goes out: from here on something of it may be in public.
    pub fn release(self, at: Timestamp) -> Moved {
        if self.has_lapsed(at) {
            return Err(Refused::because("the approval is too old: it has to be approved again"));
        }
        if self.content.release_at.is_some_and(|planned| at < planned) {
            return Err(Refused::because("its time has not come yet"));
        }
        match &self.state {
            State::Approved { approvals, urgent } => {
                let state = State::Releasing { approvals: approvals.clone(), urgent: urgent.clone() };
                self.now(state, at)
            }
            _ => Err(self.refused("published")),
        }
    }

    /// Every channel has answered, and at least one has taken it.
    pub fn settle(self, at: Timestamp) -> Moved {
        match self.state {
            State::Releasing { .. } => self.now(State::Released, at),
            _ => Err(self.refused("settled")),
        }
    }

    /// No channel has taken it: nothing of it is in public, and its writers have it again.
    pub fn come_back(self, at: Timestamp) -> Moved {
        match self.state {
            State::Releasing { .. } => self.now(State::SentBack, at),
            _ => Err(self.refused("sent back")),
        }
    }

    /// From now on it is being removed, also while it is still going out.
    pub fn take_down(self, at: Timestamp) -> Moved {
        match self.state {
            State::Releasing { .. } | State::Released => self.now(State::TakingDown, at),
            _ => Err(self.refused("taken down")),
        }
    }

    pub fn gone(self, at: Timestamp) -> Moved {
        match self.state {
            State::TakingDown => self.now(State::TakenDown, at),
            _ => Err(self.refused("closed")),
        }
    }

    /// Given up before anything of it was public.
    pub fn discard(self, at: Timestamp) -> Moved {
        if !self.state.is_open() {
            return Err(self.refused("given up"));
        }
        self.now(State::Discarded, at)
    }
}
