//! Admission by memory.

use std::sync::Mutex;

use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::codecs::Format;
use recanvas::error::Class;
use recanvas::geometry::Size;

use crate::crashes::world::World;

/// Notes failures, as `source [target]: message`.
#[derive(Default)]
struct Failures(Mutex<Vec<String>>);

impl Observer for Failures {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskFailed { key, failure, .. } = event {
            self.0.lock().expect("a list").push(format!("{} [{}]: {failure}", key.source.display(), key.target));
        }
    }
}

fn run(world: &World, output: &str, jobs: usize, memory: u64) -> (Summary, Vec<String>) {
    let failures = Failures::default();
    let change = |request: Request| {
        request.with(|it| {
            it.jobs = Some(jobs);
            it.memory = Some(memory);
        })
    };
    let summary = world.run_with(output, change, &failures, &Stop::new());
    (summary, failures.0.into_inner().expect("a list"))
}

/// The figure before `MiB of memory`.
fn figure(line: &str) -> u64 {
    let (before, _) = line.split_once(" MiB of memory").expect("a figure in MiB");
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

const MIB: u64 = 1 << 20;

#[test]
fn a_job_above_the_budget_fails_with_the_figure_and_others_go_on() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 32x32 }\n";
    let mut sources = vec![("b-large.png", Format::PNG, Size::new(2000, 1500))];
    sources.extend(["a.jpg", "c.jpg"].map(|name| (name, Format::JPEG, Size::new(60, 60))));
    let world = World::new(pipeline, &sources);
    let (summary, failures) = run(&world, "out", 2, 16 * MIB);
    assert_eq!((summary.done, summary.failed.get(&Class::Memory), summary.exit(false)), (2, Some(&1), 3));
    let [line] = &failures[..] else { panic!("{failures:?}") };
    assert!(line.starts_with("b-large.png [square]: ") && line.contains("the run may use 16 MiB"), "{line}");
    // The figure is what is needed: a MiB less is too little, and it is tried again.
    let need = figure(line);
    assert!((9..100).contains(&need), "{line}");
    let (summary, failures) = run(&world, "out", 2, (need - 1) * MIB);
    assert_eq!((summary.skipped, failures.len()), (2, 1));
    let (summary, failures) = run(&world, "out", 2, need * MIB);
    assert_eq!((summary.done, summary.skipped, failures.len(), summary.exit(false)), (1, 2, 0, 0));
}

#[test]
fn a_budget_for_one_source_at_a_time_is_enough_for_eight_threads() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 32x32 }\n  \
                    - { name: wide, size: 64x36 }\n";
    let names: Vec<String> = (0..60).map(|number| format!("{number}.png")).collect();
    // Small ones between large ones, so that places and bytes run out in turn.
    let side = |number: usize| if number.is_multiple_of(3) { 400 } else { 40 };
    let sources: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| (name.as_str(), Format::PNG, Size::new(side(number), side(number))))
        .collect();
    let world = World::new(pipeline, &sources);
    let (_, failures) = run(&world, "probe", 1, MIB);
    let need = failures.iter().map(|line| figure(line)).max().expect("too little for any");
    let (summary, failures) = run(&world, "out", 8, need * MIB);
    assert_eq!((summary.done, summary.left, failures.len()), (120, 0, 0));
    assert_eq!(world.tree("out"), world.reference());
}

#[test]
fn files_too_large_to_be_compared_are_neither_adopted_nor_overwritten() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 32x32 }\n";
    let sources = [("large.png", Format::PNG, Size::new(2000, 1500)), ("small.jpg", Format::JPEG, Size::new(60, 60))];
    let world = World::new(pipeline, &sources);
    let reference = world.reference();
    std::fs::remove_file(world.manifest("reference")).expect("a manifest");
    let (summary, failures) = run(&world, "reference", 2, 16 * MIB);
    assert_eq!((summary.adopted, summary.failed.get(&Class::Memory), summary.left), (1, Some(&1), 0));
    assert!(failures.len() == 1 && figure(&failures[0]) > 16, "{failures:?}");
    let (summary, _) = run(&world, "reference", 2, 256 * MIB);
    assert_eq!((summary.adopted, summary.skipped, summary.exit(false)), (1, 1, 0));
    assert_eq!(world.tree("reference"), reference);
}

#[test]
fn a_small_target_is_not_refused_for_the_memory_of_a_large_one() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: small, size: 64x64 }\n  \
                    - { name: large, ratio: \"1:1\" }\n  - { name: medium, size: 200x200 }\n";
    let world = World::new(pipeline, &[("a.jpg", Format::JPEG, Size::new(3000, 2000))]);
    let (summary, failures) = run(&world, "none", 1, MIB);
    assert_eq!(summary.failed.get(&Class::Memory), Some(&3));
    let need = |target: &str| {
        let line = failures.iter().find(|line| line.contains(&format!("[{target}]"))).expect("a line for each");
        figure(line)
    };
    let (small, medium, large) = (need("small"), need("medium"), need("large"));
    // Each figure is of that target alone: a scale is decoded of which the large one keeps all.
    assert!(small <= medium && 2 * medium < large, "{failures:?}");
    let (summary, failures) = run(&world, "out", 2, medium * MIB);
    assert_eq!((summary.done, summary.failed.get(&Class::Memory)), (2, Some(&1)), "{failures:?}");
    let [line] = &failures[..] else { panic!("{failures:?}") };
    assert!(line.starts_with("a.jpg [large]: ") && figure(line) == large, "{line}");
    let (summary, failures) = run(&world, "out", 2, large * MIB);
    assert_eq!((summary.done, summary.skipped, failures.len()), (1, 2, 0));
}

#[test]
fn memory_is_planned_anew_for_files_that_the_fastest_decoder_does_not_read() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 64x64 }\n";
    let world = World::new(pipeline, &[("a.jpg", Format::JPEG, Size::new(3000, 2000))]);
    let (_, failures) = run(&world, "none", 1, MIB);
    let fast = figure(&failures[0]);
    // A scan whose last bits are no codes: the general decoder takes it for damaged, after all of it.
    let path = world.input().join("a.jpg");
    let mut file = std::fs::read(&path).expect("a source");
    let at = file.len() - 400;
    file[at..at + 60].fill(0x55);
    std::fs::write(&path, file).expect("a source");
    let (summary, failures) = run(&world, "out", 1, fast * MIB);
    assert_eq!((summary.done, summary.failures()), (0, 1));
    let general = figure(&failures[0]);
    assert!(general > fast, "{failures:?}");
    let (summary, failures) = run(&world, "out", 1, general * MIB);
    assert_eq!((summary.done + summary.failures(), summary.left), (1, 0));
    assert!(!failures.iter().any(|line| line.contains("of memory")), "{failures:?}");
}
