//! Calls over real connections, on loopback: what is sent, how often, and what it costs.

mod faults;
mod manners;
mod money;
mod safety;
mod server;
mod stops;
mod world;
