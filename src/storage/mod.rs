//! Where bytes come from and where they go: the input tree and the output folder.
//!
//! [`Discovery`] finds the sources below the input root and counts what it leaves alone; the
//! [`Inbox`] opens them;
//! [`Outbox`] puts an output in place so that a file under its final name is
//! always whole; the [`Cache`] keeps paid results. An [`Mtime`] helps the manifest recognise a file again.
//! Nothing here knows of the manifest, and nothing prints. File names are bytes, as on Unix:
//! one that is not UTF-8 is as good as any other.

mod cache;
mod discover;
pub(crate) mod folder;
mod folding;
mod ignored;
mod inbox;
mod leftover;
mod mtime;
mod outbox;
mod place;
mod real_places;
mod removal;
mod source_file;
mod temporary;
mod trace;
mod ways;

pub use cache::Cache;
pub use cache::CacheFile;
pub use cache::Kept;
pub use discover::Discovery;
pub use discover::Found;
pub(crate) use folding::Folding;
pub use ignored::Ignored;
pub use inbox::Inbox;
pub(crate) use inbox::changed;
pub use mtime::Mtime;
pub use outbox::Outbox;
pub use place::Place;
pub(crate) use real_places::RealPlaces;
pub(crate) use removal::Removal;
pub use source_file::SourceFile;
pub use temporary::Committed;
pub use temporary::Temp;
pub(crate) use temporary::close;
pub use temporary::temp_name;
pub(crate) use trace::Mark;
pub use trace::Trace;
pub(crate) use ways::absolute;
pub(crate) use ways::way;
