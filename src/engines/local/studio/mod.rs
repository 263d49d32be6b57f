//! `studio`: the backdrop goes on, with its light, its lines and its grain.
//!
//! Each side is continued from a band of known pixels along it: what is smooth at the border is
//! carried straight outwards, so that a floor or a shadow keeps its line ([`backdrop`]); the light
//! goes on as it would have been foretold best inside the band, or stays as it is ([`trend`]);
//! what is left of the pixels is the grain of the sensor, of which more is made ([`grain`]).
//! Colours are premultiplied by alpha on the way: a transparent border stays transparent.

mod backdrop;
mod band;
mod grain;
mod grid;
mod line;
mod trend;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::local::dither::FromFine;
use crate::engines::local::studio::backdrop::Backdrop;
use crate::engines::local::studio::band::Band;
use crate::engines::local::studio::band::Side;
use crate::engines::local::studio::grain::Grain;
use crate::engines::local::studio::grid::Grid;
use crate::engines::margin_strips;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;

/// Lines whose noise is measured.
const OUTERMOST: usize = 16;

pub(super) static STUDIO: EngineDef = EngineDef {
    name: "studio",
    doc: "continues a backdrop with its gradient, its lines and its grain; for products in a studio",
    revision: 1,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Studio),
};

struct Studio;

impl LocalEngine for Studio {
    fn fill(&self, canvas: &mut Raster, known: Rect) -> Result<Filled, Failure> {
        if !margin_strips(canvas.size(), known).is_empty() {
            each_depth!(canvas, pixels => continued(pixels, known));
        }
        Ok(Filled::by(STUDIO.name))
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, _pixel_bytes: u64) -> u64 {
        let middle = Rect::new(0, known.y, canvas.width, known.height);
        let of = |(inner, side): (Rect, Side)| {
            let (length, across) = side.extent(inner);
            let depth = u64::from(band::depth(across, side.margin(canvas, inner)));
            // The band, two smoothed copies, and the numbers of which medians are taken; lines.
            u64::from(length) * (4 * depth + 64) * size_of::<Lanes>() as u64
        };
        sides(known, middle).into_iter().map(of).max().unwrap_or(0)
    }
}

/// The sides in the order in which they are continued, each with what is then known.
fn sides(known: Rect, middle: Rect) -> [(Rect, Side); 4] {
    [(known, Side::Left), (known, Side::Right), (middle, Side::Top), (middle, Side::Bottom)]
}

/// Left and right first, beside the known rows; above and below then go on from full rows.
fn continued<S: FromFine>(pixels: &mut Pixels<S>, known: Rect) {
    let size = pixels.size();
    let middle = Rect::new(0, known.y, size.width, known.height);
    for (seed, (inner, side)) in sides(known, middle).into_iter().enumerate() {
        let margin = side.margin(size, inner);
        if margin > 0 {
            let (_, across) = side.extent(inner);
            let channels = pixels.channels().count();
            let band = Band::of(pixels, inner, side, band::depth(across, margin));
            let noise = noise(&band, channels);
            let grid = Grid::of(&band, noise);
            let backdrop = Backdrop::of(&band, &grid, noise, margin as usize);
            let grain = Grain::of(&band, &grid, channels, seed as u32);
            band::write(pixels, (inner, side, margin), |along, out| {
                backdrop.level(along, out) + grain.level(along, out)
            });
        }
    }
}

/// The deviation of the noise at the border, in levels, within reason.
fn noise(band: &Band, channels: usize) -> f32 {
    line::noise((0..OUTERMOST.min(band.depth)).map(|deep| band.line(deep)), channels).clamp(0.3, 6.0)
}
