//! Cost of a plan's paid calls, as text and as JSON.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::batch::Allowance;
use crate::batch::Cost;
use crate::batch::Due;
use crate::batch::MissingKey;
use crate::batch::Plan;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::manifest::RecordedPath;
use crate::providers::Usd;
use crate::report::text::counted;

/// Returns the number and the cost of the calls that are to be paid, on one line.
pub(super) fn cost_text(plan: &Plan) -> String {
    let Cost { calls, possible, unless_cut_out, if_useless, expected, highest, credits, .. } = plan.cost();
    let known: u64 = plan.sources.iter().flat_map(|source| &source.calls).map(|call| call.plan.passes()).sum();
    let paid = match known - calls - possible {
        0 => String::new(),
        paid => format!(" ({paid} more are paid for already, or not needed)"),
    };
    if calls + possible == 0 {
        return format!("provider calls: none{paid}, cost: 0 USD");
    }
    let perhaps = match possible - unless_cut_out - if_useless {
        0 => String::new(),
        possible => format!(" and up to {possible} for what local engines are not sure of"),
    };
    let opaque = match unless_cut_out {
        0 => String::new(),
        calls => format!(" and up to {calls} for sources with alpha (none for those with a transparent border)"),
    };
    let again = match if_useless {
        0 => String::new(),
        calls => format!(" and up to {calls} should results that are there, or on their way, be of no use"),
    };
    let amount = |amount: Option<Usd>| amount.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd} USD"));
    let credits: String =
        credits.iter().map(|(provider, credits)| format!(", {credits} credits of {provider}")).collect();
    let (expected, highest) = (amount(expected), amount(highest));
    format!(
        "provider calls: {calls}{perhaps}{opaque}{again}{paid}, cost: expected {expected}, at most {highest}{credits}"
    )
}

/// Returns the lines that say what limits and keys let through of a plan's calls.
pub(super) fn allowance_text(allowance: &Allowance) -> String {
    let Allowance { calls, allowed, run, month, .. } = allowance;
    let mut text = String::new();
    if *calls > 0 && (run.is_some() || month.is_some()) {
        let left = [
            run.map(|run| format!("{run} USD for the run")),
            month.map(|(month, cap, spent)| format!("{} USD left of {cap} USD in {month}", cap.minus(spent))),
        ];
        let left: Vec<String> = left.into_iter().flatten().collect();
        let of = counted(*calls, "call");
        let _ = writeln!(text, "budget: {}; lets {allowed} of {of} through at their highest price", left.join(", "));
    }
    text.push_str(&refusals_text(allowance));
    text
}

/// Returns the lines that say why calls cannot be made at all.
pub(super) fn refusals_text(Allowance { lacks_limit, missing_keys, .. }: &Allowance) -> String {
    let mut text = String::new();
    if *lacks_limit {
        let _ = writeln!(text, "budget: none; an unattended run refuses to start, see `budget` and --max-cost");
    }
    for MissingKey { provider, why, .. } in missing_keys {
        let _ = writeln!(text, "missing key: {provider} cannot be asked: {why}");
    }
    text
}

/// Returns the same for programs: what limits let through, none if nothing is to be paid or there is no limit, and the
/// providers without a key.
pub(super) fn allowance_json(allowance: &Allowance) -> (Value, Value) {
    let Allowance { calls, allowed, run, month, missing_keys, .. } = allowance;
    let budget = (*calls > 0 && (run.is_some() || month.is_some())).then(|| {
        json!({
            "calls": calls,
            "allowed": allowed,
            "run_usd": run.map(Usd::dollars),
            "month": month.map(|(month, ..)| month.to_string()),
            "month_usd": month.map(|(_, cap, _)| cap.dollars()),
            "month_left_usd": month.map(|(_, cap, spent)| cap.minus(spent).dollars()),
        })
    });
    let key = |key: &MissingKey| json!({"provider": key.provider, "variables": key.variables, "why": key.why});
    (budget.into(), missing_keys.iter().map(key).collect())
}

/// Returns the totals of a plan's calls as JSON: counts and costs.
pub(super) fn cost_json(plan: &Plan) -> (Value, Value) {
    let Cost { calls, possible, expected, highest, credits, .. } = plan.cost();
    let dollars = |amount: Option<Usd>| amount.map(Usd::dollars);
    let cost = json!({"expected": dollars(expected), "highest": dollars(highest)});
    (json!({"expected": calls, "possible": possible, "credits": credits}), cost)
}

/// Returns one call of a plan as JSON.
pub(super) fn call_json(source: &SourcePlan, call: &SourceCall) -> Value {
    let (plan, quote) = (&call.plan, call.plan.quote());
    let label = |index: &usize| source.tasks[*index].key(&source.file.path).label();
    let names: Vec<String> = plan.members.iter().map(label).collect();
    json!({
        "source": RecordedPath::from(source.file.path.as_path()),
        "provider": plan.provider.name(),
        "sent": plan.canvas.sent,
        "canvas": plan.canvas.returned(),
        "margins": plan.canvas.margins,
        "passes": plan.passes(),
        "targets": names,
        "due": call.due == Due::Surely,
        "possible": matches!(call.due, Due::Perhaps | Due::UnlessCutOut) || (call.due == Due::IfUseless && !call.is_free()),
        "expected_usd": quote.expected.map(Usd::dollars),
        "highest_usd": call.highest().map(Usd::dollars),
        "credits": quote.credits,
    })
}

/// Returns the provider that is paid for filling the margins of a task, if one is.
pub(super) fn call_text(call: &SourceCall) -> String {
    let plan = &call.plan;
    let shared = match plan.members.len() {
        1 => String::new(),
        targets => format!(" shared by {}", counted(targets as u64, "target")),
    };
    let twice = if plan.passes() > 1 { " in two passes" } else { "" };
    let due = match call.due {
        Due::Surely => "",
        Due::Perhaps => ", if no local engine can",
        Due::UnlessCutOut => ", unless its border is transparent",
        Due::IfUseless | Due::No => ", paid for",
    };
    format!("{} on {}{twice}{shared}{due}", plan.provider.name(), plan.canvas.returned())
}
