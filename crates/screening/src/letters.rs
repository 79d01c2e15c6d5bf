//! A text as one run of letters, with what stood between them kept beside it.
//!
//! Names and words are looked for in the bare letters, so that apostrophes, hyphens, spaces and line ends cannot hide
//! one; the gaps then say whether what was found is a word of its own. This file knows no names.

use crate::fold::Fold;

/// What stood between two letters, from "nothing" to "another sentence". The order matters: a wider gap is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Gap {
    None,
    /// An apostrophe: inside a word.
    Mark,
    /// No character, but a capital after a small letter: `ZaraKhan`.
    Case,
    Hyphen,
    /// Spaces, underscores, one line end, emphasis marks.
    Space,
    /// A full stop with no space after it: `zara.khan`.
    Dot,
    Comma,
    /// A full stop and a space: the end of a sentence, or of an initial.
    DotSpace,
    /// Digits: `zara2`.
    Digit,
    /// Brackets, quotation marks, slashes, colons.
    Other,
    /// The end of a sentence or paragraph.
    Stop,
}

/// A word: letters with nothing wider than a change of case between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The end without a possessive `'s`.
    pub(crate) stem: usize,
    pub(crate) capital: bool,
    pub(crate) all_capitals: bool,
    /// It follows `#` or `@`: words in it are usually run together.
    pub(crate) tag: bool,
    pub(crate) opens_sentence: bool,
}

/// The letters of a folded text.
pub(crate) struct Letters {
    /// Letters only, folded.
    pub(crate) text: Vec<u8>,
    /// Byte of `Fold::plain` of each letter.
    at: Vec<u32>,
    /// The gap before each letter, and one after the last.
    gap: Vec<Gap>,
    pub(crate) words: Vec<Word>,
    /// The word of each letter.
    word_of: Vec<u32>,
    /// Whether any small letter was typed: in a text all in capitals a capital says nothing.
    pub(crate) has_small: bool,
    pub(crate) has_capital: bool,
}

impl Letters {
    pub(crate) fn of(fold: &Fold) -> Letters {
        let plain = &fold.plain;
        let mut letters = Letters {
            text: Vec::with_capacity(plain.len()),
            at: Vec::with_capacity(plain.len()),
            gap: Vec::with_capacity(plain.len() + 1),
            words: Vec::new(),
            word_of: Vec::with_capacity(plain.len()),
            has_small: false,
            has_capital: false,
        };
        let mut between = 0;
        for (at, c) in plain.char_indices() {
            if !c.is_alphabetic() {
                continue;
            }
            let capital = fold.capital[at];
            let small_before = at > 0 && between == at && !fold.capital[at - 1] && !letters.text.is_empty();
            let mut gap = gap(&plain[between..at]);
            if gap == Gap::None && capital && small_before {
                gap = Gap::Case;
            }
            if letters.text.is_empty() {
                gap = Gap::Stop;
            }
            letters.has_small |= !capital;
            letters.has_capital |= capital;
            let end = at + c.len_utf8();
            letters.begin_or_extend(gap, capital, &plain[between..at]);
            for byte in at..end {
                letters.text.push(plain.as_bytes()[byte]);
                letters.at.push(byte as u32);
                letters.gap.push(if byte == at { gap } else { Gap::None });
                letters.word_of.push(letters.words.len() as u32 - 1);
            }
            if let Some(word) = letters.words.last_mut() {
                word.end = letters.text.len();
            }
            between = end;
        }
        letters.gap.push(Gap::Stop);
        letters.find_stems();
        letters
    }

    fn begin_or_extend(&mut self, gap: Gap, capital: bool, between: &str) {
        let start = self.text.len();
        if gap <= Gap::Case && start > 0 {
            if let Some(word) = self.words.last_mut() {
                word.all_capitals &= capital;
            }
            return;
        }
        let continues_tag = gap == Gap::Digit || gap == Gap::Space && between.bytes().all(|b| b == b'_');
        let tag = between.ends_with(['#', '@']) || continues_tag && self.words.last().is_some_and(|w| w.tag);
        let opens_sentence = gap >= Gap::Stop || gap == Gap::DotSpace || between.contains('\n');
        self.words.push(Word { start, end: start, stem: start, capital, all_capitals: capital, tag, opens_sentence });
    }

    fn find_stems(&mut self) {
        for word in &mut self.words {
            let possessive =
                word.end - word.start > 1 && self.text[word.end - 1] == b's' && self.gap[word.end - 1] == Gap::Mark;
            word.stem = word.end - usize::from(possessive);
        }
    }

    /// The gap before the letter at `at`; `at` may be the length.
    pub(crate) fn gap(&self, at: usize) -> Gap {
        self.gap[at]
    }

    pub(crate) fn word_at(&self, at: usize) -> usize {
        self.word_of[at] as usize
    }

    /// The letters of a word without a possessive ending.
    pub(crate) fn stem(&self, word: usize) -> &[u8] {
        let word = &self.words[word];
        &self.text[word.start..word.stem]
    }

    pub(crate) fn is_capital(&self, fold: &Fold, at: usize) -> bool {
        fold.capital[self.at[at] as usize]
    }

    /// The bytes of `Fold::plain` that letters `start..end` cover.
    pub(crate) fn plain_span(&self, start: usize, end: usize) -> (usize, usize) {
        (self.at[start] as usize, self.at[end - 1] as usize + 1)
    }

    /// The original scalar values that letters `start..end` came from.
    pub(crate) fn home(&self, fold: &Fold, start: usize, end: usize) -> (u32, u32) {
        let (start, end) = self.plain_span(start, end);
        fold.home(start, end)
    }

    /// Whether letters `start..end` are single letters with the same kind of gap between all of them: `i d i o t`.
    pub(crate) fn is_spelled_out(&self, start: usize, end: usize) -> bool {
        end - start >= 3
            && self.gap[start + 1] != Gap::None
            && (start + 1..end).all(|at| self.gap[at] == self.gap[start + 1])
            && self.gap[start + 1] <= Gap::Dot
            && self.gap[start + 1] != Gap::Case
    }
}

fn gap(between: &str) -> Gap {
    match between {
        "" => return Gap::None,
        // An address writes a space as `%20` or `+`.
        " " | "%20" | "+" => return Gap::Space,
        "'" => return Gap::Mark,
        "-" => return Gap::Hyphen,
        _ => {}
    }
    let mut widest = Gap::None;
    let (mut lines, mut dots, mut spaces) = (0, 0, 0);
    for c in between.chars() {
        let this = match c {
            '\'' => Gap::Mark,
            '-' => Gap::Hyphen,
            ' ' | '_' | '*' | '~' => {
                spaces += 1;
                Gap::Space
            }
            '\n' => {
                lines += 1;
                Gap::Space
            }
            '.' => {
                dots += 1;
                Gap::Dot
            }
            ',' => Gap::Comma,
            '0'..='9' => Gap::Digit,
            '!' | '?' | ';' | '\u{2022}' => Gap::Stop,
            _ => Gap::Other,
        };
        widest = widest.max(this);
    }
    if widest == Gap::Dot && dots == 1 && spaces + lines > 0 {
        widest = if lines > 0 { Gap::Stop } else { Gap::DotSpace };
    }
    let bullet = lines > 0 && (widest > Gap::Comma || between.contains("\n-") || between.contains("\n*"));
    if lines > 1 || dots > 1 && spaces > 0 || bullet {
        return Gap::Stop;
    }
    if between.contains(" - ") { widest.max(Gap::Other) } else { widest }
}
