//! Holds, packed, what was written at each output's path.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::manifest::Claim;
use crate::manifest::Pending;
use crate::manifest::Record;
use crate::manifest::Written;
use crate::manifest::packed_file::PackedFile;
use crate::manifest::paths::Paths;
use crate::manifest::paths::TooManyPaths;
use crate::manifest::slots::Slots;
use crate::storage::Mtime;
use crate::storage::Outbox;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;

/// Most outputs that are looked at to recognise a folder that was moved.
const LOOKED_AT: u32 = 10_000;

/// Most of them that are read for that, since each is read as a whole.
const READ: usize = 8;

/// Stands for no task.
const NONE: u32 = u32::MAX;

/// Holds the claims of all outputs.
///
/// What a finished task wrote is nearly always what was last written there, so both are kept once: the
/// task is the entry's owner. Where another has written since, a task has its own copy aside.
#[derive(Debug, Default)]
pub(super) struct Claims {
    outputs: Paths,
    /// Goes by the numbers of `outputs`.
    entries: Slots<Entry>,
    pending: HashMap<u32, Pending>,
    /// Holds by task what it wrote where another has written since.
    aside: HashMap<u32, Written>,
    /// Holds by output the pipeline that adopted what another one wrote there.
    adopters: HashMap<u32, u16>,
    /// Tells whether anything was made or last seen for another input folder.
    has_other_inputs: bool,
}

#[derive(Debug)]
struct Entry {
    /// Has no digest if nothing was finished there.
    written: PackedFile,
    owner: u32,
    /// Names the task of this pipeline that last began or finished there.
    maker: u32,
    /// Numbers the pipeline that last began or finished there; this one is [`OURS`].
    writer: u16,
    /// Says whether what was last finished there is of this pipeline.
    finished_ours: bool,
    origin: Origin,
}

/// Tells apart the ways in which a finished output came to its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Origin {
    /// It was written, for a source of this input folder.
    #[default]
    Here,
    /// It was written for a source of another input folder.
    OtherInput,
    /// It was there before.
    Adopted,
}

/// Numbers this pipeline among those that write into the output folder.
pub(super) const OURS: u16 = 0;

/// Stands for no pipeline.
const UNWRITTEN: u16 = u16::MAX;

impl Entry {
    /// Returns the entry of an output at which nothing was begun or finished.
    fn empty() -> Self {
        let written = PackedFile::new(0, Mtime { seconds: 0, nanos: 0 }, None);
        let (owner, maker, writer) = (NONE, NONE, UNWRITTEN);
        Entry { written, owner, maker, writer, finished_ours: false, origin: Origin::default() }
    }

    fn is_ours(&self) -> bool {
        self.writer == OURS
    }
}

impl Claims {
    /// Returns the number of an output; a claim that says nothing is made of a new one.
    ///
    /// # Errors
    /// One line, if there are more than can be kept.
    pub(super) fn number(&mut self, output: &Path) -> Result<u32, TooManyPaths> {
        let number = self.outputs.number(output)?;
        if number == self.entries.len() {
            self.entries.put(Entry::empty());
        }
        Ok(number)
    }

    /// Notes that a write begins, and by which task of this pipeline (`Ok`) or by which other pipeline (`Err`).
    pub(super) fn begin(
        &mut self,
        number: u32,
        (output, temp): (&Path, Option<&Path>),
        hash: Digest,
        by: Result<u32, u16>,
    ) {
        let entry = &mut self.entries[number];
        entry.writer = by.err().unwrap_or(OURS);
        entry.maker = by.unwrap_or(entry.maker);
        let pending = self.pending.entry(number).or_default();
        pending.temp = temp.map(|temp| Record::temp_path(output, temp));
        // A killed run may have left the file of any write that began since the last finished one.
        if !pending.hashes.contains(&hash) {
            pending.hashes.push(hash);
        }
    }

    /// Notes what was written or adopted, and by which task of this pipeline (`Ok`) or by which other pipeline (`Err`).
    ///
    /// Leaves what one pipeline wrote and another adopted to the first, as long as that is there.
    pub(super) fn finish(&mut self, number: u32, written: Written, by: Result<u32, u16>, origin: Origin) {
        self.has_other_inputs |= origin == Origin::OtherInput;
        let writer = by.err().unwrap_or(OURS);
        let entry = &self.entries[number];
        // Equal bytes of two pipelines: the one that wrote them stays the writer, so that this one does not replace
        // them while the other is there; `settle` passes them on once it is gone.
        let is_others =
            entry.writer != UNWRITTEN && entry.writer != writer && entry.written.hash() == Some(written.hash);
        if origin == Origin::Adopted && is_others {
            self.adopters.insert(number, writer);
            if let Ok(task) = by {
                self.part(number);
                let entry = &mut self.entries[number];
                (entry.written, entry.owner, entry.maker) = (written.into(), task, task);
            }
            return;
        }
        self.adopters.remove(&number);
        self.part(number);
        let (owner, maker) = (by.unwrap_or(NONE), by.unwrap_or(self.entries[number].maker));
        self.entries[number] =
            Entry { written: written.into(), owner, maker, writer, finished_ours: by.is_ok(), origin };
        self.pending.remove(&number);
    }

    /// Gives what was adopted to its adopter where the pipeline that wrote it is not there any more.
    pub(super) fn settle(&mut self, is_living: impl Fn(u16) -> bool) {
        for (number, adopter) in &self.adopters {
            let entry = &mut self.entries[*number];
            if entry.writer != OURS && !is_living(entry.writer) {
                (entry.writer, entry.finished_ours) = (*adopter, *adopter == OURS);
            }
        }
    }

    /// Tells whether one of the first outputs is in this folder as it was written.
    pub(super) fn are_shown_in(&self, folder: &Path) -> bool {
        let outbox = Outbox::at(folder);
        let is_shown = |number: u32| {
            let Some(written) = self.entries[number].written.written() else { return false };
            matches!(outbox.stat(&self.output(number)), Ok(OutputPlace::File(stamp)) if written.looks_like(&stamp))
        };
        folder.is_dir() && (0..self.len().min(LOOKED_AT)).any(is_shown)
    }

    /// Tells whether one of the first outputs is in this folder with the content that was written, at another time.
    pub(super) fn are_held_in(&self, folder: &Path) -> bool {
        let outbox = Outbox::at(folder);
        // Only files of the recorded size are read: others cannot have the content.
        let of_size = |output: &Path, bytes: u64| matches!(outbox.stat(output), Ok(OutputPlace::File(stamp)) if stamp.size == bytes);
        let alike = (0..self.len().min(LOOKED_AT)).filter_map(|number| {
            let written = self.entries[number].written.written()?;
            let output = self.output(number);
            of_size(&output, written.bytes).then_some((output, written.hash))
        });
        folder.is_dir() && alike.take(READ).any(|(output, hash)| outbox.hash(&output) == Ok(hash))
    }

    /// Tells whether anything was made or last seen for another input folder.
    pub(super) fn has_other_inputs(&self) -> bool {
        self.has_other_inputs
    }

    /// Forgets what was written at an output that was removed, and returns the tasks that wrote it; `is_at` tells
    /// whether a task finished with the output of this number.
    pub(super) fn forget(&mut self, output: &Path, is_at: impl Fn(u32, u32) -> bool) -> Vec<u32> {
        let Some(number) = self.outputs.find(output) else { return Vec::new() };
        let mut tasks: Vec<u32> = self.aside.keys().copied().filter(|task| is_at(*task, number)).collect();
        for task in &tasks {
            self.aside.remove(task);
        }
        let owner = std::mem::replace(&mut self.entries[number], Entry::empty()).owner;
        self.pending.remove(&number);
        tasks.extend((owner != NONE).then_some(owner));
        tasks
    }

    /// Notes that a file that a task wrote there has another time by now, or was seen for another input folder.
    pub(super) fn refresh(&mut self, number: u32, task: u32, mtime: Mtime, origin: Origin) {
        let entry = &mut self.entries[number];
        if entry.finished_ours && entry.origin != Origin::Adopted {
            entry.origin = origin;
            self.has_other_inputs |= origin == Origin::OtherInput;
        }
        // Read before anything changes: it may stand in the entry itself.
        let before = self.written(number, task).hash;
        if self.entries[number].owner != task {
            self.aside.entry(task).and_modify(|written| written.mtime = mtime);
        }
        if self.entries[number].written.hash() == Some(before) {
            // The file has these bytes and the new time, whichever task wrote it last. That task keeps the time of its
            // own record.
            if self.entries[number].owner != task {
                self.part(number);
            }
            let entry = &mut self.entries[number];
            entry.written = entry.written.at(mtime);
        }
    }

    /// Forgets that a task wrote there; the claim stays.
    pub(super) fn release(&mut self, number: u32, task: u32) {
        let entry = &mut self.entries[number];
        if entry.owner == task {
            entry.owner = NONE;
        } else {
            self.aside.remove(&task);
        }
    }

    /// Gives the owner of an entry a copy of its own, before the entry takes what another has written.
    fn part(&mut self, number: u32) {
        let entry = &mut self.entries[number];
        let owner = std::mem::replace(&mut entry.owner, NONE);
        if let Some(written) = entry.written.written().filter(|_| owner != NONE) {
            self.aside.insert(owner, written);
        }
    }

    /// Returns the output that a task wrote there.
    pub(super) fn written(&self, number: u32, task: u32) -> Written {
        let entry = &self.entries[number];
        let shared = entry.written.written().filter(|_| entry.owner == task);
        shared.or_else(|| self.aside.get(&task).copied()).expect("a task wrote what it is said to have written")
    }

    /// Returns the path of an output.
    pub(super) fn output(&self, number: u32) -> PathBuf {
        self.outputs.path(number)
    }

    pub(super) fn find(&self, output: &Path) -> Option<Claim> {
        self.outputs.find(output).map(|number| self.claim(number))
    }

    /// Returns the number of an output that is known.
    pub(super) fn number_of(&self, output: &Path) -> Option<u32> {
        self.outputs.find(output)
    }

    /// Counts the known outputs; their numbers are below this.
    pub(super) fn len(&self) -> u32 {
        self.entries.len()
    }

    /// Returns the task that last wrote or began to write an output, if that was one of this pipeline and no other
    /// pipeline came since.
    pub(super) fn maker(&self, number: u32) -> Option<u32> {
        let entry = &self.entries[number];
        let is_begun = || self.pending.contains_key(&number);
        let is_there = (entry.finished_ours && entry.written.hash().is_some()) || is_begun();
        (entry.is_ours() && entry.maker != NONE && is_there).then_some(entry.maker)
    }

    /// Returns the way in which the last finished output came to this path.
    pub(super) fn origin(&self, number: u32) -> Origin {
        self.entries[number].origin
    }

    /// Returns the number of the other pipeline that last began or finished an output.
    pub(super) fn other_writer(&self, number: u32) -> Option<u16> {
        let entry = &self.entries[number];
        (!entry.is_ours() && entry.writer != UNWRITTEN).then_some(entry.writer)
    }

    /// Returns the output that this pipeline finished there; `None` if it finished none.
    pub(super) fn finished(&self, number: u32) -> Option<Written> {
        let entry = &self.entries[number];
        entry.written.written().filter(|_| entry.finished_ours)
    }

    /// Tells whether a file at an output with this digest is one that this pipeline wrote, or began to.
    pub(super) fn is_by_us(&self, number: u32, hash: Digest) -> bool {
        let is_finished = self.finished(number).is_some_and(|written| written.hash == hash);
        let begun = || self.pending.get(&number).is_some_and(|pending| pending.hashes.contains(&hash));
        is_finished || (self.entries[number].is_ours() && begun())
    }

    fn claim(&self, number: u32) -> Claim {
        let entry = &self.entries[number];
        let pending = self.pending.get(&number).cloned().map(Box::new);
        Claim { written: entry.written.written(), pending, ours: entry.is_ours() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PathBuf, Claim)> {
        (0..self.outputs.len()).map(|number| (self.output(number), self.claim(number)))
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values()
    }

    /// Estimates the bytes that are taken.
    pub(super) fn memory(&self) -> usize {
        let pending = self.pending.capacity() * size_of::<(u32, Pending)>();
        let aside = self.aside.capacity() * size_of::<(u32, Written)>();
        self.outputs.memory() + self.entries.memory() + pending + aside
    }
}
