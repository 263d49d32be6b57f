//! What a run holds, as the kernel counts it, against what it was allowed.

use std::fs;
use std::process::Child;
use std::time::Duration;

use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

use crate::cli::Dir;

const MIB: u64 = 1 << 20;

/// What a run may hold above its budget: the program, its threads, and what the allocator keeps.
const SLACK: u64 = 150_000_000;

fn png(picture: Pixels<u8>) -> Vec<u8> {
    let encoding = Encoding::new(Format::PNG, &Values::new()).expect("it is written");
    encoding.encode(&picture.into(), &Metadata::default()).expect("a file")
}

/// Bounds what a new task takes while it waits: a layout, a name, and a few numbers.
const TASK: u64 = 320;

#[test]
fn a_new_task_takes_little_though_every_source_has_a_size_of_its_own() {
    let held = |targets: u64| {
        let names: Vec<String> = (0..targets).map(|number| format!("{{ name: t{number}, size: 16x16 }}")).collect();
        let dir = Dir::new("", &names.iter().map(String::as_str).collect::<Vec<_>>());
        for number in 0..2000 {
            let pixels = Pixels::<u8>::new(Size::new(20 + number % 50, 20 + number / 50), Channels::Gray);
            dir.write(format!("in/{number}.png"), &png(pixels));
        }
        // It plans, and stops before it makes the first.
        let arguments = ["run", "p.yaml", "-q", "-j", "1", "--max-duration", "0s"];
        let (code, most) = peak(dir.command(&arguments).spawn().expect("a process"));
        assert_eq!((code, dir.outputs().len()), (Some(5), 0));
        most
    };
    let each = held(51).saturating_sub(held(1)) / (50 * 2000);
    assert!((128..=TASK).contains(&each), "{each} bytes");
}

/// A picture that does not compress.
fn noise(size: Size, channels: Channels) -> Pixels<u8> {
    let mut pixels = Pixels::new(size, channels);
    let mut state = 1_u32;
    for sample in pixels.samples_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = (state >> 24) as u8;
    }
    pixels
}

/// The most that a process holds until it ends.
fn peak(mut child: Child) -> (Option<i32>, u64) {
    let path = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(kib.unwrap_or(0) * 1024);
        if let Some(status) = child.try_wait().expect("a process") {
            return (status.code(), most);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs over four pictures with more threads than the budget has room for.
fn stays_within(budget: u64, channels: Channels, convert: &str) {
    let dir = Dir::new(&format!("stages:\n  - convert: {{ {convert} }}\n"), &["{ name: a, size: 600x800 }"]);
    let file = png(noise(Size::new(600, 600), channels));
    for number in 0..4 {
        dir.write(format!("in/{number}.png"), &file);
    }
    let memory = format!("{}MiB", budget / MIB);
    let child = dir.command(&["run", "p.yaml", "-q", "-j", "8", "--memory", &memory]).spawn().expect("a process");
    let (code, most) = peak(child);
    assert_eq!((code, dir.outputs().len()), (Some(0), 4), "{convert}");
    assert!(most <= budget + SLACK, "{convert}: {} MiB of {memory}", most / MIB);
}

#[test]
fn every_encoder_stays_within_the_budget() {
    let efforts = ["fast", "balanced", "small"];
    for effort in efforts {
        for lossless in ["true", "false"] {
            let convert = format!("format: webp, lossless: {lossless}, effort: {effort}");
            stays_within(52 * MIB, Channels::Rgba, &convert);
        }
        stays_within(30 * MIB, Channels::Rgb, &format!("format: png, effort: {effort}"));
        let convert = format!("format: jpeg, chroma: \"4:4:4\", progressive: true, effort: {effort}");
        stays_within(30 * MIB, Channels::Rgb, &convert);
    }
}
