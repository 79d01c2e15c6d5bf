//! A new file that is whole or not there.
//!
//! Promises: nothing is ever written over; a file has its name only once all of it is on the disk, readable by its owner only; what did
//! not come to its end is removed. Does not: take away what is left by a crash; that bears another name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::{Error, Result};

/// A file in the making, beside the one it will be; gone again unless it gets its name.
pub(crate) struct Pending {
    pub(crate) path: PathBuf,
    is_named: bool,
}

impl Pending {
    pub(crate) fn beside(file: &Path) -> Result<Self> {
        if file.symlink_metadata().is_ok() {
            return Err(taken(file));
        }
        let name =
            file.file_name().ok_or_else(|| Error::Invalid(format!("{} is not a file's path", file.display())))?;
        let path = file.with_file_name(format!("{}.{}.partial", name.to_string_lossy(), Uuid::new_v4().simple()));
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(|error| Error::Invalid(format!("{}: {error}", path.display())))?;
        Ok(Self { path, is_named: false })
    }

    /// Opens it to be written.
    pub(crate) fn writer(&self, doing: &'static str) -> Result<File> {
        let opened = OpenOptions::new().write(true).open(&self.path);
        opened.map_err(|error| Error::unavailable(doing, error.to_string()))
    }

    /// Makes the file durable and gives it its name, unless somebody took that meanwhile.
    pub(crate) fn name(mut self, file: &Path) -> Result<()> {
        let doing = "finishing a file";
        let io = |error: io::Error| Error::unavailable(doing, error.to_string());
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600)).map_err(io)?;
        File::open(&self.path).and_then(|made| made.sync_all()).map_err(io)?;
        // A hard link, unlike a rename, never replaces. Where the disk has none, a look beforehand must do.
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(file)),
            Err(_) if file.symlink_metadata().is_ok() => return Err(taken(file)),
            Err(_) => {
                fs::rename(&self.path, file).map_err(io)?;
                self.is_named = true;
            }
        }
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        }
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.is_named {
            return;
        }
        for beside in ["", "-wal", "-shm", "-journal"] {
            // What is not there need not go.
            let _ = fs::remove_file(format!("{}{beside}", self.path.display()));
        }
    }
}

pub(crate) fn taken(path: &Path) -> Error {
    Error::Conflict { doing: "making a new file", said: format!("{} exists already", path.display()) }
}
