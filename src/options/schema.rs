//! Describes kinds and tables of options as JSON Schema.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::geometry::Anchor;
use crate::options::Field;
use crate::options::Kind;

/// Returns the JSON Schema of a map with these options.
#[must_use]
pub(crate) fn map_schema(fields: &[Field], doc: &str) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = field.kind.schema();
        if let Value::Object(map) = &mut schema {
            map.insert("description".into(), field.doc.into());
            if let Some(default) = field.written_default() {
                map.insert("default".into(), default);
            }
        }
        properties.insert(field.name.into(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.default.is_none()).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

impl Kind {
    /// Returns the JSON Schema of what the kind takes.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Integer(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
            Kind::Number(low, high) => json!({"type": "number", "minimum": low, "maximum": high}),
            Kind::Count => json!({"anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgG][iI]?)?[bB]?\s*$"},
            ]}),
            Kind::Share(high) => json!({"anyOf": [
                {"type": "number", "minimum": 0, "maximum": high},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"},
            ]}),
            Kind::Word(words) => json!({"enum": words}),
            Kind::Color | Kind::Text | Kind::Path | Kind::Library => json!({"type": "string", "minLength": 1}),
            Kind::Anchor => {
                let names: Vec<&str> = Anchor::NAMES.iter().map(|(name, _)| *name).collect();
                let share = json!({"type": "number", "minimum": 0, "maximum": 1});
                json!({"anyOf": [
                    {"enum": names},
                    {"type": "object", "properties": {"x": share, "y": share}, "additionalProperties": false},
                ]})
            }
            Kind::List(inner) => json!({"anyOf": [inner.schema(), {"type": "array", "items": inner.schema()}]}),
            Kind::Or(word, inner) => json!({"anyOf": [{"const": word}, inner.schema()]}),
            Kind::Optional(inner) => json!({"anyOf": [{"type": "null"}, inner.schema()]}),
            Kind::Seconds => json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "minLength": 2}]}),
            Kind::Map(fields) => map_schema(fields, ""),
            Kind::MapOf(inner) => json!({"type": "object", "additionalProperties": inner.schema()}),
            Kind::Any => json!({}),
            Kind::Custom { schema, .. } => schema(),
        }
    }
}
