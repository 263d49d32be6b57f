//! What was done, kept so that it need not be done again.
//!
//! The manifest is `manifest.jsonl` in the state folder: an append-only file of one JSON object
//! a line, described in `docs/manifest.md`. [`Record`] is a line of it; [`State`] is what
//! replaying them yields for one pipeline; [`Journal`] is the one writer, which holds the lock.
//! Start reading at [`Journal`]. Nothing here decides what a run does, and nothing prints.

mod error;
mod flush;
mod journal;
mod layout;
mod lines;
mod open;
mod outcome;
mod path;
mod record;
mod state;

pub use error::OpenError;
pub use journal::Group;
pub use journal::Journal;
pub use layout::RecordedLayout;
pub use outcome::Claim;
pub use outcome::Done;
pub use outcome::Ended;
pub use outcome::Failed;
pub use outcome::Outcome;
pub use outcome::Pending;
pub use outcome::Run;
pub use outcome::Written;
pub use path::RecordedPath;
pub use record::FORMAT_VERSION;
pub use record::Options;
pub use record::Record;
pub use record::RecordError;
pub use record::RunEnded;
pub use record::RunStarted;
pub use record::Synced;
pub use record::TaskFailed;
pub use record::TaskFinished;
pub use record::TaskRefreshed;
pub use record::TaskWriting;
pub use record::Totals;
pub use state::State;
