//! Counts the calls of a plan that the user's limits and keys let through.

use std::time::SystemTime;

use crate::batch::Due;
use crate::batch::Request;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::manifest::Budget;
use crate::manifest::Calls;
use crate::manifest::Caps;
use crate::manifest::Month;
use crate::pipeline::Pipeline;
use crate::providers::Provider;
use crate::providers::Secret;
use crate::providers::Usd;

/// Counts the planned calls that the limits and keys of a run begun now would let through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Allowance {
    /// Calls that are to be paid, those that may be due included.
    pub calls: u64,
    /// Of these: how many the limits let through if each costs its highest price, those that are surely due first.
    pub allowed: u64,
    /// Most that the run may spend, in USD; none without such a limit.
    pub run: Option<Usd>,
    /// This month, what its limit is and what of it is spent, if it is limited.
    pub month: Option<(Month, Usd, Usd)>,
    /// Tells whether an unattended run refuses to start, because something is to be paid and no limit is set.
    pub lacks_limit: bool,
    /// Providers whose calls may be due, and for which there is no key.
    pub missing_keys: Vec<MissingKey>,
}

/// A provider without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingKey {
    /// Its name.
    pub provider: String,
    /// The variables of the environment that can hold the key: the first alone, or the others together.
    pub variables: Vec<String>,
    /// The mistake, or the key that is missing; never a key itself.
    pub why: String,
}

impl Allowance {
    pub(super) fn of(pipeline: &Pipeline, request: &Request, calls: &Calls, sources: &[SourcePlan]) -> Self {
        let caps = caps(pipeline, request);
        let is_due = |call: &&SourceCall| !call.is_free();
        let due: Vec<&SourceCall> = sources.iter().flat_map(|source| &source.calls).filter(is_due).collect();
        let highest: Option<Usd> = due.iter().map(|call| call.highest()).sum();
        let mut allowance = Allowance {
            run: caps.per_run.into_iter().chain(caps.max_cost).min(),
            lacks_limit: caps == Caps::default()
                && due.iter().any(|call| call.due != Due::IfUseless)
                && highest != Some(Usd::ZERO),
            missing_keys: missing_keys(&due),
            ..Allowance::default()
        };
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        // A clock that shows no year of four digits stops the run's first call as well.
        let Ok(month) = Month::of(&now) else { return allowance };
        let budget = Budget::new(caps);
        for (_, entry) in calls.iter() {
            // It stays spent.
            let _spent = budget.spent_before(entry.month, entry.spent());
        }
        allowance.month = caps.per_month.map(|cap| (month, cap, budget.in_month(month)));
        let (surely, perhaps): (Vec<&SourceCall>, Vec<&SourceCall>) =
            due.into_iter().partition(|call| call.due == Due::Surely);
        for call in surely.into_iter().chain(perhaps) {
            let passes = call.plan.passes();
            let plan = if call.due == Due::IfUseless { call.backups.first().unwrap_or(&call.plan) } else { &call.plan };
            let reserved = plan.quote().highest.is_some_and(|highest| budget.reserve(month, highest).is_ok());
            allowance.calls += passes;
            allowance.allowed += if reserved { passes } else { 0 };
        }
        allowance
    }
}

/// Returns the limits of a run.
pub(super) fn caps(pipeline: &Pipeline, request: &Request) -> Caps {
    Caps {
        per_run: pipeline.budget.per_run.and_then(Usd::from_dollars),
        per_month: pipeline.budget.per_month.and_then(Usd::from_dollars),
        max_cost: request.max_cost,
        is_unwatched: false,
    }
}

/// Returns the providers that may be asked, also in the place of another, and have no key.
fn missing_keys(due: &[&SourceCall]) -> Vec<MissingKey> {
    let plans = due.iter().flat_map(|call| std::iter::once(&call.plan).chain(&call.backups));
    let mut asked: Vec<&Provider> = plans.map(|plan| &*plan.provider).collect();
    asked.sort_unstable_by_key(|provider| provider.name());
    asked.dedup_by_key(|provider| provider.name());
    let missing = |provider: &Provider| {
        let key = provider.descriptor.key.as_ref()?;
        let why = Secret::read(key).err()?;
        let variables = std::iter::once(&key.env).chain(&key.or_joined).cloned().collect();
        Some(MissingKey { provider: provider.name().to_owned(), variables, why: why.to_string() })
    };
    asked.into_iter().filter_map(missing).collect()
}
