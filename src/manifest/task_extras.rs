//! Parts that tasks have in common with many others: target, encoding, and outcome.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::made_by::MakersId;

/// The parts of tasks of which there are few different ones, so that many tasks share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TaskExtras {
    pub(super) target: Arc<str>,
    pub(super) encoding: Option<Arc<str>>,
    pub(super) came_to: TaskEnd,
}

/// Outcome of a task, without its own numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum TaskEnd {
    Unfinished,
    /// Its output was removed, and it is as if it had never been tried.
    Withdrawn,
    Done {
        asked: Asked,
        engine: Option<Arc<str>>,
        reason: Option<Arc<str>>,
        made_by: MakersId,
        run: u32,
    },
    Failed {
        asked: Asked,
        class: Option<Class>,
        made_by: MakersId,
    },
}

/// Options under which a task was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Digest of all of them.
    pub(super) options: Digest,
    /// Holds the digest of those that count, since version 2.
    pub(super) asked: Option<Digest>,
}

/// Keeps one copy of each [`TaskExtras`].
#[derive(Debug, Default)]
pub(super) struct ExtrasInterner {
    all: Vec<TaskExtras>,
    numbers: HashMap<TaskExtras, u32>,
}

impl ExtrasInterner {
    /// Returns the extras with this number.
    pub(super) fn get(&self, number: u32) -> &TaskExtras {
        &self.all[number as usize]
    }

    /// Estimates the bytes that are taken.
    pub(super) fn memory(&self) -> usize {
        self.all.capacity() * 2 * size_of::<TaskExtras>()
    }

    /// Returns the number of what a task has.
    pub(super) fn number(&mut self, extras: TaskExtras) -> u32 {
        if let Some(number) = self.numbers.get(&extras) {
            return *number;
        }
        // There are no more of them than tasks were ever recorded.
        let number = u32::try_from(self.all.len()).expect("paths are bounded before numbers are");
        self.all.push(extras.clone());
        self.numbers.insert(extras, number);
        number
    }
}
