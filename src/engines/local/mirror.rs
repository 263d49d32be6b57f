//! `mirror`: the picture reflected at its borders, as often as the margin needs.

use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::scratch_bytes;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Raster;

pub(super) static MIRROR: EngineDef = EngineDef {
    name: "mirror",
    doc: "reflects the picture at its borders; for textures that run out of the frame",
    revision: 1,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Mirror),
};

struct Mirror;

impl LocalEngine for Mirror {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        extend(canvas, context.known, reflected);
        Ok(Filled::by(MIRROR.name))
    }

    fn is_literal(&self) -> bool {
        true
    }

    fn scratch_bytes(&self, canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        scratch_bytes(canvas.width)
    }
}

/// `… c b | a b c | b a …`: the border pixel itself is not repeated, which would show as a
/// line of double width.
pub(super) fn reflected(at: i64, length: i64) -> i64 {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    let phase = at.rem_euclid(period);
    phase.min(period - phase)
}
