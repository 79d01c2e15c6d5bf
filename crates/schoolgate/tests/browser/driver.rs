//! Chromium's WebDriver, one for each test.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::Value;
use url::{ParseError, Url};

/// A running chromedriver; it and its browsers end when this is dropped.
pub(crate) struct Driver {
    child: Child,
    /// Held so that a late line does not meet a closed pipe.
    _said: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start ({error}): run scripts/need.sh browser"));
        let mut said = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).expect("chromedriver's output is text");
            assert!(read > 0, "chromedriver ended before it said its port");
            if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("on port ")
                && port != "0"
            {
                break port.to_owned();
            }
        };
        Self { child, _said: said, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that fantoccini does not know: Chromium's own and the virtual authenticator's.
#[derive(Debug)]
pub(crate) struct Extension {
    pub(crate) method: Method,
    /// After `/session/{id}/`.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Extension {
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
