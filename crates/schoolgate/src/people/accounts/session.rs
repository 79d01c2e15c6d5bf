//! A sign-in that lasts: how long, how far it has come, and the cookie that carries it.
//!
//! Promises: a session ends when it is idle, when it is old, when its person has no role left, or when somebody ends
//! it; the token in the cookie is new after every step up, so that one planted before sign-in is worth nothing. The
//! database holds only the token's hash.

use store::SchoolId;
use uuid::Uuid;

use super::token::Token;

const MINUTE_MS: i64 = 60_000;

/// Class computers are shared (domain.md, requirement 80): half an hour untouched and it is over.
pub const IDLE_MS: i64 = 30 * MINUTE_MS;
/// One working day, then sign in again.
pub const ABSOLUTE_MS: i64 = 12 * 60 * MINUTE_MS;
/// Between password and code.
pub const HALFWAY_MS: i64 = 10 * MINUTE_MS;
/// `seen_at` is written no more often than this: every write is an entry in the ledger.
pub const TOUCH_MS: i64 = 5 * MINUTE_MS;
/// A sensitive act wants a second factor no older than this.
pub const FRESH_MS: i64 = 5 * MINUTE_MS;
/// At most this many at once; the oldest ends when another begins.
pub const SESSIONS_MAX: usize = 20;
/// What is kept of the browser's own description of itself.
pub const DEVICE_MAX: usize = 120;

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the code is still to come. Good for nothing else.
    Halfway,
    /// Signed in.
    Whole,
}

impl Stage {
    pub fn code(self) -> &'static str {
        match self {
            Stage::Halfway => "halfway",
            Stage::Whole => "whole",
        }
    }

    pub fn from_code(code: &str) -> Option<Stage> {
        [Stage::Halfway, Stage::Whole].into_iter().find(|stage| stage.code() == code)
    }
}

/// One row of the session table. Times are UTC milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub account: Uuid,
    pub person: Uuid,
    pub stage: Stage,
    pub began_at: i64,
    pub seen_at: i64,
    /// When a second factor (or a passkey, which is both) was last given; none when only a password was.
    pub proved_at: Option<i64>,
    pub device: String,
}

/// What may be done with a session now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Alive,
    /// Alive, and `seen_at` is old enough to be written again.
    AliveUntouched,
    Over,
}

impl Session {
    pub fn standing(&self, now: i64) -> Standing {
        let age = now.saturating_sub(self.began_at);
        let idle = now.saturating_sub(self.seen_at);
        let is_over = match self.stage {
            Stage::Halfway => age >= HALFWAY_MS,
            Stage::Whole => age >= ABSOLUTE_MS || idle >= IDLE_MS,
        };
        match is_over {
            true => Standing::Over,
            false if idle >= TOUCH_MS => Standing::AliveUntouched,
            false => Standing::Alive,
        }
    }

    /// Whether a sensitive act may go on without asking for the second factor again.
    pub fn is_fresh(&self, now: i64) -> bool {
        self.proved_at.is_some_and(|at| now.saturating_sub(at) < FRESH_MS)
    }
}

/// What the cookie carries: which school to look in, and the token to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub school: SchoolId,
    pub token: Token,
}

impl Carried {
    /// None for anything we did not write: a broken cookie is no cookie.
    pub fn parse(value: &str) -> Option<Carried> {
        // 32 hexadecimal digits, then the token: letters, digits, `-` and `_`, so that it fits a cookie and a URL.
        let (school, token) = value.split_at_checked(32)?;
        let school = SchoolId::new(Uuid::try_parse(school).ok()?);
        Some(Carried { school, token: Token::parse(token)? })
    }

    pub fn shown(&self) -> String {
        format!("{}{}", self.school.get().simple(), self.token.shown())
    }
}

/// The browser's own words about itself, cut short and without anything that could break a line or a page.
pub fn device_words(user_agent: &str) -> String {
    let system = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "Chromebook"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    // Order matters: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
    let browser =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let named = |words: &[(&str, &'static str)]| {
        words.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, word)| *word)
    };
    match (named(&browser), named(&system)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(stage: Stage) -> Session {
        Session {
            id: Uuid::nil(),
            account: Uuid::nil(),
            person: Uuid::nil(),
            stage,
            began_at: 0,
            seen_at: 0,
            proved_at: None,
            device: String::new(),
        }
    }

    #[test]
    fn a_session_ends_idle_and_ends_old() {
        let cases = [
            (Stage::Whole, 0, 0, Standing::Alive),
            (Stage::Whole, 0, TOUCH_MS - 1, Standing::Alive),
            (Stage::Whole, 0, TOUCH_MS, Standing::AliveUntouched),
            (Stage::Whole, 0, IDLE_MS - 1, Standing::AliveUntouched),
            (Stage::Whole, 0, IDLE_MS, Standing::Over),
            (Stage::Whole, ABSOLUTE_MS - 1, ABSOLUTE_MS - 1, Standing::Alive),
            (Stage::Whole, ABSOLUTE_MS - 1, ABSOLUTE_MS, Standing::Over),
            (Stage::Halfway, 0, HALFWAY_MS - 1, Standing::AliveUntouched),
            (Stage::Halfway, HALFWAY_MS, HALFWAY_MS, Standing::Over),
        ];
        for (stage, seen_at, now, expect) in cases {
            let session = Session { seen_at, ..session(stage) };
            assert_eq!(session.standing(now), expect, "{stage:?} seen {seen_at} now {now}");
        }
    }

    #[test]
    fn only_a_second_factor_makes_a_session_fresh_and_not_for_long() {
        assert!(!session(Stage::Whole).is_fresh(0));
        let proved = Session { proved_at: Some(1_000), ..session(Stage::Whole) };
        assert!(proved.is_fresh(1_000 + FRESH_MS - 1));
        assert!(!proved.is_fresh(1_000 + FRESH_MS));
    }

    #[test]
    fn a_cookie_is_read_back_and_anything_else_is_no_cookie() {
        let carried = Carried { school: SchoolId::new(Uuid::now_v7()), token: Token::random() };
        assert_eq!(Carried::parse(&carried.shown()), Some(carried.clone()));
        let shown = carried.shown();
        let hyphened = format!("{}{}", carried.school.get(), carried.token.shown());
        for wrong in ["", ".", "a.b", &shown[1..], &shown[..shown.len() - 1], &format!("{shown}A"), &hyphened] {
            assert_eq!(Carried::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_browser_is_named_in_few_words() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        let cases = [(edge, "Edge on Windows"), ("curl/8.0", "Unknown browser"), ("", "Unknown browser")];
        for (given, expect) in cases {
            assert_eq!(device_words(given), expect);
            assert!(device_words(given).len() <= DEVICE_MAX);
        }
    }
}
