//! A picture in fewer bytes, for a channel that takes no more.

use super::pixels::{self, Pixels};
use super::{Cleaned, Format, Limits, Refused};

/// Below this quality a face becomes a pattern of squares.
const QUALITY_MIN: u8 = 60;
const QUALITY_STEP: u8 = 8;
/// Longest sides that are tried, one after another; a smaller picture shows too little on a telephone.
const SIDES: [u32; 4] = [u32::MAX, 1280, 1024, 800];
/// See-through pictures have no quality to give up, so they may become smaller still: they are drawings and emblems.
const SIDES_SEE_THROUGH: [u32; 6] = [u32::MAX, 1280, 1024, 800, 640, 480];
/// What every photograph fits into, at the lowest of both.
pub const FITTED_BYTES: usize = 300_000;

/// The same picture in at most `bytes_max` bytes: first with less quality, then smaller, never below what can be looked at.
/// The same bytes in give the same bytes out.
///
/// # Errors
/// [`Refused::TooHeavy`].
pub fn fitted(cleaned: &Cleaned, bytes_max: usize, limits: &Limits) -> Result<Cleaned, Refused> {
    if cleaned.bytes.len() <= bytes_max {
        return Ok(cleaned.clone());
    }
    let whole = pixels::of_copy(&cleaned.bytes, cleaned.format, limits)?;
    let sides: &[u32] = if cleaned.format == Format::Png { &SIDES_SEE_THROUGH } else { &SIDES };
    for side in sides {
        let longest = whole.width.max(whole.height);
        if *side != u32::MAX && *side >= longest {
            continue;
        }
        let pixels = pixels::sized(whole.clone(), *side)?;
        if let Some(fitted) = at_some_quality(&pixels, bytes_max, limits.quality)? {
            return Ok(fitted);
        }
    }
    Err(Refused::TooHeavy { limit: bytes_max })
}

fn at_some_quality(pixels: &Pixels, bytes_max: usize, quality: u8) -> Result<Option<Cleaned>, Refused> {
    let mut quality = quality.max(QUALITY_MIN);
    loop {
        let (bytes, format) = pixels::encoded(pixels, quality)?;
        if bytes.len() <= bytes_max {
            let (width, height) = (pixels.width, pixels.height);
            return Ok(Some(Cleaned { bytes, format, width, height, found: Vec::new() }));
        }
        if pixels.has_alpha || quality == QUALITY_MIN {
            return Ok(None);
        }
        quality = quality.saturating_sub(QUALITY_STEP).max(QUALITY_MIN);
    }
}
