//! Every address that Schoolgate answers, on one page.

use axum::Router;
use axum::routing::get;

use crate::app::App;
use crate::home;
use crate::web::{Sample, assets, faults, guard, health};

/// All pages, with the guard around them.
pub fn all(app: App) -> Router {
    guard::around(open(), app)
}

/// Whoever comes.
fn open() -> Router<App> {
    Router::new()
        .route("/", get(home::pages::start))
        .route("/accessibility", get(home::pages::accessibility))
        .route("/privacy", get(home::pages::privacy))
        .route("/health", get(health::ready))
        .route("/health/live", get(health::live))
        .route("/assets/{version}/{name}", get(assets::file))
}

/// Every template, filled with sample data; `tests/pages.rs` reads them all.
pub fn samples() -> Vec<Sample> {
    let folders = [faults::samples(), home::pages::samples()];
    folders.into_iter().flatten().collect()
}
