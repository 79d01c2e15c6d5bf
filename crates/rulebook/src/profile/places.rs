//! Where in the text of a rule something stands: Cedar's syntax tree keeps no places.

/// Byte offset of the first place in a statement where `part` stands, whatever blanks and comments lie between its words.
pub(super) fn find(statement: &str, part: &str) -> Option<usize> {
    let (text, part) = (words(statement), words(part));
    let last = part.len().checked_sub(1)?;
    let is_name = part[last].1.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // `context.content` is not meant where `context.content.shows` stands.
    let goes_on = |at: usize| is_name && text.get(at + part.len()).is_some_and(|(_, next)| *next == ".");
    let stands = |at: &usize| text[*at..].iter().zip(&part).filter(|(a, b)| a.1 == b.1).count() == part.len();
    (0..text.len()).filter(stands).min_by_key(|at| goes_on(*at)).map(|at| text[at].0)
}

/// The words of a Cedar text with their offsets: names, numbers, whole strings, and single marks.
fn words(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let (mut words, mut at) = (vec![], 0);
    while at < bytes.len() {
        let run = |holds: fn(&u8) -> bool| bytes[at..].iter().take_while(|b| holds(b)).count();
        let length = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += run(|b| *b != b'\n');
                continue;
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' => end_of_string(bytes, at) - at,
            b if b.is_ascii_alphanumeric() || b == b'_' => run(|b| b.is_ascii_alphanumeric() || *b == b'_'),
            _ => text[at..].chars().next().map_or(1, char::len_utf8),
        };
        words.push((at, &text[at..at + length]));
        at += length;
    }
    words
}

/// Where each statement of a Cedar text starts: the first word after the start or a `;`.
pub(crate) fn statements(text: &str) -> Vec<usize> {
    let (mut starts, mut is_between) = (vec![], true);
    for (at, word) in words(text) {
        if word == ";" {
            is_between = true;
        } else if std::mem::take(&mut is_between) {
            starts.push(at);
        }
    }
    starts
}

/// One past the mark that closes the string.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}
