//! Asks a running Schoolgate from the same machine whether it can serve.
//!
//! For: `schoolgate health`, in a watchdog or a container's health check.
//! Promises: an answer within [`WAIT_MAX`]; under TLS only the very certificate of the settings is accepted.
//! Does not: follow a redirect, or go through the proxy in front: it asks the address on which the program listens.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use crate::config::{Front, Server};
use crate::error::{Error, Result};

/// Longest wait for each step: connecting, asking, hearing.
pub const WAIT_MAX: Duration = Duration::from_secs(5);
/// The answer is a few lines.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Nothing, or why it cannot serve.
pub fn knock(server: &Server) -> Result<()> {
    let address = reachable(server.address);
    let unavailable = |error: std::io::Error| Error::unavailable(format!("Schoolgate at {address}"), error);
    let socket = TcpStream::connect_timeout(&address, WAIT_MAX).map_err(unavailable)?;
    socket.set_read_timeout(Some(WAIT_MAX)).map_err(unavailable)?;
    socket.set_write_timeout(Some(WAIT_MAX)).map_err(unavailable)?;
    let host = server.public_url.host_str().unwrap_or("localhost");
    let answer = match &server.front {
        Front::Plain | Front::Proxy => ask(socket, host),
        Front::Tls { certificate, .. } => ask(StreamOwned::new(tls(certificate)?, socket), host),
    };
    match status(&answer.map_err(unavailable)?) {
        Some(200) => Ok(()),
        Some(status) => Err(Error::unavailable(format!("Schoolgate at {address}"), format!("it answered {status}"))),
        None => Err(Error::unavailable(format!("Schoolgate at {address}"), "what answers there is no web server")),
    }
}

/// A server that listens everywhere is asked on the loopback.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

fn ask(mut stream: impl Read + Write, host: &str) -> std::io::Result<Vec<u8>> {
    // In one piece: what answers without hearing all of it would break the connection off before its answer is read.
    let asked = format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer) {
        // Some servers end a TLS connection without a farewell; what was heard is enough.
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(answer),
    }
}

/// The number in `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let words = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    words.split(' ').nth(1)?.parse().ok()
}

fn tls(certificate: &Path) -> Result<ClientConnection> {
    let own = CertificateDer::from_pem_file(certificate)
        .map_err(|error| Error::Invalid(format!("{}: {error}", certificate.display()).into()))?;
    let fault = |error: rustls::Error| Error::fault("setting up TLS", error);
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(fault)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Own { certificate: own, provider }))
        .with_no_client_auth();
    // The name is not looked at: the certificate itself is.
    let name = ServerName::try_from("localhost").map_err(|error| Error::fault("setting up TLS", error))?;
    ClientConnection::new(Arc::new(config), name).map_err(fault)
}

/// Accepts one certificate, byte for byte. The proof that the server holds its key is checked as ever.
#[derive(Debug)]
struct Own {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Own {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        match *shown == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(rustls::Error::General("it shows another certificate than the settings name".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
