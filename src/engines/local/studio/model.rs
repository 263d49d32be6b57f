//! Chooses how a side goes on: straight outwards, or at a slant where that foretells known lines better.

use crate::engines::local::band::Band;
use crate::engines::local::studio::backdrop;
use crate::engines::local::studio::backdrop::Backdrop;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::noise::Noise;
use crate::engines::local::studio::slant::Slant;
use crate::raster::Lanes;

/// Of how many lines of a band one is foretold by the others.
const HIDDEN: usize = 4;
/// Lines of these from one to the next that are compared.
const STEP: usize = 4;
/// Largest share of the error of straight lines that slanted ones may have.
const BETTER: f32 = 0.2;

/// Returns how many lines are held beside a band so deep while [`is_foretold`] tries it.
pub(super) fn trial_lines(depth: u64) -> u64 {
    let hidden = depth / HIDDEN as u64;
    hidden.div_ceil(STEP as u64) + 2 * (backdrop::lines(hidden) + 1)
}

/// The smooth part of a margin.
pub(super) struct Model {
    backdrop: Backdrop,
    slant: Option<Slant>,
}

impl Model {
    /// The model of a band, which is no longer held once all is known of it.
    pub(super) fn of(mut band: Band, mut grid: Grid, noise: &Noise, margin: usize, slant: Option<Slant>) -> Model {
        if let Some(slant) = &slant {
            slant.straighten(&mut band);
            grid = Grid::of(&band, noise.deviation);
        }
        Model { backdrop: Backdrop::of(band, &grid, noise, margin), slant }
    }

    /// The levels of a line of the margin, counted outwards.
    pub(super) fn write(&self, out: usize, line: &mut [Lanes]) {
        self.backdrop.write(out, line);
        if let Some(slant) = &self.slant {
            slant.put_back(out, line);
        }
    }
}

/// Tells whether the outermost lines lie much closer to what those behind them foretell with their slant than
/// to what they do without it. It takes the band, as there is no room for two.
pub(super) fn is_foretold(band: Band, noise: &Noise) -> bool {
    let hidden = band.depth / HIDDEN;
    let outs = (0..hidden).step_by(STEP);
    let outermost: Vec<Vec<Lanes>> = outs.clone().map(|out| band.line(hidden - 1 - out).to_vec()).collect();
    let [mut one, mut other] = [(); 2].map(|()| vec![Lanes::ZERO; band.length]);
    let behind = band.behind(hidden);
    let grid = Grid::of(&behind, noise.deviation);
    let Some(slant) = Slant::of(&behind, &grid, noise.deviation) else { return false };
    let straight = Backdrop::of(&behind, &grid, noise, hidden);
    let slanted = Model::of(behind, grid, noise, hidden, Some(slant));
    let (mut straight_error, mut slanted_error) = (0.0, 0.0);
    for (out, there) in outs.zip(&outermost) {
        straight.write(out, &mut one);
        slanted.write(out, &mut other);
        for ((&one, &other), &there) in one.iter().zip(&other).zip(there) {
            // Elsewhere both are as good.
            if (one - other).largest() > 1.0 + noise.deviation {
                straight_error += (there - one).square();
                slanted_error += (there - other).square();
            }
        }
    }
    slanted_error < BETTER * straight_error
}
