//! The value of `outpaint.engine`: which engine, and which one if it fails.

#[cfg(not(feature = "providers"))]
#[path = "absent.rs"]
mod remote;

mod parse;
#[cfg(feature = "providers")]
mod remote;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::engines::EngineDef;
use crate::engines::EngineTable;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::is_cut_out;
use crate::engines::leave_clear;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::options::Color;
use crate::options::Values;
use crate::providers::PARAMS;
use crate::providers::Provider;
use crate::providers::RESULT_REVISION;
use crate::raster::Raster;
use remote::remote;
use written::USE;

pub(crate) use parse::ENGINE;
pub use parse::engine_schemas;
pub use parse::resolve;

/// Engines in the order in which they are tried; by default none.
#[derive(Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
}

/// One engine of a chain.
#[derive(Debug)]
pub enum Link {
    /// One that works here.
    Local(LocalLink),
    /// One that is asked and paid.
    Remote(Arc<Provider>),
}

/// A local engine with its options.
pub struct LocalLink {
    def: &'static EngineDef,
    engine: Box<dyn LocalEngine>,
}

/// Failure of all local engines to fill the margins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChainFailure {
    /// Failure of each engine that was tried, with its name.
    pub said: Vec<(String, Failure)>,
    /// Judgement of the last engine that was not sure enough of its work; see [`Filled::after`].
    pub judgement: Option<Judgement>,
    /// The link of the provider whose turn it is; none at the end of the chain.
    pub provider: Option<usize>,
}

impl ChainFailure {
    /// Tells whether the last engine was told to stop, so that the next one is not wanted.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        self.said.last().is_some_and(|(_, failure)| failure.class == Class::Interrupted)
    }

    /// Gathers what engines said, at the end of a chain.
    #[must_use]
    pub fn of(said: &[(String, Failure)]) -> ChainFailure {
        ChainFailure { said: said.to_vec(), ..ChainFailure::default() }
    }

    /// A line for each engine, which begins with its name.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |(name, failure): &(String, Failure)| {
            let text = failure.to_string();
            // What a service says begins with the provider's name already.
            if text.starts_with(&format!("{name}: ")) { text } else { format!("{name}: {text}") }
        };
        self.said.iter().map(line).collect()
    }

    /// All of it as one failure, of the class of the last.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let class = self.said.last().map_or(Class::Internal, |(_, failure)| failure.class);
        Failure::new(class, self.lines().join("; "))
    }
}

/// An engine that is listed and can never have its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Its place in the list, counted from 0.
    pub index: usize,
    /// The engine.
    pub engine: String,
    /// The engine before it that always succeeds.
    pub behind: &'static str,
}

/// An engine that lacks what it needs beside the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// Its place in the list, counted from 0.
    pub index: usize,
    /// The engine.
    pub engine: &'static str,
    /// Failure that says what the engine lacks.
    pub failure: Failure,
}

impl fmt::Debug for LocalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalLink").field("name", &self.def.name).finish_non_exhaustive()
    }
}

impl LocalLink {
    /// The engine's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.def.name
    }

    /// The engine's place in the table.
    #[must_use]
    pub fn definition(&self) -> &'static EngineDef {
        self.def
    }

    /// The engine, made of its options.
    #[must_use]
    pub fn engine(&self) -> &dyn LocalEngine {
        &*self.engine
    }
}

impl Link {
    /// The engine's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Link::Local(local) => local.def.name,
            Link::Remote(provider) => provider.name(),
        }
    }

    fn definition(&self) -> Option<&'static EngineDef> {
        match self {
            Link::Local(local) => Some(local.def),
            Link::Remote(_) => None,
        }
    }

    fn can_fail(&self) -> bool {
        match self {
            Link::Local(local) => local.engine.can_fail(),
            Link::Remote(_) => true,
        }
    }
}

impl Chain {
    /// The engines of a canonical value of kind `ENGINE`, resolved with this
    /// table.
    ///
    /// # Panics
    /// If the value is not canonical.
    #[must_use]
    pub fn build(engines: &Value, table: &EngineTable) -> Chain {
        let read = |entry: &Value| {
            let entry = entry.as_object()?;
            let name = entry.get(USE)?.as_str()?;
            let Some(def) = table.find(name) else {
                let (_, provider) = remote(name, entry, &mut table.clone(), Path::new("")).ok()?;
                return Some(Link::Remote(Arc::new(provider)));
            };
            let option = |name: &'static str| entry.get(name).map(|value| (name, value.clone()));
            let values = def.fields.iter().map(|field| option(field.name)).collect::<Option<Values>>()?;
            Some(Link::Local(LocalLink { def, engine: (def.build)(&values) }))
        };
        let links = engines.as_array().and_then(|entries| entries.iter().map(read).collect());
        let Some(links) = links else { panic!("a canonical list of engines, not {engines}") };
        Chain { links }
    }

    /// The engines, in the order in which they are tried.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The providers among them.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.links.iter().filter_map(|link| match link {
            Link::Local(_) => None,
            Link::Remote(provider) => Some(provider),
        })
    }

    /// The link of the provider that may have its turn from the `first` link on: it stands there,
    /// or behind local engines that can all fail.
    #[must_use]
    pub fn next_provider(&self, first: usize) -> Option<usize> {
        let is_local = |link: &Link| matches!(link, Link::Local(_));
        let mut rest = self.links.iter().enumerate().skip(first);
        let (at, link) = rest.find(|(_, link)| !(is_local(link) && link.can_fail()))?;
        (!is_local(link)).then_some(at)
    }

    /// Tells whether the margins of a [cut-out](is_cut_out) are left transparent: unless the first engine
    /// is to be taken [at its word](LocalEngine::is_literal).
    #[must_use]
    pub fn clears_cut_outs(&self) -> bool {
        !matches!(self.links.first(), Some(Link::Local(local)) if local.engine.is_literal())
    }

    /// Leaves the margins of a cut-out transparent, as far as the canvas has alpha to tell it by, and
    /// has all others [filled by engines](Chain::fill_by_engine).
    ///
    /// # Errors
    /// As [`Chain::fill_by_engine`].
    pub fn fill(&self, first: usize, canvas: &mut Raster, known: Rect) -> Result<Filled, ChainFailure> {
        if self.clears_cut_outs() && is_cut_out(canvas, known) {
            return Ok(leave_clear(canvas, known, Color::WHITE));
        }
        self.fill_by_engine(first, canvas, known)
    }

    /// Fills the margins with the first engine that succeeds, from the `first` link on and up
    /// to the next provider, which is asked elsewhere; see [`LocalEngine::fill`].
    ///
    /// # Errors
    /// Returns the failures of the engines; [`Class::Interrupted`] at once, because then nothing wants the
    /// next one.
    pub fn fill_by_engine<'a>(
        &self,
        first: usize,
        canvas: &mut Raster,
        context: impl Into<FillContext<'a>>,
    ) -> Result<Filled, ChainFailure> {
        let (mut unfilled, context) = (ChainFailure::default(), context.into());
        for (index, link) in self.links.iter().enumerate().skip(first) {
            let Link::Local(LocalLink { def, engine }) = link else {
                unfilled.provider = Some(index);
                break;
            };
            match engine.fill(canvas, &context) {
                Ok(filled) => return Ok(filled.after(unfilled.judgement)),
                Err(Unfilled { failure, judgement }) => {
                    unfilled.said.push((def.name.to_owned(), failure));
                    unfilled.judgement = judgement.or(unfilled.judgement);
                    if unfilled.is_stop() {
                        break;
                    }
                }
            }
        }
        Err(unfilled)
    }

    /// Name and revision of every engine that may make pixels, each once, in the order in
    /// which they are first met.
    #[must_use]
    pub fn revisions(&self) -> Vec<(String, u32)> {
        let mut revisions: Vec<(String, u32)> = Vec::new();
        let mut waiting: Vec<&'static EngineDef> = self.links.iter().rev().filter_map(Link::definition).collect();
        while let Some(def) = waiting.pop() {
            if !revisions.iter().any(|(name, _)| name == def.name) {
                revisions.push((def.name.to_owned(), def.revision));
                waiting.extend(def.uses.iter().rev());
            }
        }
        for provider in self.providers() {
            revisions.push((provider.name().to_owned(), provider.descriptor.revision));
            revisions.push(("result".to_owned(), RESULT_REVISION));
        }
        revisions
    }

    /// Returns what of the canonical value that this chain was built from decides pixels: everything but
    /// the terms of providers and the limits of engines.
    #[must_use]
    pub fn what_decides_pixels(&self, engines: &Value) -> Value {
        let decides = |(link, entry): (&Link, &Value)| {
            let Value::Object(entry) = entry else { return entry.clone() };
            let kept = |is_kept: &dyn Fn(&str) -> bool| -> Map<String, Value> {
                let kept = entry.iter().filter(|(key, _)| is_kept(key));
                kept.map(|(key, value)| (key.clone(), value.clone())).collect()
            };
            Value::Object(match link {
                Link::Local(LocalLink { def, engine }) => {
                    let is_limit = |key: &str| def.fields.iter().any(|field| field.name == key && field.is_limit);
                    engine.decisive(kept(&|key| !is_limit(key)))
                }
                Link::Remote(_) => kept(&|key| [USE, PARAMS].contains(&key)),
            })
        };
        self.links.iter().zip(engines.as_array().into_iter().flatten()).map(decides).collect()
    }

    /// The engines that cannot be opened; see [`LocalEngine::open`].
    #[must_use]
    pub fn missing(&self) -> Vec<MissingFile> {
        let missing = |(index, link): (usize, &Link)| match link {
            Link::Local(LocalLink { def, engine }) => {
                let failure = engine.open().err()?;
                Some(MissingFile { index, engine: def.name, failure })
            }
            Link::Remote(_) => None,
        };
        self.links.iter().enumerate().filter_map(missing).collect()
    }

    /// Bytes that filling needs besides the canvas; see [`LocalEngine::scratch_bytes`]. The
    /// engines work one after the other, so the neediest counts.
    #[must_use]
    pub fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        self.locals().map(|link| link.engine.scratch_bytes(canvas, known, pixel_bytes)).max().unwrap_or(0)
    }

    /// Tells whether a grey canvas must be given colour first; see [`LocalEngine::needs_color`].
    #[must_use]
    pub fn needs_color(&self) -> bool {
        self.locals().any(|link| link.engine.needs_color())
    }

    /// Tells whether a canvas without alpha must be given it first; see [`LocalEngine::needs_alpha`].
    #[must_use]
    pub fn needs_alpha(&self) -> bool {
        self.locals().any(|link| link.engine.needs_alpha())
    }

    /// The engines that are listed behind one that always succeeds.
    #[must_use]
    pub fn unreachable(&self) -> Vec<Unreachable> {
        let Some(last) = self.links.iter().position(|link| !link.can_fail()) else { return Vec::new() };
        let Link::Local(LocalLink { def, .. }) = &self.links[last] else { return Vec::new() };
        let rest = self.links.iter().enumerate().skip(last + 1);
        rest.map(|(index, link)| Unreachable { index, engine: link.name().to_owned(), behind: def.name }).collect()
    }

    /// The local engines that can have their turn.
    fn locals(&self) -> impl Iterator<Item = &LocalLink> {
        let end = self.links.iter().position(|link| !link.can_fail()).map_or(self.links.len(), |last| last + 1);
        self.links[..end].iter().filter_map(|link| match link {
            Link::Local(local) => Some(local),
            Link::Remote(_) => None,
        })
    }
}
