//! Fills margins for `edge` and `mirror`: every margin pixel is a copy of one known pixel, chosen on
//! each axis by itself.

use crate::each_depth;
use crate::geometry::Rect;
use crate::geometry::margin_strips;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Function from a position outside to the known one that stands for it: of the distance to the first known
/// one, negative before it, and the number of known ones.
pub(super) type Choice = fn(i64, i64) -> i64;

/// The nearest known position.
pub(super) fn nearest(at: i64, length: i64) -> i64 {
    at.clamp(0, length - 1)
}

/// Bytes that [`extend`] needs for a canvas of this width.
pub(super) fn scratch_bytes(canvas_width: u32) -> u64 {
    u64::from(canvas_width) * 4
}

/// Fills the margins with copies of known pixels.
pub(super) fn extend(canvas: &mut Raster, known: Rect, choice: Choice) {
    if !margin_strips(canvas.size(), known).is_empty() {
        each_depth!(canvas, pixels => extended(pixels, known, choice));
    }
}

fn extended<S: Sample>(pixels: &mut Pixels<S>, known: Rect, choice: Choice) {
    let (size, count, stride) = (pixels.size(), pixels.channels().count(), pixels.stride());
    let chosen = |at: u32, first: u32, length: u32| {
        let position = choice(i64::from(at) - i64::from(first), i64::from(length));
        first + u32::try_from(position).expect("a choice lies among the known ones")
    };
    let columns: Vec<u32> = (0..size.width).map(|x| chosen(x, known.x, known.width)).collect();
    for y in known.y..known.bottom() {
        let row = pixels.row_mut(y);
        for x in (0..known.x).chain(known.right()..size.width) {
            let from = columns[x as usize] as usize * count;
            row.copy_within(from..from + count, x as usize * count);
        }
    }
    // The known rows are now filled from side to side, so whole rows can be copied.
    for y in (0..known.y).chain(known.bottom()..size.height) {
        let from = chosen(y, known.y, known.height) as usize * stride;
        pixels.samples_mut().copy_within(from..from + stride, y as usize * stride);
    }
}
