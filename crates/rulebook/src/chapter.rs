//! Chapters: Markdown to clauses, their rules, and their examples.
//!
//! For: a policy whose document is the program. A heading of the third level that opens with a clause id begins a clause; a
//! `clause` block says what kind it is; its paragraphs are its wording; `cedar` blocks are its rules; tables are worked
//! examples. Promises: every fault of a chapter, each with line and column in the Markdown. Does not: combine chapters.

mod findings;
mod front;

use crate::examples::{self, Example};
use crate::profile::{self, ALWAYS, Parameters, Rule, statements};
use crate::vocabulary::{Vocabulary, diagnostic};
use crate::{Fault, File, Places};
use cedar_policy::PolicySet;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options, parse_document};

pub(crate) use findings::{Findings, Name, Named};

/// A chapter larger than this is no chapter.
const BYTES_MAX: usize = 512 * 1024;
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
    /// Whether `policy.toml` could be read whole.
    pub(crate) has_settings: bool,
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

/// Reads a chapter; what is wrong with it, and what it names, goes to `findings`.
pub(crate) fn read(setting: &Setting<'_>, file: &File, findings: &mut Findings) -> Chapter {
    let places = Places::new(&file.name, &file.text);
    if file.text.len() > BYTES_MAX {
        findings.faults.push(places.fault(0, format!("the chapter is too long: at most {BYTES_MAX} bytes are read")));
        findings.is_whole = false;
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
        findings,
        chapter: Chapter::default(),
        section: String::new(),
        is_open: false,
        block_line: None,
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
    findings: &'f mut Findings,
    chapter: Chapter,
    section: String,
    /// Whether the blocks that follow belong to the last clause.
    is_open: bool,
    /// Where the `clause` block of the last clause begins.
    block_line: Option<usize>,
}

impl Reader<'_, '_> {
    fn fault(&mut self, offset: usize, said: impl Into<String>) {
        self.findings.faults.push(self.places.fault(offset, said));
    }

    fn slip(&mut self, offset: usize, said: impl Into<String>) {
        self.findings.slips.push(self.places.fault(offset, said));
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
            NodeValue::Heading(heading) if heading.level == 3 => self.clause_heading(node),
            NodeValue::Heading(heading) => {
                self.check_level(node);
                if heading.level <= 2 {
                    self.close();
                    self.section = text_of(node);
                } else if self.is_open {
                    self.prose(node);
                }
            }
            NodeValue::CodeBlock(block) if !block.closed || runs_on(&block.literal) => {
                self.unclosed(node, &block.literal)
            }
            NodeValue::CodeBlock(block) => self.fence(node, block.info.trim(), &block.literal),
            NodeValue::Table(_) if self.is_open => self.table(node),
            _ if self.is_open => self.prose(node),
            _ => {}
        }
    }

    /// A heading that opens with a clause id has the third level; with another, its clause would go unread.
    fn check_level(&mut self, node: Node<'_>) {
        let heading = text_of(node);
        if is_clause_id(heading.split(' ').next().unwrap_or("")) {
            let at = self.offset(node);
            self.slip(at, "the heading of a clause begins with three `#`, such as `### contact.1 Pupils as friends`");
        }
    }

    /// What it swallowed is not read, so nobody says that it is missing.
    fn unclosed(&mut self, node: Node<'_>, literal: &str) {
        let first = node.data().sourcepos.start.line;
        let lines = literal.lines().position(goes_beyond).unwrap_or_else(|| literal.lines().count().max(1) - 1);
        let at = self.places.offset(first + 1 + lines, 1);
        let said =
            format!("the block that begins in line {first} is not closed: a line with only ``` is missing before this");
        self.fault(at, said);
        self.findings.is_whole = false;
        self.block_line.get_or_insert(first);
        self.is_open = false;
    }

    fn clause_heading(&mut self, node: Node<'_>) {
        self.close();
        let heading = text_of(node);
        let (id, title) = heading.split_once(' ').unwrap_or((&heading, ""));
        if !is_clause_id(id) {
            let at = self.offset(node);
            self.fault(
                at,
                format!("`{id}` is no clause id; a heading of the third level opens with one, such as `contact.1`"),
            );
            self.findings.is_whole = false;
        }
        self.block_line = None;
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
        let has_wording = !clause.wording.is_empty();
        if self.block_line.is_none() {
            self.fault(at, format!("clause {id} has no `clause` block with its `modality`, `who` and `does`"));
        }
        if !has_wording {
            self.fault(at, format!("clause {id} has no wording"));
        }
    }

    fn prose(&mut self, node: Node<'_>) {
        if self.source(node).starts_with('|') {
            let at = self.offset(node);
            let said = "this is no table, so its examples would not run: the second line of a table has one `---` for each \
                        column, as `| --- | --- |`";
            self.slip(at, said);
        }
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
            "clause" => {
                if let Some(first) = self.block_line {
                    self.slip(at, format!("a clause has one `clause` block; its first is in line {first}"));
                }
                self.block_line = Some(node.data().sourcepos.start.line);
                self.front_matter(start, literal);
            }
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

    fn rules(&mut self, start: usize, literal: &str) {
        let text = self.blanked(start, literal);
        let set: PolicySet = match text.parse::<PolicySet>() {
            Ok(set) => set,
            Err(errors) => {
                let told = |fault: Fault| {
                    let missing = match fault.said.starts_with("unexpected") {
                        true => "; a bracket, a quotation mark or a semicolon may be missing before this",
                        false => "",
                    };
                    Fault { said: format!("this rule cannot be read: {}{missing}", fault.said), ..fault }
                };
                self.findings.faults.extend(errors.iter().map(|e| told(diagnostic(self.places, e))));
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
        let starts = statements(literal);
        for (n, policy) in policies.into_iter().enumerate() {
            let from = starts.get(n).copied().unwrap_or(0);
            let statement = literal.get(from..starts.get(n + 1).copied().unwrap_or(literal.len())).unwrap_or("");
            let number = self.chapter.rules.iter().filter(|(c, _)| *c == clause).count() + 1;
            let named = policy.new_id(cedar_policy::PolicyId::new(format!("{id}#{number}")));
            let (line, _) = self.places.at(start + from);
            match profile::rule(self.setting.vocabulary, self.setting.parameters, self.setting.policy, &named, line) {
                Ok(rule) => {
                    self.names(&rule, start + from, statement);
                    self.chapter.rules.push((clause, rule));
                }
                Err(refusals) => {
                    for refusal in refusals.iter().filter(|r| self.setting.has_settings || !r.hangs_on_settings) {
                        self.fault(start + from + refusal.offset(statement), format!("clause {id}: {}", refusal.said));
                    }
                }
            }
        }
    }

    /// What a rule names elsewhere in the pack.
    fn names(&mut self, rule: &Rule, start: usize, statement: &str) {
        let at = |key: &str| start + profile::note_offset(statement, key);
        let clauses = [("lifts", &rule.lifts), ("upon", &rule.upon)];
        for (key, ids) in clauses {
            for id in ids.iter().filter(|id| *id != ALWAYS) {
                let name = Name::Clause(id.clone());
                self.findings.names.push(Named::in_rule(self.places.fault(at(key), format!("@{key}")), name));
            }
        }
        for word in rule.who.iter().flatten() {
            let name = Name::Person(word.clone());
            self.findings.names.push(Named::in_rule(self.places.fault(at("who"), "@who"), name));
        }
        let told: Vec<&String> = rule.duty.iter().flat_map(|duty| &duty.to).collect();
        if told.is_empty() {
            return;
        }
        let known = crate::policy::told(self.setting.vocabulary);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for role in told.into_iter().filter(|role| !known.contains(&role.as_str())) {
            let said = format!("@to: `{role}` is nobody who can be told; {}", crate::situation::expected(role, &known));
            self.slip(at("to"), said);
        }
    }

    fn table(&mut self, node: Node<'_>) {
        let rows: Vec<Vec<examples::Cell>> = node.children().map(|row| self.row(row)).collect();
        let width = rows.first().map_or(0, Vec::len);
        let mut whole = vec![];
        for (row, cells) in node.children().zip(rows) {
            let (at, written) = (self.offset(row), cells_in(self.source(row)));
            match written == width {
                true => whole.push(cells),
                false => self.slip(at, format!("this row has {written} cells, and the table has {width} columns")),
            }
        }
        let clause = self.chapter.clauses.len() - 1;
        let examples = examples::read(self.setting, self.places, &whole, self.findings);
        self.chapter.examples.extend(examples.into_iter().map(|e| (clause, e)));
    }

    /// The cells of a row, each with the place of its first letter.
    fn row(&self, row: Node<'_>) -> Vec<examples::Cell> {
        let cell = |cell: Node<'_>| {
            let at = self.offset(cell);
            let blank = self.file.text.get(at..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b' ').count());
            (at + blank, text_of(cell))
        };
        row.children().map(cell).collect()
    }
}

/// How many cells a line of a table has: what stands between its bars, of which `\|` is none.
fn cells_in(line: &str) -> usize {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let bars = |line: &str| {
        let bytes = line.as_bytes();
        (0..bytes.len()).filter(|n| bytes[*n] == b'|' && (*n == 0 || bytes[*n - 1] != b'\\')).count()
    };
    bars(line) + usize::from(!line.ends_with('|') || line.ends_with("\\|"))
}

/// Whether a line cannot belong to a block: it begins another one, or a clause.
fn goes_beyond(line: &str) -> bool {
    line.starts_with("```")
        || line.strip_prefix("### ").is_some_and(|rest| is_clause_id(rest.split(' ').next().unwrap_or("")))
}

/// Whether a block was closed by the end of a later one.
fn runs_on(literal: &str) -> bool {
    literal.lines().any(goes_beyond)
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
