//! Providers on the command line.

use crate::batch::exit;
use crate::batch::try_provider;
use crate::cli::args::EngineFiles;
use crate::cli::args::TestArgs;
use crate::cli::print::data;
use crate::cli::print::error;
use crate::cli::print::mistakes;
use crate::pipeline::Registry;
use crate::providers::ProviderEntry;
use crate::providers::client::NoProvider;
use crate::providers::client::Tested;
use crate::report::tested::tested_json;
use crate::report::tested::tested_text;

/// Asks a provider whether it can be reached and takes the key; the exit code.
pub(super) fn test_provider(entry: &ProviderEntry, test: &TestArgs, json: bool) -> u8 {
    let name = &test.name;
    if test.model.is_some() || !test.option.is_empty() {
        error(&format!("{name} is a provider: it is tested without --model and --option"));
        return exit::REFUSED;
    }
    let tested = match try_provider(&entry.descriptor) {
        Ok(tested) => tested,
        Err(why) => {
            error(&format!("{name} cannot be asked: {why}"));
            return exit::REFUSED;
        }
    };
    let code = if matches!(tested, Tested::Accepted) { exit::DONE } else { exit::FAILED };
    let shown = if json { tested_json(name, &tested).to_string() } else { tested_text(name, &tested) };
    data(&shown, code)
}

/// Returns the stages and engines there are, with the providers of these files, or the exit code after every mistake in
/// them was printed.
pub(super) fn registry(files: &EngineFiles) -> Result<Registry, u8> {
    let mut registry = Registry::built_in();
    let mut is_sound = true;
    for file in &files.engine_file {
        match registry.engines_mut().add_provider(file) {
            Ok(_) => continue,
            Err(NoProvider::Unreadable(why)) => {
                error(&format!("could not read the descriptor {}: {why}", file.display()));
            }
            Err(NoProvider::Mistakes(found)) => mistakes("error", &found),
        }
        is_sound = false;
    }
    if is_sound { Ok(registry) } else { Err(exit::REFUSED) }
}
