//! Providers: descriptors, the protocol, the service, and what comes back.

#[path = "../support/calls.rs"]
mod calls;
#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "../support/contract/mod.rs"]
mod contract;
#[path = "../support/pictures.rs"]
mod pictures;

mod contract_server;
mod protocol;
mod returned;
mod service;
