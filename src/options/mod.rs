//! What a user may write: options as data.
//!
//! Every stage, engine and section of a pipeline describes its options in a static table of
//! [`Field`]s. Parsing, defaults, the JSON Schema, `engines`, `explain` and the tests that hold
//! the documentation to the code all derive from these tables; nothing about an option is
//! written twice. A value is kept as canonical JSON (`"200M"` becomes `200000000`), which is
//! also what the fingerprint of a task hashes.

mod color;
mod globs;
mod kind;
mod nested;
mod number;
mod paths;
mod problem;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub use color::Color;
pub use globs::Globs;
pub use globs::literal;
pub use kind::Kind;
pub use number::count;
pub use paths::stand_in;
pub use problem::At;
pub use problem::Problem;
pub use problem::Step;
pub use problem::nearest;

/// One option: its name, what it takes, what it is if left out, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The word in the pipeline file.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value if nobody says otherwise, as a user would write it; none if it must be said.
    pub default: Option<&'static str>,
    /// One line for help, schema and reference.
    pub doc: &'static str,
    /// Whether the option only decides what is refused or how fast it goes: a finished output
    /// stays as it is when it changes, a failed one is tried again.
    pub is_limit: bool,
}

impl Field {
    /// An option; see the fields of [`Field`].
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Self {
        Field { name, kind, default: Some(default), doc, is_limit: false }
    }

    /// An option that must be said.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Field { name, kind, default: None, doc, is_limit: false }
    }

    /// The same, as one that changes no pixel; see [`Field::is_limit`].
    #[must_use]
    pub const fn limit(self) -> Self {
        Field { is_limit: true, ..self }
    }

    /// The default as a user would write it, if there is one.
    #[must_use]
    pub fn written_default(&self) -> Option<Value> {
        // Numbers, lists and null are written as in JSON; everything else is a bare word.
        self.default.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
    }

    /// The default in canonical form, if there is one.
    ///
    /// # Panics
    /// If the table's own default is not a value of its kind, which a test rules out.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        self.written_default().map(|written| match self.kind.parse(&written) {
            Ok(value) => value,
            Err(problems) => panic!("the default of `{}` is not of its kind: {problems:?}", self.name),
        })
    }
}

/// Values by option name, canonical.
pub type Values = BTreeMap<&'static str, Value>;

/// Every option of `fields` that has a default, at it.
#[must_use]
pub fn defaults(fields: &'static [Field]) -> Values {
    fields.iter().filter_map(|field| Some((field.name, field.default_value()?))).collect()
}

/// The JSON Schema of a map with these options.
#[must_use]
pub fn map_schema(fields: &[Field], doc: &str) -> Value {
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

/// Reads what the user wrote for `fields`. Options that were not written are not in the
/// result.
///
/// `what` names the owner in messages, like "stage `resize`".
///
/// # Errors
/// Every mistake, each with the path to it below `map`.
pub fn parse(fields: &'static [Field], what: &str, map: &Map<String, Value>) -> Result<Values, Vec<Problem>> {
    let mut values = Values::new();
    let mut problems = Vec::new();
    for (key, written) in map {
        let Some(field) = fields.iter().find(|field| field.name == key) else {
            problems
                .push(Problem::unknown("option", key, what, fields.iter().map(|field| field.name)).under(key.as_str()));
            continue;
        };
        match field.kind.parse(written) {
            Ok(value) => {
                values.insert(field.name, value);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(key.as_str()))),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// Turns canonical values into the typed options of their owner.
///
/// # Panics
/// If the type does not agree with the table from which the values came; each owner has a
/// test that builds it from its defaults and from every word of its tables.
#[must_use]
pub fn typed<T: DeserializeOwned>(values: &Values) -> T {
    let object: Map<String, Value> = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    match serde_json::from_value(Value::Object(object)) {
        Ok(options) => options,
        Err(error) => panic!("options do not agree with their table: {error}"),
    }
}
