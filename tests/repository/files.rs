//! The file system is touched in few places.

use crate::architecture::sources;

/// The modules whose work it is.
const MODULES: [&str; 3] = ["storage", "manifest", "cli"];

/// Files elsewhere that may, each with what it reads; the list may only become shorter.
const FILES: [(&str, &str); 4] = [
    ("batch/memory/budget.rs", "how much memory there is, as the kernel tells it"),
    ("document/mod.rs", "a pipeline or a descriptor, up to a bound"),
    ("engines/local/onnx/model.rs", "a model"),
    ("providers/secret.rs", "a key"),
];

/// Says what gives a file, or what is in a folder.
const WORDS: [&str; 5] = ["std::fs", "std::os::unix::fs", "rustix::", "nix::", "walkdir::"];

/// Tells whether a line names one of them, and not something whose name ends like it.
fn touches(line: &str) -> bool {
    let is_named = |(at, _): (usize, &str)| !line[..at].ends_with(char::is_alphanumeric);
    WORDS.iter().any(|word| line.match_indices(word).any(is_named))
}

#[test]
fn only_storage_manifest_and_cli_and_a_few_named_files_touch_files() {
    let mut touching = Vec::new();
    for (name, text) in sources() {
        let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let module = name.split('/').next().unwrap_or_default();
        if !MODULES.contains(&module) && code.any(touches) {
            touching.push(name);
        }
    }
    touching.sort();
    assert_eq!(touching, FILES.map(|(name, _)| name), "the files outside of {MODULES:?} that do");
}
