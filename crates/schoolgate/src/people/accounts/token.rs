//! Secrets that we hand out and know again: session tokens, set-up links, recovery codes.
//!
//! Only the SHA-256 of a secret is ever kept, so a reader of the database cannot use what is there. A plain hash is
//! enough because every secret here is random and at least 80 bits long: there is nothing to guess from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 256 random bits, shown as 43 characters that are safe in a URL and a cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    pub fn random() -> Token {
        Token(random_bytes())
    }

    /// None for anything but exactly the 43 characters that `shown` gives.
    pub fn parse(text: &str) -> Option<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Token)
    }

    pub fn shown(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub fn hash(&self) -> [u8; 32] {
        digest(b"schoolgate token", &self.0)
    }
}

/// Ten codes: enough for a school year of lost phones, few enough to print.
pub const RECOVERY_CODES: usize = 10;
/// 16 letters of 5 bits: 80 bits, beyond guessing even from a stolen hash.
const RECOVERY_LETTERS: usize = 16;
/// No `i`, `l`, `o`, `u`: they are misread or spell things.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// One recovery code, such as `7k2m-0pqx-c4hd-9tzw`.
pub fn recovery_code() -> String {
    let random: [u8; RECOVERY_LETTERS] = random_bytes();
    let mut code = String::with_capacity(RECOVERY_LETTERS + 3);
    for (place, byte) in random.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// The hash of a recovery code as typed: spaces, hyphens and capitals do not matter, nor do the letters people write
/// for digits. None when it cannot be a code at all.
pub fn recovery_hash(typed: &str) -> Option<[u8; 32]> {
    let mut letters = Vec::with_capacity(RECOVERY_LETTERS);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let letter = match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let byte = u8::try_from(letter).ok().filter(|byte| ALPHABET.contains(byte))?;
        letters.push(byte);
        if letters.len() > RECOVERY_LETTERS {
            return None;
        }
    }
    (letters.len() == RECOVERY_LETTERS).then(|| digest(b"schoolgate recovery code", &letters))
}

fn digest(what: &[u8], secret: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(what);
    hash.update([0]);
    hash.update(secret);
    hash.finalize().into()
}

/// Random bytes from the operating system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "without the system's randomness nothing can be signed in safely; stopping is right"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_by_its_shown_form_and_nothing_else() {
        let token = Token::random();
        assert_eq!(token.shown().len(), 43);
        assert_eq!(Token::parse(&token.shown()), Some(token.clone()));
        assert_ne!(Token::random(), token);
        assert_ne!(Token::random().hash(), token.hash());
        for wrong in ["", "a", "=", &token.shown()[..42], &format!("{}A", token.shown()), "é"] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_never_shows_itself_in_a_log() {
        assert_eq!(format!("{:?}", Token::random()), "Token(..)");
    }

    #[test]
    fn a_recovery_code_is_known_as_people_type_it() {
        let code = recovery_code();
        let hash = recovery_hash(&code);
        assert!(hash.is_some());
        assert_eq!(recovery_hash(&code.to_uppercase()), hash);
        assert_eq!(recovery_hash(&code.replace('-', " ")), hash);
        assert_eq!(recovery_hash(&code.replace('0', "O").replace('1', "l")), hash);
        assert_ne!(recovery_hash(&recovery_code()), hash);
        for wrong in ["", "7k2m", "7k2m-0pqx-c4hd-9tz!", "7k2m-0pqx-c4hd-9tzww", &"a".repeat(10_000)] {
            assert_eq!(recovery_hash(wrong), None, "{wrong:.30}");
        }
    }
}
