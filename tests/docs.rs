//! What is written down agrees with the code. `UPDATE_DOCS=1` writes the derived parts anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use recanvas::engines;
use recanvas::engines::remote::provider_schema;
use recanvas::options::Field;
use recanvas::pipeline::SECTIONS;
use recanvas::pipeline::TARGET;
use recanvas::pipeline::schema;
use recanvas::stages::STAGES;

const MARK: &str = "<!-- tables: written by UPDATE_DOCS=1 cargo test --test docs -->\n";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The file is as derived, or is made so.
fn hold(path: &str, derived: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(at(path), derived).expect("it can be written");
    }
    let written = fs::read_to_string(at(path)).unwrap_or_default();
    assert!(written == derived, "{path} is out of date; write it anew with UPDATE_DOCS=1 cargo test --test docs");
}

fn table(text: &mut String, title: &str, doc: &str, fields: &[Field]) {
    let _ = writeln!(text, "\n### {title}\n\n{}.\n", capitalised(doc));
    if fields.is_empty() {
        text.push_str("No options.\n");
        return;
    }
    text.push_str("| option | default | takes | meaning |\n|---|---|---|---|\n");
    for field in fields {
        let takes = field.kind.expected().replace('|', "\\|");
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {takes} | {} |",
            field.name,
            field.default.unwrap_or("required"),
            field.doc.replace('|', "\\|")
        );
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[test]
fn tables_of_the_pipeline_page_are_those_of_the_code() {
    let page = read("docs/pipeline.md");
    let (prose, _) = page.split_once(MARK).expect("the mark is there");
    let mut text = format!("{prose}{MARK}");
    text.push_str("\n## Sections\n");
    for section in SECTIONS {
        table(&mut text, &format!("`{}`", section.name), section.doc, section.fields);
    }
    table(&mut text, "a target", TARGET.doc, TARGET.fields);
    text.push_str("\n## Stages\n");
    for stage in STAGES {
        table(&mut text, &format!("`{}`", stage.word), stage.doc, stage.fields);
    }
    text.push_str("\n## Engines\n");
    for engine in engines::all() {
        table(&mut text, &format!("`{}`", engine.name), engine.doc, engine.fields);
    }
    assert!(text.matches("### ").count() > 10, "the tables are found");
    hold("docs/pipeline.md", &text);
}

#[test]
fn schema_files_are_those_of_the_code() {
    hold("schema/pipeline.schema.json", &format!("{:#}\n", schema()));
    hold("schema/provider.schema.json", &format!("{:#}\n", provider_schema()));
}

#[test]
fn readme_and_ci_run_the_same_tests() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    assert!(readme.contains("    cargo test\n") && ci.lines().any(|line| line == "cargo test"));
    assert!(readme.contains("    cargo run --release -- run pipelines/social.yaml\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for page in ["README.md", "docs/architecture.md", "docs/pipeline.md", "docs/runs.md", "docs/manifest.md"] {
        let text = read(page);
        let folder = at(page).parent().expect("a page lies in a folder").to_owned();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            if !target.starts_with("http") && !target.starts_with('#') {
                assert!(folder.join(target).exists(), "{page} links to {target}");
                links += 1;
            }
        }
    }
    assert!(links > 5, "the links are found");
}
