//! Files that stand where outputs would go and that we never wrote.
//!
//! After a lost state folder they are our own outputs, equal to the byte, and are adopted.
//! Anything else is somebody's file: the run refuses to start. To tell the two apart, the
//! outputs in question are made in memory before anything is written.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use rayon::ThreadPool;

use crate::batch::Action;
use crate::batch::Make;
use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::job;
use crate::batch::job::Pace;
use crate::batch::job::Reading;
use crate::batch::memory::Admission;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::pipeline::Pipeline;
use crate::pipeline::Target;
use crate::storage::Outbox;

/// An output that is there already.
pub(super) struct Adoption<'a> {
    pub(super) plan: &'a SourcePlan,
    pub(super) make: &'a Make,
    pub(super) target: &'a Target,
    pub(super) hash: Digest,
    pub(super) output_hash: Digest,
    pub(super) filled: Option<Filled>,
    pub(super) warnings: Vec<String>,
}

/// What became of the files in the way.
#[derive(Default)]
pub(super) struct Compared<'a> {
    /// They are what would be written.
    pub(super) adoptions: Vec<Adoption<'a>>,
    /// Nobody knows: to compare them takes this much memory, which is more than there is.
    pub(super) too_large: Vec<(&'a SourcePlan, &'a Target, u64)>,
    foreign: Vec<PathBuf>,
}

/// Compares every file in the way with what would be written there.
///
/// # Errors
/// The files that are not ours.
pub(super) fn compare<'a>(
    pipeline: &'a Pipeline,
    request: &'a Request,
    plan: &'a Plan,
    outbox: &Outbox,
    pool: &ThreadPool,
    admission: &Admission,
    stop: &Stop,
) -> Result<Compared<'a>, Refusal> {
    let found = Mutex::new(Compared::default());
    pool.in_place_scope(|scope| {
        for source in &plan.sources {
            let makes: Vec<(&Make, &Target)> = source
                .tasks
                .iter()
                .filter_map(|task| match &task.action {
                    Action::Make(make) if make.is_foreign => Some((&**make, &pipeline.targets[task.target])),
                    _ => None,
                })
                .collect();
            let Some(header) = source.header.filter(|_| !makes.is_empty()) else { continue };
            let need = job::memory_need(source, &header, &makes, Pace::OneByOne);
            if need > admission.budget() {
                let too_large = makes.iter().map(|(_, target)| (source, *target, need));
                found.lock().unwrap_or_else(PoisonError::into_inner).too_large.extend(too_large);
                continue;
            }
            let Some(reservation) = admission.reserve(need, || stop.is_requested()) else { break };
            let found = &found;
            scope.spawn(move |_| {
                let (adoptions, foreign) =
                    compare_source(&Reading::new(pipeline, request, source, makes[0].1), &makes, outbox);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.adoptions.extend(adoptions);
                found.foreign.extend(foreign);
                drop(reservation);
            });
        }
    });
    if stop.is_requested() {
        return Err(Refusal::Stopped);
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.foreign.sort();
    if found.foreign.is_empty() { Ok(found) } else { Err(Refusal::Foreign(found.foreign)) }
}

fn compare_source<'a>(
    reading: &Reading<'a>,
    makes: &[(&'a Make, &'a Target)],
    outbox: &Outbox,
) -> (Vec<Adoption<'a>>, Vec<PathBuf>) {
    let (mut adoptions, mut foreign) = (Vec::new(), Vec::new());
    let source = reading.load().1.ok();
    for (make, target) in makes {
        // What a provider would make of it nobody can know without paying.
        let is_clear = source.as_ref().is_some_and(|source| source.leaves_clear(&make.layout, target));
        if make.route.call.is_some() && !is_clear {
            foreign.push(make.output.clone());
            continue;
        }
        let made = source.as_ref().and_then(|source| Some((source, job::make(source, make, target).ok()?)));
        let equal = made.and_then(|(source, encoded)| {
            let output_hash = Digest::of(&encoded.bytes);
            (outbox.hash_of(&make.output) == Ok(output_hash)).then(|| Adoption {
                plan: reading.plan,
                make,
                target,
                hash: source.hash,
                output_hash,
                filled: encoded.filled,
                warnings: make.warnings.iter().chain(&source.warnings).cloned().collect(),
            })
        });
        match equal {
            Some(adoption) => adoptions.push(adoption),
            None => foreign.push(make.output.clone()),
        }
    }
    (adoptions, foreign)
}
