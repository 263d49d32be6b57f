//! Outputs whose source, target or path is gone: counted, listed, and removed on request alone.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::SystemTime;

use serde_json::Value;

use crate::cli::Dir;
use crate::cli::Done;
use crate::dir::fixture_bytes;

const TARGETS: [&str; 2] = ["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }"];
const MANIFEST: &str = "out/.recanvas/manifest.jsonl";

/// Three sources, one of them in a folder, of which all outputs are made.
fn shop() -> Dir {
    let dir = Dir::new("", &TARGETS);
    for name in ["x.png", "y.png", "deep/z.png"] {
        dir.source(name, "grid/rgb__plain.png");
    }
    dir.run(&[]).code(0).counts([6, 0, 0, 0, 0]);
    dir
}

/// What `plan`, `status` and a prune that only looks say of the number, which must be the same.
#[track_caller]
fn counted(dir: &Dir) -> u64 {
    let count = |arguments: &[&str]| dir.recanvas(arguments).code(0).json()["orphans"].as_u64().expect("a count");
    let plan = count(&["plan", "p.yaml", "--json"]);
    assert_eq!(count(&["status", "p.yaml", "--json"]), plan);
    let dry = dir.recanvas(&["prune", "p.yaml", "--json"]).code(0).json();
    assert_eq!((dry["removed"]["files"].as_u64(), &dry["dry_run"]), (Some(plan), &true.into()));
    plan
}

fn prune(dir: &Dir) -> Done {
    dir.recanvas(&["prune", "p.yaml", "--yes", "--json"])
}

/// The outputs in one of the lists of an object.
fn outputs_of(json: &Value, list: &str) -> Vec<String> {
    let listed = json[list].as_array().unwrap_or_else(|| panic!("no {list} in {json}"));
    listed.iter().map(|one| one["output"].as_str().expect("a path").to_owned()).collect()
}

#[test]
fn orphans_are_counted_listed_and_removed_on_request() {
    let dir = shop();
    assert_eq!(counted(&dir), 0);
    dir.remove("in/y.png");
    assert_eq!(counted(&dir), 2);
    let run = dir.run(&[]);
    run.code(0).counts([0, 4, 0, 0, 0]);
    assert_eq!(run.json()["orphans"], 2, "{run}");
    let said = "outputs whose source, target or path is gone; `recanvas prune` removes them";
    dir.recanvas(&["run", "p.yaml"]).code(0).says(&[&format!("orphans             2  {said}")]);
    let named = "orphan y.a.jpg (";
    for command in ["plan", "status"] {
        let short = dir.recanvas(&[command, "p.yaml"]);
        assert!(short.code(0).stdout.contains(said) && !short.stdout.contains(named), "{short}");
        let long = dir.recanvas(&[command, "p.yaml", "--orphans"]);
        long.code(0).says(&[said, named, " from y.png [a]: its source is gone or left out", "orphan y.b.jpg ("]);
        let json = dir.recanvas(&[command, "p.yaml", "--orphans", "--json"]).code(0).json();
        assert_eq!(outputs_of(&json, "orphan_list"), ["y.a.jpg", "y.b.jpg"]);
        let one = &json["orphan_list"][0];
        assert_eq!((&one["source"], &one["target"], &one["gone"]), (&"y.png".into(), &"a".into(), &"source".into()));
        assert_eq!((one["bytes"].as_u64(), &one["kept"]), (Some(dir.read("out/y.a.jpg").len() as u64), &Value::Null));
    }
    // Without a word nothing happens.
    let (before, manifest) = (dir.stamps(), dir.read(MANIFEST));
    dir.recanvas(&["prune", "p.yaml"]).code(0).says(&["would remove y.a.jpg (", "would remove 2 outputs, ", "--yes"]);
    assert_eq!((dir.stamps(), dir.read(MANIFEST)), (before, manifest));
    let pruned = dir.recanvas(&["prune", "p.yaml", "--yes"]);
    pruned.code(0).says(&["removed y.a.jpg (", "removed y.b.jpg (", "removed 2 outputs, "]);
    assert_eq!(dir.outputs(), ["deep/z.a.jpg", "deep/z.b.jpg", "x.a.jpg", "x.b.jpg"]);
    assert_eq!(counted(&dir), 0);
    // Once more there is nothing to do, and nothing is written.
    let manifest = dir.read(MANIFEST);
    dir.recanvas(&["prune", "p.yaml", "-y"]).code(0).says(&["removed nothing"]);
    assert_eq!(dir.read(MANIFEST), manifest);
    // It is no run: the last one is still that.
    let last = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!((&last["last_run"]["exit"], &last["complete"]), (&0.into(), &true.into()));
    dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
    // A source that comes back is new, and a file that came to its place meanwhile is the user's.
    dir.source("y.png", "grid/rgb__plain.png");
    dir.recanvas(&["plan", "p.yaml"]).says(&["create y.png [a]", "create y.png [b]"]);
    dir.write("out/y.b.jpg", b"mine");
    let run = dir.run(&["--overwrite-modified"]);
    run.code(3).counts([1, 4, 1, 0, 0]);
    assert_eq!((&run.json()["failed_by_class"]["conflict"], dir.read("out/y.b.jpg")), (&1.into(), b"mine".to_vec()));
}

#[test]
fn a_target_or_a_path_that_is_gone_makes_orphans() {
    let dir = shop();
    dir.pipeline("", &["{ name: a, size: 20x20 }", "{ name: c, size: 12x12 }"]);
    let list = |json: &Value| -> Vec<(String, String)> {
        let listed = json["orphan_list"].as_array().expect("a list").iter();
        listed.map(|one| (one["output"].to_string(), one["gone"].to_string())).collect()
    };
    let look = || dir.recanvas(&["plan", "p.yaml", "--orphans", "--json"]).code(0).json();
    let pair = |output: &str, gone: &str| (format!("\"{output}\""), format!("\"{gone}\""));
    assert_eq!(list(&look()), ["deep/z.b.jpg", "x.b.jpg", "y.b.jpg"].map(|output| pair(output, "target")));
    // Another format is another path, before the new outputs are made and afterwards.
    dir.pipeline("stages: [{ convert: { format: png } }]", &["{ name: a, size: 20x20 }"]);
    for _ in 0..2 {
        let found = list(&look());
        let mut expected: Vec<(String, String)> = Vec::new();
        for name in ["deep/z", "x", "y"] {
            expected.push(pair(&format!("{name}.a.jpg"), "path"));
            expected.push(pair(&format!("{name}.b.jpg"), "target"));
        }
        assert_eq!(found, expected);
        dir.run(&[]).code(0);
    }
    let pruned = prune(&dir);
    assert_eq!(pruned.code(0).json()["removed"]["files"], 6, "{pruned}");
    assert_eq!(dir.outputs(), ["deep/z.a.png", "x.a.png", "y.a.png"]);
    dir.run(&[]).code(0).counts([0, 3, 0, 0, 0]);
    // What is left out is no source any more.
    let text = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", text.replace("input: { dir: in }", "input: { dir: in, exclude: [\"deep/**\"] }").as_bytes());
    assert_eq!(list(&look()), [pair("deep/z.a.png", "source")]);
}

#[test]
fn filters_and_another_input_make_no_orphans() {
    let dir = shop();
    let orphans = |flags: &[&str]| {
        let json = dir.recanvas(&[&["plan", "p.yaml", "--json"], flags].concat()).code(0).json();
        json["orphans"].as_u64().expect("a count")
    };
    dir.write("other/new.png", &dir.read("in/x.png"));
    let filters: [&[&str]; 5] = [
        &["--only", "x.png"],
        &["--target", "a"],
        &["--only", "x.png", "--target", "b"],
        &["--force"],
        &["-i", "other"],
    ];
    for flags in filters {
        assert_eq!(orphans(flags), 0, "{flags:?}");
    }
    dir.remove("in/y.png");
    for flags in &filters[..4] {
        assert_eq!(orphans(flags), 2, "{flags:?}");
    }
    assert_eq!(orphans(&["-i", "other"]), 0);
    let other = dir.recanvas(&["prune", "p.yaml", "--yes", "-i", "other"]);
    other.code(0).says(&["removed nothing"]);
    // Where names hang on what is in a file, those of sources that are not asked for are taken from the records.
    dir.pipeline("stages: [{ convert: { format: source } }]", &TARGETS);
    dir.run(&[]).code(0);
    assert_eq!(counted(&dir), 6);
    prune(&dir).code(0);
    for flags in filters {
        assert_eq!(orphans(flags), 0, "{flags:?}");
    }
    // So are those of a source that cannot be read any more.
    dir.write("in/x.png", b"no picture");
    assert_eq!(counted(&dir), 0);
    dir.run(&[]).code(3);
    assert_eq!(counted(&dir), 0);
    assert_eq!(dir.outputs(), ["deep/z.a.png", "deep/z.b.png", "x.a.png", "x.b.png"]);
}

#[test]
fn outputs_edited_by_hand_stay() {
    let dir = shop();
    for name in ["x.png", "y.png"] {
        dir.remove(&format!("in/{name}"));
    }
    dir.write("out/x.a.jpg", b"retouched");
    // Size and time are those that were recorded.
    let time = fs::metadata(dir.path("out/y.a.jpg")).and_then(|found| found.modified()).expect("a time");
    let mut bytes = dir.read("out/y.a.jpg");
    *bytes.last_mut().expect("a file") ^= 1;
    dir.write("out/y.a.jpg", &bytes);
    let file = fs::File::options().append(true).open(dir.path("out/y.a.jpg")).expect("the output");
    file.set_modified(time).expect("a time");
    // Touched alone, it is what was written.
    dir.touch("out/y.b.jpg");
    let plan = dir.recanvas(&["plan", "p.yaml", "--orphans"]);
    plan.code(0).says(&[
        "orphan x.a.jpg (9 B) from x.png [a]",
        "; stays: it was changed since it was written",
        "orphans: 3 ",
    ]);
    let dry = dir.recanvas(&["prune", "p.yaml", "--json"]).code(0).json();
    assert_eq!(outputs_of(&dry, "removed_list"), ["x.b.jpg", "y.b.jpg"], "{dry}");
    assert_eq!(outputs_of(&dry, "kept_list"), ["x.a.jpg", "y.a.jpg"], "{dry}");
    let pruned = prune(&dir);
    let json = pruned.code(0).json();
    assert_eq!(outputs_of(&json, "removed_list"), ["x.b.jpg", "y.b.jpg"], "{pruned}");
    assert_eq!(outputs_of(&json, "kept_list"), ["x.a.jpg", "y.a.jpg"], "{pruned}");
    assert_eq!(dir.outputs(), ["deep/z.a.jpg", "deep/z.b.jpg", "x.a.jpg", "y.a.jpg"]);
    assert_eq!((dir.read("out/x.a.jpg"), dir.read("out/y.a.jpg")), (b"retouched".to_vec(), bytes));
}

#[test]
fn outputs_of_another_task_are_no_orphans() {
    let dir = shop();
    // Another source of the same name has the outputs.
    dir.remove("in/x.png");
    dir.source("x.jpg", "grid/rgb__444.jpg");
    assert_eq!(counted(&dir), 0);
    prune(&dir).code(0);
    assert_eq!(dir.outputs().len(), 6);
    // Another pipeline of the same state has its own outputs, and what it takes over.
    let text = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("in2/q.png", &dir.read("in/y.png"));
    dir.write("in2/y.png", &fixture_bytes("grid/gray__plain.png"));
    dir.write(
        "q.yaml",
        text.replace("version: 1", "version: 1\nname: q").replace("dir: in }", "dir: in2 }").as_bytes(),
    );
    dir.remove("in/y.png");
    dir.remove("out/y.a.jpg");
    dir.recanvas(&["run", "q.yaml", "--json"]).code(3).counts([3, 0, 1, 0, 0]);
    let json = prune(&dir).code(0).json();
    assert_eq!(outputs_of(&json, "removed_list"), ["y.b.jpg"]);
    assert!(dir.outputs().contains(&"y.a.jpg".to_owned()) && dir.outputs().contains(&"q.b.jpg".to_owned()));
    // The same from the other side.
    dir.remove("in2/q.png");
    let json = dir.recanvas(&["prune", "q.yaml", "--yes", "--json"]).code(0).json();
    assert_eq!(outputs_of(&json, "removed_list"), ["q.a.jpg", "q.b.jpg"]);
    assert_eq!(dir.outputs(), ["deep/z.a.jpg", "deep/z.b.jpg", "x.a.jpg", "x.b.jpg", "y.a.jpg"]);
}

#[test]
fn prune_keeps_outputs_of_folders_that_cannot_be_read() {
    let dir = shop();
    let text = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", text.replace("input: { dir: in }", "input: { dir: in, follow_links: true }").as_bytes());
    // The folder is a link to a disk that is not mounted.
    fs::rename(dir.path("in/deep"), dir.path("disk")).expect("it is moved");
    symlink(dir.path("disk"), dir.path("in/deep")).expect("a link");
    dir.run(&[]).code(0).counts([0, 6, 0, 0, 0]);
    fs::rename(dir.path("disk"), dir.path("elsewhere")).expect("it is moved");
    dir.remove("in/y.png");
    assert_eq!(counted(&dir), 2);
    let pruned = dir.recanvas(&["prune", "p.yaml", "--yes"]);
    pruned.code(0).says(&["unreadable deep: ", "what was made of what lies there stays", "removed 2 outputs"]);
    assert_eq!(dir.outputs(), ["deep/z.a.jpg", "deep/z.b.jpg", "x.a.jpg", "x.b.jpg"]);
    // Nor where its target is gone, too.
    let named = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", named.replace("name: b,", "name: c,").as_bytes());
    assert_ne!(named.as_bytes(), dir.read("p.yaml"));
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed x.b.jpg", "removed 1 output"]);
    assert_eq!(dir.outputs(), ["deep/z.a.jpg", "deep/z.b.jpg", "x.a.jpg"]);
    dir.write("p.yaml", named.as_bytes());
    dir.run(&[]).code(3).counts([1, 1, 0, 0, 0]);
    dir.recanvas(&["status", "p.yaml"]).code(0).says(&["unreadable deep: "]);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
    fs::rename(dir.path("elsewhere"), dir.path("disk")).expect("it is moved");
    dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
}

#[test]
fn prune_is_refused_where_a_run_is() {
    let dir = shop();
    for name in ["x.png", "y.png", "deep/z.png"] {
        dir.remove(&format!("in/{name}"));
    }
    let before = (dir.outputs(), dir.read(MANIFEST));
    for command in [&["plan", "p.yaml"][..], &["prune", "p.yaml"], &["prune", "p.yaml", "--yes"], &["status", "p.yaml"]]
    {
        let refused = dir.recanvas(command);
        refused.code(2).warns(&["has no sources, though the manifest in", "is it mounted?"]);
        assert!(refused.stdout.is_empty(), "{refused}");
    }
    dir.source("x.png", "grid/rgb__plain.png");
    let lock = fs::File::options().write(true).open(dir.path("out/.recanvas/lock")).expect("the lock's file");
    lock.lock().expect("the lock");
    let refused = prune(&dir);
    assert_eq!(refused.code(75).json()["exit"], 75, "{refused}");
    dir.recanvas(&["prune", "p.yaml"]).code(0).says(&["would remove 4 outputs"]);
    drop(lock);
    assert_eq!((dir.outputs(), dir.read(MANIFEST)), before);
    prune(&dir).code(0);
    assert_eq!(dir.outputs(), ["x.a.jpg", "x.b.jpg"]);
    // Where nothing was ever made nothing is made.
    dir.recanvas(&["prune", "p.yaml", "--yes", "-o", "nowhere"]).code(0).says(&["removed nothing"]);
    assert!(!dir.path("nowhere").exists());
}

#[test]
fn no_link_is_followed() {
    let dir = shop();
    dir.remove("in/deep/z.png");
    fs::rename(dir.path("out/deep"), dir.path("out/moved")).expect("it is moved");
    symlink("moved", dir.path("out/deep")).expect("a link");
    let pruned = prune(&dir);
    let json = pruned.code(0).json();
    assert_eq!(outputs_of(&json, "kept_list"), ["deep/z.a.jpg", "deep/z.b.jpg"], "{pruned}");
    assert_eq!(json["kept_list"][0]["kept"], "`deep/z.a.jpg` is reached through a link");
    // Nor is one out of the output folder, or at the end.
    fs::remove_file(dir.path("out/deep")).expect("the link");
    fs::rename(dir.path("out/moved"), dir.path("moved")).expect("it is moved");
    symlink(dir.path("moved"), dir.path("out/deep")).expect("a link");
    assert_eq!(outputs_of(&prune(&dir).code(0).json(), "removed_list"), [""; 0]);
    fs::remove_file(dir.path("out/deep")).expect("the link");
    dir.make("out/deep");
    symlink(dir.path("moved/z.a.jpg"), dir.path("out/deep/z.a.jpg")).expect("a link");
    assert_eq!(outputs_of(&prune(&dir).code(0).json(), "removed_list"), [""; 0]);
    assert_eq!(dir.tree("moved").len(), 2);
    assert!(dir.path("out/deep/z.a.jpg").is_symlink());
}

#[test]
fn a_prune_that_was_killed_leaves_records_that_agree() {
    let dir = shop();
    for name in ["y.png", "deep/z.png"] {
        dir.remove(&format!("in/{name}"));
    }
    let before = dir.read(MANIFEST).len();
    prune(&dir).code(0);
    let manifest = dir.read(MANIFEST);
    assert!(manifest.len() > before, "it is recorded");
    // Whatever of its records is on the disk, the files are gone.
    let cuts: Vec<usize> = (before..manifest.len()).step_by(7).chain([manifest.len()]).collect();
    assert!(cuts.len() > 50);
    for cut in cuts {
        dir.write(MANIFEST, &manifest[..cut]);
        let plan = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
        assert_eq!((&plan["orphans"], &plan["totals"]["skip"]), (&0.into(), &2.into()), "cut at {cut}");
    }
    dir.write(MANIFEST, &manifest[..manifest.len() - 100]);
    prune(&dir).code(0);
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    // What it did not come to goes the next time.
    dir.write(MANIFEST, &manifest[..before]);
    dir.write("out/y.a.jpg", &dir.read("out/x.a.jpg"));
    assert_eq!(counted(&dir), 1, "it is the same picture");
    prune(&dir).code(0);
    assert_eq!(dir.outputs(), ["x.a.jpg", "x.b.jpg"]);
}

#[test]
fn unrecorded_outputs_are_ours_by_their_content_alone() {
    let dir = shop();
    let text = String::from_utf8(dir.read(MANIFEST)).expect("text");
    let is_kept = |line: &&str| !(line.contains("\"task_finished\"") && line.contains("\"y.png\""));
    let kept: Vec<&str> = text.lines().filter(is_kept).collect();
    assert_eq!(text.lines().count() - kept.len(), 2);
    dir.write(MANIFEST, format!("{}\n", kept.join("\n")).as_bytes());
    dir.remove("in/y.png");
    dir.write("out/y.b.jpg", b"a file that came to its place");
    let json = prune(&dir).code(0).json();
    assert_eq!(outputs_of(&json, "removed_list"), ["y.a.jpg"]);
    assert_eq!(outputs_of(&json, "kept_list"), [""; 0]);
    assert_eq!(dir.read("out/y.b.jpg"), b"a file that came to its place");
}

#[test]
fn an_output_of_a_time_before_1970_is_pruned() {
    let dir = shop();
    dir.remove("in/x.png");
    let file = fs::File::options().append(true).open(dir.path("out/x.a.jpg")).expect("the output");
    file.set_modified(SystemTime::UNIX_EPOCH - std::time::Duration::from_millis(1500)).expect("a time");
    drop(file);
    assert_eq!(prune(&dir).code(0).json()["removed"]["files"], 2);
}
