//! The bits of a scan to coefficients.

use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::codes::Class;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::general::blocks;
use crate::codecs::jpeg::general::blocks::Invalid;
use crate::codecs::jpeg::general::plane::Plane;
use crate::codecs::jpeg::general::selection::Coding;
use crate::codecs::jpeg::general::selection::Selection;
use crate::codecs::jpeg::inverse::Block;
use crate::codecs::jpeg::tables::Tables;

/// Reason for which a scan was not read.
pub(super) enum Unread {
    /// There are fewer bits than it needs.
    CutShort,
    /// They make no picture.
    Damaged,
}

/// Bytes and bits behind the last block of a scan.
pub(super) struct Ending {
    /// Tells whether there is more.
    pub(super) has_more: bool,
    /// Tells whether the last byte is well filled.
    pub(super) is_filled: bool,
}

/// A scan while it is read.
pub(super) struct Entropy<'a> {
    scan: &'a Scan,
    bits: Bits<'a>,
    /// The number of the restart interval.
    interval: usize,
    /// Units of it that are left.
    left: usize,
    /// Units of the next one.
    restart: usize,
    coding: Coding,
    parts: Vec<Part>,
    /// Blocks that the last end of a block stood for and that are still to come.
    ended: u32,
}

/// A component of the scan.
struct Part {
    /// Its number in the frame.
    number: usize,
    dc: Option<Codes>,
    ac: Option<Codes>,
    /// Of the block before.
    mean: i32,
}

impl<'a> Entropy<'a> {
    /// Begins with the first unit; nothing if a table is missing or damaged.
    pub(super) fn new(scan: &'a Scan, selection: &Selection, tables: &Tables, restart: usize) -> Option<Self> {
        let (dc, ac) = match selection.coding {
            Coding::Sequential => (true, Some(Class::Ac)),
            Coding::Means { .. } => (true, None),
            Coding::MoreMeans { .. } => (false, None),
            Coding::Others { .. } | Coding::MoreOthers { .. } => (false, Some(Class::Progressive)),
        };
        let mut parts = Vec::new();
        for selected in &selection.components {
            let dc = if dc { Some(tables.codes(Class::Dc, selected.dc)?) } else { None };
            let ac = ac.map(|class| tables.codes(class, selected.ac).ok_or(())).transpose().ok()?;
            parts.push(Part { number: selected.number, dc, ac, mean: 0 });
        }
        // Without restarts an interval has no end; no picture has as many units.
        let restart = if restart == 0 { usize::MAX } else { restart };
        let bits = scan.interval(0);
        Some(Entropy { scan, bits, interval: 0, left: restart, restart, coding: selection.coding, parts, ended: 0 })
    }

    /// Reads a row of units.
    pub(super) fn read_row(&mut self, planes: &mut [Plane], row: usize) -> Result<(), Unread> {
        // A component alone in its scan has units of one block, and no blocks beyond the edge (T.81, A.2.2).
        if let [Part { number, .. }] = self.parts[..] {
            let across = planes[number].blocks.0;
            for block in &mut planes[number].row_mut(row)[..across] {
                self.begin_unit()?;
                self.read_block(0, block)?;
            }
        } else {
            for unit in 0..planes[0].units() {
                self.begin_unit()?;
                for part in 0..self.parts.len() {
                    let plane = &mut planes[self.parts[part].number];
                    let (across, down) = plane.factors;
                    for y in row * down..(row + 1) * down {
                        for block in &mut plane.row_mut(y)[unit * across..][..across] {
                            self.read_block(part, block)?;
                        }
                    }
                }
            }
        }
        if self.bits.is_past_end() { Err(Unread::CutShort) } else { Ok(()) }
    }

    /// Ends the scan.
    pub(super) fn finish(self) -> Result<Ending, Unread> {
        self.end_interval()?;
        let has_more = !self.bits.rest().is_empty() || self.interval + 1 < self.scan.intervals();
        Ok(Ending { has_more, is_filled: self.bits.is_filled() })
    }

    /// Ends an interval. Some cameras write more than its blocks: it is not where damage has led
    /// if it begins behind a well filled byte, is nothing but zeros, or a single byte.
    fn end_interval(&self) -> Result<(), Unread> {
        let bits = &self.bits;
        if bits.is_past_end() {
            Err(Unread::CutShort)
        } else if bits.rest().len() <= 1 || bits.is_filled() || bits.rest().iter().all(|&byte| byte == 0) {
            Ok(())
        } else {
            Err(Unread::Damaged)
        }
    }

    #[inline(always)]
    fn begin_unit(&mut self) -> Result<(), Unread> {
        if self.left == 0 {
            self.begin_interval()?;
        }
        self.left -= 1;
        Ok(())
    }

    /// Goes on to the next interval.
    #[cold]
    fn begin_interval(&mut self) -> Result<(), Unread> {
        self.end_interval()?;
        self.interval += 1;
        if self.interval == self.scan.intervals() {
            return Err(Unread::CutShort);
        }
        self.bits = self.scan.interval(self.interval);
        self.left = self.restart;
        // Neither runs of ended bands nor means go on over a restart (T.81, E.2.4).
        self.ended = 0;
        self.parts.iter_mut().for_each(|part| part.mean = 0);
        Ok(())
    }

    #[inline(always)]
    fn read_block(&mut self, part: usize, block: &mut Block) -> Result<(), Unread> {
        let Part { dc, ac, mean, .. } = &mut self.parts[part];
        let read = match (self.coding, dc, ac) {
            (Coding::Sequential, Some(dc), Some(ac)) => blocks::sequential(&mut self.bits, dc, ac, mean, block),
            (Coding::Means { low }, Some(dc), _) => blocks::mean(&mut self.bits, dc, mean, low, block),
            (Coding::MoreMeans { low }, ..) => {
                blocks::more_mean(&mut self.bits, low, block);
                Ok(())
            }
            (Coding::Others { first, last, low }, _, Some(ac)) => {
                blocks::others(&mut self.bits, ac, &mut self.ended, (first, last, low), block)
            }
            (Coding::MoreOthers { first, last, low }, _, Some(ac)) => {
                blocks::more_others(&mut self.bits, ac, &mut self.ended, (first, last, low), block)
            }
            _ => Err(Invalid),
        };
        read.map_err(|Invalid| if self.bits.is_past_end() { Unread::CutShort } else { Unread::Damaged })
    }
}
