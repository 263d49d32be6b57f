//! The contract of a local engine, and what it says of its work.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use crate::analysis::Measures;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::options::Field;
use crate::options::Values;
use crate::raster::Raster;

/// An engine in the table: its name, what it does, its options, how it is made.
#[derive(Debug)]
pub struct EngineDef {
    /// The word in the pipeline file.
    pub name: &'static str,
    /// One line: what it fills margins with, and when to take it.
    pub doc: &'static str,
    /// Raised whenever the pixels that the engine makes change.
    pub revision: u32,
    /// Its options.
    pub fields: &'static [Field],
    /// Engines to which it hands the work; their revisions count as its own.
    pub uses: &'static [&'static EngineDef],
    /// Makes the engine from a value for each of its options.
    pub build: fn(&Values) -> Box<dyn LocalEngine>,
}

/// Fills margins in this process, without any network. Most engines use one CPU thread and need nothing but the
/// picture. By default an engine opens nothing, all of its options count, it cannot fail, and it needs neither
/// colour nor alpha; on a canvas with alpha its margins are opaque unless it says otherwise.
pub trait LocalEngine: Send + Sync {
    /// Opens what the engine needs beside the picture, like a model, and says in words what that
    /// is: pairs of a name and what was found. What is open stays so as long as the engine lives.
    ///
    /// # Errors
    /// If something is missing, or cannot be used. Filling would fail in the same way.
    fn open(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        Ok(Vec::new())
    }

    /// Returns what of the canonical `options` of this engine decides pixels, where a file counts by its
    /// content and not by its path.
    fn decisive(&self, options: Map<String, Value>) -> Map<String, Value> {
        options
    }

    /// Fills every pixel of `canvas` outside of what is [known](FillContext::known) and leaves those inside as
    /// they are.
    ///
    /// The result depends on nothing but the size of the canvas, what the context says, the known pixels
    /// and the options; what stood in the margins does not matter. If all of the canvas is known, nothing
    /// changes. [`Chain::fill`](crate::engines::Chain::fill) asks no engine for the margins of a
    /// [cut-out](crate::engines::is_cut_out).
    ///
    /// # Errors
    /// Only of engines with [`LocalEngine::can_fail`]; the margins are then undefined.
    ///
    /// # Panics
    /// If the known part is empty or does not lie inside the canvas.
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled>;

    /// Bytes that [`LocalEngine::fill`] needs besides the canvas, as an upper bound; a pixel of
    /// the canvas has `pixel_bytes`.
    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64;

    /// Tells whether filling can fail. After an engine that cannot, a fallback is never reached.
    fn can_fail(&self) -> bool {
        false
    }

    /// Tells whether the engine says to the pixel what margins show, as a named colour does, so that it is
    /// taken at its word beside a [cut-out](crate::engines::is_cut_out) as well.
    fn is_literal(&self) -> bool {
        false
    }

    /// Tells whether the engine brings a colour that a grey canvas cannot hold. The caller widens the
    /// canvas with [`with_color`](crate::raster::with_color); otherwise the engine falls back
    /// on the colour's luma.
    fn needs_color(&self) -> bool {
        false
    }

    /// Tells whether the engine brings transparency that a canvas without alpha cannot hold. The
    /// caller widens it with [`with_alpha`](crate::raster::with_alpha); otherwise the engine
    /// leaves the transparency out.
    fn needs_alpha(&self) -> bool {
        false
    }
}

/// Says what of a canvas is known to the engine that fills the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FillContext<'a> {
    /// The part of the canvas on which the source's pixels stand, in pixels of the canvas.
    pub known: Rect,
    /// Says what measures have found in the whole source, of which the canvas may show a part; nothing unless a stage
    /// of the pipeline needs some.
    pub measures: &'a Measures,
}

impl<'a> FillContext<'a> {
    /// Returns the context of a canvas of which this part is known, and nothing else.
    #[must_use]
    pub fn new(known: Rect) -> Self {
        FillContext { known, measures: Measures::none() }
    }

    /// Returns the same with what measures have found.
    #[must_use]
    pub fn with_measures(self, measures: &'a Measures) -> Self {
        FillContext { measures, ..self }
    }
}

impl From<Rect> for FillContext<'_> {
    fn from(known: Rect) -> Self {
        FillContext::new(known)
    }
}

/// Says what became of the margins.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The engine that did it: where one chooses among others, the chosen one.
    pub engine: Cow<'static, str>,
    /// Holds what an engine that looks at its own work says of it. Where this one does not: what the last
    /// one said that left the margins to it.
    pub judgement: Option<Judgement>,
}

/// Says why an engine has not filled the margins.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfilled {
    /// The engine's reason.
    pub failure: Failure,
    /// Holds what an engine that is not sure enough says of the work that it leaves to another.
    pub judgement: Option<Judgement>,
}

impl From<Failure> for Unfilled {
    fn from(failure: Failure) -> Unfilled {
        Unfilled { failure, judgement: None }
    }
}

impl Filled {
    /// Filled by the engine of this name, which does not judge.
    #[must_use]
    pub fn by(engine: impl Into<Cow<'static, str>>) -> Filled {
        Filled { engine: engine.into(), judgement: None }
    }

    /// The same after an engine that said this and left the margins to it.
    #[must_use]
    pub fn after(self, earlier: Option<Judgement>) -> Filled {
        Filled { judgement: self.judgement.or(earlier), ..self }
    }
}

/// Says how sure an engine is that its margins are not seen to be made, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// From 0, surely bad, to 1, surely good.
    pub confidence: f64,
    /// Says what was measured, by name.
    pub gates: BTreeMap<&'static str, f64>,
}
