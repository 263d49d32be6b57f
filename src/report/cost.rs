//! What a plan's paid calls cost, as text and as JSON.

use serde_json::Value;
use serde_json::json;

use crate::batch::Cost;
use crate::batch::Due;
use crate::batch::Plan;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::engines::remote::Usd;
use crate::manifest::RecordedPath;
use crate::pipeline::Pipeline;
use crate::report::text::counted;

/// One line: how many calls are to be paid, and what they cost.
pub(super) fn cost_text(plan: &Plan) -> String {
    let Cost { calls, possible, unless_cut_out, expected, highest, credits } = plan.cost();
    let known: u64 = plan.sources.iter().flat_map(|source| &source.calls).map(|call| call.plan.passes()).sum();
    let paid = match known - calls - possible {
        0 => String::new(),
        paid => format!(" ({paid} more are paid for already, or not needed)"),
    };
    if calls + possible == 0 {
        return format!("provider calls: none{paid}, cost: 0 USD");
    }
    let perhaps = match possible - unless_cut_out {
        0 => String::new(),
        possible => format!(" and up to {possible} for what local engines are not sure of"),
    };
    let opaque = match unless_cut_out {
        0 => String::new(),
        calls => format!(" and up to {calls} for sources with alpha (none for those with a transparent border)"),
    };
    let amount = |amount: Option<Usd>| amount.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd} USD"));
    let credits: String =
        credits.iter().map(|(provider, credits)| format!(", {credits} credits of {provider}")).collect();
    let (expected, highest) = (amount(expected), amount(highest));
    format!("provider calls: {calls}{perhaps}{opaque}{paid}, cost: expected {expected}, at most {highest}{credits}")
}

/// The totals of a plan's calls.
pub(super) fn cost_json(plan: &Plan) -> (Value, Value) {
    let Cost { calls, possible, expected, highest, credits, .. } = plan.cost();
    let dollars = |amount: Option<Usd>| amount.map(Usd::dollars);
    let cost = json!({"expected": dollars(expected), "highest": dollars(highest)});
    (json!({"expected": calls, "possible": possible, "credits": credits}), cost)
}

/// One call of a plan.
pub(super) fn call_json(source: &SourcePlan, call: &SourceCall, pipeline: &Pipeline) -> Value {
    let (plan, quote) = (&call.plan, call.plan.quote());
    let names: Vec<&str> = plan.targets.iter().map(|&target| pipeline.targets[target].name.as_str()).collect();
    json!({
        "source": RecordedPath::from(source.file.path.as_path()),
        "provider": plan.provider.name(),
        "sent": plan.canvas.sent,
        "canvas": plan.canvas.returned(),
        "margins": plan.canvas.margins,
        "passes": plan.passes(),
        "targets": names,
        "due": call.due == Due::Surely,
        "possible": matches!(call.due, Due::Perhaps | Due::UnlessCutOut),
        "expected_usd": quote.expected.map(Usd::dollars),
        "highest_usd": call.highest().map(Usd::dollars),
        "credits": quote.credits,
    })
}

/// Returns who fills the margins of a task, if somebody is paid for it.
pub(super) fn call_text(call: &SourceCall) -> String {
    let plan = &call.plan;
    let shared = match plan.targets.len() {
        1 => String::new(),
        targets => format!(" shared by {}", counted(targets as u64, "target")),
    };
    let twice = if plan.passes() > 1 { " in two passes" } else { "" };
    let due = match call.due {
        Due::Surely => "",
        Due::Perhaps => ", if no local engine can",
        Due::UnlessCutOut => ", unless its border is transparent",
        Due::No => ", paid for",
    };
    format!("{} on {}{twice}{shared}{due}", plan.provider.name(), plan.canvas.returned())
}
