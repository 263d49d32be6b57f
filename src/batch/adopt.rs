//! Files that stand where outputs would go and that we never wrote.
//!
//! After a lost state folder they are our own outputs, equal to the byte, and are adopted. Anything else is the
//! user's file, and its task fails. To tell the two apart, the outputs in question are made in memory before anything
//! is written. What another pipeline wrote by the records never comes here.

use std::sync::Mutex;

use rayon::ThreadPool;

use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::ToMake;
use crate::batch::job::Parallelism;
use crate::batch::job::Reading;
use crate::batch::memory::Admission;
use crate::batch::piece::Cut;
use crate::batch::piece::Piece;
use crate::batch::run_context::RunContext;
use crate::codecs::Detail;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::error::Class;
use crate::geometry::Finding;
use crate::locks::into_inner;
use crate::locks::lock;
use crate::storage::OutputStore;
use crate::storage::SourceStore;

/// An output that is there already.
pub(super) struct Adoption<'a> {
    pub(super) plan: &'a SourcePlan,
    pub(super) one: ToMake<'a>,
    pub(super) hash: Digest,
    pub(super) output_hash: Digest,
    pub(super) filled: Option<Filled>,
    pub(super) warnings: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

/// Files in the way, by what comparing them showed.
#[derive(Default)]
pub(super) struct Compared<'a> {
    /// They are what would be written.
    pub(super) adoptions: Vec<Adoption<'a>>,
    /// It is unknown: to compare them takes this much memory, which is more than there is.
    pub(super) too_large: Vec<(&'a SourcePlan, ToMake<'a>, u64)>,
    /// They are not ours.
    pub(super) foreign: Vec<(&'a SourcePlan, ToMake<'a>)>,
}

/// Compares every file in the way with what would be written there, until the run's time is over.
///
/// # Errors
/// If the run was stopped meanwhile.
pub(super) fn compare<'a>(
    plan: &'a Plan,
    output_store: &dyn OutputStore,
    pool: &ThreadPool,
    admission: &Admission,
    context: &RunContext<'_>,
) -> Result<Compared<'a>, Refusal> {
    let found = Mutex::new(Compared::default());
    pool.in_place_scope(|scope| {
        for source in &plan.sources {
            let makes = source.to_make().filter(|one| one.make.is_foreign()).collect();
            let Some(piece) = Piece::new(source, makes) else { continue };
            if context.should_stop() {
                return;
            }
            let Cut { pieces, too_large } = piece.for_noise().within(admission.budget());
            let too_large = too_large.into_iter().map(|(one, need)| (source, one, need));
            lock(&found).too_large.extend(too_large);
            for piece in pieces {
                let need = piece.need(Parallelism::OneByOne);
                let Some(reservation) = admission.reserve(need, || context.should_stop()) else { return };
                let found = &found;
                scope.spawn(move |_| {
                    let compared = compare_piece(&*plan.source_store, &piece, output_store);
                    let mut found = lock(found);
                    found.adoptions.extend(compared.adoptions);
                    found.too_large.extend(compared.too_large);
                    found.foreign.extend(compared.foreign);
                    drop(reservation);
                });
            }
        }
    });
    // Where the time is over, what was compared counts, and the rest is left.
    if !matches!(context.stop().reason(), None | Some(StopReason::Duration)) {
        return Err(Refusal::Stopped);
    }
    let mut found = into_inner(found);
    found.foreign.sort_by_key(|(_, one)| &one.make.output);
    Ok(found)
}

fn compare_piece<'a>(
    source_store: &'a dyn SourceStore,
    piece: &Piece<'a>,
    output_store: &dyn OutputStore,
) -> Compared<'a> {
    let mut compared = Compared::default();
    let (plan, makes) = (piece.source, &piece.makes);
    let reading = Reading::new(source_store, plan, makes[0].task, piece.bounded_request());
    let source = match reading.fetch().and_then(|fetched| reading.decode(fetched).1) {
        Ok(source) => Some(source),
        Err(failure) if failure.class == Class::Memory => {
            let need = piece.clone().by_general_decoder().need(Parallelism::OneByOne);
            compared.too_large.extend(makes.iter().map(|one| (plan, *one, need)));
            return compared;
        }
        Err(_) => None,
    };
    for group in piece.by_picture() {
        // What a provider would make of it cannot be known without paying.
        let is_clear = source.as_ref().is_some_and(|source| source.leaves_clear(group[0]));
        let is_known = |one: &ToMake<'_>| one.make.route().call.is_none() || is_clear;
        let (known, unknown): (Vec<_>, Vec<_>) = group.into_iter().partition(is_known);
        compared.foreign.extend(unknown.into_iter().map(|one| (plan, one)));
        let first = known.first().copied();
        let made = source.as_ref().zip(first).and_then(|(source, one)| Some((source, source.picture(one).ok()?)));
        for one in known {
            let equal = made.as_ref().and_then(|(source, picture)| {
                let encoded = picture.encode(one.task, one.decided, Detail::Noise).ok()?;
                let output_hash = Digest::of(&encoded.bytes);
                (output_store.hash(&one.make.output) == Ok(output_hash)).then(|| Adoption {
                    plan,
                    one,
                    hash: source.hash,
                    output_hash,
                    warnings: one.make.warnings().iter().chain(&source.warnings).cloned().collect(),
                    findings: one.make.findings().iter().cloned().chain(encoded.findings).collect(),
                    filled: encoded.filled,
                })
            });
            match equal {
                Some(adoption) => compared.adoptions.push(adoption),
                None => compared.foreign.push((plan, one)),
            }
        }
    }
    compared
}
