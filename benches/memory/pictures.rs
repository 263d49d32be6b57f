//! Pictures that do not compress well, as those of cameras: what is planned has to be enough for them.

use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Soft shapes under the grain of a sensor.
    Photograph,
    /// The same under as much grain as still counts as usual ([`Detail`](recanvas::codecs::Detail)).
    Grainy,
    /// Noise: what no encoder makes smaller.
    Noise,
}

/// A picture of any size; where there is alpha, of every strength.
pub(crate) fn picture(size: Size, channels: Channels, content: Content) -> Pixels<u8> {
    let count = channels.count();
    let mut pixels = Pixels::new(size, channels);
    let mut state = 1_u32;
    for y in 0..size.height {
        for (x, pixel) in pixels.row_mut(y).chunks_exact_mut(count).enumerate() {
            for (channel, sample) in pixel.iter_mut().enumerate() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = state >> 24;
                let place = |length: u32, at: u32| (f64::from(at) / f64::from(length)).sin() * 60.0;
                let soft = 128.0 + place(83 + channel as u32 * 31, x as u32) + place(57 + channel as u32 * 23, y);
                *sample = match content {
                    // A grain of four levels on each side.
                    Content::Photograph => (soft as u32 + noise / 32).min(255) as u8,
                    // Neighbours differ by a third of its levels.
                    Content::Grainy => (soft as u32 + noise / 12).min(255) as u8,
                    Content::Noise => noise as u8,
                };
            }
        }
    }
    pixels
}
