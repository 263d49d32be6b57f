//! Imports point down the layers, and each names one thing.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The layers from the ground up; a module imports only from itself and from those before it.
const LAYERS: [&str; 18] = [
    "error",
    "digest",
    "locks",
    "geometry",
    "options",
    "document",
    "raster",
    "codecs",
    "analysis",
    "providers",
    "engines",
    "stages",
    "pipeline",
    "storage",
    "manifest",
    "batch",
    "report",
    "cli",
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The source files with their path below `src` and their text.
pub(crate) fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 50, "the sources are found");
    let named = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("it is text"))
    });
    named.collect()
}

fn layer_of(word: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == word)
}

/// Every module that a text names with `crate::`.
fn named_modules(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words = code.flat_map(|line| {
        line.split("crate::").skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
    });
    words.collect()
}

#[test]
fn imports_point_down_the_layers() {
    let mut looked_at = 0;
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().unwrap_or_default();
        if module == "lib" || module == "main" {
            continue;
        }
        let own = layer_of(module).unwrap_or_else(|| panic!("{name} lies in no known layer"));
        for word in named_modules(&text) {
            // Macros of the crate stand at its root.
            let Some(other) = layer_of(word) else {
                assert_eq!(word, "each_depth", "{name} names crate::{word}");
                continue;
            };
            assert!(other <= own, "{name} imports from {word}, which lies above {module}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "the imports are found");
}

#[test]
fn every_layer_is_a_module() {
    let names: Vec<String> = sources().into_iter().map(|(name, _)| name).collect();
    for layer in LAYERS {
        let is_there =
            names.iter().any(|name| *name == format!("{layer}.rs") || name.starts_with(&format!("{layer}/")));
        assert!(is_there, "there is no module {layer}");
    }
}

#[test]
fn imports_name_one_thing_each() {
    for (name, text) in sources() {
        for line in text.lines() {
            let grouped = line.trim_start().starts_with("use crate::") && line.contains('{');
            assert!(!grouped, "{name}: {line}");
        }
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 450, "{name} has {lines} lines; is there a second idea inside?");
    }
}

#[test]
fn only_the_program_prints() {
    for (name, text) in sources() {
        let speaks = name.starts_with("report/") || name.starts_with("cli/");
        let prints = ["println!", "eprintln!", "print!(", "process::exit"].iter().any(|word| text.contains(word));
        assert!(speaks || !prints, "{name} prints or exits");
    }
}
