//! Holds, packed, what the last record of each task says.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::FailedTask;
use crate::manifest::FinishedTask;
use crate::manifest::KnownSource;
use crate::manifest::TaskOutcome;
use crate::manifest::claims::Claims;
use crate::manifest::made_by::MakersId;
use crate::manifest::packed_file::PackedFile;
use crate::manifest::packed_header::PackedHeader;
use crate::manifest::paths::Paths;
use crate::manifest::paths::TooManyPaths;
use crate::manifest::position::Position;
use crate::manifest::record_misfit::RecordMisfit;
use crate::manifest::slots::Slots;
use crate::manifest::task_extras::Asked;
use crate::manifest::task_extras::ExtrasInterner;
use crate::manifest::task_extras::TaskEnd;
use crate::manifest::task_extras::TaskExtras;
use crate::manifest::task_stamp::Seen;
use crate::manifest::text_interner::TextInterner;
use crate::pipeline::TaskKey;
use crate::storage::KnownStamp;
use crate::storage::Mark;
use crate::storage::Mtime;

/// Bytes that an allocation takes beside those that are asked of it, about.
const ALLOCATION: usize = 16;

/// Stands for no further task.
const END: u32 = u32::MAX;

/// Holds the tasks of one pipeline.
///
/// A task is a few numbers. What it shares with many others is kept once as its [`TaskExtras`], what it shares
/// with the other targets of its source as a stamp, and what it wrote is in the claim of its output.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    sources: Paths,
    /// Stamp and header of each source, by the numbers of `sources`.
    known: Slots<Source>,
    tasks: Slots<Task>,
    stamps: Slots<(PackedFile, Mark)>,
    messages: Slots<Box<str>>,
    extras_interner: ExtrasInterner,
    words: TextInterner,
    /// Holds the rows of those tasks that have one.
    rows: HashMap<u32, Box<str>>,
}

#[derive(Debug)]
struct Source {
    /// Names its first task.
    first: u32,
    /// Holds the number of its last stamp that was recorded for itself.
    stamp: u32,
    header: PackedHeader,
}

#[derive(Debug)]
struct Task {
    /// The end of its record.
    end: Position,
    /// Names the next task of the same source.
    next: u32,
    extras: u32,
    /// Holds the number of the source's stamp, unless it is unfinished.
    stamp: u32,
    /// Holds the number of its claim if it is done, of its message if it failed.
    more: u32,
}

/// Names a task that was begun, and its source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    pub(super) task: u32,
    source: u32,
}

/// Changes in the record of a finished task whose output stays.
pub(super) struct Renewed {
    /// The new times of the source; none where the last record of the source has them.
    pub(super) times: Option<(Mtime, Mark)>,
    pub(super) asked: Option<Asked>,
}

/// Making of an output that is there.
pub(super) struct Making<'a> {
    pub(super) asked: Asked,
    pub(super) engine: Option<&'a str>,
    /// The reason for which that engine had its turn, where another one came before it.
    pub(super) reason: Option<&'a str>,
    pub(super) made_by: MakersId,
    /// The number of the run, and the end of the record in the segments.
    pub(super) run: u32,
    pub(super) end: Position,
    /// Names the number of the output's claim.
    pub(super) claim: u32,
}

/// Failure of a task, as recorded.
pub(super) struct Fault<'a> {
    pub(super) asked: Asked,
    pub(super) class: Option<Class>,
    pub(super) made_by: MakersId,
    pub(super) message: &'a str,
}

impl Tasks {
    /// Returns the number of a task if it is known.
    pub(super) fn find(&self, key: &TaskKey<'_>) -> Option<u32> {
        self.find_of(self.sources.find(&key.source)?, key)
    }

    /// Returns the number of a task of this source if it is known.
    fn find_of(&self, source: u32, key: &TaskKey<'_>) -> Option<u32> {
        self.of(source).find(|task| {
            let TaskExtras { target, encoding, .. } = self.extras(*task);
            **target == *key.target
                && encoding.as_deref() == key.encoding.as_deref()
                && self.row(*task) == key.row.as_deref()
        })
    }

    fn row(&self, task: u32) -> Option<&str> {
        self.rows.get(&task).map(|row| &**row)
    }

    /// Begins a task; returns also, if it was done, the number of its output's claim, which is to be released.
    /// What was known of it is forgotten: it is unfinished.
    ///
    /// # Errors
    /// If there are more than can be kept.
    pub(super) fn begin(&mut self, key: &TaskKey<'_>) -> Result<(Begun, Option<u32>), TooManyPaths> {
        let source = self.number(&key.source)?;
        let known = self.find_of(source, key);
        let claim = known.and_then(|task| self.forget(source, task));
        let (target, encoding) = (self.words.of(&key.target), key.encoding.as_ref().map(|name| self.words.of(name)));
        let extras = self.extras_interner.number(TaskExtras { target, encoding, came_to: TaskEnd::Unfinished });
        let task = match known {
            Some(task) => {
                self.tasks[task].extras = extras;
                task
            }
            None => {
                let next = self.known[source].first;
                let task = self.tasks.put(Task { end: Position::default(), next, extras, stamp: END, more: END });
                self.known[source].first = task;
                self.rows.extend(key.row.as_deref().map(|row| (task, row.into())));
                task
            }
        };
        Ok((Begun { task, source }, claim))
    }

    /// Tells whether there is a record of the source of a task that was begun.
    pub(super) fn has_source(&self, begun: Begun) -> bool {
        self.known[begun.source].stamp != END
    }

    /// Notes that a task that was begun is done. What the source was is what the last record of it says, unless it is
    /// given.
    ///
    /// # Errors
    /// If neither says it.
    pub(super) fn finish(&mut self, begun: Begun, seen: Option<Seen>, making: &Making<'_>) -> Result<(), RecordMisfit> {
        let Making { asked, made_by, run, end, claim, .. } = *making;
        let engine = making.engine.map(|engine| self.words.of(engine));
        let reason = making.reason.map(Arc::from);
        self.set(begun, seen, TaskEnd::Done { asked, engine, reason, made_by, run })?;
        let task = &mut self.tasks[begun.task];
        (task.end, task.more) = (end, claim);
        Ok(())
    }

    /// Notes that a task that was begun failed.
    ///
    /// # Errors
    /// As [`Tasks::finish`].
    pub(super) fn fail(&mut self, begun: Begun, seen: Option<Seen>, fault: &Fault<'_>) -> Result<(), RecordMisfit> {
        let Fault { asked, class, made_by, message } = *fault;
        self.set(begun, seen, TaskEnd::Failed { asked, class, made_by })?;
        self.tasks[begun.task].more = self.messages.put(message.into());
        Ok(())
    }

    fn set(&mut self, Begun { task, source }: Begun, seen: Option<Seen>, came_to: TaskEnd) -> Result<(), RecordMisfit> {
        let stamp = match seen {
            Some(seen) => self.stamp_number(source, packed(seen)),
            None => self.known[source].stamp,
        };
        if stamp == END {
            return Err(RecordMisfit::NoSource);
        }
        self.come_to(task, came_to);
        self.tasks[task].stamp = stamp;
        Ok(())
    }

    fn come_to(&mut self, task: u32, came_to: TaskEnd) {
        let extras = TaskExtras { came_to, ..self.extras(task).clone() };
        self.tasks[task].extras = self.extras_interner.number(extras);
    }

    /// Returns the number of a stamp of a source, that of the source or another task of it if it is the same.
    fn stamp_number(&mut self, source: u32, stamp: (PackedFile, Mark)) -> u32 {
        self.stamp_of(source, stamp).unwrap_or_else(|| self.stamps.put(stamp))
    }

    /// Returns the number of a stamp that the source, or a task of it, has.
    fn stamp_of(&self, source: u32, stamp: (PackedFile, Mark)) -> Option<u32> {
        let own = std::iter::once(self.known[source].stamp);
        let mut known = own.chain(self.of(source).map(|task| self.tasks[task].stamp));
        known.find(|at| *at != END && self.stamps[*at] == stamp)
    }

    /// Notes the stamp and the header of a source, whatever becomes of its tasks.
    ///
    /// # Errors
    /// As [`Tasks::begin`].
    pub(super) fn see(&mut self, source: &Path, seen: Seen, header: PackedHeader) -> Result<(), TooManyPaths> {
        let source = self.number(source)?;
        let stamp = packed(seen);
        self.known[source].header = header;
        let (known, last) = (self.stamp_of(source, stamp), self.known[source].stamp);
        if known != Some(last) {
            self.known[source].stamp = known.unwrap_or_else(|| self.stamps.put(stamp));
            self.give_stamp(source, last);
        }
        Ok(())
    }

    /// Returns a source by its last record; `None` if it has none with a stamp.
    pub(super) fn source(&self, source: &Path) -> Option<KnownSource> {
        let Source { stamp, header, .. } = &self.known[self.sources.find(source)?];
        let (stamp, header) = (*stamp, *header);
        let (file, mark) = (stamp != END).then(|| self.stamps[stamp])?;
        let stamp = KnownStamp { size: file.size(), mtime: file.mtime(), mark };
        Some(KnownSource { stamp, hash: file.hash(), header: header.header() })
    }

    /// Returns the number of a source.
    fn number(&mut self, source: &Path) -> Result<u32, TooManyPaths> {
        let source = self.sources.number(source)?;
        if source == self.known.len() {
            self.known.put(Source { first: END, stamp: END, header: PackedHeader::default() });
        }
        Ok(source)
    }

    /// Notes other times of a task that is done, and where the record of them stands; returns the claim's
    /// number if it is.
    pub(super) fn refresh(
        &mut self,
        source: &Path,
        task: u32,
        Renewed { times, asked: renewed }: Renewed,
        run: u32,
        end: Position,
    ) -> Option<u32> {
        let mut came_to = self.extras(task).came_to.clone();
        let TaskEnd::Done { run: recorded, asked, .. } = &mut came_to else { return None };
        (*recorded, *asked) = (run, renewed.unwrap_or(*asked));
        let source = self.sources.find(source)?;
        if times.is_none() && self.known[source].stamp == END {
            return None;
        }
        let before = self.tasks[task].stamp;
        let stamp = times.map(|(mtime, mark)| (self.stamps[before].0.at(mtime), mark));
        self.drop_stamp(source, task);
        self.tasks[task].stamp = match stamp {
            Some(stamp) => self.stamp_number(source, stamp),
            None => self.known[source].stamp,
        };
        self.come_to(task, came_to);
        let task = &mut self.tasks[task];
        task.end = end;
        Some(task.more)
    }

    /// Takes away what a task came to; returns the number of its claim if it was done.
    fn forget(&mut self, source: u32, task: u32) -> Option<u32> {
        self.drop_stamp(source, task);
        let more = std::mem::replace(&mut self.tasks[task].more, END);
        match self.extras(task).came_to {
            TaskEnd::Unfinished | TaskEnd::Withdrawn => None,
            TaskEnd::Done { .. } => Some(more),
            TaskEnd::Failed { .. } => {
                self.messages[more] = Box::default();
                self.messages.give(more);
                None
            }
        }
    }

    fn drop_stamp(&mut self, source: u32, task: u32) {
        let stamp = std::mem::replace(&mut self.tasks[task].stamp, END);
        self.give_stamp(source, stamp);
    }

    /// Gives a stamp back that neither the source nor a task of it has any more.
    fn give_stamp(&mut self, source: u32, stamp: u32) {
        let is_free =
            || self.known[source].stamp != stamp && self.of(source).all(|sibling| self.tasks[sibling].stamp != stamp);
        if stamp != END && is_free() {
            self.stamps.give(stamp);
        }
    }

    /// Tells whether a task is done, with the output of this claim.
    pub(super) fn is_done_at(&self, task: u32, claim: u32) -> bool {
        self.tasks[task].more == claim && matches!(self.extras(task).came_to, TaskEnd::Done { .. })
    }

    /// Forgets what a task came to, whose output was removed.
    pub(super) fn withdraw(&mut self, task: u32) {
        self.come_to(task, TaskEnd::Withdrawn);
    }

    /// Returns the outcome of a task; `None` if it was withdrawn.
    pub(super) fn outcome(&self, task: u32, claims: &Claims) -> Option<TaskOutcome> {
        let Task { end, stamp, more, .. } = self.tasks[task];
        let seen = || {
            let (file, mark) = self.stamps[stamp];
            (KnownStamp { size: file.size(), mtime: file.mtime(), mark }, file.hash())
        };
        Some(match self.extras(task).came_to.clone() {
            TaskEnd::Withdrawn => return None,
            TaskEnd::Unfinished => TaskOutcome::Unfinished,
            TaskEnd::Done { asked: Asked { options, asked }, engine, reason, made_by, run } => {
                TaskOutcome::Done(FinishedTask {
                    source: seen().0,
                    hash: seen().1.unwrap_or(Digest([0; 16])),
                    options,
                    asked,
                    output: claims.output(more),
                    written: claims.written(more, task),
                    engine,
                    reason,
                    end,
                    run,
                    made_by,
                })
            }
            TaskEnd::Failed { asked: Asked { options, asked }, class, made_by } => TaskOutcome::Failed(FailedTask {
                source: seen().0,
                hash: seen().1,
                options,
                asked,
                class,
                message: self.messages[more].clone(),
                made_by,
            }),
        })
    }

    /// Counts the known tasks; their numbers are below this.
    pub(super) fn len(&self) -> u32 {
        self.tasks.len()
    }

    /// Returns the key of a task of this source.
    pub(super) fn key<'a>(&'a self, task: u32, source: impl Into<Cow<'a, Path>>) -> TaskKey<'a> {
        let TaskExtras { target, encoding, .. } = self.extras(task);
        TaskKey {
            source: source.into(),
            target: Cow::Borrowed(target),
            row: self.row(task).map(Cow::Borrowed),
            encoding: encoding.as_deref().map(Cow::Borrowed),
        }
    }

    /// Tells whether any target of the source was tried when it had this size and time.
    pub(super) fn knows(&self, source: &Path, size: u64, mtime: Mtime) -> bool {
        let tried = self.sources.find(source).into_iter().flat_map(|source| self.of(source));
        let mut stamps = tried.map(|task| self.tasks[task].stamp).filter(|stamp| *stamp != END);
        stamps.any(|stamp| (self.stamps[stamp].0.size(), self.stamps[stamp].0.mtime()) == (size, mtime))
    }

    /// Returns all tasks by source, with their keys and numbers; in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TaskKey<'_>, u32)> {
        (0..self.sources.len())
            .flat_map(move |source| self.of(source).map(move |task| (self.key(task, self.sources.path(source)), task)))
    }

    /// Returns the sources of those tasks for which `asks` says so; in no order.
    pub(super) fn sources(&self, asks: impl Fn(u32) -> bool) -> impl Iterator<Item = (u32, PathBuf)> {
        let tasks = (0..self.sources.len()).flat_map(move |source| self.of(source).map(move |task| (source, task)));
        tasks.filter(move |(_, task)| asks(*task)).map(|(source, task)| (task, self.sources.path(source)))
    }

    /// Returns the tasks of a source.
    fn of(&self, source: u32) -> impl Iterator<Item = u32> {
        let some = |task: u32| (task != END).then_some(task);
        std::iter::successors(some(self.known[source].first), move |task| some(self.tasks[*task].next))
    }

    fn extras(&self, task: u32) -> &TaskExtras {
        self.extras_interner.get(self.tasks[task].extras)
    }

    /// Estimates the bytes that are taken.
    pub(super) fn memory(&self) -> usize {
        let slots = self.known.memory() + self.tasks.memory() + self.stamps.memory() + self.messages.memory();
        let messages = (0..self.messages.len()).map(|number| self.messages[number].len() + ALLOCATION);
        let extras_interner = self.extras_interner.memory();
        let rows = self.rows.capacity() * size_of::<(u32, Box<str>)>();
        let keys: usize = self.rows.values().map(|row| row.len() + ALLOCATION).sum();
        self.sources.memory() + slots + messages.sum::<usize>() + extras_interner + rows + keys
    }
}

fn packed(Seen { stamp: KnownStamp { size, mtime, mark }, hash }: Seen) -> (PackedFile, Mark) {
    (PackedFile::new(size, mtime, hash), mark)
}
