//! Cut-outs: pictures that are transparent where margins begin.
//!
//! Nothing goes on beside a product without a background, so its margins are transparent whatever
//! engine stands in the pipeline, and no provider is asked for them. [`is_cut_out`] is the one place
//! that says which pictures these are.

use std::collections::BTreeMap;

use crate::each_depth;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::engines::local::fill_with_color;
use crate::geometry::Rect;
use crate::options::Color;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Name that a manifest has as the engine of margins that were left transparent.
pub const TRANSPARENT: &str = "transparent";

/// Alpha below which a pixel is transparent, for one of an opaque pixel: 128 of 8 bits.
const OPAQUE: f32 = 128.0 / 255.0;

/// The share of a side from which on it is transparent.
const SHARE: f64 = 0.02;

/// Pixels across a corner. One of them that is transparent makes a cut-out: a rounded corner.
const CORNER: u32 = 3;

/// Fully transparent.
const CLEAR: Color = Color { rgba: [0; 4] };

/// Tells whether the part `shown` of a picture is a cut-out: of the outermost pixels of one of its sides
/// 2 % at least have an alpha below 128 of 255, or one of the 3×3 pixels of a corner has.
///
/// # Panics
/// If `shown` is empty or does not lie inside the picture.
#[must_use]
pub fn is_cut_out(picture: &Raster, shown: Rect) -> bool {
    picture.channels().has_alpha() && each_depth!(picture, pixels => has_clear_border(pixels, shown))
}

fn has_clear_border<S: Sample>(pixels: &Pixels<S>, shown: Rect) -> bool {
    let alpha = pixels.channels().count() - 1;
    let count = |part: Rect| {
        let positions = (part.y..part.bottom()).flat_map(|y| (part.x..part.right()).map(move |x| (x, y)));
        positions.filter(|&(x, y)| pixels.pixel(x, y)[alpha].to_f32() < OPAQUE * S::MAX).count() as f64
    };
    let Rect { x, y, width, height } = shown;
    let (last_x, last_y) = (shown.right() - 1, shown.bottom() - 1);
    let sides = [
        Rect::new(x, y, width, 1),
        Rect::new(x, last_y, width, 1),
        Rect::new(x, y, 1, height),
        Rect::new(last_x, y, 1, height),
    ];
    let (across, down) = (CORNER.min(width), CORNER.min(height));
    let (right, bottom) = (shown.right() - across, shown.bottom() - down);
    let corners = [(x, y), (right, y), (x, bottom), (right, bottom)];
    sides.into_iter().any(|side| count(side) >= SHARE * side.size().area() as f64)
        || corners.into_iter().any(|(x, y)| count(Rect::new(x, y, across, down)) > 0.0)
}

/// Leaves the margins of a cut-out transparent. Where the canvas has no alpha they have the colour of
/// the `ground` on which the picture lies.
///
/// # Panics
/// If `known` is empty or does not lie inside the canvas.
#[must_use]
pub(crate) fn leave_clear(canvas: &mut Raster, known: Rect, ground: Color) -> Filled {
    let color = if canvas.channels().has_alpha() { CLEAR } else { ground };
    fill_with_color(canvas, known, color);
    let judgement = Judgement { confidence: 1.0, gates: BTreeMap::new() };
    Filled { engine: TRANSPARENT.into(), judgement: Some(judgement) }
}
