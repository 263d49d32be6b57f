//! `edge`: the nearest border pixel, carried outwards.

use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::nearest;
use crate::engines::local::extend::scratch_bytes;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Raster;

pub(super) static EDGE: EngineDef = EngineDef {
    name: "edge",
    doc: "carries the border pixels outwards; for smooth backgrounds and narrow margins",
    revision: 1,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Edge),
};

struct Edge;

impl LocalEngine for Edge {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        extend(canvas, context.known, nearest);
        Ok(Filled::by(EDGE.name))
    }

    fn is_literal(&self) -> bool {
        true
    }

    fn scratch_bytes(&self, canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        scratch_bytes(canvas.width)
    }
}
