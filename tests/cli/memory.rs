//! What a run holds, as the kernel counts it, against what it was allowed.

use std::fs;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use recanvas::batch;
use recanvas::batch::Action;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::codecs;
use recanvas::codecs::Encode;
use recanvas::codecs::Format;
use recanvas::engines::remote::Registry;
use recanvas::geometry::Size;
use recanvas::pipeline::Pipeline;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

use crate::Dir;

const MIB: u64 = 1 << 20;

/// What a run may hold above its budget: the program, its threads, and what the allocator keeps.
const SLACK: u64 = 150_000_000;

#[test]
fn tasks_with_equal_layouts_hold_one() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }"]);
    for (name, fixture) in
        [("x.png", "grid/rgb__plain.png"), ("y.png", "grid/rgb__plain.png"), ("z.png", "photos/coffee.png")]
    {
        dir.source(name, fixture);
    }
    let pipeline = Pipeline::open(&dir.path("p.yaml"), Registry::built_in()).expect("a pipeline");
    let plan = batch::plan(&pipeline, &Request::new(&pipeline, Places::default()).expect("folders")).expect("a plan");
    let layouts: Vec<_> = plan
        .tasks()
        .map(|(source, task)| match &task.action {
            Action::Make(make) => (source.file.path.display().to_string(), task.target, &make.layout),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(layouts.len(), 6);
    for (name, target, layout) in &layouts {
        for (other_name, other_target, other) in &layouts {
            // Of the same size are the first two sources alone.
            let is_equal = target == other_target && (name == "z.png") == (other_name == "z.png");
            assert_eq!(Arc::ptr_eq(layout, other), is_equal, "{name} {target}, {other_name} {other_target}");
            assert_eq!(layout == other, is_equal, "{name} {target}, {other_name} {other_target}");
        }
    }
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
    let file = codecs::encode(&noise(Size::new(600, 600), channels), Format::Png, &Encode::default()).expect("a file");
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
            stays_within(50 * MIB, Channels::Rgba, &convert);
        }
        stays_within(30 * MIB, Channels::Rgb, &format!("format: png, effort: {effort}"));
        let convert = format!("format: jpeg, chroma: \"4:4:4\", progressive: true, effort: {effort}");
        stays_within(30 * MIB, Channels::Rgb, &convert);
    }
}
