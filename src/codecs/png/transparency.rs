//! Reads the transparency of a file without an alpha channel (PNG, third edition, 11.3.1.1).

use crate::codecs::png::color_type;

/// The data of a tRNS chunk if it fits the picture: a colour, of which only the bits of the
/// picture's depth count, or an alpha for each of the first of `entries` colours. None otherwise;
/// then nothing is transparent, as for other readers.
pub(super) fn fitting(mut data: Vec<u8>, color: u8, depth: u8, entries: usize) -> Option<Vec<u8>> {
    let is_fitting = match color {
        color_type::GRAY => data.len() == 2,
        color_type::RGB => data.len() == 6,
        color_type::PALETTE => (1..=entries).contains(&data.len()),
        _ => false,
    };
    if !is_fitting {
        return None;
    }
    if color != color_type::PALETTE && depth < 16 {
        let mask = (1_u16 << depth) - 1;
        for sample in data.chunks_exact_mut(2) {
            let masked = u16::from_be_bytes([sample[0], sample[1]]) & mask;
            sample.copy_from_slice(&masked.to_be_bytes());
        }
    }
    Some(data)
}
