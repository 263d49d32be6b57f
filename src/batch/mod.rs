//! Many sources: discover, decide, schedule, write. Says what happens in [`Event`]s and prints
//! nothing.
//!
//! [`plan`], [`run`] and [`prune`] are the whole of it. All take a checked pipeline and a [`Request`];
//! `run` also takes an [`Observer`] and a [`Stop`]. The parts, in the order of the work:
//!
//! * `verdict` compares the manifest with source, options and output: is there anything to do?
//! * `plan` reads headers and knows every output path before any work is done.
//! * `conflicts` finds the tasks that would write one file.
//! * `adopt` looks at files in the way.
//! * `orphans` finds outputs that no task makes any more; `prune` removes them.
//! * `run` is a run from start to end; `dispatch` admits its sources as memory allows (`memory`) and
//!   hands them to a pool of threads.
//! * `job` makes the pixels of one source; `writer` puts them in place and records it.

mod adopt;
mod allowance;
mod collisions;
mod conflicts;
mod cost;
mod desk;
mod dispatch;
mod endpoints;
mod event;
mod job;
mod make;
mod memory;
mod moved;
mod occupancy;
mod orphans;
mod outdated;
mod piece;
mod plan;
mod planner;
mod prune;
mod remote;
mod request;
mod run;
mod run_record;
mod stand_in;
mod stop;
mod summary;
mod verdict;
mod writer;

pub use allowance::Allowance;
pub use allowance::MissingKey;
pub use cost::Cost;
pub use cost::Due;
pub use cost::SourceCall;
pub use event::CountCalls;
pub use event::Event;
pub use event::Observer;
pub use event::Silent;
pub use make::Make;
pub use orphans::Gone;
pub use orphans::Orphan;
pub use orphans::Orphans;
pub use outdated::NewerParts;
pub(crate) use outdated::Outdated;
pub use plan::Action;
pub use plan::Collision;
pub use plan::Plan;
pub use plan::SourcePlan;
pub use plan::TaskPlan;
pub use prune::Pruned;
pub use prune::prune;
pub use remote::try_provider;
pub use request::Places;
pub use request::Refusal;
pub use request::Request;
pub use run::look;
pub use run::plan;
pub use run::run;
pub use stand_in::StandIn;
pub use stand_in::StandIns;
pub use stop::Reason;
pub use stop::Stop;
pub use summary::Summary;
pub use summary::exit;
pub use verdict::Kept;
pub use verdict::Skip;
pub use verdict::Why;
pub(crate) use verdict::newer_words;
