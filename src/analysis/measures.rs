//! Says what measures have found in one picture.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::analysis::Measure;
use crate::analysis::Proxy;

/// Says what measures have found in one picture, by name. What another revision has found is not used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Measures(BTreeMap<String, Found>);

/// Says what one measure has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    revision: u32,
    value: Value,
}

impl Measures {
    /// Tells whether this revision of the measure has looked at the picture.
    #[must_use]
    pub fn has(&self, measure: &dyn Measure) -> bool {
        self.0.get(measure.name()).is_some_and(|found| found.revision == measure.revision())
    }

    /// Returns what this revision of the measure has found, if it has looked and that can be understood.
    #[must_use]
    pub fn of<T: DeserializeOwned>(&self, measure: &dyn Measure) -> Option<T> {
        let found = self.0.get(measure.name()).filter(|found| found.revision == measure.revision())?;
        T::deserialize(&found.value).ok()
    }

    /// Has those of the measures look that have not yet.
    #[must_use]
    pub fn and<'m>(mut self, measures: impl IntoIterator<Item = &'m dyn Measure>, proxy: &Proxy) -> Self {
        for measure in measures {
            if !self.has(measure) {
                let found = Found { revision: measure.revision(), value: measure.measure(proxy) };
                self.0.insert(measure.name().to_owned(), found);
            }
        }
        self
    }
}
