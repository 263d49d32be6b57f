//! Says what the header of a source decides about all of its tasks.

use std::sync::Arc;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::pipeline::Task;
use crate::pipeline::decide;

/// Says what a task makes of a source: decided once, and read by all who deal with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decided {
    /// Says what of the source the output shows, and where.
    pub layout: Layout,
    /// The format of the output's file.
    pub format: Format,
}

impl Decided {
    /// Returns what a task makes of a source with this header by this layout.
    #[must_use]
    pub fn new(task: &Task, header: &Header, layout: Layout) -> Self {
        Decided { layout, format: task.recipe.convert.output.of(header.format) }
    }
}

/// The header of a source with what it decides about each of its tasks, asked for or not.
#[derive(Debug, Clone)]
pub struct Decisions {
    /// The header.
    pub header: Header,
    /// Says what each task makes, in the order of the tasks; none where its stages leave it out or fail.
    decided: Box<[Option<Decided>]>,
}

impl Decisions {
    /// Decides about all tasks of a source with this header; beside it what their stages said, task by task.
    #[must_use]
    pub fn of(tasks: &[Arc<Task>], header: Header) -> (Self, Vec<Decision>) {
        let said: Vec<Decision> = tasks.iter().map(|task| decide(task, &header)).collect();
        let decided = tasks.iter().zip(&said).map(|(task, said)| match said {
            Decision::Do(layout, _) => Some(Decided::new(task, &header, *layout)),
            Decision::Skip(_) | Decision::Fail(_) => None,
        });
        (Decisions { header, decided: decided.collect() }, said)
    }

    /// Returns what the task with this index makes, if it makes something.
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
        size_of::<Self>() + size_of_val(&*self.decided)
    }
}
