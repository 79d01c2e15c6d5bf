//! E-mail addresses, written plainly or in one of the ways that hide them from machines.
//!
//! A disguise is believed only when it ends as addresses do (`com`, `uk`, `test`): "great at polka dot patterns" is none.

use std::sync::LazyLock;

use regex::{Match, Regex};

use crate::personal::pattern;
use crate::{lists, near};

/// Local parts of mailboxes that belong to an office and not to a person.
const OFFICES: &[&str] = &[
    "office",
    "admin",
    "info",
    "head",
    "headteacher",
    "enquiries",
    "enquiry",
    "contact",
    "hello",
    "school",
    "reception",
    "admissions",
    "mail",
    "secretary",
    "pta",
    "ptfa",
    "friends",
    "bursar",
    "finance",
    "help",
    "support",
    "news",
    "press",
    "safeguarding",
    "dsl",
    "governors",
    "clerk",
    "senco",
    "send",
    "no-reply",
    "noreply",
    "attendance",
    "events",
    "jobs",
];

/// What an address ends in.
const ENDING: &str =
    "(?:com|org|net|uk|co|sch|ac|gov|test|example|invalid|info|eu|ie|edu|nhs|school|wales|cymru|scot|london|email|biz)";
/// Signs that only a disguised address can hold; without one the expression need not run.
const SIGNS: &[&str] = &["@", "[at", "(at", "{at", "<at", "(a)", "[ at", "( at", "{ at", "< at", "_at_", "-at-"];
/// How far before an address the word may stand that says it is one, in bytes.
const CUE_BYTES: usize = 40;

struct Patterns {
    plain: Regex,
    disguised: Regex,
    spoken: Regex,
    cued: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let local = r"[a-z0-9][a-z0-9._\-]{0,63}";
    let label = r"[a-z0-9\-]+";
    let at = r"(?: {0,2}@ {1,2}|@| ?[\[({<] ?(?:at|a|@) ?[\])}>] ?| ?-at- ?|_at_)";
    let dot = r"(?:\.| ?[\[({<] ?(?:dot|\.) ?[\])}>] ?| dot | ?-dot- ?|_dot_)";
    Patterns {
        plain: pattern(r"[a-z0-9][a-z0-9._%+'\-]{0,63}@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+"),
        disguised: pattern(&format!(r"\b{local}{at}{label}(?:{dot}{label})*{dot}{ENDING}\b")),
        spoken: pattern(&format!(
            r"\b{local}(?: dot {label})? at {label}(?:(?: dot |\.){label})* dot {ENDING}(?: dot {ENDING})*\b"
        )),
        cued: pattern(&format!(r"\b({local}) at {label}(?:\.{label})*\.{ENDING}\b")),
    }
});

/// What an address is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mailbox {
    Office,
    Somebody,
}

/// Every address of a folded text: where, how it is written, whose.
pub(crate) fn find(plain: &str) -> Vec<((usize, usize), &'static str, Mailbox)> {
    let mut found = Vec::new();
    if plain.contains('@') {
        let addresses = PATTERNS.plain.find_iter(plain);
        found.extend(addresses.filter(|address| !is_handle(plain, address)).map(|address| entry(&address, "address")));
    }
    if SIGNS.iter().any(|sign| plain.contains(sign)) {
        let addresses = PATTERNS.disguised.find_iter(plain);
        found.extend(addresses.filter(|address| !is_handle(plain, address)).map(|a| entry(&a, "disguised")));
    }
    if !plain.contains(" at ") {
        return found;
    }
    if plain.contains(" dot ") {
        found.extend(PATTERNS.spoken.find_iter(plain).map(|address| entry(&address, "disguised")));
    }
    if plain.contains("mail") {
        for address in PATTERNS.cued.captures_iter(plain) {
            let (Some(whole), Some(local)) = (address.get(0), address.get(1)) else { continue };
            let is_cued = near::just_before(plain, whole.start(), CUE_BYTES).contains("mail");
            if is_cued && !lists::is_ordinary(local.as_str().as_bytes()) {
                found.push(entry(&whole, "disguised"));
            }
        }
    }
    found
}

/// `@ourschool@example.test` is an account, not a mailbox.
fn is_handle(plain: &str, found: &Match) -> bool {
    plain[..found.start()].ends_with('@')
}

fn entry(found: &Match, how: &'static str) -> ((usize, usize), &'static str, Mailbox) {
    let local = found.as_str().split(['@', ' ', '(', '[', '{', '<']).next().unwrap_or_default();
    let mailbox = if OFFICES.contains(&local) { Mailbox::Office } else { Mailbox::Somebody };
    ((found.start(), found.end()), how, mailbox)
}
