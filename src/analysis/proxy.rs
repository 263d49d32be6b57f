//! The picture at the size at which it is looked at.

use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::rounding;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::View;
use crate::raster::with_alpha;
use crate::raster::with_color;

/// Pixels of a proxy's longer side, at most; a smaller picture is its own proxy.
pub const PROXY_SIDE: u32 = 512;

/// The whole upright picture in sRGB with straight alpha, 8 bits a sample, each pixel the mean of the pixels
/// that it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxy {
    pixels: Pixels<u8>,
}

impl Proxy {
    /// Returns the size of the proxy of a picture of this size.
    #[must_use]
    pub fn size_of(oriented: Size) -> Size {
        let longest = oriented.width.max(oriented.height);
        if longest <= PROXY_SIDE {
            return oriented;
        }
        let scale = f64::from(PROXY_SIDE) / f64::from(longest);
        let side = |length: u32| rounding::side(f64::from(length) * scale);
        Size::new(side(oriented.width), side(oriented.height))
    }

    /// Makes the proxy of a picture of this size, of which all was decoded, at whichever scale.
    #[must_use]
    pub fn of(view: &View, oriented: Size) -> Self {
        let whole = Window { x: 0.0, y: 0.0, width: oriented.width.into(), height: oriented.height.into() };
        let picture = view.resample(whole, Proxy::size_of(oriented), Filter::Box);
        let picture = with_alpha(&with_color(&picture)).into_owned();
        Proxy { pixels: picture.into_u8() }
    }

    /// Returns the size in pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// Returns the red, green, blue and alpha of a pixel.
    ///
    /// # Panics
    /// If it lies outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        debug_assert_eq!(self.pixels.channels(), Channels::Rgba);
        let pixel = self.pixels.pixel(x, y);
        [pixel[0], pixel[1], pixel[2], pixel[3]]
    }
}
