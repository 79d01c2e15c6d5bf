//! Secrets in files that only their owner may read; keys among them, 32 bytes as one line of hexadecimal.
//!
//! Promises: a file that others may read is refused, never mended in silence; a new key never replaces an old file; the
//! text is wiped from memory. Does not: keep keys anywhere else, or guard against whoever runs the program.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Error, Result};

/// Bytes of every key of ours.
pub(crate) const KEY_BYTES: usize = 32;

/// A key on its line, with room for a careless editor's blanks.
const KEY_FILE_BYTES_MAX: u64 = 128;

pub(crate) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Fresh random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0_u8; N]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| Error::unavailable("drawing random bytes", error.to_string()))?;
    Ok(bytes)
}

/// Makes a new key and writes it with mode 0600. An existing file is left alone and refused.
pub(crate) fn create(path: &Path) -> Result<Key> {
    let key = random::<KEY_BYTES>()?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Error::Invalid(format!("key file {}: {error}", path.display())))?;
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(*key))));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| Error::unavailable("writing a key file", error.to_string()))?;
    Ok(key)
}

/// Reads a key; the file must be a plain file that only its owner may read.
pub(crate) fn open(path: &Path) -> Result<Key> {
    let said = |what: &str| Error::Invalid(format!("key file {}: {what}", path.display()));
    let text = secret_text(path, KEY_FILE_BYTES_MAX).map_err(|what| said(&what))?;
    let mut key = Key::default();
    hex::decode_to_slice(text.trim_end(), key.as_mut_slice())
        .map_err(|_| said("must hold one line of 64 hexadecimal digits"))?;
    Ok(key)
}

/// Opens a plain file for reading. A pipe, over which a reader would wait for ever, a device and a folder are refused before they are opened.
///
/// # Errors
/// What is wrong with the file, for a sentence that names it.
pub fn plain_file(path: &Path) -> std::result::Result<File, String> {
    let is_plain = |about: Metadata| if about.is_file() { Ok(()) } else { Err("is not a plain file".to_owned()) };
    std::fs::metadata(path).map_err(|error| error.to_string()).and_then(is_plain)?;
    File::open(path).map_err(|error| error.to_string())
}

/// The text of a file with a secret in it, which must be a plain file that only its owner may read.
///
/// # Errors
/// What is wrong with the file, for a sentence that names it; also where it has more than `bytes_max` bytes.
pub fn secret_text(path: &Path, bytes_max: u64) -> std::result::Result<Zeroizing<String>, String> {
    let file = plain_file(path)?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "its mode is {mode:04o}, so others may read it; set it to 0600 and think about a new secret"
        ));
    }
    if about.len() > bytes_max {
        return Err(format!("is longer than {bytes_max} bytes"));
    }
    // Room for all of it at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(about.len() as usize + 1));
    file.take(about.len()).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_key_comes_back_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let key = create(&path).unwrap();
        assert_eq!(*open(&path).unwrap(), *key);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(create(&path).unwrap_err(), Error::Invalid(_)));
        assert_eq!(*open(&path).unwrap(), *key);
    }

    #[test]
    fn a_file_that_others_may_read_or_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        create(&path).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let said = open(&path).unwrap_err().to_string();
            assert!(said.contains(&format!("{mode:04o}")), "{said}");
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        open(&path).unwrap();
        for text in ["", "abc", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            let path = folder.path().join(format!("bad{}", text.len()));
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
            assert!(open(&path).unwrap_err().to_string().contains("64 hexadecimal digits"), "{text}");
        }
        assert!(open(folder.path()).is_err());
        assert!(open(&folder.path().join("missing")).is_err());
    }
}
