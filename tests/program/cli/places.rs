//! Where sources are found and outputs are put.

use std::os::unix::fs::symlink;

use crate::cli::Dir;

const TARGET: &str = "{ name: a, size: 20x20 }";

#[test]
fn files_that_are_no_sources_are_counted_by_kind() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("without extension", "grid/rgb__plain.png");
    dir.source("wrong.txt", "grid/rgb__444.jpg");
    dir.write("in/a.txt", b"text");
    dir.write("in/b.txt", b"text");
    dir.write("in/empty", b"");
    dir.write("in/.DS_Store", b"mac");
    dir.write("in/.git/config", b"git");
    dir.write("in/paper.bin", b"%PDF-1.7 and so on, as long as it takes");
    symlink(dir.path("in/x.png"), dir.path("in/link.png")).unwrap();
    let done = dir.run(&[]);
    done.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(done.json()["ignored_files"], 7);
    done.warns(&["ignored: 7 (", "2 hidden", "2 txt", "1 pdf", "1 empty", "1 symlink"]);
    let plan = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
    let kinds = serde_json::json!({"hidden": 2, "txt": 2, "pdf": 1, "empty": 1, "symlink": 1});
    assert_eq!(plan["ignored"], kinds);
    assert_eq!(dir.outputs(), ["without extension.a.jpg", "wrong.a.jpg", "x.a.jpg"]);
}

#[test]
fn globs_choose_what_counts() {
    let dir = Dir::new("", &[TARGET]);
    for name in ["x.png", "y.jpg", "deep/z.PNG", "deep/_drafts/w.png"] {
        dir.source(name, "grid/rgb__plain.png");
    }
    let outputs = |input: &str, expected: &[&str]| {
        let text =
            format!("version: 1\ninput: {{ dir: in, {input} }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n");
        dir.write("p.yaml", text.as_bytes());
        let json = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
        let found: Vec<&str> =
            json["tasks"].as_array().unwrap().iter().map(|task| task["source"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{input}");
    };
    outputs("include: '*.png'", &["deep/_drafts/w.png", "deep/z.PNG", "x.png"]);
    outputs("include: ['*.png'], exclude: ['**/_drafts/**']", &["deep/z.PNG", "x.png"]);
    outputs("exclude: _drafts", &["deep/z.PNG", "x.png", "y.jpg"]);
    outputs("include: 'deep/*'", &["deep/z.PNG"]);
    outputs("exclude: 'deep/'", &["x.png", "y.jpg"]);
}

#[test]
fn globs_hold_for_names_in_another_form() {
    let dir = Dir::new("", &[TARGET]);
    let (composed, decomposed) = ("priv\u{e9}", "prive\u{301}");
    dir.source(format!("{decomposed}/contract.png"), "grid/rgb__plain.png");
    dir.source("ok.png", "grid/rgb__plain.png");
    let pipeline = |input: &str| {
        let text =
            format!("version: 1\ninput: {{ dir: in, {input} }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n");
        dir.write("p.yaml", text.as_bytes());
    };
    for written in [composed, decomposed, "PRIV\u{c9}"] {
        pipeline(&format!("exclude: [\"{written}/**\"]"));
        let plan = dir.recanvas(&["plan", "p.yaml"]);
        plan.code(0).says(&["create ok.png", "1 source: 1 to create"]);
        assert!(!plan.stdout.contains("contract"), "{plan}");
        pipeline(&format!("include: [\"{written}/**\"]"));
        let plan = dir.recanvas(&["plan", "p.yaml"]);
        plan.code(0).says(&["contract.png [a]", "1 source: 1 to create"]);
        assert!(!plan.stdout.contains("warning"), "{plan}");
        pipeline("follow_links: false");
        let only = format!("{written}/*.PNG");
        dir.recanvas(&["plan", "p.yaml", "--only", &only]).code(0).says(&["contract.png [a]", "1 source: 1 to create"]);
    }
    dir.recanvas(&["explain", "p.yaml", &format!("{decomposed}/contract.png")]).code(0);
    dir.recanvas(&["explain", "p.yaml", "nothing.png"]).code(2).warns(&["nothing.png is no source of this pipeline"]);
}

#[test]
fn an_include_that_fits_nothing_is_a_warning() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    let text = format!(
        "version: 1\ninput: {{ dir: in, include: ['*.png', 'shoes/**', '*.jpgg'] }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n"
    );
    dir.write("p.yaml", text.as_bytes());
    let said = "input.include: no file fits `shoes/**`, `*.jpgg`\n";
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&[&format!("warning: {said}")]);
    let json = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
    assert_eq!(json["include_unused"], serde_json::json!(["shoes/**", "*.jpgg"]));
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]).warns(&[&format!("warning {said}")]);
    assert!(!dir.run(&["-q"]).stderr.contains("include"), "it is no failure");
    let events = dir.run(&["--log-format", "json"]);
    events.warns(&["\"include_unused\":[\"shoes/**\",\"*.jpgg\"]"]);
    dir.source("shoes/y.jpgg", "grid/rgb__plain.png");
    assert!(!dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]).stderr.contains("input.include"));
}

#[test]
fn links_are_followed_when_asked() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    symlink(dir.path("in/x.png"), dir.path("in/link.png")).unwrap();
    let text = format!(
        "version: 1\ninput: {{ dir: in, follow_links: true }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n"
    );
    dir.write("p.yaml", text.as_bytes());
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
}

#[test]
fn templates_put_every_word_in_its_place() {
    let path = "{target}/{width}x{height}/{dir}/{stem}.{source_ext}.{hash}.{{x}}.{ext}";
    let dir = Dir::new(&format!("output: {{ dir: out, path: \"{path}\" }}"), &[TARGET]);
    dir.source("sub/x.PNG", "grid/rgb__plain.png");
    dir.run(&[]).code(0);
    let hash = recanvas::digest::Digest::of(&dir.read("in/sub/x.PNG"));
    assert_eq!(dir.outputs(), [format!("a/20x20/sub/x.PNG.{hash}.{{x}}.jpg")]);
    dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn the_sources_format_can_be_kept() {
    let dir = Dir::new("stages: [{ convert: { format: source } }]", &[TARGET]);
    for (name, fixture) in [("p.png", "rgb__plain.png"), ("j.jpg", "rgb__444.jpg"), ("w.webp", "rgb__lossy.webp")] {
        dir.source(name, &format!("grid/{fixture}"));
    }
    dir.source("lies.png", "grid/rgb__444.jpg");
    dir.run(&[]).code(0);
    assert_eq!(dir.outputs(), ["j.a.jpg", "lies.a.jpg", "p.a.png", "w.a.webp"]);
    for (name, start) in
        [("j.a.jpg", &b"\xff\xd8"[..]), ("lies.a.jpg", b"\xff\xd8"), ("p.a.png", b"\x89PNG"), ("w.a.webp", b"RIFF")]
    {
        assert!(dir.read(format!("out/{name}")).starts_with(start), "{name}");
    }
}

#[test]
fn the_state_folder_may_be_elsewhere() {
    let dir = Dir::new("output: { dir: out, state: books }", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    assert!(dir.path("books/manifest.jsonl").is_file() && !dir.path("out/.recanvas").exists());
    dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(0);
}

#[test]
fn nothing_is_left_beside_the_outputs() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("bad.png", "broken/corrupt__bad_crc.png");
    let sources = dir.tree("in");
    dir.run(&[]).code(3);
    assert_eq!(dir.outputs(), ["x.a.jpg"]);
    assert_eq!(dir.tree("in"), sources, "sources are never touched");
    let mut state: Vec<_> =
        std::fs::read_dir(dir.path("out/.recanvas")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    state.sort();
    assert_eq!(state, ["lock", "manifest.jsonl"]);
}
