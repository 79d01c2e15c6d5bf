//! What single cells say: names, days, answers and keys, each with what is wrong with it.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use super::limits::{AGE_YEARS_MAX, CELL_CHARS_MAX, KEY_CHARS_MAX, PURPOSE_CHARS_MAX};
use crate::roster::pupil::Known;
use crate::roster::upn::Upn;

/// Years that a school's records can speak of.
const YEARS: RangeInclusive<i16> = 1990..=2199;
/// A two-digit year would have to be guessed.
const DAY_WANTED: &str = "is no day; write it as 2017-03-14 or 14/03/2017";

/// What a reader must know beside the file.
#[derive(Clone, Debug)]
pub struct Rules {
    pub today: Date,
    /// Which school is meant where a file holds several: its name, its number or its key in the file.
    pub school: String,
    /// A demo takes made-up UPNs only, a school takes none of them.
    pub is_demo: bool,
}

/// A text on one line, composed, without space around it. `chars_max` counts characters.
pub(super) fn line(cell: &str, chars_max: usize) -> Result<String, String> {
    if cell.chars().nth(CELL_CHARS_MAX).is_some() {
        let said = format!("has more than {CELL_CHARS_MAX} characters; is a quotation mark missing?");
        return Err(said);
    }
    if cell.chars().any(|letter| letter.is_control() && !letter.is_whitespace()) {
        return Err("holds a character that cannot be shown".to_owned());
    }
    let one_line = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let composed: String = one_line.nfc().filter(|letter| !is_invisible(*letter)).collect();
    if composed.chars().count() > chars_max {
        return Err(format!("has more than {chars_max} characters"));
    }
    Ok(composed)
}

/// Marks that steer how a text is shown and are no part of a name; the joiners that some scripts need are kept.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A part of a name; empty is allowed, a name without any letter is not.
pub(super) fn name(cell: &str, chars_max: usize) -> Result<String, String> {
    let name = line(cell, chars_max)?;
    if !name.is_empty() && !name.chars().any(char::is_alphabetic) {
        return Err("holds no letter".to_owned());
    }
    Ok(name)
}

/// Several lines as one, with commas between them.
pub(super) fn lines(cell: &str, chars_max: usize) -> Result<String, String> {
    let joined = cell.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
    line(&joined.replace(",,", ","), chars_max)
}

pub(super) fn key(cell: &str) -> Result<String, String> {
    line(cell, KEY_CHARS_MAX)
}

/// A day as 2017-03-14, 14/03/2017, 14.03.2017 or 14-03-2017; a time behind it is left out. Empty is none.
pub(super) fn day(cell: &str) -> Result<Option<Date>, String> {
    let text = cell.split(['T', ' ']).next().unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let number = |part: &str| -> Option<i16> {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let read = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(year), number(month), number(day)),
        [day, month, year] if year.len() == 4 => (number(year), number(month), number(day)),
        _ => return Err(DAY_WANTED.to_owned()),
    };
    let (Some(year), Some(month), Some(day)) = read else { return Err(DAY_WANTED.to_owned()) };
    let small = |number: i16| i8::try_from(number).unwrap_or(0);
    let date = Date::new(year, small(month), small(day)).map_err(|_| DAY_WANTED.to_owned())?;
    if !YEARS.contains(&year) {
        return Err(format!("is a day in {year}, of which no school's roll speaks"));
    }
    Ok(Some(date))
}

/// A day of birth: past, and not longer ago than anybody at a school can be old.
pub(super) fn birth(cell: &str, rules: &Rules) -> Result<Option<Date>, String> {
    let Some(day) = day(cell)? else { return Ok(None) };
    if day > rules.today {
        return Err("is in the future".to_owned());
    }
    if day.year() < rules.today.year() - AGE_YEARS_MAX {
        return Err(format!("is more than {AGE_YEARS_MAX} years ago; is it a pupil's?"));
    }
    Ok(Some(day))
}

/// Yes, no, or nothing said.
pub(super) fn known(cell: &str) -> Result<Known, String> {
    match cell.to_lowercase().as_str() {
        "" | "unknown" | "not known" | "u" | "-" => Ok(Known::Unknown),
        "yes" | "y" | "true" | "t" | "1" => Ok(Known::Yes),
        "no" | "n" | "false" | "f" | "0" => Ok(Known::No),
        _ => Err("is none of `yes`, `no` and `unknown`".to_owned()),
    }
}

pub(super) fn upn(cell: &str, rules: &Rules) -> Result<Option<Upn>, String> {
    // What returns to the authority write where there is no number.
    let is_missing = cell.is_empty() || matches!(cell.to_uppercase().as_str(), "UN1" | "UN2" | "UN3" | "UN4" | "UN5");
    if is_missing {
        return Ok(None);
    }
    let upn = Upn::parse(cell).map_err(|wrong| wrong.said().to_owned())?;
    match (upn.is_made_up(), rules.is_demo) {
        (true, false) => Err("is a made-up number of authority 999, which only a demo takes".to_owned()),
        (false, true) => Err("may be a real child's; a demo takes made-up numbers of authority 999 only".to_owned()),
        _ => Ok(Some(upn)),
    }
}

/// `WEBSITE; PRESS`, or `all`.
pub(super) fn purposes(cell: &str) -> Result<Vec<String>, String> {
    let mut codes: Vec<String> = Vec::new();
    for code in cell.split([';', ',', '|']).map(str::trim).filter(|code| !code.is_empty()) {
        let code = code.to_uppercase().replace([' ', '-'], "_");
        if code.chars().count() > PURPOSE_CHARS_MAX || !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err("holds something that is no purpose's code, such as WEBSITE".to_owned());
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const RULES: Rules = Rules { today: date(2026, 11, 21), is_demo: false, school: String::new() };

    #[test]
    fn a_day_is_read_as_offices_write_it() {
        for (cell, expect) in [
            ("2017-03-14", Some(date(2017, 3, 14))),
            ("14/03/2017", Some(date(2017, 3, 14))),
            ("4.3.2017", Some(date(2017, 3, 4))),
            ("14-03-2017", Some(date(2017, 3, 14))),
            ("2017-03-14T00:00:00Z", Some(date(2017, 3, 14))),
            ("14/03/2017 00:00", Some(date(2017, 3, 14))),
            ("", None),
        ] {
            assert_eq!(day(cell), Ok(expect), "{cell}");
        }
        for wrong in [
            "14/03/17",
            "03/14/2017",
            "31/02/2017",
            "2017-13-01",
            "soon",
            "1/1",
            "-1/1/2017",
            "1066-10-14",
            "２０１７-03-14",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nobody_is_born_tomorrow_or_too_long_ago() {
        assert_eq!(birth("2026-11-22", &RULES), Err("is in the future".to_owned()));
        assert!(birth("1999-01-01", &RULES).is_err());
        assert!(birth("2026-11-21", &RULES).is_ok());
    }

    #[test]
    fn a_name_of_any_script_is_kept_and_what_is_none_is_refused() {
        assert_eq!(name("  Zoe\u{308} \t Ann ", 200).as_deref(), Ok("Zoë Ann"));
        assert_eq!(name("مريم", 200).as_deref(), Ok("مريم"));
        assert_eq!(name("\u{202e}Rose\u{feff}", 200).as_deref(), Ok("Rose"));
        assert_eq!(name("", 200).as_deref(), Ok(""));
        assert!(name(&"é".repeat(200), 200).is_ok());
        for wrong in ["12", "-", "a\u{7}b", "a\0b", &"é".repeat(201), &"a ".repeat(600)] {
            assert!(name(wrong, 200).is_err(), "{wrong}");
        }
        assert_eq!(lines("1 Elm Road\r\nOakfield,\r\n\r\n", 400).as_deref(), Ok("1 Elm Road, Oakfield,"));
    }

    #[test]
    fn an_answer_that_is_not_understood_is_no_answer() {
        assert_eq!(known("T"), Ok(Known::Yes));
        assert_eq!(known("No"), Ok(Known::No));
        assert_eq!(known(""), Ok(Known::Unknown));
        assert!(known("perhaps").is_err());
    }

    #[test]
    fn a_school_takes_no_made_up_number_and_a_demo_takes_no_other() {
        let demo = Rules { is_demo: true, ..RULES };
        assert!(upn("V999999924001", &RULES).is_err());
        assert!(upn("V999999924001", &demo).is_ok_and(|upn| upn.is_some()));
        assert!(upn("B801200005001", &demo).is_err());
        assert!(upn("B801200005001", &RULES).is_ok_and(|upn| upn.is_some()));
        assert!(upn("A801200005001", &RULES).is_err());
        assert_eq!(upn("UN1", &RULES), Ok(None));
    }

    #[test]
    fn purposes_are_codes() {
        assert_eq!(purposes("website; Press ;WEBSITE"), Ok(vec!["WEBSITE".to_owned(), "PRESS".to_owned()]));
        assert_eq!(purposes("all"), Ok(vec!["ALL".to_owned()]));
        assert!(purposes("=cmd|' /C calc'!A0").is_err());
    }
}
