//! One source in numbers: what every target makes of it, and where each value came from.

use std::fmt::Write;

use serde_json::Value;

use crate::batch::Action;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::newer_words;
use crate::codecs::Header;
use crate::document::discreet;
use crate::engines::remote::WEBHOOK;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::pipeline::Origin;
use crate::pipeline::Pipeline;
use crate::pipeline::Target;
use crate::pipeline::trace;
use crate::report::cost::call_text;
use crate::report::text::bytes;
use crate::report::text::clean;

/// The explanation of one planned source. `header` is given even where the plan needed none.
#[must_use]
pub fn explain(source: &SourcePlan, header: Option<&Header>, pipeline: &Pipeline) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "source {}, {}", clean(&source.file.path), bytes(source.file.size));
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
    for task in &source.tasks {
        let target = &pipeline.targets[task.target];
        let _ = writeln!(text, "\ntarget {}", target.name);
        let _ = writeln!(text, "  {}", verdict(&task.action));
        if let Action::Make(_) = &task.action {
            let _ = source.call_for(task.target).map(|call| writeln!(text, "  margins by {}", call_text(call)));
        }
        if let Some(header) = header {
            steps(&mut text, target, header);
        }
        for (stage, name, value, origin) in target.settings.all() {
            let said = match origin {
                Origin::Default => "default".to_owned(),
                other => other.to_string(),
            };
            let _ = writeln!(text, "  {:<28} {}  ({said})", format!("{stage}.{name}"), shown(value));
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

fn verdict(action: &Action) -> String {
    match action {
        Action::Make(make) => format!("will be made: {}; output {}", make.why, clean(&make.output)),
        Action::Fail(failure) => format!("will fail: {}: {}", failure.class, failure.message),
        Action::Known(failure) => format!("is not tried again: {}: {}", failure.class, failure.message),
        Action::Skip(Skip::Done { outdated: None, .. }) => "is done".into(),
        Action::Skip(Skip::Done { outdated: Some(newer), .. }) => {
            format!("is done and outdated; {}; --refresh makes it again", newer_words(newer))
        }
        Action::Skip(Skip::Modified) => "is kept: the output was changed by somebody".into(),
        Action::Skip(Skip::Rule(rule)) => format!("is skipped: {rule}"),
    }
}

fn steps(text: &mut String, target: &Target, header: &Header) {
    for (word, decision) in trace(target, header) {
        let _ = match decision {
            Decision::Do(layout, warnings) => {
                let _ = writeln!(text, "  after {word:<10} {}", numbers(&layout));
                warnings.iter().try_for_each(|warning| writeln!(text, "        {warning}"))
            }
            Decision::Skip(rule) => writeln!(text, "  after {word:<10} skip: {rule}"),
            Decision::Fail(failure) => writeln!(text, "  after {word:<10} {}: {}", failure.class, failure.message),
        };
    }
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
