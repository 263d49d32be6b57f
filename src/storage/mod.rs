//! Brings bytes from where sources are and to where outputs go.
//!
//! A [`SourceStore`] lists and opens sources, an [`OutputStore`] puts outputs in place so that a file under its final
//! name is always whole; `folder/` has both for folders: `Inbox` and `Outbox`. A [`Stamp`] helps the manifest
//! recognise a file again. The `Cache` keeps paid results.
//! Nothing here knows of the manifest, and nothing prints. File names are bytes, as on Unix:
//! one that is not UTF-8 is as good as any other.

#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod cache;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod cache_fault;
mod committed;
#[cfg_attr(
    not(feature = "internal"),
    allow(dead_code, unreachable_pub, unused_imports, reason = "public where tests ask for it")
)]
pub(crate) mod folder;
mod folding;
mod ignored;
mod mtime;
mod output_store;
mod place;
mod real_places;
mod removal;
mod selection;
mod source_file;
mod source_store;
mod stamp;
mod ways;

#[cfg(feature = "internal")]
#[doc(hidden)]
pub use cache::Cache;
#[cfg(not(feature = "internal"))]
pub(crate) use cache::Cache;
pub(crate) use cache::CacheFile;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use cache::StoredResult;
#[cfg(not(feature = "internal"))]
pub(crate) use cache::StoredResult;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use cache_fault::CacheFault;
#[cfg(not(feature = "internal"))]
pub(crate) use cache_fault::CacheFault;
pub use committed::Committed;
pub use committed::Durable;
pub(crate) use folder::Identity;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use folder::Inbox;
#[cfg(not(feature = "internal"))]
pub(crate) use folder::Inbox;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use folder::Outbox;
#[cfg(not(feature = "internal"))]
pub(crate) use folder::Outbox;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use folder::Temp;
#[cfg(not(feature = "internal"))]
pub(crate) use folder::Temp;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use folder::temp_name;
pub(crate) use folding::Folding;
pub use ignored::Ignored;
pub use mtime::Mtime;
pub use mtime::MtimeError;
pub use output_store::OutputStore;
pub use output_store::PreparedOutput;
pub use place::OutputPlace;
pub(crate) use real_places::RealPlaces;
pub use removal::Removal;
pub(crate) use selection::Included;
pub use selection::Selection;
pub use source_file::SourceFile;
pub use source_store::IsKnown;
pub use source_store::SourceReader;
pub use source_store::SourceStore;
pub use source_store::Visit;
pub use source_store::changed;
pub(crate) use stamp::KnownStamp;
pub(crate) use stamp::Mark;
pub use stamp::Stamp;
pub use stamp::Trace;
pub(crate) use ways::absolute;
pub(crate) use ways::way;
