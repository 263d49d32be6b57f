//! Lists and maps of other kinds: every mistake inside, each with its path.

use serde_json::Map;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::parse;

/// Reads a list; one value stands for a list of one.
pub(super) fn list(inner: &Kind, written: &Value) -> Result<Value, Vec<Problem>> {
    let Value::Array(items) = written else {
        return inner.parse(written).map(|value| Value::Array(vec![value]));
    };
    let mut problems = Vec::new();
    let mut values = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match inner.parse(item) {
            Ok(value) => values.push(value),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(index))),
        }
    }
    if problems.is_empty() { Ok(Value::Array(values)) } else { Err(problems) }
}

/// Reads a map with these options and completes it.
pub(super) fn map(fields: &'static [Field], written: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    let (values, mut problems) = match parse(fields, "", written) {
        Ok(values) => (values, Vec::new()),
        Err(problems) => (crate::options::Values::new(), problems),
    };
    let mut complete = Map::new();
    for field in fields {
        match (values.get(field.name), written.contains_key(field.name)) {
            (Some(value), _) => {
                complete.insert(field.name.to_owned(), value.clone());
            }
            (None, true) => {}
            (None, false) => match field.default_value() {
                Some(value) => {
                    complete.insert(field.name.to_owned(), value);
                }
                None => problems.push(Problem::new(format!("`{}` is missing", field.name))),
            },
        }
    }
    if problems.is_empty() { Ok(Value::Object(complete)) } else { Err(problems) }
}

/// Reads a map from any word to `inner`.
pub(super) fn map_of(inner: &Kind, written: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut values = Map::new();
    for (key, value) in written {
        match inner.parse(value) {
            Ok(value) => {
                values.insert(key.clone(), value);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(key.as_str()))),
        }
    }
    if problems.is_empty() { Ok(Value::Object(values)) } else { Err(problems) }
}
