//! One source in numbers: what every target makes of it, and where each value came from.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use crate::analysis::Measures;
use crate::batch::Action;
use crate::batch::SelectedTask;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::why::newer_words;
use crate::codecs::Header;
use crate::document::discreet;
use crate::error::printable;
use crate::geometry::Decision;
use crate::geometry::Edited;
use crate::geometry::Finding;
use crate::geometry::Layout;
use crate::manifest::HowMade;
use crate::pipeline::Task;
use crate::pipeline::TaskKey;
use crate::pipeline::trace;
use crate::providers::WEBHOOK;
use crate::report::because::ENLARGED;
use crate::report::because::because_text;
use crate::report::cost::call_text;
use crate::report::plan::IN_THE_WAY;
use crate::report::plan::undecided;
use crate::report::text::bytes;
use crate::report::text::clean;
use crate::report::text::time;

/// Returns the explanation of one planned source. `header` and `measures` are given even where the plan needed none;
/// `made` says of the finished tasks how they were made.
#[must_use]
pub fn explain(
    source: &SourcePlan,
    header: Option<&Header>,
    measures: &Measures,
    made: &BTreeMap<TaskKey<'_>, HowMade>,
) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "source {}, {}", clean(&source.file.path), bytes(source.file.stamp.size));
    if let Some(header) = header {
        let _ = writeln!(
            text,
            "  {} {} as stored, {} upright, {} channels of {} bits{}",
            header.format.name(),
            header.stored,
            header.oriented(),
            header.channels.count(),
            8 * header.sample_bytes,
            if header.animated { ", animated" } else { "" }
        );
    }
    for (name, revision, found) in measures.iter() {
        let _ = writeln!(text, "  measured {} (revision {revision}): {}", printable(name), printable(found));
    }
    for SelectedTask { index, task, plan, .. } in source.selected() {
        let key = task.key(&source.file.path);
        let _ = writeln!(text, "\ntarget {}", key.label());
        let _ = writeln!(text, "  {}", verdict(&plan.action));
        if let Some(how) = made.get(&key) {
            history(&mut text, how);
        }
        if let Action::Make(_) = &plan.action {
            let _ = source.call_for(index).map(|call| writeln!(text, "  margins by {}", call_text(call)));
        }
        if let Some(header) = header {
            steps(&mut text, task, header, measures);
        }
        for warning in &*task.warnings {
            let _ = writeln!(text, "  warning: {}", warning.on_one_line());
        }
        for (stage, name, value, origin) in task.settings.all() {
            let _ = writeln!(text, "  {:<28} {}  ({origin})", format!("{stage}.{name}"), shown(value));
        }
    }
    text
}

/// Returns a value without what in its addresses may be secret: for a receiver of messages that is all behind the
/// host.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => discreet(text).into(),
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(map) => {
            let item = |(key, value): (&String, &Value)| {
                let origin = value.as_str().filter(|_| key == WEBHOOK).map(|text| {
                    let host = text.find("://").map_or(0, |at| at + 3);
                    text[host..]
                        .find(['/', '?', '#'])
                        .map_or(text.to_owned(), |end| format!("{}/…", &text[..host + end]))
                });
                (key.clone(), shown(&origin.map_or_else(|| value.clone(), Value::from)))
            };
            Value::Object(map.iter().map(item).collect())
        }
        other => other.clone(),
    }
}

/// Appends the record of how an output was made.
fn history(text: &mut String, how: &HowMade) {
    let HowMade { at, tool, bytes: size, engine, confidence, gates, warnings, findings, because, timings } = how;
    let _ = writeln!(text, "  made by {} in the run of {}, {}", printable(tool), printable(at), bytes(*size));
    if let Some(engine) = engine {
        let sure = confidence.map_or_else(String::new, |confidence| format!(", confidence {confidence:.2}"));
        let _ = writeln!(text, "  margins were filled by {}{sure}", printable(engine));
    }
    if !gates.is_empty() {
        let gates: Vec<String> = gates.iter().map(|(name, value)| format!("{} {value:.3}", printable(name))).collect();
        let _ = writeln!(text, "  gates: {}", gates.join(", "));
    }
    if !because.is_empty() {
        let _ = writeln!(text, "  its layout was decided by {}", because_text(because));
    }
    for warning in warnings {
        let _ = writeln!(text, "  warning: {}", printable(warning));
    }
    findings.iter().filter(|finding| finding.rule != ENLARGED).for_each(|finding| found(text, finding));
    if !timings.is_empty() {
        let part = |(name, value): (&String, &u64)| match name.strip_suffix("_ms") {
            Some(name) => format!("{} {}", printable(name), time(Duration::from_millis(*value))),
            None => format!("{} {value}", printable(name)),
        };
        let parts: Vec<String> = timings.iter().map(part).collect();
        let _ = writeln!(text, "  times: {}", parts.join(", "));
    }
}

fn verdict(action: &Action) -> String {
    match action {
        Action::Make(make) if make.is_foreign() => {
            format!("will be looked at: {}; output {}, {IN_THE_WAY}", make.why(), clean(&make.output))
        }
        Action::Make(make) => format!("will be made: {}; output {}", make.why(), clean(&make.output)),
        Action::Measure(one) => format!("will be looked at: {}", undecided(one)),
        Action::Fail(failure) => format!("will fail: {}: {}", failure.class, failure.message),
        Action::Known(failure) => format!("is not tried again: {}: {}", failure.class, failure.message),
        Action::Skip(Skip::Done { outdated: None, .. }) => "is done".into(),
        Action::Skip(Skip::Done { outdated: Some(newer), .. }) => {
            format!("is done and outdated; {}; --refresh makes it again", newer_words(newer))
        }
        Action::Skip(Skip::Modified) => "is kept: the output was changed by hand".into(),
        Action::Skip(Skip::Rule(rule)) => format!("is skipped: {rule}"),
    }
}

fn steps(text: &mut String, task: &Task, header: &Header, measures: &Measures) {
    for (word, decision) in trace(task, header, measures) {
        let _ = match decision {
            Decision::Do(Edited { layout, warnings, findings, because }) => {
                let _ = writeln!(text, "  after {word:<10} {}", numbers(&layout));
                if !because.is_empty() {
                    let _ = writeln!(text, "        decided by {}", because_text(&because));
                }
                findings.iter().filter(|finding| finding.rule != ENLARGED).for_each(|it| found(text, it));
                warnings.iter().try_for_each(|warning| writeln!(text, "        {warning}"))
            }
            Decision::NeedsMeasures(names) => {
                let names = names.join(", ");
                writeln!(text, "  after {word:<10} decided by content: {names}; plan --analyze looks at the picture")
            }
            Decision::Skip(rule) => writeln!(text, "  after {word:<10} skip: {rule}"),
            Decision::Fail(failure) => writeln!(text, "  after {word:<10} {}: {}", failure.class, failure.message),
        };
    }
}

/// Tells of a finding.
fn found(text: &mut String, Finding { rule, pass, measured, required, fix }: &Finding) {
    let _ = write!(text, "        finding: {}{}", printable(rule), if *pass { ", kept" } else { "" });
    for (what, value) in [("measured", measured), ("required", required)] {
        if !value.is_null() {
            let _ = write!(text, ", {what} {}", printable(&value.to_string()));
        }
    }
    let _ = fix.iter().try_for_each(|fix| write!(text, "; {}", printable(fix)));
    text.push('\n');
}

fn numbers(layout: &Layout) -> String {
    let (window, placement, margins) = (layout.window, layout.placement, layout.margins());
    let (across, down) = layout.scale();
    format!(
        "window {:.2}x{:.2} at {:.2},{:.2} → {}, source at {},{} as {}, scale {across:.4}, {down:.4}, margins {} {} {} {}",
        window.width,
        window.height,
        window.x,
        window.y,
        layout.output,
        placement.x,
        placement.y,
        placement.size(),
        margins.left,
        margins.top,
        margins.right,
        margins.bottom
    )
}
