//! A person at a terminal, in a fresh folder.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub(crate) struct Session {
    folder: TempDir,
    seen: String,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), seen: String::new() }
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    pub(crate) fn bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }

    /// Types `schoolgate` and these words, and looks at what comes.
    pub(crate) fn run(&mut self, words: &[&str]) {
        let done = Command::new(env!("CARGO_BIN_EXE_schoolgate"))
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            // Wide enough that help is not wrapped differently from one terminal to the next.
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        let code = done.status.code().map_or("a signal".to_owned(), |code| code.to_string());
        let _ = writeln!(self.seen, "$ schoolgate {}", words.join(" "));
        self.seen.push_str(&self.without_place(&done.stdout));
        if !done.stderr.is_empty() {
            let said = self.without_place(&done.stderr);
            said.lines().for_each(|line| _ = writeln!(self.seen, "! {line}"));
        }
        let _ = writeln!(self.seen, "[exit {code}]\n");
    }

    /// The temporary folder has another name in each run; numbers and links are new each time.
    fn without_place(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        without_numbers(&text.replace(&self.folder.path().display().to_string(), "FOLDER"))
    }

    pub(crate) fn seen(self) -> String {
        self.seen
    }
}

/// `NUMBER` for each id, `LINK` for what follows `/set-up/`.
fn without_numbers(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_part) {
        masked.push_str(&rest[..begin]);
        let end = rest[begin..].find(|c| !is_part(c)).map_or(rest.len(), |end| begin + end);
        let word = &rest[begin..end];
        masked.push_str(match (masked.ends_with("/set-up/"), uuid::Uuid::try_parse(word)) {
            (true, _) => "LINK",
            (_, Ok(_)) => "NUMBER",
            _ => word,
        });
        rest = &rest[end..];
    }
    masked + rest
}
