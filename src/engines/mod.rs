//! Engines, which fill margins.
//!
//! An engine gets a canvas of the output's size on which the source's pixels already stand,
//! and fills the rest. It never touches the source. Local engines are in [`local`], one file each
//! with one line in `LOCAL` or `WITH_MODEL`; providers, which are asked and paid, are a module of their
//! own. What a user writes as `outpaint.engine`, one engine or several of which the next is
//! the fallback, is a [`Chain`]. An [`EngineTable`] says which
//! engine a name means; another crate adds its own by
//! [`Registry::with_engine`](crate::pipeline::Registry::with_engine).

#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod chain;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod cutout;
mod engine;
pub mod local;
mod table;
#[cfg(feature = "cli")]
mod trial;

pub use chain::Chain;
pub(crate) use chain::ChainFailure;
pub(crate) use chain::ENGINE;
pub(crate) use chain::Link;
pub(crate) use chain::MissingFile;
pub(crate) use chain::Unreachable;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use chain::engine_schemas;
#[cfg(not(feature = "internal"))]
pub(crate) use chain::engine_schemas;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use chain::resolve;
#[cfg(not(feature = "internal"))]
pub(crate) use chain::resolve;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use cutout::TRANSPARENT;
#[cfg(not(feature = "internal"))]
pub(crate) use cutout::TRANSPARENT;
pub use cutout::is_cut_out;
pub(crate) use cutout::leave_clear;
pub use engine::EngineDef;
pub use engine::FillContext;
pub use engine::Filled;
pub use engine::Judgement;
pub use engine::LocalEngine;
pub use engine::Unfilled;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use local::LOCAL;
#[cfg(not(feature = "internal"))]
pub(crate) use local::LOCAL;
pub(crate) use local::WITH_MODEL;
pub use table::EngineTable;
#[cfg(feature = "cli")]
pub(crate) use trial::Trial;
#[cfg(feature = "cli")]
pub(crate) use trial::try_local;
