//! Names without what people leave out when they type: capitals, accents, hyphens and apostrophes.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters that have no accent to take off, and what people type instead.
const PLAIN: &[(char, &str)] = &[
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ł', "l"),
    ('ħ', "h"),
    ('ı', "i"),
];

/// Letters and digits of any script, in small letters without accents; anything else is one space.
pub(super) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut is_apart = false;
    for letter in name.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        // `O'Brien` and `OBrien` are one name; `Smith-Jones` and `Smith Jones` are one too.
        if is_apostrophe(letter) {
            continue;
        }
        if !letter.is_alphanumeric() {
            is_apart = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut is_apart) {
            folded.push(' ');
        }
        match PLAIN.iter().find(|(known, _)| *known == letter) {
            Some((_, plain)) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '´')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        for (name, expect) in [
            ("Zoë O'Brien", "zoe obrien"),
            ("ZOE O’BRIEN", "zoe obrien"),
            ("Łukasz  Smith-Jones ", "lukasz smith jones"),
            ("Strauß", "strauss"),
            ("Nguyễn Thị", "nguyen thi"),
            ("  -- ", ""),
            ("李 小龍", "李 小龍"),
            ("Ольга", "ольга"),
        ] {
            assert_eq!(fold(name), expect, "{name}");
        }
        // Arabic marks are left out by most who type; the letters stay.
        assert_eq!(fold("مُحَمَّد"), fold("محمد"));
    }

    #[test]
    fn folding_a_second_time_changes_nothing() {
        for name in ["İpek", "Æsc", "D’Arcy-Ó Dálaigh", "ǅ", "ﬁ"] {
            assert_eq!(fold(&fold(name)), fold(name), "{name}");
        }
    }
}
