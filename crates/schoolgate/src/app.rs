//! What every request, job and command holds in its hand.
//!
//! For: handlers and verbs. It is cloned for each request, so everything in it is shared.
//! Promises: time comes from `clock`, settings from `config`; nothing in here changes while the program runs.
//! Does not: find things by name or type. What a verb needs is a field.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
}

impl App {
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self { config: Arc::new(config), clock }
    }

    /// Can it serve?
    pub async fn check(&self) -> Result<()> {
        Ok(())
    }
}
