//! Listens, with or without TLS, and stops politely.
//!
//! For: `schoolgate serve` and `demo`, and tests that need a real socket.
//! Promises: TLS 1.2 and 1.3 with the certificate files of the settings; a slow or silent talker is cut off; on [`Running::stop`] no
//! new request is taken and running ones get [`STOP_TIME_MAX`] to finish.
//! Does not: fetch certificates, or redirect from port 80.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::task::JoinHandle;

use super::door::{CONNECTIONS_MAX, Door};
use crate::config::{Front, Server};
use crate::error::{Error, Result};

/// Longest wait for running requests when stopping.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest time for a visitor to send the head of a request.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// Largest head of a request: the longest address and cookie that we make ourselves are under 2 KB.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;

/// A server that listens.
pub struct Running {
    /// The real address: the settings may say port 0.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Takes no new requests, and ends when the running ones have finished or their time is up.
    pub fn stop(&self) {
        self.handle.graceful_shutdown(Some(STOP_TIME_MAX));
    }

    /// Waits until it has ended.
    pub async fn ended(self) -> Result<()> {
        match self.task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::fault("serving", error)),
            Err(error) => Err(Error::fault("serving", error)),
        }
    }
}

/// Starts listening; returns when the first request could come.
pub async fn start(settings: &Server, router: Router) -> Result<Running> {
    let handle = Handle::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let (address, listener) = listen(settings.address)?;
    let server = axum_server::from_tcp(listener).map_err(|error| Error::fault("listening", error))?;
    let task = match &settings.front {
        Front::Tls { certificate, key } => {
            let tls = RustlsConfig::from_config(Arc::new(tls_config(certificate, key)?));
            let door = |inner| Door::around(RustlsAcceptor::new(tls).acceptor(inner), CONNECTIONS_MAX, HEAD_TIME_MAX);
            let mut server = server.map(door).handle(handle.clone());
            limit(server.http_builder());
            tokio::spawn(server.serve(service))
        }
        Front::Plain | Front::Proxy => {
            let door = |inner| Door::around(inner, CONNECTIONS_MAX, HEAD_TIME_MAX);
            let mut server = server.map(door).handle(handle.clone());
            limit(server.http_builder());
            tokio::spawn(server.serve(service))
        }
    };
    Ok(Running { address, handle, task })
}

/// Takes the address here, where a failure comes back to the caller. From now on visitors wait in line; none is turned away.
fn listen(address: SocketAddr) -> Result<(SocketAddr, TcpListener)> {
    let listening = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?, listener))
    };
    listening().map_err(|error: io::Error| Error::unavailable(format!("address {address}"), error))
}

fn limit(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .keep_alive_interval(HEAD_TIME_MAX)
        .keep_alive_timeout(HEAD_TIME_MAX);
}

fn tls_config(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let unreadable = |what: &Path, error: &dyn std::fmt::Display| {
        Error::Invalid(format!("`{}` does not hold what TLS needs: {error}", what.display()).into())
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(certificate, &error))?;
    if chain.is_empty() {
        return Err(unreadable(certificate, &"no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::fault("setting up TLS", error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| unreadable(key, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
