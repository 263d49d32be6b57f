//! Costs of a plan's calls.

use std::collections::BTreeMap;

use crate::batch::Due;
use crate::batch::Plan;
use crate::batch::SourceCall;
use crate::providers::Usd;

/// Number and price of the paid calls of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Cost {
    /// Calls that are to be paid.
    pub calls: u64,
    /// Calls that are to be paid besides if local engines fail, if sources are no cut-outs, or if a result that is
    /// there is of no use.
    pub possible: u64,
    /// Those of the possible ones that are due [unless a source is a cut-out](Due::UnlessCutOut).
    pub unless_cut_out: u64,
    /// Those of the possible ones that are due [if a result that is there is of no use](Due::IfUseless).
    pub if_useless: u64,
    /// Expected cost of the calls, without the possible ones; `None` if it is not known.
    pub expected: Option<Usd>,
    /// Most that they may cost in USD, with the possible ones, those with a second seed, and those of providers that
    /// stand in; none if a price is not known.
    pub highest: Option<Usd>,
    /// Counts the calls of each stage that wants some, the possible ones included, by its word.
    pub stages: BTreeMap<&'static str, u64>,
    /// Expected cost in the credits of each provider that counts in credits.
    pub credits: BTreeMap<String, f64>,
}

impl Plan {
    /// Adds up the calls of the plan; free ones do not count.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost { expected: Some(Usd::ZERO), highest: Some(Usd::ZERO), ..Cost::default() };
        for call in self.sources.iter().flat_map(|source| &source.calls) {
            let SourceCall { plan, due, .. } = call;
            if call.is_free() {
                continue;
            }
            *cost.stages.entry(plan.stage).or_default() += plan.passes();
            let quote = plan.quote();
            let plus = |sum: Option<Usd>, more: Option<Usd>| Some(sum? + more?);
            cost.highest = plus(cost.highest, call.highest());
            if *due != Due::Surely {
                cost.possible += plan.passes();
                cost.if_useless += if *due == Due::IfUseless { plan.passes() } else { 0 };
                cost.unless_cut_out += if *due == Due::UnlessCutOut { plan.passes() } else { 0 };
                continue;
            }
            cost.calls += plan.passes();
            cost.expected = plus(cost.expected, quote.expected);
            if let Some(credits) = quote.credits {
                *cost.credits.entry(plan.provider.name().to_owned()).or_default() += credits;
            }
        }
        cost
    }
}
