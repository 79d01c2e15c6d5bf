//! The word lists that ship with the crate, read once.
//!
//! The lists are data files of our own (`data/`); this file gives them a shape and knows nothing of texts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What an ordinary word is when it is not a name; decides which neighbours tell the two apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Homograph {
    Month,
    Season,
    /// `will`, `may`: helps another verb.
    Helper,
    Verb,
    /// A thing, a virtue, a colour, a plant, an animal.
    Noun,
    Place,
}

/// The commonest words of school posts: an ordinary word is not a misspelt name, and hashtags are cut along them.
pub(crate) static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| lines(include_str!("../data/common.txt")).flat_map(str::split_whitespace).collect());

/// Forenames that are words as well.
static HOMOGRAPHS: LazyLock<HashMap<&'static str, Homograph>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for line in lines(include_str!("../data/homographs.txt")) {
        let Some((class, list)) = line.split_once(':') else {
            continue;
        };
        let class = match class {
            "month" => Homograph::Month,
            "season" => Homograph::Season,
            "helper" => Homograph::Helper,
            "verb" => Homograph::Verb,
            "place" => Homograph::Place,
            _ => Homograph::Noun,
        };
        words.extend(list.split_whitespace().map(|word| (word, class)));
    }
    words
});

/// Families of forms of one forename.
static NICKNAMES: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut forms: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in lines(include_str!("../data/nicknames.txt")) {
        for one in line.split_whitespace() {
            let others = line.split_whitespace().filter(|other| *other != one);
            forms.entry(one).or_default().extend(others);
        }
    }
    forms
});

/// What else somebody with this forename may be called.
pub(crate) fn nicknames(forename: &[u8]) -> &'static [&'static str] {
    let forms = std::str::from_utf8(forename).ok().and_then(|forename| NICKNAMES.get(forename));
    forms.map_or(&[], Vec::as_slice)
}

/// People, characters, works and places that hold a forename and are no pupil.
pub(crate) fn famous() -> impl Iterator<Item = &'static str> {
    lines(include_str!("../data/famous.txt")).flat_map(|line| line.split(';')).map(str::trim).filter(|p| !p.is_empty())
}

pub(crate) fn homograph(word: &[u8]) -> Option<Homograph> {
    let word = std::str::from_utf8(word).ok()?;
    HOMOGRAPHS.get(word).copied().or_else(|| COMMON.contains(word).then_some(Homograph::Noun))
}

pub(crate) fn is_common(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| COMMON.contains(word))
}

/// An ordinary word of either list.
pub(crate) fn is_ordinary(word: &[u8]) -> bool {
    homograph(word).is_some()
}

/// The lines of a data file that are neither empty nor a comment.
pub(crate) fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<'a>(list: &str, words: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        let twice: Vec<&str> = words.filter(|word| !seen.insert(*word)).collect();
        assert!(twice.is_empty(), "twice in {list}: {twice:?}");
        assert!(!seen.is_empty(), "nothing in {list}");
    }

    #[test]
    fn no_data_file_has_a_word_twice() {
        check("common.txt", lines(include_str!("../data/common.txt")).flat_map(str::split_whitespace));
        check("famous.txt", famous());
        let homographs = lines(include_str!("../data/homographs.txt")).filter_map(|line| line.split_once(':'));
        check("homographs.txt", homographs.flat_map(|(_, list)| list.split_whitespace()));
        // A short form of several forenames stands in the family of each, but only once in it.
        for family in lines(include_str!("../data/nicknames.txt")) {
            check(family, family.split_whitespace());
        }
    }
}
