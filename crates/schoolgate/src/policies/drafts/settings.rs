//! What a school sets in a policy without writing rules: read from its files and written back, the rest untouched.
//!
//! Pure. Promises: a setting that is written and read again is the same; nothing but the named setting changes in a file.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::File;

/// The file with everything that is no clause.
pub const SETTINGS: &str = "policy.toml";
/// Oldest age that a school can name; the vocabulary's own limit.
pub const AGE_MAX: u8 = 126;

/// What the first page of a draft's settings asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct General {
    pub title: String,
    pub school: String,
    /// From this age on a former pupil is no child.
    pub adult_age: i64,
    /// Sorts of service that count as social media.
    pub social: Vec<String>,
    /// Names of services that count as approved platforms.
    pub platforms: Vec<String>,
    /// Who is told instead of a role that a clause names.
    pub routes: BTreeMap<String, Vec<String>>,
    /// What a permission for a matter must be, where it is not as the clauses say.
    pub permissions: BTreeMap<String, String>,
}

/// What a permission can be for, and what a person is shown for it.
pub const MATTERS: [(&str, &str); 7] = [
    ("refer", "To mention somebody"),
    ("show", "To show somebody"),
    ("name", "To use the school's name"),
    ("logo", "To use the logo"),
    ("publication", "To use what the school has published"),
    ("own-phone", "To use one's own phone"),
    ("channel", "To publish on an official account"),
];
/// What a permission can have to be.
pub const QUALITIES: [(&str, &str); 5] = [
    ("", "As the clauses say"),
    ("any", "In any form"),
    ("written", "In writing"),
    ("before", "Beforehand"),
    ("written before", "In writing and beforehand"),
];

impl General {
    /// None where `policy.toml` cannot be read; its faults say why.
    pub fn of(files: &[File]) -> Option<Self> {
        let table = table(files)?;
        let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let parameters = table.get("parameters").and_then(toml::Value::as_table);
        let age = parameters.and_then(|table| table.get("adult_age")).and_then(toml::Value::as_integer);
        Some(Self {
            title: text("title"),
            school: text("school"),
            adult_age: age.unwrap_or(18),
            social: words(&table, "social"),
            platforms: words(&table, "platforms"),
            routes: routes(&table),
            permissions: permissions(&table),
        })
    }

    /// The text of `policy.toml` with these settings in it.
    pub fn write(&self, text: &str) -> String {
        let text = set(text, None, "title", &quoted(&self.title));
        let text = set(&text, None, "school", &quoted(&self.school));
        let text = set(&text, None, "social", &list(&self.social));
        let text = match self.platforms.is_empty() && !has_key(&text, "platforms") {
            true => text,
            false => set(&text, None, "platforms", &list(&self.platforms)),
        };
        let text = set(&text, Some("parameters"), "adult_age", &self.adult_age.to_string());
        let routes = self.routes.iter().map(|(role, to)| format!("{role} = {}\n", list(to)));
        let text = set_table(&text, "routes", &routes.collect::<String>());
        let permissions = self.permissions.iter().map(|(matter, quality)| format!("{matter} = {}\n", quoted(quality)));
        set_table(&text, "permissions", &permissions.collect::<String>())
    }
}

/// The clauses that are switched off.
pub fn switched_off(files: &[File]) -> BTreeSet<String> {
    let Some(table) = table(files) else { return BTreeSet::new() };
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let own = |name: String| name.strip_prefix(&format!("{id}.")).map(str::to_owned).unwrap_or(name);
    words(&table, "off").into_iter().map(own).collect()
}

/// The text of `policy.toml` with these clauses switched off.
pub fn switch_off(text: &str, off: &BTreeSet<String>) -> String {
    let off: Vec<String> = off.iter().cloned().collect();
    set(text, None, "off", &list(&off))
}

/// The text of `policy.toml` of a policy that has been decided on.
pub fn adopted(text: &str) -> String {
    set(text, None, "status", "\"adopted\"")
}

/// The text of `policy.toml` of a policy that is being written.
pub fn being_written(text: &str) -> String {
    set(text, None, "status", "\"draft\"")
}

fn table(files: &[File]) -> Option<toml::Table> {
    files.iter().find(|file| file.name == SETTINGS)?.text.parse().ok()
}

fn words(table: &toml::Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn routes(table: &toml::Table) -> BTreeMap<String, Vec<String>> {
    let Some(routes) = table.get("routes").and_then(toml::Value::as_table) else { return BTreeMap::new() };
    routes.keys().map(|role| (role.clone(), words(routes, role))).collect()
}

fn permissions(table: &toml::Table) -> BTreeMap<String, String> {
    let permissions = table.get("permissions").and_then(toml::Value::as_table);
    let text = |(matter, quality): (&String, &toml::Value)| Some((matter.clone(), quality.as_str()?.to_owned()));
    permissions.into_iter().flatten().filter_map(text).collect()
}

/// Whether a key stands at the top.
fn has_key(text: &str, key: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key(key))
}

/// Puts these lines in the place of a table; none take it away.
fn set_table(text: &str, table: &str, lines: &str) -> String {
    let mut out = String::with_capacity(text.len() + lines.len());
    let mut is_inside = false;
    for line in text.split_inclusive('\n') {
        let header = line.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name.trim());
        if let Some(name) = header {
            is_inside = name == table;
        }
        if !is_inside {
            out.push_str(line);
        }
    }
    if lines.is_empty() {
        return out;
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    format!("{}\n\n[{table}]\n{lines}", out.trim_end())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

/// Sets one key, of the top or of a table, and leaves every other letter as it is.
fn set(text: &str, table: Option<&str>, key: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len() + value.len());
    let mut here: Option<String> = None;
    let (mut is_done, mut depth) = (false, 0_i32);
    let line = format!("{key} = {value}\n");
    for old in text.split_inclusive('\n') {
        // The rest of a value that goes over several lines.
        if depth > 0 {
            depth += brackets(old);
            continue;
        }
        let trimmed = old.trim();
        let header = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name.trim());
        if let Some(name) = header {
            if !is_done && here.as_deref() == table {
                out.push_str(&line);
                is_done = true;
            }
            here = Some(name.to_owned());
        }
        let is_key = trimmed.split_once('=').is_some_and(|(name, _)| name.trim() == key);
        if header.is_none() && is_key && here.as_deref() == table && !is_done {
            out.push_str(&line);
            is_done = true;
            depth = brackets(trimmed.split_once('=').map_or("", |(_, value)| value)).max(0);
            continue;
        }
        out.push_str(old);
    }
    if !is_done {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        if let Some(table) = table.filter(|name| here.as_deref() != Some(*name)) {
            out.push_str(&format!("\n[{table}]\n"));
        }
        out.push_str(&line);
    }
    out
}

/// How many brackets a line leaves open; those in texts and comments do not count.
fn brackets(line: &str) -> i32 {
    let (mut open, mut is_text) = (0, false);
    for letter in line.chars() {
        match letter {
            '"' => is_text = !is_text,
            '#' if !is_text => break,
            '[' if !is_text => open += 1,
            ']' if !is_text => open -= 1,
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{packs, read, vocabulary};

    #[test]
    fn what_is_set_is_read_again_and_the_rest_stays() {
        for pack in packs::NAMES {
            let mut files = packs::files(pack);
            let before = General::of(&files).expect("settings");
            let at = files.iter().position(|file| file.name == SETTINGS).expect("settings");
            let same = before.write(&files[at].text);
            assert_eq!(General::of(&[File::new(SETTINGS, same.clone())]).expect("settings"), before, "{pack}");
            assert_eq!(same.lines().count(), files[at].text.lines().count(), "{pack}");
            let other = General {
                title: "A \"new\" title".to_owned(),
                school: "Oakfield".to_owned(),
                adult_age: 19,
                social: vec!["network".to_owned()],
                platforms: vec!["Tapestry".to_owned()],
                routes: BTreeMap::from([("headteacher".to_owned(), vec!["chair-of-governors".to_owned()])]),
                permissions: BTreeMap::from([("show".to_owned(), "written before".to_owned())]),
            };
            files[at].text = other.write(&files[at].text);
            files[at].text = switch_off(&files[at].text, &BTreeSet::new());
            assert_eq!(General::of(&files), Some(other), "{pack}");
            let policy =
                read(vocabulary().expect("reads"), &files).unwrap_or_else(|faults| panic!("{pack}: {faults:#?}"));
            assert_eq!(policy.title, "A \"new\" title");
        }
    }

    #[test]
    fn a_table_is_put_in_and_taken_away_and_the_others_stay() {
        let text = "a = 1\n\n[routes]\nx = 1\n\n[t]\nb = 2\n";
        assert_eq!(set_table(text, "routes", ""), "a = 1\n\n[t]\nb = 2\n");
        assert_eq!(set_table(text, "routes", "y = 3\n"), "a = 1\n\n[t]\nb = 2\n\n[routes]\ny = 3\n");
        assert_eq!(set_table("a = 1", "routes", "y = 3\n"), "a = 1\n\n[routes]\ny = 3\n");
    }

    #[test]
    fn switches_are_kept_under_short_names() {
        let text =
            "id = \"oak\"\noff = [\n  \"oak.aims.1\", # [ not a bracket\n  \"aims.2\",\n]\ntitle = \"x\"\n[people]\n";
        let files = [File::new(SETTINGS, text)];
        let off = switched_off(&files);
        assert_eq!(off.iter().map(String::as_str).collect::<Vec<_>>(), ["aims.1", "aims.2"]);
        let one = BTreeSet::from(["aims.2".to_owned()]);
        assert_eq!(switch_off(text, &one), "id = \"oak\"\noff = [\"aims.2\"]\ntitle = \"x\"\n[people]\n");
        assert_eq!(switch_off("id = \"oak\"\n[people]\n", &one), "id = \"oak\"\noff = [\"aims.2\"]\n[people]\n");
    }

    #[test]
    fn a_key_of_a_table_is_not_the_same_as_one_of_the_top() {
        assert_eq!(set("a = 1\n[t]\nb = 2", Some("t"), "a", "3"), "a = 1\n[t]\nb = 2\na = 3\n");
        assert_eq!(set("[t]\na = 2\n", None, "a", "3"), "a = 3\n[t]\na = 2\n");
        assert_eq!(set("a = 1\n", Some("t"), "a", "3"), "a = 1\n\n[t]\na = 3\n");
        assert_eq!(set("", None, "a", "3"), "a = 3\n");
    }
}
