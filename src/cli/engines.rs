//! `engines`: what fills margins.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;

use crate::batch::exit;
use crate::cli::args::EnginesArgs;
use crate::cli::args::Listing;
use crate::cli::args::TestArgs;
use crate::cli::print::data;
use crate::cli::print::error;
use crate::cli::print::mistakes;
use crate::cli::providers::registry;
use crate::cli::providers::test_provider;
use crate::engines;
use crate::engines::Chain;
use crate::engines::EngineTable;
use crate::options::Problem;
use crate::options::nearest;
use crate::report;

/// Lists engines and providers, or shows one.
pub(super) fn engines(args: &EnginesArgs) -> u8 {
    let registry = match registry(&args.engines) {
        Ok(registry) => registry,
        Err(code) => return code,
    };
    let table = registry.engines();
    for provider in table.providers().iter() {
        mistakes("warning", &provider.warnings);
    }
    match &args.what {
        Some(Listing::Test(test)) => match table.find(&test.name) {
            Some(_) => test_local(table, test, args.json),
            None => match table.providers().get(&test.name) {
                Some(entry) => test_provider(entry, test, args.json),
                None => unknown(table, &test.name),
            },
        },
        Some(Listing::Show { name }) => show(table, name, args.json),
        Some(Listing::List) | None if args.json => data(&report::engines_json(table).to_string(), exit::DONE),
        Some(Listing::List) | None => data(&report::engines_text(table), exit::DONE),
    }
}

fn test_local(table: &EngineTable, test: &TestArgs, json: bool) -> u8 {
    let name = &test.name;
    let written = match written(test) {
        Ok(written) => written,
        Err(twice) => {
            error(&format!("`{twice}` is said twice"));
            return exit::REFUSED;
        }
    };
    let resolved = match engines::resolve(&Value::Object(written), &mut table.clone(), Path::new("")) {
        Ok(resolved) => resolved,
        Err(problems) => {
            for Problem { message, hint, .. } in problems {
                error(&hint.map_or_else(|| message.clone(), |hint| format!("{message}\nhint: {hint}")));
            }
            return exit::REFUSED;
        }
    };
    match engines::try_local(&Chain::build(&resolved, table)) {
        Ok(trial) => {
            let code = if trial.fits() { exit::DONE } else { exit::FAILED };
            data(&if json { report::trial_json(&trial).to_string() } else { report::trial_text(&trial) }, code)
        }
        Err(failure) => {
            error(&format!("{name} cannot be used: {failure}"));
            exit::FAILED
        }
    }
}

/// Returns the engine as a pipeline would name it. The error names what was said twice.
fn written(test: &TestArgs) -> Result<Map<String, Value>, &str> {
    let name = ("use", Value::from(test.name.as_str()));
    let model = test.model.iter().map(|model| ("model", model.as_str().into()));
    let options = test.option.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let mut written = Map::new();
    for (key, value) in [name].into_iter().chain(model).chain(options) {
        if written.insert(key.to_owned(), value).is_some() {
            return Err(key);
        }
    }
    Ok(written)
}

fn show(table: &EngineTable, name: &str, json: bool) -> u8 {
    let shown = match (table.find(name), table.providers().get(name)) {
        (Some(engine), _) if json => report::engine_json(engine).to_string(),
        (Some(engine), _) => report::engine_text(engine),
        (None, Some(entry)) if json => report::provider_json(entry).to_string(),
        (None, Some(entry)) => report::provider_text(entry),
        (None, None) => return unknown(table, name),
    };
    data(&shown, exit::DONE)
}

/// Says that there is no engine of this name.
fn unknown(table: &EngineTable, name: &str) -> u8 {
    let known = table.names();
    let hint = nearest(name, &known).map_or_else(|| known.join(", "), |near| format!("did you mean {near}?"));
    error(&format!("there is no engine `{name}`\nhint: {hint}"));
    exit::REFUSED
}
