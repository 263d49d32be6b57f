//! Files that stand where outputs would go and that we never wrote.
//!
//! After a lost state folder they are our own outputs, equal to the byte, and are adopted. Anything else is the
//! user's file, and its task fails. To tell the two apart, the outputs in question are made in memory before anything
//! is written. What another pipeline wrote by the records never comes here.

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use rayon::ThreadPool;

use crate::batch::Action;
use crate::batch::Make;
use crate::batch::Plan;
use crate::batch::Reason;
use crate::batch::Refusal;
use crate::batch::SourcePlan;
use crate::batch::job;
use crate::batch::job::Pace;
use crate::batch::job::Reading;
use crate::batch::memory::Admission;
use crate::batch::piece::Cut;
use crate::batch::piece::Piece;
use crate::batch::stop::Watch;
use crate::codecs::Detail;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::error::Class;
use crate::pipeline::Pipeline;
use crate::pipeline::Target;
use crate::storage::Inbox;
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
    /// They are not ours.
    pub(super) foreign: Vec<(&'a SourcePlan, &'a Target, &'a Path)>,
}

/// Compares every file in the way with what would be written there, until the run's time is over.
///
/// # Errors
/// If the run was stopped meanwhile.
pub(super) fn compare<'a>(
    pipeline: &'a Pipeline,
    plan: &'a Plan,
    outbox: &Outbox,
    pool: &ThreadPool,
    admission: &Admission,
    watch: &Watch<'_>,
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
            let Some(header) = source.header().filter(|_| !makes.is_empty()) else { continue };
            if watch.is_over() {
                return;
            }
            let Cut { pieces, too_large } =
                Piece::new(pipeline, source, header, makes).for_noise().within(admission.budget());
            let too_large = too_large.into_iter().map(|(target, need)| (source, target, need));
            found.lock().unwrap_or_else(PoisonError::into_inner).too_large.extend(too_large);
            for piece in pieces {
                let need = piece.need(Pace::OneByOne);
                let Some(reservation) = admission.reserve(need, || watch.is_over()) else { return };
                let found = &found;
                scope.spawn(move |_| {
                    let compared = compare_piece((pipeline, &plan.inbox), &piece, outbox);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.adoptions.extend(compared.adoptions);
                    found.too_large.extend(compared.too_large);
                    found.foreign.extend(compared.foreign);
                    drop(reservation);
                });
            }
        }
    });
    // Where the time is over, what was compared counts, and the rest is left.
    if !matches!(watch.stop.reason(), None | Some(Reason::Duration)) {
        return Err(Refusal::Stopped);
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.foreign.sort_by_key(|(_, _, output)| *output);
    Ok(found)
}

fn compare_piece<'a>((pipeline, inbox): (&'a Pipeline, &'a Inbox), piece: &Piece<'a>, outbox: &Outbox) -> Compared<'a> {
    let mut compared = Compared::default();
    let (plan, makes) = (piece.source, &piece.makes);
    let source = match Reading::new((pipeline, inbox), plan, makes[0].1, piece.bounded_want()).load().1 {
        Ok(source) => Some(source),
        Err(failure) if failure.class == Class::Memory => {
            let need = piece.clone().by_general_decoder().need(Pace::OneByOne);
            compared.too_large.extend(makes.iter().map(|(_, target)| (plan, *target, need)));
            return compared;
        }
        Err(_) => None,
    };
    for (make, target) in makes {
        // What a provider would make of it nobody can know without paying.
        let is_clear = source.as_ref().is_some_and(|source| source.leaves_clear(&make.layout, target));
        if make.route().call.is_some() && !is_clear {
            compared.foreign.push((plan, *target, &make.output));
            continue;
        }
        let made =
            source.as_ref().and_then(|source| Some((source, job::make(source, make, target, Detail::Noise).ok()?)));
        let equal = made.and_then(|(source, encoded)| {
            let output_hash = Digest::of(&encoded.bytes);
            (outbox.hash_of(&make.output) == Ok(output_hash)).then(|| Adoption {
                plan,
                make,
                target,
                hash: source.hash,
                output_hash,
                filled: encoded.filled,
                warnings: make.warnings().iter().chain(&source.warnings).cloned().collect(),
            })
        });
        match equal {
            Some(adoption) => compared.adoptions.push(adoption),
            None => compared.foreign.push((plan, *target, &make.output)),
        }
    }
    compared
}
