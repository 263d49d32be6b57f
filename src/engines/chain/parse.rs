//! Reads `outpaint.engine` as it is written.
//!
//! The names mean engines of an [`EngineTable`], to which users add their own providers.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::engines::EngineDef;
use crate::engines::EngineTable;
use crate::engines::chain::remote::remote;
use crate::engines::chain::written::USE;
use crate::engines::chain::written::options;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::defaults;
use crate::options::map_schema;
use crate::options::parse as parse_options;
use crate::options::stand_in;
use crate::providers::PARAMS;
use crate::providers::TERMS;

/// The kind of `outpaint.engine`: a name, `{use: name, option: …}`, or a list of those, of
/// which the next is the fallback. What the names mean depends on the engines there are, so
/// the value is kept as it is written until it is resolved.
pub(crate) const ENGINE: Kind = Kind::Custom {
    parse: |written| Ok(written.clone()),
    schema: || json!({"$ref": "#/$defs/engines"}),
    expected: || "an engine, {use: engine, option: …}, or a list of those".into(),
};

/// Reads a value of the kind `ENGINE`. A provider may be named by the path of its descriptor,
/// which is added to `table`. Relative paths are from `folder`, an empty one being the working
/// directory. Canonical is the list of objects with every option of each engine, so that two ways of
/// writing the same give the same fingerprint; what is canonical stays as it is in an empty folder.
///
/// # Errors
/// Every mistake in it.
pub fn resolve(written: &Value, table: &mut EngineTable, folder: &Path) -> Result<Value, Vec<Problem>> {
    let Value::Array(items) = written else {
        return parse_one(written, table, folder).map(|entry| Value::Array(vec![entry]));
    };
    if items.is_empty() {
        return Err(vec![Problem::new("the list of engines is empty").hint("name one, like `auto`")]);
    }
    let mut entries: Vec<Value> = Vec::new();
    let mut problems = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match parse_one(item, table, folder) {
            Ok(entry) if entries.contains(&entry) => {
                let name = entry[USE].as_str().unwrap_or_default();
                problems.push(Problem::new(format!("`{name}` is listed twice with the same options")).under(index));
            }
            Ok(entry) => entries.push(entry),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(index))),
        }
    }
    if problems.is_empty() { Ok(Value::Array(entries)) } else { Err(problems) }
}

fn parse_one(written: &Value, table: &mut EngineTable, folder: &Path) -> Result<Value, Vec<Problem>> {
    match written {
        Value::String(name) => entry(name, &Map::new(), table, folder),
        Value::Object(map) => parse_map(map, table, folder),
        Value::Null => Err(vec![Problem::new("no value; expected an engine").hint(listed(table))]),
        _ => Err(vec![Problem::new(format!("{written} is not an engine")).hint(listed(table))]),
    }
}

fn parse_map(map: &Map<String, Value>, table: &mut EngineTable, folder: &Path) -> Result<Value, Vec<Problem>> {
    match map.get(USE) {
        Some(Value::String(name)) => entry(name, map, table, folder),
        Some(other) => {
            let problem = Problem::new(format!("{other} is not the name of an engine"));
            Err(vec![problem.hint(listed(table)).under(USE)])
        }
        None => {
            // The likely slip is the form that stages have, `blur: {…}`.
            let named = map.keys().find(|key| table.find(key).is_some() || table.providers().get(key).is_some());
            let hint = format!("write {{{USE}: {}, option: …}}", named.map_or("name", String::as_str));
            Err(vec![Problem::new(format!("no `{USE}`: which engine?")).hint(hint)])
        }
    }
}

fn listed(table: &EngineTable) -> String {
    format!("known: {}", table.names().join(", "))
}

/// The canonical entry: the name and every option.
fn entry(
    name: &str,
    written: &Map<String, Value>,
    table: &mut EngineTable,
    folder: &Path,
) -> Result<Value, Vec<Problem>> {
    let (name, mut options, fields) = match table.find(name) {
        Some(def) => (name.to_owned(), local(def, &options(written))?, def.fields),
        None => remote(name, written, table, folder).map(|(name, provider)| (name, provider.canonical(), TERMS))?,
    };
    stand_in(folder, fields, &mut options)?;
    let mut entry = Map::from_iter([(USE.to_owned(), Value::from(name))]);
    entry.extend(options);
    Ok(Value::Object(entry))
}

fn local(def: &'static EngineDef, options: &Map<String, Value>) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut values = defaults(def.fields);
    values.extend(parse_options(def.fields, &format!("engine `{}`", def.name), options)?);
    Ok(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The JSON Schema of the kind `ENGINE`, by itself or in a list, to stand as `engines` and
/// `engine` among a schema's `$defs`: every engine of the table, with its options; the
/// path of a descriptor may have any.
#[must_use]
pub fn engine_schemas(table: &EngineTable) -> [(&'static str, Value); 2] {
    let used = |mut schema: Value, name: Value| {
        schema["properties"][USE] = name;
        schema["required"] = json!([USE]);
        schema
    };
    let local = table.local().map(|def| used(map_schema(def.fields, def.doc), json!({"const": def.name})));
    let remote = table.providers().iter().map(|entry| {
        let descriptor = &entry.descriptor;
        let mut schema = used(map_schema(TERMS, &descriptor.title), json!({"const": descriptor.provider}));
        let params = descriptor.params.iter().map(|(name, param)| (name.clone(), param.schema()));
        let params: Map<String, Value> = params.collect();
        schema["properties"][PARAMS] = json!({"type": "object", "properties": params, "additionalProperties": false});
        for (name, param) in params {
            schema["properties"][name] = param;
        }
        schema
    });
    let path = json!({"type": "string", "pattern": "/|[.]ya?ml$", "description": "the path of a descriptor"});
    let mut own = used(map_schema(TERMS, "a provider by its descriptor"), path.clone());
    own["additionalProperties"] = json!(true);
    let named = json!({"enum": table.names()});
    let one: Vec<Value> = [named, path].into_iter().chain(local).chain(remote).chain([own]).collect();
    let engine = json!({"$ref": "#/$defs/engine"});
    let list = json!({"type": "array", "minItems": 1, "items": engine});
    [("engine", json!({"anyOf": one})), ("engines", json!({"anyOf": [engine, list]}))]
}
