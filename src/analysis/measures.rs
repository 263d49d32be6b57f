//! Says what measures have found in one picture.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::analysis::Measure;
use crate::analysis::MeasureError;
use crate::analysis::Proxy;

/// Counts the bytes that an allocation takes beside what is asked of it, about.
const ALLOCATION: usize = 16;

/// Says what measures have found in one picture, by name. What another revision has found is not used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Sorted by name. There are few, and millions of pictures.
    found: Vec<(Box<str>, Recorded)>,
}

/// Says what one measure has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Recorded {
    revision: u32,
    value: Json,
}

/// A value as JSON, which takes much less room than a tree of values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Json(Box<str>);

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Json(value.to_string().into())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: Value = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Json::from(&value))
    }
}

impl Serialize for Measures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.found.iter().map(|(name, found)| (name, found)))
    }
}

impl<'de> Deserialize<'de> for Measures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By the tree a name that stands twice counts once, and names are in their order.
        let found = BTreeMap::deserialize(deserializer)?;
        Ok(Measures { found: found.into_iter().collect() })
    }
}

impl Measures {
    /// Says that nothing is known.
    #[must_use]
    pub fn none() -> &'static Measures {
        static NONE: Measures = Measures { found: Vec::new() };
        &NONE
    }

    /// Tells whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Tells whether this revision of the measure has looked at the picture.
    #[must_use]
    pub fn has(&self, measure: &dyn Measure) -> bool {
        self.found(measure.name()).is_some_and(|found| found.revision == measure.revision())
    }

    /// Tells whether a measure of this name has looked at the picture, whichever its revision.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.found(name).is_some()
    }

    /// Returns what this revision of the measure has found, if it has looked and that can be understood.
    #[must_use]
    pub fn of<T: DeserializeOwned>(&self, measure: &dyn Measure) -> Option<T> {
        let found = self.found(measure.name()).filter(|found| found.revision == measure.revision())?;
        serde_json::from_str(&found.value.0).ok()
    }

    /// Returns what the measure of this name has found, whichever its revision, if that can be understood. What a
    /// stage or an engine is given has the revisions of the program that runs.
    #[must_use]
    pub fn named<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(&self.found(name)?.value.0).ok()
    }

    /// Returns each measure's name with its revision and what it has found, as JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, &str)> {
        self.found.iter().map(|(name, Recorded { revision, value })| (&**name, *revision, &*value.0))
    }

    /// Has the measure look if it has not yet.
    ///
    /// # Errors
    /// If what it has found cannot be recorded.
    pub fn look(&mut self, measure: &dyn Measure, proxy: &Proxy) -> Result<(), MeasureError> {
        if !self.has(measure) {
            let value = Json(MeasureError::check(measure.name(), &measure.measure(proxy))?.into());
            self.put(measure.name().into(), Recorded { revision: measure.revision(), value });
        }
        Ok(())
    }

    /// Adds what other measures have found, or the same later.
    #[must_use]
    pub fn with(mut self, later: Measures) -> Self {
        later.found.into_iter().for_each(|(name, found)| self.put(name, found));
        self
    }

    /// Keeps what measures of these names and revisions have found.
    #[must_use]
    pub fn only(mut self, asked: &[(&str, u32)]) -> Self {
        self.found.retain(|(name, found)| asked.contains(&(&**name, found.revision)));
        self
    }

    /// Estimates how many bytes it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let one = |(name, found): &(Box<str>, Recorded)| name.len() + found.value.0.len() + 2 * ALLOCATION;
        size_of::<Self>() + size_of_val(&*self.found) + self.found.iter().map(one).sum::<usize>() + ALLOCATION
    }

    fn found(&self, name: &str) -> Option<&Recorded> {
        self.found.iter().find_map(|(known, found)| (**known == *name).then_some(found))
    }

    fn put(&mut self, name: Box<str>, found: Recorded) {
        match self.found.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(at) => self.found[at].1 = found,
            Err(at) => self.found.insert(at, (name, found)),
        }
    }
}
