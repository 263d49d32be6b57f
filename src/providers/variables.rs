//! Values by name, as requests and pipelines give them.

use std::collections::BTreeMap;

use serde_json::Value;

/// Holds values by variable, as expressions see them.
pub type Variables = BTreeMap<String, Value>;
