//! What every request, job and command holds in its hand.
//!
//! For: handlers and verbs. It is cloned for each request, so everything in it is shared.
//! Promises: time comes from `clock`, settings from `config`, and the store's stamps from the same clock; nothing in here
//! changes while the program runs. New keys are made only for a place that holds nothing yet, and a key that does not open what is
//! sealed stops the start.
//! Does not: find things by name or type. What a verb needs is a field.

pub mod decoder;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use channels::mail::{Login, Mailer, Server};
use store::ledger::Signer;
use store::seal::Master;
use store::{Db, Sealer};
use zeroize::Zeroizing;

use self::decoder::AvifDecoder;
use crate::access::Access;
use crate::clock::Clock;
use crate::config::{Config, Password, Secret};
use crate::error::{Error, Result};

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub db: Db,
    pub access: Access,
    /// Seals what a reader of the database must not read.
    pub sealer: Sealer,
    /// Calls the networks on which the school publishes.
    pub outside: channels::Client,
    /// Decodes AVIF pictures; the program that serves puts [`AvifDecoder::Apart`] here.
    pub avif: AvifDecoder,
    /// Hands letters to the school's mail server; none: mail is not set up.
    pub mail: Option<Mailer>,
    /// Signs the heads of the ledger.
    pub signer: Arc<Signer>,
}

impl App {
    /// Opens the place that the settings name: makes the data folder if there is none, brings the tables up to date, and
    /// reads the keys, which it makes for a place that is new.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        make_folder(&config.data)?;
        let config = Config { is_demo: demo_mark(&config.data).exists(), ..config };
        let access = Access::load().map_err(|faults| Error::fault("reading the access rules", faults.join("; ")))?;
        let db = Db::open(&store_settings(&config, Arc::clone(&clock)))?;
        db.migrate().await?;
        let is_new = db.schools().await?.is_empty();
        let earlier = earlier_masters(&config, &db).await?;
        // A change of master key makes the new one while the old one is still there to open everything.
        let making = if is_new || !earlier.is_empty() { Making::IfMissing } else { Making::Never };
        let sealer = Sealer::new(master(&config.keys.master, &db, making).await?, earlier);
        sealer.prove(&db).await.map_err(told)?;
        let making = if is_new { Making::IfMissing } else { Making::Never };
        let signer = key(&config.keys.ledger, making, Signer::create, Signer::open)?;
        let outside = outside(&config, Arc::clone(&clock));
        let mail = mailer(&config)?;
        let (config, signer, avif) = (Arc::new(config), Arc::new(signer), AvifDecoder::Here);
        Ok(Self { config, clock, db, access, sealer, outside, avif, mail, signer })
    }

    /// Can it serve? One small read from the database.
    pub async fn check(&self) -> Result<()> {
        self.db.schools().await?;
        Ok(())
    }
}

/// The file that makes a folder a demo: whoever opens the folder shows DEMO on every page.
pub fn demo_mark(folder: &Path) -> PathBuf {
    folder.join("DEMO.txt")
}

/// Where the database is, stamped by our clock.
pub fn store_settings(config: &Config, clock: Arc<dyn Clock>) -> store::Settings {
    store::Settings {
        owner_url: config.database.owner_url.clone(),
        clock: Arc::new(move || clock.now().as_millisecond()),
        ..store::Settings::new(config.database.url.clone())
    }
}

/// Calls out as far as the settings allow.
pub fn outside(config: &Config, clock: Arc<dyn Clock>) -> channels::Client {
    let reach = if config.may_call_private { channels::Reach::Anywhere } else { channels::Reach::Public };
    channels::Client::new(reach, Arc::new(move || clock.now().as_millisecond()))
}

/// Longest file with a password or a certificate in it.
const MAIL_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Writes by the mail server of the settings. A demo writes to nobody beyond this machine.
pub fn mailer(config: &Config) -> Result<Option<Mailer>> {
    let Some(mail) = config.mail.as_ref().filter(|mail| !config.is_demo || mail.is_here()) else { return Ok(None) };
    let server = Server {
        host: mail.host.clone(),
        port: mail.port,
        security: mail.security,
        authority: mail.authority.as_deref().map(authority).transpose()?,
        login: mail.login.as_ref().map(|(user, password)| login(user, password)).transpose()?,
        from: mail.from.clone(),
        hello: config.server.public_url.host_str().unwrap_or("localhost").to_owned(),
    };
    Mailer::new(server).map(Some).map_err(|said| Error::Invalid(format!("mail: {said}").into()))
}

fn login(user: &str, password: &Password) -> Result<Login> {
    let password = match password {
        Password::Given(words) => words.clone(),
        Password::File(path) => {
            let wrong = |said: &str| Error::Invalid(format!("`mail.password_file`: {}: {said}", path.display()).into());
            let text = store::secret_text(path, MAIL_FILE_BYTES_MAX).map_err(|said| wrong(&said))?;
            match text.trim_end_matches(['\r', '\n']) {
                "" => return Err(wrong("is empty")),
                words => Zeroizing::new(words.to_owned()),
            }
        }
    };
    Ok(Login { user: user.to_owned(), password })
}

fn authority(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let wrong = |said: &str| Error::Invalid(format!("`mail.authority`: {}: {said}", path.display()).into());
    let mut bytes = Vec::new();
    let file = store::plain_file(path).map_err(|said| wrong(&said))?;
    file.take(MAIL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error.to_string()))?;
    if bytes.is_empty() || bytes.len() as u64 > MAIL_FILE_BYTES_MAX {
        return Err(wrong("is empty or too long"));
    }
    Ok(bytes)
}

/// Only the one who runs the program may look inside.
pub fn make_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Error::unavailable(format!("folder {}", folder.display()), error))
}

/// Whether a key that is not there is made. Where something may have been sealed or signed with it, it must not be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Making {
    IfMissing,
    Never,
}

/// Compares the master key with what is sealed here, and gives whether it is there to be compared. Nothing is made.
pub async fn prove_master(config: &Config, db: &Db) -> Result<bool> {
    if matches!(&config.keys.master, Secret::File(path) if !path.exists()) {
        return Ok(false);
    }
    let current = master(&config.keys.master, db, Making::Never).await?;
    Sealer::new(current, earlier_masters(config, db).await?).prove(db).await.map_err(told)?;
    Ok(true)
}

async fn earlier_masters(config: &Config, db: &Db) -> Result<Vec<Master>> {
    match &config.keys.earlier {
        Some(earlier) => Ok(vec![master(earlier, db, Making::Never).await?]),
        None => Ok(Vec::new()),
    }
}

async fn master(secret: &Secret, db: &Db, making: Making) -> Result<Master> {
    match secret {
        Secret::File(path) => key(path, making, Master::create_file, Master::open_file),
        Secret::Passphrase(words) => match Master::open_passphrase(db, words).await {
            Err(store::Error::NotFound | store::Error::Invalid(_)) if making == Making::IfMissing => {
                Master::create_passphrase(db, words).await.map_err(told)
            }
            Err(store::Error::NotFound) => {
                let said = "this place was not made with a passphrase; to change to one, give what was used as \
                            `keys.earlier_master` and run `schoolgate keys rewrap`";
                Err(Error::Invalid(said.into()))
            }
            opened => opened.map_err(told),
        },
    }
}

/// Reads a key, or makes it.
fn key<K>(
    path: &Path,
    making: Making,
    create: impl Fn(&Path) -> store::Result<K>,
    open: impl Fn(&Path) -> store::Result<K>,
) -> Result<K> {
    let key = if making == Making::IfMissing && !path.exists() { create(path) } else { open(path) };
    key.map_err(told)
}

/// What the store says about a key is for the person who gave it.
fn told(error: store::Error) -> Error {
    match error {
        store::Error::Invalid(said) => Error::Invalid(said.into()),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_password_comes_from_a_file_that_only_its_owner_may_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.password");
        let read = || login("office", &Password::File(path.clone())).map_err(|error| error.to_string());
        assert!(read().is_err(), "the file is missing");
        std::fs::write(&path, "three words here\n").expect("written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("our own file");
        let Err(said) = read() else { panic!("others may read it") };
        assert!(said.contains("0644") && !said.contains("three words"), "{said}");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("our own file");
        assert_eq!(read().expect("a login").password.as_str(), "three words here");
        for wrong in [String::new(), "\n".to_owned(), "x".repeat(MAIL_FILE_BYTES_MAX as usize + 1)] {
            std::fs::write(&path, &wrong).expect("written");
            assert!(read().is_err(), "{} bytes", wrong.len());
        }
    }
}
