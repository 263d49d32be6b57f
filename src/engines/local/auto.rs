//! `auto`: one colour where the background is one colour, else the blurred picture.

use crate::engines::EngineDef;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::local::blur;
use crate::engines::local::solid;
use crate::engines::margin_strips;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::options::defaults;
use crate::raster::Raster;
use crate::raster::border;

/// How far a pixel of a plain background may be from its colour, in 8-bit levels: what JPEG at
/// usual qualities adds to white, and less than an eye sees as a step.
const TOLERANCE: f32 = 6.0;

/// The largest share of pixels on one side that may be farther: specks, but no product that
/// runs out of the frame.
const SPECKS: f64 = 0.02;

pub(super) static AUTO: EngineDef = EngineDef {
    name: "auto",
    doc: "solid where the border is of one colour, else blur; never looks broken",
    revision: 1,
    fields: &[],
    uses: &[&solid::SOLID, &blur::BLUR],
    build: |_| Box::new(Auto { otherwise: (blur::BLUR.build)(&defaults(blur::BLUR.fields)) }),
};

struct Auto {
    /// What fills the margins of anything that is not plain.
    otherwise: Box<dyn LocalEngine>,
}

impl LocalEngine for Auto {
    fn fill(&self, canvas: &mut Raster, known: Rect) -> Result<Filled, Failure> {
        if margin_strips(canvas.size(), known).is_empty() {
            return Ok(Filled::by(AUTO.name));
        }
        match border(canvas, known, TOLERANCE) {
            Some(border) if border.deviating <= SPECKS => {
                solid::fill_with(canvas, known, border.color);
                Ok(Filled::by(solid::SOLID.name))
            }
            _ => self.otherwise.fill(canvas, known),
        }
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        solid::border_bytes(known).max(self.otherwise.scratch_bytes(canvas, known, pixel_bytes))
    }
}
