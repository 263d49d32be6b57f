//! Holds canonical values by option name, and turns them into the typed options of their owner.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

/// Values by option name, canonical.
pub type Values = BTreeMap<&'static str, Value>;

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
