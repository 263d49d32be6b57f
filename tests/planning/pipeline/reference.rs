//! `pipelines/reference.yaml` against the tables: it names everything, at the code's default.

use std::collections::BTreeMap;

use recanvas::options::Field;
use recanvas::options::defaults;
use recanvas::options::parse;
use recanvas::pipeline::Document;
use recanvas::pipeline::SECTIONS;
use recanvas::pipeline::TARGET;
use recanvas::stages::STAGES;
use serde_json::Map;
use serde_json::Value;

use crate::pipeline::pipeline;
use crate::pipeline::shipped;

fn reference() -> (String, Map<String, Value>) {
    let (name, text) = shipped().into_iter().find(|(name, _)| name.ends_with("reference.yaml")).expect("it is there");
    let values = Document::new(name.as_ref(), text.clone()).values().expect("it is YAML");
    let Value::Object(root) = values else { panic!("{values} is a map") };
    (text, root)
}

fn map<'a>(value: &'a Value, what: &str) -> &'a Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("`{what}` is a map of options, not {value}"))
}

/// Every option is written, in the order of the table, and is the default.
fn assert_defaults(what: &str, fields: &'static [Field], written: &Map<String, Value>) {
    assert!(!fields.is_empty(), "{what}");
    for field in fields {
        assert!(written.contains_key(field.name), "{what}: `{}` is not in the reference", field.name);
    }
    let values = parse(fields, what, written).unwrap_or_else(|problems| panic!("{what}: {problems:?}"));
    assert_eq!(values, defaults(fields), "{what}");
}

#[test]
fn every_section_is_there_at_its_defaults() {
    let (_, root) = reference();
    assert!(SECTIONS.len() >= 4);
    for section in SECTIONS {
        let written = root.get(section.name).unwrap_or_else(|| panic!("`{}` is not in the reference", section.name));
        assert_defaults(section.name, section.fields, map(written, section.name));
    }
}

#[test]
fn every_stage_is_there_at_its_defaults_and_in_order() {
    let (_, root) = reference();
    let stages = root["stages"].as_array().expect("a list");
    let words: Vec<&String> = stages.iter().flat_map(|stage| map(stage, "stages").keys()).collect();
    assert_eq!(words, STAGES.iter().map(|stage| stage.word).collect::<Vec<_>>());
    for (stage, written) in STAGES.iter().zip(stages) {
        assert_defaults(stage.word, (stage.fields)(), map(&written[stage.word], stage.word));
    }
}

#[test]
fn the_reference_shows_every_option_of_a_target() {
    let (_, root) = reference();
    let target = map(&root["targets"][0], "targets[0]");
    for field in TARGET.fields {
        assert!(target.contains_key(field.name), "targets: `{}` is not in the reference", field.name);
    }
    // It asks for a ratio only, so that the code's resolution rule shows.
    assert_eq!(target.values().filter(|value| !value.is_null()).count(), 2, "{target:?}");
}

#[test]
fn the_reference_lists_all_words_of_each_option() {
    // A comment that lists the words of an option lists all of them.
    let (text, _) = reference();
    let mut seen = 0;
    for (stage, field) in STAGES.iter().flat_map(|stage| (stage.fields)().iter().map(move |field| (stage, field))) {
        let Some(words) = field.kind.schema()["enum"].as_array().cloned() else { continue };
        let begin = format!("      {}:", field.name);
        let line = text.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("{begin}"));
        for word in words {
            let word = word.as_str().expect("a word");
            assert!(line.contains(word), "{}.{}: `{word}` is not said in\n{line}", stage.word, field.name);
        }
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn every_shipped_file_is_right_and_makes_what_its_name_says() {
    let mut targets = BTreeMap::new();
    for (name, text) in shipped() {
        let pipeline = pipeline(&text);
        assert!(text.starts_with('#'), "{name} begins with what it is for");
        targets.insert(pipeline.name.clone(), pipeline.usual_tasks.len());
    }
    assert!(targets.values().all(|count| *count > 0), "{targets:?}");
}

#[test]
fn the_reference_does_what_an_empty_list_of_stages_does() {
    let (text, _) = reference();
    let (written, bare) = (pipeline(&text), pipeline("version: 1\ntargets:\n  - { name: square, ratio: 1:1 }\n"));
    assert_eq!(written.usual_tasks[0].fingerprint, bare.usual_tasks[0].fingerprint);
}
