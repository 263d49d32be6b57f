//! Adds a stage of one's own, `frame`, which paints a line along the edge of every output:
//! `cargo run --example own_stage -- PIPELINE INPUT OUTPUT`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use recanvas::batch::{self, Places, Request, Stop, Summary};
use recanvas::each_depth;
use recanvas::error::Failure;
use recanvas::geometry::Layout;
use recanvas::options::{Color, Field, Kind, Values, typed};
use recanvas::pipeline::{Pipeline, Registry};
use recanvas::raster::{Pixels, Raster, Sample};
use recanvas::stages::{ActingInput, PixelInput, Stage, StageDef};
use serde::Deserialize;

const FIELDS: &[Field] = &[
    Field::new("width", Kind::Integer(0, 1000), "0", "pixels of the line; 0 paints none"),
    Field::new("color", Kind::Color, "black", "its colour"),
];

/// The word. At its defaults it does nothing, so that pipelines that do not name it stay as they are.
pub(crate) static FRAME: StageDef = StageDef {
    fields: || FIELDS,
    ..StageDef::new("frame", "paints a line along the edge", |values, _| Arc::new(typed::<Frame>(values)))
};

#[derive(Deserialize)]
struct Frame {
    width: u32,
    color: Color,
}

impl Stage for Frame {
    fn needs_color(&self) -> bool {
        self.width > 0
    }

    fn after_fill(&self, picture: Arc<Raster>, _input: &PixelInput<'_>) -> Result<Arc<Raster>, Failure> {
        if self.width == 0 {
            return Ok(picture);
        }
        let mut picture = Arc::unwrap_or_clone(picture);
        each_depth!(&mut picture, pixels => self.paint(pixels));
        Ok(picture.into())
    }

    fn memory(&self, layout: &Layout, pixel_bytes: u64) -> u64 {
        if self.width > 0 { layout.output.area() * pixel_bytes } else { 0 }
    }

    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        (self.width > 0).then(|| values.clone())
    }
}

impl Frame {
    fn paint<S: Sample>(&self, pixels: &mut Pixels<S>) {
        let (size, count) = (pixels.size(), pixels.channels().count());
        // The picture has colour, and perhaps alpha.
        let color = self.color.rgba.map(S::from_u8);
        for y in 0..size.height {
            let is_whole = y.min(size.height - 1 - y) < self.width;
            for (x, pixel) in (0..size.width).zip(pixels.row_mut(y).chunks_exact_mut(count)) {
                if is_whole || x.min(size.width - 1 - x) < self.width {
                    pixel.copy_from_slice(&color[..count]);
                }
            }
        }
    }
}

/// Runs the pipeline at `pipeline`, which may name the stage.
pub(crate) fn run(pipeline: &Path, places: Places) -> Result<Summary, Box<dyn Error>> {
    let registry = Registry::built_in().with_stage(&FRAME, "convert");
    let pipeline = Pipeline::open(pipeline, registry)?;
    Ok(batch::run(&pipeline, &Request::new(&pipeline, places)?, &batch::Silent, &Stop::new())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [pipeline, input, output] = arguments.try_into().map_err(|_| "three arguments")?;
    let places = Places::new(input, output);
    run(Path::new(&pipeline), places).map(drop)
}
