//! Paths in a pipeline count from its file, those of flags from the working directory.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::cli::Dir;
use crate::dir::Done;

const TARGET: &str = "{ name: a, size: 20x20 }";

/// A folder with a pipeline in `shop/conf` that reads and writes beside it, and a source there.
fn shop() -> Dir {
    let dir = Dir::new("", &[TARGET]);
    dir.remove("p.yaml");
    dir.write("shop/conf/p.yaml", pipeline("../in", "../out").as_bytes());
    dir.write("shop/in/x.png", &crate::dir::fixture_bytes("grid/rgb__plain.png"));
    dir
}

fn pipeline(input: &str, output: &str) -> String {
    format!("version: 1\ninput: {{ dir: {input} }}\noutput:\n  dir: {output}\ntargets:\n  - {TARGET}\n")
}

/// The program with these arguments in a folder below.
fn started(dir: &Dir, folder: &str, arguments: &[&str]) -> Done {
    let mut command = dir.command(arguments);
    command.current_dir(dir.path(folder));
    Done::of(command)
}

#[test]
fn a_pipeline_does_the_same_wherever_it_is_started_from() {
    let dir = shop();
    let absolute = dir.path("shop/conf/p.yaml");
    let absolute = absolute.to_str().expect("text");
    started(&dir, "shop/conf", &["run", "p.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    dir.make("elsewhere");
    let ways = [
        ("shop", "conf/p.yaml"),
        (".", "shop/conf/p.yaml"),
        ("elsewhere", "../shop/conf/p.yaml"),
        ("shop/in", "./../conf/p.yaml"),
        ("elsewhere", absolute),
    ];
    for (folder, path) in ways {
        started(&dir, folder, &["run", path, "--json"]).code(0).counts([0, 1, 0, 0, 0]);
        started(&dir, folder, &["plan", path]).code(0).says(&["1 to skip"]);
        started(&dir, folder, &["status", path, "-q"]).code(0);
        started(&dir, folder, &["explain", path, "x.png"]).code(0).says(&["is done"]);
        started(&dir, folder, &["cache", "stats", path]).code(0);
    }
    assert_eq!(dir.tree("shop/out").len(), 1);
    assert_eq!(dir.tree(".").len(), 3, "nothing was written elsewhere");
}

#[test]
fn flags_and_their_variables_count_from_the_working_directory() {
    let dir = shop();
    dir.make("work");
    started(&dir, "work", &["run", "../shop/conf/p.yaml", "--json", "-o", "mine"]).code(0).counts([1, 0, 0, 0, 0]);
    let mut command = dir.command(&["run", "shop/conf/p.yaml", "--json"]);
    command.env("RECANVAS_OUTPUT", "work/mine").env("RECANVAS_INPUT", "shop/in");
    Done::of(command).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(dir.tree("work/mine").len(), 1);
    assert!(!dir.path("shop/out").exists());
}

#[test]
fn the_file_counts_where_it_is_named_and_links_to_folders_lead_where_they_lead() {
    let dir = shop();
    dir.make("linked/conf");
    dir.write("linked/in/y.png", &crate::dir::fixture_bytes("grid/gray__plain.png"));
    symlink(dir.path("shop/conf/p.yaml"), dir.path("linked/conf/q.yaml")).unwrap();
    dir.recanvas(&["run", "linked/conf/q.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(dir.tree("linked/out").into_keys().collect::<Vec<_>>(), ["y.a.jpg"]);
    // Started inside of a linked folder or not, the parent is the same.
    symlink(dir.path("shop/conf"), dir.path("to-conf")).unwrap();
    dir.recanvas(&["run", "to-conf/p.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    started(&dir, "to-conf", &["run", "p.yaml", "--json"]).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(dir.tree("shop/out").into_keys().collect::<Vec<_>>(), ["x.a.jpg"]);
}

#[test]
fn a_pipeline_that_is_no_file_counts_from_the_working_directory() {
    let dir = shop();
    let text = format!("name: text\n{}", pipeline("in", "out"));
    let file = |text: &str| {
        dir.write("elsewhere/text.yaml", text.as_bytes());
        Stdio::from(std::fs::File::open(dir.path("elsewhere/text.yaml")).unwrap())
    };
    for path in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let mut command = dir.command(&["run", path, "--json"]);
        command.current_dir(dir.path("shop")).stdin(file(&text));
        let done = Done::of(command);
        done.code(0);
        assert_eq!(done.json()["tasks"]["total"], 1, "{done}");
    }
    let mut child = dir.command(&["run", "/dev/stdin", "--json"]);
    child.current_dir(dir.path("shop")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("it starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), text.as_bytes()).expect("it is read");
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(0));
    assert_eq!(dir.tree("shop/out").len(), 1);
}

#[test]
fn descriptors_of_providers_are_found_beside_the_pipeline() {
    let dir = shop();
    let fal = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fal.yaml");
    let mine = std::fs::read_to_string(fal).expect("a descriptor").replace("provider: fal\n", "provider: mine\n");
    dir.write("shop/engines/mine.yaml", mine.as_bytes());
    let with = |engine: &str| {
        let stages = format!("stages: [{{ outpaint: {{ engine: [{engine}, blur] }} }}]\n");
        dir.write("shop/conf/p.yaml", (pipeline("../in", "../out") + &stages).as_bytes());
    };
    for engine in ["../engines/mine.yaml", "{ use: ../engines/mine.yaml, price: 0.1 }"] {
        with(engine);
        for (folder, path) in [(".", "shop/conf/p.yaml"), ("shop/conf", "p.yaml"), ("shop/in", "../conf/p.yaml")] {
            started(&dir, folder, &["check", path]).code(0);
        }
    }
    with("engines/mine.yaml");
    started(&dir, "shop", &["check", "conf/p.yaml"])
        .code(2)
        .warns(&["engines/mine.yaml cannot be read", "a path is relative to the file in which it stands"]);
    // A flag counts from where the program is started.
    with("mine");
    let check = ["check", "conf/p.yaml", "--engine-file", "engines/mine.yaml"];
    started(&dir, "shop", &check).code(0);
    started(&dir, "shop/conf", &["check", "p.yaml", "--engine-file", "engines/mine.yaml"]).code(2);
}

/// What an earlier version left that was started in `shop`: the manifest of `conf/p.yaml` in `shop/out`.
fn left(output: &str) -> Dir {
    let dir = shop();
    dir.write("shop/p.yaml", pipeline("in", output).as_bytes());
    started(&dir, "shop", &["run", "p.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    std::fs::rename(dir.path("shop/p.yaml"), dir.path("shop/conf/p.yaml")).unwrap();
    dir
}

#[test]
fn a_manifest_at_the_old_place_is_not_begun_anew() {
    let dir = left("out");
    dir.write("shop/conf/in/x.png", &crate::dir::fixture_bytes("grid/rgb__plain.png"));
    let before = dir.tree(".");
    let refused = [
        &["run", "conf/p.yaml"][..],
        &["run", "conf/p.yaml", "--json"],
        &["run", "conf/p.yaml", "--dry-run"],
        &["run", "conf/p.yaml", "-i", "in"],
        &["plan", "conf/p.yaml"],
        &["check", "conf/p.yaml"],
        &["status", "conf/p.yaml", "-q"],
        &["explain", "conf/p.yaml", "x.png"],
        &["cache", "stats", "conf/p.yaml"],
        &["cache", "gc", "conf/p.yaml", "--max-size", "0"],
    ];
    for arguments in refused {
        let done = started(&dir, "shop", arguments);
        done.code(2).warns(&[
            "the manifest of this pipeline is in out/.recanvas, and none is in conf/out/.recanvas",
            "in conf/p.yaml write `input.dir: ../in` (line 2), `output.dir: ../out` (line 4); if it is of another",
        ]);
        assert_eq!(done.stdout, "", "{done}");
    }
    assert_eq!(dir.tree("."), before, "nothing was written");
    // A place that is named by a flag is meant.
    started(&dir, "shop", &["run", "conf/p.yaml", "--json", "-i", "in", "-o", "out"]).code(0).counts([0, 1, 0, 0, 0]);
    // From another folder it cannot be known; here the words lead where they say.
    started(&dir, "shop/conf", &["plan", "p.yaml"]).code(0).says(&["1 to create"]);
    // What the hint says is right.
    dir.write("shop/conf/p.yaml", pipeline("../in", "../out").as_bytes());
    started(&dir, "shop", &["run", "conf/p.yaml", "--json"]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn only_the_manifest_of_this_pipeline_at_an_old_place_holds_it_up() {
    let dir = left("out");
    dir.write("shop/conf/in/x.png", &crate::dir::fixture_bytes("grid/rgb__plain.png"));
    // One that has its own at the new place goes on with it.
    started(&dir, "shop/conf", &["run", "p.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    started(&dir, "shop", &["run", "conf/p.yaml", "--json"]).code(0).counts([0, 1, 0, 0, 0]);
    // Another's says nothing of it.
    std::fs::remove_dir_all(dir.path("shop/conf/out")).unwrap();
    dir.write("shop/conf/q.yaml", pipeline("in", "out").as_bytes());
    started(&dir, "shop", &["run", "conf/q.yaml", "--json"]).code(0).counts([1, 0, 0, 0, 0]);
    // Nor is it there where the new place holds only another's.
    started(&dir, "shop", &["plan", "conf/p.yaml"]).code(2).warns(&["none is in conf/out/.recanvas"]);
}

#[test]
fn the_state_folder_counts_by_its_own_line() {
    let dir = left("out\n  state: books");
    dir.write("shop/conf/in/x.png", &crate::dir::fixture_bytes("grid/rgb__plain.png"));
    started(&dir, "shop", &["run", "conf/p.yaml", "-i", "in", "-o", "out"]).code(2).warns(&[
        "the manifest of this pipeline is in books, and none is in conf/books",
        "`output.state: ../books` (line 5)",
    ]);
    // An absolute one was always the same.
    let state = dir.path("shop/books");
    let text = pipeline("../in", &format!("../out\n  state: {}", state.display()));
    dir.write("shop/conf/p.yaml", text.as_bytes());
    started(&dir, "shop", &["run", "conf/p.yaml", "--json"]).code(0).counts([0, 1, 0, 0, 0]);
}

#[test]
fn an_input_relative_to_the_working_directory_is_told() {
    let dir = shop();
    dir.write("shop/conf/p.yaml", pipeline("in", "../out").as_bytes());
    for command in ["plan", "run"] {
        started(&dir, "shop", &[command, "conf/p.yaml"]).code(2).warns(&[
            "the input folder conf/in is not there",
            "it is relative to the pipeline's file; in conf/p.yaml write `input.dir: ../in` (line 2)",
        ]);
        let done = started(&dir, "shop", &[command, "conf/p.yaml", "-i", "none"]);
        done.code(2).warns(&["the input folder none is not there", "--input to the working directory"]);
    }
}

#[test]
fn check_plan_and_run_refuse_the_same_folders() {
    let dir = shop();
    let same = |input: &str, output: &str, words: &[&str]| {
        dir.write("shop/conf/p.yaml", pipeline(input, output).as_bytes());
        for command in ["check", "plan", "run"] {
            started(&dir, "elsewhere", &[command, "../shop/conf/p.yaml"]).code(2).warns(words);
        }
    };
    dir.make("elsewhere");
    same("../in", "..", &["lies inside the output folder"]);
    same("../in", "../in", &["lies inside the output folder"]);
    same("../in", "p.yaml", &["the output folder ../shop/conf/p.yaml is no folder"]);
    assert_eq!(dir.tree("shop").len(), 2, "nothing was written");
}

#[test]
fn the_public_folder_of_a_provider_counts_from_the_pipeline() {
    let dir = shop();
    let engine = "[{ use: pixeldojo, price: 0.1, public_dir: public, public_url: \"https://cdn.example/\" }]";
    let text = pipeline("../in", "../out");
    dir.write("shop/conf/p.yaml", format!("{text}stages:\n  - outpaint: {{ engine: {engine} }}\n").as_bytes());
    dir.make("elsewhere");
    for (folder, path, public) in
        [("elsewhere", "../shop/conf/p.yaml", "../shop/conf/public"), ("shop/conf", "p.yaml", "public")]
    {
        let said = format!("\"public_dir\":\"{public}\"");
        started(&dir, folder, &["explain", path, "x.png"]).code(0).says(&[&said]);
    }
}
