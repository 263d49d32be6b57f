//! Says what stands for providers in a chain in a build without the feature `providers`: a mistake.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;

use crate::engines::EngineTable;
use crate::engines::chain::written::at_name;
use crate::engines::chain::written::is_path;
use crate::engines::chain::written::unknown;
use crate::options::Problem;
use crate::providers::HOW_TO_ASK;
use crate::providers::Provider;

pub(super) fn remote(
    name: &str,
    written: &Map<String, Value>,
    table: &mut EngineTable,
    _folder: &Path,
) -> Result<(String, Provider), Vec<Problem>> {
    if !is_path(name) && table.providers().get(name).is_none() {
        return Err(vec![unknown(name, written, table)]);
    }
    let problem = Problem::new(format!("`{name}` is a provider, and this build has none")).hint(HOW_TO_ASK).at_value();
    Err(vec![at_name(problem, written)])
}
