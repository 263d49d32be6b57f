//! Compares options value by value, where one side may know options that the other does not.
//!
//! A program that has one option more makes the same of a pipeline that does not write it. So an option that
//! was not recorded counts with its default.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::engines::Chain;
use crate::engines::Link;
use crate::options::Values;
use crate::options::defaults;
use crate::pipeline::Settings;

/// The key of an engine's name in an entry of a list of engines.
const USE: &str = "use";

/// The defaults of all options that a recorded value may lack.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unrecorded {
    /// In the shape of recorded options.
    stages: Value,
    /// By the name of an engine: those of its options.
    engines: BTreeMap<String, Value>,
}

impl Unrecorded {
    /// Returns the defaults of these stages, and of the engines of this chain.
    pub(super) fn new(settings: &Settings, chain: &Chain) -> Self {
        let stages = settings.defaults_by_stage().map(|(word, values)| (word.to_owned(), by_name(values.clone())));
        let engines = chain.links().iter().map(|link| match link {
            Link::Local(local) => (link.name().to_owned(), by_name(defaults(local.definition().fields))),
            Link::Remote(provider) => {
                let params = provider.descriptor.params.iter();
                let params: Map<String, Value> =
                    params.map(|(name, param)| (name.clone(), param.default.clone())).collect();
                (link.name().to_owned(), json!({ "params": params }))
            }
        });
        Unrecorded { stages: json!({ "stages": stages.collect::<Map<_, _>>() }), engines: engines.collect() }
    }

    /// Returns the options that differ, one line each, like `convert.quality 85 → 80`.
    pub(super) fn differences(&self, before: &Value, now: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        self.compare("", (before, now), &self.stages, &mut lines);
        lines
    }

    /// Returns recorded options, or options in their form, without those that are at their defaults.
    pub(super) fn without_defaults(&self, options: &Value) -> Value {
        let mut kept = self.reduced(options, &self.stages).unwrap_or_else(|| json!({}));
        kept.sort_all_objects();
        kept
    }

    /// Returns the part of a value that is not at its default; `None` if all of it is.
    fn reduced(&self, value: &Value, default: &Value) -> Option<Value> {
        if value == default || (value.is_array() && self.entries(value) == self.entries(default)) {
            return None;
        }
        match value {
            Value::Object(map) => {
                let kept = map
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), self.reduced(value, &default[key.as_str()])?)));
                let kept: Map<String, Value> = kept.collect();
                (!kept.is_empty()).then(|| kept.into())
            }
            Value::Array(_) => Some(self.entries(value)),
            other => Some(other.clone()),
        }
    }

    /// Returns a list in which entries of engines lack the options that are at their defaults.
    fn entries(&self, list: &Value) -> Value {
        let reduced = |entry: &Value| {
            let defaults = entry.as_object().and_then(|map| self.of_entry(map, map));
            defaults.and_then(|defaults| self.reduced(entry, defaults)).unwrap_or_else(|| entry.clone())
        };
        list.as_array().map_or_else(|| list.clone(), |entries| entries.iter().map(reduced).collect())
    }

    fn compare(&self, path: &str, (before, now): (&Value, &Value), default: &Value, lines: &mut Vec<String>) {
        if self.is_same(before, now, default) {
            return;
        }
        let said = |value: &Value| if value.is_null() { default.clone() } else { value.clone() };
        let (before, now) = (&said(before), &said(now));
        let (Value::Object(old), Value::Object(new)) = (before, now) else {
            lines.push(format!("{path} {before} → {now}"));
            return;
        };
        let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            // The stage's own word is enough; `stages` in front of it says nothing.
            let below = if path.is_empty() || path == "stages" { key.clone() } else { format!("{path}.{key}") };
            let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
            self.compare(&below, (&value(old), &value(new)), &default[key], lines);
        }
    }

    /// Tells whether two values are the same, where nothing (`null`) stands for the default.
    fn is_same(&self, before: &Value, now: &Value, default: &Value) -> bool {
        match (before, now) {
            _ if before == now => true,
            (Value::Object(old), Value::Object(new)) => {
                let defaults = self.of_entry(old, new).unwrap_or(default);
                let value = |map: &'_ Map<String, Value>, key: &String| map.get(key).cloned().unwrap_or(Value::Null);
                old.keys().chain(new.keys()).all(|key| self.is_same(&value(old, key), &value(new, key), &defaults[key]))
            }
            (Value::Array(old), Value::Array(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.is_same(old, new, &Value::Null))
            }
            (Value::Null, other) | (other, Value::Null) => {
                let is_map = |value: &Value| matches!(value, Value::Object(_));
                // A stage or a map of which nothing was recorded: each of its options by itself.
                if is_map(other) && is_map(default) {
                    return self.is_same(&Value::Object(Map::new()), other, default);
                }
                other == default
            }
            _ => false,
        }
    }

    /// Returns the defaults of an engine, if these are two entries of the same one.
    fn of_entry(&self, old: &Map<String, Value>, new: &Map<String, Value>) -> Option<&Value> {
        let name = |map: &Map<String, Value>| map.get(USE).and_then(Value::as_str).map(str::to_owned);
        name(old).filter(|old| Some(old) == name(new).as_ref()).and_then(|name| self.engines.get(&name))
    }
}

fn by_name(values: Values) -> Value {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
