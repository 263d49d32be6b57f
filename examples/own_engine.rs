//! Adds an engine of one's own, `checks`, which fills margins with a chessboard:
//! `cargo run --example own_engine -- PIPELINE INPUT OUTPUT`.

use std::error::Error;
use std::path::Path;

use recanvas::batch::{self, Places, Request, Stop, Summary};
use recanvas::each_depth;
use recanvas::engines::{EngineDef, FillContext, Filled, LocalEngine, Unfilled};
use recanvas::geometry::{Rect, Size, margin_strips};
use recanvas::options::{Field, Kind, typed};
use recanvas::pipeline::{Pipeline, Registry};
use recanvas::raster::{Pixels, Raster, Sample};
use serde::Deserialize;

/// The engine.
pub(crate) static CHECKS: EngineDef = EngineDef {
    name: "checks",
    doc: "a chessboard",
    revision: 1,
    fields: &[Field::new("side", Kind::Integer(1, 1000), "16", "pixels of a square's side")],
    uses: &[],
    build: |values| Box::new(typed::<Checks>(values)),
};

#[derive(Deserialize)]
struct Checks {
    side: u32,
}

impl LocalEngine for Checks {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let strips = margin_strips(canvas.size(), context.known);
        each_depth!(canvas, pixels => self.paint(pixels, &strips));
        Ok(Filled::by(CHECKS.name))
    }

    fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        0
    }
}

impl Checks {
    fn paint<S: Sample>(&self, pixels: &mut Pixels<S>, strips: &[Rect]) {
        let channels = pixels.channels();
        for strip in strips {
            for y in strip.y..strip.bottom() {
                for x in strip.x..strip.right() {
                    let is_white = (x / self.side + y / self.side).is_multiple_of(2);
                    let first = x as usize * channels.count();
                    let pixel = &mut pixels.row_mut(y)[first..first + channels.count()];
                    pixel.fill(S::from_u8(if is_white { 255 } else { 0 }));
                    if channels.has_alpha() {
                        pixel[channels.count() - 1] = S::from_u8(255);
                    }
                }
            }
        }
    }
}

/// Runs the pipeline at `pipeline`, which may name the engine.
pub(crate) fn run(pipeline: &Path, places: Places) -> Result<Summary, Box<dyn Error>> {
    let registry = Registry::built_in().with_engine(&CHECKS);
    let pipeline = Pipeline::open(pipeline, registry)?;
    Ok(batch::run(&pipeline, &Request::new(&pipeline, places)?, &batch::Silent, &Stop::new())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [pipeline, input, output] = arguments.try_into().map_err(|_| "three arguments")?;
    let places = Places::new(input, output);
    run(Path::new(&pipeline), places).map(drop)
}
