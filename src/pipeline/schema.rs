//! The JSON Schema of pipeline files, from the tables.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::engines::engine_schemas;
use crate::options::map_schema;
use crate::pipeline::Registry;
use crate::pipeline::SECTIONS;
use crate::pipeline::TARGET;
use crate::pipeline::VERSION;

/// Returns the JSON Schema (draft 2020-12) of a pipeline file that may name what is in the registry.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut properties = Map::new();
    properties.insert("version".into(), json!({"const": VERSION, "description": "the version of the format"}));
    properties
        .insert("name".into(), json!({"type": "string", "description": "part of every task's key in the manifest"}));
    for section in SECTIONS {
        properties.insert(section.name.into(), may_be_empty(map_schema(section.fields, section.doc)));
    }
    properties.insert(
        "targets".into(),
        json!({
            "type": "array", "minItems": 1, "description": TARGET.doc, "items": {"$ref": "#/$defs/target"},
        }),
    );
    properties.insert(
        "stages".into(),
        json!({
            "type": ["array", "null"], "description": "defaults for every target", "items": {"$ref": "#/$defs/stage"},
        }),
    );

    let mut target = map_schema(TARGET.fields, TARGET.doc);
    let mut stage = Map::new();
    for def in registry.stages() {
        let options = may_be_empty(map_schema((def.fields)(), def.doc));
        target["properties"][def.word] = options.clone();
        stage.insert(def.word.into(), options);
    }
    let words: Vec<&str> = registry.stages().iter().map(|def| def.word).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "recanvas pipeline",
        "type": "object",
        "properties": properties,
        "required": ["version", "targets"],
        "additionalProperties": false,
        "$defs": {
            "target": target,
            "stage": {"anyOf": [
                {"enum": words},
                {"type": "object", "properties": stage, "minProperties": 1, "maxProperties": 1, "additionalProperties": false},
            ]},
        },
    });
    for (name, engine) in engine_schemas(registry.engines()) {
        schema["$defs"][name] = engine;
    }
    schema
}

/// Returns the schema of a map that may be left empty: nothing behind the key means defaults.
fn may_be_empty(mut schema: Value) -> Value {
    schema["type"] = json!(["object", "null"]);
    schema
}
