//! Holds the decisions about all tasks of a source that follow from its header.

use std::sync::Arc;

use crate::analysis::Measures;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::geometry::Because;
use crate::geometry::Decision;
use crate::geometry::Edited;
use crate::geometry::Layout;
use crate::pipeline::Task;
use crate::pipeline::decide;

/// Layout and format of a task's output: decided once, and read by all parts of a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decided {
    /// The part of the source that the output shows, and its place.
    pub layout: Layout,
    /// The format of the output's file.
    pub format: Format,
    /// Names the measures that decided the layout; none where numbers alone did.
    pub because: Box<[Because]>,
}

impl Decided {
    /// Returns the decision on a task for a source with this header and the layout that its stages have made.
    pub(crate) fn new(task: &Task, header: &Header, edited: &Edited) -> Self {
        let format = task.recipe.convert.output.of(header.format);
        Decided { layout: edited.layout, format, because: edited.because.as_slice().into() }
    }
}

/// The header of a source with what it decides about each of its tasks, asked for or not.
#[derive(Debug, Clone)]
pub struct Decisions {
    /// The header.
    pub header: Header,
    /// Measures of the source, where a task needs some.
    measures: Option<Arc<Measures>>,
    /// The decision on each task, in the order of the tasks; none where its stages leave it out, fail, or need to know
    /// more.
    decided: Box<[Option<Decided>]>,
}

impl Decisions {
    /// Decides about all tasks of a source with this header; beside it what their stages said, task by task.
    #[must_use]
    pub fn of(tasks: &[Arc<Task>], header: Header) -> (Self, Vec<Decision>) {
        Decisions::measured(tasks, header, None)
    }

    /// Decides the same of a source in which measures have found this.
    #[must_use]
    pub fn measured(tasks: &[Arc<Task>], header: Header, measures: Option<Arc<Measures>>) -> (Self, Vec<Decision>) {
        let known = measures.as_deref().unwrap_or(Measures::none());
        let said: Vec<Decision> = tasks.iter().map(|task| decide(task, &header, known)).collect();
        let decided = tasks.iter().zip(&said).map(|(task, said)| match said {
            Decision::Do(edited) => Some(Decided::new(task, &header, edited)),
            Decision::NeedsMeasures(_) | Decision::Skip(_) | Decision::Fail(_) => None,
        });
        (Decisions { header, measures, decided: decided.collect() }, said)
    }

    /// Returns the measures of the source that its tasks need; `None` if they need none, or those are not known.
    #[must_use]
    pub fn measures(&self) -> Option<&Arc<Measures>> {
        self.measures.as_ref()
    }

    /// Returns the decision on the task with this index; `None` if it has no output, or none can be decided yet.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Decided> {
        self.decided.get(index)?.as_ref()
    }

    /// Returns each of the source's tasks that makes something, with its index and with what it makes.
    pub fn each<'a>(&'a self, tasks: &'a [Arc<Task>]) -> impl Iterator<Item = (usize, &'a Task, &'a Decided)> {
        let decided = tasks.iter().zip(&self.decided).enumerate();
        decided.filter_map(|(index, (task, decided))| Some((index, &**task, decided.as_ref()?)))
    }

    /// Returns the bytes that it takes, without what an allocation takes beside.
    #[must_use]
    pub fn memory(&self) -> usize {
        let measures = self.measures.as_ref().map_or(0, |measures| measures.memory());
        let because: usize = self.decided.iter().flatten().map(|decided| size_of_val(&*decided.because)).sum();
        size_of::<Self>() + size_of_val(&*self.decided) + measures + because
    }
}
