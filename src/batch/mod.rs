//! Many sources: discover, decide, schedule, write. Says what happens in [`Event`]s and prints
//! nothing.
//!
//! [`plan`], [`run`] and [`prune`] are the whole of it. All take a checked pipeline and a [`Request`];
//! `run` also takes an [`Observer`] and a [`Stop`].
//!
//! ```
//! use recanvas::batch::{self, Places, Request, Silent, Stop};
//! use recanvas::pipeline::Pipeline;
//!
//! # let folder = tempfile::tempdir().expect("a folder");
//! # let output = folder.path();
//! let pipeline = Pipeline::from_yaml("version: 1\ntargets: [{ name: square, size: 64x64 }]\n")?;
//! let places = Places::new("fixtures/photos", output);
//! let request = Request::new(&pipeline, places)?;
//! let plan = batch::plan(&pipeline, &request)?;
//! assert!(!plan.sources.is_empty() && plan.orphans.listed.is_none());
//! let summary = batch::run(&pipeline, &request, &Silent, &Stop::new())?;
//! assert_eq!((summary.done, summary.failures()), (plan.sources.len() as u64, 0));
//! // What is done is done.
//! assert_eq!(batch::run(&pipeline, &request, &Silent, &Stop::new())?.done, 0);
//! # Ok::<(), recanvas::Error>(())
//! ```
//!
//! The parts, in the order of the work:
//!
//! * `verdict` compares the manifest with source, options and output: is there anything to do?
//! * `planner` reads a source's header and knows its outputs; `planning` puts the plan together before any work is done.
//! * `measuring` looks at the sources whose tasks depend on what they show, and planning begins anew.
//! * `conflicts` finds the tasks that would write one file.
//! * `adopt` looks at files in the way.
//! * `orphans` finds outputs that no task makes any more; `prune` removes them.
//! * `run` is a run from start to end; `dispatch` admits its sources as memory allows (`memory`) and
//!   hands them to a pool of threads.
//! * `job` reads one source, of which `pipeline::render` makes pixels and files; `writer` puts them in place and records
//!   it.

#[cfg(not(feature = "providers"))]
#[path = "absent.rs"]
mod remote;

mod adopt;
mod allowance;
mod changes;
mod check;
mod collision;
mod collisions;
mod conflicts;
mod cost;
mod dispatch;
mod event;
mod job;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod look;
mod make;
mod measured;
mod measuring;
mod memory;
mod moved;
mod occupancy;
mod orphans;
mod outdated;
mod piece;
mod plan;
mod planned_calls;
mod planned_outputs;
mod planner;
mod planning;
mod prune;
mod refusal;
#[cfg(feature = "providers")]
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod remote;
mod request;
mod run;
mod run_context;
mod run_record;
mod source_call;
mod source_plan;
mod spellings;
mod stand_in;
mod stop;
mod summary;
mod verdict;
pub(crate) mod why;
mod work_queue;
mod writer;

pub use crate::providers::Notice;
pub use crate::providers::ResultOrigin;
pub use crate::providers::Usd;
pub use allowance::Allowance;
pub use allowance::MissingKey;
pub use collision::Collision;
pub use cost::Cost;
pub use event::CountCalls;
pub use event::Event;
pub use event::Observer;
pub use event::Silent;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use look::look;
#[cfg(all(not(feature = "internal"), feature = "cli"))]
pub(crate) use look::look;
pub use look::plan;
pub use make::Make;
pub use orphans::Gone;
pub use orphans::Orphan;
pub use orphans::Orphans;
pub use outdated::NewerParts;
pub(crate) use outdated::Outdated;
pub use plan::Plan;
pub use prune::Pruned;
pub use prune::prune;
pub use refusal::Refusal;
#[cfg(all(feature = "internal", feature = "providers"))]
#[doc(hidden)]
pub use remote::try_provider;
#[cfg(all(not(feature = "internal"), feature = "cli", feature = "providers"))]
pub(crate) use remote::try_provider;
pub use request::Places;
pub use request::Request;
pub use run::run;
pub use source_call::Due;
pub use source_call::SourceCall;
pub use source_plan::Action;
pub use source_plan::SelectedTask;
pub use source_plan::SourcePlan;
pub use source_plan::TaskPlan;
pub use source_plan::ToMake;
pub use source_plan::ToMeasure;
pub use stand_in::StandIn;
pub use stand_in::StandIns;
pub use stop::Stop;
pub use stop::StopReason;
pub use summary::Summary;
pub use summary::exit;
pub use why::Kept;
pub use why::Skip;
pub use why::Why;
