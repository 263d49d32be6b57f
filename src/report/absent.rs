//! Words providers in a build without the feature `providers`: that it has none.

use serde_json::Value;
use serde_json::json;

use crate::providers::HOW_TO_ASK;
use crate::providers::ProviderEntry;
use crate::providers::ProviderTable;

/// Returns a line that says so.
pub(super) fn providers_text(_: &ProviderTable) -> String {
    format!("providers: none in this build; {HOW_TO_ASK}\n")
}

/// Returns nothing: programs read what there is.
pub(super) fn providers_json(_: &ProviderTable) -> impl Iterator<Item = Value> {
    std::iter::empty()
}

/// Returns the description of a provider for a build that cannot ask it.
#[must_use]
pub fn provider_text(entry: &ProviderEntry) -> String {
    let descriptor = &entry.descriptor;
    format!("{}: {}\nprovider, which this build cannot ask; {HOW_TO_ASK}\n", descriptor.provider, descriptor.title)
}

/// Returns the same as one object.
#[must_use]
pub fn provider_json(entry: &ProviderEntry) -> Value {
    let descriptor = &entry.descriptor;
    json!({ "name": descriptor.provider, "kind": "provider", "doc": descriptor.title, "in_this_build": false })
}
