//! The one writer of a manifest.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::digest::Digest;
use crate::locks::lock;
use crate::locks::wait;
use crate::locks::wait_timeout;
use crate::manifest::Group;
use crate::manifest::OpenError;
use crate::manifest::Record;
use crate::manifest::RunEnded;
use crate::manifest::Scope;
use crate::manifest::State;
use crate::manifest::Synced;
use crate::manifest::flush::Unsynced;
use crate::manifest::open;
use crate::manifest::open::Lock;
use crate::manifest::place::Placed;
use crate::storage::Durable;

/// An open manifest, appended to by any number of threads.
///
/// It holds the lock of its state folder until it is dropped, or its process dies. Every record
/// is one write of one line; a thread of its own brings them to the disk in groups, with the
/// outputs that they speak of, and says so by a `synced` record. Only [`Journal::close`] waits
/// for that thread.
///
/// The first write or sync that fails ends it: after a failed sync it is not known what is on the
/// disk, so every later append returns the same error. So does a manifest that was moved, removed or
/// replaced: what is recorded would not be found, and another run could begin.
///
/// Dropped without [`Journal::close`], the last group is synced if possible, and the run counts
/// as not ended.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    flusher: Option<JoinHandle<()>>,
    pipeline: String,
    /// Held for its lock alone.
    _lock: Lock,
}

#[derive(Debug)]
struct Shared {
    manifest: File,
    place: Placed,
    group: Group,
    inner: Mutex<Inner>,
    wake: Condvar,
    /// Holds the offset up to which a thread that waited for it saw the manifest on the disk.
    synced: Mutex<u64>,
}

#[derive(Debug)]
struct Inner {
    length: u64,
    started: bool,
    fingerprints: HashSet<Digest>,
    /// Finished tasks and their outputs since the last group was taken.
    finished: usize,
    outputs: Unsynced,
    /// Time at which the first record since then was appended.
    since: Option<Instant>,
    /// From when to when the last sync went.
    last: Option<(Instant, Instant)>,
    closing: bool,
    poison: Option<(io::ErrorKind, String)>,
}

impl Journal {
    /// Opens the manifest in `folder` for the pipeline of this scope, or of this name alone, and replays it.
    ///
    /// # Errors
    /// [`OpenError::Locked`] at once if another run has it; else what is wrong with it.
    pub fn open(folder: &Path, scope: impl Into<Scope>) -> Result<(Self, State), OpenError> {
        Journal::open_with(folder, scope, Group::default())
    }

    /// Opens the same with other groups of records per sync.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_with(folder: &Path, scope: impl Into<Scope>, group: Group) -> Result<(Self, State), OpenError> {
        let scope = scope.into();
        let pipeline = scope.pipeline().to_owned();
        let opened = open::open(folder, scope)?;
        let inner = Inner {
            length: opened.length,
            started: false,
            fingerprints: opened.state.fingerprints().copied().collect(),
            finished: 0,
            outputs: Unsynced::default(),
            since: None,
            last: None,
            closing: false,
            poison: None,
        };
        let shared = Arc::new(Shared {
            manifest: opened.manifest,
            place: opened.place,
            group,
            inner: Mutex::new(inner),
            wake: Condvar::new(),
            synced: Mutex::new(0),
        });
        let flusher = thread::Builder::new().name("manifest".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.flush_until_closed()
        });
        let flusher = flusher.map_err(|error| OpenError::Io {
            what: "start the thread that syncs",
            path: folder.to_owned(),
            error,
        })?;
        let journal = Journal { shared, flusher: Some(flusher), pipeline, _lock: opened.lock };
        Ok((journal, opened.state))
    }

    /// Appends one record; it is synced with the next group. Options whose fingerprint the
    /// manifest has already are not written again.
    ///
    /// # Errors
    /// The first error that the journal had; [`io::ErrorKind::InvalidInput`], which does no
    /// harm, for a record that cannot be written, before the run was started, or that starts a
    /// run of another pipeline.
    pub fn append(&self, record: &Record<'_>) -> io::Result<()> {
        self.add(record, None)
    }

    /// Appends what says that `output` is there under its name. It is synced with the record's group.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn finished(&self, record: &Record<'_>, output: Box<dyn Durable>) -> io::Result<()> {
        self.add(record, Some(output))
    }

    /// Appends one record and returns when it is on the disk, with everything before it.
    /// Threads that come meanwhile share the next sync.
    ///
    /// # Errors
    /// As [`Journal::append`]; the record may then be on the disk or not.
    pub fn append_synced(&self, record: &Record<'_>) -> io::Result<()> {
        self.add(record, None)?;
        let length = self.shared.lock().length;
        self.shared.sync_through(length)
    }

    /// Returns the error that ended the journal, if one did.
    ///
    /// # Errors
    /// That error.
    pub fn check(&self) -> io::Result<()> {
        self.shared.lock().check()
    }

    fn add(&self, record: &Record<'_>, output: Option<Box<dyn Durable>>) -> io::Result<()> {
        let refused = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        // Made before the lock is taken, so that threads write their lines without waiting for this.
        let line = record.to_line().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let mut inner = self.shared.lock();
        match record {
            Record::RunStarted(started) if started.pipeline != self.pipeline => {
                return refused("the run is of another pipeline than the journal");
            }
            Record::RunStarted(_) => inner.started = true,
            _ if !inner.started => return refused("a record before its run was started"),
            Record::Options(options) if !inner.fingerprints.insert(options.fingerprint) => return inner.check(),
            _ => {}
        }
        self.shared.write(&mut inner, &line)?;
        if let Some(output) = output {
            inner.finished += 1;
            inner.outputs.add(output);
        }
        // The thread sleeps without end until the first record, then until the group is due.
        if inner.since.is_none() || inner.finished == self.shared.group.tasks {
            inner.since.get_or_insert_with(Instant::now);
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    /// Syncs all that was appended, then appends and syncs the end of the run, and gives the
    /// lock back.
    ///
    /// # Errors
    /// The first error that the journal had; the run then counts as not ended.
    pub fn close(mut self, ended: RunEnded<'_>) -> io::Result<()> {
        self.stop();
        let line = Record::RunEnded(ended).to_line()?;
        let mut inner = self.shared.lock();
        self.shared.write(&mut inner, &line)?;
        let synced = self.shared.manifest.sync_data();
        inner.or_poison("sync the manifest", synced)
    }

    /// Lets the thread flush what there is, and waits for its end.
    fn stop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_all();
        if let Some(Err(_)) = self.flusher.take().map(JoinHandle::join) {
            let died = Err(io::Error::other("the thread that syncs it died"));
            let _ = self.shared.lock().or_poison("sync the manifest", died);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.flusher.is_some() {
            self.stop();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    fn write(&self, inner: &mut Inner, line: &[u8]) -> io::Result<()> {
        inner.check()?;
        let written = self.place.check().and_then(|()| (&self.manifest).write_all(line));
        inner.or_poison("append to the manifest", written)?;
        inner.length += line.len() as u64;
        Ok(())
    }

    fn sync_through(&self, offset: u64) -> io::Result<()> {
        let mut synced = lock(&self.synced);
        if *synced >= offset {
            return Ok(());
        }
        // One sync at a time, and its failure known before the next: after a failed one the
        // next may succeed and mean nothing.
        let length = {
            let inner = self.lock();
            inner.check()?;
            inner.length
        };
        let done = self.manifest.sync_data();
        self.lock().or_poison("sync the manifest", done)?;
        *synced = length;
        Ok(())
    }

    fn flush_until_closed(&self) {
        let mut inner = self.lock();
        loop {
            inner = self.wait_for_group(inner);
            if inner.poison.is_some() || inner.since.is_none() {
                // Nothing left to do, or nothing that may be done.
                if inner.closing {
                    return;
                }
                continue;
            }
            let finished = std::mem::take(&mut inner.finished);
            let outputs = std::mem::take(&mut inner.outputs);
            // Taken together under the lock: every record before `through` has its output in `outputs`. Records that
            // come during the sync begin the next group.
            let through = inner.length;
            inner.since = None;
            drop(inner);
            // The outputs first: a record must not outlive the file that it speaks of.
            let begun = Instant::now();
            let synced = outputs.sync().and_then(|()| self.sync_through(through));
            inner = self.lock();
            inner.last = Some((begun, Instant::now()));
            let sound = inner.or_poison("sync the outputs", synced).is_ok();
            if sound && finished > 0 {
                let line = Record::Synced(Synced { through, removed: Vec::new() }).to_line();
                // A failure poisons the journal: the next append returns it.
                let _ = line.map_err(io::Error::from).and_then(|line| self.write(&mut inner, &line));
            }
        }
    }

    fn wait_for_group<'a>(&self, mut inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        while !inner.closing {
            let since = inner.since.filter(|_| inner.poison.is_none());
            let due = since.map(|since| self.group.due(inner.finished, since, inner.last));
            inner = match due.map(|due| due.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return inner,
                Some(left) => wait_timeout(&self.wake, inner, left),
                None => wait(&self.wake, inner),
            };
        }
        inner
    }
}

impl Inner {
    /// Returns the error that ended the journal, if one did.
    fn check(&self) -> io::Result<()> {
        match &self.poison {
            Some((kind, text)) => Err(io::Error::new(*kind, text.clone())),
            None => Ok(()),
        }
    }

    fn or_poison(&mut self, what: &str, result: io::Result<()>) -> io::Result<()> {
        if let Err(error) = result {
            self.poison.get_or_insert_with(|| (error.kind(), format!("could not {what}: {error}")));
        }
        self.check()
    }
}
