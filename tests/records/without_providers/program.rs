//! The program of such a build.

use std::process::Command;
use std::process::Output;

use recanvas::engines::EngineTable;
use recanvas::providers::HOW_TO_ASK;

fn recanvas(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recanvas")).args(arguments).output().expect("it runs")
}

/// Returns its words on stdout; the exit code is this one.
fn said(arguments: &[&str], code: i32) -> String {
    let output = recanvas(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Returns its words on stderr, where it refused.
fn refused(arguments: &[&str]) -> String {
    let output = recanvas(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn engines_are_those_of_this_machine() {
    let list = said(&["engines", "list"], 0);
    assert_eq!(list.lines().count(), EngineTable::built_in().local().count() + 1, "{list}");
    assert!(list.ends_with(&format!("providers: none in this build; {HOW_TO_ASK}\n")), "{list}");
    let listed: serde_json::Value = serde_json::from_str(&said(&["engines", "list", "--json"], 0)).expect("JSON");
    let kinds = listed["engines"].as_array().expect("a list").iter().map(|engine| &engine["kind"]);
    assert!(kinds.clone().count() > 3 && kinds.clone().all(|kind| kind == "local"), "{listed}");
}

#[test]
fn a_provider_is_known_and_cannot_be_asked() {
    let shown = said(&["engines", "show", "fal"], 0);
    assert!(shown.starts_with("fal: ") && shown.contains("which this build cannot ask"), "{shown}");
    assert!(said(&["engines", "show", "fal", "--json"], 0).contains("\"in_this_build\":false"));
    let none = "a provider, and this build has none";
    assert!(refused(&["engines", "test", "fal"]).contains(none));
    assert!(refused(&["engines", "--engine-file", "mine.yaml"]).contains(none));
}

#[test]
fn a_pipeline_that_names_one_is_refused_with_its_line() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/providers/fal.yaml");
    let said = refused(&["check", file]);
    assert!(said.contains("`fal` is a provider, and this build has none") && said.contains(HOW_TO_ASK), "{said}");
    assert!(said.contains("fal.yaml:"), "{said}");
}
