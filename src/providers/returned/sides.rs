//! Sizes of results, against what was asked for.

use crate::error::Failure;
use crate::geometry::Size;
use crate::providers::returned::flaw::bad;

/// Largest relative difference of a side from the one that was asked for; `RATIO` is that of the ratio of the sides.
const SIDES: f64 = 0.05;
const RATIO: f64 = 0.01;

/// Multiples to which models make the sides of a canvas smaller, and how much of a side that may take.
const MULTIPLES: [u32; 4] = [8, 16, 32, 64];
const FLOORED: f64 = 0.1;

/// Tells whether both sides are those that were asked for, made smaller to a multiple.
pub(super) fn is_floored(returned: Size, asked: Size) -> bool {
    MULTIPLES.into_iter().any(|multiple| {
        let is_side = |got: u32, wanted: u32| {
            got > 0 && got == wanted / multiple * multiple && f64::from(got) >= (1.0 - FLOORED) * f64::from(wanted)
        };
        is_side(returned.width, asked.width) && is_side(returned.height, asked.height)
    })
}

/// Checks that a result has the size that was asked for, or nearly, or made smaller to a multiple.
///
/// # Errors
/// [`Class::BadOutput`](crate::error::Class::BadOutput) with the figures.
pub(super) fn check_size(returned: Size, asked: Size) -> Result<(), Failure> {
    if is_floored(returned, asked) {
        return Ok(());
    }
    let share = |got: u32, wanted: u32| (f64::from(got) / f64::from(wanted) - 1.0).abs();
    let (across, down) = (share(returned.width, asked.width), share(returned.height, asked.height));
    let ratio = |size: Size| f64::from(size.width) / f64::from(size.height);
    let bent = (ratio(returned) / ratio(asked) - 1.0).abs();
    let percent = |share: f64| share * 100.0;
    if across.max(down) > SIDES {
        let off = percent(across.max(down));
        let most = percent(SIDES);
        return Err(bad(format!("the result is {returned} where {asked} was asked: {off:.1} % off, at most {most} %")));
    }
    // A side is whole: one pixel is never wrong.
    let pixel = 1.0 / f64::from(asked.width.min(asked.height));
    if bent > RATIO.max(pixel) {
        let (off, most) = (percent(bent), percent(RATIO));
        let text =
            format!("the result is {returned} where {asked} was asked: its ratio is {off:.1} % off, at most {most} %");
        return Err(bad(text));
    }
    Ok(())
}
