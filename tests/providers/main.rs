//! Providers: descriptors, the protocol, the service, and what comes back.

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/pictures.rs"]
mod pictures;

mod contract_server;
mod protocol;
mod returned;
mod service;
