//! Recorded options, in the terms of this program, whichever recorded them.
//!
//! Their text has had one form since the first programs, but for what is said below; records of version 1 name it
//! by its digest alone, later ones by that of all options and of the program's revisions.
//!
//! The first programs counted revisions among the options: all stages and engines of the recipe and
//! the decoders of all formats, whether they had a part in an output or not, so that a fingerprint
//! stood for both. [`translate`] takes the two apart.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::codecs::Format;
use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::FailedTask;
use crate::manifest::OptionsRecord;
use crate::manifest::made_by::Makers;
use crate::manifest::made_by::MakersId;
use crate::pipeline::Filling;
use crate::pipeline::Fingerprint;
use crate::pipeline::Revisions;

/// Key under which the first programs kept revisions.
const REVISIONS: &str = "revisions";

/// All options that were recorded.
#[derive(Debug, Default)]
pub(super) struct KnownOptions {
    /// The names that records have for them.
    recorded: HashSet<Digest>,
    /// By today's fingerprint.
    options: HashMap<Digest, Value>,
    /// Meanings of the fingerprints of the first programs.
    earlier: HashMap<Digest, Earlier>,
}

/// Options and revisions of one fingerprint.
#[derive(Debug)]
struct Earlier {
    /// Both, as they were recorded: with limits behind it, what failures by a limit were named by.
    text: String,
    /// Today's fingerprint.
    fingerprint: Digest,
    revisions: Revisions,
    /// Those that had a part in what became of a task.
    numbers: Vec<(End, MakersId)>,
}

/// Ends of tasks, as far as they decide which revisions had a part in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// An output, perhaps with margins, with a name that is of a format.
    Done { filling: Filling, named: Option<Format> },
    /// A failure.
    Failed(Class),
}

impl Earlier {
    fn number(&mut self, end: End, makers: &mut Makers) -> (Digest, MakersId) {
        let known = self.numbers.iter().find(|(known, _)| *known == end).map(|(_, number)| *number);
        let number = known.unwrap_or_else(|| {
            let revisions = match end {
                // Where several encoders are named, the output is of the source's format.
                End::Done { filling, named } => {
                    let source = named.filter(|_| self.revisions.may_write_any());
                    self.revisions.of_output(source, filling)
                }
                End::Failed(class) => self.revisions.of_failure(class, None),
            };
            let number = makers.number(revisions);
            self.numbers.push((end, number));
            number
        });
        (self.fingerprint, number)
    }
}

impl KnownOptions {
    /// Adds what a record says. Returns the revisions that stand among the options.
    pub(super) fn add(&mut self, recorded: OptionsRecord, makers: &mut Makers) -> Option<&Revisions> {
        let OptionsRecord { fingerprint, options } = recorded;
        self.recorded.insert(fingerprint);
        let text = || options.to_string();
        match translate(&options) {
            None => {
                self.options.insert(fingerprint, options);
                None
            }
            Some((today, revisions)) => {
                let named = Digest::of(today.to_string().as_bytes());
                let mut earlier = Earlier { text: text(), fingerprint: named, revisions, numbers: Vec::new() };
                earlier.number(End::Failed(Class::Limit), makers);
                self.options.entry(named).or_insert(today);
                Some(&self.earlier.entry(fingerprint).insert_entry(earlier).into_mut().revisions)
            }
        }
    }

    /// Returns today's fingerprint of an output whose record says nothing of revisions, and the revisions.
    pub(super) fn of_output(
        &mut self,
        recorded: Digest,
        output: &Path,
        filling: Filling,
        makers: &mut Makers,
    ) -> (Digest, MakersId) {
        let Some(earlier) = self.earlier.get_mut(&recorded) else { return (recorded, 0) };
        earlier.number(End::Done { filling, named: Format::of_name(output) }, makers)
    }

    /// Returns the same of a failure, but for one by a limit.
    pub(super) fn of_failure(&mut self, recorded: Digest, class: Class, makers: &mut Makers) -> (Digest, MakersId) {
        let Some(earlier) = self.earlier.get_mut(&recorded) else { return (recorded, 0) };
        earlier.number(End::Failed(class), makers)
    }

    /// Returns the revisions behind a failure by a limit of a record of version 1, if it happened under today's
    /// options and limits: it is named by the text of both.
    pub(super) fn of_limit(&self, failed: &FailedTask, today: &Fingerprint) -> Option<MakersId> {
        let is_today = |options: &Value| *today.path() == options["path"] && today.differences(options).is_empty();
        let mut earlier = self.earlier.values();
        if let Some(earlier) = earlier.find(|earlier| today.has_limits_of(failed.options, &earlier.text)) {
            let numbers = || earlier.numbers.iter().find(|(end, _)| *end == End::Failed(Class::Limit));
            return self.get(&earlier.fingerprint).is_some_and(is_today).then(numbers)?.map(|(_, number)| *number);
        }
        let mut options = self.options.values();
        let named = options.find(|options| today.has_limits_of(failed.options, &options.to_string()))?;
        is_today(named).then_some(failed.made_by)
    }

    /// Returns the options that have this fingerprint today.
    pub(super) fn get(&self, fingerprint: &Digest) -> Option<&Value> {
        self.options.get(fingerprint)
    }

    /// Returns every fingerprint whose options were recorded.
    pub(super) fn recorded(&self) -> impl Iterator<Item = &Digest> {
        self.recorded.iter()
    }
}

/// Options and revisions of what the first programs recorded as options; none if these are today's.
fn translate(recorded: &Value) -> Option<(Value, Revisions)> {
    let revisions = serde_json::from_value(recorded.get(REVISIONS)?.clone()).ok()?;
    let mut options = recorded.clone();
    options.as_object_mut()?.remove(REVISIONS);
    options.sort_all_objects();
    Some((options, revisions))
}
