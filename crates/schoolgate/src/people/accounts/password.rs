//! Passwords: which are accepted, how they are hashed, how one is checked.
//!
//! Length is what matters (OWASP ASVS 5.0, 6.2): 12 to 128 characters after NFKC, no rule about kinds of characters,
//! no forced change, and the guesses that everybody tries first are refused. The hash is Argon2id at OWASP's floor.

use std::sync::LazyLock;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub const LENGTH_MIN: usize = 12;
pub const LENGTH_MAX: usize = 128;
/// Read no more than this before normalising: four bytes for each character allowed, and as much again for marks.
const BYTES_MAX: usize = 2 * 4 * LENGTH_MAX;

/// OWASP's floor for Argon2id: 19 MiB, two passes, one lane. About 90 ms on a small server.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Room for so many blocks of 1 KiB is asked of the system itself, which gets it back at once; less is kept by the allocator for
/// next time, and a server that somebody has signed in to would never again be small. Only what is used takes memory.
const ROOM_BLOCKS: usize = 33 << 10;

/// Our own list of what people think of first when told "twelve characters", one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// A password that may be set. Wiped from memory when dropped.
pub struct Password(Zeroizing<String>);

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    TooShort,
    TooLong,
    Common,
    AboutYou,
}

impl Weak {
    pub fn said(self) -> &'static str {
        match self {
            Weak::TooShort => "Your password must be 12 characters or more",
            Weak::TooLong => "Your password must be 128 characters or fewer",
            Weak::Common => "This password is too easy to guess. Try three or four unrelated words",
            Weak::AboutYou => "Your password must not be your name, your e-mail address or the name of the school",
        }
    }
}

impl Password {
    /// `about` holds the words an attacker knows about this person: name, address, school.
    pub fn parse(typed: &str, about: &[&str]) -> Result<Password, Weak> {
        if typed.len() > BYTES_MAX {
            return Err(Weak::TooLong);
        }
        let password = normal(typed);
        let length = password.chars().count();
        if length < LENGTH_MIN {
            return Err(Weak::TooShort);
        }
        if length > LENGTH_MAX {
            return Err(Weak::TooLong);
        }
        let core = core_of(&password);
        if is_guessed_first(&password, &core) {
            return Err(Weak::Common);
        }
        if about.iter().any(|known| is_about(&core, known)) {
            return Err(Weak::AboutYou);
        }
        Ok(Password(password))
    }

    /// The PHC string to keep. Takes about a tenth of a second: call it where blocking is allowed.
    pub fn hash(&self) -> String {
        #[expect(clippy::expect_used, reason = "fixed parameters that are within the algorithm's limits, tested below")]
        let hash: PasswordHash = argon2().hash_password(self.0.as_bytes()).expect("valid parameters hash any password");
        hash.to_string()
    }
}

/// Whether `typed` is the password behind `hash`. With no hash (an address nobody has, an account without a password)
/// the same work is done against a hash of nothing, so that the answer takes as long. Blocks for a tenth of a second.
pub fn verify(hash: Option<&str>, typed: &str) -> bool {
    static NOBODY: LazyLock<String> =
        LazyLock::new(|| Password(Zeroizing::new(super::token::Token::random().shown())).hash());
    let given: Zeroizing<String> = if typed.len() > BYTES_MAX { Zeroizing::new(String::new()) } else { normal(typed) };
    let against = hash.unwrap_or(&NOBODY);
    let is_right = PasswordHash::new(against).is_ok_and(|parsed| fits(&parsed, given.as_bytes()) == Some(true));
    is_right && hash.is_some()
}

/// Whether the password makes this hash, by its own parameters; compared in constant time. None: the hash is not one of Argon2.
fn fits(hash: &PasswordHash, password: &[u8]) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let params = Params::try_from(hash).ok()?;
    #[cfg(test)]
    tests::WORK.with_borrow_mut(|work| work.push((params.m_cost(), params.t_cost(), params.p_cost())));
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let mut blocks = Vec::with_capacity(ROOM_BLOCKS.max(params.block_count()));
    blocks.resize(params.block_count(), Block::new());
    let mut made = Zeroizing::new(vec![0; expected.len()]);
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password, salt, &mut made, blocks.as_mut_slice()).ok()?;
    Some(Output::new(&made).ok()? == *expected)
}

/// Makes the hash that stands for nobody before the first sign-in, so that the first is no slower than the rest.
pub fn warm_up() {
    verify(None, "");
}

fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants, checked by every test that hashes")]
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// NFKC, so that one password typed on two keyboards is one password (RFC 8265's reason).
fn normal(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(typed.nfkc().collect())
}

/// What is left when the usual disguises are taken off: capitals, digits for letters, and anything at either end that
/// is not a letter. `P4ssw0rd!2026` becomes `password`.
fn core_of(password: &str) -> String {
    let lower = password.to_lowercase();
    let ending = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let trimmed = ending.trim_start_matches(|c: char| !c.is_alphabetic() && !matches!(c, '@' | '$' | '0'));
    trimmed
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .filter(|c| c.is_alphabetic())
        .collect()
}

fn is_guessed_first(password: &str, core: &str) -> bool {
    let lower = password.to_lowercase();
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    // Twelve characters made of four or fewer different ones: `aaaaaaaaaaaa`, `121212121212`.
    distinct <= 4
        || is_run(&lower)
        || COMMON
            .lines()
            .any(|common| !common.is_empty() && (lower == common || core == common || is_repeat_of(core, common)))
}

/// `123456789012`, `abcdefghijkl`, and backwards: each step is the same small one (9 to 0 counts).
fn is_run(password: &str) -> bool {
    let codes: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let is_step =
        |step: i64| codes.windows(2).all(|pair| pair[1] - pair[0] == step || (pair[1] - pair[0]) == -9 * step);
    is_step(1) || is_step(-1)
}

fn is_repeat_of(core: &str, word: &str) -> bool {
    core.len() > word.len() && core.len().is_multiple_of(word.len()) && core.split(word).all(str::is_empty)
}

/// The known words, alone or together, with nothing of one's own added: a long password may well hold a name.
fn is_about(core: &str, known: &str) -> bool {
    let words: Vec<String> = known
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .map(core_of)
        .filter(|word| word.chars().count() >= 3)
        .collect();
    let mut rest = core.to_owned();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    rest.chars().count() < core.chars().count() && rest.chars().count() < 4
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn check(typed: &str, expect: Result<(), Weak>) {
        let about = ["Ada Bell", "ada.bell@oakfield.test", "Oakfield Primary School"];
        assert_eq!(Password::parse(typed, &about).map(drop), expect, "{typed:.40}");
    }

    #[test]
    fn length_is_counted_in_characters_after_normalising() {
        check("purple-kite7", Ok(()));
        check("purple-kite", Err(Weak::TooShort));
        check(&"horse stapled! ".repeat(8), Ok(()));
        check(&"abc def gh?".repeat(12), Err(Weak::TooLong));
        check(&"a".repeat(1_000_000), Err(Weak::TooLong));
        check("", Err(Weak::TooShort));
        // Twelve characters before, eleven after: `e` and its accent become one.
        check("purple-kite\u{301}", Err(Weak::TooShort));
        check("źdźbło trawy", Ok(()));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for typed in [
            "password1234",
            "P4ssw0rd!2026",
            "passwordpassword",
            "123456789012",
            "abcdefghijkl",
            "987654321098",
            "aaaaaaaaaaaa",
            "qwertyuiop12",
            "letmeinletmein",
            "Welcome123456!",
        ] {
            check(typed, Err(Weak::Common));
        }
        check("correct welcome giraffe", Ok(()));
    }

    #[test]
    fn what_is_known_about_a_person_is_no_password() {
        check("adabell123456", Err(Weak::AboutYou));
        check("Ada.Bell@oakfield.test", Err(Weak::AboutYou));
        check("OakfieldPrimary1", Err(Weak::AboutYou));
        check("oakfield tulip lantern", Ok(()));
    }

    #[test]
    fn a_password_is_known_again_however_it_was_composed() {
        let password = Password::parse("caf\u{e9} au lait 7", &[]).unwrap_or_else(|weak| panic!("{weak:?}"));
        let hash = password.hash();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(Some(&hash), "caf\u{e9} au lait 7"));
        assert!(verify(Some(&hash), "cafe\u{301} au lait 7"));
        assert!(!verify(Some(&hash), "cafe au lait 7"));
        assert!(!verify(Some(&hash), ""));
        assert_ne!(password.hash(), hash, "each hash has its own salt");
    }

    thread_local! {
        /// Memory, passes and lanes of every hash that this thread has made for a check.
        pub(super) static WORK: RefCell<Vec<(u32, u32, u32)>> = const { RefCell::new(Vec::new()) };
    }

    #[test]
    fn every_check_is_the_same_work_whoever_it_is() {
        let known = Password::parse("caf\u{e9} au lait 7", &[]).unwrap_or_else(|weak| panic!("{weak:?}")).hash();
        warm_up();
        let long = "x".repeat(BYTES_MAX + 1);
        for (hash, typed) in [
            (Some(&known), "caf\u{e9} au lait 7"),
            (Some(&known), ""),
            (Some(&known), &long),
            (None, ""),
            (None, &long),
        ] {
            WORK.take();
            verify(hash.map(String::as_str), typed);
            assert_eq!(WORK.take(), [(MEMORY_KIB, PASSES, LANES)], "known: {}, {:.10}", hash.is_some(), typed);
        }
    }

    #[test]
    fn nobody_has_no_password_and_a_broken_hash_lets_nobody_in() {
        warm_up();
        assert!(!verify(None, ""));
        assert!(!verify(None, "purple-kite7"));
        assert!(!verify(Some("$argon2id$nonsense"), "purple-kite7"));
        assert!(!verify(Some(""), ""));
    }
}
