//! What made an output, as records hold it, and as it is kept.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::value::to_raw_value;

use crate::pipeline::Revisions;

/// [`Revisions`] as a record holds them: a JSON object of names and numbers. There are few
/// different ones in many records, so it stays text until it is known to be a new one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MadeBy<'a>(#[serde(borrow)] &'a RawValue);

impl MadeBy<'_> {
    /// What a record is to hold.
    ///
    /// # Panics
    /// Never: names and numbers can be written.
    #[must_use]
    pub fn text(revisions: &Revisions) -> Box<RawValue> {
        to_raw_value(revisions).expect("names and numbers")
    }
}

impl<'a> From<&'a RawValue> for MadeBy<'a> {
    fn from(text: &'a RawValue) -> Self {
        MadeBy(text)
    }
}

impl PartialEq for MadeBy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for MadeBy<'_> {}

/// The number of some revisions among all that are kept; 0 is that of none.
pub(crate) type MakersId = u32;

/// Keeps one copy of each.
#[derive(Debug)]
pub(super) struct Makers {
    numbers: HashMap<Box<str>, MakersId>,
    all: Vec<Revisions>,
}

impl Default for Makers {
    fn default() -> Self {
        Makers { numbers: HashMap::new(), all: vec![Revisions::default()] }
    }
}

impl Makers {
    /// All that are kept, in the order of their numbers.
    pub(super) fn all(&self) -> &[Revisions] {
        &self.all
    }

    /// The number of what a record holds.
    ///
    /// # Errors
    /// If that is no map of revisions.
    pub(super) fn recorded(&mut self, recorded: MadeBy<'_>) -> Result<MakersId, String> {
        let text = recorded.0.get();
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let revisions = serde_json::from_str(text).map_err(|error| format!("made_by: {error}"))?;
        Ok(self.keep(text, revisions))
    }

    /// The number of these.
    pub(super) fn add(&mut self, revisions: Revisions) -> MakersId {
        let text = MadeBy::text(&revisions);
        self.numbers.get(text.get()).copied().unwrap_or_else(|| self.keep(text.get(), revisions))
    }

    fn keep(&mut self, text: &str, revisions: Revisions) -> MakersId {
        let number = MakersId::try_from(self.all.len()).unwrap_or(0);
        self.all.push(revisions);
        self.numbers.insert(text.into(), number);
        number
    }
}
