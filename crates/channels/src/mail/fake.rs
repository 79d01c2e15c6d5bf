//! A mail server that exists to make faults happen, and to keep what it took.
//!
//! For: tests here and in the app (feature `testing`). Does not: stand in for a real one; `tests/mail.rs` has that.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Mailer, Security, Server};

/// What it does when a command comes that begins so; `.` is the end of a letter, the empty command the greeting.
#[derive(Clone, Debug)]
pub enum Habit {
    Says(&'static str),
    /// Hangs up.
    Drops,
    /// Keeps the line open and says nothing.
    Silent,
    /// One line that never ends.
    Endless,
}

/// One letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub to: String,
    /// Head and text, as they came.
    pub raw: String,
}

impl Taken {
    /// The text as a person reads it.
    pub fn text(&self) -> String {
        let (head, body) = self.raw.split_once("\r\n\r\n").unwrap_or(("", &self.raw));
        let head = head.to_lowercase();
        if head.contains("quoted-printable") {
            unquoted(body)
        } else if head.contains("encoding: base64") {
            String::from_utf8_lossy(&unpacked(body)).into_owned()
        } else {
            body.to_owned()
        }
    }

    /// The subject as a person reads it.
    pub fn subject(&self) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let line = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        let (mut plain, mut was_packed) = (Vec::new(), false);
        for (at, word) in line.split(' ').enumerate() {
            let part = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            // Between two parts of one text the space is none of it.
            if at > 0 && !(was_packed && part.is_some()) {
                plain.push(b' ');
            }
            plain.extend(part.map_or_else(|| word.as_bytes().to_vec(), unpacked));
            was_packed = part.is_some();
        }
        String::from_utf8_lossy(&plain).into_owned()
    }

    /// The first address in the text that begins so.
    pub fn link(&self, begins: &str) -> Option<String> {
        let text = self.text();
        let from = text.find(begins)?;
        Some(text[from..].split_whitespace().next()?.to_owned())
    }
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let pair = joined.get(at + 1..at + 3).filter(|_| bytes[at] == b'=');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Base64 (RFC 4648); signs that are none of it, such as line ends, are passed over.
fn unpacked(text: &str) -> Vec<u8> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.bytes().filter_map(|sign| SIGNS.iter().position(|known| *known == sign));
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(text.len() * 3 / 4), 0_usize, 0);
    for value in values {
        held = held << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

type Habits = Arc<Mutex<Vec<(&'static str, Habit)>>>;

/// Runs until it is dropped.
pub struct Fake {
    port: u16,
    habits: Habits,
    taken: Arc<Mutex<Vec<Taken>>>,
    running: tokio::task::JoinHandle<()>,
}

impl Fake {
    /// # Panics
    /// If this machine has no free port.
    pub async fn start() -> Fake {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("a bound port has an address").port();
        let (habits, taken): (Habits, Arc<Mutex<Vec<Taken>>>) = (Arc::default(), Arc::default());
        let (played, kept) = (Arc::clone(&habits), Arc::clone(&taken));
        let running = tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (played, kept) = (Arc::clone(&played), Arc::clone(&kept));
                tokio::spawn(async move { serve(line, &played, &kept).await });
            }
        });
        Fake { port, habits, taken, running }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it does from now on when such a command comes; else it does what a server should.
    pub fn has_habit(&self, command: &'static str, habit: Habit) {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner).push((command, habit));
    }

    pub fn behaves(&self) {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Everything it took so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// # Panics
    /// Never: the settings are good.
    pub fn mailer(&self) -> Mailer {
        Mailer::new(self.server()).expect("the settings of the fake are good")
    }

    pub fn server(&self) -> Server {
        Server {
            host: "127.0.0.1".into(),
            port: self.port,
            security: Security::Loopback,
            authority: None,
            login: None,
            from: "office@oakfield.test".into(),
            hello: "gate.oakfield.test".into(),
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn habit(habits: &Habits, command: &str) -> Option<Habit> {
    let habits = habits.lock().unwrap_or_else(PoisonError::into_inner);
    let is_meant = |(begins, _): &&(&str, Habit)| match begins.is_empty() {
        true => command.is_empty(),
        false => command.to_ascii_uppercase().starts_with(&begins.to_ascii_uppercase()),
    };
    habits.iter().find(is_meant).map(|(_, habit)| habit.clone())
}

async fn serve(line: TcpStream, habits: &Habits, taken: &Mutex<Vec<Taken>>) -> Option<()> {
    let mut line = BufReader::new(line);
    let mut to = String::new();
    let mut command = String::new();
    loop {
        let usual = match command.to_ascii_uppercase().split([' ', '\r', ':']).next().unwrap_or_default() {
            "" => "220 fake.test ESMTP\r\n",
            "EHLO" => "250-fake.test\r\n250 AUTH PLAIN LOGIN\r\n",
            "AUTH" => "235 2.7.0 in\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 2.0.0 good\r\n",
        };
        answer(&mut line, habit(habits, &command), usual).await?;
        if command.to_ascii_uppercase().starts_with("RCPT TO:") {
            to = command[8..].trim().trim_matches(['<', '>']).to_owned();
        }
        if command.to_ascii_uppercase().starts_with("DATA") {
            let raw = letter(&mut line).await?;
            answer(&mut line, habit(habits, "."), "250 2.0.0 taken\r\n").await?;
            taken.lock().unwrap_or_else(PoisonError::into_inner).push(Taken { to: to.clone(), raw });
        }
        command.clear();
        if line.read_line(&mut command).await.ok()? == 0 {
            return None;
        }
    }
}

async fn letter(line: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut raw = String::new();
    loop {
        let begin = raw.len();
        if line.read_line(&mut raw).await.ok()? == 0 {
            return None;
        }
        if raw[begin..] == *".\r\n" {
            raw.truncate(begin);
            return Some(raw);
        }
    }
}

async fn answer(line: &mut (impl AsyncRead + AsyncWrite + Unpin), habit: Option<Habit>, usual: &str) -> Option<()> {
    match habit {
        None => line.write_all(usual.as_bytes()).await.ok()?,
        Some(Habit::Says(said)) => line.write_all(format!("{said}\r\n").as_bytes()).await.ok()?,
        Some(Habit::Drops) => return None,
        Some(Habit::Silent) => std::future::pending().await,
        Some(Habit::Endless) => {
            while line.write_all(&[b'2'; 0x1000]).await.is_ok() {}
            return None;
        }
    }
    line.flush().await.ok()
}
