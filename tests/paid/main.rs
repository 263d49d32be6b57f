//! The program from end to end with providers that are paid: the real binary, talking over
//! sockets to servers that behave like the providers and keep books of what was bought.

#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "../contract/mod.rs"]
mod contract;
#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "../cli/dir.rs"]
mod dir;

mod cutouts;
mod fallthrough;
mod faults;
mod hard;
mod mistakes;
mod most;
mod outages;
mod proxies;
mod proxy;
mod sent;
mod shared;
mod stops;
mod story;
mod success;
mod useless;
