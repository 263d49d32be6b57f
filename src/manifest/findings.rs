//! Keeps the rules that the outputs of tasks break.

use std::collections::HashMap;
use std::sync::Arc;

/// Keeps the broken rules of finished tasks, by the numbers of the tasks. Few tasks have some, and nearly all of
/// these have the same.
#[derive(Debug, Default)]
pub(super) struct Findings {
    sets: Vec<Arc<[Box<str>]>>,
    of: HashMap<u32, u32>,
}

impl Findings {
    /// Notes the rules that a finished task does not keep.
    pub(super) fn note<'a>(&mut self, task: u32, rules: impl Iterator<Item = &'a str>) {
        let rules: Vec<&str> = rules.collect();
        if rules.is_empty() {
            return self.forget(task);
        }
        let known = self.sets.iter().position(|set| set.iter().map(|rule| &**rule).eq(rules.iter().copied()));
        let set = known.unwrap_or_else(|| {
            self.sets.push(rules.into_iter().map(Box::from).collect());
            self.sets.len() - 1
        });
        self.of.insert(task, u32::try_from(set).unwrap_or(u32::MAX));
    }

    /// Forgets what was noted of a task that is begun anew.
    pub(super) fn forget(&mut self, task: u32) {
        // Of most folders nothing was noted, and records are many.
        if !self.of.is_empty() {
            self.of.remove(&task);
        }
    }

    /// Returns the rules that a task does not keep.
    pub(super) fn of(&self, task: u32) -> &[Box<str>] {
        self.of.get(&task).and_then(|set| self.sets.get(*set as usize)).map_or(&[], |set| set)
    }

    /// Estimates how many bytes they take.
    pub(super) fn memory(&self) -> usize {
        self.of.capacity() * size_of::<(u32, u32)>()
    }
}
