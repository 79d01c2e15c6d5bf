//! One spelling for every disguise: what a text looks like once case, accents, look-alike letters and invisible
//! characters are gone.
//!
//! Promises an exact way back: every byte of the folded text knows the scalar value of the original it came from, so a
//! finding can point at what the writer typed. It does not decide what is a word or a name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// A folded text with its map home. All vectors but `hidden` have one entry a byte of `plain`.
pub(crate) struct Fold {
    /// Lower case, without accents, look-alikes replaced, invisible characters dropped.
    pub(crate) plain: String,
    /// Scalar value (counted from 0) of the original this byte came from.
    pub(crate) from: Vec<u32>,
    /// First scalar value after it, with the accents that were typed as characters of their own.
    pub(crate) till: Vec<u32>,
    /// Whether it was typed as a capital.
    pub(crate) capital: Vec<bool>,
    /// Control and direction characters: they have no place in a post, and hide things from a reader.
    pub(crate) hidden: Vec<Hidden>,
}

/// One invisible character that has no honest use in a post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hidden {
    pub(crate) at: u32,
    pub(crate) turns_direction: bool,
}

impl Fold {
    pub(crate) fn of(text: &str) -> Fold {
        let size = text.len();
        let mut fold = Fold {
            plain: String::with_capacity(size),
            from: Vec::with_capacity(size),
            till: Vec::with_capacity(size),
            capital: Vec::with_capacity(size),
            hidden: Vec::new(),
        };
        for (at, c) in text.chars().enumerate() {
            fold.take(c, at as u32);
        }
        fold
    }

    fn take(&mut self, c: char, at: u32) {
        if c.is_ascii() && (!c.is_ascii_control() || matches!(c, '\n' | '\r' | '\t')) {
            return match c {
                '\r' | '\t' => self.push(' ', at, false),
                '`' => self.push('\'', at, false),
                _ => self.push(c.to_ascii_lowercase(), at, c.is_ascii_uppercase()),
            };
        }
        if turns_direction(c) || c.is_control() && c != '\u{85}' {
            let turns_direction = turns_direction(c);
            return self.hidden.push(Hidden { at, turns_direction });
        }
        if is_invisible(c) {
            return;
        }
        if is_combining_mark(c) {
            return self.cover(at);
        }
        if let Some(mark) = punctuation(c) {
            return self.push(mark, at, false);
        }
        let capital = c.is_uppercase();
        for part in std::iter::once(c).nfkd() {
            if is_combining_mark(part) || is_invisible(part) {
                continue;
            }
            self.letter(part, at, capital || part.is_uppercase());
        }
    }

    fn letter(&mut self, c: char, at: u32, capital: bool) {
        if c.is_ascii() {
            return self.push(c.to_ascii_lowercase(), at, capital);
        }
        if c.is_whitespace() {
            return self.push(' ', at, false);
        }
        if let Some(latin) = latin(c) {
            return latin.chars().for_each(|l| self.push(l, at, capital));
        }
        for small in c.to_lowercase() {
            match STROKED.binary_search_by_key(&small, |(k, _)| *k) {
                Ok(found) => STROKED[found].1.chars().for_each(|l| self.push(l, at, capital)),
                Err(_) => self.push(small, at, capital),
            }
        }
    }

    fn push(&mut self, c: char, at: u32, capital: bool) {
        self.plain.push(c);
        for _ in 0..c.len_utf8() {
            self.from.push(at);
            self.till.push(at + 1);
            self.capital.push(capital);
        }
    }

    /// An accent typed by itself belongs to the letter before it.
    fn cover(&mut self, at: u32) {
        let Some(&last) = self.from.last() else {
            return;
        };
        for (from, till) in self.from.iter().zip(self.till.iter_mut()).rev() {
            if *from != last {
                return;
            }
            *till = at + 1;
        }
    }

    /// The same text with `_` read as the space it stands for in a file's name and at the ends of a word that is marked;
    /// nothing when there is none.
    pub(crate) fn spaced(&self) -> Option<Fold> {
        self.plain.contains('_').then(|| Fold {
            plain: self.plain.replace('_', " "),
            from: self.from.clone(),
            till: self.till.clone(),
            capital: self.capital.clone(),
            hidden: Vec::new(),
        })
    }

    /// The bytes of the folded text that the original scalar values `start..end` became: the way back from `home`.
    pub(crate) fn folded(&self, start: u32, end: u32) -> (usize, usize) {
        (self.from.partition_point(|at| *at < start), self.from.partition_point(|at| *at < end))
    }

    /// The original scalar values that bytes `start..end` of the folded text came from; `start < end`.
    pub(crate) fn home(&self, start: usize, end: usize) -> (u32, u32) {
        (self.from[start], self.till[end - 1].max(self.from[start] + 1))
    }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Characters a reader does not see: joiners, fillers, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Apostrophes, hyphens and line ends have many shapes and one meaning each.
fn punctuation(c: char) -> Option<char> {
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2b9}' | '\u{2bb}' | '\u{2bc}' | '\u{2c8}' | '\u{b4}'
        | '\u{2032}' | '\u{ff07}' | '\u{a78c}' | '\u{55a}' => '\'',
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{2043}' => '-',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        '\u{ff3f}' => '_',
        _ => return None,
    })
}

/// The Latin letter that a letter of another script looks like, a small capital or a letter in a box.
fn latin(c: char) -> Option<&'static str> {
    if let Some(at) = LOOK_ALIKE.chars().position(|l| l == c) {
        return Some(&LOOKED_LIKE[at..=at]);
    }
    let boxed = match c as u32 {
        n @ 0x1f150..=0x1f169 => n - 0x1f150,
        n @ 0x1f170..=0x1f189 => n - 0x1f170,
        n @ 0x1f1e6..=0x1f1ff => n - 0x1f1e6,
        _ => return published_look_alike(c),
    } as usize;
    Some(&ALPHABET[boxed..=boxed])
}

/// What Unicode's own table of confusable characters says, where it names one Latin letter.
fn published_look_alike(c: char) -> Option<&'static str> {
    if !c.is_alphabetic() || matches!(c as u32, 0x2e80..=0xabff | 0xac00..=0xd7af | 0xf900..=0xfaff) {
        return None;
    }
    let mut encoded = [0; 4];
    let mut shape = skeleton(c.encode_utf8(&mut encoded));
    let (first, rest) = (shape.next()?, shape.next());
    if rest.is_some() || !first.is_ascii_alphabetic() {
        return None;
    }
    let at = usize::from(first.to_ascii_lowercase() as u8 - b'a');
    Some(&ALPHABET[at..=at])
}

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";

/// Letters that keep their stroke or ligature after decomposition; sorted.
const STROKED: &[(char, &str)] = &[
    ('ß', "ss"),
    ('æ', "ae"),
    ('ð', "d"),
    ('ø', "o"),
    ('þ', "th"),
    ('đ', "d"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ĸ', "k"),
    ('ł', "l"),
    ('ŋ', "n"),
    ('œ', "oe"),
    ('ŧ', "t"),
    ('ƀ', "b"),
    ('ɨ', "i"),
    ('ɫ', "l"),
    ('ʉ', "u"),
];

/// Letter by letter beside `LOOKED_LIKE`: Cyrillic, Greek, Armenian, small capitals, Latin extras; capitals before
/// their small letters are known, since a capital Nu looks like N and a small one like v.
const LOOK_ALIKE: &str = "АаВвЕеЅѕІіЈјКкМмНОоРрСсТтУуХхҮүԀԁԚԛԜԝҺһЁёЇїЗѴѵҐґҒғ\
ΑαΒβΕεΖΗΙιΚκΜΝνΟοΡρΤτΥυΧχΩω\
ՕօՍսԼՏ\
ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡɩſƶȥ";
const LOOKED_LIKE: &str = "aabbeessiijjkkmmhooppccttyyxxyyddqqwwhheeiizvvrrff\
aabbeezhiikkmnvooppttyuxxww\
oouuls\
abcdefghijklmnoprstuvwyzagiszz";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, plain: &str) {
        let fold = Fold::of(text);
        assert_eq!(fold.plain, plain, "folding {text:?}");
        let scalars = text.chars().count() as u32;
        assert_eq!(fold.from.len(), fold.plain.len());
        for (from, till) in fold.from.iter().zip(&fold.till) {
            assert!(from < till && *till <= scalars);
        }
    }

    #[test]
    fn every_disguise_folds_to_one_spelling() {
        assert_eq!(LOOK_ALIKE.chars().count(), LOOKED_LIKE.len());
        assert!(STROKED.is_sorted_by_key(|(c, _)| *c));
        check("Zara", "zara");
        check("ZOË", "zoe");
        check("Zoe\u{308}", "zoe");
        check("Łukasz Æsa Straße", "lukasz aesa strasse");
        check("З\u{430}r\u{430}", "zara");
        check("Ｚａｒａ", "zara");
        check("𝒵𝓪𝕣𝖆", "zara");
        check("Za\u{200b}ra\u{feff}", "zara");
        check("O\u{2019}Brien", "o'brien");
        check("Zara\u{a0}Khan", "zara khan");
        check("ᴢᴀʀᴀ", "zara");
        check("ΖΑRΑ", "zara");
    }

    #[test]
    fn an_accent_typed_by_itself_is_part_of_the_finding() {
        let fold = Fold::of("Zoe\u{308}!");
        assert_eq!(fold.home(0, 3), (0, 4));
    }

    #[test]
    fn direction_and_control_characters_are_noted_with_their_place() {
        let fold = Fold::of("a\u{202e}b\u{0}c");
        assert_eq!(fold.plain, "abc");
        assert_eq!(fold.hidden, [Hidden { at: 1, turns_direction: true }, Hidden { at: 3, turns_direction: false }]);
    }
}
