//! Codes from an authenticator app (RFC 6238): SHA-1, six digits, thirty seconds, which is what every app supports.
//!
//! A code is accepted in its own step and the one before or after, and never twice: the caller keeps the step of the
//! last accepted code and gives it back here.

use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// RFC 4226 recommends 160 bits.
pub const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;

/// The secret shared with somebody's authenticator app.
pub struct Authenticator {
    totp: Totp,
}

/// The secret or the words beside it cannot make an authenticator.
#[derive(Debug, thiserror::Error)]
#[error("an authenticator cannot be made: {0}")]
pub struct Unusable(String);

impl Authenticator {
    pub fn random(address: &str) -> Result<Authenticator, Unusable> {
        Authenticator::from_secret(&super::token::random_bytes::<SECRET_BYTES>(), address)
    }

    /// `address` is what the app shows beside our name.
    pub fn from_secret(secret: &[u8], address: &str) -> Result<Authenticator, Unusable> {
        let secret: [u8; SECRET_BYTES] =
            secret.try_into().map_err(|_| Unusable(format!("the secret has {} bytes", secret.len())))?;
        // The app's label may not hold a colon: it parts our name from theirs.
        let label = address.replace(':', " ");
        let totp = Builder::new()
            .with_secret(Secret::new_stack(secret))
            .with_step_duration(STEP_SECONDS)
            .with_issuer(Some("Schoolgate"))
            .with_account_name(label)
            .build()
            .map_err(|error| Unusable(error.to_string()))?;
        Ok(Authenticator { totp })
    }

    pub fn secret(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.totp.secret().as_bytes().to_vec())
    }

    /// The secret in groups of four letters, for typing where a camera cannot be used.
    pub fn spelled(&self) -> String {
        let letters: Vec<char> = self.totp.secret().to_base32().chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// The step that `code` belongs to, when it is right now and later than `last_step`. Spaces in it do not matter.
    pub fn check(&self, code: &str, now_ms: i64, last_step: Option<i64>) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let now_s = u64::try_from(now_ms / 1_000).ok()?;
        let step = i64::try_from(self.totp.check(&digits, now_s)?).ok()?;
        last_step.is_none_or(|last| step > last).then_some(step)
    }

    /// The code of the moment: what the app on the phone shows. Used by the demo and by tests.
    pub fn code_at(&self, now_ms: i64) -> String {
        self.totp.generate(u64::try_from(now_ms / 1_000).unwrap_or_default()).to_string()
    }

    /// What a camera reads, as one path in an SVG drawing that needs no style, so that a strict content policy lets it
    /// stand in the page.
    pub fn drawing(&self) -> Result<Drawing, Unusable> {
        let url = self.totp.to_url().map_err(|error| Unusable(error.to_string()))?;
        let code = QrCode::encode_text(&url, QrCodeEcc::Medium).map_err(|error| Unusable(error.to_string()))?;
        /// ISO 18004 wants four modules of white around the code.
        const QUIET: i32 = 4;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
            }
        }
        Ok(Drawing { size: code.size() + 2 * QUIET, path })
    }
}

/// A square of `size` by `size` units, and the dark parts of it.
pub struct Drawing {
    pub size: i32,
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret and three of its times, cut to six digits.
    const RFC_SECRET: &[u8] = b"12345678901234567890";

    fn authenticator() -> Authenticator {
        Authenticator::from_secret(RFC_SECRET, "ada.bell@oakfield.test").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(authenticator().check(code, second * 1_000, None), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn one_code_is_never_accepted_twice() {
        let now = 1_111_111_109_000;
        let step = authenticator().check("081804", now, None).unwrap();
        assert_eq!(authenticator().check("081804", now, Some(step)), None);
        assert_eq!(authenticator().check("081804", now, Some(step + 1)), None);
        assert_eq!(authenticator().check("081804", now, Some(step - 1)), Some(step));
    }

    #[test]
    fn a_code_lives_one_step_either_side() {
        let app = authenticator();
        let now = 1_000_000_000_000;
        for (off, expect) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = app.code_at(now + off * 30_000);
            assert_eq!(app.check(&code, now, None).is_some(), expect, "{off}");
        }
    }

    #[test]
    fn only_six_digits_are_read() {
        let now = 59_000;
        for wrong in ["", "28708", "2870822", "28708a", "２８７０８２", "-287082", "287082\u{0}"] {
            assert_eq!(authenticator().check(wrong, now, None), None, "{wrong}");
        }
        assert!(authenticator().check("287 082", now, None).is_some());
        assert_eq!(authenticator().check("287082", -59_000, None), None);
    }

    #[test]
    fn the_drawing_and_the_spelling_hold_the_secret() {
        let app = Authenticator::random("a:b@oakfield.test").unwrap();
        assert_eq!(app.secret().len(), SECRET_BYTES);
        assert_eq!(app.spelled().replace(' ', "").len(), 32);
        let drawing = app.drawing().unwrap();
        assert!(drawing.size > 40 && drawing.path.starts_with("M4 4h1v1h-1z"), "{}", drawing.size);
        assert!(Authenticator::from_secret(b"short", "x").is_err());
    }
}
