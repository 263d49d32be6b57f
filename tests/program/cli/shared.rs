//! One state folder with several output folders, and one output folder with several pipelines.

use std::fs;

use crate::cli::Dir;
use crate::dir::fixture_bytes;

const TARGET: &str = "{ name: a, size: 20x20 }";

/// A pipeline `p.yaml` whose state is not in its output folder, with all its outputs made in `out`.
fn apart() -> Dir {
    let dir = Dir::new("output: { dir: out, state: state }\n", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
    dir
}

/// A pipeline `p.yaml` with its output made in `out`, and another, `q.yaml`, that would write the same.
fn neighbours(first: &str, second: &str) -> Dir {
    let dir = Dir::new(first, &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
    let first = dir.read("p.yaml");
    dir.pipeline(second, &[TARGET]);
    dir.write("q.yaml", &dir.read("p.yaml"));
    dir.write("p.yaml", &first);
    dir
}

#[test]
fn records_of_one_output_folder_say_nothing_of_another() {
    let dir = apart();
    let foreign = fixture_bytes("grid/rgb__444.jpg");
    dir.write("out2/x.a.jpg", &foreign);
    let status = dir.recanvas(&["status", "p.yaml", "--json", "--output", "out2"]).code(0).json();
    assert_eq!((&status["tasks"]["done"], &status["modified"]), (&0.into(), &0.into()), "{status}");
    dir.recanvas(&["status", "p.yaml", "-q", "--output", "out2"]).code(3);
    let run = dir.run(&["--output", "out2", "--overwrite-modified"]);
    run.code(3).counts([1, 0, 1, 0, 0]).warns(&["conflict", "x.a.jpg"]);
    assert_eq!(dir.read("out2/x.a.jpg"), foreign, "a user's file stays");
    // What was made in the first folder is as done as before, and its orphans are known.
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(0);
    dir.remove("in/y.png");
    assert_eq!(dir.run(&[]).code(0).json()["orphans"], 1);
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed y.a.jpg", "removed 1 output, "]);
    assert!(dir.path("out2/y.a.jpg").exists(), "only the folder that was asked for is pruned");
    let second = dir.recanvas(&["prune", "p.yaml", "--yes", "--output", "out2"]);
    second.code(0).says(&["removed y.a.jpg", "removed 1 output, "]);
    // The first folder does not learn of it what was not there.
    dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn an_output_folder_that_was_moved_keeps_what_is_known_of_it() {
    let dir = apart();
    fs::rename(dir.path("out"), dir.path("moved")).unwrap();
    dir.run(&["--output", "moved"]).code(0).counts([0, 2, 0, 0, 0]);
    // All of it moved, and then copied beside itself.
    let whole = Dir::new("", &[TARGET]);
    whole.source("x.png", "grid/rgb__plain.png");
    whole.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    let copied =
        std::process::Command::new("cp").args(["-a", "out", "copy"]).current_dir(whole.path("")).status().unwrap();
    assert!(copied.success());
    whole.run(&["--output", "copy"]).code(0).counts([0, 1, 0, 0, 0]);
    whole.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn outputs_of_another_pipeline_stay_its_own() {
    let dir = neighbours("name: first\n", "name: second\n");
    let made = dir.stamps();
    let run = dir.recanvas(&["run", "q.yaml", "--json"]);
    run.code(3).counts([0, 0, 2, 0, 0]).warns(&["conflict", "was written by the pipeline `first`"]);
    let plan = dir.recanvas(&["plan", "q.yaml", "--json"]).json();
    assert_eq!((&plan["totals"]["redo"], &plan["totals"]["fail"]), (&0.into(), &2.into()), "{plan}");
    dir.recanvas(&["explain", "q.yaml", "x.png"]).says(&["will fail: conflict", "was written by the pipeline `first`"]);
    dir.remove("in/y.png");
    dir.recanvas(&["prune", "q.yaml", "--yes"]).code(0).says(&["removed nothing"]);
    assert_eq!(dir.stamps(), made);
    dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn outputs_of_a_renamed_pipeline_are_adopted() {
    let dir = neighbours("name: first\n", "name: second\n");
    let made = dir.stamps();
    // The file has another name inside, or another one outside.
    dir.write("p.yaml", &dir.read("q.yaml"));
    dir.remove("q.yaml");
    let run = dir.run(&[]);
    run.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!((run.json()["adopted"].as_u64(), dir.stamps()), (Some(2), made.clone()), "{run}");
    fs::rename(dir.path("p.yaml"), dir.path("third.yaml")).unwrap();
    let text = String::from_utf8(dir.read("third.yaml")).unwrap().replace("name: second\n", "");
    dir.write("third.yaml", text.as_bytes());
    let run = dir.recanvas(&["run", "third.yaml", "--json"]);
    assert_eq!((run.code(0).json()["adopted"].as_u64(), dir.stamps()), (Some(2), made), "{run}");
}

#[test]
fn adopted_outputs_are_never_pruned() {
    // Each has a state of its own, so neither knows of the other.
    let first = "name: first\noutput: { dir: out, state: s1 }\n";
    let dir = neighbours(first, "name: second\noutput: { dir: out, state: s2 }\n");
    let run = dir.recanvas(&["run", "q.yaml", "--json"]);
    assert_eq!(run.code(0).json()["adopted"], 2, "{run}");
    let text = String::from_utf8(dir.read("q.yaml")).unwrap();
    dir.write("q.yaml", text.replace("name: a,", "name: b,").as_bytes());
    let before = dir.tree("out");
    for flags in [&["prune", "q.yaml"][..], &["prune", "q.yaml", "--yes"]] {
        dir.recanvas(flags).code(0).says(&["kept x.a.jpg", "adopted, not written"]);
        assert_eq!(dir.tree("out"), before);
    }
    let plan = dir.recanvas(&["plan", "q.yaml", "--json"]).code(0).json();
    assert_eq!(plan["orphans"], 0);
    // What is written over it later is the pipeline's own.
    dir.write("q.yaml", text.replace("targets:", "stages:\n  - convert: { quality: 40 }\ntargets:").as_bytes());
    dir.recanvas(&["run", "q.yaml", "--json"]).code(0).counts([2, 0, 0, 0, 0]);
    dir.write("q.yaml", text.replace("name: a,", "name: b,").as_bytes());
    dir.recanvas(&["prune", "q.yaml"]).code(0).says(&["would remove 2 outputs, "]);
}

#[test]
fn two_pipelines_of_one_name_prune_nothing() {
    let dir = neighbours("name: same\n", "name: same\n");
    let text = String::from_utf8(dir.read("q.yaml")).unwrap().replace("name: a,", "name: b,");
    dir.write("q.yaml", text.as_bytes());
    dir.recanvas(&["run", "q.yaml", "--json"]).code(0).counts([2, 0, 0, 0, 0]);
    for (file, twin) in [("q.yaml", "p.yaml"), ("p.yaml", "q.yaml")] {
        for flags in [&["prune", file][..], &["prune", file, "--yes"]] {
            dir.recanvas(flags).code(2).warns(&[twin, "has the same name", "give each its own `name`"]);
        }
        for command in ["plan", "status"] {
            dir.recanvas(&[command, file]).code(0).says(&["orphans: not known", twin]);
            let json = dir.recanvas(&[command, file, "--json"]).code(0).json();
            assert_eq!(json["orphans"], 0);
            assert!(json["namesake"].as_str().is_some_and(|path| path.ends_with(twin)), "{json}");
        }
    }
    assert_eq!(dir.outputs().len(), 4);
    // One that was moved is no other, nor is one that has another name by now.
    dir.write("q.yaml", text.replace("name: same", "name: other").as_bytes());
    dir.recanvas(&["prune", "p.yaml"]).code(0).says(&["would remove 2 outputs, "]);
    dir.remove("q.yaml");
    fs::rename(dir.path("p.yaml"), dir.path("r.yaml")).unwrap();
    dir.recanvas(&["prune", "r.yaml", "--yes"]).code(0).says(&["removed 2 outputs, "]);
    assert_eq!(dir.outputs(), ["x.a.jpg", "y.a.jpg"]);
}

#[test]
fn outputs_of_another_input_folder_are_no_orphans() {
    let dir = neighbours("", "");
    dir.remove("q.yaml");
    dir.write("in2/z.png", &fixture_bytes("grid/rgb__plain.png"));
    dir.write("in2/w.png", &fixture_bytes("grid/rgb__plain.png"));
    dir.run(&["--input", "in2"]).code(0).counts([2, 0, 0, 0, 0]);
    dir.remove("in/y.png");
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed y.a.jpg", "removed 1 output, "]);
    // Its disk may only be away.
    fs::rename(dir.path("in2"), dir.path("in3")).unwrap();
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed nothing"]);
    assert_eq!(dir.outputs(), ["w.a.jpg", "x.a.jpg", "z.a.jpg"]);
    // It was moved: a run sees there what it made, and from then on it knows what is gone.
    let text = String::from_utf8(dir.read("p.yaml")).unwrap().replace("dir: in }", "dir: in3 }");
    dir.write("p.yaml", text.as_bytes());
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    let manifest = dir.read("out/.recanvas/manifest.jsonl").len();
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    assert!(dir.read("out/.recanvas/manifest.jsonl").len() < manifest + 1000, "seen once is enough");
    dir.remove("in3/z.png");
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed z.a.jpg", "removed 1 output, "]);
    assert_eq!(dir.outputs(), ["w.a.jpg", "x.a.jpg"]);
}

#[test]
fn records_of_a_removed_output_folder_apply_to_no_other_files() {
    let foreign = fixture_bytes("grid/rgb__444.jpg");
    let worse = "stages:\n  - convert: { quality: 40 }\n";
    let change = |dir: &Dir| dir.pipeline(&format!("output: {{ dir: out, state: state }}\n{worse}"), &[TARGET]);
    // A user's file in a new folder, and a user's copy of an output.
    let dir = apart();
    fs::remove_dir_all(dir.path("out")).unwrap();
    dir.write("new/x.a.jpg", &foreign);
    let run = dir.run(&["--output", "new", "--overwrite-modified"]);
    run.code(3).counts([1, 0, 1, 0, 0]).warns(&["conflict"]);
    assert_eq!(dir.read("new/x.a.jpg"), foreign);

    let dir = apart();
    let copy = dir.read("out/x.a.jpg");
    fs::remove_dir_all(dir.path("out")).unwrap();
    dir.write("keep/x.a.jpg", &copy);
    change(&dir);
    dir.run(&["--output", "keep"]).code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(dir.read("keep/x.a.jpg"), copy);

    // A folder has records of its own, older ones than the folder that is gone.
    let dir = apart();
    change(&dir);
    dir.run(&["--output", "second"]).code(0).counts([2, 0, 0, 0, 0]);
    fs::remove_dir_all(dir.path("second")).unwrap();
    let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!((&status["tasks"]["changed"], &status["modified"]), (&2.into(), &0.into()), "{status}");
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
}

#[test]
fn an_output_of_another_pipeline_stays_after_a_folder_with_its_copy_is_removed() {
    let state = "output: { dir: out, state: state }\n";
    let dir = neighbours(&format!("name: first\n{state}"), &format!("name: second\n{state}"));
    let made = dir.tree("out");
    dir.recanvas(&["run", "q.yaml", "--output", "out2"]).code(0);
    fs::remove_dir_all(dir.path("out2")).unwrap();
    let text = String::from_utf8(dir.read("q.yaml")).unwrap();
    dir.write("q.yaml", text.replace("targets:", "stages:\n  - convert: { quality: 40 }\ntargets:").as_bytes());
    dir.recanvas(&["run", "q.yaml"]).code(3).warns(&["was written by the pipeline `first`"]);
    assert_eq!(dir.tree("out"), made);
}

#[test]
fn a_moved_output_folder_is_recorded_by_the_next_run() {
    let dir = apart();
    fs::rename(dir.path("out"), dir.path("moved")).unwrap();
    dir.recanvas(&["status", "p.yaml", "-q", "--output", "moved"]).code(0);
    dir.run(&["--output", "moved"]).code(0).counts([0, 2, 0, 0, 0]);
    // Another folder at the old place changes nothing.
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
    dir.run(&["--output", "moved"]).code(0).counts([0, 2, 0, 0, 0]);
    dir.pipeline("output: { dir: out, state: state }\nstages:\n  - convert: { quality: 40 }\n", &[TARGET]);
    dir.run(&["--output", "moved"]).code(0).counts([2, 0, 0, 0, 0]);
    dir.remove("in/y.png");
    dir.recanvas(&["prune", "p.yaml", "--yes", "--output", "moved"]).code(0).says(&["removed y.a.jpg"]);
    // And once more.
    fs::rename(dir.path("moved"), dir.path("again")).unwrap();
    dir.run(&["--output", "again"]).code(0).counts([0, 1, 0, 0, 0]);
}

/// The records of earlier programs, which did not say where they wrote.
fn of_earlier_programs(dir: &Dir) {
    let manifest = String::from_utf8(dir.read("state/manifest.jsonl")).unwrap();
    let line = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).expect("a record");
        let record_of_run = record.as_object_mut().expect("an object");
        let kind = record_of_run.remove("kind").expect("a kind");
        for key in ["input", "output", "file"] {
            if kind == "run_started" {
                record_of_run.remove(key);
            }
        }
        let rest = record.to_string();
        format!("{{\"kind\":{kind},{}\n", &rest[1..])
    };
    let manifest: String = manifest.lines().map(line).collect();
    dir.write("state/manifest.jsonl", manifest.as_bytes());
}

#[test]
fn records_without_an_output_folder_belong_to_the_one_that_holds_their_files() {
    let foreign = fixture_bytes("grid/rgb__444.jpg");
    let dir = apart();
    of_earlier_programs(&dir);
    dir.write("new/x.a.jpg", &foreign);
    dir.run(&["--output", "new", "--overwrite-modified"]).code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(dir.read("new/x.a.jpg"), foreign);
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    dir.run(&["--output", "new"]).code(3).counts([0, 1, 1, 0, 0]);
    dir.remove("in/y.png");
    dir.recanvas(&["prune", "p.yaml", "--yes"]).code(0).says(&["removed y.a.jpg"]);
}

#[test]
fn a_copied_output_does_not_make_a_folder_that_of_the_pipeline() {
    let dir = apart();
    of_earlier_programs(&dir);
    dir.write("other/x.a.jpg", &dir.read("out/x.a.jpg"));
    dir.write("other/y.a.jpg", b"mine");
    dir.run(&["--output", "other", "--overwrite-modified"]).code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(dir.read("other/y.a.jpg"), b"mine");
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn records_without_a_folder_are_known_by_what_a_copy_without_times_holds() {
    let dir = apart();
    of_earlier_programs(&dir);
    fs::rename(dir.path("out"), dir.path("old")).unwrap();
    for name in ["x.a.jpg", "y.a.jpg"] {
        dir.write(format!("new/{name}"), &dir.read(format!("old/{name}")));
    }
    let run = dir.run(&["--output", "new"]);
    assert_eq!(run.code(0).counts([0, 2, 0, 0, 0]).json()["adopted"], 0, "{run}");
    // One of the same sizes is none of them.
    let other = apart();
    of_earlier_programs(&other);
    for name in ["x.a.jpg", "y.a.jpg"] {
        let mut bytes = other.read(format!("out/{name}"));
        *bytes.last_mut().unwrap() ^= 1;
        other.write(format!("new/{name}"), &bytes);
    }
    other.run(&["--output", "new", "--overwrite-modified"]).code(3).counts([0, 0, 2, 0, 0]);
}

#[test]
fn outputs_stay_those_of_a_pipeline_that_is_absent_for_a_while() {
    let dir = neighbours("name: first\n", "name: second\n");
    fs::rename(dir.path("p.yaml"), dir.path("away")).unwrap();
    let run = dir.recanvas(&["run", "q.yaml", "--json"]);
    assert_eq!(run.code(0).json()["adopted"], 2, "{run}");
    fs::rename(dir.path("away"), dir.path("p.yaml")).unwrap();
    let made = dir.tree("out");
    let worse = |file: &str| {
        let text = String::from_utf8(dir.read(file)).unwrap();
        dir.write(file, text.replace("targets:", "stages:\n  - convert: { quality: 40 }\ntargets:").as_bytes());
    };
    worse("q.yaml");
    dir.recanvas(&["run", "q.yaml"]).code(3).warns(&["was written by the pipeline `first`"]);
    assert_eq!(dir.tree("out"), made);
    worse("p.yaml");
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
    // Renamed for good, what was adopted is the second's, which can make it anew and prune it.
    fs::remove_file(dir.path("p.yaml")).unwrap();
    let run = dir.recanvas(&["run", "q.yaml", "--json"]);
    assert_eq!(run.code(0).json()["adopted"], 2, "{run}");
    dir.remove("in/y.png");
    dir.recanvas(&["prune", "q.yaml", "--yes"]).code(0).says(&["removed y.a.jpg", "removed 1 output, "]);
}

#[test]
fn outputs_beside_sources_are_no_sources() {
    let dir = Dir::new("output: { dir: in/o1, state: state }\n", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    dir.run(&["--output", "in/o2"]).code(0).counts([1, 0, 0, 0, 0]);
    dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn suggested_exclude_patterns_match_only_unread_pictures() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = Dir::new("", &[TARGET]);
    dir.source("q1.gif", "grid/rgb__plain.png");
    dir.source("sub/a.png", "grid/rgb__plain.png");
    dir.write("in/only.gif", b"GIF89a");
    dir.write("in/sub/A.png", b"II*\0");
    dir.write(std::path::Path::new("in").join(OsStr::from_bytes(b"q\xff.gif")), b"GIF89a");
    let warned = dir.recanvas(&["plan", "p.yaml"]);
    warned.code(0).says(&["exclude: [\"/only.gif\"] }", "no pattern tells 2 from pictures that are read"]);
    dir.remove("in/q1.gif");
    dir.remove("in/sub/a.png");
    let warned = dir.recanvas(&["plan", "p.yaml"]);
    warned.code(0).says(&["exclude: [\"*.gif\", \"/sub/A.png\"] }"]);
}

#[test]
fn a_limit_is_told_by_a_plan() {
    let dir = apart();
    dir.source("v.png", "grid/rgb__plain.png");
    dir.source("w.png", "grid/rgb__plain.png");
    for flags in [&["plan", "p.yaml", "--limit", "1"][..], &["run", "p.yaml", "--dry-run", "--limit", "1"]] {
        dir.recanvas(flags).code(0).says(&["2 to create", "limit: one run makes 1 of them and leaves 1"]);
    }
    let json = dir.recanvas(&["plan", "p.yaml", "--limit", "1", "--json"]).code(0).json();
    assert_eq!((&json["limit"], &json["totals"]["create"]), (&1.into(), &2.into()));
    dir.run(&["--limit", "1"]).code(0).counts([1, 2, 0, 0, 1]);
}

#[test]
fn a_file_in_the_way_is_explained() {
    let dir = apart();
    dir.source("v.png", "grid/rgb__plain.png");
    dir.write("out/v.a.jpg", b"mine");
    dir.recanvas(&["explain", "p.yaml", "v.png"]).code(0).says(&["a file that is not ours is there"]);
}

#[test]
fn an_output_folder_that_is_a_link_to_nothing_is_refused() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    std::os::unix::fs::symlink("nowhere", dir.path("out")).unwrap();
    for command in ["check", "plan", "status", "run", "prune"] {
        dir.recanvas(&[command, "p.yaml"]).code(2).warns(&["is a link that leads nowhere"]);
    }
}
