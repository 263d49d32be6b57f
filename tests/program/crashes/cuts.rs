//! A manifest that ends anywhere in its last lines.

use std::fs;
use std::path::Path;

use crate::crashes::abort_at;
use crate::crashes::world::World;

/// Goes on from every state in which the last three lines of `dead`'s manifest can be.
fn cut_everywhere(world: &World, dead: &str) -> usize {
    let reference = world.reference();
    let manifest = fs::read(world.manifest(dead)).expect("a manifest");
    let ends: Vec<usize> = (0..manifest.len()).filter(|&at| manifest[at] == b'\n').map(|at| at + 1).collect();
    let first = ends[ends.len() - 4];
    for length in first..manifest.len() {
        let output = "resumed";
        let folder = world.output(output);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join(".recanvas")).expect("a state folder");
        for path in world.tree(dead).keys() {
            fs::create_dir_all(folder.join(path).parent().expect("a folder")).expect("a folder");
            // The same file with the same times; outputs are replaced, never written to.
            fs::hard_link(world.output(dead).join(path), folder.join(path)).expect("a link");
        }
        fs::write(world.manifest(output), &manifest[..length]).expect("a manifest");
        let (summary, made) = world.run(output);
        assert_eq!(summary.exit(false), 0, "cut to {length} bytes");
        assert_eq!(world.tree(output), reference, "cut to {length} bytes");
        assert!(made.len() <= 2, "cut to {length} bytes, {made:?} was made");
        assert_eq!(world.recorded(output).len(), reference.len());
    }
    manifest.len() - first
}

fn one_source() -> World {
    let world = World::small(false);
    fs::remove_file(world.input().join("a.jpg")).expect("a source that is not needed");
    world
}

#[test]
fn the_manifest_of_a_finished_run_may_end_anywhere() {
    let world = one_source();
    assert_eq!(world.run("dead").0.done, 2);
    let last = fs::read_to_string(world.manifest("dead")).expect("a manifest");
    assert!(last.lines().last().is_some_and(|line| line.contains("run_ended")));
    assert!(cut_everywhere(&world, "dead") > 500);
}

#[test]
fn the_manifest_of_a_killed_run_may_end_anywhere() {
    let world = one_source();
    // At the last output's placing: its claim is the last line, and it is there.
    assert!(!abort_at(&world, "dead", 1, 7).success());
    assert_eq!((world.tree("dead").len(), world.recorded("dead").len()), (2, 1));
    assert!(cut_everywhere(&world, "dead") > 500);
}

#[test]
fn without_its_manifest_every_output_is_recognised() {
    let world = World::small(false);
    let reference = world.reference();
    fs::remove_file(world.manifest("reference")).expect("a manifest");
    let (summary, made) = world.run("reference");
    assert_eq!((summary.exit(false), summary.adopted, made.len()), (0, 4, 0));
    assert_eq!(world.tree("reference"), reference);
    assert!(reference.contains_key(Path::new("shoes/c.wide.png")));
}
