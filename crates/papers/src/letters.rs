//! Which letters a paper can show.
//!
//! The fonts in the program have Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian and Lao letters and many signs. They
//! have no letters of Bengali, Gurmukhi, Devanagari and the other scripts of India, none of Thai, Ethiopic, Chinese, Japanese or
//! Korean, and no emoji.

use std::sync::LazyLock;

use serde_json::Value;
use typst::text::Font;

use crate::world;

/// What stands for a letter that cannot be shown.
pub(crate) const BOX: char = '\u{25a1}';
/// Text is broken inside a word only after so many letters, so that the longest name stays on its page.
const UNBROKEN_MAX: usize = 24;

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| world::all_fonts().collect());

/// Which letters are kept.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    AnyFont,
    FirstFont,
}

impl Kept {
    fn has(self, letter: char) -> bool {
        let fonts = match self {
            Kept::AnyFont => &FONTS[..],
            Kept::FirstFont => &FONTS[..1],
        };
        fonts.iter().any(|font| font.info().coverage.contains(letter.into()))
    }
}

/// The same data with a box for each letter that cannot be shown, and how many boxes that are.
pub(crate) fn printable(data: &Value, kept: Kept) -> (Value, usize) {
    let mut boxed = 0;
    let data = walk(data, kept, &mut boxed);
    (data, boxed)
}

fn walk(data: &Value, kept: Kept, boxed: &mut usize) -> Value {
    match data {
        Value::String(text) => Value::String(shown(text, kept, boxed)),
        Value::Array(all) => all.iter().map(|one| walk(one, kept, boxed)).collect(),
        Value::Object(all) => {
            Value::Object(all.iter().map(|(key, one)| (key.clone(), walk(one, kept, boxed))).collect())
        }
        plain => plain.clone(),
    }
}

fn shown(text: &str, kept: Kept, boxed: &mut usize) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut unbroken = 0;
    for letter in text.chars() {
        unbroken = if letter.is_whitespace() { 0 } else { unbroken + 1 };
        if unbroken > UNBROKEN_MAX {
            // A place to break that shows nothing.
            shown.push('\u{200b}');
            unbroken = 1;
        }
        shown.push(match letter {
            '\n' | '\t' | ' ' => letter,
            // Private letters mean something else in every font, and marks of direction could turn a whole line around.
            _ if is_private(letter) || is_steering(letter) || letter.is_control() || !kept.has(letter) => {
                *boxed += 1;
                BOX
            }
            _ => letter,
        });
    }
    shown
}

fn is_private(letter: char) -> bool {
    matches!(u32::from(letter), 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff | 0xfeff | 0xfff0..=0xffff)
}

/// Letters without a shape that say how others are read: directions, soft hyphens, tags. The joiners that some
/// scripts need are none of them.
fn is_steering(letter: char) -> bool {
    matches!(u32::from(letter), 0xad | 0x61c | 0x180e | 0x200b | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xe_0000..=0xe_0fff)
}
