//! Disks that take no more.

use std::fs;
use std::process::Command;
use std::process::Output;

use recanvas::codecs::Format;
use recanvas::geometry::Size;

use crate::crashes::world::World;
use crate::trees::is_temp;

/// Runs the program where no file can grow beyond so many blocks of 512 bytes.
fn cramped(world: &World, blocks: u32, arguments: &[&str]) -> Output {
    let program = world.program("out", arguments);
    Command::new("sh")
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
        .arg("sh")
        .arg(program.get_program())
        .args(program.get_args())
        .output()
        .expect("a shell")
}

#[test]
fn an_output_that_does_not_fit_fails_alone_and_is_made_later() {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: tiny, size: 16x16 }\n  \
                    - { name: large, size: 400x400, convert: { format: png } }\n";
    let world = World::new(pipeline, &[("a.jpg", Format::JPEG, Size::new(400, 400))]);
    let reference = world.reference();
    let ended = cramped(&world, 16, &["--json"]);
    assert_eq!(ended.status.code(), Some(3), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("could not write the output"));
    assert_eq!(world.finals("out", &reference).len(), 1);
    assert!(!world.tree("out").keys().any(|path| is_temp(path)), "what could not be written is removed");
    let (summary, _) = world.run("out");
    assert_eq!((summary.exit(false), summary.done, summary.skipped), (0, 1, 1), "it was no lasting failure");
    assert_eq!(world.tree("out"), reference);
}

#[test]
fn a_manifest_that_cannot_grow_ends_the_run() {
    let names: Vec<String> = (0..30).map(|number| format!("{number}.jpg")).collect();
    let sources: Vec<_> = names.iter().map(|name| (name.as_str(), Format::JPEG, Size::new(40, 40))).collect();
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: tiny, size: 16x16 }\n";
    let world = World::new(pipeline, &sources);
    let reference = world.reference();
    for blocks in [8, 9, 10, 12, 15] {
        let _ = fs::remove_dir_all(world.output("out"));
        let ended = cramped(&world, blocks, &["--json", "--jobs", "4"]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        let present = world.finals("out", &reference);
        assert!(!present.is_empty() && present.len() < reference.len());
        let state = world.state("out");
        assert!(present.keys().all(|path| state.claim(path).is_some()), "all that is there was claimed");
        let unrecorded = present.len() - world.recorded("out").len();
        assert!(unrecorded <= 4, "{unrecorded} outputs of four threads have no record");
        assert!(state.last_run().is_some_and(|run| run.ended.is_none()));
        let told = format!("{said}{}", String::from_utf8_lossy(&ended.stdout));
        assert!(told.contains("the manifest cannot be written"), "{told}");

        let (summary, _) = world.run("out");
        assert_eq!(summary.exit(false), 0);
        assert_eq!(world.tree("out"), reference, "the next run takes it up, and leaves no temporary file");
    }
}

#[test]
fn a_folder_that_cannot_be_made_fails_its_tasks_alone() {
    let world = World::small(false);
    let reference = world.reference();
    fs::create_dir_all(world.output("out")).expect("a folder");
    fs::write(world.output("out").join("shoes"), b"in the way").expect("a file");
    let (summary, _) = world.run("out");
    assert_eq!((summary.exit(false), summary.done, summary.failures()), (3, 2, 2));
    assert_eq!(fs::read(world.output("out").join("shoes")).expect("a file"), b"in the way");
    fs::remove_file(world.output("out").join("shoes")).expect("a file");
    let (summary, _) = world.run("out");
    assert_eq!((summary.exit(false), summary.done, summary.skipped), (0, 2, 2));
    assert_eq!(world.tree("out"), reference);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told_at_the_start() {
    let world = World::small(false);
    fs::create_dir_all(world.output("out")).expect("a folder");
    fs::write(world.output("out").join(".recanvas"), b"a file").expect("a file");
    let ended = world.program("out", &["--quiet"]).output().expect("the program");
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains(".recanvas` is no folder"));
    assert!(world.tree("out").is_empty(), "no output was written");
}
