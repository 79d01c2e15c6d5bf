//! Chapters: Markdown to clauses, their rules, and their examples.
//!
//! For: a policy whose document is the program. A heading of the third level that opens with a clause id begins a clause; a
//! `clause` block says what kind it is; its paragraphs are its wording; `cedar` blocks are its rules; tables are worked
//! examples. Promises: every fault of a chapter, each with line and column in the Markdown. Does not: combine chapters.

use crate::examples::{self, Example};
use crate::profile::{self, Parameters, Rule};
use crate::tree::{Node as TreeNode, Value};
use crate::vocabulary::{Vocabulary, diagnostic};
use crate::{Fault, File, Places};
use cedar_policy::PolicySet;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options, parse_document};

/// A chapter larger than this is no chapter.
const BYTES_MAX: usize = 512 * 1024;
/// The strength of the verb, as the register has it.
const MODALITIES: [&str; 12] = [
    "must",
    "should",
    "may",
    "must-not",
    "should-not",
    "advised-against",
    "caution",
    "right",
    "definition",
    "aim",
    "consequence",
    "procedure",
];
/// What a clause does in the product.
const DOES: [&str; 9] =
    ["decides", "duty", "reminder", "definition", "aim", "consequence", "procedure", "right", "served"];

/// An ambiguity of the text, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The reading taken.
    pub reading: String,
    /// The other reading.
    pub other: String,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Full id, such as `braunstone.safer-online.7`.
    pub id: String,
    /// The heading after the id.
    pub title: String,
    /// The heading of the section it stands in.
    pub section: String,
    /// Strength of its verb: `must`, `should-not`, `aim`, ...
    pub modality: String,
    /// Whom it addresses, in the policy's words (`policy.toml`, people) or roles.
    pub who: Vec<String>,
    /// What it does: `decides`, `duty`, `reminder`, `served`, ...
    pub does: String,
    /// Routes and commands that serve it.
    pub served_by: Vec<String>,
    /// Whether the part that will serve it is still to come.
    pub is_planned: bool,
    /// Its wording in our own plain words, as plain text.
    pub wording: String,
    /// The same as Markdown.
    pub markdown: String,
    /// Doubts that are shown whenever it is cited.
    pub doubts: Vec<Doubt>,
    /// The chapter.
    pub file: String,
    /// Line of its heading.
    pub line: usize,
    /// Whether `off` in `policy.toml` names it: its words stay in the document, its rules and examples count for nothing.
    pub is_off: bool,
}

/// What one chapter holds.
#[derive(Default)]
pub(crate) struct Chapter {
    pub(crate) clauses: Vec<Clause>,
    /// Each rule with the place of its clause among `clauses`.
    pub(crate) rules: Vec<(usize, Rule)>,
    pub(crate) examples: Vec<(usize, Example)>,
}

/// What a chapter is read with.
pub(crate) struct Setting<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) parameters: &'a Parameters,
    /// The policy's id, the first part of every clause id.
    pub(crate) policy: &'a str,
    pub(crate) before: Before,
}

/// What a block is read with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Blanks in place of everything before it, so that offsets in the block are offsets in the chapter.
    Blank,
    /// Nothing: faster, and the places of faults are wrong.
    LeftOut,
}

/// Reads a chapter; faults go to `faults`.
pub(crate) fn read(setting: &Setting<'_>, file: &File, faults: &mut Vec<Fault>) -> Chapter {
    let places = Places::new(&file.name, &file.text);
    if file.text.len() > BYTES_MAX {
        faults
            .push(places.fault(0, format!("the chapter has {} bytes; at most {BYTES_MAX} are read", file.text.len())));
        return Chapter::default();
    }
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    let document = parse_document(&arena, &file.text, &options);
    let mut reader = Reader {
        setting,
        file,
        places: &places,
        faults,
        chapter: Chapter::default(),
        section: String::new(),
        is_open: false,
    };
    for node in document.children() {
        reader.block(node);
    }
    reader.close();
    reader.chapter
}

struct Reader<'a, 'f> {
    setting: &'a Setting<'a>,
    file: &'a File,
    places: &'a Places<'a>,
    faults: &'f mut Vec<Fault>,
    chapter: Chapter,
    section: String,
    /// Whether the blocks that follow belong to the last clause.
    is_open: bool,
}

impl Reader<'_, '_> {
    fn fault(&mut self, offset: usize, said: impl Into<String>) {
        self.faults.push(self.places.fault(offset, said));
    }

    /// Byte offset of a node's start.
    fn offset(&self, node: Node<'_>) -> usize {
        let start = node.data().sourcepos.start;
        self.places.offset(start.line, start.column)
    }

    fn source(&self, node: Node<'_>) -> &str {
        let position = node.data().sourcepos;
        let end = self.places.offset(position.end.line, position.end.column + 1);
        self.file.text.get(self.offset(node)..end).unwrap_or("")
    }

    fn block(&mut self, node: Node<'_>) {
        let value = node.data().value.clone();
        match value {
            NodeValue::Heading(heading) if heading.level <= 2 => {
                self.close();
                self.section = text_of(node);
            }
            NodeValue::Heading(heading) if heading.level == 3 => self.clause_heading(node),
            NodeValue::CodeBlock(block) => self.fence(node, block.info.trim(), &block.literal),
            NodeValue::Table(_) if self.is_open => self.table(node),
            _ if self.is_open => self.prose(node),
            _ => {}
        }
    }

    fn clause_heading(&mut self, node: Node<'_>) {
        self.close();
        let heading = text_of(node);
        let (id, title) = heading.split_once(' ').unwrap_or((&heading, ""));
        if !is_clause_id(id) {
            let at = self.offset(node);
            return self.fault(
                at,
                format!("`{id}` is no clause id; a heading of the third level opens with one, such as `contact.1`"),
            );
        }
        let line = node.data().sourcepos.start.line;
        self.chapter.clauses.push(Clause {
            id: format!("{}.{id}", self.setting.policy),
            title: title.trim().to_owned(),
            section: self.section.clone(),
            modality: String::new(),
            who: vec![],
            does: String::new(),
            served_by: vec![],
            is_planned: false,
            wording: String::new(),
            markdown: String::new(),
            doubts: vec![],
            file: self.file.name.clone(),
            line,
            is_off: false,
        });
        self.is_open = true;
    }

    /// Ends the clause: it must have its kind and its words by now.
    fn close(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let Some(clause) = self.chapter.clauses.last() else {
            return;
        };
        let (at, id) = (self.places.offset(clause.line, 1), clause.id.clone());
        if clause.modality.is_empty() {
            self.fault(at, format!("clause {id} has no `clause` block with its `modality`, `who` and `does`"));
        } else if clause.wording.is_empty() {
            self.fault(at, format!("clause {id} has no wording"));
        }
    }

    fn prose(&mut self, node: Node<'_>) {
        let (text, markdown) = (text_of(node), self.source(node).to_owned());
        if let Some(clause) = self.chapter.clauses.last_mut() {
            let gap = |text: &str| if text.is_empty() { "" } else { "\n\n" };
            clause.wording = format!("{}{}{text}", clause.wording, if clause.wording.is_empty() { "" } else { " " });
            clause.markdown = format!("{}{}{markdown}", clause.markdown, gap(&clause.markdown));
        }
    }

    fn fence(&mut self, node: Node<'_>, info: &str, literal: &str) {
        let at = self.offset(node);
        // The text of a fenced block begins on the line after the fence.
        let start = self.places.offset(node.data().sourcepos.start.line + 1, 1);
        match info {
            "clause" | "cedar" if !self.is_open => {
                self.fault(at, format!("this `{info}` block stands under no clause heading (`### section.1 Title`)"));
            }
            "clause" => self.front_matter(start, literal),
            "cedar" => self.rules(start, literal),
            "" => self.fault(at, "a fenced block needs its kind: `clause` or `cedar`"),
            other => self.fault(at, format!("`{other}` blocks mean nothing here; known are `clause` and `cedar`")),
        }
    }

    fn blanked(&self, start: usize, literal: &str) -> String {
        if self.setting.before == Before::LeftOut {
            return literal.to_owned();
        }
        let before = self.file.text.get(..start).unwrap_or("");
        let mut text: String = before.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        text.push_str(literal);
        text
    }

    fn front_matter(&mut self, start: usize, literal: &str) {
        let text = self.blanked(start, literal);
        match crate::tree::toml(&self.file.name, &text) {
            Err(faults) => self.faults.extend(faults),
            Ok(TreeNode { value: Value::Map(keys), .. }) => {
                for (at, key, node) in keys {
                    self.front_key(at, &key, &node);
                }
                self.check_front(start);
            }
            Ok(_) => {}
        }
    }

    fn front_key(&mut self, at: usize, key: &str, node: &TreeNode) {
        let mut faults = vec![];
        let mut text = |allowed: &[&str]| match &node.value {
            Value::Text(text) if allowed.is_empty() || allowed.contains(&text.as_str()) => text.clone(),
            Value::Text(text) => {
                faults.push((
                    node.at,
                    format!("`{text}` is not known here; {}", crate::situation::expected(text, allowed)),
                ));
                String::new()
            }
            other => {
                faults.push((node.at, format!("a text was expected, this is {}", other.kind())));
                String::new()
            }
        };
        let Some(clause) = self.chapter.clauses.last_mut() else {
            return;
        };
        match (key, &node.value) {
            ("modality", _) => clause.modality = text(&MODALITIES),
            ("does", _) => clause.does = text(&DOES),
            ("who", value) => clause.who = texts(value),
            ("served_by", value) => clause.served_by = texts(value),
            ("planned", Value::Bool(yes)) => clause.is_planned = *yes,
            ("source", Value::Text(_)) => {}
            ("doubt", Value::List(doubts)) => {
                for doubt in doubts {
                    match doubt_of(doubt) {
                        Some(doubt) => clause.doubts.push(doubt),
                        None => faults.push((doubt.at, "a doubt has exactly `reading` and `other`, both texts".to_owned())),
                    }
                }
            }
            _ => faults.push((at, "unknown key or wrong value; a `clause` block has modality, who, does, source, served_by, planned, doubt".to_owned())),
        }
        for (at, said) in faults {
            self.fault(at, format!("{key}: {said}"));
        }
    }

    fn check_front(&mut self, start: usize) {
        let Some(clause) = self.chapter.clauses.last() else {
            return;
        };
        let missing = [
            ("modality", clause.modality.is_empty()),
            ("who", clause.who.is_empty()),
            ("does", clause.does.is_empty()),
        ];
        let serves = clause.does == "served" && clause.served_by.is_empty();
        for (key, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
            self.fault(start, format!("`{key}` is missing in this `clause` block"));
        }
        if serves {
            self.fault(start, "a clause that is `served` names what serves it in `served_by`");
        }
    }

    fn rules(&mut self, start: usize, literal: &str) {
        let text = self.blanked(start, literal);
        let set: PolicySet = match text.parse::<PolicySet>() {
            Ok(set) => set,
            Err(errors) => {
                self.faults.extend(errors.iter().map(|e| diagnostic(self.places, e)));
                return;
            }
        };
        if set.templates().next().is_some() {
            return self.fault(start, "templates (`?principal`) are not used in a policy document");
        }
        let mut policies: Vec<_> = set.policies().collect();
        policies.sort_by_key(|p| p.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or(0));
        let clause = self.chapter.clauses.len() - 1;
        let id = self.chapter.clauses[clause].id.clone();
        for (policy, offset) in policies.into_iter().zip(statements(literal)) {
            let number = self.chapter.rules.iter().filter(|(c, _)| *c == clause).count() + 1;
            let named = policy.new_id(cedar_policy::PolicyId::new(format!("{id}#{number}")));
            let (line, _) = self.places.at(start + offset);
            match profile::rule(self.setting.vocabulary, self.setting.parameters, self.setting.policy, &named, line) {
                Ok(rule) => self.chapter.rules.push((clause, rule)),
                Err(said) => self.fault(start + offset, format!("clause {id}: {said}")),
            }
        }
    }

    fn table(&mut self, node: Node<'_>) {
        let rows: Vec<Vec<(usize, String)>> = node
            .children()
            .map(|row| row.children().map(|cell| (self.offset(cell), text_of(cell))).collect())
            .collect();
        let clause = self.chapter.clauses.len() - 1;
        match examples::read(self.setting, self.places, &rows) {
            Ok(examples) => self.chapter.examples.extend(examples.into_iter().map(|e| (clause, e))),
            Err(faults) => self.faults.extend(faults),
        }
    }
}

/// `section-name.12`
fn is_clause_id(id: &str) -> bool {
    id.rsplit_once('.').is_some_and(|(section, number)| {
        !section.is_empty()
            && section.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.clone()],
        Value::List(items) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => vec![],
    }
}

fn doubt_of(node: &TreeNode) -> Option<Doubt> {
    let Value::Map(keys) = &node.value else {
        return None;
    };
    let get = |name: &str| keys.iter().find(|(_, key, _)| key == name).and_then(|(.., node)| texts(&node.value).pop());
    (keys.len() == 2).then_some(())?;
    Some(Doubt { reading: get("reading")?, other: get("other")? })
}

/// The plain text of a node, soft line breaks as blanks.
fn text_of(node: Node<'_>) -> String {
    let mut out = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(text) => out.push_str(text),
            NodeValue::Code(code) => out.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => out.push(' '),
            NodeValue::Item(_) if !out.is_empty() => out.push_str("; "),
            _ => {}
        }
    }
    out.trim().to_owned()
}

/// Where each statement of a Cedar text starts: the first mark after the start or a `;`, comments and strings passed over.
fn statements(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut starts, mut at, mut is_between) = (vec![], 0, true);
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            b if b.is_ascii_whitespace() => {}
            b';' => is_between = true,
            b => {
                if std::mem::take(&mut is_between) {
                    starts.push(at);
                }
                if b == b'"' {
                    at = end_of_string(bytes, at);
                }
            }
        }
        at += 1;
    }
    starts
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len() - 1)
}
