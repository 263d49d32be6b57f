//! What is done to pixels: decoding at every scale, resampling, margins, encoding.
//! `cargo bench --bench pixels`

use std::fs;
use std::hint::black_box;
use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use recanvas::codecs;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::Metadata;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::options::Color;
use recanvas::options::Values;
use recanvas::raster;
use recanvas::raster::Filter;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_bytes: 100_000_000 };
/// The size of a camera's small picture, and of an output.
const LARGE: Size = Size::new(2448, 1632);
const SMALL: Size = Size::new(1080, 720);

fn main() {
    divan::main();
}

/// A photograph in this size with the grain of a sensor, which is what decoders spend time on.
fn photograph(size: Size) -> Pixels<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos/china.jpg");
    let file = fs::read(path).expect("a photograph");
    let decoded = codecs::decode(&file, &LIMITS).expect("a photograph").raster;
    let whole = Window::of(Rect::of(decoded.size()));
    let mut pixels = raster::resample(&decoded, whole, size, Filter::Lanczos3).into_u8();
    let mut state = 1_u32;
    for sample in pixels.samples_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = sample.saturating_add((state >> 29) as u8);
    }
    pixels
}

fn photograph_as(format: Format, size: Size) -> Vec<u8> {
    let encoding = Encoding::new(format, &Values::from([("quality", 92.into())])).expect("the format is written");
    encoding.encode(&photograph(size).into(), &Metadata::default()).expect("a file")
}

fn count(size: Size) -> ItemsCount {
    ItemsCount::new(size.area())
}

#[divan::bench(args = [1, 2, 3, 4, 5, 6, 8])]
fn decode_jpeg_at_eighths(bencher: Bencher<'_, '_>, eighths: u32) {
    let file = photograph_as(Format::JPEG, LARGE);
    let decode_request = DecodeRequest { scale: f64::from(eighths) / 8.0, ..DecodeRequest::WHOLE };
    bencher
        .counter(count(LARGE))
        .bench(|| codecs::decode_view(black_box(&file), &LIMITS, &decode_request).expect("a picture"));
}

#[divan::bench(args = [Format::PNG, Format::WEBP])]
fn decode(bencher: Bencher<'_, '_>, format: Format) {
    let file = photograph_as(format, LARGE);
    bencher.counter(count(LARGE)).bench(|| codecs::decode(black_box(&file), &LIMITS).expect("a picture"));
}

#[divan::bench(args = [Filter::Bilinear, Filter::CatmullRom, Filter::Lanczos3])]
fn resample(bencher: Bencher<'_, '_>, filter: Filter) {
    let source = Raster::U8(photograph(Size::new(LARGE.width * 5 / 8, LARGE.height * 5 / 8)));
    let whole = Window::of(Rect::of(source.size()));
    bencher.counter(count(SMALL)).bench(|| raster::resample(black_box(&source), whole, SMALL, filter));
}

#[divan::bench]
fn flatten(bencher: Bencher<'_, '_>) {
    let mut picture = raster::with_alpha(&Raster::U8(photograph(LARGE))).into_owned();
    if let Raster::U8(pixels) = &mut picture {
        pixels.samples_mut().chunks_exact_mut(4).enumerate().for_each(|(at, pixel)| pixel[3] = (at / 9) as u8);
    }
    let inputs = bencher.counter(count(LARGE)).with_inputs(|| picture.clone());
    inputs.bench_values(|picture| raster::flatten(picture, Color::WHITE));
}

#[divan::bench]
fn blur(bencher: Bencher<'_, '_>) {
    let picture = Raster::U8(photograph(Size::new(SMALL.width / 4, SMALL.height / 4)));
    bencher.counter(count(picture.size())).bench(|| raster::blur(black_box(&picture), 8.0, 8.0));
}

#[divan::bench(args = [
    (Format::JPEG, "fast"), (Format::JPEG, "balanced"), (Format::JPEG, "small"),
    (Format::PNG, "fast"), (Format::WEBP, "fast"), (Format::WEBP, "balanced"),
])]
fn encode(bencher: Bencher<'_, '_>, (format, effort): (Format, &str)) {
    let (picture, metadata) = (photograph(SMALL).into(), Metadata::default());
    let encoding = Encoding::new(format, &Values::from([("effort", effort.into())])).expect("the format is written");
    bencher.counter(count(SMALL)).bench(|| encoding.encode(black_box(&picture), &metadata).expect("a file"));
}
