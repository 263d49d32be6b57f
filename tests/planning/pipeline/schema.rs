//! The JSON Schema against the tables, and against files with a validator that shares no code.

use jsonschema::Validator;
use recanvas::engines::EngineTable;
use recanvas::options::Field;
use recanvas::pipeline::Document;
use recanvas::pipeline::Registry;
use recanvas::pipeline::SECTIONS;
use recanvas::pipeline::TARGET;
use recanvas::pipeline::schema;
use recanvas::stages::STAGES;
use serde_json::Value;
use serde_json::json;

use crate::pipeline::checked;
use crate::pipeline::shipped;
use crate::pipeline::with;

fn validator() -> Validator {
    jsonschema::meta::validate(&schema(&Registry::built_in())).expect("the schema is a schema");
    jsonschema::validator_for(&schema(&Registry::built_in())).expect("the schema can be used")
}

fn values(text: &str) -> Value {
    Document::new("test.yaml".as_ref(), text.to_owned()).values().expect("it is YAML")
}

fn assert_described(what: &str, fields: &[Field], object: &Value) {
    assert_eq!(object["additionalProperties"], json!(false), "{what}");
    for field in fields {
        let property = &object["properties"][field.name];
        assert_eq!(property["description"], field.doc, "{what}.{}", field.name);
        assert!(property.as_object().is_some_and(|map| map.len() >= 3), "{what}.{}: {property}", field.name);
    }
}

#[test]
fn every_option_of_the_tables_is_in_the_schema() {
    let schema = schema(&Registry::built_in());
    for section in SECTIONS {
        assert_described(section.name, section.fields, &schema["properties"][section.name]);
    }
    let target = &schema["$defs"]["target"];
    assert_described("target", TARGET.fields, target);
    let stages = schema["$defs"]["stage"]["anyOf"].as_array().expect("a choice");
    let object = stages.iter().find(|stage| stage["type"] == "object").expect("a map");
    for stage in STAGES {
        assert_described(stage.word, (stage.fields)(), &target["properties"][stage.word]);
        assert_described(stage.word, (stage.fields)(), &object["properties"][stage.word]);
    }
    let text = schema.to_string();
    for engine in EngineTable::built_in().local() {
        assert!(text.contains(&format!("\"const\":\"{}\"", engine.name)), "{}", engine.name);
    }
}

#[test]
fn the_defaults_fit_the_schema() {
    let schema = schema(&Registry::built_in());
    let mut seen = 0;
    for stage in STAGES {
        for field in (stage.fields)() {
            let property = schema["$defs"]["target"]["properties"][stage.word]["properties"][field.name].clone();
            let property = json!({"allOf": [property], "$defs": schema["$defs"]});
            let Some(default) = field.written_default() else { continue };
            let fits = jsonschema::is_valid(&property, &default);
            assert!(fits, "{}.{}: {default}", stage.word, field.name);
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn every_shipped_file_fits() {
    let validator = validator();
    for (name, text) in shipped() {
        let values = values(&text);
        let errors: Vec<String> = validator.iter_errors(&values).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn right_forms_that_editors_would_mark_fit() {
    let validator = validator();
    let right = [
        "stages: [resize, load, { aspect: }]",
        "stages: [{ aspect: { anchor: { x: 0.5, y: 0.33 }, max_crop: 0.2, max_expand: 50% } }]",
        "stages: [{ outpaint: { engine: [blur, { use: solid, color: '#fff' }] } }]",
        "stages: [{ outpaint: { engine: { use: solid } } }]",
        "stages: [{ load: { max_pixels: 5000000, max_bytes: 512 MiB } }]",
        "run: { jobs: 4, memory: 2G }\nbudget: { per_run: 2.5 }",
        "input: { include: '*.jpg', exclude: ['a/**', b] }",
        "run:\nstages:",
    ];
    for more in right {
        let text = with(more);
        assert!(checked(&text).is_ok(), "{more}");
        assert!(validator.is_valid(&values(&text)), "{more}");
    }
    for target in ["ratio: 16:9", "ratio: 1.91", "ratio: 2", "size: 10X20", "width: 5", "size: null\n    height: 3"] {
        let text = format!("version: 1\ntargets:\n  - name: a\n    {target}\n");
        assert!(validator.is_valid(&values(&text)), "{target}");
    }
}

#[test]
fn wrong_files_do_not_fit_and_are_refused() {
    let validator = validator();
    let wrong = [
        "nmae: x",
        "input: { dirr: a }",
        "input: 5",
        "stages: [{ resiz: {} }]",
        "stages: [{ resize: { flter: box } }]",
        "stages: [{ resize: { filter: bxo } }]",
        "stages: [{ load: {}, resize: {} }]",
        "stages: [resiz]",
        "stages: {}",
        "stages: [{ convert: { quality: 101 } }]",
        "stages: [{ convert: { quality: '85' } }]",
        "stages: [{ convert: { progressive: 'yes' } }]",
        "stages: [{ convert: { format: gif } }]",
        "stages: [{ convert: { background: } }]",
        "stages: [{ aspect: { anchor: middle } }]",
        "stages: [{ aspect: { anchor: { x: 2 } } }]",
        "stages: [{ aspect: { max_crop: lots } }]",
        "stages: [{ outpaint: { engine: blurr } }]",
        "stages: [{ outpaint: { engine: [] } }]",
        "stages: [{ outpaint: { engine: { use: solid, colour: red } } }]",
        "stages: [{ load: { max_pixels: 0 } }]",
        "run: { jobs: 0 }",
        "run: { jobs: many }",
        "budget: { per_run: -1 }",
    ];
    for more in wrong {
        let text = with(more);
        assert!(checked(&text).is_err(), "{more}");
        assert!(!validator.is_valid(&values(&text)), "{more}");
    }
    let whole = [
        "version: 2\ntargets: [{ name: a, size: 9x9 }]",
        "targets: [{ name: a, size: 9x9 }]",
        "version: 1",
        "version: 1\ntargets: []",
        "version: 1\ntargets: [{ size: 9x9 }]",
        "version: 1\ntargets: [{ name: a/b, size: 9x9 }]",
        "version: 1\ntargets: [{ name: a, size: big }]",
        "version: 1\ntargets: [{ name: a, width: 0 }]",
        "version: 1\ntargets: [a]",
        "version: 1\nname:\ntargets: [{ name: a, size: 9x9 }]",
    ];
    for text in whole {
        assert!(checked(text).is_err(), "{text}");
        assert!(!validator.is_valid(&values(text)), "{text}");
    }
}
