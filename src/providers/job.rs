//! Values by which the result of a submitted call is asked for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::providers::Secrets;

/// Values that the provider gave and by which a submitted call's result is asked for, without any meaning here. Bytes
/// of pictures do not belong into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The provider's name for it.
    pub id: String,
    /// Everything else that was captured, like addresses for polling.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captures: BTreeMap<String, Value>,
}

impl Job {
    /// The most bytes that a job may have, names included.
    pub const MAX_BYTES: usize = 256 << 10;

    /// Returns its size in bytes, as JSON.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.captures.iter().map(|(name, value)| name.len() + value.to_string().len()).sum::<usize>() + self.id.len()
    }

    /// Tells whether any of the keys stands in it.
    #[must_use]
    pub fn has_any(&self, secrets: &Secrets) -> bool {
        let captured = |(name, value): (&String, &Value)| secrets.are_in(name) || secrets.are_in(&value.to_string());
        secrets.are_in(&self.id) || self.captures.iter().any(captured)
    }

    /// Returns the job without the keys, as it may be recorded. [`Secret::restore`](crate::providers::Secret::restore)
    /// puts the key back for a later run.
    #[must_use]
    pub fn scrubbed(&self, secrets: &Secrets) -> Job {
        let clean = |text: &str| secrets.scrub_to_restore(text);
        let captures = self.captures.iter().map(|(name, value)| (clean(name), without(value, secrets))).collect();
        Job { id: clean(&self.id), captures }
    }
}

fn without(value: &Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.scrub_to_restore(text)),
        Value::Array(items) => items.iter().map(|item| without(item, secrets)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, item)| (secrets.scrub_to_restore(key), without(item, secrets))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
