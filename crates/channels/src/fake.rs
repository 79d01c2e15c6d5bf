//! A server that exists only to make faults happen: slow, huge, wrong, lost.
//!
//! For: tests here and in the app (feature `testing`). It listens on this machine and keeps every request.
//! Does not: stand in for a network whose real server can be had; Bluesky is tested against its own.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// Longest request that is taken in.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// What somebody asked.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does.
#[derive(Clone, Debug)]
pub enum Answer {
    Reply {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Took the request and hangs up without a word.
    Lost,
    /// Sends without end.
    Huge,
    /// Sends what is no answer.
    Garbage,
    /// Keeps the line open and says nothing.
    Never,
}

impl Answer {
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer::Reply { status, headers, body: body.into() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        if let Answer::Reply { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Play = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A server that plays a part until it is dropped.
pub struct Fake {
    port: u16,
    heard: Arc<Mutex<Vec<Request>>>,
    running: tokio::task::JoinHandle<()>,
}

impl Fake {
    /// # Panics
    /// If this machine has no free port.
    pub async fn start(play: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("a bound port has an address").port();
        let heard: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (play, kept): (Play, _) = (Arc::new(play), Arc::clone(&heard));
        let running = tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (play, kept) = (Arc::clone(&play), Arc::clone(&kept));
                tokio::spawn(async move { serve(line, &play, &kept).await });
            }
        });
        Fake { port, heard, running }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// # Panics
    /// Never: a number of a port makes an address.
    pub fn url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/", self.port)).expect("a number of a port makes an address")
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(mut line: TcpStream, play: &Play, heard: &Mutex<Vec<Request>>) -> Option<()> {
    let request = read(&mut line).await?;
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    match play(&request) {
        Answer::Lost => {}
        Answer::Never => std::future::pending().await,
        Answer::Garbage => line.write_all(b"\0\0 HTTP?\r\n\r\n").await.ok()?,
        Answer::Huge => {
            line.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.ok()?;
            let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
            while line.write_all(&piece).await.is_ok() {}
        }
        Answer::Reply { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            line.write_all(head.as_bytes()).await.ok()?;
            line.write_all(&body).await.ok()?;
        }
    }
    line.shutdown().await.ok()
}

async fn read(line: &mut TcpStream) -> Option<Request> {
    let mut taken = Vec::new();
    let mut piece = vec![0; 1 << 16];
    let head_end = loop {
        if let Some(at) = taken.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        more(line, &mut piece, &mut taken).await?;
    };
    let head = String::from_utf8_lossy(&taken[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while taken.len() < head_end + 4 + length {
        more(line, &mut piece, &mut taken).await?;
    }
    request.body = taken.split_off(head_end + 4);
    Some(request)
}

async fn more(line: &mut TcpStream, piece: &mut [u8], taken: &mut Vec<u8>) -> Option<()> {
    let length = line.read(piece).await.ok()?;
    if length == 0 || taken.len() + length > REQUEST_BYTES_MAX {
        return None;
    }
    taken.extend_from_slice(&piece[..length]);
    Some(())
}
