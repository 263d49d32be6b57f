//! Engines: a line each, or one with all its options.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::engines::EngineDef;
use crate::engines::EngineTable;
use crate::engines::Trial;
use crate::error::printable;
use crate::report::provider::providers_json;
use crate::report::provider::providers_text;
use crate::report::text::time;

/// Returns all engines and providers: a line for each engine, and two for each provider.
#[must_use]
pub fn engines_text(table: &EngineTable) -> String {
    let mut text = String::new();
    for engine in table.local() {
        let _ = writeln!(text, "{:<20}local     free  {}", engine.name, engine.doc);
    }
    text.push_str(&providers_text(table.providers()));
    text
}

/// Returns the same as one object.
#[must_use]
pub fn engines_json(table: &EngineTable) -> Value {
    let engines: Vec<Value> = table.local().map(engine_json).chain(providers_json(table.providers())).collect();
    json!({ "engines": engines })
}

/// Returns a local engine with its options.
#[must_use]
pub fn engine_text(engine: &EngineDef) -> String {
    let mut text = format!(
        "{}: {}\nruns on this machine, costs nothing, has no limits of its own\nrevision {}\n",
        engine.name, engine.doc, engine.revision
    );
    for field in engine.fields {
        let default = field.default.unwrap_or("none");
        let _ = writeln!(text, "  {:<10} {} (default {default}): {}", field.name, field.kind.expected(), field.doc);
    }
    text
}

/// Returns the same as one object.
#[must_use]
pub fn engine_json(engine: &EngineDef) -> Value {
    let option = |field: &crate::options::Field| {
        json!({
            "name": field.name,
            "takes": field.kind.expected(),
            "default": field.default,
            "doc": field.doc,
        })
    };
    json!({
        "name": engine.name,
        "kind": "local",
        "doc": engine.doc,
        "revision": engine.revision,
        "options": engine.fields.iter().map(option).collect::<Vec<_>>(),
    })
}

/// Returns the result of a local engine's trial.
#[must_use]
pub(crate) fn trial_text(trial: &Trial) -> String {
    let found = match trial.fits() {
        true => "works".to_owned(),
        false => format!("answers, but its margins do not fit: {:.1} levels at the seam", trial.seam),
    };
    let mut text = format!("{} {found}\n", trial.engine);
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11}{}", printable(value));
    };
    for (name, value) in &trial.opened {
        row(name, value);
    }
    let (took, pace) = (time(trial.filling), trial.filling.as_secs_f64() / trial.megapixels);
    row("filled", &format!("{:.2} MP of {} in {took}, {pace:.2} s per MP", trial.megapixels, trial.canvas));
    row("seam", &format!("{:.1} levels from a soft gradient to its margins", trial.seam));
    text
}

/// Returns the same as one object.
#[must_use]
pub(crate) fn trial_json(trial: &Trial) -> Value {
    let opened: serde_json::Map<String, Value> =
        trial.opened.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    json!({
        "engine": trial.engine,
        "result": if trial.fits() { "works" } else { "does_not_fit" },
        "opened": opened,
        "canvas": trial.canvas.to_string(),
        "megapixels": trial.megapixels,
        "filling_s": trial.filling.as_secs_f64(),
        "seam": trial.seam,
    })
}
