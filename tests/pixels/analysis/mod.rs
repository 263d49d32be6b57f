//! Measures of pictures.

mod borders;
mod each;

use recanvas::analysis::Proxy;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::View;

/// A picture drawn pixel by pixel: red, green, blue, alpha.
fn drawn(size: Size, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Raster {
    let positions = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    Pixels::from_samples(size, Channels::Rgba, positions.flat_map(|(x, y)| pixel(x, y)).collect()).into()
}

/// The proxy of a picture that is whole in memory.
fn proxy(picture: Raster) -> Proxy {
    let size = picture.size();
    let whole = Window { x: 0.0, y: 0.0, width: size.width.into(), height: size.height.into() };
    Proxy::of(&View::new(picture, whole), size)
}
