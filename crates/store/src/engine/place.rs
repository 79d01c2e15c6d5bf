//! Where a place is: the file of a SQLite, the host of a PostgreSQL.
//!
//! Promises: nothing here tells a password; a new file is readable by its owner only. Does not: read or write rows.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Engine, postgres_options};
use crate::{Error, Result, Settings};

/// Which engine an address names; the address itself may hold a password and is never quoted.
pub(crate) fn engine_of(url: &str) -> Result<Engine> {
    if url.starts_with("sqlite:") {
        Ok(Engine::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Engine::Postgres)
    } else {
        Err(Error::Invalid("a database address starts with `sqlite:` or `postgres://`".into()))
    }
}

pub(crate) fn sqlite_path(url: &str) -> Result<&Path> {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() && !path.starts_with(":memory:") => Ok(Path::new(path)),
        _ => Err(Error::Invalid("a SQLite address is `sqlite:` and the path of a file".into())),
    }
}

/// Makes the file of a new place readable by its owner only: the driver would let others read it. What SQLite puts beside it has the
/// same mode.
pub(crate) fn make_file(settings: &Settings) -> Result<()> {
    let path = sqlite_path(&settings.url)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = std::fs::metadata(path).map(|about| about.permissions().mode() & 0o777).unwrap_or_default();
            if mode & 0o077 != 0 {
                let (file, mode) = (path.display(), format!("{mode:04o}"));
                tracing::warn!(%file, mode, "others may read the database; set its mode to 0600");
            }
            Ok(())
        }
        Err(error) => Err(Error::unavailable("making the database", error.to_string()).at(&path.display().to_string())),
    }
}

/// One try outside every pool: a pool would go on trying, and then say no more than that it gave up.
pub(crate) async fn knock(url: &str, settings: &Settings) -> Result<()> {
    let doing = "connecting";
    let options = postgres_options(url, settings)?;
    let tried = tokio::time::timeout(settings.wait, options.connect()).await;
    let line = match tried {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return Err(Error::from_engine(doing, error).at(&host_of(&options))),
        Err(_) => return Err(Error::unavailable(doing, "no answer").at(&host_of(&options))),
    };
    // It has answered; how it parts does not matter.
    let _ = line.close().await;
    Ok(())
}

/// Where a server is, without who asks.
pub(super) fn host_of(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
