//! Pictures of the demo, drawn from rectangles, discs and slopes when the demo is made: nobody real is in them.

use screening::{Cleaned, Limits, drawn};

use crate::error::{Error, Result};

const WIDE: i32 = 960;
const HIGH: i32 = 640;

type Colour = [u8; 3];
/// Across and down: a place, or a size.
type Spot = (i32, i32);

const SKY: Colour = [198, 222, 240];
const GRASS: Colour = [96, 150, 72];
const EARTH: Colour = [112, 78, 52];
const WOOD: Colour = [176, 128, 78];
const PAPER: Colour = [246, 243, 232];
const DARK: Colour = [54, 58, 66];
const SKIN: Colour = [150, 104, 76];
const RED: Colour = [196, 62, 54];
const BLUE: Colour = [58, 92, 168];
const YELLOW: Colour = [230, 190, 70];

struct Canvas(Vec<u8>);

impl Canvas {
    /// Sky above ground; `line` is how far down the ground begins.
    fn outdoors(line: i32) -> Canvas {
        let mut canvas = Canvas(vec![0; (WIDE * HIGH * 3) as usize]);
        canvas.block(SKY, (0, 0), (WIDE, line));
        canvas.block(GRASS, (0, line), (WIDE, HIGH - line));
        canvas
    }

    /// Colours what `is_in` says within a rectangle; nothing outside it is looked at.
    fn fill(&mut self, colour: Colour, (left, top): Spot, (wide, high): Spot, is_in: impl Fn(i32, i32) -> bool) {
        for y in top.max(0)..(top + high).min(HIGH) {
            for x in (left.max(0)..(left + wide).min(WIDE)).filter(|x| is_in(*x, y)) {
                let at = (y * WIDE + x) as usize * 3;
                self.0[at..at + 3].copy_from_slice(&colour);
            }
        }
    }

    fn block(&mut self, colour: Colour, at: Spot, size: Spot) {
        self.fill(colour, at, size, |_, _| true);
    }

    fn disc(&mut self, colour: Colour, (across, down): Spot, radius: i32) {
        let around = ((across - radius, down - radius), (2 * radius + 1, 2 * radius + 1));
        self.fill(colour, around.0, around.1, |x, y| (x - across).pow(2) + (y - down).pow(2) <= radius.pow(2));
    }

    fn ring(&mut self, colour: Colour, (across, down): Spot, radius: i32) {
        let inner = (radius - 7).pow(2);
        let around = ((across - radius, down - radius), (2 * radius + 1, 2 * radius + 1));
        self.fill(colour, around.0, around.1, |x, y| {
            (inner..=radius.pow(2)).contains(&((x - across).pow(2) + (y - down).pow(2)))
        });
    }

    /// A thick line.
    fn bar(&mut self, colour: Colour, (from_x, from_y): Spot, (to_x, to_y): Spot) {
        let steps = (to_x - from_x).abs().max((to_y - from_y).abs()).max(1);
        for step in (0..=steps).step_by(3) {
            let at = (from_x + (to_x - from_x) * step / steps, from_y + (to_y - from_y) * step / steps);
            self.block(colour, (at.0 - 3, at.1 - 3), (6, 6));
        }
    }

    fn finished(self) -> Result<Cleaned> {
        let refused = |refused| Error::fault("drawing a picture of the demo", refused);
        drawn(WIDE as u32, HIGH as u32, self.0, &Limits::default()).map_err(refused)
    }
}

/// A shed with three bicycles in it.
pub(super) fn shed() -> Result<Cleaned> {
    let mut canvas = Canvas::outdoors(420);
    canvas.block(WOOD, (150, 170), (660, 300));
    canvas.fill(DARK, (90, 110), (780, 70), |x, y| y > 180 - (x - 90).min(870 - x) / 3);
    canvas.block([140, 100, 60], (180, 230), (600, 240));
    for (at, colour) in [(270, RED), (480, BLUE), (690, YELLOW)] {
        canvas.ring(DARK, (at - 55, 420), 48);
        canvas.ring(DARK, (at + 55, 420), 48);
        canvas.bar(colour, (at - 55, 420), (at - 15, 350));
        canvas.bar(colour, (at - 15, 350), (at + 45, 350));
        canvas.bar(colour, (at + 45, 350), (at + 55, 420));
        canvas.bar(colour, (at - 15, 350), (at + 5, 420));
        canvas.bar(colour, (at + 5, 420), (at + 45, 350));
    }
    canvas.finished()
}

/// A bridge of folded paper with six books on it.
pub(super) fn bridge() -> Result<Cleaned> {
    let mut canvas = Canvas::outdoors(0);
    canvas.block([226, 214, 196], (0, 0), (WIDE, HIGH));
    canvas.block(WOOD, (0, 500), (WIDE, 140));
    canvas.block(DARK, (120, 380), (120, 120));
    canvas.block(DARK, (720, 380), (120, 120));
    for fold in 0..24 {
        let left = 200 + fold * 24;
        let (from, to) = if fold % 2 == 0 { (380, 350) } else { (350, 380) };
        canvas.bar(PAPER, (left, from), (left + 24, to));
    }
    canvas.block(PAPER, (190, 340), (590, 10));
    for (number, colour) in [(0, RED), (1, BLUE), (2, YELLOW), (3, GRASS), (4, DARK), (5, EARTH)] {
        canvas.block(colour, (350 + number * 6, 310 - number * 30), (240, 28));
    }
    canvas.finished()
}

/// A bed with beans, and somebody who waters it, drawn from behind.
pub(super) fn beans() -> Result<Cleaned> {
    let mut canvas = Canvas::outdoors(300);
    canvas.block(EARTH, (80, 430), (800, 130));
    for plant in 0..7 {
        let at = 150 + plant * 110;
        canvas.bar(WOOD, (at, 450), (at, 240));
        for (leaf, side) in [(420, -1), (380, 1), (340, -1), (300, 1), (265, -1)] {
            canvas.disc([70, 130, 60], (at + side * 20, leaf), 18);
        }
        canvas.bar([120, 170, 70], (at + 10, 330), (at + 24, 390));
    }
    canvas.disc(DARK, (700, 190), 46);
    canvas.disc(SKIN, (700, 214), 24);
    canvas.block(RED, (650, 240), (100, 150));
    canvas.block(BLUE, (656, 390), (40, 120));
    canvas.block(BLUE, (704, 390), (40, 120));
    canvas.block(YELLOW, (570, 330), (70, 54));
    canvas.bar(RED, (655, 262), (630, 340));
    canvas.finished()
}
