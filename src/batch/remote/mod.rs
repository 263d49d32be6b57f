//! The paid side of a run: one thread that waits for any number of calls, and holds neither
//! pixels nor threads of the pool meanwhile.
//!
//! * `services` sets up the providers, and refuses to start without a key or whatever else one needs.
//! * `paid` opens the ledger and ends what was begun.
//! * `scheduler` admits sources and waits; through `queue` it has work done by the pool.
//! * `unasked` has the reasons for which a provider cannot be asked.
//! * `endpoints` reads the origins to which the environment moves requests.
//! * `source` takes the tasks of one source from call to output, engine by engine.
//! * `making` makes its outputs on the pool.
//! * `call` has one call made, or finds its result.
//! * `published` is where a provider fetches pictures, if the user has such a place.
//! * `pixels` is the work for the pool: it makes the pictures that are sent, and outputs from results.

mod call;
mod endpoints;
mod making;
mod paid;
mod pixels;
mod pool_queue;
mod published;
mod remote_task;
mod run;
mod scheduler;
mod services;
mod source;
mod unasked;

pub(super) use endpoints::check_endpoints;
pub(super) use services::RemoteSide;
pub(super) use services::Services;
pub use services::try_provider;
