//! The unique pupil number of England: its shape and its check letter.
//!
//! Source: the Department for Education's rules, as `domain.md` 7.1 works them out. A UPN never stands in an address, a log
//! or a page.

use std::fmt;

/// Letters of check and temporary places; I, O and S are never used.
const ALPHABET: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";
const LENGTH: usize = 13;
/// No authority has this number: what carries it is made up.
const NOBODY_S: &str = "999";

/// A UPN whose check letter is right. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Upn(String);

impl fmt::Debug for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upn(..)")
    }
}

/// What is wrong with a UPN, as words that follow "the UPN".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Shape,
    Check,
}

impl Wrong {
    pub fn said(self) -> &'static str {
        match self {
            Wrong::Shape => "is not a letter, 11 digits, and a digit or letter (I, O and S are never used)",
            Wrong::Check => "has a check letter that does not fit its digits, so something in it was mistyped",
        }
    }
}

impl Upn {
    /// Reads a UPN; spaces around it and small letters are put right.
    pub fn parse(typed: &str) -> Result<Upn, Wrong> {
        let text = typed.trim().to_uppercase();
        let bytes = text.as_bytes();
        if bytes.len() != LENGTH || !bytes[1..LENGTH - 1].iter().all(u8::is_ascii_digit) {
            return Err(Wrong::Shape);
        }
        letter_value(bytes[0]).ok_or(Wrong::Shape)?;
        let mut sum = 0;
        for (place, byte) in bytes.iter().enumerate().skip(1) {
            sum += (place + 1) * value(*byte).ok_or(Wrong::Shape)?;
        }
        if ALPHABET[sum % ALPHABET.len()] != bytes[0] {
            return Err(Wrong::Check);
        }
        Ok(Upn(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is made up: no authority has its number, so only a demo may hold it.
    pub fn is_made_up(&self) -> bool {
        self.0[1..].starts_with(NOBODY_S)
    }
}

fn value(byte: u8) -> Option<usize> {
    if byte.is_ascii_digit() { Some(usize::from(byte - b'0')) } else { letter_value(byte) }
}

fn letter_value(byte: u8) -> Option<usize> {
    ALPHABET.iter().position(|letter| *letter == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_letter_fits_the_digits() {
        for good in [
            "B801200005001",
            "P207000016049",
            "M20700001604A",
            "Y20700001604Z",
            "V999999924001",
            "J999999924002",
            "Y999999924003",
            "X999999925123",
            "U99999992401A",
            "T99999992402Z",
            " b801200005001 ",
        ] {
            assert!(Upn::parse(good).is_ok(), "{good}");
        }
        for wrong in ["A801200005001", "Q207000016049"] {
            assert_eq!(Upn::parse(wrong), Err(Wrong::Check), "{wrong}");
        }
    }

    #[test]
    fn every_slip_of_one_digit_is_seen() {
        let good = "B801200005001";
        for place in 1..LENGTH {
            for digit in b'0'..=b'9' {
                let mut slipped = good.as_bytes().to_vec();
                slipped[place] = digit;
                let slipped = String::from_utf8(slipped).unwrap();
                assert_eq!(Upn::parse(&slipped).is_ok(), slipped == good, "{slipped}");
            }
        }
    }

    #[test]
    fn what_has_another_shape_is_no_upn() {
        for wrong in [
            "",
            "UN1",
            "B80120000500",
            "B8012000050011",
            "I801200005001",
            "O801200005001",
            "S801200005001",
            "B80120000500I",
            "B8012000O5001",
            "Ⅷ801200005001",
            "B80120000500é",
        ] {
            assert_eq!(Upn::parse(wrong), Err(Wrong::Shape), "{wrong}");
        }
    }

    #[test]
    fn a_made_up_number_is_known_and_nothing_shows_it() {
        let upn = Upn::parse("V999999924001").unwrap();
        assert!(upn.is_made_up());
        assert!(!Upn::parse("B801200005001").unwrap().is_made_up());
        assert_eq!(format!("{upn:?}"), "Upn(..)");
    }
}
