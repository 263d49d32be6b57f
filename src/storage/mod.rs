//! Brings bytes from where sources are and to where outputs go.
//!
//! A [`SourceStore`] lists and opens sources, an [`OutputStore`] puts outputs in place so that a file under its final
//! name is always whole; `folder/` has both for folders: [`Inbox`] and [`Outbox`]. A [`Stamp`] helps the manifest
//! recognise a file again. The [`Cache`] keeps paid results.
//! Nothing here knows of the manifest, and nothing prints. File names are bytes, as on Unix:
//! one that is not UTF-8 is as good as any other.

mod cache;
mod cache_fault;
mod committed;
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

pub use cache::Cache;
pub(crate) use cache::CacheFile;
pub use cache::StoredResult;
pub use cache_fault::CacheFault;
pub use committed::Committed;
pub use committed::Durable;
pub(crate) use folder::Identity;
pub use folder::Inbox;
pub use folder::Outbox;
pub use folder::Temp;
pub use folder::temp_name;
pub use folding::Folding;
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
