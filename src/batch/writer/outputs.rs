//! Writes outputs, or takes for the pipeline's own what is there already, and records them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;

use crate::batch::Event;
use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::ToMake;
use crate::batch::adopt::Adoption;
use crate::batch::job::Source;
use crate::batch::run_record::broken;
use crate::batch::writer::Writer;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Finding;
use crate::manifest::MadeBy;
use crate::manifest::Record;
use crate::manifest::RecordedLayout;
use crate::manifest::RecordedPath;
use crate::manifest::TaskFinished;
use crate::manifest::TaskStamp;
use crate::manifest::TaskWriting;
use crate::pipeline::Encoded;
use crate::pipeline::Filling;
use crate::pipeline::TaskKey;
use crate::storage::Committed;

impl Writer<'_> {
    /// Writes an output and returns its size in bytes. `said` is what else the user should know
    /// about how it came to be.
    pub(in crate::batch) fn write(
        &self,
        plan: &SourcePlan,
        one: ToMake<'_>,
        source: &Source,
        encoded: &Encoded,
        said: &[String],
    ) -> Result<u64, Failure> {
        let ToMake { task, make, .. } = one;
        let key = &task.key(&plan.file.path);
        // Held until the record is appended: a sealed run leaves no output without its claim.
        let Some(_permit) = self.context.stop().permit() else {
            return Err(Failure::new(Class::Interrupted, "the run was stopped"));
        };
        let output_hash = Digest::of(&encoded.bytes);
        let prepared = self.output_store.prepare(&make.output, &key.name(), &encoded.bytes)?;
        self.claim(plan, one, (prepared.temp(), output_hash))?;
        let committed = prepared.commit(make.seen()).map_err(|failure| self.not_placed(failure))?;
        self.context.observer.notice(&Event::TaskPlaced { key });
        let warnings: Vec<String> = make.warnings().iter().chain(&source.warnings).chain(said).cloned().collect();
        let findings: Vec<Finding> = make.findings().iter().chain(&encoded.findings).cloned().collect();
        let times =
            [("decode_ms", source.decode_ms), ("pixels_ms", encoded.pixels_ms), ("encode_ms", encoded.encode_ms)];
        let record = Finished {
            plan,
            one,
            hash: source.hash,
            output_hash,
            filled: encoded.filled.as_ref(),
            warnings: &warnings,
            findings: &findings,
            adopted: false,
        };
        let bytes = committed.stamp.size;
        self.finish(&record, committed, times.into_iter().map(|(name, time)| (name.into(), time)).collect())?;
        self.context.observer.notice(&Event::TaskDone {
            key,
            output: &make.output,
            bytes,
            filled: encoded.filled.as_ref(),
            adopted: false,
            enlarged: one.layout().is_enlarged(),
            warnings: &warnings,
            findings: &findings,
        });
        Ok(bytes)
    }

    /// Records an output that was there already, byte for byte.
    pub(in crate::batch) fn adopt(&self, adoption: &Adoption<'_>) -> Result<(), StopReason> {
        let Adoption { plan, one, hash, output_hash, filled, warnings, findings } = adoption;
        let record = Finished {
            plan,
            one: *one,
            hash: *hash,
            output_hash: *output_hash,
            filled: filled.as_ref(),
            warnings,
            findings,
            adopted: true,
        };
        // Nothing is written, so nothing is claimed.
        let adopted = self.output_store.adopt(&one.make.output).and_then(|committed| {
            let bytes = committed.stamp.size;
            self.finish(&record, committed, BTreeMap::new())?;
            Ok(bytes)
        });
        let bytes = adopted.map_err(|failure| StopReason::Fatal(failure.message))?;
        self.context.observer.notice(&Event::TaskDone {
            key: &one.task.key(&plan.file.path),
            output: &one.make.output,
            bytes,
            filled: filled.as_ref(),
            adopted: true,
            enlarged: one.layout().is_enlarged(),
            warnings,
            findings,
        });
        Ok(())
    }

    fn claim(&self, plan: &SourcePlan, one: ToMake<'_>, (temp, hash): (Option<&OsStr>, Digest)) -> Result<(), Failure> {
        let key = one.task.key(&plan.file.path);
        let TaskKey { target, row, encoding, .. } = key.clone();
        self.or_stop(self.append(&Record::TaskWriting(TaskWriting {
            source: plan.file.path.as_path().into(),
            target,
            row,
            encoding,
            output: (&*one.make.output).into(),
            temp: temp.map(RecordedPath::from),
            hash,
        })))?;
        self.context.observer.notice(&Event::TaskClaimed { key: &key });
        Ok(())
    }

    fn finish(
        &self,
        finished: &Finished<'_>,
        committed: Committed,
        timings: BTreeMap<Cow<'_, str>, u64>,
    ) -> Result<(), Failure> {
        let Finished { plan, one, hash, output_hash, filled, warnings, findings, adopted } = finished;
        let ToMake { task, make, decided, .. } = one;
        let judgement = filled.and_then(|filled| filled.judgement.as_ref());
        let header = plan.header().ok_or_else(|| Failure::new(Class::Internal, "an output without a header"))?;
        let acting = task.acting(&header, &decided.layout);
        let filling = Filling::by(filled.map(|filled| &*filled.engine));
        let revisions = task.revisions.that_acted(&acting, (header.format, decided.format), filling);
        self.or_stop(self.tell_options(task))?;
        let _recorded = self.or_stop(self.tell_source(plan, Some(header), Some(*hash)))?;
        let TaskKey { target, row, encoding, .. } = task.key(&plan.file.path);
        let record = Record::TaskFinished(TaskFinished {
            source: plan.file.path.as_path().into(),
            seen: TaskStamp::default(),
            target,
            row,
            encoding,
            fingerprint: None,
            asked: Some(task.fingerprint.asked(&acting)),
            resolved: Some(task.fingerprint.resolved),
            made_by: Some(MadeBy::from(&revisions)),
            layout: RecordedLayout::from(one.layout()),
            output: (&*make.output).into(),
            bytes: committed.stamp.size,
            output_hash: *output_hash,
            output_mtime: committed.stamp.mtime,
            adopted: *adopted,
            engine: filled.map(|filled| filled.engine.as_ref().into()),
            confidence: judgement.map(|judgement| judgement.confidence),
            gates: judgement.into_iter().flat_map(gates).collect(),
            warnings: warnings.iter().map(|line| line.as_str().into()).collect(),
            findings: (*findings).into(),
            because: one.decided.because.clone(),
            timings,
        });
        self.or_stop(self.journal.finished(&record, committed.durable).map_err(|error| broken(&error)))
    }

    /// Returns the failure of an output that is not in its place. Where the whole output folder is not either, the run
    /// ends: no other task would do better.
    fn not_placed(&self, failure: Failure) -> Failure {
        let lost = self.output_store.check().map_err(|lost| StopReason::Fatal(lost.message));
        self.or_stop(lost).err().unwrap_or(failure)
    }
}

/// Holds the parts of a finished record.
struct Finished<'a> {
    plan: &'a SourcePlan,
    one: ToMake<'a>,
    hash: Digest,
    output_hash: Digest,
    filled: Option<&'a Filled>,
    warnings: &'a [String],
    findings: &'a [Finding],
    adopted: bool,
}

fn gates(judgement: &Judgement) -> impl Iterator<Item = (Cow<'_, str>, f64)> {
    judgement.gates.iter().map(|(&name, &value)| (name.into(), value))
}
