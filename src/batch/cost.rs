//! What the calls of a plan cost.

use std::collections::BTreeMap;

use crate::batch::Plan;
use crate::engines::remote::Usd;
use crate::pipeline::CallPlan;

/// A paid call of one source, whether it was made before or not.
#[derive(Debug)]
pub struct SourceCall {
    /// What is asked for, and who needs it.
    pub plan: CallPlan,
    /// Whether it is still to be paid: some task needs it, and no result that would serve is
    /// known.
    pub is_due: bool,
}

/// What the calls of a plan cost.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cost {
    /// Calls that are to be paid.
    pub calls: u64,
    /// What they should cost; none if nobody knows.
    pub expected: Option<Usd>,
    /// What they may cost at most; none if nobody knows.
    pub highest: Option<Usd>,
    /// The same in the credits of each provider that counts in credits.
    pub credits: BTreeMap<String, f64>,
}

impl Plan {
    /// What the calls of the plan cost. A call that fails may lead to another provider's, which
    /// is not counted.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let due = self.sources.iter().flat_map(|source| &source.calls).filter(|call| call.is_due);
        let mut cost = Cost { calls: 0, expected: Some(Usd::ZERO), highest: Some(Usd::ZERO), credits: BTreeMap::new() };
        for SourceCall { plan, .. } in due {
            let quote = plan.quote();
            let plus = |sum: Option<Usd>, more: Option<Usd>| Some(sum? + more?);
            cost.calls += plan.passes();
            cost.expected = plus(cost.expected, quote.expected);
            cost.highest = plus(cost.highest, quote.highest);
            if let Some(credits) = quote.credits {
                *cost.credits.entry(plan.provider.name().to_owned()).or_default() += credits;
            }
        }
        cost
    }
}
