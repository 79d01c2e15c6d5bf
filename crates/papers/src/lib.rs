//! Papers that leave the house: PDF files made from data.
//!
//! For: the export of one person's records. Promises: nothing is read from disk or network while a paper is made; data is text and
//! never markup; a paper carries its tags and its outline (PDF/UA-1, PDF/A-2a); nothing of it stays in memory afterwards; a letter
//! that no font at hand has is shown as a box, and the paper knows that. Does not: know whose data it is, or keep any of it.

mod letters;
#[cfg(test)]
mod tests;
mod world;

use serde_json::Value;
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use letters::Kept;
use world::Desk;

/// The most data that one paper is made of: some 3,000 rows, which take seconds and not minutes.
pub const DATA_BYTES_MAX: usize = 1 << 20;
/// What every paper begins with: the page, its fonts, the tables.
const HOUSE_STYLE: &str = include_str!("house.typ");

/// What becomes of the data. A template is ours and never a user's, so it is compiled in.
#[derive(Clone, Copy, Debug)]
pub struct Template(pub &'static str);

/// A finished paper.
pub struct Paper {
    /// A PDF file.
    pub bytes: Vec<u8>,
    /// How many letters of the data are shown as a box, because no font at hand has them.
    pub boxed: usize,
}

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the paper would hold {bytes} bytes of data, and {DATA_BYTES_MAX} are the most")]
    TooLong { bytes: usize },
    #[error("the paper could not be set: {}", .0.join("; "))]
    Unset(Vec<String>),
}

/// Makes a paper. The template finds the data as `data` and how many letters are shown as boxes as `boxed`; `data.title` is
/// the title of the file and `data.made_on` its day, `2026-11-21`. Takes a good part of a second for hundreds of rows, so nobody should wait for it on a shared thread.
pub fn pdf(template: Template, data: &Value) -> Result<Paper, Error> {
    let bytes = data.to_string().len();
    if bytes > DATA_BYTES_MAX {
        return Err(Error::TooLong { bytes });
    }
    // A mark may stand on a letter that only another font has. Then only what the first font has is kept.
    let made = set(template, data, Kept::AnyFont).or_else(|_| set(template, data, Kept::FirstFont));
    // What was set is remembered for the next time; the data of a person must not be.
    comemo::evict(0);
    made
}

fn set(template: Template, data: &Value, kept: Kept) -> Result<Paper, Error> {
    let (data, boxed) = letters::printable(data, kept);
    let document = lay_out(template, &data, boxed)?;
    let standards = PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_2a])
        .map_err(|error| Error::Unset(vec![error.message().to_string()]))?;
    let options = PdfOptions { standards, ..PdfOptions::default() };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|faults| unset(&faults))?;
    Ok(Paper { bytes, boxed })
}

fn lay_out(template: Template, data: &Value, boxed: usize) -> Result<PagedDocument, Error> {
    let desk = Desk::with(format!("{HOUSE_STYLE}\n{}", template.0), data, boxed);
    typst::compile::<PagedDocument>(&desk).output.map_err(|faults| unset(&faults))
}

fn unset(faults: &[SourceDiagnostic]) -> Error {
    Error::Unset(faults.iter().map(|fault| fault.message.to_string()).collect())
}
