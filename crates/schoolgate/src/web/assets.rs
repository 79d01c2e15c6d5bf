//! Public files: style sheet, scripts, icon, licence notice.
//!
//! For: the layout, which asks for their [`address`], and browsers.
//! Promises: an address changes when any file changes, so browsers may keep what they have for ever; each file has an `ETag`.
//! Does not: serve anything that is not compiled in (in a debug build: not in `assets/built`).

use std::sync::LazyLock;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::web::Path;

#[derive(RustEmbed)]
#[folder = "assets/built"]
struct Files;

/// Of all files together: the scripts import one another by relative addresses.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name.as_bytes());
        hash.update(Files::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    hex::encode(&hash.finalize()[..8])
});

/// `/assets/1f2e3d4c5b6a7988/site.css`.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Is there anything to serve? A debug build made before `make assets` has no style sheet.
pub fn are_built() -> bool {
    Files::get("site.css").is_some()
}

pub async fn file(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&name) else {
        return Error::NotFound.into_response();
    };
    // Weak: the same file travels plain and compressed.
    let tag = format!("W/\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    // An old address must not fix new content in a browser for ever.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let told = [(header::ETAG, tag), (header::CACHE_CONTROL, keep.to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, told).into_response();
    }
    (told, content(&name, file)).into_response()
}

fn content(name: &str, file: EmbeddedFile) -> impl IntoResponse {
    let kind = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], file.data)
}
