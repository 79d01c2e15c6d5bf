//! What every request, job and command holds in its hand.
//!
//! For: handlers and verbs. It is cloned for each request, so everything in it is shared.
//! Promises: time comes from `clock`, settings from `config`, and the store's stamps from the same clock; nothing in here
//! changes while the program runs.
//! Does not: find things by name or type. What a verb needs is a field.

use std::sync::Arc;

use store::Db;

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
}

impl App {
    /// Reads the access rules and the database's address. Touches neither network nor disk.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let stamp = Arc::clone(&clock);
        let settings = store::Settings {
            owner_url: config.database.owner_url.clone(),
            clock: Arc::new(move || stamp.now().as_millisecond()),
            ..store::Settings::new(config.database.url.clone())
        };
        let db = Db::open(&settings)?;
        let access = Access::load().map_err(|faults| Error::fault("reading the access rules", faults.join("; ")))?;
        Ok(Self { config: Arc::new(config), clock, db, access })
    }

    /// Can it serve? One small read from the database.
    pub async fn check(&self) -> Result<()> {
        self.db.schools().await?;
        Ok(())
    }
}
