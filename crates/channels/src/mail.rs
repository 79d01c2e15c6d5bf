//! Letters by electronic mail, handed to the school's own mail server over SMTP.
//!
//! For: the app, which tells families and staff where to answer and where to set a password.
//! Promises: nothing leaves the machine unencrypted; the server must show a certificate for its name; each step has its time
//! and each answer its length; what failed is told as [`Failed`], by the server's number and never in its words, which may
//! repeat an address; no error holds a password, an address or a text.
//! Does not: choose what is written, try again by itself, or know whether somebody has read it. Over implicit TLS the length of
//! an answer is bounded by time only: such a server has shown its certificate before its first word.

#[cfg(any(test, feature = "testing"))]
pub mod fake;
mod letter;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

pub use letter::{Improper, Letter, SUBJECT_CHARS_MAX, TEXT_BYTES_MAX, is_address};

use crate::{Failed, Reason};

/// Longest time for one step, also for the connection.
const STEP_TIME_MAX: Duration = Duration::from_secs(20);
/// Longest time until the server has taken over the text; servers look for unwanted mail here.
const TEXT_TIME_MAX: Duration = Duration::from_secs(60);
/// Everything that a server says in one session, with its certificates; usually 2 to 8 KB.
const HEARD_BYTES_MAX: usize = 128 << 10;
const CERTIFICATE_BEGINS: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// A server that says "later" seldom means in a minute.
const LATER: Duration = Duration::from_secs(5 * 60);

/// How the line is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// TLS begins after a greeting, usually port 587; without it nothing is sent.
    StartTls,
    /// None: only to this machine itself.
    Loopback,
}

/// The school's mail server.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// A PEM file's content: who signed the server's certificate, where that is nobody whom everybody trusts.
    pub authority: Option<Vec<u8>>,
    pub login: Option<Login>,
    /// What stands as the sender's address on every letter.
    pub from: String,
    /// What we call ourselves to the server: a host name or an address.
    pub hello: String,
}

#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: Zeroizing<String>,
}

/// The password is never shown.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Sends letters by one server.
#[derive(Clone)]
pub struct Mailer {
    server: Server,
    from: Address,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

/// What was being done when something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connecting,
    SigningIn,
    Sender,
    Recipient,
    Text,
}

impl Mailer {
    /// # Errors
    /// The sentence for the person who set it up.
    pub fn new(server: Server) -> Result<Mailer, String> {
        let from = server.from.parse().map_err(|_| "the sender is no address of electronic mail".to_owned())?;
        let tls = match server.security {
            Security::Loopback => None,
            Security::Tls | Security::StartTls => Some(parameters(&server)?),
        };
        let hello = match server.hello.parse() {
            Ok(IpAddr::V4(number)) => ClientId::Ipv4(number),
            Ok(IpAddr::V6(number)) => ClientId::Ipv6(number),
            Err(_) if server.hello.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-')) => {
                ClientId::Domain(server.hello.clone())
            }
            Err(_) => return Err("our own name is no name of a machine".to_owned()),
        };
        Ok(Mailer { server, from, tls, hello })
    }

    /// Hands one letter over. After [`Failed::Unsure`] it may have been taken.
    pub async fn send(&self, letter: &Letter) -> Result<(), Failed> {
        let message = letter.message(&self.from)?;
        let envelope = message.envelope().clone();
        let mut line = self.open().await?;
        let sent = hand_over(&mut line, &envelope, &message.formatted()).await;
        close(line).await;
        sent
    }

    /// Whether the server can be reached and lets us in. Nothing is sent.
    pub async fn check(&self) -> Result<(), Failed> {
        let mut line = self.open().await?;
        let heard = step(Step::Connecting, line.command(Noop)).await;
        close(line).await;
        heard.map(drop)
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Failed> {
        let host = (self.server.host.as_str(), self.server.port);
        let mut line = match (self.server.security, &self.tls) {
            (Security::Tls, Some(tls)) => {
                let opening = AsyncSmtpConnection::connect_tokio1(
                    host,
                    Some(STEP_TIME_MAX),
                    &self.hello,
                    Some(tls.clone()),
                    None,
                );
                step(Step::Connecting, opening).await?
            }
            (Security::StartTls, Some(tls)) => {
                let mut line = self.greet(connect(host).await?).await?;
                step(Step::Connecting, line.starttls(tls.clone(), &self.hello)).await?;
                line
            }
            _ => {
                let line = connect(host).await?;
                if !line.peer_addr().is_ok_and(|at| at.ip().is_loopback()) {
                    let said = "without encryption a mail server must be on this machine";
                    return Err(Failed::Never(Reason::Address(said.into())));
                }
                self.greet(line).await?
            }
        };
        if let Some(login) = &self.server.login {
            let credentials = Credentials::new(login.user.clone(), login.password.to_string());
            step(Step::SigningIn, line.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await?;
        }
        Ok(line)
    }

    async fn greet(&self, line: Bounded) -> Result<AsyncSmtpConnection, Failed> {
        step(Step::Connecting, AsyncSmtpConnection::connect_with_transport(Box::new(line), &self.hello)).await
    }
}

fn parameters(server: &Server) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authority {
        let wrong = || "the authority is no certificate".to_owned();
        // A file without one is read as an empty list.
        if !pem.windows(CERTIFICATE_BEGINS.len()).any(|part| part == CERTIFICATE_BEGINS) {
            return Err(wrong());
        }
        let authority = Certificate::from_pem(pem).map_err(|_| wrong())?;
        parameters = parameters.add_root_certificate(authority);
    }
    parameters.build_rustls().map_err(|_| "the name of the mail server cannot stand in a certificate".to_owned())
}

async fn connect(host: (&str, u16)) -> Result<Bounded, Failed> {
    let connected = timeout(STEP_TIME_MAX, TcpStream::connect(host)).await;
    let unreachable = || Failed::later("the mail server cannot be reached");
    Ok(Bounded { line: connected.map_err(|_| unreachable())?.map_err(|_| unreachable())?, heard: 0 })
}

async fn hand_over(line: &mut AsyncSmtpConnection, envelope: &Envelope, text: &[u8]) -> Result<(), Failed> {
    step(Step::Sender, line.command(Mail::new(envelope.from().cloned(), Vec::new()))).await?;
    for to in envelope.to() {
        step(Step::Recipient, line.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    // Up to here nothing has been taken, whatever became of the answer.
    step(Step::Sender, line.command(Data)).await?;
    match timeout(TEXT_TIME_MAX, line.message(text)).await {
        Ok(heard) => heard.map(drop).map_err(|error| failed(Step::Text, &error)),
        Err(_) => Err(Failed::Unsure("the mail server did not say whether it took the letter".into())),
    }
}

/// A polite goodbye whose answer nobody waits long for.
async fn close(mut line: AsyncSmtpConnection) {
    if !line.has_broken() {
        let _ = timeout(Duration::from_secs(2), line.quit()).await;
    }
}

async fn step<T>(at: Step, doing: impl Future<Output = Result<T, Error>>) -> Result<T, Failed> {
    match timeout(STEP_TIME_MAX, doing).await {
        Ok(done) => done.map_err(|error| failed(at, &error)),
        Err(_) => Err(Failed::Retry { after: LATER, because: format!("the mail server was too slow {}", at.said()) }),
    }
}

impl Step {
    fn said(self) -> &'static str {
        match self {
            Step::Connecting => "at the greeting",
            Step::SigningIn => "at the password",
            Step::Sender => "at the sender's address",
            Step::Recipient => "at the recipient's address",
            Step::Text => "at the letter itself",
        }
    }
}

/// What an error means; the server's own words are left out.
fn failed(at: Step, error: &Error) -> Failed {
    let code = error.status().map(u16::from);
    if error.is_permanent() {
        let number = code.unwrap_or_default();
        return match (at, number) {
            (Step::SigningIn, _) | (_, 530 | 534 | 535 | 538) => Failed::Never(Reason::Credentials),
            _ => Failed::refused(&format!("the mail server said {number} {}", at.said())),
        };
    }
    if error.is_transient() {
        let because = format!("the mail server said {} {}", code.unwrap_or_default(), at.said());
        return Failed::Retry { after: LATER, because };
    }
    if error.is_tls() {
        return Failed::later("no line to the mail server could be made that others cannot read");
    }
    if error.is_client() {
        return Failed::refused(&format!("the mail server cannot do what it must {}", at.said()));
    }
    match at {
        Step::Text => Failed::Unsure("the line to the mail server broke at the end of the letter".into()),
        _ => Failed::later(format!("the mail server could not be understood {}", at.said())),
    }
}

/// A line on which only so much is heard.
#[derive(Debug)]
struct Bounded {
    line: TcpStream,
    heard: usize,
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.line.peer_addr()
    }
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.line).poll_read(context, into))?;
        self.heard += into.filled().len() - before;
        if self.heard > HEARD_BYTES_MAX {
            return Poll::Ready(Err(io::Error::other("the mail server talks without end")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}
