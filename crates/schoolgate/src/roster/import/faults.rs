//! Everything that is wrong with what was given, each with its file and line.

use rulebook::Fault;

use super::limits::FAULTS_MAX;

/// Collects faults up to a limit, and counts those beyond it.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    more: usize,
    is_stopped: bool,
}

impl Faults {
    /// `line` 0 is the file as a whole. What is said names the column and never repeats a child's name.
    pub(super) fn add(&mut self, file: &str, line: usize, said: impl Into<String>) {
        if self.list.len() == FAULTS_MAX {
            self.more += 1;
            return;
        }
        let column = usize::from(line > 0);
        self.list.push(Fault { file: file.to_owned(), line, column, path: None, said: said.into() });
    }

    /// A fault after which nothing more is read.
    pub(super) fn stop(&mut self, file: &str, line: usize, said: impl Into<String>) {
        self.add(file, line, said);
        self.is_stopped = true;
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// What was made, if nothing was wrong.
    pub(super) fn or<T>(mut self, made: T) -> Result<T, Vec<Fault>> {
        if self.list.is_empty() {
            return Ok(made);
        }
        if self.more > 0 {
            let said = format!("and {} more faults, which are not told one by one", self.more);
            self.list.push(Fault { file: self.list[0].file.clone(), line: 0, column: 0, path: None, said });
        }
        Err(self.list)
    }
}

/// One fault that stops everything.
pub(super) fn only(file: &str, line: usize, said: impl Into<String>) -> Vec<Fault> {
    vec![Fault { file: file.to_owned(), line, column: usize::from(line > 0), path: None, said: said.into() }]
}
