//! The program from end to end with providers that are paid: the real binary, talking over
//! sockets to servers that behave like the providers and record what was bought.

mod cutouts;
mod fallthrough;
mod faults;
mod highest_cost;
mod min_confidence;
mod mistakes;
mod outages;
mod proxies;
mod proxy;
pub(crate) mod sent;
mod shared;
mod stops;
mod story;
mod success;
mod unusable_results;
