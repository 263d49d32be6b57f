//! Texts that people and other programs get to read. Observers of a run, and the texts of results;
//! nothing here decides anything.

#[cfg(not(feature = "providers"))]
#[path = "absent.rs"]
mod provider;

mod bar;
mod because;
mod cache;
mod cost;
mod engines;
mod events;
mod explain;
mod key;
mod orphans;
mod plain;
mod plan;
#[cfg(feature = "providers")]
mod provider;
mod reported_failures;
mod status;
mod summary;
mod tally;
mod terms;
#[cfg(feature = "providers")]
pub mod tested;
mod text;
mod unread;

pub use bar::Bar;
pub use cache::cache_gc_json;
pub use cache::cache_gc_text;
pub use cache::cache_stats_json;
pub use cache::cache_stats_text;
pub use cache::cache_verify_json;
pub use cache::cache_verify_text;
pub use engines::engine_json;
pub use engines::engine_text;
pub use engines::engines_json;
pub use engines::engines_text;
pub(crate) use engines::trial_json;
pub(crate) use engines::trial_text;
pub use events::EventLog;
pub use explain::explain;
pub use orphans::pruned_json;
pub use orphans::pruned_text;
pub use plain::Plain;
pub use plain::Volume;
pub use plan::plan_json;
pub use plan::plan_text;
pub use provider::provider_json;
pub use provider::provider_text;
pub use status::FailedSource;
pub use status::Status;
pub use summary::calls_text;
pub use summary::summary_json;
pub use summary::summary_text;
pub use tally::Tally;
pub use terms::canvas_words;
pub use terms::pictures_words;
pub use terms::price_words;
pub use terms::rate_words;
pub use text::Paint;
pub use text::bytes;
pub use text::clean;
pub use text::counted;
