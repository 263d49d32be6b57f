//! A whole catalog, by hand, as it takes minutes:
//! `cargo test --release --test program load:: -- --ignored --nocapture`

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use recanvas::codecs::Format;
use recanvas::geometry::Size;
use serde_json::Value;

use crate::trees::draw;
use crate::trees::is_temp;
use crate::trees::program;
use crate::trees::roll;
use crate::trees::tree;

const PIPELINE: &str = "version: 1\nname: load\ntargets:\n  - { name: square, size: 800x800 }\n  \
                        - { name: wide, size: 1280x720, convert: { format: webp } }\n  \
                        - { name: story, size: 540x960, convert: { format: png } }\n";
/// The sources that fail, with their classes.
const BROKEN: [(&str, &str); 6] = [
    ("broken/cut_jpeg.jpg", "corrupt"),
    ("broken/cut_png.png", "corrupt"),
    ("broken/cut_webp.webp", "corrupt"),
    ("broken/empty.jpg", "corrupt"),
    ("broken/text.jpg", "unsupported"),
    ("broken/huge.png", "limit"),
];
const SOUND: usize = 494;
const BUDGET: u64 = 128 << 20;

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output");
}

/// Pictures of 200 to 3000 pixels in three formats, and the broken ones.
fn catalog(input: &Path) {
    let formats = [(Format::JPEG, "jpg"), (Format::PNG, "png"), (Format::WEBP, "webp"), (Format::JPEG, "jpeg")];
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        for first in 0..threads {
            scope.spawn(move || {
                for number in (first..SOUND).step_by(threads) {
                    let mut dice = number as u64;
                    let mut side = || 200 + roll(&mut dice, 2801) as u32;
                    let (format, extension) = formats[number % formats.len()];
                    let path = input.join(format!("{}/{number}.{extension}", number % 10));
                    draw(&path, format, Size::new(side(), side()), number as u64);
                }
            });
        }
    });
    let broken = input.join("broken");
    fs::create_dir_all(&broken).expect("a folder");
    for (from, to) in [("0/0.jpg", "cut_jpeg.jpg"), ("1/1.png", "cut_png.png"), ("2/2.webp", "cut_webp.webp")] {
        let whole = fs::read(input.join(from)).expect("a source");
        fs::write(broken.join(to), &whole[..whole.len() * 2 / 3]).expect("a source");
    }
    fs::write(broken.join("empty.jpg"), b"").expect("a source");
    fs::write(broken.join("text.jpg"), b"This is a text, whatever its name says.\n").expect("a source");
    let huge = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/broken/limit__30000x30000.png");
    fs::copy(huge, broken.join("huge.png")).expect("a source");
}

/// Waits for the end of a process; the most memory that it held, in bytes.
fn peak_of(child: &mut Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) << 10);
        thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// Failed tasks per source and class, from a log of events.
fn failures(log: &str) -> BTreeMap<(String, String), Vec<String>> {
    let mut failures: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}"));
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        if event["event"] == "task_failed" {
            failures.entry((text("source"), text("class"))).or_default().push(text("message"));
        }
    }
    failures
}

fn last_line(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("what was printed");
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

#[test]
#[ignore = "takes minutes"]
fn a_catalog_with_broken_sources_is_done_in_little_memory_and_survives_fifty_deaths() {
    let folder = tempfile::tempdir().expect("a folder");
    let [pipeline, input, output] = ["pipeline.yaml", "input", "output"].map(|name| folder.path().join(name));
    let [log, out] = ["log", "out"].map(|name| folder.path().join(name));
    fs::write(&pipeline, PIPELINE).expect("a pipeline");
    catalog(&input);
    let run = |output: &Path| {
        let begun = Instant::now();
        let arguments = ["--memory", "128MiB", "--json", "--log-format", "json"];
        let mut command = program(&arguments, [&pipeline, &input, output]);
        let [log, out] = [&log, &out].map(|path| fs::File::create(path).expect("a file"));
        let mut child = command.stdout(out).stderr(log).spawn().expect("the program");
        let peak = peak_of(&mut child);
        let code = child.wait().expect("a child").code();
        say(&format!("exit {code:?} after {:.1?}, peak {} MB", begun.elapsed(), peak / 1_000_000));
        (code, peak)
    };

    let (code, peak) = run(&output);
    let failed = failures(&fs::read_to_string(&log).expect("a log"));
    for ((source, class), messages) in &failed {
        say(&format!("{} × {source} {class}: {}", messages.len(), messages[0]));
    }
    say(&last_line(&out).to_string());
    assert_eq!(code, Some(3));
    let expected = BROKEN.map(|(source, class)| (source.to_owned(), class.to_owned()));
    let mut found: Vec<_> = failed.keys().cloned().collect();
    found.sort_by_key(|key| expected.iter().position(|other| other == key));
    assert_eq!(found, expected);
    assert!(failed.values().all(|messages| messages.len() == 3));
    assert!(peak > 0 && peak < BUDGET + 150_000_000, "{peak} bytes");
    let reference = tree(&output);
    assert_eq!(reference.len(), SOUND * 3);

    let (code, _) = run(&output);
    let tasks = last_line(&out)["tasks"].clone();
    say(&tasks.to_string());
    assert_eq!((code, tasks["done"].as_u64(), tasks["known_failed"].as_u64()), (Some(0), Some(0), Some(18)));
    assert_eq!(tree(&output), reference);

    let output = folder.path().join("killed");
    let (mut dice, mut deaths) = (50, 0);
    let present = || {
        let entries = walkdir::WalkDir::new(&output).into_iter().filter_map(Result::ok);
        entries.filter(|entry| entry.file_type().is_file() && !is_temp(entry.path())).count()
    };
    for _ in 0..50 {
        let wanted = present() + roll(&mut dice, 50) as usize;
        let pause = Duration::from_micros(roll(&mut dice, 30_000));
        let mut command = program(&["--memory", "128MiB", "--quiet"], [&pipeline, &input, &output]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
        while present() < wanted && child.try_wait().expect("a child").is_none() {}
        thread::sleep(pause);
        child.kill().expect("a kill");
        deaths += usize::from(child.wait().expect("a child").signal() == Some(9));
        for (path, digest) in tree(&output).iter().filter(|(path, _)| !is_temp(path)) {
            assert_eq!(reference.get(path), Some(digest), "{} after {deaths} deaths", path.display());
        }
    }
    say(&format!("{deaths} deaths, then {} of {} outputs are there", present(), reference.len()));
    let (code, _) = run(&output);
    say(&last_line(&out)["tasks"].to_string());
    assert!(deaths >= 40 && matches!(code, Some(0 | 3)), "{deaths} deaths, then exit {code:?}");
    assert_eq!(tree(&output), reference);
}
