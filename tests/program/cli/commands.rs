//! The commands that only look, and the one that begins.

use recanvas::pipeline::Registry;
use serde_json::Value;

use crate::cli::Dir;
use crate::cli::Done;

const TARGETS: [&str; 2] = ["{ name: a, size: 40x40 }", "{ name: b, ratio: 16:9 }"];

#[test]
fn init_writes_every_template_and_overwrites_nothing() {
    let dir = Dir::new("", &TARGETS);
    for template in ["social", "catalog", "minimal", "reference"] {
        let path = format!("new/{template}.yaml");
        dir.make("new");
        dir.recanvas(&["init", &path, "--template", template]).code(0).warns(&["wrote new/", "recanvas plan new/"]);
        let shipped = std::fs::read_to_string(format!("{}/pipelines/{template}.yaml", env!("CARGO_MANIFEST_DIR")));
        let (shipped, written) = (shipped.unwrap(), String::from_utf8(dir.read(&path)).unwrap());
        for (shipped, written) in shipped.lines().zip(written.lines()) {
            let names_place = ["fixtures/photos", "out/", "pipelines/"].iter().any(|place| shipped.contains(place));
            assert!(names_place || shipped == written, "{template}\n{shipped}\n{written}");
            assert!(!names_place || !["fixtures", "../", "pipelines/"].iter().any(|place| written.contains(place)));
            assert_eq!(shipped.find("# relative"), written.find("# relative"), "comments stay in their column");
        }
        assert_eq!(shipped.lines().count(), written.lines().count(), "{template}");
        dir.recanvas(&["check", &path]).code(0).says(&["no mistakes"]);
    }
    let before = dir.read("p.yaml");
    dir.recanvas(&["init", "p.yaml"]).code(2).warns(&["is there already", "hint: name another file"]);
    assert_eq!(dir.read("p.yaml"), before);
    dir.recanvas(&["init", "x.yaml", "--template", "socail"]).code(2).warns(&["did you mean social?"]);
    dir.recanvas(&["init", "x.yaml", "--template", "zzz"])
        .code(2)
        .warns(&["known: social, catalog, minimal, reference"]);
    assert!(!dir.path("x.yaml").exists());
    dir.recanvas(&["init"]).code(0);
    assert!(dir.path("recanvas.yaml").exists());
}

#[test]
fn every_template_makes_pictures() {
    let dir = Dir::new("", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    for (template, count) in [("minimal", 1), ("reference", 1), ("catalog", 3), ("social", 5)] {
        let (path, out) = (format!("{template}.yaml"), format!("out/{template}"));
        dir.recanvas(&["init", &path, "--template", template]).code(0);
        dir.recanvas(&["run", &path, "--json", "-i", "in", "-o", &out]).code(0).counts([count, 0, 0, 0, 0]);
    }
    // Those that name folders work where they are written, wherever they are started from.
    for (template, output) in [("catalog", "main/x.jpg"), ("social", "x.story.jpg")] {
        let path = format!("shop/{template}/p.yaml");
        dir.write(format!("shop/{template}/x.png"), &dir.read("in/x.png"));
        dir.recanvas(&["init", &path, "--template", template]).code(0);
        let mut at_home = dir.command(&["run", "p.yaml"]);
        at_home.current_dir(dir.path(format!("shop/{template}")));
        Done::of(at_home).code(0);
        dir.read(format!("shop/{template}/out/{template}/{output}"));
        dir.recanvas(&["run", &path, "--json"]).code(0).counts([0, if template == "social" { 5 } else { 3 }, 0, 0, 0]);
    }
}

#[test]
fn check_says_every_mistake_and_warning() {
    let dir = Dir::new("stages: [{ resize: { filter: box } }, { load: {} }]", &TARGETS);
    let done = dir.recanvas(&["check", "p.yaml"]);
    done.code(0)
        .says(&["p.yaml: 2 targets, no mistakes"])
        .warns(&["warning: `load` runs before `resize`", "--> p.yaml:4:41"]);
    dir.pipeline("nmae: x\nrun: { jobs: 0 }", &["{ name: a, size: ten }"]);
    let done = dir.recanvas(&["check", "p.yaml"]);
    done.code(2).warns(&[
        "--> p.yaml:4:1",
        "did you mean `name`?",
        "--> p.yaml:5:14",
        "--> p.yaml:7:22",
        "no run would start",
    ]);
    assert_eq!(done.stderr.matches("error: ").count(), 3, "{done}");
    assert!(done.stdout.is_empty(), "{done}");
    dir.recanvas(&["check", "missing.yaml"]).code(2).warns(&["could not read the pipeline missing.yaml"]);
    dir.write("latin.yaml", b"name: \xe4\n");
    dir.recanvas(&["check", "latin.yaml"]).code(2).warns(&["not UTF-8"]);
}

#[test]
fn plan_says_what_would_be_done_and_leaves_no_trace() {
    let dir = Dir::new("", &TARGETS);
    dir.source("sub/x.png", "grid/rgb__plain.png");
    dir.source("bad.png", "broken/corrupt__empty.jpg");
    dir.write("in/notes.txt", b"hello");
    let before = dir.tree(".");
    let text = dir.recanvas(&["plan", "p.yaml"]);
    text.code(0).says(&[
        "create sub/x.png [a] 64x48 → 40x40 sub/x.a.jpg, margins 0 5 0 5",
        "create sub/x.png [b] 64x48 → 85x48 sub/x.b.jpg, margins 10 0 11 0",
        "fail   bad.png [a] corrupt: the file is empty",
        "2 sources: 2 to create, 0 to redo, 0 to skip, 2 that will fail, 0 known to fail",
        "ignored: 1 (1 txt)",
        "provider calls: none, cost: 0 USD",
    ]);
    let json = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
    let totals = serde_json::json!({
        "sources": 2, "create": 2, "redo": 0, "skip": 0, "outdated": 0, "fail": 2, "known_failed": 0, "stood_in": []
    });
    assert_eq!(json["totals"], totals);
    let tasks = json["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 4);
    let wide = tasks.iter().find(|task| task["target"] == "b" && task["action"] == "create").unwrap();
    assert_eq!(wide["output_size"], serde_json::json!({"width": 85, "height": 48}), "{wide}");
    assert_eq!(wide["margins"]["right"], 11, "{wide}");
    assert_eq!(json["ignored"], serde_json::json!({"txt": 1}));
    assert_eq!(dir.recanvas(&["run", "p.yaml", "--dry-run"]).code(0).stdout, text.stdout);
    dir.recanvas(&["status", "p.yaml"]).code(0).says(&["no run yet"]);
    dir.recanvas(&["explain", "p.yaml", "sub/x.png"]).code(0);
    assert_eq!(dir.tree("."), before);
    assert!(!dir.path("out").exists());
}

#[test]
fn plan_and_run_agree() {
    let dir = Dir::new("", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.jpg", "orientation/6.jpg");
    let planned = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
    dir.run(&[]).code(0);
    for task in planned["tasks"].as_array().unwrap() {
        let bytes = dir.read(format!("out/{}", task["output"].as_str().unwrap()));
        let picture = image::load_from_memory(&bytes).unwrap();
        let side = |name: &str| task["output_size"][name].as_u64().unwrap();
        assert_eq!(
            (u64::from(picture.width()), u64::from(picture.height())),
            (side("width"), side("height")),
            "{task}"
        );
    }
}

#[test]
fn status_follows_the_runs() {
    let dir = Dir::new("", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.png", "grid/rgb__plain.png");
    dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
    dir.run(&["--limit", "1"]).code(0);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
    let json = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!(
        json["tasks"],
        serde_json::json!({"done": 1, "outdated": 0, "changed": 0, "failed": 0, "gone": 0, "left": 3})
    );
    dir.run(&[]).code(0);
    let quiet = dir.recanvas(&["status", "p.yaml", "-q"]);
    assert!(quiet.code(0).stdout.is_empty() && quiet.stderr.is_empty(), "{quiet}");
    dir.recanvas(&["status", "p.yaml"]).code(0).says(&["done           4", "left           0", "exit 0"]);
    dir.pipeline("stages: [{ convert: { quality: 50 } }]", &TARGETS);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
}

#[test]
fn explain_tells_numbers_origins_and_reasons() {
    let dir = Dir::new("stages:\n  - convert: { quality: 70 }", &["{ name: a, size: 40x40, resize: { filter: box } }"]);
    dir.source("sub/x.png", "grid/rgb__plain.png");
    let explained = dir.recanvas(&["explain", "p.yaml", "sub/x.png"]);
    explained.code(0).says(&[
        "source sub/x.png, 1.8 kB",
        "png 64x48 as stored, 64x48 upright, 3 channels of 8 bits",
        "will be made: new; output sub/x.a.jpg",
        "source at 0,5 as 40x30, scale 0.6250, 0.6250, margins 0 5 0 5",
        "70  (stages, line 5)",
        "\"box\"  (target, line 7)",
        "\"expand\"  (default)",
    ]);
    let whole = dir.path("in/sub/x.png").display().to_string();
    for name in ["in/sub/x.png", "./in/sub/x.png", "./sub/x.png", "in/../in/sub/x.png", &whole] {
        assert_eq!(dir.recanvas(&["explain", "p.yaml", name]).code(0).stdout, explained.stdout, "{name}");
    }
    dir.run(&[]).code(0);
    let done = dir.recanvas(&["explain", "p.yaml", "sub/x.png"]);
    done.code(0).says(&["is done", "scale 0.6250", "  made by recanvas ", " in the run of 20"]);
    done.says(&["  margins were filled by ", ", confidence ", "  gates: ", "  times: decode ", ", encode ", " ms"]);
    dir.recanvas(&["explain", "p.yaml", "sub/y.png"]).code(2).warns(&["is no source of this pipeline", "hint: "]);
}

#[test]
fn a_source_is_explained_in_either_form_of_unicode() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    dir.source("cafe\u{301}.png", "grid/rgb__plain.png");
    for name in ["cafe\u{301}.png", "caf\u{e9}.png", "in/caf\u{e9}.png"] {
        dir.recanvas(&["explain", "p.yaml", name]).code(0);
    }
    dir.recanvas(&["explain", "p.yaml", "cafe.png"]).code(2);
}

#[test]
fn enlarged_outputs_are_counted_and_explained() {
    let dir =
        Dir::new("", &["{ name: small, size: 40x40 }", "{ name: large, size: 400x400 }", "{ name: b, ratio: 16:9 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    let run = dir.run(&["--log-format", "json"]);
    assert_eq!(run.code(0).json()["enlarged"], 1, "{run}");
    assert_eq!(run.stderr.matches("\"enlarged\":true").count(), 1, "{run}");
    assert_eq!(run.stderr.matches("\"enlarged\":false").count(), 2, "{run}");
    let explained = dir.recanvas(&["explain", "p.yaml", "x.png"]);
    assert_eq!(
        explained.code(0).stdout.matches("  warning: the source is enlarged 6.25 times").count(),
        1,
        "{explained}"
    );
    // What is done before is not counted again, and what failed says nothing of an output.
    assert_eq!(dir.run(&[]).code(0).json()["enlarged"], 0);
    dir.recanvas(&["run", "p.yaml", "--force"]).code(0).says(&["enlarged            1  of the done"]);
    dir.source("x.png", "broken/corrupt__bad_crc.png");
    dir.run(&[]).code(3);
    let explained = dir.recanvas(&["explain", "p.yaml", "x.png"]);
    assert!(!explained.code(0).stdout.contains("made by recanvas"), "{explained}");
}

#[test]
fn schema_and_completions_are_data() {
    let dir = Dir::new("", &TARGETS);
    let schema = dir.recanvas(&["schema"]);
    let printed: Value = serde_json::from_str(&schema.code(0).stdout).unwrap();
    assert_eq!(printed, recanvas::pipeline::schema(&Registry::built_in()));
    let printed: Value = serde_json::from_str(&dir.recanvas(&["schema", "--provider"]).code(0).stdout).unwrap();
    assert_eq!(printed, recanvas::providers::provider_schema());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = dir.recanvas(&["completions", shell]);
        done.code(0).says(&["recanvas", "retry-failed", "explain"]);
        assert!(done.stderr.is_empty(), "{done}");
    }
    dir.recanvas(&["completions", "cmd"]).code(2);
    dir.recanvas(&["--version"]).code(0).says(&["recanvas ", env!("CARGO_PKG_VERSION")]);
    for command in
        ["init", "check", "plan", "run", "status", "prune", "explain", "engines", "cache", "schema", "completions"]
    {
        dir.recanvas(&[command, "--help"]).code(0).says(&["Usage: recanvas"]);
        dir.recanvas(&["--help"]).says(&[command]);
    }
}
