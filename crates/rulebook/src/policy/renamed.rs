//! A pack under another name: what a school starts from when it takes another school's policy.
//!
//! For: copying a pack whole. Promises: every clause, rule and example stays; only names change, so the copy rules as the
//! original does. Does not: write files.

use super::SETTINGS;
use crate::File;

/// The files of a pack as a draft of another school's: `name` is the new short name, `school` the school's.
///
/// # Errors
/// What is wrong with the name, or that the pack has no settings.
pub fn renamed(files: &[File], name: &str, school: Option<&str>) -> Result<Vec<File>, String> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
        return Err(format!("`{name}` is no short name: small letters and hyphens, such as `oakfield`"));
    }
    let settings = files.iter().find(|file| file.name == SETTINGS).ok_or(format!("the pack has no {SETTINGS}"))?;
    let old = value(&settings.text, "id").ok_or(format!("{SETTINGS} has no `id`"))?;
    let renamed = files.iter().map(|file| {
        let text =
            if file.name == SETTINGS { settled(&file.text, name, school) } else { retold(&file.text, old, name) };
        File::new(file.name.clone(), text)
    });
    Ok(renamed.collect())
}

/// The text of a key that stands on a line of its own.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches('"'))
    })
}

/// The settings as a draft of the new school's; what said who approved the old one is left out.
fn settled(text: &str, name: &str, school: Option<&str>) -> String {
    let mut out = String::new();
    let mut is_top = true;
    for line in text.lines() {
        is_top &= !line.starts_with('[');
        let key = line.split_once('=').map(|(key, _)| key.trim()).filter(|_| is_top);
        match (key, school) {
            (Some("id"), _) => out.push_str(&format!("id = \"{name}\"")),
            (Some("status"), _) => out.push_str("status = \"draft\""),
            (Some("school"), Some(school)) => out.push_str(&format!("school = {}", quoted(school))),
            (Some("note" | "approver" | "approved" | "review"), _) => continue,
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Full clause ids (`old.section.3`) under the new name; the old name elsewhere is a word like any other.
fn retold(text: &str, old: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let dotted = format!("{old}.");
    while let Some(at) = rest.find(&dotted) {
        let (before, after) = (&rest[..at], &rest[at + dotted.len()..]);
        out.push_str(before);
        let is_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '.');
        out.push_str(if !is_word && is_clause(after) { name } else { old });
        out.push('.');
        rest = after;
    }
    out + rest
}

/// Whether a text opens with `section.3`.
fn is_clause(text: &str) -> bool {
    let section = text.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(text.len());
    let number = text[section..].strip_prefix('.');
    section > 0 && number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}
