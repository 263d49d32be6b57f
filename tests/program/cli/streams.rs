//! What goes to standard output and what beside it, in which words.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::Dir;

fn story() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("bad.png", "broken/corrupt__no_picture.png");
    dir
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn json_is_one_object_on_the_last_line_with_the_documented_keys() {
    let dir = story();
    dir.write("in/notes.txt", b"hello");
    for (flags, code) in [(&[][..], 3), (&[], 0), (&["--max-duration", "0s", "--force"], 5), (&["-v", "--force"], 3)] {
        let done = dir.run(flags);
        let json = done.code(code).json();
        assert_eq!(done.stdout.lines().count(), 1, "{done}");
        let documented = "tasks calls cost_usd ignored_files bytes_written elapsed_s exit";
        let more = "failed_by_class known_failed_by_class enlarged orphans modified adopted unreadable unread_pictures stood_in";
        let expected: BTreeSet<&str> = documented.split(' ').chain(more.split(' ')).collect();
        assert_eq!(keys(&json), expected, "{done}");
        let tasks: BTreeSet<&str> = "total done skipped outdated failed known_failed left".split(' ').collect();
        assert_eq!(keys(&json["tasks"]), tasks, "{done}");
        assert_eq!(keys(&json["calls"]), "submitted reused resumed recovered unknown".split(' ').collect(), "{done}");
        assert_eq!((json["exit"].as_i64(), json["ignored_files"].as_u64()), (Some(code.into()), Some(1)), "{done}");
        let sum: u64 = ["done", "skipped", "failed", "known_failed", "left"]
            .map(|name| json["tasks"][name].as_u64().unwrap())
            .iter()
            .sum();
        assert_eq!((json["tasks"]["total"].as_u64(), sum), (Some(2), 2), "{done}");
    }
}

#[test]
fn bytes_written_are_the_bytes_that_were_written() {
    let dir = story();
    let written = dir.run(&[]).code(3).json()["bytes_written"].as_u64().unwrap();
    assert!(written > 0);
    assert_eq!(written, dir.tree("out").values().map(|bytes| bytes.len() as u64).sum::<u64>());
}

#[test]
fn data_goes_to_stdout_and_everything_else_to_stderr() {
    let dir = story();
    let done = dir.recanvas(&["run", "p.yaml"]);
    done.code(3).says(&["done                1", "failed              1  1 corrupt"]);
    done.warns(&["2 sources, 2 outputs to make", "failed bad.png [a] corrupt: "]);
    assert!(!done.stdout.contains("bad.png") && !done.stderr.contains("done  "), "{done}");
    let again = dir.recanvas(&["run", "p.yaml"]);
    again.code(0).says(&["skipped             1", "known failed        1  1 corrupt; --retry-failed tries them again"]);

    let quiet = dir.recanvas(&["run", "p.yaml", "--force", "--quiet"]);
    assert!(quiet.code(3).stdout.is_empty(), "{quiet}");
    assert_eq!(quiet.stderr.lines().count(), 1, "only what fails: {quiet}");
    let verbose = dir.recanvas(&["run", "p.yaml", "--force", "--verbose"]);
    verbose.code(3).warns(&["made x.a.jpg (blur)"]);
    for done in [&done, &again, &quiet, &verbose] {
        assert!(!done.stdout.contains('\u{1b}') && !done.stderr.contains('\u{1b}'), "no colour in a pipe: {done}");
    }
}

#[test]
fn messages_may_be_json_lines() {
    let dir = story();
    let done = dir.recanvas(&["run", "p.yaml", "--log-format", "json", "--json"]);
    let events: Vec<Value> = done.code(3).stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let mut names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names.remove(0), names.pop()), ("planned", Some("ended")), "{done}");
    names.sort_unstable();
    assert_eq!(names, ["task_done", "task_failed"], "{done}");
    assert!(events.iter().all(|event| event["at"].as_str().is_some_and(|at| at.ends_with('Z'))), "{done}");
    assert_eq!(events.last().unwrap()["summary"], done.json());
    let failed = events.iter().find(|event| event["event"] == "task_failed").unwrap();
    assert_eq!((&failed["source"], &failed["class"]), (&"bad.png".into(), &"corrupt".into()));
}

#[test]
fn flags_may_stand_in_the_environment() {
    let dir = story();
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = dir.command(&[&["run", "p.yaml"], arguments].concat());
        command.envs(variables.iter().copied());
        crate::cli::Done::of(command)
    };
    run(&[("RECANVAS_JSON", "1"), ("RECANVAS_OUTPUT", "elsewhere")], &[]).code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(dir.tree("elsewhere").len(), 1);
    assert!(!dir.path("out").exists());
    run(&[("RECANVAS_OUTPUT", "elsewhere")], &["--json", "-o", "out"]).code(3).counts([1, 0, 1, 0, 0]);
    run(&[("RECANVAS_STRICT", "true")], &["--json"]).code(3).counts([0, 1, 0, 1, 0]);
    run(&[("RECANVAS_STRICT", "0"), ("RECANVAS_FORCE", "false")], &["--json"]).code(0).counts([0, 1, 0, 1, 0]);
    run(&[("RECANVAS_FORCE", "1"), ("RECANVAS_ONLY", "x.png")], &["--json"]).code(0).counts([1, 0, 0, 0, 0]);
    run(&[("RECANVAS_TARGET", "nope")], &[]).code(2).warns(&["no target `nope`"]);
    run(&[("RECANVAS_JOBS", "none")], &[]).code(2).warns(&["--jobs"]);
    run(&[("RECANVAS_MAX_DURATION", "0s")], &["--json", "--force"]).code(5);
    assert!(run(&[("RECANVAS_QUIET", "1")], &[]).code(0).stdout.is_empty());
    run(&[("RECANVAS_DRY_RUN", "1")], &[]).code(0).says(&["provider calls: none"]);
    assert!(run(&[("NO_COLOR", "1")], &["--force"]).code(3).stderr.contains("failed bad.png"));
}

#[test]
fn every_flag_of_run_is_in_the_help_with_its_variable() {
    let dir = story();
    let help = dir.recanvas(&["run", "--help"]).code(0).stdout.clone();
    let flags = "input output jobs memory only target limit force retry-failed verify overwrite-modified json \
                 dry-run max-failures max-duration strict progress log-format quiet verbose";
    for flag in flags.split_whitespace() {
        assert!(help.contains(&format!("--{flag}")), "{flag}");
        let variable = format!("RECANVAS_{}", flag.replace('-', "_").to_uppercase());
        assert!(help.contains(&format!("[env: {variable}=]")), "{variable}\n{help}");
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    let dir = story();
    let mut command = dir.command(&["schema"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}
