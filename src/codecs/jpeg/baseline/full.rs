//! A component at its full size.

use crate::codecs::jpeg::baseline::plane::Damaged;
use crate::codecs::jpeg::baseline::plane::Place;
use crate::codecs::jpeg::baseline::plane::Plane;
use crate::codecs::jpeg::baseline::plane::Tables;
use crate::codecs::jpeg::baseline::plane::pass_over;
use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::codes::END_OF_BLOCK;
use crate::codecs::jpeg::inverse::Inverse;
use crate::codecs::jpeg::inverse::SIDE;
use crate::codecs::jpeg::strip::Strip;
use crate::codecs::jpeg::transform::BLOCK;
use crate::codecs::jpeg::transform::ZIGZAG;

/// Coefficients of a block by row and column, and a place for what damaged codes name beyond.
type Block = [i16; BLOCK as usize + 1];

/// Blocks of 8×8 samples.
pub(super) struct Full<'a> {
    codes: (&'a Codes, &'a Codes),
    /// By place in the file, and by any place that damaged codes may name: where in the block.
    natural: [u8; 256],
    inverse: Inverse,
    mean: i32,
    strip: Strip,
}

impl<'a> Full<'a> {
    /// Nothing is read yet.
    pub(super) fn new(strip: Strip, tables: Tables<'a>) -> Self {
        // What damaged codes name beyond the block goes to the place behind it, unchecked: the loop ends there anyway.
        let mut natural = [BLOCK as u8; 256];
        natural[..ZIGZAG.len()].copy_from_slice(&ZIGZAG);
        Full { codes: (tables.dc, tables.ac), natural, inverse: Inverse::new(tables.quantization), mean: 0, strip }
    }

    /// The next coefficient that is not 0, from at least `Symbol::MOST_BITS` bits; returns the place
    /// of the one after it.
    #[inline(always)]
    fn next(&self, bits: &mut Bits<'_>, place: u32, block: &mut Block) -> Result<u32, Damaged> {
        let (run, number, length) = match self.codes.1.coefficient(bits.ready()) {
            Some(coefficient) => (coefficient.run(), coefficient.number(), coefficient.length()),
            None => {
                let symbol = self.codes.1.symbol(bits.ready()).ok_or(Damaged)?;
                (symbol.run(), symbol.number(bits.ready()) as i16, symbol.length())
            }
        };
        let place = place + run;
        block[usize::from(self.natural[place as usize % 256])] = number;
        bits.take(length);
        Ok(place + 1)
    }
}

impl Plane for Full<'_> {
    fn read(&mut self, bits: &mut Bits<'_>, place: Option<Place>) -> Result<(), Damaged> {
        bits.refill();
        let symbol = self.codes.0.symbol(bits.ready()).ok_or(Damaged)?;
        // Damaged files may overflow it; whole ones keep within 12 bits.
        self.mean = self.mean.wrapping_add(symbol.number(bits.ready()));
        bits.take(symbol.length());
        // What blocks hold beyond the edge is not shown.
        let Some(Place { at: (across, down), .. }) = place else { return pass_over(self.codes.1, bits, 1) };
        let mut block: Block = [0; BLOCK as usize + 1];
        block[0] = self.mean as i16;
        let mut next = 1;
        // Two coefficients take 2 * `Symbol::MOST_BITS` = 52 bits at most, and a refill brings 56.
        while next < BLOCK {
            bits.refill();
            next = self.next(bits, next, &mut block)?;
            if next < BLOCK {
                next = self.next(bits, next, &mut block)?;
            }
        }
        pass_over(self.codes.1, bits, next)?;
        // The first code after the mean ended the block: all samples are alike, and need no transform.
        if next == 1 + END_OF_BLOCK + 1 {
            self.inverse.show_flat(self.mean as i16, &mut self.strip, across * SIDE, down * SIDE);
            return Ok(());
        }
        let Some(coefficients) = block.first_chunk() else { return Err(Damaged) };
        self.inverse.show(coefficients, &mut self.strip, across * SIDE, down * SIDE);
        Ok(())
    }

    fn restart(&mut self) {
        self.mean = 0;
    }

    fn finish_strip(&mut self) -> &mut Strip {
        &mut self.strip
    }

    fn into_strip(self: Box<Self>) -> Strip {
        self.strip
    }
}
