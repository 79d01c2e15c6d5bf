//! The product itself, running: `schoolgate demo` in a fresh folder.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

/// A running demo; it ends when this is dropped, and its folder goes with the last that has it.
pub(crate) struct Site {
    pub(crate) child: Child,
    /// Held so that a late line does not meet a closed pipe.
    _said: BufReader<ChildStdout>,
    pub(crate) place: Place,
    /// Such as `http://localhost:40123`; passkeys want the name, not the number.
    pub(crate) address: String,
}

/// What a second start needs.
#[derive(Clone)]
pub(crate) struct Place {
    folder: Arc<TempDir>,
    port: u16,
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With settings that come from the environment.
    pub(crate) fn start_with(environment: &[(&str, String)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self::run(Place { folder, port: free_port() }, environment)
    }

    /// Starts it and waits until it says that it is open.
    pub(crate) fn start_in(place: Place) -> Self {
        Self::run(place, &[])
    }

    fn run(place: Place, environment: &[(&str, String)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_schoolgate"))
            .args(["demo", "--data"])
            .arg(place.folder.path().join("demo"))
            .args(["--address", &format!("127.0.0.1:{}", place.port)])
            .envs(environment.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        while !line.contains("stops the demo") {
            line.clear();
            let read = said.read_line(&mut line).expect("its output is text");
            assert!(read > 0, "the demo ended before it was open: {:?}", child.wait());
        }
        let address = format!("http://localhost:{}", place.port);
        Self { child, _said: said, place, address }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The public address has the port in it, so it must be known before the start.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
