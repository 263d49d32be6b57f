//! Chooses the decoder that reads a component at a scale.

use crate::codecs::jpeg::baseline::full::Full;
use crate::codecs::jpeg::baseline::plane::Plane;
use crate::codecs::jpeg::baseline::plane::Tables;
use crate::codecs::jpeg::baseline::scaled::Scaled;
use crate::codecs::jpeg::strip::Strip;

/// A component whose blocks are shown with `side` samples a side in a strip. Nothing if that side is not
/// built.
pub(super) fn plane<'a>(side: u32, strip: Strip, tables: Tables<'a>) -> Option<Box<dyn Plane + 'a>> {
    Some(match side {
        // Of the mean of a block nothing depends on other coefficients.
        1 => Box::new(Scaled::<1, 1>::new(strip, tables)),
        2 => Box::new(Scaled::<2, 8>::new(strip, tables)),
        4 => Box::new(Scaled::<4, 8>::new(strip, tables)),
        8 => Box::new(Full::new(strip, tables)),
        _ => return None,
    })
}
