//! Finds known pixels that look like nothing beside the border: subjects, other ground, the sky
//! below a horizon. They are not sources.

use crate::engines::local::content::proxy::Proxy;
use crate::engines::local::content::proxy::luma;
use crate::raster::Lanes;

/// Rows and columns of a block, and from one block to the next.
const BLOCK: usize = 8;
const STEP: usize = 4;

/// Rows of blocks from one place of the border to the next.
const PLACE: usize = 8;

/// Look of a block: its mean colour, and how much its luma varies.
type Look = Lanes;

/// Number of blocks of the border that must look like a block, so that one odd thing there does not
/// vouch for others.
const WITNESSES: usize = 4;

/// Differences of looks that mean nothing, in 8-bit levels.
const TOLERANCE: f32 = 8.0;

/// Foreignness from which on a block is of another thing.
pub(super) const FOREIGN_FROM: f32 = 20.0;

/// Foreignness of known pixels to places of the border.
#[derive(Debug)]
pub(super) struct Foreignness {
    columns: usize,
    rows: usize,
    /// For each place of the border, for each block.
    distances: Vec<f32>,
}

impl Foreignness {
    /// Compares every block with the outermost ones up to `reach` rows from each place.
    pub(super) fn new(proxy: &Proxy, reach: usize) -> Self {
        let (columns, rows) = (blocks(proxy.depth), blocks(proxy.length));
        let looks: Vec<Look> =
            (0..rows).flat_map(|row| (0..columns).map(move |column| look(proxy, column * STEP, row * STEP))).collect();
        let reach = reach / STEP;
        let mut distances = Vec::with_capacity(rows.div_ceil(PLACE) * looks.len());
        for place in (0..rows).step_by(PLACE) {
            let near = place.saturating_sub(reach)..(place + reach + 1).min(rows);
            let witnesses: Vec<Look> = near.map(|row| looks[(row + 1) * columns - 1]).collect();
            // A border of many looks vouches for more.
            let mut spread: Vec<f32> = witnesses.iter().map(|look| unlike(*look, &witnesses)).collect();
            let middle = spread.len() / 2;
            let tolerance = TOLERANCE + *spread.select_nth_unstable_by(middle, f32::total_cmp).1;
            distances.extend(looks.iter().map(|look| (unlike(*look, &witnesses) - tolerance).max(0.0)));
        }
        Foreignness { columns, rows, distances }
    }

    /// Returns how foreign a known pixel is to a row of the border, in 8-bit levels beyond the tolerance.
    #[inline]
    pub(super) fn of(&self, target: usize, column: usize, row: usize) -> f32 {
        let place = block(target, self.rows) / PLACE;
        let block = block(row, self.rows) * self.columns + block(column, self.columns);
        self.distances[place * self.columns * self.rows + block]
    }

    /// Returns how many columns from the border on are not foreign to it in the mean.
    pub(super) fn native_depth(&self) -> usize {
        let mean = |column: usize| {
            let own = (0..self.rows).map(|row| self.distances[(row / PLACE * self.rows + row) * self.columns + column]);
            own.sum::<f32>() / self.rows as f32
        };
        (0..self.columns).rev().take_while(|&column| mean(column) < FOREIGN_FROM).count() * STEP
    }
}

/// The block whose middle is nearest.
fn block(at: usize, count: usize) -> usize {
    (at.saturating_sub((BLOCK - STEP) / 2) / STEP).min(count - 1)
}

/// Returns how far a look is from that of the last of the nearest witnesses.
fn unlike(look: Look, witnesses: &[Look]) -> f32 {
    let mut nearest = [f32::INFINITY; WITNESSES];
    for &other in witnesses {
        let mut distance = distance(look, other);
        if distance >= nearest[WITNESSES - 1] {
            continue;
        }
        for kept in &mut nearest {
            if distance < *kept {
                std::mem::swap(kept, &mut distance);
            }
        }
    }
    nearest[WITNESSES.min(witnesses.len()) - 1]
}

fn blocks(length: usize) -> usize {
    (length.saturating_sub(BLOCK) / STEP) + 1
}

fn look(proxy: &Proxy, left: usize, top: usize) -> Look {
    let (right, bottom) = ((left + BLOCK).min(proxy.depth), (top + BLOCK).min(proxy.length));
    let (mut sum, mut light, mut squares) = (Lanes::ZERO, 0.0, 0.0);
    for row in top..bottom {
        for &color in &proxy.colors[proxy.index(left, row)..proxy.index(right, row)] {
            sum += color;
            let luma = luma(color);
            light += luma;
            squares += luma * luma;
        }
    }
    let count = ((right - left) * (bottom - top)) as f32;
    let mean = light / count;
    let Lanes([red, green, blue, _]) = sum * (1.0 / count);
    Lanes([mean, red - green, blue - green, (squares / count - mean * mean).max(0.0).sqrt()])
}

fn distance(one: Look, other: Look) -> f32 {
    let Lanes([light, red, blue, rough]) = (one - other).map(f32::abs);
    (light + red) + (blue + rough)
}
