//! From the office's press to the parent's receipt: a real mail server, a letter, a phone.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::journeys::{give_password_of, set_up_app};
use crate::page::{Browser, Look, Script};
use crate::site::Site;

/// The queue is looked at every two seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running mail server; gone when dropped.
struct MailServer {
    python: Child,
    folder: TempDir,
    port: u16,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.python.kill();
        let _ = self.python.wait();
    }
}

impl MailServer {
    fn start() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = own.join("target/tools/smtp/bin/python");
        assert!(python.exists(), "run `scripts/need.sh smtp` first");
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|found| found.local_addr()).expect("a free port");
        let mut python = Command::new(python)
            .arg(own.join("crates/channels/tests/smtp/server.py"))
            .arg(free.port().to_string())
            .arg(folder.path().join("box"))
            .arg("plain")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is installed");
        let lines = BufReader::new(python.stdout.take().expect("its output is ours")).lines();
        assert!(lines.map_while(Result::ok).any(|line| line == "ready"), "the mail server did not start");
        Self { python, folder, port: free.port() }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SCHOOLGATE_MAIL_SERVER", "localhost".to_owned()),
            ("SCHOOLGATE_MAIL_PORT", self.port.to_string()),
            ("SCHOOLGATE_MAIL_SECURITY", "none".to_owned()),
            ("SCHOOLGATE_MAIL_FROM", "office@oakfield.test".to_owned()),
        ]
    }

    fn letters(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("box/new")) else { return Vec::new() };
        let files = entries.map(|entry| entry.expect("an entry").path());
        files.map(|file| std::fs::read_to_string(file).expect("a letter")).collect()
    }

    /// Waits for the letter that leads to such a page, and gives the page's path.
    async fn path_in_letter(&self, site: &str, page: &str) -> String {
        let begun = Instant::now();
        let mut every = tokio::time::interval(Duration::from_millis(200));
        let begins = format!("{site}/{page}/");
        loop {
            for letter in self.letters() {
                let plain = letter.replace("=\r\n", "").replace("=\n", "");
                if let Some(at) = plain.find(&begins) {
                    let link = plain[at..].split_whitespace().next().expect("a link");
                    return link.strip_prefix(site).expect("a link to this place").to_owned();
                }
            }
            assert!(begun.elapsed() < PATIENCE, "no letter leads to {page}: {:?}", self.letters());
            every.tick().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_writes_and_a_parent_answers_on_a_phone_and_takes_it_back() {
    for script in [Script::On, Script::Off] {
        let mail = MailServer::start();
        let site = Site::start_with(&mail.settings());
        let office = Browser::open(&site.address, "families-office", Look { width: 1280, script }).await;
        give_password_of(&office, "tom@oakfield.test").await;
        set_up_app(&office).await;
        office.visit("/permissions?name=will+carter").await;
        office.press_on("Will Carter").await;
        office.press_on("Send a link by email to Mr Daniel Carter").await;
        assert_eq!(office.path().await, "/school/post", "{script:?}");
        assert!(office.text().await.contains("Link to the permissions form"), "{script:?}");

        let answer = mail.path_in_letter(&site.address, "answer").await;
        assert!(
            mail.letters().iter().all(|letter| !letter.contains("Carter") && !letter.contains("Will")),
            "{script:?}"
        );
        let parent = Browser::open(&site.address, "families-parent", Look { width: 390, script }).await;
        parent.visit(&answer).await;
        assert!(!parent.text().await.contains("Will"), "nothing shows before the second check: {script:?}");
        for (part, number) in [("Day", "23"), ("Month", "3"), ("Year", "2019")] {
            parent.fill(part, number).await;
        }
        parent.press_on("Continue").await;
        assert!(parent.text().await.contains("Will Carter"), "{script:?}");
        parent.press_on("Yes to all").await;
        parent.go(&answer).await;
        assert_eq!(parent.status().await, 404, "a link works once: {script:?}");

        let receipt = mail.path_in_letter(&site.address, "receipts").await;
        parent.visit(&receipt).await;
        parent.press_on("Withdraw everything").await;
        assert!(parent.text().await.contains("withdrawn"), "{script:?}");
        office.visit("/permissions?name=will+carter").await;
        office.press_on("Will Carter").await;
        assert!(office.text().await.contains("Withdrawn"), "{script:?}");
        office.visit("/permissions").await;
        office.press_on("Ask for answers").await;
        assert!(office.text().await.contains("Need a printed letter"), "{script:?}");
        parent.close().await;
        office.close().await;
    }
}
