//! The engines that a pipeline can name.

use crate::engines::EngineDef;
use crate::engines::LOCAL;
use crate::engines::WITH_MODEL;
use crate::providers::ProviderTable;

/// Holds the engines that a pipeline can name: those of this machine, and providers.
#[derive(Debug, Clone)]
pub struct EngineTable {
    pub(super) local: Vec<&'static EngineDef>,
    pub(super) providers: ProviderTable,
}

impl EngineTable {
    /// Returns the engines and providers that are compiled in.
    #[must_use]
    pub fn built_in() -> Self {
        let local = LOCAL.iter().chain(WITH_MODEL).copied().collect();
        EngineTable { local, providers: ProviderTable::built_in() }
    }

    /// Adds an engine of the caller's.
    ///
    /// # Panics
    /// If its name is taken.
    #[must_use]
    pub fn with_local(mut self, def: &'static EngineDef) -> Self {
        assert!(!self.names().contains(&def.name), "there is an engine called `{}`", def.name);
        self.local.push(def);
        self
    }

    /// Returns the engines of this machine.
    pub fn local(&self) -> impl Iterator<Item = &'static EngineDef> {
        self.local.iter().copied()
    }

    /// Returns the engine of this machine that is called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static EngineDef> {
        self.local().find(|def| def.name == name)
    }

    /// Returns the providers.
    #[must_use]
    pub fn providers(&self) -> &ProviderTable {
        &self.providers
    }

    /// Returns the names of all, local ones first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let remote = self.providers.iter().map(|entry| entry.descriptor.provider.as_str());
        self.local().map(|def| def.name).chain(remote).collect()
    }
}
