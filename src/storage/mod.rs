//! Where bytes come from and where they go: the input tree and the output folder.
//!
//! [`Discovery`] finds the sources below the input root and counts what it leaves alone; the
//! [`Inbox`] opens them;
//! [`Outbox`] puts an output in place so that a file under its final name is
//! always whole; the [`Cache`] keeps paid results. An [`Mtime`] helps the manifest recognise a file again.
//! Nothing here knows of the manifest, and nothing prints. File names are bytes, as on Unix:
//! one that is not UTF-8 is as good as any other.

mod cache;
mod committed;
mod folder;
mod folding;
mod ignored;
mod mtime;
mod place;
mod real_places;
mod removal;
mod source_file;
mod stamp;
mod ways;

pub use cache::Cache;
pub use cache::CacheFile;
pub use cache::Kept;
pub use committed::Committed;
pub use committed::Durable;
pub use folder::Discovery;
pub use folder::Found;
pub(crate) use folder::Identity;
pub use folder::Inbox;
pub use folder::Outbox;
pub use folder::Temp;
pub(crate) use folder::changed;
pub(crate) use folder::close;
pub use folder::temp_name;
pub use folding::Folding;
pub use ignored::Ignored;
pub use mtime::Mtime;
pub use place::Place;
pub(crate) use real_places::RealPlaces;
pub use removal::Removal;
pub use source_file::SourceFile;
pub use stamp::KnownStamp;
pub(crate) use stamp::Mark;
pub use stamp::Stamp;
pub use stamp::Trace;
pub(crate) use ways::absolute;
pub(crate) use ways::way;
