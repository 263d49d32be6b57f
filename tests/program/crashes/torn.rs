//! Outputs that are not what was written: by a failing machine, or by hand.

use std::fs;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;

use crate::crashes::abort_at;
use crate::crashes::world::World;
use crate::trees::Tree;

const OUTPUT: &str = "a.square.jpg";

/// A run that died right after the record of its first output, before any sync.
fn dead() -> (World, Tree) {
    let world = World::small(false);
    let reference = world.reference();
    assert!(!abort_at(&world, "out", 1, 5).success());
    // On a busy machine the group's time may have come; then the sync is taken back.
    let manifest = fs::read_to_string(world.manifest("out")).expect("a manifest");
    let kept = manifest.lines().filter(|line| !line.contains("\"kind\":\"synced\"")).map(|line| format!("{line}\n"));
    fs::write(world.manifest("out"), kept.collect::<String>()).expect("a manifest");
    assert_eq!(world.recorded("out"), [OUTPUT]);
    (world, reference)
}

/// Where the output was written before it got its name.
fn temporary(world: &World, output: &str) -> PathBuf {
    let manifest = fs::read_to_string(world.manifest(output)).expect("a manifest");
    let records = manifest.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
    let claims = records.filter(|record| record["kind"] == "task_writing" && record["output"] == OUTPUT);
    let names: Vec<String> = claims.map(|claim| claim["temp"].as_str().expect("a name").to_owned()).collect();
    let name = names.last().expect("a claim");
    let digits = name.strip_prefix(&format!(".{OUTPUT}~")).and_then(|rest| rest.strip_suffix(".recanvas-tmp"));
    assert!(digits.is_some_and(|digits| digits.len() == 8 && u32::from_str_radix(digits, 16).is_ok()), "{name}");
    world.output(output).join(name)
}

/// Gives the output another content, and the time that it had.
fn rewrite(world: &World, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let path = world.output("out").join(OUTPUT);
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let mut bytes = fs::read(&path).expect("an output");
    change(&mut bytes);
    fs::write(&path, bytes).expect("an output");
    let file = File::options().write(true).open(&path).expect("an output");
    file.set_modified(time).expect("a time can be set");
    path
}

#[test]
fn outputs_that_a_failing_machine_lost_are_made_again() {
    let losses: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| bytes.fill(0),
        |bytes| bytes[200] ^= 1,
    ];
    for loss in losses {
        let (world, reference) = dead();
        rewrite(&world, loss);
        let (summary, made) = world.run("out");
        assert_eq!((summary.exit(false), summary.modified), (0, 0));
        assert!(made.iter().any(|path| path == OUTPUT), "{made:?}");
        assert_eq!(world.tree("out"), reference);
    }
}

#[test]
fn an_output_whose_name_was_lost_is_made_again() {
    let (world, reference) = dead();
    let place = world.output("out").join(OUTPUT);
    fs::rename(&place, temporary(&world, "out")).expect("a rename");
    let (summary, made) = world.run("out");
    assert_eq!(summary.exit(false), 0);
    assert!(made.iter().any(|path| path == OUTPUT));
    assert_eq!(world.tree("out"), reference);
}

#[test]
fn a_claimed_output_of_which_only_the_name_reached_the_disk_is_made_again() {
    for bytes in [0, 500] {
        let world = World::small(false);
        let reference = world.reference();
        assert!(!abort_at(&world, "out", 1, 4).success());
        assert_eq!((world.tree("out").len(), world.recorded("out").len()), (1, 0));
        fs::write(world.output("out").join(OUTPUT), vec![0; bytes]).expect("an output");
        let (summary, _) = world.run("out");
        assert_eq!((summary.exit(false), summary.modified), (0, 0), "{bytes} zeros");
        assert_eq!(world.tree("out"), reference);
    }
}

#[test]
fn outputs_that_were_changed_by_hand_are_kept() {
    let world = World::small(false);
    let reference = world.reference();
    let path = world.output("reference").join(OUTPUT);
    let whole = fs::read(&path).expect("an output");
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    fs::write(&path, b"retouched by hand").expect("an output");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(time + Duration::from_secs(5))).unwrap();
    let (summary, made) = world.run("reference");
    assert_eq!((summary.exit(false), summary.modified, summary.skipped, made.len()), (0, 1, 4, 0));
    assert_eq!(fs::read(&path).expect("an output"), b"retouched by hand");

    let replace = |request: Request| request.with(|it| it.overwrite_modified = true);
    let summary = world.run_with("reference", replace, &Silent, &Stop::new());
    assert_eq!((summary.done, summary.modified), (1, 0));
    assert_eq!(fs::read(&path).expect("an output"), whole);
    assert_eq!(world.tree("reference"), reference);
}

#[test]
fn a_change_that_left_no_trace_is_found_by_verifying() {
    let world = World::small(false);
    let reference = world.reference();
    fs::rename(world.output("reference"), world.output("out")).expect("a rename");
    rewrite(&world, |bytes| bytes[200] ^= 1);
    assert_eq!(world.run("out").0.skipped, 4);
    let verify = |request: Request| request.with(|it| it.verify = true);
    assert_eq!(world.run_with("out", verify, &Silent, &Stop::new()).modified, 1);
    let replace = |request: Request| {
        request.with(|it| {
            it.verify = true;
            it.overwrite_modified = true;
        })
    };
    assert_eq!(world.run_with("out", replace, &Silent, &Stop::new()).done, 1);
    assert_eq!(world.tree("out"), reference);
}

#[test]
fn files_of_the_user_under_a_temporary_name_stay() {
    let world = World::small(false);
    let reference = world.reference();
    let again = |request: Request| request.with(|it| it.force = true);
    let picture = fs::read(world.input().join("a.jpg")).expect("a source");
    for content in [b"mine".to_vec(), picture] {
        let place = temporary(&world, "reference");
        assert!(!place.exists());
        fs::write(&place, &content).expect("a file");
        let summary = world.run_with("reference", again, &Silent, &Stop::new());
        assert_eq!((summary.done, summary.exit(false)), (4, 0));
        assert_eq!(fs::read(&place).expect("the file"), content);
        assert_ne!(temporary(&world, "reference"), place);
        fs::remove_file(&place).expect("a file");
        assert_eq!(world.tree("reference"), reference);
    }
}
