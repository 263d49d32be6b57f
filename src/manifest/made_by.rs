//! What made an output, as records hold it, and as it is kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::MapAccess;
use serde::de::Visitor;

use crate::pipeline::Revisions;

/// How many parts most outputs have at most.
const PARTS_USUAL: usize = 16;

/// [`Revisions`] as a record holds them: a JSON object of names and numbers. They borrow from the
/// line that they were read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MadeBy<'a>(Vec<(Cow<'a, str>, u32)>);

impl<'a> From<&'a Revisions> for MadeBy<'a> {
    fn from(revisions: &'a Revisions) -> Self {
        MadeBy(revisions.iter().map(|(name, revision)| (Cow::Borrowed(name), revision)).collect())
    }
}

impl Serialize for MadeBy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, revision)| (name, revision)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for MadeBy<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Parts)
    }
}

/// Reads the parts of an output.
struct Parts;

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Parts {
    type Value = MadeBy<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of revisions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::with_capacity(PARTS_USUAL);
        while let Some((Name(name), revision)) = map.next_entry()? {
            parts.push((name, revision));
        }
        // As they are written.
        parts.sort();
        parts.dedup_by(|part, before| part.0 == before.0);
        Ok(MadeBy(parts))
    }
}

/// The number of some revisions among all that are kept; 0 is that of none.
pub(crate) type MakersId = u32;

/// Keeps one copy of each: there are few different ones in many records.
#[derive(Debug)]
pub(super) struct Makers {
    all: Vec<Revisions>,
    /// By the hash of what a record holds.
    numbers: HashMap<u64, MakersId>,
    /// The one that was asked for last: records that follow each other are often alike.
    last: MakersId,
}

impl Default for Makers {
    fn default() -> Self {
        Makers { all: vec![Revisions::default()], numbers: HashMap::new(), last: 0 }
    }
}

impl Makers {
    /// All that are kept, in the order of their numbers.
    pub(super) fn all(&self) -> &[Revisions] {
        &self.all
    }

    /// The number of these.
    pub(super) fn number(&mut self, made_by: &MadeBy<'_>) -> MakersId {
        if self.is(self.last, made_by) {
            return self.last;
        }
        let mut hasher = DefaultHasher::new();
        made_by.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.numbers.get(&hash).copied().filter(|number| self.is(*number, made_by));
        self.last = known.unwrap_or_else(|| {
            let number = MakersId::try_from(self.all.len()).unwrap_or(0);
            self.all.push(made_by.0.iter().map(|(name, revision)| (&**name, *revision)).collect());
            self.numbers.insert(hash, number);
            number
        });
        self.last
    }

    fn is(&self, number: MakersId, made_by: &MadeBy<'_>) -> bool {
        let kept = self.all.get(number as usize);
        kept.is_some_and(|kept| kept.iter().eq(made_by.0.iter().map(|(name, revision)| (&**name, *revision))))
    }
}
