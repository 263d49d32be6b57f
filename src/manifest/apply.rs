//! Changes a state by what each record says.

use std::path::Path;

use crate::digest::Digest;
use crate::error::Class;
use crate::geometry::Finding;
use crate::manifest::KnownSource;
use crate::manifest::Record;
use crate::manifest::RecordedHeader;
use crate::manifest::RecordedRun;
use crate::manifest::RunEnd;
use crate::manifest::RunStarted;
use crate::manifest::SourceRecord;
use crate::manifest::State;
use crate::manifest::TaskFailed;
use crate::manifest::TaskFinished;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskStamp;
use crate::manifest::TaskWriting;
use crate::manifest::Written;
use crate::manifest::claims::OURS;
use crate::manifest::claims::Origin;
use crate::manifest::folders::Folder;
use crate::manifest::packed_header::PackedHeader;
use crate::manifest::position::Position;
use crate::manifest::record_misfit::RecordMisfit;
use crate::manifest::task_extras::Asked;
use crate::manifest::task_stamp::Seen;
use crate::manifest::tasks::Begun;
use crate::manifest::tasks::Fault;
use crate::manifest::tasks::Making;
use crate::manifest::tasks::Renewed;
use crate::pipeline::Filling;
use crate::pipeline::TaskKey;

impl State {
    pub(super) fn apply(&mut self, record: Record<'_>, end: Position) -> Result<(), RecordMisfit> {
        if !self.is_begun && !matches!(record, Record::RunStarted(_)) {
            return Err(RecordMisfit::NoRun);
        }
        match record {
            Record::RunStarted(started) => {
                self.is_begun = true;
                self.version = started.version;
                self.proven.push(end.at(0));
                self.run = started.run.clone().into();
                self.same_input = self.scope.has_input(started.input.as_deref());
                self.is_ours = started.pipeline == self.scope.pipeline();
                self.turn_to(&started);
                let writers = &mut self.folders.now_mut().writers;
                self.writer = writers.note(&started.pipeline, started.file.as_deref(), &self.scope);
                self.makes_no_task = started.prune || started.looks;
                if self.is_ours && !self.makes_no_task {
                    let (run, at, tool) = (started.run.into(), started.at.into(), started.tool.into());
                    self.last_run = Some(RecordedRun { run, at, tool, tasks: started.tasks, ended: None });
                    self.runs += 1;
                }
            }
            Record::Options(options) => {
                if let Some(revisions) = self.options.add(options, &mut self.makers) {
                    self.calls.note_revisions(revisions);
                }
            }
            Record::Source(source) => self.source_seen(&source)?,
            Record::TaskWriting(writing) => self.writing(&writing)?,
            Record::TaskFinished(finished) => self.finished(&finished, end)?,
            Record::TaskFailed(failed) => self.failed(&failed)?,
            Record::TaskRefreshed(refreshed) => self.refreshed(&refreshed, end),
            Record::Measures(measured) => self.measures.add(measured, self.scope.measures()),
            Record::CallIntent(intent) => self.calls.intent(&intent, &self.run)?,
            Record::CallSubmitted(submitted) => self.calls.submitted(submitted)?,
            Record::CallFinished(finished) => self.calls.finished(&finished)?,
            Record::CallFailed(failed) => self.calls.failed(&failed)?,
            // Beyond its own place it would vouch for what comes later; a manifest that was
            // mended by hand may have such offsets.
            Record::Synced(synced) => {
                self.prove(end.at(synced.through).min(end));
                synced.removed.iter().for_each(|output| self.removed(output));
            }
            Record::RunEnded(_) if self.makes_no_task => self.prove(end),
            Record::RunEnded(ended) => {
                self.prove(end);
                self.useless.clone_from(&ended.useless);
                if let Some(run) = self.last_run.as_mut().filter(|_| self.is_ours) {
                    run.ended = Some(RunEnd { exit: ended.exit, totals: ended.totals });
                }
            }
        }
        Ok(())
    }

    /// Turns to the output folder of a run that begins.
    fn turn_to(&mut self, started: &RunStarted<'_>) {
        let recorded = started.output.as_deref();
        // Of many runs nearly all write into the same folder.
        if self.proven.len() > 1 && recorded == self.recorded.as_deref() && started.moved_from.is_none() {
            return;
        }
        self.recorded = recorded.map(Path::to_owned);
        let place = self.scope.output_of(recorded);
        self.outputs.extend(place.clone().filter(|_| self.is_ours));
        let moved = started.moved_from.as_deref().map(|moved| self.scope.output_of(Some(moved)));
        self.folders.turn_to(place, moved);
    }

    /// Settles the folders after the last record: keeps the records of the output folder that is asked about.
    pub(super) fn settle(&mut self) {
        self.moved = self.folders.settle(&self.scope);
    }

    fn prove(&mut self, through: Position) {
        if let Some(proven) = self.proven.last_mut() {
            *proven = through.max(*proven);
        }
    }

    fn run_number(&self) -> u32 {
        u32::try_from(self.proven.len() - 1).unwrap_or(u32::MAX)
    }

    fn writing(&mut self, writing: &TaskWriting<'_>) -> Result<(), RecordMisfit> {
        let claim = self.folders.now_mut().claims.number(&writing.output)?;
        let by = match self.writer {
            OURS => Ok(self.begin(&writing.key())?.task),
            other => Err(other),
        };
        self.folders.now_mut().claims.begin(claim, (&writing.output, writing.temp.as_deref()), writing.hash, by);
        Ok(())
    }

    fn finished(&mut self, finished: &TaskFinished<'_>, end: Position) -> Result<(), RecordMisfit> {
        let (bytes, hash, mtime) = (finished.bytes, finished.output_hash, finished.output_mtime);
        let written = Written { bytes, hash, mtime };
        let claim = self.folders.now_mut().claims.number(&finished.output)?;
        let origin = self.origin(finished.adopted);
        if self.writer != OURS {
            self.folders.now_mut().claims.finish(claim, written, Err(self.writer), origin);
            return Ok(());
        }
        let begun = self.begin(&finished.key())?;
        self.folders.now_mut().claims.finish(claim, written, Ok(begun.task), origin);
        let options = named(finished.resolved, finished.fingerprint)?;
        let (options, made_by) = match &finished.made_by {
            Some(made_by) => (options, self.makers.recorded(made_by)?),
            None => {
                let filling = Filling::by(finished.engine.as_deref());
                self.options.of_output(options, &finished.output, filling, &mut self.makers)
            }
        };
        let (engine, run) = (finished.engine.as_deref(), self.run_number());
        let reason = reason(finished);
        let asked = Asked { options, asked: finished.asked };
        let making = Making { asked, engine, reason, made_by, run, end, claim };
        let seen = self.seen(begun, (&finished.source, &finished.seen));
        self.folders.now_mut().tasks.finish(begun, seen, &making)?;
        self.folders.now_mut().findings.note(begun.task, Finding::broken(&finished.findings));
        Ok(())
    }

    fn failed(&mut self, failed: &TaskFailed<'_>) -> Result<(), RecordMisfit> {
        let class = Class::ALL.into_iter().find(|class| class.word() == failed.class);
        let options = named(failed.resolved, failed.fingerprint)?;
        let (options, made_by) = match (&failed.made_by, class) {
            (Some(made_by), _) => (options, self.makers.recorded(made_by)?),
            (None, Some(class)) => self.options.of_failure(options, class, &mut self.makers),
            (None, None) => (options, 0),
        };
        if self.writer == OURS {
            let begun = self.begin(&failed.key())?;
            let asked = Asked { options, asked: failed.asked };
            let fault = Fault { asked, class, made_by, message: &failed.message };
            let seen = self.seen(begun, (&failed.source, &failed.seen));
            self.folders.now_mut().tasks.fail(begun, seen, &fault)?;
        }
        Ok(())
    }

    fn refreshed(&mut self, refreshed: &TaskRefreshed<'_>, end: Position) {
        let (run, origin) = (self.run_number(), self.origin(false));
        let Folder { tasks, claims, .. } = self.folders.now_mut();
        let task = tasks.find(&refreshed.key()).filter(|_| self.writer == OURS);
        let asked = refreshed.resolved.map(|options| Asked { options, asked: refreshed.asked });
        let now = Renewed { times: refreshed.seen.times(), asked };
        let claim = |task| tasks.refresh(&refreshed.source, task, now, run, end);
        if let Some((task, claim)) = task.and_then(|task| Some((task, claim(task)?))) {
            claims.refresh(claim, task, refreshed.output_mtime, origin);
        }
    }

    fn source_seen(&mut self, source: &SourceRecord<'_>) -> Result<(), RecordMisfit> {
        if self.writer != OURS {
            return Ok(());
        }
        let header = source.header.as_ref().and_then(RecordedHeader::header);
        let header = header.map_or_else(PackedHeader::default, |header| PackedHeader::of(&header));
        Ok(self.folders.now_mut().tasks.see(&source.path, source.seen(), header)?)
    }

    /// Returns the stamp and the digest of a task's source; `None` if the last record of the source in this folder has
    /// them.
    fn seen(&self, begun: Begun, (source, recorded): (&Path, &TaskStamp)) -> Option<Seen> {
        let elsewhere = || {
            // What was one folder when it was recorded, by a link to it, may be two by now.
            let known =
                if self.folders.now().tasks.has_source(begun) { None } else { self.folders.source_elsewhere(source) };
            known.map(|KnownSource { stamp, hash, .. }| Seen { stamp, hash })
        };
        recorded.seen().or_else(elsewhere)
    }

    /// Returns the origin of an output that the run has recorded.
    fn origin(&self, is_adopted: bool) -> Origin {
        match (is_adopted, self.same_input) {
            (true, _) => Origin::Adopted,
            (false, true) => Origin::Here,
            (false, false) => Origin::OtherInput,
        }
    }

    /// Forgets an output that was removed, and the tasks that made it.
    fn removed(&mut self, output: &Path) {
        let Folder { tasks, claims, .. } = self.folders.now_mut();
        for task in claims.forget(output, |task, claim| tasks.is_done_at(task, claim)) {
            tasks.withdraw(task);
        }
    }

    /// Begins a task anew, whatever it came to before.
    fn begin(&mut self, key: &TaskKey<'_>) -> Result<Begun, RecordMisfit> {
        let Folder { tasks, claims, findings, .. } = self.folders.now_mut();
        let (begun, before) = tasks.begin(key)?;
        findings.forget(begun.task);
        if let Some(claim) = before {
            claims.release(claim, begun.task);
        }
        Ok(begun)
    }
}

/// Returns by what a record names its options.
fn named(resolved: Option<Digest>, fingerprint: Option<Digest>) -> Result<Digest, RecordMisfit> {
    resolved.or(fingerprint).ok_or(RecordMisfit::NoOptions)
}

/// Returns the first warning that begins with the name of an engine, where margins were filled.
fn reason<'a>(finished: &'a TaskFinished<'_>) -> Option<&'a str> {
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
    };
    finished.engine.as_ref()?;
    let said = finished.warnings.iter().find(|line| line.split_once(": ").is_some_and(|(name, _)| is_name(name)))?;
    Some(said.as_ref())
}
