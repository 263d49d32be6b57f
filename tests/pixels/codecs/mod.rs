//! The codecs through their public face, against files that other programs made and against
//! decoders that share no code with ours.

mod color;
mod colors;
mod encoding;
mod exif;
mod fixtures;
mod grid;
mod hostile;
mod icc_segments;
mod metadata;
mod png;
mod reduced;
mod scans;
mod showing;
mod webp;
mod write;

use std::fs;
use std::path::Path;

use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::Metadata;
use recanvas::error::Failure;
use recanvas::raster::Raster;
use serde_json::Value;

/// What the tests decode with: room for every fixture but the one that is about limits.
const LIMITS: Limits = Limits { max_pixels: 200_000_000, max_bytes: 100_000_000 };

/// A picture as a file of a format, by these options of its encoder.
fn encode(picture: &Raster, format: Format, options: &[(&'static str, Value)]) -> Result<Vec<u8>, Failure> {
    Encoding::new(format, &options.iter().cloned().collect())?.encode(picture, &Metadata::default())
}

/// Every file of a fixture folder with its name, sorted; the folder must not be empty.
fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a fixture can be read"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no fixtures in {}", path.display());
    files
}

/// The files of a folder that are pictures by their name.
fn pictures(name: &str) -> Vec<(String, Vec<u8>)> {
    let extension = |name: &str| name.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let files: Vec<_> = folder(name)
        .into_iter()
        .filter(|(name, _)| ["jpg", "png", "webp"].contains(&extension(name).as_str()))
        .collect();
    assert!(!files.is_empty(), "no pictures in {name}");
    files
}

/// All samples, whatever their depth.
fn samples(raster: &Raster) -> Vec<u16> {
    match raster {
        Raster::U8(pixels) => pixels.samples().iter().copied().map(u16::from).collect(),
        Raster::U16(pixels) => pixels.samples().to_vec(),
    }
}

/// Peak signal-to-noise ratio in dB of two 8-bit pictures; infinite if they are equal.
fn psnr(left: &[u16], right: &[u16]) -> f64 {
    assert_eq!(left.len(), right.len(), "pictures of one size");
    let square = |(left, right): (&u16, &u16)| f64::from(left.abs_diff(*right)).powi(2);
    let mean = left.iter().zip(right).map(square).sum::<f64>() / left.len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}
