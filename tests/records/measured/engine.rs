//! An engine as another crate would write it: it fills margins with the colour that the left border has.

use recanvas::analysis::Borders;
use recanvas::each_depth;
use recanvas::engines::EngineDef;
use recanvas::engines::FillContext;
use recanvas::engines::Filled;
use recanvas::engines::LocalEngine;
use recanvas::engines::Unfilled;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::Sample;

pub(super) static BORDER_COLOR: EngineDef = EngineDef {
    name: "border_color",
    doc: "the colour of the left border, black where nothing is known",
    revision: 1,
    fields: &[],
    uses: &[],
    build: |_| Box::new(BorderColor),
};

struct BorderColor;

impl LocalEngine for BorderColor {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let borders: Option<Borders> = context.measures.named("edges");
        let color = borders.map_or([0; 4], |borders| borders.left.color);
        each_depth!(canvas, pixels => paint(pixels, context.known, color));
        Ok(Filled::by("border_color"))
    }

    fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        0
    }

    fn needs_color(&self) -> bool {
        true
    }
}

fn paint<S: Sample>(pixels: &mut Pixels<S>, known: Rect, color: [u8; 4]) {
    let (size, count) = (pixels.size(), pixels.channels().count());
    let color = color.map(S::from_u8);
    for y in 0..size.height {
        for (x, pixel) in (0..size.width).zip(pixels.row_mut(y).chunks_exact_mut(count)) {
            if !((known.x..known.right()).contains(&x) && (known.y..known.bottom()).contains(&y)) {
                pixel.copy_from_slice(&color[..count]);
            }
        }
    }
}
