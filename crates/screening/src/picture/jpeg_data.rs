//! Whether the compressed data of a JPEG is all there and in order, told by walking its codes without making pixels.
//!
//! Decoders paint grey where data is missing and say nothing, so that half a picture would be published as a whole one.
//! Source: ITU-T T.81, sections F.2 and G.2. What this walk does not know (arithmetic coding, lossless) is left to the
//! decoder, which refuses it.

use super::Refused;
use super::containers::be16;
use super::jpeg::{after_scan, marker};

/// Codes up to this length are looked up at once.
const QUICK_BITS: u32 = 9;
/// Bytes that some writers leave between the last code and the next mark.
const SLACK_BYTES: usize = 16;

/// # Errors
/// `CutOff` where data ends too early, `Damaged` where it is none that a picture has.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refused> {
    let mut walk = Walk::default();
    let mut at = 2;
    loop {
        let marker = marker(bytes, &mut at)?;
        match marker {
            0xd9 => break,
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let size = be16(bytes, at).filter(|size| *size >= 2).ok_or(Refused::CutOff)?;
        let segment = bytes.get(at + 2..at + size).ok_or(Refused::CutOff)?;
        at += size;
        match marker {
            0xc4 => walk.tables(segment)?,
            0xc0..=0xc2 => walk.frame(segment, marker == 0xc2)?,
            // Ways of coding that no camera uses: the decoder answers for them.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Ok(()),
            0xdd => walk.interval = be16(segment, 0).unwrap_or(0),
            0xda => {
                let end = after_scan(bytes, at)?;
                walk.scan(segment, &bytes[at..end])?;
                at = end;
            }
            _ => {}
        }
    }
    if walk.parts.iter().all(|part| part.is_seen) { Ok(()) } else { Err(wrong()) }
}

fn wrong() -> Refused {
    Refused::Damaged("a part of it is missing or changed".into())
}

/// One of the brightness and the two colours.
#[derive(Default)]
struct Part {
    name: u8,
    across: usize,
    down: usize,
    /// Blocks in a row and in a column, without what only fills up.
    blocks: (usize, usize),
    is_seen: bool,
    /// Which numbers of each block are not nought so far: refinements of a progressive picture depend on it.
    known: Vec<u64>,
}

#[derive(Default)]
struct Walk {
    tables: [[Option<Table>; 4]; 2],
    parts: Vec<Part>,
    is_progressive: bool,
    /// Groups of blocks across and down.
    groups: (usize, usize),
    /// Groups between two restarts; 0: there are none.
    interval: usize,
}

/// Which numbers of a block a scan brings, and how.
#[derive(Clone, Copy)]
struct Band {
    first: u32,
    last: u32,
    is_refining: bool,
}

impl Walk {
    fn tables(&mut self, mut segment: &[u8]) -> Result<(), Refused> {
        while let Some((head, rest)) = segment.split_first() {
            let counts = rest.get(..16).ok_or_else(wrong)?;
            let total = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let values = rest.get(16..16 + total).ok_or_else(wrong)?;
            let place =
                self.tables.get_mut(usize::from(head >> 4)).and_then(|class| class.get_mut(usize::from(head & 15)));
            *place.ok_or_else(wrong)? = Some(Table::of(counts, values)?);
            segment = &rest[16 + total..];
        }
        Ok(())
    }

    fn frame(&mut self, segment: &[u8], is_progressive: bool) -> Result<(), Refused> {
        let (height, width) = be16(segment, 1).zip(be16(segment, 3)).ok_or_else(wrong)?;
        self.is_progressive = is_progressive;
        let listed = segment.get(6..).unwrap_or_default().chunks_exact(3);
        self.parts = listed
            .map(|part| Part {
                name: part[0],
                across: usize::from(part[1] >> 4),
                down: usize::from(part[1] & 15),
                ..Part::default()
            })
            .collect();
        let most = |side: fn(&Part) -> usize| self.parts.iter().map(side).max().filter(|most| *most > 0);
        let (across, down) = most(|part| part.across).zip(most(|part| part.down)).ok_or_else(wrong)?;
        self.groups = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        for part in &mut self.parts {
            let blocks = |side: usize, own: usize, most: usize| (side * own).div_ceil(most).div_ceil(8);
            part.blocks = (blocks(width, part.across, across), blocks(height, part.down, down));
            if is_progressive {
                part.known = vec![0; part.blocks.0 * part.blocks.1];
            }
        }
        Ok(())
    }

    /// One scan: what its header says, then code after code.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Result<(), Refused> {
        let count = usize::from(*header.first().ok_or_else(wrong)?);
        let tail = header.get(1 + 2 * count..4 + 2 * count).ok_or_else(wrong)?;
        let band = match self.is_progressive {
            true => Band { first: tail[0].into(), last: tail[1].into(), is_refining: tail[2] >> 4 > 0 },
            false => Band { first: 0, last: 63, is_refining: false },
        };
        if band.last > 63 || band.first > band.last || (self.is_progressive && band.first > 0 && count != 1) {
            return Err(wrong());
        }
        let mut chosen = Vec::new();
        for named in header[1..=2 * count].chunks_exact(2) {
            let number = self.parts.iter().position(|part| part.name == named[0]).ok_or_else(wrong)?;
            self.parts[number].is_seen |= band.first == 0;
            chosen.push((number, usize::from(named[1] >> 4), usize::from(named[1] & 15)));
        }
        let groups = match chosen[..] {
            [] => return Err(wrong()),
            [(only, ..)] => self.parts[only].blocks.0 * self.parts[only].blocks.1,
            _ => self.groups.0 * self.groups.1,
        };
        let each = if self.interval == 0 { groups } else { self.interval };
        let mut done = 0;
        for run in runs(data) {
            let until = (done + each).min(groups);
            match (done == until, run.is_empty()) {
                // A restart behind the last group.
                (true, true) => continue,
                (true, false) => return Err(wrong()),
                (false, _) => {}
            }
            self.run(run, (done, until), &chosen, band)?;
            done = until;
        }
        if done == groups { Ok(()) } else { Err(Refused::CutOff) }
    }

    /// The groups of blocks between two restarts.
    fn run(
        &mut self,
        data: &[u8],
        (from, until): (usize, usize),
        chosen: &[(usize, usize, usize)],
        band: Band,
    ) -> Result<(), Refused> {
        let mut bits = Bits { data, ..Bits::default() };
        let mut empty = 0;
        for group in from..until {
            for (number, dc, ac) in chosen {
                let part = &mut self.parts[*number];
                let blocks = if chosen.len() == 1 { 1 } else { part.across * part.down };
                let [dc, ac] =
                    [(0, *dc), (1, *ac)].map(|(class, at)| self.tables[class].get(at).and_then(Option::as_ref));
                for _ in 0..blocks {
                    if !self.is_progressive {
                        whole_block(&mut bits, dc.ok_or_else(wrong)?, ac.ok_or_else(wrong)?)?;
                    } else if band.first == 0 {
                        first_number(&mut bits, dc, band)?;
                    } else if let Some(known) = part.known.get_mut(group) {
                        later_numbers(&mut bits, ac.ok_or_else(wrong)?, band, (known, &mut empty))?;
                    }
                }
            }
            if bits.is_short() {
                return Err(Refused::CutOff);
            }
        }
        bits.ended()
    }
}

/// The data between restarts.
fn runs(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let data = rest?;
        let is_restart = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xd0..=0xd7);
        match data.windows(2).position(is_restart) {
            Some(end) => {
                rest = Some(&data[end + 2..]);
                Some(&data[..end])
            }
            None => rest.take(),
        }
    })
}

/// All 64 numbers of a block.
fn whole_block(bits: &mut Bits<'_>, dc: &Table, ac: &Table) -> Result<(), Refused> {
    let size = u32::from(bits.code(dc)?);
    bits.skip(size)?;
    let mut at = 1;
    while at < 64 {
        let code = bits.code(ac)?;
        let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
        match (size, zeros) {
            (0, 15) => at += 16,
            (0, _) => return Ok(()),
            _ => {
                at += zeros + 1;
                bits.skip(size)?;
            }
        }
    }
    if at <= 64 { Ok(()) } else { Err(wrong()) }
}

/// The first number of a block of a progressive picture, or one more bit of it.
fn first_number(bits: &mut Bits<'_>, dc: Option<&Table>, band: Band) -> Result<(), Refused> {
    let size = if band.is_refining { 1 } else { u32::from(bits.code(dc.ok_or_else(wrong)?)?) };
    bits.skip(size)
}

/// A band of the other numbers. `empty` counts the blocks to come in which nothing more stands.
fn later_numbers(
    bits: &mut Bits<'_>,
    ac: &Table,
    band: Band,
    (known, empty): (&mut u64, &mut u32),
) -> Result<(), Refused> {
    let mut at = band.first;
    while *empty == 0 && at <= band.last {
        let code = bits.code(ac)?;
        let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
        if size == 0 && zeros < 15 {
            *empty = (1 << zeros) + bits.take(zeros)?;
            break;
        }
        bits.skip(size)?;
        at = after_zeros(bits, at, zeros, (band, *known))?;
        if size > 0 {
            if at > band.last {
                return Err(wrong());
            }
            *known |= 1 << at;
        }
        at += 1;
    }
    if *empty > 0 {
        if band.is_refining {
            bits.skip(remaining(*known, at, band.last))?;
        }
        *empty -= 1;
    }
    Ok(())
}

/// Where the next new number stands, behind so many that are nought. A number that is known already has one bit more here.
fn after_zeros(bits: &mut Bits<'_>, from: u32, zeros: u32, (band, known): (Band, u64)) -> Result<u32, Refused> {
    if !band.is_refining {
        return Ok(from + zeros);
    }
    let (mut at, mut left) = (from, zeros);
    while at <= band.last {
        if known >> at & 1 == 1 {
            bits.skip(1)?;
        } else if left == 0 {
            break;
        } else {
            left -= 1;
        }
        at += 1;
    }
    Ok(at)
}

/// How many numbers from `at` to `last` are known.
fn remaining(known: u64, at: u32, last: u32) -> u32 {
    if at > last { 0 } else { (known >> at & (u64::MAX >> (63 - (last - at)))).count_ones() }
}

/// A code of a canonical kind: by length, then by value.
struct Table {
    /// Length and value of the code that these bits begin with; length 0: a longer one.
    quick: Vec<(u8, u8)>,
    /// For each length the first code beyond it, and what to add to a code to find its value.
    beyond: [(u32, i64); 17],
    values: Vec<u8>,
}

impl Table {
    fn of(counts: &[u8], values: &[u8]) -> Result<Table, Refused> {
        let mut table = Table { quick: vec![(0, 0); 1 << QUICK_BITS], beyond: [(0, 0); 17], values: values.to_vec() };
        let (mut code, mut listed) = (0_u32, 0);
        for length in 1..=16_u32 {
            let count = u32::from(counts[length as usize - 1]);
            table.beyond[length as usize] = (code + count, i64::from(listed) - i64::from(code));
            if code + count > 1 << length {
                return Err(wrong());
            }
            for value in values.iter().skip(listed as usize).take(count as usize) {
                if let Some(free) = QUICK_BITS.checked_sub(length) {
                    let start = (code << free) as usize;
                    table.quick[start..start + (1 << free)].fill((length as u8, *value));
                }
                code += 1;
            }
            listed += count;
            code <<= 1;
        }
        Ok(table)
    }
}

/// Bits of compressed data, the highest first, without the bytes that only mark an `ff` as data.
#[derive(Default)]
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    /// Bits that were made up beyond the end.
    missing: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.data.get(self.at) {
                Some(byte) => {
                    self.at += if *byte == 0xff { 2 } else { 1 };
                    *byte
                }
                None => {
                    self.missing += 8;
                    0
                }
            };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    /// Whether more was read than is there.
    fn is_short(&self) -> bool {
        self.missing > self.count
    }

    fn peek(&self, bits: u32) -> u32 {
        (self.held >> (self.count - bits)) as u32 & ((1 << bits) - 1)
    }

    fn code(&mut self, table: &Table) -> Result<u8, Refused> {
        if self.count < 16 {
            self.fill();
        }
        let (length, value) = table.quick[self.peek(QUICK_BITS) as usize];
        if length > 0 {
            self.count -= u32::from(length);
            return Ok(value);
        }
        for length in QUICK_BITS + 1..=16 {
            let code = self.peek(length);
            let (beyond, shift) = table.beyond[length as usize];
            if code < beyond {
                self.count -= length;
                let value = usize::try_from(i64::from(code) + shift).ok().and_then(|at| table.values.get(at));
                return value.copied().ok_or_else(wrong);
            }
        }
        Err(if self.is_short() { Refused::CutOff } else { wrong() })
    }

    fn skip(&mut self, bits: u32) -> Result<(), Refused> {
        self.take(bits).map(|_| ())
    }

    fn take(&mut self, bits: u32) -> Result<u32, Refused> {
        if bits > 16 && self.count < bits {
            // More than a picture's number has; a band of known numbers takes up to 63.
            self.take(16)?;
            return self.take(bits - 16);
        }
        if self.count < bits {
            self.fill();
        }
        let taken =
            if bits == 0 { 0 } else { (self.held >> (self.count - bits)) as u32 & (u32::MAX >> (32 - bits.min(32))) };
        self.count -= bits;
        Ok(taken)
    }

    /// What is left is only what fills the last byte, or a few bytes of padding.
    fn ended(&self) -> Result<(), Refused> {
        if self.is_short() {
            return Err(Refused::CutOff);
        }
        let left = self.data.len().saturating_sub(self.at) + (self.count - self.missing.min(self.count)) as usize / 8;
        let tail = &self.data[self.data.len() - left.min(self.data.len())..];
        let is_padding = left <= SLACK_BYTES || tail.iter().all(|byte| matches!(byte, 0 | 0xff));
        if is_padding { Ok(()) } else { Err(wrong()) }
    }
}
