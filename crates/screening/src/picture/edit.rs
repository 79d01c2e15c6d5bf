//! Covering, blurring and cutting regions of a cleaned picture.
//!
//! What is covered or blurred cannot be brought back: the pixels are replaced, and a blur keeps a handful of averages.

use super::pixels::{self, Pixels};
use super::{Cleaned, Limits, Refused};

/// A blurred region is reduced to this many squares along its longer side: no face and no badge survives.
const BLUR_SQUARES: u32 = 6;
/// Mid grey, so that a covered region looks deliberate.
const COVER: [u8; 4] = [96, 96, 96, 255];

/// Pixels counted from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    Cover(Region),
    Blur(Region),
    /// Keeps only the region; later edits count from its corner.
    Crop(Region),
}

/// The picture with the edits made one after another.
///
/// # Errors
/// [`Refused::OutsidePicture`] for a region that is empty or not wholly inside; nothing is changed then.
pub fn edited(cleaned: &Cleaned, edits: &[Edit], limits: &Limits) -> Result<Cleaned, Refused> {
    let mut pixels = pixels::of_copy(&cleaned.bytes, cleaned.format, limits)?;
    for edit in edits {
        let (Edit::Cover(region) | Edit::Blur(region) | Edit::Crop(region)) = *edit;
        check(&pixels, region)?;
        match edit {
            Edit::Cover(_) => cover(&mut pixels, region),
            Edit::Blur(_) => blur(&mut pixels, region)?,
            Edit::Crop(_) => pixels = cut(&pixels, region),
        }
    }
    let (bytes, format) = pixels::encoded(&pixels, limits.quality)?;
    Ok(Cleaned { bytes, format, width: pixels.width, height: pixels.height, found: Vec::new() })
}

fn check(pixels: &Pixels, region: Region) -> Result<(), Refused> {
    let inside = |from: u32, size: u32, whole: u32| size > 0 && from.checked_add(size).is_some_and(|end| end <= whole);
    if inside(region.left, region.width, pixels.width) && inside(region.top, region.height, pixels.height) {
        return Ok(());
    }
    Err(Refused::OutsidePicture { width: pixels.width, height: pixels.height })
}

/// The byte ranges of the region's rows.
fn rows(pixels: &Pixels, region: Region) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
    let channels = channels(pixels);
    let stride = pixels.width as usize * channels;
    let (left, width) = (region.left as usize * channels, region.width as usize * channels);
    (region.top as usize..(region.top + region.height) as usize).map(move |row| {
        let start = row * stride + left;
        start..start + width
    })
}

fn channels(pixels: &Pixels) -> usize {
    if pixels.has_alpha { 4 } else { 3 }
}

fn cover(pixels: &mut Pixels, region: Region) {
    let channels = channels(pixels);
    for row in rows(pixels, region) {
        for pixel in pixels.data[row].chunks_exact_mut(channels) {
            pixel.copy_from_slice(&COVER[..channels]);
        }
    }
}

pub(super) fn cut(pixels: &Pixels, region: Region) -> Pixels {
    let data = rows(pixels, region).flat_map(|row| pixels.data[row].iter().copied()).collect();
    Pixels { width: region.width, height: region.height, data, has_alpha: pixels.has_alpha }
}

fn blur(pixels: &mut Pixels, region: Region) -> Result<(), Refused> {
    let longer = region.width.max(region.height);
    let squares = |side: u32| (side * BLUR_SQUARES).div_ceil(longer).clamp(1, BLUR_SQUARES).min(side);
    let small = pixels::resized(&cut(pixels, region), squares(region.width), squares(region.height))?;
    let soft = pixels::resized(&small, region.width, region.height)?;
    let width = region.width as usize * channels(pixels);
    for (row, soft) in rows(pixels, region).zip(soft.data.chunks_exact(width)) {
        pixels.data[row].copy_from_slice(soft);
    }
    Ok(())
}
