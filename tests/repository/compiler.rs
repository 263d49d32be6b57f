//! The compiler that `rust-version` names is new enough for every package that a user builds.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Returns major and minor of a version such as `1.89` or `1.89.0`.
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().expect("a number"));
    (numbers.next().expect("a major number"), numbers.next().unwrap_or(0))
}

/// Returns the target that the compiler builds for by itself.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("the compiler runs");
    let said = String::from_utf8(output.stdout).expect("text");
    said.lines().find_map(|line| line.strip_prefix("host: ")).expect("the host").to_owned()
}

/// Returns what Cargo knows of the default build.
fn metadata() -> Value {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", &host()])
        .arg("--manifest-path")
        .arg(manifest)
        .output()
        .expect("Cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Returns the string there, which must be one.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}`"))
}

#[test]
fn no_package_of_a_default_build_needs_a_newer_compiler_than_cargo_toml_names() {
    let metadata = metadata();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let packages: HashMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package, "id").to_owned(), package)).collect();
    let nodes: HashMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node, "id").to_owned(), node)).collect();
    let root = text(&metadata["resolve"], "root").to_owned();
    let ours = version(text(&packages[&root], "rust_version"));

    let (mut open, mut seen) = (vec![root.clone()], HashSet::from([root]));
    while let Some(id) = open.pop() {
        let needed = packages[&id]["rust_version"].as_str();
        assert!(needed.is_none_or(|needed| version(needed) <= ours), "{id} needs {needed:?}, Cargo.toml says {ours:?}");
        for dependency in list(&nodes[&id]["deps"]) {
            let is_built = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
            let package = text(&dependency, "pkg").to_owned();
            if is_built && seen.insert(package.clone()) {
                open.push(package);
            }
        }
    }
    assert!(seen.len() > 100, "the default build has many packages: {}", seen.len());
}
