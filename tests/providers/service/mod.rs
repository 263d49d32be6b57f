//! Calls over real connections, on loopback: what is sent, how often, and what it costs.

mod faults;
mod jobs;
mod kept;
mod manners;
mod money;
mod patience;
mod refusals;
mod replies;
mod room;
mod safety;
mod server;
mod stops;
mod submits;
mod tried;
mod world;
