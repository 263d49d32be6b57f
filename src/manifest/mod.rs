//! What was done, kept so that it need not be done again.
//!
//! The manifest is `manifest.jsonl` in the state folder: an append-only file of one JSON object
//! a line, described in `docs/manifest.md`. [`Record`] is a line of it; [`State`] is what
//! replaying them yields for one pipeline; [`Journal`] is the one writer, which holds the lock.
//! [`Books`] is the ledger of paid calls on top of it. Start reading at [`Journal`]. Nothing here decides what a run does, and nothing prints.

mod apply;
mod blocks;
mod books;
mod budget;
mod call_record;
mod calls;
mod care;
mod claims;
mod error;
mod flush;
mod folders;
mod holdings;
mod how_made;
mod journal;
mod layout;
mod made_by;
mod month;
mod open;
mod options;
mod outcome;
mod path;
mod paths;
mod place;
mod record;
mod replay;
mod rules;
mod run_ended;
mod runs;
mod scope;
mod shelf;
mod stamp;
mod standing;
mod state;
mod tasks;
mod traces;
mod words;
mod writers;

pub use books::Books;
pub use budget::Budget;
pub use budget::Caps;
pub use budget::Reservation;
pub use call_record::CallFailed;
pub use call_record::CallFinished;
pub use call_record::CallIntent;
pub use call_record::CallSubmitted;
pub use calls::CallEntry;
pub use calls::CallStatus;
pub use calls::Calls;
pub use care::Amount;
pub use care::CacheStats;
pub use care::GcRule;
pub use care::LostResult;
pub use care::cache_gc;
pub use care::cache_stats;
pub use care::cache_verify;
pub use error::OpenError;
pub use flush::Group;
pub use holdings::Holdings;
pub use how_made::HowMade;
pub use journal::Journal;
pub use layout::RecordedLayout;
pub use made_by::MadeBy;
pub(crate) use made_by::MakersId;
pub use month::Month;
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
pub use record::RunStarted;
pub use record::Synced;
pub use record::TaskFailed;
pub use record::TaskFinished;
pub use record::TaskRefreshed;
pub use record::TaskWriting;
pub use rules::Again;
pub use rules::CallTotals;
pub use rules::Rules;
pub use run_ended::RunEnded;
pub use run_ended::Totals;
pub use runs::has_runs;
pub use scope::Scope;
pub(crate) use standing::TURNED;
pub use state::State;
pub(crate) use traces::Traces;

/// Counts what an allocation takes beside what is asked of it, about.
const ALLOCATION: usize = 16;
