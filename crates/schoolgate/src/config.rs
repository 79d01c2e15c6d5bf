//! The settings of one running Schoolgate.
//!
//! For: the command line, which reads them once at the start.
//! Promises: three sources, the later wins: a TOML file, `SCHOOLGATE_*` variables, flags. Every fault comes back at once, each
//! with its place and what was expected. An unknown key is a fault. A setting that would send passwords in clear text is a fault.
//! Does not: open files, look up names, or change after the start.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use store::seal::PASSPHRASE_BYTES_MIN;
use toml::de::{DeTable, DeValue};
use url::Url;

/// Longest configuration file that is read; a real one is under 2 KB.
pub const FILE_BYTES_MAX: u64 = 64 * 1024;

const ENVIRONMENT_PREFIX: &str = "SCHOOLGATE_";
/// How the names of settings end whose value may be or hold a password.
const SECRET: &[&str] = &["passphrase", "password", "database.url", "database.owner_url"];
/// Names the file itself, so it is no setting.
pub const ENVIRONMENT_FILE: &str = "SCHOOLGATE_CONFIG";

/// Every setting: its key in the file, and what a value looks like. The variable for `server.address` is
/// `SCHOOLGATE_SERVER_ADDRESS`, the flag `--set server.address=..`.
pub const KEYS: &[(&str, &str)] = &[
    ("data", "a folder, such as \"/var/lib/schoolgate\""),
    ("server.address", "an address and a port, such as \"127.0.0.1:8080\""),
    ("server.public_url", "what people type into the browser, such as \"https://gate.oakfield.test\""),
    ("server.behind_proxy", "true or false"),
    ("server.certificate", "a PEM file with the certificate chain"),
    ("server.key", "a PEM file with the private key"),
    ("database.url", "\"sqlite:<file>\" or \"postgres://user@host/name\""),
    ("database.owner_url", "\"postgres://owner@host/name\", the role that owns the tables"),
    ("keys.master", "a file that only the owner may read"),
    ("keys.passphrase", "a passphrase instead of `keys.master`, at least 16 bytes; best given as a variable"),
    ("keys.earlier_master", "the file that was `keys.master` before a change"),
    ("keys.earlier_passphrase", "the passphrase before a change"),
    ("keys.ledger", "a file that only the owner may read"),
    ("network.private", "true or false: may accounts be on this machine or a private network, without TLS?"),
    ("mail.server", "the mail server's name, such as \"smtp.oakfield.test\""),
    ("mail.port", "a number in quotes, such as \"465\" or \"587\""),
    ("mail.security", "\"tls\", \"starttls\", or \"none\" to this machine itself"),
    ("mail.user", "the name to sign in with at the mail server"),
    ("mail.password", "the password for it; best given as a variable"),
    ("mail.password_file", "a file that only the owner may read, with the password in it"),
    ("mail.from", "the address that stands as the sender, such as \"office@oakfield.test\""),
    ("mail.authority", "a PEM file: who signed the mail server's certificate, if it is the school's own"),
    ("log.form", "\"json\" or \"text\""),
    ("log.level", "\"error\", \"warn\", \"info\" or \"debug\""),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Holds everything that Schoolgate writes, unless another setting says otherwise.
    pub data: PathBuf,
    pub server: Server,
    pub database: Database,
    pub keys: Keys,
    pub log: Log,
    /// None: nothing is mailed.
    pub mail: Option<Mail>,
    /// Whether the school's accounts may be on this machine or a private network, also without TLS.
    pub may_call_private: bool,
    /// A demo school: marked on every page, fictional people only. Set by a mark in the folder, never by a setting.
    pub is_demo: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub address: SocketAddr,
    /// Scheme, host and port only.
    pub public_url: Url,
    pub front: Front,
}

/// Who speaks to the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Front {
    /// Nobody else, in clear text: loopback only.
    Plain,
    /// A proxy that ends TLS and says in `X-Forwarded-For` who called.
    Proxy,
    /// Schoolgate itself.
    Tls { certificate: PathBuf, key: PathBuf },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Wraps all other keys.
    pub master: Secret,
    /// What did so before; opens until `schoolgate keys rewrap` is through.
    pub earlier: Option<Secret>,
    /// Signs the heads of the ledger.
    pub ledger: PathBuf,
}

/// Where a master key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    File(PathBuf),
    Passphrase(String),
}

/// A passphrase is never shown, not even in a log of the settings.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Passphrase(_) => f.write_str("Passphrase(..)"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub form: LogForm,
    pub level: tracing::Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    Json,
    Text,
}

impl Server {
    /// Browsers reach us over TLS, so cookies may be bound to it.
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Where settings come from, read by the caller.
#[derive(Debug, Default)]
pub struct Sources {
    /// Name and text of the file.
    pub file: Option<(PathBuf, String)>,
    /// All variables whose names begin with `SCHOOLGATE_`.
    pub environment: Vec<(String, String)>,
    /// `(key, value)` of each flag.
    pub flags: Vec<(String, String)>,
}

/// One thing wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    pub said: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.said)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File {
        name: PathBuf,
        line: usize,
        column: usize,
    },
    Environment(String),
    Flag(String),
    /// Nobody gave it.
    Missing(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(f, "{}:{line}:{column}", name.display()),
            Self::Environment(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Missing(key) => write!(f, "setting `{key}`"),
        }
    }
}

impl Config {
    /// Reads all sources; on failure gives every fault, in the order of the file.
    pub fn read(sources: &Sources) -> Result<Self, Vec<Fault>> {
        let mut given = Given::default();
        if let Some((name, text)) = &sources.file {
            given.add_file(name, text);
        }
        given.add_environment(&sources.environment);
        given.add_flags(&sources.flags);
        let config = given.config();
        match config {
            Some(config) if given.faults.is_empty() => Ok(config),
            _ => Err(given.faults),
        }
    }

    /// The same settings for another folder, with database and keys in it.
    pub fn moved_to(&self, data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            database: Database { url: sqlite_in(data), owner_url: None },
            keys: Keys::in_folder(data),
            ..self.clone()
        }
    }
}

impl Keys {
    fn in_folder(data: &Path) -> Self {
        Self { master: Secret::File(data.join("master.key")), earlier: None, ledger: data.join("ledger.key") }
    }
}

fn sqlite_in(data: &Path) -> String {
    format!("sqlite:{}", data.join("schoolgate.db").display())
}

/// What was given so far: the value and place of each key, and the faults.
#[derive(Default)]
struct Given {
    values: BTreeMap<&'static str, (String, Place)>,
    faults: Vec<Fault>,
}

impl Given {
    fn add_file(&mut self, name: &Path, text: &str) {
        let place = |offset: usize| place_in(name, text, offset);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.fault(place(offset), error.message().to_owned());
        }
        // File by file, relative paths mean: beside the file.
        let beside = name.parent().unwrap_or(Path::new(""));
        let mut waiting: Vec<(String, &DeTable<'_>)> = vec![(String::new(), table.get_ref())];
        while let Some((prefix, table)) = waiting.pop() {
            for (key, value) in table {
                let path =
                    if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
                match value.get_ref() {
                    DeValue::Table(inner) if is_section(&path) => waiting.push((path, inner)),
                    DeValue::String(text) => {
                        let value = if is_path(&path) {
                            beside.join(text.as_ref()).display().to_string()
                        } else {
                            text.to_string()
                        };
                        self.add(&path, value, place(key.span().start));
                    }
                    DeValue::Boolean(yes) => self.add(&path, yes.to_string(), place(key.span().start)),
                    _ => match known(&path) {
                        Some((_, expected)) => {
                            self.fault(place(value.span().start), format!("`{path}` must be {expected}"))
                        }
                        None => self.unknown(&path, place(key.span().start)),
                    },
                }
            }
        }
        self.faults.sort_by_key(|fault| match fault.place {
            Place::File { line, column, .. } => (line, column),
            _ => (usize::MAX, 0),
        });
    }

    fn add_environment(&mut self, variables: &[(String, String)]) {
        for (name, value) in variables {
            if name == ENVIRONMENT_FILE {
                continue;
            }
            let place = Place::Environment(name.clone());
            match KEYS.iter().find(|(key, _)| variable_of(key) == *name) {
                Some((key, _)) => self.add(key, value.clone(), place),
                None => self.fault(place, "is not a setting of Schoolgate".to_owned()),
            }
        }
    }

    fn add_flags(&mut self, flags: &[(String, String)]) {
        for (key, value) in flags {
            self.add(key, value.clone(), Place::Flag(key.clone()));
        }
    }

    fn add(&mut self, path: &str, value: String, place: Place) {
        match known(path) {
            Some((key, _)) => {
                self.values.insert(key, (value, place));
            }
            None => self.unknown(path, place),
        }
    }

    fn unknown(&mut self, path: &str, place: Place) {
        let section = path.rsplit_once('.').map_or("", |(section, _)| section);
        let near: Vec<&str> = KEYS
            .iter()
            .map(|(key, _)| *key)
            .filter(|key| key.rsplit_once('.').map_or("", |(s, _)| s) == section)
            .collect();
        let hint = if near.is_empty() { String::new() } else { format!("; known here: {}", near.join(", ")) };
        self.fault(place, format!("unknown key `{path}`{hint}"));
    }

    fn fault(&mut self, place: Place, said: String) {
        self.faults.push(Fault { place, said });
    }

    fn config(&mut self) -> Option<Config> {
        let data = self.read("data", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let server = self.server();
        let database_url = self.read("database.url", |text| is_database(text).then(|| text.to_owned()));
        let owner_url = self.read("database.owner_url", |text| is_postgres(text).then(|| text.to_owned()));
        let master = self.secret("keys.master", "keys.passphrase");
        let earlier = self.secret("keys.earlier_master", "keys.earlier_passphrase");
        let ledger = self.read("keys.ledger", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let mail = self.mail();
        let may_call_private = self.read("network.private", |text| text.parse().ok()).unwrap_or(false);
        let form = self.read("log.form", |text| match text {
            "json" => Some(LogForm::Json),
            "text" => Some(LogForm::Text),
            _ => None,
        });
        let level = self.read("log.level", |text| match text {
            "error" | "warn" | "info" | "debug" => text.parse().ok(),
            _ => None,
        });
        let data = match data {
            Some(data) => data,
            None => {
                if !self.values.contains_key("data") {
                    self.fault(Place::Missing("data"), format!("is needed: {}", KEYS[0].1));
                }
                return None;
            }
        };
        let keys = Keys::in_folder(&data);
        Some(Config {
            server: server?,
            database: Database { url: database_url.unwrap_or_else(|| sqlite_in(&data)), owner_url },
            keys: Keys { master: master.unwrap_or(keys.master), earlier, ledger: ledger.unwrap_or(keys.ledger) },
            may_call_private,
            mail,
            log: Log { form: form.unwrap_or(LogForm::Json), level: level.unwrap_or(tracing::Level::INFO) },
            data,
            is_demo: false,
        })
    }

    /// A master key by file or by passphrase, not both.
    fn secret(&mut self, file: &'static str, passphrase: &'static str) -> Option<Secret> {
        let path = self.read(file, |text| (!text.is_empty()).then(|| Secret::File(PathBuf::from(text))));
        let words = self
            .read(passphrase, |text| (text.len() >= PASSPHRASE_BYTES_MIN).then(|| Secret::Passphrase(text.to_owned())));
        if path.is_some() && words.is_some() {
            return self.wrong(passphrase, &format!("and `{file}` exclude each other"));
        }
        path.or(words)
    }

    fn server(&mut self) -> Option<Server> {
        let address = self.read("server.address", |text| text.parse::<SocketAddr>().ok());
        let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = self.read("server.public_url", origin);
        let behind_proxy = self.read("server.behind_proxy", |text| text.parse::<bool>().ok()).unwrap_or(false);
        let certificate = self.read("server.certificate", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let key = self.read("server.key", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let front = match (certificate, key, behind_proxy) {
            (Some(certificate), Some(key), false) => Front::Tls { certificate, key },
            (None, None, true) => Front::Proxy,
            (None, None, false) => Front::Plain,
            (Some(_), None, _) => return self.wrong("server.certificate", "needs `server.key` beside it"),
            (None, Some(_), _) => return self.wrong("server.key", "needs `server.certificate` beside it"),
            (Some(_), Some(_), true) => {
                return self.wrong("server.behind_proxy", "and `server.certificate` exclude each other: who ends TLS?");
            }
        };
        let public_url = match public_url {
            Some(url) => url,
            None if front == Front::Plain => Url::parse(&format!("http://localhost:{}", address.port())).ok()?,
            None => {
                self.fault(
                    Place::Missing("server.public_url"),
                    format!("is needed with TLS or a proxy: {}", expected_of("server.public_url")),
                );
                return None;
            }
        };
        let server = Server { address, public_url, front };
        self.check_secrecy(server)
    }

    /// Passwords and sessions cross the network only under TLS.
    fn check_secrecy(&mut self, server: Server) -> Option<Server> {
        match (&server.front, server.is_secure()) {
            (Front::Plain, true) => self.wrong("server.public_url", "is https, but there is neither `server.certificate` nor `server.behind_proxy`"),
            (Front::Plain, false) if !server.address.ip().is_loopback() => {
                self.wrong("server.address", "is reachable from outside without TLS: give `server.certificate` and `server.key`, or set `server.behind_proxy`")
            }
            (Front::Tls { .. } | Front::Proxy, false) => self.wrong("server.public_url", "must begin with https:// when TLS is used"),
            _ => Some(server),
        }
    }

    /// The value of `key` through `parse`; a value that does not parse is a fault at its place.
    fn read<T>(&mut self, key: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (text, place) = self.values.get(key)?;
        let parsed = parse(text);
        if parsed.is_none() {
            // What may be a secret, or hold one, is not repeated.
            let not =
                if SECRET.iter().any(|end| key.ends_with(end)) { String::new() } else { format!(", not `{text}`") };
            let fault = Fault { place: place.clone(), said: format!("`{key}` must be {}{not}", expected_of(key)) };
            self.faults.push(fault);
        }
        parsed
    }

    fn wrong<T>(&mut self, key: &'static str, said: &str) -> Option<T> {
        let place = self.values.get(key).map_or(Place::Missing(key), |(_, place)| place.clone());
        self.fault(place, format!("`{key}` {said}"));
        None
    }
}

/// A URL that is only an origin: http or https, a host, nothing after it.
fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_origin = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_origin.then_some(url)
}

fn known(path: &str) -> Option<(&'static str, &'static str)> {
    KEYS.iter().find(|(key, _)| *key == path).copied()
}

fn expected_of(key: &str) -> &'static str {
    known(key).map_or("", |(_, expected)| expected)
}

fn is_section(path: &str) -> bool {
    KEYS.iter().any(|(key, _)| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// These hold paths, which in a file are meant from the file's own folder.
fn is_path(path: &str) -> bool {
    const PATHS: [&str; 8] = [
        "data",
        "server.certificate",
        "server.key",
        "keys.master",
        "keys.earlier_master",
        "keys.ledger",
        "mail.password_file",
        "mail.authority",
    ];
    PATHS.contains(&path)
}

fn variable_of(key: &str) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// Line and column, both from 1, columns in characters.
fn place_in(name: &Path, text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Place::File {
        name: name.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

mod database;
mod mail;
#[cfg(test)]
mod tests;

pub use channels::mail::Security;
pub use database::Database;
use database::{is_database, is_postgres};
pub use mail::{Mail, Password};
