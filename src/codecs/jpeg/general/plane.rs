//! The coefficients of one component.

use std::ops::RangeInclusive;

use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::inverse::Block;
use crate::codecs::jpeg::tables::Steps;
use crate::codecs::read;
use crate::error::Failure;

/// Bits of a coefficient of which no scan has told anything.
const UNTOLD: u8 = u8::MAX;

/// One component of a picture while it is read.
pub(super) struct Plane {
    /// Blocks per unit, across and down.
    pub(super) factors: (usize, usize),
    /// Blocks with a part of the picture, across and down.
    pub(super) blocks: (usize, usize),
    /// The steps of its coefficients in the order of the file, as they were at its first scan.
    pub(super) steps: Option<Steps>,
    /// Bits that scans have not told yet, by the coefficient's place in the file.
    missing: [u8; 64],
    /// Whole units across.
    stride: usize,
    /// Rows of blocks that are kept: all, or those of one row of units.
    rows: usize,
    coefficients: Vec<i16>,
}

/// The planes of a picture; of all of it or of a row of units at a time.
///
/// # Errors
/// [`Class::Limit`](crate::error::Class::Limit) if there is not enough memory.
pub(super) fn planes(frame: &Frame, by_row: bool) -> Result<Vec<Plane>, Failure> {
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    let (most, (across, down)) = (frame.most(), frame.units());
    let kept = if by_row { 1 } else { down };
    read::check_allocation((across * kept) as u64 * frame.unit_bytes())?;
    let plane = |factors: (usize, usize)| Plane {
        factors,
        blocks: ((width * factors.0).div_ceil(most.0).div_ceil(8), (height * factors.1).div_ceil(most.1).div_ceil(8)),
        steps: None,
        missing: [UNTOLD; 64],
        stride: across * factors.0,
        rows: kept * factors.1,
        coefficients: vec![0; across * factors.0 * kept * factors.1 * 64],
    };
    Ok(frame.components.iter().map(|component| plane(component.factors)).collect())
}

impl Plane {
    /// Units across.
    pub(super) fn units(&self) -> usize {
        self.stride / self.factors.0
    }

    /// The blocks of a row.
    pub(super) fn row(&self, row: usize) -> &[Block] {
        let (blocks, _) = self.coefficients.as_chunks();
        &blocks[row % self.rows * self.stride..][..self.stride]
    }

    /// The blocks of a row, to be written.
    #[inline(always)]
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [Block] {
        let (blocks, _) = self.coefficients.as_chunks_mut();
        &mut blocks[row % self.rows * self.stride..][..self.stride]
    }

    /// Makes the kept blocks ready for the next row of units.
    pub(super) fn clear(&mut self) {
        self.coefficients.fill(0);
    }

    /// Notes that a scan tells all bits of these coefficients but the lowest `low`. A progressive
    /// file may tell them again.
    pub(super) fn tell(&mut self, places: RangeInclusive<usize>, low: u8) {
        self.missing[places].fill(low);
    }

    /// Notes that a scan tells the bit `low` of these coefficients. Returns whether it is the next.
    pub(super) fn tell_more(&mut self, places: RangeInclusive<usize>, low: u8) -> bool {
        let missing = &mut self.missing[places];
        // Each refinement must follow the bit before it in all coefficients of its band (T.81, G.1.1.1.2).
        let is_next = missing.iter().all(|&missing| missing == low + 1);
        missing.fill(low);
        is_next
    }

    /// Tells whether scans have told nothing yet.
    pub(super) fn is_untold(&self) -> bool {
        self.missing == [UNTOLD; 64]
    }

    /// Tells whether scans have told everything.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == [0; 64]
    }
}
