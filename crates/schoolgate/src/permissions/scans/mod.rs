//! Scans of answers that came on paper: the sheet that a family signed, beside the answer that was entered from it.
//!
//! For: the office, which attaches them; the office and the data protection officer, who alone can fetch one.
//! Promises: what a file is, is told by its content and never by its name; a picture is kept as a clean copy; every scan is sealed by
//! a key of its own and is only ever handed out as a file to be saved. A PDF with a program, another file or a password in it is
//! refused where that can be seen.
//! Does not: read what stands on the paper, or look for harm inside compressed parts of a PDF.

pub mod pages;
mod queries;
#[cfg(test)]
mod tests;

use screening::Limits;
use sha2::{Digest as _, Sha256};
use store::Deed;
use store::seal::{OwnKey, Place};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::decision::Route;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::roster;

/// The purpose of the data key that wraps the scans' own keys.
const PURPOSE: &str = "permission-scans";
/// A sheet of paper in colour is 1 to 3 MB.
pub const FILE_BYTES_MAX: usize = 10 << 20;
/// Both sides of several sheets.
pub const SCANS_MAX: usize = 20;
/// Small print stays readable.
const SIDE_OUT_MAX: u32 = 2_400;
/// A PDF ends here, if it is whole.
const PDF_END_BYTES: usize = 2_048;
/// What has no business in a scan, as PDF names it.
const PDF_NEVER: [&[u8]; 6] = [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/Encrypt"];

/// What a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Pdf,
    Jpeg,
    Png,
}

impl Media {
    const ALL: [Media; 3] = [Media::Pdf, Media::Jpeg, Media::Png];

    pub fn code(self) -> &'static str {
        match self {
            Media::Pdf => "application/pdf",
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
        }
    }

    pub fn from_code(code: &str) -> Option<Media> {
        Media::ALL.into_iter().find(|media| media.code() == code)
    }

    pub fn extension(self) -> &'static str {
        match self {
            Media::Pdf => "pdf",
            Media::Jpeg => "jpg",
            Media::Png => "png",
        }
    }
}

/// Why a file is no scan; each is a sentence for the person who chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("Choose a file of {} MB or less", FILE_BYTES_MAX >> 20)]
    TooLong,
    #[error("Choose a PDF, JPEG or PNG file")]
    Unknown,
    #[error("This PDF is cut off or holds something after its end: scan the sheet again")]
    CutOff,
    #[error("This PDF holds a program, another file or a password: scan the sheet again")]
    NotOnlyPaper,
    #[error("{0}")]
    Picture(String),
}

/// What a file is, by its content.
///
/// # Errors
/// Why it is no scan.
pub fn media_of(bytes: &[u8]) -> std::result::Result<Media, Unfit> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Unfit::TooLong);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Ok(Media::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Media::Png);
    }
    if !bytes.starts_with(b"%PDF-") {
        return Err(Unfit::Unknown);
    }
    let end = &bytes[bytes.len().saturating_sub(PDF_END_BYTES)..];
    let marked = end.windows(5).rposition(|part| part == b"%%EOF").map(|at| &end[at + 5..]);
    if !marked.is_some_and(|rest| rest.iter().all(u8::is_ascii_whitespace)) {
        return Err(Unfit::CutOff);
    }
    match PDF_NEVER.iter().any(|never| bytes.windows(never.len()).any(|part| part == *never)) {
        true => Err(Unfit::NotOnlyPaper),
        false => Ok(Media::Pdf),
    }
}

/// What is to be kept of a file.
async fn fit(bytes: Vec<u8>) -> Result<std::result::Result<(Media, Vec<u8>), Unfit>> {
    let media = match media_of(&bytes) {
        Ok(Media::Pdf) => return Ok(Ok((Media::Pdf, bytes))),
        Ok(media) => media,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let limits = Limits { bytes_max: FILE_BYTES_MAX, side_out_max: SIDE_OUT_MAX, ..Limits::default() };
    let cleaned = tokio::task::spawn_blocking(move || screening::picture(&bytes, &limits)).await;
    let cleaned = cleaned.map_err(|error| Error::fault("cleaning a scan", error))?;
    Ok(match cleaned {
        Ok(cleaned) => {
            let is_jpeg = cleaned.format.media_type() == Media::Jpeg.code();
            Ok((if is_jpeg { Media::Jpeg } else { Media::Png }, cleaned.bytes))
        }
        Err(refused) => Err(Unfit::Picture(format!("This {} cannot be used: {refused}", media.extension()))),
    })
}

/// One scan, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub id: Uuid,
    pub person: Uuid,
    pub evidence: Uuid,
    pub media: Media,
    pub hash: Vec<u8>,
    pub size_bytes: i64,
    pub added_by: Uuid,
    /// UTC milliseconds.
    pub added_at: i64,
}

/// A paper answer that a scan can belong to: its evidence, who decided, and when it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    pub evidence: Uuid,
    pub decider: Uuid,
    pub at: i64,
}

fn key_place(row: Uuid) -> Place {
    Place { table: "permission_scan", row, column: "own_key" }
}

fn content_place(row: Uuid) -> Place {
    Place { table: "permission_scan", row, column: "content" }
}

/// The paper answers about a pupil, newest first, and the scans that are kept of them.
pub async fn of(app: &App, caller: &Caller, pupil: Uuid) -> Result<(Vec<Paper>, Vec<Scan>)> {
    let mut read = app.db.read(caller.school).await?;
    roster::pupil(&mut read, pupil).await?;
    app.access.may(caller, Act::SeePermissions, Thing::premises(caller.school))?;
    let mut papers: Vec<Paper> = Vec::new();
    for row in super::queries::history(&mut read, pupil).await? {
        let Some(evidence) = row.evidence.filter(|_| row.route == Route::Paper) else { continue };
        if !papers.iter().any(|paper| paper.evidence == evidence) {
            papers.push(Paper { evidence, decider: row.answer.decider, at: row.at });
        }
    }
    Ok((papers, queries::of_person(&mut read, pupil).await?))
}

/// Keeps the scan of a paper answer. The same file twice is kept once.
pub async fn attach(
    app: &App,
    caller: &Caller,
    (pupil, evidence): (Uuid, Uuid),
    bytes: Vec<u8>,
) -> Result<std::result::Result<(), Unfit>> {
    let (papers, scans) = of(app, caller, pupil).await?;
    app.access.may(caller, Act::KeepPermissions, Thing::premises(caller.school))?;
    if !papers.iter().any(|paper| paper.evidence == evidence) {
        return Err(Error::NotFound);
    }
    if scans.len() >= SCANS_MAX {
        return Err(Error::Invalid(format!("a pupil has at most {SCANS_MAX} scans").into()));
    }
    let (media, kept) = match fit(bytes).await? {
        Ok(fit) => fit,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let hash = Sha256::digest(&kept).to_vec();
    if scans.iter().any(|scan| scan.evidence == evidence && scan.hash == hash) {
        return Ok(Ok(()));
    }
    let scan = Scan {
        id: Uuid::now_v7(),
        person: pupil,
        evidence,
        media,
        hash,
        size_bytes: i64::try_from(kept.len()).unwrap_or(i64::MAX),
        added_by: caller.person,
        added_at: app.clock.now().as_millisecond(),
    };
    let mut tx = app.db.write(caller.school).await?;
    let keys = app.sealer.keys_to_seal(&mut tx, PURPOSE).await?;
    let own = OwnKey::make()?;
    let own_key = own.wrapped(&keys, key_place(scan.id))?;
    let content = own.seal(content_place(scan.id), &kept)?;
    queries::add(&mut tx, &scan, (&own_key, &content)).await?;
    tx.commit(Deed::by(caller.person).did("permissions.scan-kept").to(scan.id).hash(&scan.hash)).await?;
    Ok(Ok(()))
}

/// One scan, opened. That it was fetched stands in the ledger.
pub async fn fetch(app: &App, caller: &Caller, (pupil, id): (Uuid, Uuid)) -> Result<(Media, Zeroizing<Vec<u8>>)> {
    let mut tx = app.db.write(caller.school).await?;
    let found = queries::find(&mut tx, id).await?.filter(|(scan, ..)| scan.person == pupil);
    let (scan, own_key, content) = found.ok_or(Error::NotFound)?;
    app.access.may(caller, Act::SeeScans, Thing::premises(caller.school))?;
    let keys = app.sealer.keys(&mut tx, PURPOSE).await?;
    let own = OwnKey::unwrapped(&keys, key_place(id), &own_key)?;
    let opened = own.open(content_place(id), &content)?;
    tx.commit(Deed::by(caller.person).did("permissions.scan-fetched").to(id)).await?;
    Ok((scan.media, opened))
}
