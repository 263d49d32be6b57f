//! One block of a scan.

use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::codes::END_OF_BLOCK;
use crate::codecs::jpeg::inverse::Block;
use crate::codecs::jpeg::transform::BLOCK;
use crate::codecs::jpeg::transform::ZIGZAG;

/// Codes that make no block.
pub(super) struct Invalid;

/// The first and the last coefficient of a scan in the order of the file, and how many bits it
/// leaves to others.
type Band = (u8, u8, u8);

/// All coefficients (T.81, F.2.2).
#[inline(always)]
pub(super) fn sequential(
    bits: &mut Bits<'_>,
    dc: &Codes,
    ac: &Codes,
    mean: &mut i32,
    block: &mut Block,
) -> Result<(), Invalid> {
    self::mean(bits, dc, mean, 0, block)?;
    let mut place = 1;
    while place < BLOCK {
        bits.refill();
        let symbol = ac.symbol(bits.ready()).ok_or(Invalid)?;
        place += symbol.run();
        if symbol.size() > 0 {
            let &at = ZIGZAG.get(place as usize).ok_or(Invalid)?;
            block[usize::from(at)] = symbol.number(bits.ready()) as i16;
        }
        bits.take(symbol.length());
        place += 1;
    }
    Ok(())
}

/// The mean, but for its lowest bits (T.81, G.1.2.1).
#[inline(always)]
pub(super) fn mean(bits: &mut Bits<'_>, dc: &Codes, mean: &mut i32, low: u8, block: &mut Block) -> Result<(), Invalid> {
    bits.refill();
    let symbol = dc.symbol(bits.ready()).ok_or(Invalid)?;
    *mean = mean.wrapping_add(symbol.number(bits.ready()));
    bits.take(symbol.length());
    block[0] = (*mean << low) as i16;
    Ok(())
}

/// The next bit of the mean (T.81, G.1.2.1).
#[inline(always)]
pub(super) fn more_mean(bits: &mut Bits<'_>, low: u8, block: &mut Block) {
    block[0] |= i16::from(bits.bit()) << low;
}

/// A band of the other coefficients, but for their lowest bits (T.81, G.1.2.2). `ended` counts
/// the blocks to come in which there is nothing.
#[inline(always)]
pub(super) fn others(
    bits: &mut Bits<'_>,
    ac: &Codes,
    ended: &mut u32,
    (first, last, low): Band,
    block: &mut Block,
) -> Result<(), Invalid> {
    if *ended > 0 {
        *ended -= 1;
        return Ok(());
    }
    let (mut place, last) = (u32::from(first), u32::from(last));
    while place <= last {
        bits.refill();
        let symbol = ac.symbol(bits.ready()).ok_or(Invalid)?;
        let number = symbol.number(bits.ready());
        bits.take(symbol.length());
        if let Some(more) = symbol.run().checked_sub(END_OF_BLOCK) {
            // The band ends here in 2^more blocks and as many as the number says, this one among them (T.81, G.1.2.2).
            *ended = (1 << more) - 1 + bits.number(more);
            return Ok(());
        }
        place += symbol.run();
        if symbol.size() > 0 {
            let at = ZIGZAG.get(place as usize).filter(|_| place <= last).ok_or(Invalid)?;
            block[usize::from(*at)] = (number << low) as i16;
        }
        place += 1;
    }
    Ok(())
}

/// The next bit of a band of them (T.81, G.1.2.3): of those that are known not to be zero, and
/// which of the others are 1 or −1 there.
#[inline(always)]
pub(super) fn more_others(
    bits: &mut Bits<'_>,
    ac: &Codes,
    ended: &mut u32,
    (first, last, low): Band,
    block: &mut Block,
) -> Result<(), Invalid> {
    let mut places = ZIGZAG[usize::from(first)..=usize::from(last)].iter().map(|&at| usize::from(at));
    while *ended == 0 && places.len() > 0 {
        bits.refill();
        let symbol = ac.symbol(bits.ready()).ok_or(Invalid)?;
        let number = symbol.number(bits.ready());
        bits.take(symbol.length());
        if let Some(more) = symbol.run().checked_sub(END_OF_BLOCK) {
            // This block is counted as well: it is taken off below, once its known coefficients have their bits.
            *ended = (1 << more) + bits.number(more);
            break;
        }
        // A coefficient that is new at this bit is 1 or −1 there (T.81, G.1.2.3).
        if symbol.size() > 1 {
            return Err(Invalid);
        }
        // The run counts only coefficients that are still 0. Those between that are not have their correction bits
        // here, in the order of the file. The place after `run` zeros is found when the count goes below 0, to
        // `u32::MAX`.
        let mut zeros = symbol.run();
        let found = places.find(|&at| {
            if block[at] != 0 {
                correct(bits, low, &mut block[at]);
                return false;
            }
            zeros = zeros.wrapping_sub(1);
            zeros == u32::MAX
        });
        match found {
            Some(at) => block[at] = (number << low) as i16,
            // Sixteen zeros were announced and fewer are left: nothing is lost by that.
            None if symbol.size() == 0 => {}
            None => return Err(Invalid),
        }
    }
    if *ended > 0 {
        *ended -= 1;
        for at in places {
            if block[at] != 0 {
                correct(bits, low, &mut block[at]);
            }
        }
    }
    Ok(())
}

/// Gives a coefficient that is not zero its next bit, away from zero.
#[inline(always)]
fn correct(bits: &mut Bits<'_>, low: u8, coefficient: &mut i16) {
    if bits.bit() {
        // Damaged files may name a bit that leaves 16 bits.
        *coefficient = coefficient.wrapping_add(coefficient.signum() << low);
    }
}
