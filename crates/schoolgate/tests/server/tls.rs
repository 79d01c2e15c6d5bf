//! TLS, and asking from the same machine whether the program can serve.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use rustls::pki_types::{CertificateDer, ServerName};
use schoolgate::app::App;
use schoolgate::config::Server;
use schoolgate::error::Error;
use schoolgate::routes;
use schoolgate::web::{knock, server};

use super::{app, fetch, folder, start};

/// A certificate for localhost and its key, in files.
fn certificate(folder: &Path) -> (PathBuf, PathBuf, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    (certificate, key, made.cert.der().clone())
}

fn tls_settings<'s>(certificate: &'s Path, key: &'s Path) -> [(&'s str, &'s str); 3] {
    [
        ("server.certificate", certificate.to_str().expect("a plain path")),
        ("server.key", key.to_str().expect("a plain path")),
        ("server.public_url", "https://localhost"),
    ]
}

/// One request over TLS, by a client that trusts this certificate only.
fn ask_over_tls(address: SocketAddr, trusted: CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted).expect("a certificate");
    let client = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let session = rustls::ClientConnection::new(Arc::new(client), name).map_err(std::io::Error::other)?;
    let mut stream = rustls::StreamOwned::new(session, TcpStream::connect(address)?);
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test]
async fn tls_is_spoken_with_the_given_certificate() {
    let folder = folder();
    let (certificate, key, trusted) = certificate(folder.path());
    let app = app(folder.path(), &tls_settings(&certificate, &key)).await;
    let running = start(&app, routes::all(app.clone())).await;
    let address = running.address;
    let answer = tokio::task::spawn_blocking(move || ask_over_tls(address, trusted)).await.expect("a task");
    let answer = answer.expect("an answer over TLS");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=63072000"), "{answer}");
    let plain = fetch(address, "/").await;
    assert!(plain.is_err(), "clear text must not be answered on the TLS socket");
    running.stop();
    running.ended().await.expect("a clean end");
}

#[tokio::test]
async fn wrong_tls_files_are_named() {
    let folder = folder();
    let (certificate, key, _) = certificate(folder.path());
    let other = tempfile::tempdir().expect("a folder");
    let (_, other_key, _) = self::certificate(other.path());
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("a file");
    let absent = folder.path().join("absent.pem");
    for (certificate, key, named) in [
        (&absent, &key, "absent.pem"),
        (&empty, &key, "empty.pem"),
        (&certificate, &empty, "empty.pem"),
        (&certificate, &other_key, "key.pem"),
        (&key, &key, "key.pem"),
    ] {
        let app = app(folder.path(), &tls_settings(certificate, key)).await;
        let error = server::start(&app.config.server, Router::new()).await.err().expect("an error");
        assert!(matches!(error, Error::Invalid(_)) && error.to_string().contains(named), "{error}");
    }
}

/// What `schoolgate health` would say about the server at this address.
async fn knocked(settings: &Server, address: SocketAddr) -> Result<(), Error> {
    let settings = Server { address, ..settings.clone() };
    tokio::task::spawn_blocking(move || knock::knock(&settings)).await.expect("a task")
}

async fn running(app: &App) -> server::Running {
    start(app, routes::all(app.clone())).await
}

#[tokio::test]
async fn health_is_asked_in_clear_text_and_over_tls_with_this_certificate_only() {
    let plain_folder = folder();
    let plain = app(plain_folder.path(), &[]).await;
    let serving = running(&plain).await;
    knocked(&plain.config.server, serving.address).await.expect("a ready server");
    serving.stop();
    let address = serving.address;
    serving.ended().await.expect("a clean end");
    let gone = knocked(&plain.config.server, address).await.expect_err("nobody is there");
    assert!(matches!(gone, Error::Unavailable(..)), "{gone}");

    let tls_folder = folder();
    let (certificate, key, _) = certificate(tls_folder.path());
    let tls = app(tls_folder.path(), &tls_settings(&certificate, &key)).await;
    let serving = running(&tls).await;
    knocked(&tls.config.server, serving.address).await.expect("a ready server");
    let elsewhere = folder();
    let (other, other_key, _) = self::certificate(elsewhere.path());
    let stranger = app(elsewhere.path(), &tls_settings(&other, &other_key)).await;
    let refused = knocked(&stranger.config.server, serving.address).await.expect_err("another certificate");
    assert!(refused.chain().contains("another certificate"), "{}", refused.chain());
    serving.stop();
    serving.ended().await.expect("a clean end");
}

#[tokio::test]
async fn what_is_no_schoolgate_is_not_healthy() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let answers: [(&'static [u8], &str); 3] = [
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
        (b"220 mail.oakfield.test\r\n", "no web server"),
        (b"", "no web server"),
    ];
    for (answer, expect) in answers {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = std::thread::spawn(move || {
            let (mut caller, _) = listener.accept().expect("a caller");
            let mut asked = [0; 1024];
            let _ = caller.read(&mut asked).expect("a question");
            caller.write_all(answer).expect("an answer");
        });
        let error = knocked(&app.config.server, address).await.expect_err("not healthy");
        assert!(error.chain().contains(expect), "{}", error.chain());
        served.join().expect("no panic");
    }
}
