//! Providers on the command line of a build without the feature `providers`: it has none, and says so.

use crate::batch::exit;
use crate::cli::args::EngineFiles;
use crate::cli::args::TestArgs;
use crate::cli::print::error;
use crate::pipeline::Registry;
use crate::providers::HOW_TO_ASK;
use crate::providers::ProviderEntry;

pub(super) fn test_provider(entry: &ProviderEntry, _: &TestArgs, _json: bool) -> u8 {
    error(&format!("`{}` is a provider, and this build has none\nhint: {HOW_TO_ASK}", entry.descriptor.provider));
    exit::REFUSED
}

pub(super) fn registry(files: &EngineFiles) -> Result<Registry, u8> {
    let Some(file) = files.engine_file.first() else { return Ok(Registry::built_in()) };
    error(&format!("{} describes a provider, and this build has none\nhint: {HOW_TO_ASK}", file.display()));
    Err(exit::REFUSED)
}
