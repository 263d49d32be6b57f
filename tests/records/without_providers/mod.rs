//! A build without the feature `providers`: it asks none, and says so.

#[cfg(feature = "cli")]
mod program;

use std::path::Path;

use recanvas::pipeline::Document;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use recanvas::providers::HOW_TO_ASK;

/// The mistakes of a pipeline with this engine: line, column, message and hint of each.
fn mistakes(engine: &str) -> Vec<(usize, usize, String, Option<String>)> {
    let text =
        format!("version: 1\ntargets: [{{ name: a, ratio: 1:1 }}]\nstages:\n  - outpaint: {{ engine: {engine} }}\n");
    match check(&Document::new(Path::new("test.yaml"), text), Registry::built_in()) {
        Ok(_) => Vec::new(),
        Err(found) => {
            let parts = found.iter().map(|one| (one.line, one.column, one.message.clone(), one.hint.clone()));
            parts.collect()
        }
    }
}

#[test]
fn a_pipeline_that_names_a_provider_has_a_mistake_there() {
    let none = |name: &str| (format!("`{name}` is a provider, and this build has none"), Some(HOW_TO_ASK.to_owned()));
    for (engine, column, name) in [
        ("fal", 25, "fal"),
        ("[fal, blur]", 26, "fal"),
        ("[blur, { use: fal, price: 0.1 }]", 39, "fal"),
        ("./mine.yaml", 25, "./mine.yaml"),
    ] {
        let (message, hint) = none(name);
        assert_eq!(mistakes(engine), [(4, column, message, hint)], "{engine}");
    }
    assert_eq!(mistakes("[blur, solid]"), []);
    let unknown = mistakes("fall");
    assert!(unknown.len() == 1 && unknown[0].2.contains("unknown engine `fall`"), "{unknown:?}");
}
