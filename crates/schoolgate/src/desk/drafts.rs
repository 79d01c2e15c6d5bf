//! Reading texts to be screened: `{"id","text","field","has_photo"}`, as a JSON array or as one object after another.
//!
//! Every fault is told with its place. Whether a picture goes out with a text is *unknown* where nothing is said, and
//! unknown counts as yes.

use rulebook::Fault;
use screening::{Draft, Field};
use serde_json::{Deserializer, Value};

/// More texts than this in one run are a mistake.
const DRAFTS_MAX: usize = 200_000;

/// Drafts and whether they came as an array.
#[derive(Debug)]
pub struct Batch {
    pub drafts: Vec<Draft>,
    pub is_array: bool,
}

/// # Errors
/// Every fault, with line and column of the object it is in.
pub fn drafts(file: &str, text: &str) -> Result<Batch, Vec<Fault>> {
    let mut scan = Scan { file, text, at: text.len() - text.trim_start_matches('\u{feff}').len(), faults: Vec::new() };
    let is_array = scan.next_is(b'[');
    let mut drafts = Vec::new();
    let mut expects_more = false;
    loop {
        scan.skip_space();
        if scan.rest().is_empty() {
            if is_array {
                scan.fault("the list does not end: `]` is missing".to_owned());
            }
            break;
        }
        if is_array && !expects_more && scan.next_is(b']') {
            scan.skip_space();
            if !scan.rest().is_empty() {
                scan.fault("something stands after the list".to_owned());
            }
            break;
        }
        if drafts.len() >= DRAFTS_MAX {
            scan.fault(format!("there are more than {DRAFTS_MAX} texts"));
            break;
        }
        let started = scan.at;
        let Some(value) = scan.value(is_array) else {
            if is_array {
                break;
            }
            continue;
        };
        match draft(&value) {
            Ok(draft) => drafts.push(draft),
            Err(said) => said.into_iter().for_each(|said| scan.fault_at(started, said)),
        }
        scan.skip_space();
        expects_more = is_array && scan.next_is(b',');
        if is_array && !expects_more && !scan.rest().starts_with(']') && !scan.rest().is_empty() {
            scan.fault("`,` or `]` is missing".to_owned());
            break;
        }
    }
    if scan.faults.is_empty() { Ok(Batch { drafts, is_array }) } else { Err(scan.faults) }
}

/// A place in the text, and the faults found so far.
struct Scan<'a> {
    file: &'a str,
    text: &'a str,
    at: usize,
    faults: Vec<Fault>,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t']).len();
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is = self.rest().as_bytes().first() == Some(&byte);
        self.at += usize::from(is);
        is
    }

    /// The next value. On a fault, tells it; outside an array goes on behind the line.
    fn value(&mut self, is_array: bool) -> Option<Value> {
        let mut values = Deserializer::from_str(self.rest()).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Some(value)
            }
            Some(Err(wrong)) => {
                let rest = self.rest();
                // The parser counts lines from here and columns in bytes.
                let line_starts = rest.match_indices('\n').map(|(at, _)| at + 1);
                let start = std::iter::once(0).chain(line_starts).nth(wrong.line().max(1) - 1).unwrap_or(rest.len());
                let offset = rest.floor_char_boundary(start + wrong.column().saturating_sub(1));
                let said = wrong.to_string();
                self.fault_at(self.at + offset, said.split(" at line").next().unwrap_or_default().to_owned());
                self.at += if is_array { rest.len() } else { rest.find('\n').map_or(rest.len(), |end| end + 1) };
                None
            }
            None => None,
        }
    }

    fn fault(&mut self, said: String) {
        self.fault_at(self.at, said);
    }

    fn fault_at(&mut self, at: usize, said: String) {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        self.faults.push(Fault { file: self.file.to_owned(), line, column, path: None, said });
    }
}

fn draft(value: &Value) -> Result<Draft, Vec<String>> {
    let Value::Object(object) = value else { return Err(vec!["is not an object with `id` and `text`".to_owned()]) };
    let mut faults = Vec::new();
    let mut text = |name: &str| match object.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(_) => {
            faults.push(format!("`{name}` is not a text"));
            None
        }
        None => {
            faults.push(format!("`{name}` is missing"));
            None
        }
    };
    let (id, words) = (text("id"), text("text"));
    let field = match object.get("field").map(|field| field.as_str().unwrap_or_default()) {
        None | Some("text") => Field::Text,
        Some("alt-text") => Field::AltText,
        Some("file-name") => Field::FileName,
        Some("metadata") => Field::Metadata,
        Some(_) => {
            faults.push("`field` is none of `text`, `alt-text`, `file-name`, `metadata`".to_owned());
            Field::Text
        }
    };
    let has_photo = match object.get("has_photo") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(has_photo)) => *has_photo,
        Some(_) => {
            faults.push("`has_photo` is neither true nor false".to_owned());
            true
        }
    };
    let (Some(id), Some(words)) = (id, words) else { return Err(faults) };
    match Draft::of(id, words, field, has_photo) {
        Ok(draft) if faults.is_empty() => Ok(draft),
        Ok(_) => Err(faults),
        Err(long) => Err(faults.into_iter().chain([long.to_string()]).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<(Vec<String>, bool), Vec<String>> {
        match drafts("in.json", text) {
            Ok(batch) => Ok((batch.drafts.iter().map(|draft| draft.id.clone()).collect(), batch.is_array)),
            Err(faults) => Err(faults.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn arrays_and_lines_are_read() {
        let one = r#"{"id":"a","text":"x","field":"alt-text","has_photo":false}"#;
        let two = r#"{"id":"b","text":"y"}"#;
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(ids(&format!("\u{feff}[{one},\n {two} ]\n")), Ok((both.clone(), true)));
        assert_eq!(ids(&format!("{one}\n\n{two}\n")), Ok((both, false)));
        assert_eq!(ids("[]"), Ok((vec![], true)));
        assert_eq!(ids(""), Ok((vec![], false)));
    }

    #[test]
    fn a_text_without_a_word_on_pictures_counts_as_beside_one() {
        let batch = drafts("in.json", r#"{"id":"b","text":"y"}"#).expect("it is whole");
        assert!(batch.drafts[0].has_photo);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let check = |text: &str, said: &[&str]| {
            let said: Vec<String> = said.iter().map(|said| format!("in.json:{said}")).collect();
            assert_eq!(ids(text), Err(said), "{text}");
        };
        check(
            "{\"id\":1}\n{\"id\":\"b\",\"text\":\"y\",\"field\":\"x\",\"has_photo\":7}",
            &[
                "1:1: `id` is not a text",
                "1:1: `text` is missing",
                "2:1: `field` is none of `text`, `alt-text`, `file-name`, `metadata`",
                "2:1: `has_photo` is neither true nor false",
            ],
        );
        check("{\"id\":\n{\"id\":\"b\"}", &["2:10: EOF while parsing an object", "2:1: `text` is missing"]);
        check("[{\"id\":\"a\",\"text\":\"x\"} 7]", &["1:24: `,` or `]` is missing"]);
        check("[\n 7]", &["2:2: is not an object with `id` and `text`"]);
        check("[", &["1:2: the list does not end: `]` is missing"]);
        check("{\"id\":\"a𝔘\",\"tex", &["1:15: EOF while parsing a string"]);
        check("[] x", &["1:4: something stands after the list"]);
    }
}
