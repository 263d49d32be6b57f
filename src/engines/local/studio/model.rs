//! How a side goes on: straight outwards, or at a slant where that foretells known lines better.

use crate::engines::local::band::Band;
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

/// The smooth part of a margin.
pub(super) struct Model {
    backdrop: Backdrop,
    slant: Option<Slant>,
}

impl Model {
    pub(super) fn of(band: &Band, grid: &Grid, noise: &Noise, margin: usize) -> Model {
        match Slant::of(band, grid, noise.deviation) {
            Some(slant) if is_foretold(band, noise) => Model::slanted(slant, band, noise, margin),
            _ => Model { backdrop: Backdrop::of(band, grid, noise, margin), slant: None },
        }
    }

    fn slanted(slant: Slant, band: &Band, noise: &Noise, margin: usize) -> Model {
        let band = slant.straightened(band);
        let backdrop = Backdrop::of(&band, &Grid::of(&band, noise.deviation), noise, margin);
        Model { backdrop, slant: Some(slant) }
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
/// to what they do without it.
fn is_foretold(band: &Band, noise: &Noise) -> bool {
    let hidden = band.depth / HIDDEN;
    let behind = band.behind(hidden);
    let grid = Grid::of(&behind, noise.deviation);
    let Some(slant) = Slant::of(&behind, &grid, noise.deviation) else { return false };
    let straight = Backdrop::of(&behind, &grid, noise, hidden);
    let slanted = Model::slanted(slant, &behind, noise, hidden);
    let [mut one, mut other] = [(); 2].map(|()| vec![Lanes::ZERO; band.length]);
    let (mut straight_error, mut slanted_error) = (0.0, 0.0);
    for out in (0..hidden).step_by(STEP) {
        straight.write(out, &mut one);
        slanted.write(out, &mut other);
        for ((&one, &other), &there) in one.iter().zip(&other).zip(band.line(hidden - 1 - out)) {
            // Elsewhere both are as good.
            if (one - other).largest() > 1.0 + noise.deviation {
                straight_error += (there - one).square();
                slanted_error += (there - other).square();
            }
        }
    }
    slanted_error < BETTER * straight_error
}
