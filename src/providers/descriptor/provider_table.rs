//! The providers there are: those compiled in, and those that users bring.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

use serde_json::Value;
use serde_json::json;

use crate::document::Document;
use crate::document::Mistakes;
use crate::options::Problem;
use crate::options::map_schema;
use crate::providers::Descriptor;
use crate::providers::descriptor::CANCEL;
use crate::providers::descriptor::DESCRIPTOR;
use crate::providers::descriptor::parse;

include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// Providers by name.
#[derive(Debug, Clone)]
pub struct ProviderTable {
    pub(in crate::providers) providers: BTreeMap<String, ProviderEntry>,
}

/// A provider and where its descriptor comes from.
#[derive(Debug, Clone)]
pub struct ProviderEntry {
    /// The descriptor.
    pub descriptor: Arc<Descriptor>,
    /// Its file, if it is a user's; none if it was compiled in.
    pub file: Option<PathBuf>,
    /// Warnings of what in the file has no effect.
    pub warnings: Mistakes,
}

impl ProviderTable {
    /// Returns the providers that are compiled in.
    ///
    /// # Panics
    /// If one of them is wrong, which a test rules out.
    #[must_use]
    pub fn built_in() -> ProviderTable {
        static BUILT_IN: OnceLock<ProviderTable> = OnceLock::new();
        let read = |(name, text): &(&str, &str)| {
            let document = Document::new(Path::new(name), (*text).to_owned());
            let problems = |found: Vec<Problem>| document.mistakes(&found);
            match document.values().and_then(|values| parse(&values).map_err(problems)) {
                Ok(descriptor) => {
                    let (name, descriptor) = (descriptor.provider.clone(), Arc::new(descriptor));
                    (name, ProviderEntry { descriptor, file: None, warnings: Mistakes::default() })
                }
                Err(mistakes) => {
                    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                    panic!("a compiled-in descriptor is wrong:\n{}", lines.join("\n"))
                }
            }
        };
        BUILT_IN.get_or_init(|| ProviderTable { providers: FILES.iter().map(read).collect() }).clone()
    }

    /// Returns the provider called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ProviderEntry> {
        self.providers.get(name)
    }

    /// Returns every provider, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderEntry> {
        self.providers.values()
    }
}

/// Advice on getting a program that asks providers, for one that does not.
pub const HOW_TO_ASK: &str = "build recanvas with its feature `providers`, which is on unless it is left out";

/// Returns the JSON Schema (draft 2020-12) of a descriptor file.
#[must_use]
pub fn provider_schema() -> Value {
    let mut schema = map_schema(DESCRIPTOR, "a provider of outpainting, as data");
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("recanvas provider");
    // The program takes it with a warning, and an editor that called it an error would contradict that.
    schema["properties"][CANCEL] =
        json!({"deprecated": true, "description": "has no effect: calls are never cancelled"});
    schema
}
