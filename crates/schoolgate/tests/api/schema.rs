//! The schema-driven tester, run against a place that really serves.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Cases for each operation in each phase.
const CASES: &str = "150";

/// A running demo with a key; it ends when this is dropped.
struct Site {
    child: Child,
    _said: BufReader<ChildStdout>,
    folder: TempDir,
    address: String,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let mut child = program()
            .args(["demo", "--data"])
            .arg(folder.path().join("demo"))
            .args(["--address", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        while !line.contains("stops the demo") {
            line.clear();
            assert!(said.read_line(&mut line).expect("text") > 0, "the demo ended before it was open");
        }
        Self { child, _said: said, folder, address: format!("http://localhost:{port}") }
    }

    /// A key from the command line, as an operator would make one.
    fn key(&self) -> String {
        let made = program()
            .args(["school", "token", "--name", "schema tester", "--data"])
            .arg(self.folder.path().join("demo"))
            .output()
            .expect("the program runs");
        let text = String::from_utf8(made.stdout).expect("text");
        text.lines().find(|line| line.starts_with("sgk_")).unwrap_or_else(|| panic!("no key in {text}")).to_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_schoolgate"))
}

/// Where `scripts/need.sh schemathesis` puts it.
fn tester() -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/schemathesis/bin/schemathesis");
    assert!(place.is_file(), "the schema-driven tester is missing: run scripts/need.sh schemathesis");
    place
}

/// Nothing that the tester makes up is answered with a fault of ours, with a status or a body that the description does not
/// have, or without a key. What the description cannot say is that some facts exclude each other, so a refusal of a well-formed
/// situation is no failure here.
#[test]
fn what_nobody_thought_of_is_answered_as_the_description_says() {
    let site = Site::start();
    let report = site.folder.path().join("report.json");
    let ran = Command::new(tester())
        .current_dir(site.folder.path())
        .args(["run", &format!("{}/api/v1/openapi.json", site.address)])
        .args(["--header", &format!("Authorization: Bearer {}", site.key())])
        .args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", CASES])
        .args(["--seed", "20261121", "--generation-database", "none", "--suppress-health-check", "all"])
        .args(["--report", "json", "--report-json-path"])
        .arg(&report)
        .env("NO_COLOR", "1")
        .output()
        .expect("the tester runs");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&report).expect("a report")).expect("JSON");
    assert!(report.is_object(), "{report}");
    // The tester must have asked for rulings, and often.
    let generated = said.lines().find_map(|line| line.trim().split_once(" generated")?.0.parse().ok());
    assert!(generated > Some(500_u32), "{said}");
}
