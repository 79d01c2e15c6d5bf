//! HEIC, the format of telephones: its boxes walked to the end, its metadata taken out.

use heifer::heifer_isobmff::HeifFile;
use heifer::heifer_isobmff::boxes::Property;

use super::containers::{Survey, be32};
use super::{Carried, Refused};

/// # Errors
/// `CutOff` where a box is longer than the file, `Damaged` where there is no picture in it.
pub(super) fn survey(bytes: &[u8]) -> Result<Survey, Refused> {
    let mut survey = Survey { frames: 1, end: boxes_end(bytes)?, ..Survey::default() };
    let bytes = &bytes[..survey.end];
    let damaged = |refused: heifer::heifer_isobmff::Error| Refused::Damaged(refused.to_string());
    let file = HeifFile::parse(bytes).map_err(damaged)?;
    let sizes = file.item_properties(file.primary_id).map_err(damaged)?.filter_map(|property| match property {
        Property::ImageSize { width, height } => Some((*width, *height)),
        _ => None,
    });
    let Some((width, height)) = sizes.last() else { return Err(Refused::Damaged("it has no size".into())) };
    (survey.width, survey.height) = (width, height);
    // The decoder turns it, and the EXIF mark must not do it twice.
    survey.turned = Some(1);
    // The metadata of a damaged box is dropped with the rest; the pixels decide whether the picture is taken.
    if let Ok(metadata) = heifer::read_metadata(bytes) {
        survey.exif = metadata.exif;
        survey.xmp.extend(metadata.xmp);
        survey.icc = metadata.icc_profile;
    }
    if has_thumbnail(bytes) {
        survey.notes.push((Carried::Thumbnail, "in the file".into()));
    }
    Ok(survey)
}

/// Whether the boxes, which stand at the beginning, speak of a small copy.
pub(super) fn has_thumbnail(bytes: &[u8]) -> bool {
    bytes.windows(4).take(64 << 10).any(|mark| mark == b"thmb")
}

/// The first byte after the last box; what is no box any more is trailing data.
pub(super) fn boxes_end(bytes: &[u8]) -> Result<usize, Refused> {
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let kind = &bytes[at + 4..at + 8];
        if !kind.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ') {
            break;
        }
        let size = match be32(bytes, at).ok_or(Refused::CutOff)? {
            0 => bytes.len() - at,
            1 => be32(bytes, at + 8)
                .filter(|high| *high == 0)
                .and_then(|_| be32(bytes, at + 12))
                .ok_or(Refused::CutOff)?,
            size => size,
        };
        if size < 8 {
            break;
        }
        at = at.checked_add(size).filter(|end| *end <= bytes.len()).ok_or(Refused::CutOff)?;
    }
    Ok(at)
}
