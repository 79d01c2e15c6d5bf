//! Mail against a real server: aiosmtpd, on this machine.
//!
//! For: whoever changes `mail.rs`. Promises: nothing here is played; a missing server fails the run.
//! Does not: carry a letter to anybody; what was taken lies in a folder.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use channels::mail::{Letter, Login, Mailer, Security, Server};
use channels::{Failed, Reason};
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

const PASSWORD: &str = "three blue kettles";
const NOON: i64 = 1_795_262_400_000;

/// A running server; gone when dropped.
struct Running {
    port: u16,
    python: Child,
    folder: TempDir,
    authority: Vec<u8>,
    security: Security,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.python.kill();
        let _ = self.python.wait();
    }
}

impl Running {
    fn start(security: Security) -> Running {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = own.join("../../target/tools/smtp/bin/python");
        assert!(python.exists(), "run `scripts/need.sh smtp` first");
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        let kind = match security {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::Loopback => "plain",
        };
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|found| found.local_addr()).expect("a free port");
        let mut python = Command::new(python)
            .arg(own.join("tests/smtp/server.py"))
            .arg(free.port().to_string())
            .arg(folder.path().join("box"))
            .arg(kind)
            .args([certificate, key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is installed");
        let lines = BufReader::new(python.stdout.take().expect("its output is ours")).lines();
        assert!(lines.map_while(Result::ok).any(|line| line == "ready"), "the server did not start");
        Running { port: free.port(), python, folder, authority: made.cert.pem().into_bytes(), security }
    }

    fn server(&self) -> Server {
        Server {
            host: "localhost".into(),
            port: self.port,
            security: self.security,
            authority: Some(self.authority.clone()),
            login: Some(login(PASSWORD)),
            from: "office@oakfield.test".into(),
            hello: "gate.oakfield.test".into(),
        }
    }

    fn mailer(&self) -> Mailer {
        Mailer::new(self.server()).expect("good settings")
    }

    /// Every letter that was taken.
    fn taken(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("box/new")) else { return Vec::new() };
        entries.map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a letter")).collect()
    }
}

fn login(password: &str) -> Login {
    Login { user: "office".into(), password: Zeroizing::new(password.into()) }
}

fn letter(to: &str) -> Letter {
    let text = "Grüße from Oakfield.\n\nhttps://gate.oakfield.test/answer/1\n.\n.. and the end.";
    let letter = Letter::new(Uuid::now_v7(), NOON, to, ("Please answer: Ysgol y Dderwen", text)).expect("a letter");
    letter.from("Oakfield Primary School", Some("office@oakfield.test")).expect("a sender")
}

#[tokio::test]
async fn letters_arrive_over_each_kind_of_line() {
    for security in [Security::Tls, Security::StartTls] {
        let running = Running::start(security);
        let mailer = running.mailer();
        mailer.check().await.unwrap_or_else(|error| panic!("{security:?}: {error}"));
        mailer.send(&letter("parent@home.test")).await.unwrap_or_else(|error| panic!("{security:?}: {error}"));
        let taken = running.taken();
        assert_eq!(taken.len(), 1, "{security:?}");
        assert!(taken[0].contains("To: parent@home.test"), "{}", taken[0]);
        assert!(taken[0].contains("Oakfield Primary School"), "{}", taken[0]);
    }
    let running = Running::start(Security::Loopback);
    let open = Server { login: None, ..running.server() };
    Mailer::new(open).expect("good settings").send(&letter("parent@home.test")).await.expect("taken");
    assert_eq!(running.taken().len(), 1);
}

#[tokio::test]
async fn what_the_server_says_means_later_or_never() {
    let running = Running::start(Security::Tls);
    let mailer = running.mailer();
    let busy = mailer.send(&letter("busy@home.test")).await.expect_err("busy");
    assert!(matches!(busy, Failed::Retry { .. }), "{busy}");
    let nobody = mailer.send(&letter("nobody@home.test")).await.expect_err("nobody");
    assert!(matches!(nobody, Failed::Never(Reason::Refused(_))), "{nobody}");
    let wrong = Server { login: Some(login("four blue kettles")), ..running.server() };
    let wrong = Mailer::new(wrong).expect("good settings").check().await.expect_err("the wrong password");
    assert!(wrong.is_credentials(), "{wrong}");
    assert!(running.taken().is_empty());
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_letter() {
    for security in [Security::Tls, Security::StartTls] {
        let running = Running::start(security);
        let unknown = Server { authority: None, ..running.server() };
        let unknown = Mailer::new(unknown).expect("good settings").send(&letter("parent@home.test")).await;
        assert!(matches!(unknown, Err(Failed::Retry { .. })), "{unknown:?}");
        // The certificate is for `localhost`.
        let other = Server { host: "127.0.0.1".into(), ..running.server() };
        let other = Mailer::new(other).expect("good settings").send(&letter("parent@home.test")).await;
        assert!(matches!(other, Err(Failed::Retry { .. })), "{other:?}");
        assert!(running.taken().is_empty());
    }
}
