//! Tells sizes and memory before a picture is decoded.

use crate::codecs::jpeg::baseline::reduction::CONTEXT;
use crate::codecs::jpeg::baseline::reduction::is_spared;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::waiting_bytes;

/// Returns the size of the largest picture that [`decode`](super::decode) returns, whatever the file's sampling.
pub(in crate::codecs::jpeg) fn most(stored: Size, region: Window, eighths: u32) -> Size {
    // Two blocks in a unit at most.
    const UNIT: f64 = 16.0;
    let scale = f64::from(eighths) / 8.0;
    let axis = |length: u32, start: f64, wanted: f64| {
        let context = CONTEXT / scale;
        let first = (start - context).max(0.0);
        let end = (start + wanted + context).min(f64::from(length));
        // Units that the region touches, and no more than there is.
        let units = (end - first).max(0.0) + 2.0 * UNIT;
        (units.min(f64::from(length)) * scale).ceil() as u32
    };
    Size::new(axis(stored.width, region.x, region.width), axis(stored.height, region.y, region.height))
}

/// Returns the size of the differences beside a brightness of this size, of a file that has them at half the
/// resolution on these axes.
pub(in crate::codecs::jpeg) fn differences(luma: Size, halved: (bool, bool), eighths: u32) -> Size {
    let half = |side: u32, is_halved: bool| if is_halved { side.div_ceil(2) } else { side };
    match halved {
        (true, true) if is_spared((2, 2), eighths) => luma,
        (across, down) => Size::new(half(luma.width, across), half(luma.height, down)),
    }
}

/// Returns the most bytes of rows that wait where rows are kept for one showing, of brightness and differences of
/// these sizes, where so many rows of the first become those of the output.
pub(in crate::codecs::jpeg) fn waiting(luma: Size, differences: Size, part: f64, rows: u32) -> u64 {
    let of = |plane: Size| waiting_bytes(plane, part * f64::from(plane.height) / f64::from(luma.height), rows);
    of(luma).saturating_add(of(differences).saturating_mul(2))
}

/// Returns the most bytes that [`decode`](super::decode) holds for a picture of so many bytes that is so wide:
/// that, the entropy-coded bytes once more, and a strip of each component with the tables of its codes.
pub(in crate::codecs::jpeg) fn memory(picture: u64, width: u32, file_bytes: u64) -> u64 {
    // Three components of up to 16 rows of a unit and one carried, with what upsampling needs: 20 bytes for each
    // column. Half a mebibyte is for the tables of codes, eight of about 20 KiB, and what else has a fixed size.
    let strips = u64::from(width).saturating_add(32).saturating_mul(3 * 20);
    picture.saturating_add(strips).saturating_add(file_bytes).saturating_add(1 << 19)
}
