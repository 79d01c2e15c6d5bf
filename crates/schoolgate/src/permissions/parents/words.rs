//! What families read on pages and in letters, in ten languages, each a file. English stands in for a word that a file lacks.
//!
//! Promises: a language that no native reader has checked says so on every page. Does not: translate a school's own purposes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::error::{Error, Result};

const FILES: [(&str, &str); 10] = [
    ("en", include_str!("words/en.toml")),
    ("cy", include_str!("words/cy.toml")),
    ("pl", include_str!("words/pl.toml")),
    ("ro", include_str!("words/ro.toml")),
    ("ur", include_str!("words/ur.toml")),
    ("pa", include_str!("words/pa.toml")),
    ("ar", include_str!("words/ar.toml")),
    ("bn", include_str!("words/bn.toml")),
    ("so", include_str!("words/so.toml")),
    ("uk", include_str!("words/uk.toml")),
];

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Ltr,
    Rtl,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    direction: Direction,
    checked: bool,
    words: BTreeMap<String, String>,
    letters: Letters,
    purposes: BTreeMap<String, String>,
}

/// Letters by electronic mail. What stands in braces is filled in: the school's name, the link, its last day, how it begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Letters {
    pub(super) ask_subject: String,
    pub(super) remind_subject: String,
    pub(super) receipt_subject: String,
    /// How a letter begins that asks for an answer, and one that reminds of it.
    pub(super) ask: String,
    pub(super) remind: String,
    /// Either of them as a whole.
    pub(super) link: String,
    pub(super) receipt: String,
    /// As they stand between day and year.
    pub(super) months: [String; 12],
}

/// One language.
pub struct Words {
    pub code: &'static str,
    file: File,
}

/// Every language, English first.
pub fn all() -> Result<&'static [Words]> {
    static READ: OnceLock<std::result::Result<Vec<Words>, String>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let read = FILES.iter().map(|(code, text)| {
            toml::from_str(text).map(|file| Words { code, file }).map_err(|error| format!("{code}: {error}"))
        });
        read.collect()
    });
    read.as_ref().map(Vec::as_slice).map_err(|said| Error::fault("reading the translations", said.clone()))
}

/// The language with this code, or English.
pub fn of(code: &str) -> Result<&'static Words> {
    let all = all()?;
    all.iter().find(|words| words.code == code).or(all.first()).ok_or(Error::NotFound)
}

impl Words {
    pub fn name(&self) -> &str {
        &self.file.name
    }

    pub fn dir(&self) -> &'static str {
        match self.file.direction {
            Direction::Ltr => "ltr",
            Direction::Rtl => "rtl",
        }
    }

    pub(super) fn is_from_the_right(&self) -> bool {
        self.file.direction == Direction::Rtl
    }

    pub(super) fn letters(&self) -> &Letters {
        &self.file.letters
    }

    pub fn is_checked(&self) -> bool {
        self.file.checked
    }

    /// The word under a key; the key itself if no language has it, which a test forbids.
    pub fn get(&self, key: &str) -> String {
        let english = || of("en").ok().and_then(|english| english.file.words.get(key));
        self.file.words.get(key).or_else(english).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// What a purpose is called here: `label` where it is the school's own, or has been worded anew.
    pub fn purpose(&self, code: &str, label: &str) -> String {
        let english = of("en").ok().and_then(|english| english.file.purposes.get(code));
        let is_usual = english.is_some_and(|usual| usual == label);
        let said = self.file.purposes.get(code).filter(|_| is_usual);
        said.cloned().unwrap_or_else(|| label.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::purpose::USUAL;

    #[test]
    fn every_language_has_every_word_and_every_usual_purpose() {
        let all = all().expect("every file can be read");
        assert_eq!(all.len(), 10);
        let english: Vec<&String> = all[0].file.words.keys().collect();
        for words in all {
            assert_eq!(words.file.words.keys().collect::<Vec<_>>(), english, "{}", words.code);
            for usual in USUAL {
                assert!(words.file.purposes.contains_key(usual.code), "{}: {}", words.code, usual.code);
            }
            // The note that nobody has checked it is the one word that a checked language may leave empty.
            let empty = words.file.words.iter().filter(|(key, said)| said.trim().is_empty() && *key != "unchecked");
            assert_eq!(empty.count(), 0, "{}", words.code);
            assert!(words.is_checked() || !words.get("unchecked").is_empty(), "{}", words.code);
        }
        let right_to_left: Vec<&str> =
            all.iter().filter(|words| words.dir() == "rtl").map(|words| words.code).collect();
        assert_eq!(right_to_left, ["ur", "ar"]);
    }

    #[test]
    fn the_usual_purposes_are_called_alike_and_a_school_s_own_words_stand() {
        let welsh = of("cy").expect("Welsh");
        for usual in USUAL {
            assert_eq!(of("en").expect("English").purpose(usual.code, usual.label), usual.label);
            assert_ne!(welsh.purpose(usual.code, usual.label), usual.label, "{}", usual.code);
        }
        assert_eq!(welsh.purpose("website", "Pictures on our new site"), "Pictures on our new site");
        assert_eq!(of("xx").expect("English").code, "en");
    }
}
