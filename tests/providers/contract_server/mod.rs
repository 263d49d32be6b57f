//! The server of the test-suite that behaves like the providers, held to its own contract: with
//! requests written by hand, and with every descriptor's conversation over a real socket.

mod client;
mod crowd;
mod faults;
mod limits;
mod results;
mod strict;
mod talk;
