//! Finds by number the tasks for which outputs were written, and so the outputs that no task makes any more.

use std::path::Path;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::manifest::Written;
use crate::manifest::claims::Claims;
use crate::manifest::claims::Origin;
use crate::manifest::tasks::Tasks;
use crate::pipeline::TaskKey;

/// Names tasks and the claims of outputs by numbers that count up from 0, so that what is found out about
/// millions of them takes a bit each.
#[derive(Clone, Copy)]
pub(crate) struct RecordNumbers<'a> {
    pub(super) tasks: &'a Tasks,
    pub(super) claims: &'a Claims,
}

impl<'a> RecordNumbers<'a> {
    /// Counts the tasks.
    pub(crate) fn tasks(self) -> u32 {
        self.tasks.len()
    }

    /// Counts the outputs that were ever begun or finished, by whichever pipeline.
    pub(crate) fn outputs(self) -> u32 {
        self.claims.len()
    }

    /// Returns the number of a task that was ever tried.
    pub(crate) fn task(self, key: &TaskKey<'_>) -> Option<u32> {
        self.tasks.find(key)
    }

    /// Returns the number of an output that was ever begun or finished.
    pub(crate) fn output(self, output: &Path) -> Option<u32> {
        self.claims.number_of(output)
    }

    /// Returns the path of an output, relative to the output folder.
    pub(crate) fn path(self, output: u32) -> PathBuf {
        self.claims.output(output)
    }

    /// Returns the task of this pipeline that wrote an output, or began to, if no other pipeline did since.
    pub(crate) fn maker(self, output: u32) -> Option<u32> {
        self.claims.maker(output)
    }

    /// Tells whether an output was written for a source of another input folder.
    pub(crate) fn is_of_other_input(self, output: u32) -> bool {
        self.claims.origin(output) == Origin::OtherInput
    }

    /// Tells whether an output was there before this pipeline took it for its own.
    pub(crate) fn is_adopted(self, output: u32) -> bool {
        self.claims.origin(output) == Origin::Adopted
    }

    /// Returns the output that this pipeline finished there; `None` if it finished none.
    pub(crate) fn finished(self, output: u32) -> Option<Written> {
        self.claims.finished(output)
    }

    /// Tells whether a file at an output that has this digest is one that this pipeline wrote, or began to write.
    pub(crate) fn is_by_us(self, output: u32, hash: Digest) -> bool {
        self.claims.is_by_us(output, hash)
    }

    /// Returns the key of a task of this source.
    pub(crate) fn key(self, task: u32, source: &'a Path) -> TaskKey<'a> {
        self.tasks.key(task, source)
    }

    /// Returns the sources of those tasks for which `asks` says so, in no order.
    pub(crate) fn sources(self, asks: impl Fn(u32) -> bool) -> impl Iterator<Item = (u32, PathBuf)> {
        self.tasks.sources(asks)
    }
}
