//! The key of a task in JSON.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::manifest::RecordedPath;
use crate::pipeline::TaskKey;

/// Returns an object with the parts of a task's key, row and encoding only where it has them, and with `more`.
pub(super) fn with_key(key: &TaskKey<'_>, more: Value) -> Value {
    let mut object = Map::new();
    object.insert("source".into(), json!(RecordedPath::from(&*key.source)));
    object.insert("target".into(), json!(key.target));
    object.extend(key.row.as_ref().map(|row| ("row".into(), json!(row))));
    object.extend(key.encoding.as_ref().map(|encoding| ("encoding".into(), json!(encoding))));
    if let Value::Object(more) = more {
        object.extend(more);
    }
    Value::Object(object)
}
