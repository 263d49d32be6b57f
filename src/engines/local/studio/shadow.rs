//! Finds what is darker than both sides of it, and grows less towards the border.
//!
//! Such a shadow is hidden by its thing farther in, and would become a column. So it grows less on,
//! as fast as it did; and the light, which goes on by itself, is looked at without it: it would
//! take the end of a shadow for the beginning of a light.

use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::raster::Lanes;

/// Distance along the side over which it is smoothed before it is looked at for what is darker than both sides,
/// and the levels, and deviations of noise, that this may be as well.
const SMOOTH: usize = 12;
const EVEN: (f32, f32) = (1.5, 0.5);

/// Share of what is seen of a shadow, from the border, over which it may change by chance.
const CHANCE: f32 = 0.125;

/// The shadows of a side.
pub(super) struct Shadow {
    /// Levels that the border lacks, place by place.
    pub(super) lack: Vec<Lanes>,
    /// Rate at which that grows less, as the logarithm per pixel; 0 where it does not.
    fading: Vec<f32>,
    /// The grid as it would be without those that fade, or end before the border.
    pub(super) light: Grid,
}

impl Shadow {
    /// The shadows of a border with so much noise. Beside clear pixels there are none.
    pub(super) fn of(border: &[Lanes], noise: f32, grid: &Grid, is_opaque: bool) -> Shadow {
        let mut light = grid.clone();
        if !is_opaque {
            return Shadow { lack: vec![Lanes::ZERO; border.len()], fading: vec![0.0; border.len()], light };
        }
        let even = EVEN.0 + EVEN.1 * noise;
        let smooth = line::averaged(&line::averaged(border, SMOOTH), SMOOTH);
        let lack = |(filled, &level): (Lanes, &Lanes)| (filled - level).map(|lack| (lack - even).max(0.0));
        let lack = line::filled(&smooth, |_| true).into_iter().zip(&smooth).map(lack).collect();
        for (cell, levels) in light.cells.iter_mut().enumerate() {
            *levels = line::filled(levels, |bin| grid.clear_cells(bin) > cell);
        }
        let fading: Vec<Option<f32>> = (0..grid.bins()).map(|bin| fading(grid, &light, bin, even)).collect();
        for (levels, own) in light.cells.iter_mut().zip(&grid.cells) {
            for ((level, &own), fading) in levels.iter_mut().zip(own).zip(&fading) {
                let lack = (*level - own).map(|lack| (lack - even).max(0.0));
                *level = if fading.is_some() { own + lack } else { own };
            }
        }
        let fading = fading.into_iter().map(|fading| Lanes([fading.unwrap_or(0.0); 4])).collect::<Vec<_>>();
        let fading = grid.spread(&fading).into_iter().map(|Lanes([fading, ..])| fading).collect();
        Shadow { lack, fading, light }
    }

    /// Returns how much of what is lacking at a place has come back so far outwards.
    #[inline]
    pub(super) fn come_back(&self, place: usize, out: f32) -> f32 {
        1.0 - (-self.fading[place] * out).exp()
    }
}

/// Returns how fast what a bin lacks of its light grows less, as the logarithm per pixel: at least so fast
/// from wherever it is seen. 0 where nothing is left of it at the border; none where it stays.
fn fading(grid: &Grid, light: &Grid, bin: usize, even: f32) -> Option<f32> {
    let lack = |cell: usize| (light.cells[cell][bin] - grid.cells[cell][bin]).0.iter().sum::<f32>();
    let here = lack(0);
    if here <= even {
        return Some(0.0);
    }
    let end = grid.clear_cells(bin).min(grid.cells.len());
    let seen = 1 + (end as f32 * CHANCE) as usize..end;
    let fading = seen.map(|cell| (lack(cell) / here).ln() / (cell * grid.cell) as f32).reduce(f32::min);
    fading.filter(|&fading| fading > 0.0)
}
