//! A clean copy of a picture: upright, of modest size, in plain colours, with nothing in it but pixels.
//!
//! Promises that the format is told by content, that size and frames are checked in the header before memory is spent,
//! that a cut-off file or a file that is two things at once is refused with a sentence, and that what the original
//! carried (place, time, people, device) is listed once. It does not look at what the pixels show, and the name of the
//! new file is the caller's affair.

mod avif;
mod colours;
mod containers;
mod edit;
mod exif;
mod fitted;
mod heif;
mod jpeg;
mod jpeg_data;
mod pixels;
mod png;
mod riff;
mod texts;

pub use avif::{Avif, TOO_BRIGHT};
pub use edit::{Edit, Region, edited};
pub use fitted::{FITTED_BYTES, fitted};

use containers::{Source, Survey};
use serde::Serialize;

/// What is accepted and what comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file.
    pub bytes_max: usize,
    /// Width times height: what a decoder needs memory for.
    pub pixels_max: u64,
    /// Longest side.
    pub side_max: u32,
    /// Frames of an animation; only the first is kept.
    pub frames_max: u32,
    /// Longest side of the copy.
    pub side_out_max: u32,
    /// JPEG quality of the copy, 1 to 100.
    pub quality: u8,
}

impl Default for Limits {
    /// A telephone's picture fits with room; the copy is as large as the networks show it.
    fn default() -> Limits {
        Limits {
            bytes_max: 25 << 20,
            pixels_max: 50_000_000,
            side_max: 16_384,
            frames_max: 300,
            side_out_max: 1600,
            quality: 84,
        }
    }
}

/// The format of a clean copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Jpeg,
    /// Where the original has see-through parts.
    Png,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
        }
    }
}

/// A picture without anything but pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub width: u32,
    pub height: u32,
    /// What the original carried and this copy does not.
    pub found: Vec<FoundMetadata>,
}

/// Something the original carried. The values are to be shown once and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundMetadata {
    pub what: Carried,
    /// What it is, for the person who chose the picture.
    pub say: &'static str,
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    Place,
    Time,
    People,
    Text,
    Device,
    Software,
    Thumbnail,
    Comment,
    Profile,
    Animation,
    Trailing,
    Other,
}

impl Carried {
    fn say(self) -> &'static str {
        match self {
            Carried::Place => "where the picture was taken",
            Carried::Time => "when the picture was taken or changed",
            Carried::People => "names of people: in the picture, behind the camera, or owning it",
            Carried::Text => "titles, captions and keywords",
            Carried::Device => "the camera or telephone",
            Carried::Software => "the programs that changed it",
            Carried::Thumbnail => "a small copy, which may show what was cut away",
            Carried::Comment => "a comment",
            Carried::Profile => "a colour profile; the colours are kept",
            Carried::Animation => "further frames; only the first is kept",
            Carried::Trailing => "data after the picture",
            Carried::Other => "further data",
        }
    }
}

/// Why a picture is not taken. Each is a sentence for the person who chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {} MB, more than the {} MB allowed: save it smaller", bytes >> 20, limit >> 20)]
    TooManyBytes { bytes: usize, limit: usize },
    #[error("the picture is {width} by {height} pixels, more than allowed: save it smaller")]
    TooLarge { width: u32, height: u32 },
    #[error("the picture has {frames} frames, more than the {limit} allowed: send a still picture")]
    TooManyFrames { frames: u32, limit: u32 },
    #[error("{0}")]
    NotAPicture(&'static str),
    #[error("the picture is cut off: send it again from the camera or telephone")]
    CutOff,
    #[error("the file is a picture and also {0}: save it anew from a picture program")]
    TwoThings(&'static str),
    #[error("the picture is damaged ({0}): send it again or save it anew from a picture program")]
    Damaged(String),
    #[error("the picture cannot be made small enough: {} kB fit", limit / 1000)]
    TooHeavy { limit: usize },
    /// Nothing is wrong with the picture: what reads its kind could not be started.
    #[error("pictures of this kind cannot be read here at the moment: save it as JPEG and send that")]
    NoDecoder,
    #[error("the marked region lies outside the picture, which is {width} by {height} pixels")]
    OutsidePicture { width: u32, height: u32 },
}

/// The pixels of a file as they lie in it: not turned, not made smaller, in the colours of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub width: u32,
    pub height: u32,
    pub has_alpha: bool,
    /// Eight bits a channel, row by row: red, green, blue, and how dense it is where parts are see-through.
    pub data: Vec<u8>,
    /// The ICC profile that the colours are of; absent: those that every screen takes for granted.
    pub profile: Option<Vec<u8>>,
}

/// Makes a clean copy of a picture, and decodes all of it here. A fault in the decoder of AVIF can end the whole program:
/// whoever serves others uses [`picture_by`].
///
/// # Errors
/// Everything in [`Refused`] but [`Refused::OutsidePicture`], [`Refused::TooHeavy`] and [`Refused::NoDecoder`].
pub fn picture(bytes: &[u8], limits: &Limits) -> Result<Cleaned, Refused> {
    picture_by(bytes, limits, &|avif| avif.decoded())
}

/// Makes a clean copy of a picture; `decode` gives the pixels of an AVIF, perhaps from elsewhere. What it gives is not trusted.
///
/// # Errors
/// As [`picture`], and what `decode` refuses.
pub fn picture_by(
    bytes: &[u8],
    limits: &Limits,
    decode: &dyn Fn(&Avif<'_>) -> Result<Decoded, Refused>,
) -> Result<Cleaned, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > limits.bytes_max {
        return Err(Refused::TooManyBytes { bytes: bytes.len(), limit: limits.bytes_max });
    }
    let source = containers::source(bytes)?;
    let survey = match source {
        Source::Jpeg => jpeg::survey(bytes)?,
        Source::Png => png::survey(bytes)?,
        Source::WebP => riff::survey_webp(bytes)?,
        Source::Gif => riff::survey_gif(bytes)?,
        Source::Heic => heif::survey(bytes)?,
        Source::Avif => avif::survey(bytes)?,
    };
    within(&survey, limits)?;
    containers::refuse_two_things(bytes, &survey)?;
    if source == Source::Jpeg {
        jpeg_data::check(bytes)?;
    }
    let found = found(bytes, &survey);
    let decoded = pixels::decoded(bytes, (source, &survey), limits, decode)?;
    let upright = pixels::upright_in_srgb(decoded, &survey, limits)?;
    let (bytes, format) = pixels::encoded(&upright, limits.quality)?;
    Ok(Cleaned { bytes, format, width: upright.width, height: upright.height, found })
}

/// A clean copy of pixels that a program of ours has drawn: red, green and blue, row by row.
///
/// # Errors
/// Fewer or more pixels than the size says, or none.
pub fn drawn(width: u32, height: u32, data: Vec<u8>, limits: &Limits) -> Result<Cleaned, Refused> {
    let wanted = u64::from(width) * u64::from(height);
    let is_whole = data.len().is_multiple_of(3) && u64::try_from(data.len() / 3) == Ok(wanted);
    if wanted == 0 || !is_whole {
        return Err(Refused::Damaged("it has no size, or another one".into()));
    }
    let pixels = pixels::Pixels { width, height, data, has_alpha: false };
    let (bytes, format) = pixels::encoded(&pixels, limits.quality)?;
    Ok(Cleaned { bytes, format, width, height, found: Vec::new() })
}

fn within(survey: &Survey, limits: &Limits) -> Result<(), Refused> {
    let (width, height) = (survey.width, survey.height);
    if width == 0 || height == 0 {
        return Err(Refused::Damaged("it has no size".into()));
    }
    if width.max(height) > limits.side_max || u64::from(width) * u64::from(height) > limits.pixels_max {
        return Err(Refused::TooLarge { width, height });
    }
    if survey.frames > limits.frames_max {
        return Err(Refused::TooManyFrames { frames: survey.frames, limit: limits.frames_max });
    }
    Ok(())
}

/// Everything the original carried, gathered by what it tells, in the order of `Carried`.
fn found(bytes: &[u8], survey: &Survey) -> Vec<FoundMetadata> {
    let mut notes: Vec<(Carried, String)> = survey.notes.clone();
    if let Some(exif) = &survey.exif {
        exif::read(exif, &mut notes);
    }
    for xmp in &survey.xmp {
        texts::read_xmp(xmp, &mut notes);
    }
    if let Some(iptc) = &survey.iptc {
        texts::read_iptc(iptc, &mut notes);
    }
    if let Some(icc) = &survey.icc {
        notes.push((Carried::Profile, format!("{} bytes", icc.len())));
    }
    if survey.frames > 1 {
        notes.push((Carried::Animation, format!("{} frames", survey.frames)));
    }
    if survey.end < bytes.len() {
        notes.push((Carried::Trailing, containers::trailing(&bytes[survey.end..])));
    }
    let mut found: Vec<FoundMetadata> = Vec::new();
    notes.sort_by_key(|(what, _)| *what);
    for (what, value) in notes {
        let value = texts::tidy(&value);
        match found.last_mut().filter(|last| last.what == what) {
            Some(last) if last.values.contains(&value) => {}
            Some(last) => last.values.push(value),
            None => found.push(FoundMetadata { what, say: what.say(), values: vec![value] }),
        }
    }
    found
}
