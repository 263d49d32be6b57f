//! Providers in a chain.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;

use crate::engines::EngineTable;
use crate::engines::chain::written::USE;
use crate::engines::chain::written::is_path;
use crate::engines::chain::written::options;
use crate::engines::chain::written::unknown;
use crate::options::Problem;
use crate::providers::Provider;
use crate::providers::client::NoProvider;

impl EngineTable {
    /// Reads a user's descriptor; its provider takes the place of one of the same name. Returns the name.
    ///
    /// # Errors
    /// Every mistake in the file.
    pub fn add_provider(&mut self, path: &Path) -> Result<String, NoProvider> {
        let local = &self.local;
        self.providers.add(path, |name| local.iter().any(|def| def.name == name))
    }
}

/// A provider as an entry describes it, with its name; a descriptor's path is relative to `folder`.
pub(super) fn remote(
    name: &str,
    written: &Map<String, Value>,
    table: &mut EngineTable,
    folder: &Path,
) -> Result<(String, Provider), Vec<Problem>> {
    let name = if is_path(name) { descriptor_at(name, &folder.join(name), table)? } else { name.to_owned() };
    let Some(known) = table.providers().get(&name) else {
        return Err(vec![unknown(&name, written, table)]);
    };
    Provider::read(&known.descriptor, &options(written)).map(|provider| (name, provider))
}

fn descriptor_at(named: &str, path: &Path, table: &mut EngineTable) -> Result<String, Vec<Problem>> {
    table.add_provider(path).map_err(|error| {
        let what = match error {
            NoProvider::Unreadable(why) => format!("{named} cannot be read: {why}"),
            NoProvider::Mistakes(mistakes) => {
                let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                format!("{named} describes no provider:\n{}", lines.join("\n"))
            }
        };
        vec![Problem::new(what).hint("a path is relative to the file in which it stands").under(USE)]
    })
}
