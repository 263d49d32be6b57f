//! Canvases with a source in its place, and chains of engines to fill them.

use std::borrow::Cow;
use std::path::Path;

use recanvas::engines;
use recanvas::engines::Chain;
use recanvas::engines::EngineTable;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::margin_strips;
use recanvas::options::Problem;
use recanvas::raster::Raster;
use recanvas::raster::place;
use serde_json::Value;

use crate::pictures::both_depths;

/// The canonical form of what a user writes.
fn resolve(written: &Value) -> Result<Value, Vec<Problem>> {
    engines::resolve(written, &mut EngineTable::built_in(), Path::new(""))
}

/// The chain that a user writes like this.
pub(crate) fn chain(written: &Value) -> Chain {
    Chain::build(&resolve(written).expect("a right value"), &EngineTable::built_in())
}

/// Known part and canvas: margins on no, one, two and all sides, narrow and wide.
pub(crate) const PLACES: [(Rect, Size); 14] = [
    (Rect::new(0, 0, 40, 30), Size::new(40, 30)),
    (Rect::new(0, 0, 40, 30), Size::new(41, 30)),
    (Rect::new(20, 0, 40, 30), Size::new(60, 30)),
    (Rect::new(0, 11, 40, 30), Size::new(40, 41)),
    (Rect::new(0, 0, 40, 30), Size::new(40, 71)),
    (Rect::new(0, 0, 40, 30), Size::new(70, 50)),
    (Rect::new(30, 20, 40, 30), Size::new(70, 50)),
    (Rect::new(13, 17, 40, 30), Size::new(71, 64)),
    (Rect::new(40, 33, 5, 3), Size::new(90, 80)),
    (Rect::new(20, 5, 1, 1), Size::new(33, 17)),
    (Rect::new(0, 8, 1, 1), Size::new(1, 9)),
    (Rect::new(9, 0, 1, 20), Size::new(40, 20)),
    (Rect::new(100, 3, 30, 1), Size::new(300, 5)),
    (Rect::new(0, 20, 1000, 20), Size::new(1000, 60)),
];

/// A canvas with `source` in its place and every margin sample at `margin`, from 0 to 1.
pub(crate) fn canvas(source: &Raster, known: Rect, size: Size, margin: f32) -> Raster {
    let [eight, sixteen] = both_depths(size, source.channels(), |_, _, _| margin);
    let mut canvas = if source.sample_bytes() == 1 { eight } else { sixteen };
    place(&mut canvas, source, known);
    canvas
}

/// The canvas with its margins filled, and the engine that did it.
pub(crate) fn fill(chain: &Chain, source: &Raster, known: Rect, size: Size) -> (Raster, Cow<'static, str>) {
    let mut canvas = canvas(source, known, size, 0.5);
    let filled = chain.fill(0, &mut canvas, known).expect("local engines always succeed");
    (canvas, filled.engine)
}

/// Every position in a rectangle.
pub(crate) fn positions(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
    (rect.y..rect.bottom()).flat_map(move |y| (rect.x..rect.right()).map(move |x| (x, y)))
}

/// Every position outside `known`.
pub(crate) fn margins(size: Size, known: Rect) -> impl Iterator<Item = (u32, u32)> {
    margin_strips(size, known).into_iter().flat_map(positions)
}
