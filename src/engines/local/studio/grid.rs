//! A band in cells: few enough numbers to see how the light changes across and along it.

use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::raster::Lanes;

/// Most bins along a side, and pixels of the shortest one.
const BINS: usize = 32;
const SHORTEST: usize = 16;

/// Cells across a band, if they then are neither of one pixel nor larger than these.
const CELLS: usize = 24;
const LARGEST: usize = 16;

/// Lines that an edge takes from one level to the other.
const EDGE: usize = 4;
/// Shares of a bin's pixels in a line that make an edge of it, if they are on one: an edge of any kind,
/// and of more than a line that comes in at a slant.
const HIT: [f32; 2] = [0.1, 0.35];

/// A band in cells.
#[derive(Clone)]
pub(super) struct Grid {
    /// Per cell, outermost first, the level of each bin along the side.
    pub(super) cells: Vec<Vec<Lanes>>,
    /// Number of pixels of each bin, from the outermost, that show nothing but backdrop.
    pub(super) clear: Vec<usize>,
    /// The same if slanted lines are backdrop.
    free: Vec<usize>,
    /// Lines per cell.
    pub(super) cell: usize,
    length: usize,
}

impl Grid {
    pub(super) fn of(band: &Band, noise: f32) -> Grid {
        let bins = (band.length / SHORTEST).clamp(1, BINS);
        let bounds: Vec<usize> = (0..=bins).map(|bin| bin * band.length / bins).collect();
        let cell = (band.depth / CELLS).clamp(2, LARGEST).min(band.depth);
        let cells = (0..band.depth / cell).map(|number| {
            let mean = band.mean(number * cell..(number + 1) * cell);
            bounds.windows(2).map(|bin| line::median(mean[bin[0]..bin[1]].iter().copied())).collect()
        });
        let [clear, free] = clear(band, &bounds, noise);
        Grid { cells: cells.collect(), clear, free, cell, length: band.length }
    }

    /// Bins along the side.
    pub(super) fn bins(&self) -> usize {
        self.clear.len()
    }

    /// Returns how many cells of a bin show nothing but backdrop.
    pub(super) fn clear_cells(&self, bin: usize) -> usize {
        self.clear[bin] / self.cell
    }

    /// For each pixel along the side what lies between the values of the bins around it.
    pub(super) fn spread(&self, values: &[Lanes]) -> Vec<Lanes> {
        let scale = values.len() as f32 / self.length as f32;
        (0..self.length).map(|along| line::between(values, (along as f32 + 0.5) * scale - 0.5)).collect()
    }

    /// The clear pixels of the bin of each pixel along the side.
    pub(super) fn clear_along(&self) -> Vec<usize> {
        self.along(&self.clear)
    }

    /// The same if slanted lines are backdrop.
    pub(super) fn free_along(&self) -> Vec<usize> {
        self.along(&self.free)
    }

    fn along(&self, depths: &[usize]) -> Vec<usize> {
        // Of two neighbours the lesser: what begins in one may reach into the other.
        let bin = |along: usize| along * self.bins() / self.length;
        let least = |along: usize| {
            let reach = self.length / self.bins() / 2;
            depths[bin(along)]
                .min(depths[bin(along.saturating_sub(reach))])
                .min(depths[bin((along + reach).min(self.length - 1))])
        };
        (0..self.length).map(least).collect()
    }
}

/// Returns how deep each bin goes before something begins: an edge that is sharper than a backdrop's, and one
/// that is more than a line.
fn clear(band: &Band, bounds: &[usize], noise: f32) -> [Vec<usize>; 2] {
    let step = 8.0 + 3.0 * noise;
    let mut clear = HIT.map(|_| vec![band.depth; bounds.len() - 1]);
    let smooth = |deep: usize| line::averaged(band.line(deep), 1);
    for deep in (0..band.depth.saturating_sub(EDGE)).step_by(EDGE / 2) {
        let (outer, inner) = (smooth(deep), smooth(deep + EDGE));
        for (at, bin) in bounds.windows(2).enumerate() {
            // Where there is more than a line there is an edge.
            if clear[1][at] < band.depth {
                continue;
            }
            let pixels = outer[bin[0]..bin[1]].iter().zip(&inner[bin[0]..bin[1]]);
            let hits = pixels.filter(|&(&outer, &inner)| (inner - outer).largest() > step).count();
            for (clear, share) in clear.iter_mut().zip(HIT) {
                if clear[at] == band.depth && hits as f32 > share * (bin[1] - bin[0]) as f32 {
                    clear[at] = deep;
                }
            }
        }
    }
    clear
}
