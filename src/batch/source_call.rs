//! A paid call on which tasks of a source depend.

use crate::pipeline::CallPlan;
use crate::providers::Usd;

/// A paid call of one source, whether it was made before or not.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceCall {
    /// The call, with the tasks that need it.
    pub plan: CallPlan,
    /// Tells whether it is still to be paid, and under which condition.
    pub due: Due,
    /// Calls of the providers that come behind, should this one's come to nothing; all of them stand with
    /// the first due call of a source.
    pub backups: Vec<CallPlan>,
}

impl SourceCall {
    /// Returns the most that it may cost in USD, with all that may be bought because of it: the same with another seed,
    /// and the calls of the providers that come behind. `None` if a price is not known.
    #[must_use]
    pub fn highest(&self) -> Option<Usd> {
        let calls = |plan: &CallPlan| if plan.provider.with_next_seed().is_some() { 2 } else { 1 };
        let most = |plan: &CallPlan, calls: u32| (0..calls).map(|_| plan.quote().highest).sum::<Option<Usd>>();
        let own = match self.due {
            Due::No => return Some(Usd::ZERO),
            Due::IfUseless => calls(&self.plan) - 1,
            Due::Surely | Due::Perhaps | Due::UnlessCutOut => calls(&self.plan),
        };
        let backups: Option<Usd> = self.backups.iter().map(|plan| most(plan, calls(plan))).sum();
        Some(most(&self.plan, own)? + backups?)
    }

    /// Tells whether nothing is bought for it, whatever comes.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let may_be_again = self.plan.provider.with_next_seed().is_some() || !self.backups.is_empty();
        self.due == Due::No || (self.due == Due::IfUseless && !may_be_again)
    }
}

/// Tells whether a call is still to be paid, and under which condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// Some task needs it, and no result that would serve is known.
    Surely,
    /// The same, if the local engines fail that come before it. Only their work shows that.
    Perhaps,
    /// The same, unless the source is a [cut-out](crate::engines::is_cut_out): its header has alpha, and
    /// only its pixels show where.
    UnlessCutOut,
    /// It was paid before; should its result be of no use, another picture may be bought.
    IfUseless,
    /// No task needs it, or it was paid before and nothing is bought in its place.
    No,
}
