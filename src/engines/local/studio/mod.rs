//! `studio`: the backdrop goes on, with its light, its lines and its grain.
//!
//! Each side is continued from a band of known pixels along it: what is smooth at the border is
//! carried outwards ([`backdrop`]), as far as it goes inwards ([`persistence`]), so that a
//! floor or a shadow keeps its line and a cloud fades, and straight, or at the slope that lines have
//! ([`slant`]) where that foretells known ones better ([`model`]); the light goes on as it would have been
//! foretold best inside the band, or stays as it is ([`trend`], [`light`]); what is left of the pixels is the
//! grain of the sensor, of which more is made ([`grain`]).
//! Colours are premultiplied by alpha on the way: a transparent border stays transparent.

mod backdrop;
mod grain;
mod grid;
mod light;
mod model;
mod noise;
mod persistence;
mod shadow;
mod slant;
mod trend;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::band;
use crate::engines::local::band::Band;
use crate::engines::local::dither::Dither;
use crate::engines::local::dither::needed;
use crate::engines::local::frame;
use crate::engines::local::side::Side;
use crate::engines::local::studio::grain::Grain;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::model::Model;
use crate::engines::local::studio::model::is_foretold;
use crate::engines::local::studio::noise::Noise;
use crate::engines::local::studio::slant::Slant;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Lines whose noise is measured.
const OUTERMOST: usize = 16;

pub(super) static STUDIO: EngineDef = EngineDef {
    name: "studio",
    doc: "continues a backdrop with its gradient, its lines and its grain; for products in a studio",
    revision: 6,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Studio),
};

struct Studio;

impl LocalEngine for Studio {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        frame::without(canvas, known, |canvas, known| {
            for side in Side::ALL {
                continue_side(canvas, side.inner(canvas.size(), known), side);
            }
        });
        Ok(Filled::by(STUDIO.name))
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        frame::scratch_bytes(known, pixel_bytes, scratch_bytes(canvas, known))
    }
}

/// Bytes that continuing every side needs, one after the other, of what is `known` or that without its frame.
pub(super) fn scratch_bytes(canvas: Size, known: Rect) -> u64 {
    let of = Side::ALL.map(|side| {
        let inner = side.inner(canvas, known);
        let ((length, across), margin) = (side.extent(inner), side.margin(canvas, inner));
        if margin == 0 {
            return 0;
        }
        let margin = margin + frame::most_lines(known);
        let depth = u64::from(band::depth(across, margin));
        let (grain, finding) = grain::lines(depth);
        // The band with what finds its grain, or its smooth part; then its lines, instead of it, and what is
        // made before it is written.
        let made = backdrop::lines(margin.into()) + band::LINES_AT_ONCE;
        let lines = grain + depth.max(made) + backdrop::WORKING.max(finding);
        // Where lines may be slanted: the outermost, beside what the others foretell, twice.
        let trial = depth + model::trial_lines(depth) + backdrop::WORKING;
        u64::from(length) * lines.max(trial) * size_of::<Lanes>() as u64
    });
    of.into_iter().max().unwrap_or(0) + Dither::bytes(canvas.width, 1)
}

/// Fills the margin beside `inner`.
pub(super) fn continue_side(canvas: &mut Raster, inner: Rect, side: Side) {
    let margin = side.margin(canvas.size(), inner);
    if margin > 0 {
        each_depth!(canvas, pixels => continued(pixels, inner, side, margin, None));
    }
}

/// The same with nothing but `backdrop`, as is said of each place along the side: what else stands
/// there does not go on.
pub(super) fn continue_backdrop(canvas: &mut Raster, inner: Rect, side: Side, backdrop: &[bool]) {
    let margin = side.margin(canvas.size(), inner);
    if margin > 0 {
        each_depth!(canvas, pixels => continued(pixels, inner, side, margin, Some(backdrop)));
    }
}

fn continued<S: Sample>(pixels: &mut Pixels<S>, inner: Rect, side: Side, margin: u32, backdrop: Option<&[bool]>) {
    let (_, across) = side.extent(inner);
    let channels = pixels.channels().count();
    let depth = band::depth(across, margin);
    let band_of = |pixels: &Pixels<S>| {
        let mut band = Band::of(pixels, inner, side, depth);
        backdrop.iter().for_each(|backdrop| band.bridge(backdrop));
        band
    };
    let band = band_of(pixels);
    let outermost: Vec<&[Lanes]> = (0..OUTERMOST.min(band.depth)).map(|deep| band.line(deep)).collect();
    let noise = Noise::of(&outermost, channels);
    let grid = Grid::of(&band, noise.deviation);
    let (band, slant) = match Slant::of(&band, &grid, noise.deviation) {
        // Read once more rather than held twice, for the few pictures that need it.
        Some(slant) => {
            let is_foretold = is_foretold(band, &noise);
            (band_of(pixels), Some(slant).filter(|_| is_foretold))
        }
        None => (band, None),
    };
    let grain = Grain::of(&band, &grid, channels, side as u32);
    let model = Model::of(band, grid, &noise, margin as usize, slant);
    let shares: Vec<f32> = grain.deviation().iter().map(|&deviation| needed(deviation)).collect();
    band::write(pixels, (inner, side, margin), &shares, |out, line| {
        model.write(out, line);
        grain.add(out, line);
    });
}
