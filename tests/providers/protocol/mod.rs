//! Providers through the public API, without a socket.

mod addresses;
mod conformance;
mod conversations;
mod expressions;
mod fates;
mod mistakes;
mod money;
mod secrets;
mod webhooks;
mod world;
