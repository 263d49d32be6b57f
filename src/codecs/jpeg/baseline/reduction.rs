//! Says at which sizes pictures are decoded, and what is beside them.

/// Sides of a block of 8 at the scales that are built, from the smallest.
pub(in crate::codecs::jpeg) const EIGHTHS: [u32; 4] = [1, 2, 4, 8];

/// Samples of the reduced picture around the region that interpolated colours look at.
pub(super) const CONTEXT: f64 = 4.0;

/// Tells whether differences have the resolution of the reduced brightness, though they are stored with
/// so many times fewer samples: at half of it both ways they have it all where less is shown.
pub(super) fn is_spared(luma: (usize, usize), eighths: u32) -> bool {
    // Up to half the size, a block of differences at twice the scale of the brightness has as many samples as are
    // shown: its finer coefficients take the place of interpolation.
    luma == (2, 2) && eighths <= 4
}
