//! What is public is a reviewed list, and examples get along with it.

use std::fs;
use std::path::Path;

use crate::architecture::sources;

/// What the feature `internal` alone makes public, by module; the name is empty for the module as a whole.
fn internal_names() -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (path, text) in sources() {
        let Some(module) = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix("lib.rs")) else { continue };
        let mut is_internal = false;
        for line in text.lines() {
            match line.strip_prefix("#[cfg") {
                Some(condition) if condition.starts_with('(') => {
                    is_internal =
                        condition.contains("\"internal\"") && !condition.contains("not(feature = \"internal\")");
                }
                _ if line.starts_with('#') => {}
                _ => {
                    let word = |start| line.strip_prefix(start)?.strip_suffix(';');
                    if let Some(used) = word("pub use ").filter(|_| is_internal) {
                        names.push((module.to_owned(), used.rsplit("::").next().unwrap_or(used).to_owned()));
                    }
                    if let Some(hidden) = word("pub mod ").filter(|_| is_internal) {
                        names.push((hidden.to_owned(), String::new()));
                    }
                    is_internal = false;
                }
            }
        }
    }
    names
}

/// What a text names of the library: a module, and a name in it.
fn named(text: &str) -> Vec<(&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let paths = text.split("recanvas::").skip(1).filter_map(|rest| {
        let (module, rest) = rest.split_at(rest.find(|c| !is_word(c))?);
        let rest = rest.strip_prefix("::").unwrap_or_default();
        let end = if rest.starts_with('{') { rest.find('}') } else { rest.find(|c| !is_word(c)) };
        Some((module, &rest[..end?]))
    });
    paths.flat_map(|(module, names)| names.split([',', '{']).map(move |name| (module, name.trim()))).collect()
}

#[test]
fn examples_name_nothing_that_is_internal() {
    let internal = internal_names();
    for known in [("manifest", ""), ("providers", ""), ("batch", "look"), ("storage", "Cache")] {
        assert!(internal.iter().any(|(module, name)| (&**module, &**name) == known), "{known:?} of {internal:?}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let text = fs::read_to_string(&path).expect("it is text");
        for (module, name) in named(&text) {
            seen += 1;
            let is_internal =
                |(hidden, which): &(String, String)| hidden == module && (which.is_empty() || which == name);
            assert!(!internal.iter().any(is_internal), "{}: {module}::{name} is internal", path.display());
        }
    }
    assert!(seen > 50, "the examples name the library: {seen}");
}
