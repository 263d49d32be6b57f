//! Calls over real connections, on loopback: what is sent, how often, and what it costs.

mod clock;
mod disk_space;
mod engine_test;
mod faults;
mod jobs;
mod kept;
mod long_waits;
mod money;
mod pacing;
mod refusals;
mod replies;
mod safety;
mod server;
mod stops;
mod submits;
mod world;
