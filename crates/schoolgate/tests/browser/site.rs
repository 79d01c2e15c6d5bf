//! The product itself, running: `schoolgate demo` in a fresh folder.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};

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
        lay_out(&folder.path().join("demo"));
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

/// Makes the demo school once and lays its files out here: every journey begins with a school of its own that nobody has touched.
fn lay_out(place: &Path) {
    static MADE: OnceLock<Vec<(OsString, Vec<u8>, Permissions)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let demo = folder.path().join("demo");
        let made = Command::new(env!("CARGO_BIN_EXE_schoolgate"))
            .args(["demo", "--make-only", "--data"])
            .arg(&demo)
            .output()
            .expect("the program starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let files = std::fs::read_dir(&demo).expect("the demo school has a folder");
        let read = |file: std::io::Result<std::fs::DirEntry>| -> std::io::Result<_> {
            let file = file?;
            Ok((file.file_name(), std::fs::read(file.path())?, file.metadata()?.permissions()))
        };
        files.map(read).collect::<Result<_, _>>().expect("the demo school is a few files")
    });
    std::fs::create_dir(place).expect("our own folder");
    for (name, bytes, permissions) in made {
        let file = place.join(name);
        std::fs::write(&file, bytes).expect("our own folder");
        std::fs::set_permissions(&file, permissions.clone()).expect("our own file");
    }
}

/// The public address has the port in it, so it must be known before the start.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
