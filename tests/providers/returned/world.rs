//! A provider that can do wrong in every way that is known.

use std::fs;
use std::path::Path;

use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::Metadata;
use recanvas::codecs::decode;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::options::Values;
use recanvas::providers::Asked;
use recanvas::providers::Placement;
use recanvas::providers::Verified;
use recanvas::providers::verify;
use recanvas::raster::Filter;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::blur;
use recanvas::raster::place;
use recanvas::raster::resample;
use recanvas::raster::with_color;

pub(crate) const LIMITS: Limits = Limits { max_pixels: 50_000_000, max_bytes: 50_000_000 };

pub(crate) const PHOTOS: [&str; 8] = [
    "astronaut.png",
    "chelsea.png",
    "china.jpg",
    "coffee.png",
    "flower.jpg",
    "hubble_deep_field.jpg",
    "retina.jpg",
    "rocket.jpg",
];

pub(crate) fn photo(name: &str) -> Raster {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos").join(name);
    let photograph = decode(&fs::read(path).expect("the photograph is there"), &LIMITS).expect("it decodes");
    with_color(&photograph.raster).into_owned()
}

pub(crate) fn crop(picture: &Raster, part: Rect) -> Raster {
    resample(picture, Window::of(part), part.size(), Filter::Box)
}

/// The middle of a picture, `share` of it on both axes.
pub(crate) fn middle(size: Size, share: f64) -> Rect {
    let side = |length: u32| (f64::from(length) * share) as u32;
    let (width, height) = (side(size.width), side(size.height));
    Rect::new((size.width - width) / 2, (size.height - height) / 2, width, height)
}

pub(crate) fn png(picture: &Raster) -> Vec<u8> {
    file(picture, Format::PNG, 85)
}

pub(crate) fn file(picture: &Raster, format: Format, quality: u8) -> Vec<u8> {
    let encoding = Encoding::new(format, &Values::from([("quality", quality.into())])).expect("it is written");
    encoding.encode(&picture.narrowed(), &Metadata::default()).expect("encoded")
}

/// Every colour through `change`, in levels of 0 to 255.
pub(crate) fn recolored(picture: &Raster, change: impl Fn(usize, f32) -> f32) -> Raster {
    let pixels = picture.clone().into_u8();
    let samples = pixels.samples().iter().enumerate();
    let count = pixels.channels().count();
    let data = samples.map(|(at, &level)| (change(at % count, level.into()) + 0.5) as u8).collect();
    Pixels::from_samples(pixels.size(), pixels.channels(), data).into()
}

/// The picture with its part `at` replaced by the same part of `other`, reduced or enlarged.
pub(crate) fn repainted(picture: &Raster, at: Rect, other: &Raster) -> Raster {
    let mut painted = picture.clone();
    let Size { width, height } = other.size();
    let whole = Window { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
    place(&mut painted, &resample(other, whole, at.size(), Filter::Bilinear), at);
    painted
}

pub(crate) fn blurred(picture: &Raster, pixels: f64) -> Raster {
    blur(picture, pixels, pixels)
}

/// A photograph, the part of it that is the canvas, and the part of that which is the source.
pub(crate) struct Scene {
    pub(crate) photo: Raster,
    pub(crate) canvas: Rect,
    pub(crate) source: Rect,
}

impl Scene {
    /// The canvas keeps some room to the photograph's edge; the source is its middle.
    pub(crate) fn of(name: &str) -> Scene {
        let photo = photo(name);
        let canvas = middle(photo.size(), 0.92);
        let inner = middle(canvas.size(), 0.6);
        let source = Rect::new(canvas.x + inner.x, canvas.y + inner.y, inner.width, inner.height);
        Scene { photo, canvas, source }
    }

    pub(crate) fn sent(&self) -> Raster {
        crop(&self.photo, self.source)
    }

    /// The source's place on the canvas.
    pub(crate) fn place(&self) -> Rect {
        let (source, canvas) = (self.source, self.canvas);
        Rect::new(source.x - canvas.x, source.y - canvas.y, source.width, source.height)
    }

    pub(crate) fn asked(&self) -> Asked {
        Asked::new(self.canvas.size(), self.place(), Rect::of(self.source.size()))
    }

    /// What an ideal provider returns.
    pub(crate) fn ideal(&self) -> Raster {
        crop(&self.photo, self.canvas)
    }

    /// What one returns that has moved all by so many pixels, and scaled it about the middle.
    pub(crate) fn moved(&self, x: f64, y: f64, scale: f64) -> Raster {
        let canvas = Window::of(self.canvas);
        let (width, height) = (canvas.width / scale, canvas.height / scale);
        let part = Window {
            x: canvas.x + (canvas.width - width) / 2.0 - x / scale,
            y: canvas.y + (canvas.height - height) / 2.0 - y / scale,
            width,
            height,
        };
        resample(&self.photo, part, self.canvas.size(), Filter::CatmullRom)
    }

    pub(crate) fn verify(&self, bytes: &[u8]) -> Result<Verified, Failure> {
        verify(bytes, &self.asked(), &self.sent(), Placement::Exact, &LIMITS)
    }

    pub(crate) fn class(&self, bytes: &[u8]) -> Class {
        self.verify(bytes).expect_err("it cannot be used").class
    }
}

/// The largest difference of the edges of two windows.
pub(crate) fn off(one: Window, other: Window) -> f64 {
    let edges = |window: Window| [window.x, window.y, window.x + window.width, window.y + window.height];
    edges(one).iter().zip(edges(other)).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}
