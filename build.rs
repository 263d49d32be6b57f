//! Compiles the files of `providers/` in, whichever there are.

use std::env;
use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=providers");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("providers");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            names.push(name);
        }
    }
    names.sort();
    // The folder is named at compile time, so that a target folder may move with its checkout.
    let line = |name: &String| {
        let path = format!("providers/{name}");
        format!("    ({path:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{path}\"))),\n")
    };
    let files: String = names.iter().map(line).collect();
    let text =
        format!("/// Name and text of every file of `providers/`.\nstatic FILES: &[(&str, &str)] = &[\n{files}];\n");
    let place = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("providers.rs");
    #[expect(clippy::disallowed_methods, reason = "it is Cargo's folder for what builds write")]
    fs::write(place, text)
}
