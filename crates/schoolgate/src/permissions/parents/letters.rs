//! The words of letters to families, each in the language that the family chose when it last answered; English where it never did.
//!
//! Promises: subject and text are of one language; below one that no native reader has checked the same letter stands in English;
//! Arabic and Urdu begin on the right, and what is written otherwise inside them stays whole. Does not: name anybody but the
//! school.

use jiff::civil::Date;

use super::words::{self, Words};
use crate::error::Result;
use crate::people::post::Kind;

/// Between a translation and the English of it.
const BELOW: &str = "\n* * *\n\n";
/// What stands above the English. It is for those who read English beside the other language.
const STILL_TO_CHECK: &str = "This translation still needs the check of a native reader; the English words count:";
/// Lets a line begin on the right, whatever stands first in it.
const FROM_THE_RIGHT: char = '\u{200f}';
/// Keep a name or a date in the order in which it is written.
const APART: [char; 2] = ['\u{2068}', '\u{2069}'];

/// Subject and text.
pub(super) type Letter = (String, String);

/// The letter that asks for an answer or reminds of it.
pub(super) fn asking(words: &'static Words, kind: Kind, (school, link): (&str, &str), until: Date) -> Result<Letter> {
    let text = |words: &Words| {
        let (letters, link) = (words.letters(), in_language(words, link));
        let begin = if kind == Kind::Reminder { &letters.remind } else { &letters.ask };
        let (school, until) = (apart(words, school), apart(words, &day_in(words, until)));
        let begin = filled(begin, &[("school", &school)]);
        begun_right(words, &filled(&letters.link, &[("begin", &begin), ("link", &link), ("until", &until)]))
    };
    let letters = words.letters();
    let subject = if kind == Kind::Reminder { &letters.remind_subject } else { &letters.ask_subject };
    Ok((subject.clone(), with_english(words, text)?))
}

/// The letter with the way to a receipt. The page opens in the language of the answer by itself.
pub(super) fn receipt(words: &'static Words, (school, link): (&str, &str)) -> Result<Letter> {
    let text = |words: &Words| {
        let school = apart(words, school);
        begun_right(words, &filled(&words.letters().receipt, &[("school", &school), ("link", link)]))
    };
    Ok((words.letters().receipt_subject.clone(), with_english(words, text)?))
}

/// The page in the language of the letter; English is what it opens in anyway.
fn in_language(words: &Words, link: &str) -> String {
    match words.code {
        "en" => link.to_owned(),
        code => format!("{link}?language={code}"),
    }
}

fn with_english(words: &'static Words, text: impl Fn(&Words) -> String) -> Result<String> {
    let own = text(words);
    if words.is_checked() {
        return Ok(own);
    }
    let (english, note) = (words::of("en")?, begun_right(words, &words.get("unchecked")));
    Ok([own.as_str(), "\n", &note, "\n", BELOW, STILL_TO_CHECK, "\n\n", &text(english)].concat())
}

fn day_in(words: &Words, day: Date) -> String {
    let month = usize::try_from(day.month()).ok().and_then(|month| words.letters().months.get(month.saturating_sub(1)));
    format!("{} {} {}", day.day(), month.map_or("", String::as_str), day.year())
}

/// Puts each value where its name stands in braces. A value is never looked into, whatever it holds.
fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut made = String::with_capacity(text.len());
    for (at, part) in text.split('{').enumerate() {
        let named = part.split_once('}').filter(|_| at > 0);
        let found = named.and_then(|(name, rest)| Some((values.iter().find(|(known, _)| *known == name)?.1, rest)));
        match found {
            Some((value, rest)) => made.extend([value, rest]),
            None => made.extend([if at > 0 { "{" } else { "" }, part]),
        }
    }
    made
}

fn apart(words: &Words, text: &str) -> String {
    let [begin, end] = APART;
    if words.is_from_the_right() { format!("{begin}{text}{end}") } else { text.to_owned() }
}

/// Marks each line that holds words; an address alone in its line is read from the left everywhere.
fn begun_right(words: &Words, text: &str) -> String {
    if !words.is_from_the_right() {
        return text.to_owned();
    }
    let mark = |line: &str| match line.is_empty() || line.starts_with("http") {
        true => line.to_owned(),
        false => format!("{FROM_THE_RIGHT}{line}"),
    };
    text.split('\n').map(mark).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    const SCHOOL: &str = "Elm & {link} Primary";
    const LINK: &str = "https://gate.test/answer/abc";
    const UNTIL: Date = date(2026, 12, 5);

    /// Each letter of a language.
    fn all_of(words: &'static Words) -> [Letter; 3] {
        [
            asking(words, Kind::Round, (SCHOOL, LINK), UNTIL).expect("a letter"),
            asking(words, Kind::Reminder, (SCHOOL, LINK), UNTIL).expect("a letter"),
            receipt(words, (SCHOOL, LINK)).expect("a letter"),
        ]
    }

    /// The part that is for those who do not read English.
    fn own(text: &str) -> &str {
        text.split_once(BELOW).map_or(text, |(own, _)| own)
    }

    /// Runs of two words, without what is no word of the language: the link and the school.
    fn pairs(text: &str) -> BTreeSet<String> {
        let text = text.replace(SCHOOL, "").to_lowercase();
        let words: Vec<&str> = text
            .split_whitespace()
            .filter(|word| !word.contains("gate.test"))
            .map(|word| word.trim_matches(|sign: char| !sign.is_alphanumeric()))
            .filter(|word| word.chars().any(char::is_alphabetic))
            .collect();
        words.windows(2).map(|pair| pair.join(" ")).collect()
    }

    #[test]
    fn every_letter_is_whole_and_wholly_in_its_language() {
        let english = all_of(words::of("en").expect("English"));
        for words in words::all().expect("languages") {
            for (letter, english) in all_of(words).iter().zip(&english) {
                let (subject, text) = letter;
                let place = format!("{}: {subject}\n{text}", words.code);
                let own = own(text);
                assert!(!text.replace(SCHOOL, "").contains(['{', '}']), "{place}");
                assert_eq!(own.matches(SCHOOL).count(), 1, "{place}");
                assert_eq!(own.matches(LINK).count(), 1, "{place}");
                let line = own.lines().find(|line| line.contains(LINK)).expect("a link");
                assert!(line.starts_with(LINK), "nothing may stand before the link: {place}");
                assert!(text.len() < channels::mail::TEXT_BYTES_MAX && subject.chars().count() <= 60, "{place}");
                if words.code == "en" {
                    assert_eq!(own, text, "{place}");
                    continue;
                }
                let common: Vec<_> = pairs(own).intersection(&pairs(&english.1)).cloned().collect();
                assert!(common.is_empty(), "English is left in it: {common:?}\n{place}");
                assert_ne!(*subject, english.0, "{place}");
                assert!(pairs(own).len() > 20, "{place}");
                // What no native reader has checked says so in both languages and has the English below.
                assert!(!words.is_checked() && own.contains(&words.get("unchecked")), "{place}");
                assert!(text.ends_with(&format!("{STILL_TO_CHECK}\n\n{}", english.1)), "{place}");
            }
        }
    }

    /// The link as it stands in a letter.
    fn shown(text: &str) -> String {
        let line = text.lines().find(|line| line.contains(LINK)).expect("a link");
        line.to_owned()
    }

    #[test]
    fn a_letter_leads_to_the_page_in_its_language_and_says_the_day_in_it() {
        for (code, link, day) in [
            ("en", LINK.to_owned(), "5 December 2026"),
            ("cy", format!("{LINK}?language=cy"), "5 Rhagfyr 2026"),
            ("pl", format!("{LINK}?language=pl"), "5 grudnia 2026"),
            ("ur", format!("{LINK}?language=ur"), "5 دسمبر 2026"),
        ] {
            let words = words::of(code).expect("a language");
            let (_, text) = asking(words, Kind::Link, (SCHOOL, LINK), UNTIL).expect("a letter");
            assert_eq!(shown(own(&text)), link);
            assert!(own(&text).contains(day), "{text}");
            let (_, text) = receipt(words, (SCHOOL, LINK)).expect("a letter");
            assert_eq!(shown(own(&text)), LINK, "a receipt knows its language");
        }
    }

    #[test]
    fn letters_from_the_right_begin_there_and_keep_names_whole() {
        for words in words::all().expect("languages") {
            for (_, text) in all_of(words) {
                let lines: Vec<&str> = own(&text).lines().filter(|line| !line.is_empty()).collect();
                let is_right = matches!(words.code, "ar" | "ur");
                let begun = lines.iter().filter(|line| line.starts_with(FROM_THE_RIGHT)).count();
                assert_eq!(begun, if is_right { lines.len() - 1 } else { 0 }, "all but the link: {text}");
                assert_eq!(text.contains(&format!("{}{SCHOOL}{}", APART[0], APART[1])), is_right, "{text}");
                let english = text.split_once(STILL_TO_CHECK).map_or("", |(_, english)| english);
                assert!(!english.contains(FROM_THE_RIGHT) && !english.contains(APART), "{text}");
            }
        }
    }
}
