//! Revisions of what made an output: as records hold them, and as they are kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::value::to_raw_value;

use crate::pipeline::Revisions;

/// Holds [`Revisions`] as a record does: the text of a JSON object of names and numbers, which borrows from the line
/// that it was read from. Of many records few are different, so that nearly all need not be read further.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct MadeBy<'a>(Cow<'a, RawValue>);

impl MadeBy<'_> {
    fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for MadeBy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for MadeBy<'_> {}

impl From<&Revisions> for MadeBy<'static> {
    fn from(revisions: &Revisions) -> Self {
        MadeBy(Cow::Owned(to_raw_value(revisions).expect("names and numbers are JSON")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for MadeBy<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|text| MadeBy(Cow::Borrowed(text)))
    }
}

/// The number of some revisions among all that are kept; 0 is that of none.
pub(crate) type MakersId = u32;

/// Keeps one copy of each: there are few different ones in many records.
#[derive(Debug)]
pub(super) struct Makers {
    all: Vec<Revisions>,
    /// Holds their numbers by the text of a record.
    numbers: HashMap<Arc<str>, MakersId>,
    /// Holds the text that was asked for last: records that follow each other are often alike.
    last: (Arc<str>, MakersId),
}

impl Default for Makers {
    fn default() -> Self {
        Makers { all: vec![Revisions::default()], numbers: HashMap::new(), last: ("{}".into(), 0) }
    }
}

impl Makers {
    /// Returns all that are kept, in the order of their numbers.
    pub(super) fn all(&self) -> &[Revisions] {
        &self.all
    }

    /// Returns the number of what a record holds.
    ///
    /// # Errors
    /// Fails if it is not made of names and revisions.
    pub(super) fn recorded(&mut self, made_by: &MadeBy<'_>) -> Result<MakersId, serde_json::Error> {
        let text = made_by.text();
        if *self.last.0 == *text {
            return Ok(self.last.1);
        }
        if let Some((known, number)) = self.numbers.get_key_value(text) {
            self.last = (Arc::clone(known), *number);
            return Ok(*number);
        }
        let number = self.number(serde_json::from_str(text)?);
        self.numbers.insert(text.into(), number);
        Ok(number)
    }

    /// Returns the number of these revisions.
    pub(super) fn number(&mut self, revisions: Revisions) -> MakersId {
        let known = self.all.iter().position(|known| *known == revisions);
        let number = known.unwrap_or_else(|| {
            self.all.push(revisions);
            self.all.len() - 1
        });
        MakersId::try_from(number).unwrap_or(0)
    }
}
