//! Trees of sources and outputs for tests that run the whole program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::digest::Digest;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

/// Files by their path below a folder, as digests.
pub(crate) type Tree = BTreeMap<PathBuf, Digest>;

/// Numbers without pattern, the same in every run: 0 to `below` - 1.
pub(crate) fn roll(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// Draws a picture with edges, slopes and some noise, and writes it as a file of `format`.
pub(crate) fn draw(path: &Path, format: Format, size: Size, seed: u64) {
    let mut dice = seed;
    let (slant, tint) = (roll(&mut dice, 60) as u32 + 20, roll(&mut dice, 200) as u32);
    let positions = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    let samples = positions.flat_map(|(x, y)| {
        let edge = if (x + y) / slant % 2 == 0 { tint } else { 255 - tint };
        let noise = roll(&mut dice, 12) as u32;
        [edge, x * 255 / size.width, y * 255 / size.height].map(|level| (level + noise).min(255) as u8)
    });
    let pixels = Pixels::from_samples(size, Channels::Rgb, samples.collect());
    let encoding = Encoding::new(format, &Values::new()).expect("the format is written");
    let bytes = encoding.encode(&pixels.into(), &Metadata::default()).expect("a source can be encoded");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for a source");
    fs::write(path, bytes).expect("a source can be written");
}

/// Every file below `folder`, hidden ones and temporary ones too, but for the state.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_entry(|entry| entry.file_name() != ".recanvas") {
        // While a run goes on, a temporary file may be gone before it is looked at.
        let Ok(entry) = entry else { continue };
        if let (true, Ok(bytes)) = (entry.file_type().is_file(), fs::read(entry.path())) {
            let relative = entry.path().strip_prefix(folder).expect("below the folder");
            tree.insert(relative.to_owned(), Digest::of(&bytes));
        }
    }
    tree
}

/// Whether a path has the name of a temporary file.
pub(crate) fn is_temp(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".recanvas-tmp")
}

/// The program without any setting from the environment.
pub(crate) fn program(arguments: &[&str], folders: [&Path; 3]) -> Command {
    let [pipeline, input, output] = folders;
    let mut command = Command::new(env!("CARGO_BIN_EXE_recanvas"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RECANVAS_") {
            command.env_remove(name);
        }
    }
    command.arg("run").arg(pipeline).arg("--input").arg(input).arg("--output").arg(output).args(arguments);
    command.stdin(std::process::Stdio::null());
    command
}
