//! What a run refuses before it begins.

use std::os::unix::fs::symlink;

use crate::cli::Dir;

const TARGET: &str = "{ name: a, size: 20x20 }";

#[test]
fn equal_files_are_adopted_when_the_state_is_lost() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.png", "grid/gray__plain.png");
    dir.run(&[]).code(0);
    let before = dir.stamps();
    std::fs::remove_dir_all(dir.path("out/.recanvas")).unwrap();
    let done = dir.run(&[]);
    done.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!((&done.json()["adopted"], &done.json()["bytes_written"]), (&2.into(), &0.into()));
    assert_eq!(dir.stamps(), before, "not a byte was written");
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn a_folder_that_lost_all_its_sources_is_refused() {
    let dir = Dir::new("", &[TARGET]);
    dir.run(&[]).code(0).counts([0, 0, 0, 0, 0]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("sub/bad.png", "broken/corrupt__bad_crc.png");
    dir.run(&[]).code(3).counts([1, 0, 1, 0, 0]);
    // What an unmounted folder looks like.
    std::fs::rename(dir.path("in"), dir.path("away")).unwrap();
    dir.make("in");
    dir.write("in/notes.txt", b"no picture");
    let manifest = dir.read("out/.recanvas/manifest.jsonl");
    let before = dir.stamps();
    for flags in [&[][..], &["--only", "x.png"], &["--force"], &["--target", "a"], &["--dry-run"]] {
        let refused = dir.run(flags);
        refused.code(2).warns(&["the input folder in has no sources, though the manifest in out/.recanvas has some"]);
        assert!(refused.stdout.is_empty() && refused.stderr.contains("\nhint: is it mounted? "), "{refused}");
    }
    dir.recanvas(&["plan", "p.yaml"]).code(2).warns(&["is it mounted?"]);
    assert_eq!(dir.stamps(), before);
    assert_eq!(dir.read("out/.recanvas/manifest.jsonl"), manifest, "nothing was recorded");
    // One source that is there shows that the folder is.
    dir.source("y.png", "grid/gray__plain.png");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    // Another pipeline's records in the same state say nothing of this one's sources.
    dir.make("empty");
    dir.pipeline("name: other", &[TARGET]);
    dir.run(&["-i", "empty"]).code(0).counts([0, 0, 0, 0, 0]);
}

#[test]
fn an_input_inside_the_output_is_refused_and_the_other_way_is_not() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&["-o", "."]).code(2).warns(&["lies inside the output folder"]);
    dir.run(&["-o", "in"]).code(2).warns(&["lies inside the output folder"]);
    symlink(dir.path("."), dir.path("link")).unwrap();
    dir.run(&["-o", "link"]).code(2).warns(&["lies inside the output folder"]);
    let names: Vec<String> = dir.tree(".").into_keys().collect();
    assert_eq!(names, ["in/x.png", "link", "p.yaml"]);

    dir.run(&["-o", "in/out"]).code(0).counts([1, 0, 0, 0, 0]);
    dir.run(&["-o", "in/out"]).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(dir.tree("in/out").len(), 1, "outputs are no sources");
}

#[test]
fn a_template_that_leaves_the_output_is_refused() {
    let dir = Dir::new("output: { dir: out, path: \"../{stem}.{target}.{ext}\" }", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(2).warns(&["contains `..`", "p.yaml:3:27"]);
    assert!(!dir.path("out").exists());
    assert!(!dir.path("x.a.jpg").exists());
}

#[test]
fn a_link_in_the_output_that_leads_out_of_it_fails_its_task_alone() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("away/x.png", "grid/rgb__plain.png");
    dir.source("here/y.png", "grid/rgb__plain.png");
    dir.make("out");
    dir.make("elsewhere");
    symlink(dir.path("elsewhere"), dir.path("out/away")).unwrap();
    dir.run(&[])
        .code(3)
        .counts([1, 0, 1, 0, 0])
        .warns(&["failed away/x.png [a] io: ", "leads out of the output folder"]);
    assert!(dir.tree("elsewhere").is_empty());
    assert_eq!(dir.outputs().iter().filter(|name| name.ends_with(".jpg")).count(), 1);
    // A link that stays inside is fine.
    dir.remove("out/away");
    symlink(dir.path("out/here"), dir.path("out/away")).unwrap();
    dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
}

#[test]
fn a_link_where_an_output_goes_is_not_followed() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.write("precious", b"mine");
    dir.make("out");
    symlink(dir.path("precious"), dir.path("out/x.a.jpg")).unwrap();
    dir.run(&[]).code(3).warns(&["x.a.jpg"]);
    assert_eq!(dir.read("precious"), b"mine");
}

#[test]
fn outputs_cannot_lie_in_the_state_folder() {
    let dir = Dir::new("output: { dir: out, path: \".recanvas/{stem}.{target}.{ext}\" }", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(2).warns(&["lies in the state folder"]);
    dir.pipeline("output: { dir: out, path: \".recanvas/manifest.jsonl\" }", &[TARGET]);
    dir.run(&[]).code(2).warns(&["lies in the state folder"]);
}

#[test]
fn an_input_inside_the_output_is_found_whatever_way_the_output_is_named() {
    let dir = Dir::new("output: { dir: new/x/../.. }", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(2).warns(&["lies inside the output folder"]);
    assert!(!dir.path("new").exists() && !dir.path(".recanvas").exists(), "nothing was created");
}
