//! Rows that become columns.

use std::ops::Range;

/// Side of the blocks that are transposed at once: each row is a word.
const SIDE: usize = 8;

/// Samples row by row.
pub(super) struct Rows<'a> {
    pub(super) samples: &'a [u8],
    /// Samples from one row to the next.
    pub(super) stride: usize,
    /// Number of rows.
    pub(super) count: usize,
}

/// Writes these samples of each row as columns: sample `range.start + x` of row `y` becomes sample
/// `y` of row `x` of `columns`, which are `stride` apart.
pub(super) fn transpose(rows: &Rows<'_>, range: Range<usize>, columns: &mut [u8], stride: usize) {
    let starts = |length: usize| (0..length).step_by(SIDE);
    // What is written or read across lines of the cache is few lines at a time.
    if range.len() < rows.count {
        starts(rows.count).for_each(|y| starts(range.len()).for_each(|x| block(rows, &range, columns, stride, (x, y))));
    } else {
        starts(range.len()).for_each(|x| starts(rows.count).for_each(|y| block(rows, &range, columns, stride, (x, y))));
    }
}

/// The block that begins there.
#[inline(always)]
fn block(rows: &Rows<'_>, range: &Range<usize>, columns: &mut [u8], stride: usize, (x, y): (usize, usize)) {
    let from = y * rows.stride + range.start + x;
    let into = x * stride + y;
    if x + SIDE <= range.len() && y + SIDE <= rows.count {
        let row = |number: usize| word(&rows.samples[from + number * rows.stride..]);
        for (number, column) in turned(std::array::from_fn(row)).into_iter().enumerate() {
            columns[into + number * stride..][..SIDE].copy_from_slice(&column.to_le_bytes());
        }
    } else {
        let (across, down) = (SIDE.min(range.len() - x), SIDE.min(rows.count - y));
        for (x, y) in (0..across).flat_map(|x| (0..down).map(move |y| (x, y))) {
            columns[into + x * stride + y] = rows.samples[from + y * rows.stride + x];
        }
    }
}

#[inline(always)]
fn word(samples: &[u8]) -> u64 {
    u64::from_le_bytes(*samples.first_chunk().expect("a block has eight samples in a row"))
}

/// The same block with its columns as rows: quarters change places, then quarters of these, then samples.
#[inline(always)]
fn turned(mut block: [u64; SIDE]) -> [u64; SIDE] {
    for (distance, mask) in [(4, 0x0000_0000_ffff_ffff), (2, 0x0000_ffff_0000_ffff), (1, 0x00ff_00ff_00ff_00ff_u64)] {
        for upper in (0..SIDE).filter(|row| row & distance == 0) {
            let (above, below) = (block[upper], block[upper + distance]);
            block[upper] = above & mask | (below & mask) << (8 * distance);
            block[upper + distance] = (above >> (8 * distance)) & mask | below & !mask;
        }
    }
    block
}
