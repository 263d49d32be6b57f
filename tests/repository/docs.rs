//! What is written down agrees with the code. `UPDATE_DOCS=1` writes the derived parts anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use recanvas::document::Document;
use recanvas::engines::EngineTable;
use recanvas::options::Field;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::SECTIONS;
use recanvas::pipeline::TARGET;
use recanvas::pipeline::schema;
use recanvas::providers::ProviderTable;
use recanvas::providers::VARIABLES;
use recanvas::providers::client::read_descriptor;
use recanvas::providers::provider_schema;
#[cfg(feature = "cli")]
use recanvas::report;
use recanvas::stages::STAGES;

const MARK: &str = "<!-- tables: written by UPDATE_DOCS=1 cargo test --test repository -->\n";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The file is as derived, or is made so.
fn hold(path: &str, derived: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // Other tests may be reading it.
        let new = at(&format!("{path}.new"));
        fs::write(&new, derived).and_then(|()| fs::rename(new, at(path))).expect("it can be written");
    }
    let written = fs::read_to_string(at(path)).unwrap_or_default();
    assert!(written == derived, "{path} is out of date; write it anew with UPDATE_DOCS=1 cargo test --test repository");
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
        table(&mut text, &format!("`{}`", stage.word), stage.doc, (stage.fields)());
    }
    text.push_str("\n## Engines\n");
    for engine in EngineTable::built_in().local() {
        table(&mut text, &format!("`{}`", engine.name), engine.doc, engine.fields);
    }
    assert!(text.matches("### ").count() > 10, "the tables are found");
    hold("docs/pipeline.md", &text);
}

/// A row of a table.
#[cfg(feature = "cli")]
fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

#[cfg(feature = "cli")]
#[test]
fn tables_of_the_providers_page_are_those_of_the_descriptors() {
    let page = read("docs/providers.md");
    let (prose, _) = page.split_once(MARK).expect("the mark is there");
    let registry = ProviderTable::built_in();
    let mut text = format!("{prose}{MARK}\n## Prices and keys\n\n");
    row(&mut text, &["provider", "what it is", "price of a call", "1 MP, 4 MP at most", "key", "checked"]);
    row(&mut text, &["---"; 6]);
    for entry in registry.iter() {
        let descriptor = &entry.descriptor;
        let price = descriptor.price.as_ref();
        let most = [1.0, 4.0].map(|megapixels| price.and_then(|price| price.highest(megapixels)));
        let most = match most {
            [Some(one), Some(four)] => format!("{one}, {four} USD"),
            _ => "say `price`".to_owned(),
        };
        let key = descriptor.key.as_ref().map_or_else(|| "none".to_owned(), |key| format!("`{}`", key.variables()));
        let name = format!("`{}`", descriptor.provider);
        row(&mut text, &[&name, &descriptor.title, &report::price_words(price), &most, &key, &descriptor.checked]);
    }
    text.push_str("\n## Limits\n\n");
    row(&mut text, &["provider", "is told", "canvas", "at once", "pictures"]);
    row(&mut text, &["---"; 5]);
    for entry in registry.iter() {
        let descriptor = &entry.descriptor;
        let (canvas, rate) = (report::canvas_words(descriptor), report::rate_words(descriptor));
        let pictures = report::pictures_words(descriptor);
        let name = format!("`{}`", descriptor.provider);
        row(&mut text, &[&name, descriptor.geometry.unit.words(), &canvas, &rate, &pictures]);
    }
    text.push_str("\n## What is known of each\n");
    for entry in registry.iter() {
        let descriptor = &entry.descriptor;
        let hosts = descriptor.hosts.join("`, `");
        let _ = write!(text, "\n### `{}`\n\nHosts: `{hosts}`.\n\n", descriptor.provider);
        for note in &descriptor.notes {
            let _ = writeln!(text, "* {note}");
        }
        if !descriptor.params.is_empty() {
            text.push_str("\n| parameter | default | meaning |\n| --- | --- | --- |\n");
        }
        for (name, param) in &descriptor.params {
            row(&mut text, &[&format!("`{name}`"), &format!("`{}`", param.default), &param.doc]);
        }
    }
    hold("docs/providers.md", &text);
}

/// Tells whether a file of tests has a test of this name that runs by itself.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = |line: &&str| line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")));
    let Some(at) = lines.iter().position(begins) else { return false };
    let marks: Vec<&&str> = lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).collect();
    marks.contains(&&"#[test]") && !marks.iter().any(|mark| mark.starts_with("#[ignore"))
}

#[test]
fn every_statement_about_money_has_its_test() {
    let page = read("docs/providers.md");
    let rows = page.lines().skip_while(|line| *line != "| | statement | tests |").skip(2);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split(" | ").collect())
        .collect();
    assert!(rows.len() >= 50, "{} statements", rows.len());
    let mut looked_at = 0;
    for (index, row) in rows.iter().enumerate() {
        let [number, statement, tests] = row[..] else { panic!("three cells: {row:?}") };
        assert_eq!(number.trim(), (index + 1).to_string(), "{statement}");
        let tests: Vec<&str> = tests.trim().split(", ").collect();
        assert!(!tests.is_empty() && statement.len() > 10, "{row:?}");
        for test in tests {
            let test = test.trim_matches('`');
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("no file::name: {test}"));
            assert!(
                has_test(&read(&format!("tests/{file}")), name),
                "statement {}: there is no test {test}",
                index + 1
            );
            looked_at += 1;
        }
    }
    assert!(looked_at >= rows.len());
    let here = read("tests/repository/docs.rs");
    assert!(has_test(&here, "every_statement_about_money_has_its_test"));
    assert!(!has_test(&here, "has_test") && !has_test(&here, "nobody_wrote_this_one"));
}

#[test]
fn the_example_of_a_descriptor_is_valid() {
    let page = read("docs/providers.md");
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [example] = blocks[..] else { panic!("one example, not {}", blocks.len()) };
    let document = Document::new(Path::new("acme.yaml"), example.to_owned());
    let (descriptor, _) = read_descriptor(&document)
        .unwrap_or_else(|found| panic!("{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    assert_eq!(descriptor.provider, "acme");
    assert!(ProviderTable::built_in().get("acme").is_none());
    let unnamed: Vec<&&str> = VARIABLES.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unnamed.is_empty(), "the page does not name {unnamed:?}");
    for entry in ProviderTable::built_in().iter() {
        let named = page.split(MARK).next().unwrap_or_default().contains(&entry.descriptor.provider);
        assert!(named, "the page does not speak of {}", entry.descriptor.provider);
    }
}

#[test]
fn provider_pipelines_are_valid_and_use_the_provider_in_their_name() {
    let mut seen = Vec::new();
    for entry in fs::read_dir(at("pipelines/providers")).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let pipeline = Pipeline::open(&path, Registry::built_in()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert!(pipeline.warnings.is_empty(), "{:?}", pipeline.warnings);
        assert!(pipeline.budget.per_run.is_some(), "{} needs a budget", pipeline.name);
        for task in &*pipeline.usual_tasks {
            let names: Vec<&str> = task.recipe.outpaint.engines.links().iter().map(|link| link.name()).collect();
            assert_eq!(names, [pipeline.name.as_str(), "blur"], "a fallback that costs nothing");
        }
        assert_eq!(Some(pipeline.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        seen.push(pipeline.name);
    }
    seen.sort();
    assert_eq!(seen, ["fal", "modelslab", "pixeldojo", "runflow", "stablediffusionapi"]);
}

#[test]
fn the_providers_page_names_those_that_take_webhooks() {
    let page = read("docs/providers.md");
    let (_, section) = page.split_once("## Webhooks\n").expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    for entry in ProviderTable::built_in().iter() {
        let descriptor = &entry.descriptor;
        let named = section.contains(&format!("`{}`", descriptor.provider));
        assert_eq!(named, descriptor.takes_webhook(), "{}", descriptor.provider);
    }
}

#[test]
fn schema_files_are_those_of_the_code() {
    hold("schema/pipeline.schema.json", &format!("{:#}\n", schema(&Registry::built_in())));
    hold("schema/provider.schema.json", &format!("{:#}\n", provider_schema()));
}

#[test]
fn readme_and_ci_run_the_same_tests() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    assert!(readme.contains("    cargo test\n") && ci.lines().any(|line| line == "cargo test"));
    assert!(
        readme.contains("    cargo run --release --no-default-features --features cli -- run pipelines/social.yaml\n")
    );
}

#[test]
fn links_in_the_documentation_lead_to_files() {
    let mut links = 0;
    for page in [
        "README.md",
        "docs/architecture.md",
        "docs/pipeline.md",
        "docs/providers.md",
        "docs/onnx.md",
        "docs/colors.md",
        "docs/runs.md",
        "docs/manifest.md",
        "docs/performance.md",
        "docs/local-engines.md",
    ] {
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
