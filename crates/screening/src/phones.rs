//! Telephone numbers in the forms in which people in Britain write them.
//!
//! Promises a number's first and last character, its brackets included, and that a date, a sum of money or a part of a
//! longer number is none. It does not look at the words beside it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::Strength;
use crate::personal::pattern;

static PHONE_START: LazyLock<Regex> = LazyLock::new(|| pattern(r"\(?(?:\+|\b00) ?\(?44\)?|\b44 ?7|\(?\b0|\+[1-9]"));
static DATE_SHAPE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{1,2}[.\-/ ]\d{1,2}[.\-/ ](?:19|20)\d\d\b"));

/// Longer runs of digits are no telephone numbers.
const DIGITS_MAX: usize = 18;
/// Digits that a part before and after a slash or a line's end has at least: fewer are a date or a list.
const PART_MIN: usize = 3;
/// Digits before a slash or a line's end at most: after more the number is complete.
const CODE_MAX: usize = 6;

/// A number at bytes `start..end` of the folded text.
pub(crate) struct Phone {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) how: &'static str,
    pub(crate) strength: Strength,
}

/// Every number of a folded text without `_`, ascending.
pub(crate) fn find(plain: &str) -> Vec<Phone> {
    let read = letters_for_digits_read(plain);
    let plain = read.as_ref();
    let (mut found, mut from) = (Vec::new(), 0);
    // One sign after a number the next may begin: `07700 900123/07700 900456`.
    let mut next = None;
    while let Some(begun) = PHONE_START.find_at(plain, from) {
        from = begun.end();
        if next != Some(begun.start()) && is_inside(&plain[..begun.start()]) {
            continue;
        }
        if let Some((end, how, strength)) = phone(plain, begun.start()) {
            from = end;
            next = Some(end + 1);
            found.push(Phone { start: begun.start(), end, how, strength });
        }
    }
    found
}

/// Whether what follows is a part of a word, a longer number, a fraction or a sum of money.
fn is_inside(before: &str) -> bool {
    let mut before = before.chars().rev();
    match before.next() {
        Some('@' | '£' | '$' | '€') => true,
        Some('.' | ',' | ':' | '/' | '#' | '-') => {
            matches!(before.next(), Some('£' | '$' | '€' | '0'..='9'))
        }
        Some(c) => c.is_alphanumeric(),
        None => false,
    }
}

/// The text with `O` and `l` read as digits in words of nothing but digits and these: `O7700 9OO123`.
fn letters_for_digits_read(plain: &str) -> Cow<'_, str> {
    let like = |b: u8| matches!(b, b'o' | b'l' | b'i');
    let mut bytes = Cow::Borrowed(plain.as_bytes());
    let mut start = 0;
    while start < plain.len() {
        let word = &plain.as_bytes()[start..];
        let length = word.iter().take_while(|b| b.is_ascii_alphanumeric() || !b.is_ascii()).count();
        let word = &word[..length];
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        if digits > 1 && digits < length && word.iter().all(|b| b.is_ascii_digit() || like(*b)) {
            for b in &mut bytes.to_mut()[start..start + length] {
                match *b {
                    b'o' => *b = b'0',
                    b'l' | b'i' => *b = b'1',
                    _ => {}
                }
            }
        }
        start += length + 1;
    }
    match bytes {
        Cow::Borrowed(_) => Cow::Borrowed(plain),
        // Only ASCII bytes were exchanged for ASCII bytes, so this is still text.
        Cow::Owned(bytes) => String::from_utf8(bytes).map_or(Cow::Borrowed(plain), Cow::Owned),
    }
}

/// Reads a telephone number that begins at `start`: its end, its form, and what it is worth.
fn phone(plain: &str, start: usize) -> Option<(usize, &'static str, Strength)> {
    if DATE_SHAPE.is_match(&plain[start..]) {
        return None;
    }
    let (digits, ends) = digits_from(plain, start);
    let has_plus = plain[start..].trim_start_matches('(').starts_with('+');
    let abroad = has_plus || digits.starts_with("00");
    if !abroad && digits.starts_with('4') {
        let is_whole = digits.len() == 12 && digits.starts_with("447");
        return is_whole.then(|| (ends[ends.len() - 1], "mobile", Strength::Ask));
    }
    let code = if digits.starts_with("00") { 2 } else { 0 };
    if abroad && !digits[code..].starts_with("44") {
        let fits = (9..=15).contains(&(digits.len() - code)) && has_plus;
        return fits.then(|| (ends[ends.len() - 1], "abroad", Strength::Ask));
    }
    let skip = if abroad { code + 2 + usize::from(digits[code + 2..].starts_with('0')) } else { 1 };
    let national = digits.get(skip..)?;
    let (kind, strength) = match national.as_bytes().first()? {
        b'7' => ("mobile", Strength::Stop),
        b'1' | b'2' => ("landline", Strength::Ask),
        b'3' | b'8' | b'9' => ("public", Strength::Note),
        _ => return None,
    };
    let shorter = kind == "public" && national.starts_with("80") || national.starts_with('1');
    let lengths = if shorter { [10, 9] } else { [10, 10] };
    let length = lengths.into_iter().find(|length| {
        let last = skip + length;
        let more = plain[ends.get(last - 1).copied().unwrap_or(0)..].chars().next();
        ends.len() >= last && !more.is_some_and(char::is_alphanumeric) && (*length == 10 || ends.len() == last)
    })?;
    Some((ends[skip + length - 1], kind, strength))
}

/// The digits from `start` on across single separators, and the byte after each.
fn digits_from(plain: &str, start: usize) -> (String, Vec<usize>) {
    let (mut digits, mut ends, mut separators, mut part) = (String::new(), Vec::new(), 0, 0);
    for (at, c) in plain[start..].char_indices() {
        match c {
            '0'..='9' => {
                digits.push(c);
                ends.push(start + at + 1);
                part = if separators > 0 { 1 } else { part + 1 };
                separators = 0;
            }
            '+' if digits.is_empty() => {}
            ' ' | '(' | ')' | '.' | '-' if separators < 3 => separators += 1,
            '/' | '\n' if separators == 0 && part >= PART_MIN && digits.len() <= CODE_MAX => {
                let after = plain.as_bytes().get(start + at + 1..).unwrap_or_default();
                if after.iter().take_while(|b| b.is_ascii_digit()).count() < PART_MIN {
                    break;
                }
                separators = 3;
            }
            _ => break,
        }
        if ends.len() > DIGITS_MAX {
            break;
        }
    }
    (digits, ends)
}
