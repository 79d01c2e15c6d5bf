//! What every request, job and command holds in its hand.
//!
//! For: handlers and verbs. It is cloned for each request, so everything in it is shared.
//! Promises: time comes from `clock`, settings from `config`, and the store's stamps from the same clock; nothing in here
//! changes while the program runs. New keys are made only for a place that holds nothing yet.
//! Does not: find things by name or type. What a verb needs is a field.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::ledger::Signer;
use store::seal::Master;
use store::{Db, Sealer};

use crate::access::Access;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub db: Db,
    pub access: Access,
    /// Seals what a reader of the database must not read.
    pub sealer: Sealer,
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
        let master = key(&config.keys.master, is_new, Master::create_file, Master::open_file)?;
        let signer = key(&config.keys.ledger, is_new, Signer::create, Signer::open)?;
        let sealer = Sealer::new(master, Vec::new());
        Ok(Self { config: Arc::new(config), clock, db, access, sealer, signer: Arc::new(signer) })
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

/// Only the one who runs the program may look inside.
pub fn make_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Error::unavailable(format!("folder {}", folder.display()), error))
}

/// Reads a key. A missing one is made only where nothing can have been sealed or signed with it.
fn key<K>(
    path: &Path,
    is_new: bool,
    create: impl Fn(&Path) -> store::Result<K>,
    open: impl Fn(&Path) -> store::Result<K>,
) -> Result<K> {
    let key = if is_new && !path.exists() { create(path) } else { open(path) };
    key.map_err(|error| match error {
        store::Error::Invalid(said) => Error::Invalid(said.into()),
        other => other.into(),
    })
}
