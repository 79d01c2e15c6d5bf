//! From brightness and colour difference to red, green and blue.
//!
//! Source: ITU-T H.273, the equations for `MatrixCoefficients` and `VideoFullRangeFlag`.

use super::pixels::Pixels;

/// Decoded samples: brightness, then, if there is colour, its two differences.
pub(super) struct Planes {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: u32,
    /// By how many halvings the colour is coarser, across and down; none: there is no colour.
    pub(super) coarser: Option<(u32, u32)>,
    pub(super) samples: Vec<u16>,
    /// Where each plane begins.
    pub(super) starts: [usize; 3],
}

impl Planes {
    /// Width and height of a plane.
    pub(super) fn size(&self, number: usize) -> (usize, usize) {
        let (across, down) = if number == 0 { (0, 0) } else { self.coarser.unwrap_or_default() };
        (self.width.div_ceil(1 << across), self.height.div_ceil(1 << down))
    }

    fn row(&self, number: usize, row: usize) -> &[u16] {
        let (wide, _) = self.size(number);
        let start = self.starts[number] + row * wide;
        self.samples.get(start..start + wide).unwrap_or_default()
    }
}

/// Whether the numbers use their whole range, or leave room at both ends as film does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    Full,
    Limited,
}

/// How the three numbers of a pixel make its colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Matrix {
    /// Green, blue and red themselves.
    Plain,
    /// The share of red and of blue in the brightness.
    Shares(f32, f32),
}

impl Matrix {
    /// By its number in H.273; none for those that no camera writes.
    pub(super) fn of(number: u16) -> Option<Matrix> {
        match number {
            0 => Some(Matrix::Plain),
            1 => Some(Matrix::Shares(0.2126, 0.0722)),
            4 => Some(Matrix::Shares(0.30, 0.11)),
            // Where nothing is said, what most writers of pictures mean.
            2 | 5 | 6 => Some(Matrix::Shares(0.299, 0.114)),
            7 => Some(Matrix::Shares(0.212, 0.087)),
            9 => Some(Matrix::Shares(0.2627, 0.0593)),
            _ => None,
        }
    }
}

/// Offset and factor that bring a sample to 0..=255, and those for a difference around nought.
struct Scale {
    dark: f32,
    light: f32,
    middle: f32,
    colour: f32,
}

impl Scale {
    fn of(bits: u32, range: Range) -> Scale {
        let whole = ((1_u32 << bits) - 1) as f32;
        let step = (1_u32 << (bits - 8)) as f32;
        let middle = (1_u32 << (bits - 1)) as f32;
        match range {
            Range::Full => Scale { dark: 0.0, light: 255.0 / whole, middle, colour: 255.0 / whole },
            Range::Limited => {
                Scale { dark: 16.0 * step, light: 255.0 / (219.0 * step), middle, colour: 255.0 / (224.0 * step) }
            }
        }
    }

    fn level(&self, sample: u16) -> f32 {
        (f32::from(sample) - self.dark) * self.light
    }

    fn difference(&self, sample: u16) -> f32 {
        (f32::from(sample) - self.middle) * self.colour
    }
}

fn byte(level: f32) -> u8 {
    // The cast ends at both ends of the range.
    (level + 0.5) as u8
}

/// Red, green and blue, row by row.
pub(super) fn rgb(planes: &Planes, matrix: &Matrix, range: Range) -> Vec<u8> {
    let scale = Scale::of(planes.bits, range);
    let mut data = Vec::with_capacity(planes.width * planes.height * 3);
    for row in 0..planes.height {
        let light = planes.row(0, row);
        let Some((across, down)) = planes.coarser else {
            data.extend(light.iter().flat_map(|sample| [byte(scale.level(*sample)); 3]));
            continue;
        };
        let (blue, red) = (planes.row(1, row >> down), planes.row(2, row >> down));
        for (at, sample) in light.iter().enumerate() {
            let (second, third) = (blue[at >> across], red[at >> across]);
            data.extend(match matrix {
                Matrix::Plain => [third, *sample, second].map(|sample| byte(scale.level(sample))),
                Matrix::Shares(red, blue) => {
                    let (light, b, r) = (scale.level(*sample), scale.difference(second), scale.difference(third));
                    let green = 1.0 - red - blue;
                    let r = 2.0 * (1.0 - red) * r;
                    let b = 2.0 * (1.0 - blue) * b;
                    [light + r, light - (r * red + b * blue) / green, light + b].map(byte)
                }
            });
        }
    }
    data
}

/// The brightness alone.
pub(super) fn levels(planes: &Planes, range: Range) -> Vec<u8> {
    let scale = Scale::of(planes.bits, range);
    (0..planes.height).flat_map(|row| planes.row(0, row).iter().map(|sample| byte(scale.level(*sample)))).collect()
}

/// Makes whole the colours that were multiplied by how dense they are. Where nothing is to be seen they stay as they are.
pub(super) fn divide(pixels: &mut Pixels, levels: &[u8]) {
    for (rgb, level) in pixels.data.chunks_exact_mut(3).zip(levels).filter(|(_, level)| **level > 0) {
        for part in rgb {
            *part = u8::try_from(u32::from(*part) * 255 / u32::from(*level)).unwrap_or(255);
        }
    }
}

/// The picture with its see-through parts; without them where nothing is see-through.
pub(super) fn with_alpha(pixels: Pixels, levels: &[u8]) -> Pixels {
    if levels.iter().all(|level| *level == 255) {
        return pixels;
    }
    let each = pixels.data.chunks_exact(3).zip(levels);
    let data = each.flat_map(|(rgb, level)| [rgb[0], rgb[1], rgb[2], *level]);
    Pixels { data: data.collect(), has_alpha: true, ..pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bits: u32, samples: [u16; 3], matrix: u16, range: Range) -> Vec<u8> {
        let planes =
            Planes { width: 1, height: 1, bits, coarser: Some((0, 0)), samples: samples.to_vec(), starts: [0, 1, 2] };
        rgb(&planes, &Matrix::of(matrix).expect("a known matrix"), range)
    }

    #[test]
    fn black_white_and_the_plain_colours_come_out_as_they_went_in() {
        assert_eq!(one(8, [0, 128, 128], 6, Range::Full), [0, 0, 0]);
        assert_eq!(one(8, [255, 128, 128], 1, Range::Full), [255, 255, 255]);
        assert_eq!(one(8, [16, 128, 128], 1, Range::Limited), [0, 0, 0]);
        assert_eq!(one(10, [940, 512, 512], 9, Range::Limited), [255, 255, 255]);
        assert_eq!(one(10, [1023, 512, 512], 6, Range::Full), [255, 255, 255]);
        // Red by H.273 with the shares of BT.601: 76 of light, 85 and 255 of difference.
        assert_eq!(one(8, [76, 85, 255], 6, Range::Full), [254, 0, 0]);
        assert_eq!(one(8, [20, 30, 10], 0, Range::Full), [10, 20, 30]);
        assert_eq!(Matrix::of(14), None);
    }

    #[test]
    fn coarser_colour_covers_its_neighbours_and_none_is_grey() {
        let samples = vec![100, 100, 100, 128, 128, 128, 255];
        let planes = Planes { width: 3, height: 1, bits: 8, coarser: Some((1, 1)), samples, starts: [0, 3, 5] };
        let made = rgb(&planes, &Matrix::Shares(0.299, 0.114), Range::Full);
        assert_eq!(made[..3], made[3..6]);
        assert!(made[6] > 200, "the third pixel has a colour of its own: {made:?}");
        let grey = Planes { width: 2, height: 1, bits: 8, coarser: None, samples: vec![7, 9], starts: [0; 3] };
        assert_eq!(rgb(&grey, &Matrix::Plain, Range::Full), [7, 7, 7, 9, 9, 9]);
    }

    #[test]
    fn colours_that_were_multiplied_are_made_whole() {
        let pixels = || Pixels { width: 2, height: 1, data: vec![50, 100, 0, 9, 9, 9], has_alpha: false };
        let mut whole = pixels();
        divide(&mut whole, &[128, 255]);
        assert_eq!(with_alpha(whole, &[128, 255]).data, [99, 199, 0, 128, 9, 9, 9, 255]);
        assert_eq!(with_alpha(pixels(), &[128, 255]).data, [50, 100, 0, 128, 9, 9, 9, 255]);
        assert!(!with_alpha(pixels(), &[255, 255]).has_alpha);
        let mut unseen = pixels();
        divide(&mut unseen, &[0, 255]);
        assert_eq!(unseen.data, pixels().data, "where nothing is seen there is nothing to divide by");
    }
}
