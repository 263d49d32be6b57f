//! One component of a picture, a row of blocks at a time.

use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::codes::END_OF_BLOCK;
use crate::codecs::jpeg::codes::Symbol;
use crate::codecs::jpeg::strip::Strip;
use crate::codecs::jpeg::transform::BLOCK;

// One refill serves two symbols.
const _: () = assert!(2 * Symbol::MOST_BITS <= Bits::READY);

/// Codes that do not make a picture: damage, or a file that is none of ours.
pub(super) struct Damaged;

/// Place at which a block is shown.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Counted in blocks across and down the strip.
    pub(super) at: (usize, usize),
    /// Columns and rows of its 8 that belong to the picture, at least one.
    pub(super) real: (usize, usize),
}

/// A component at one scale.
pub(super) trait Plane {
    /// Reads the next block; without a place it is only passed over.
    fn read(&mut self, bits: &mut Bits<'_>, place: Option<Place>) -> Result<(), Damaged>;

    /// Forgets the mean of the block before, as every restart interval does.
    fn restart(&mut self);

    /// Shows the blocks that were read.
    fn finish_strip(&mut self) -> &mut Strip;

    /// Gives up what was shown.
    fn into_strip(self: Box<Self>) -> Strip;
}

/// Tables by which the blocks of a component are read.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) dc: &'a Codes,
    pub(super) ac: &'a Codes,
    /// In the order of the file.
    pub(super) quantization: &'a [u16; BLOCK as usize],
}

/// Goes on to the end of the block; what is read is not needed.
#[inline(always)]
pub(super) fn pass_over(ac: &Codes, bits: &mut Bits<'_>, mut place: u32) -> Result<(), Damaged> {
    while place < BLOCK {
        bits.refill();
        place = pass_over_next(ac, bits, place)?;
        if place < BLOCK {
            place = pass_over_next(ac, bits, place)?;
        }
    }
    // At `BLOCK` the block ended, by its last coefficient or by a skip over its end, and beyond `END_OF_BLOCK` by the
    // code for that. Between them a run led out of the block, which only damaged codes do.
    if (BLOCK + 1..=END_OF_BLOCK).contains(&place) { Err(Damaged) } else { Ok(()) }
}

/// Some of them, from at least [`Symbol::MOST_BITS`] bits; returns the place of the next one.
#[inline(always)]
fn pass_over_next(ac: &Codes, bits: &mut Bits<'_>, place: u32) -> Result<u32, Damaged> {
    let skip = ac.skip(bits.ready());
    // A skip is only safe if it ends before the block does: one that reached beyond might hold the codes of the next
    // block.
    let next = place + skip.distance();
    if next < BLOCK && skip.length() > 0 {
        bits.take(skip.length());
        return Ok(if skip.ends_block() { BLOCK } else { next });
    }
    let symbol = ac.symbol(bits.ready()).ok_or(Damaged)?;
    bits.take(symbol.length());
    Ok(place + symbol.run() + 1)
}
