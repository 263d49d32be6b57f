//! Providers: descriptors, the protocol, the service, and what comes back.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/pictures.rs"]
mod pictures;

// The crate `testkit` itself, and every fault of it with every provider.
mod contract_server;
// Descriptors and the machine that speaks by them, without a connection.
mod protocol;
// Where the source lies on a result, and whether the result can be used.
mod returned;
// Calls over connections: pauses, limits, retries, money, stops.
mod service;
