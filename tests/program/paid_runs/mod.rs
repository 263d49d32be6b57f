//! Paid runs of the real program against a provider that keeps its own records: what is killed,
//! what is bought again, what is allowed, and where the key goes.

#![expect(clippy::print_stdout, reason = "`--nocapture` shows what was measured, and when processes died")]

mod budget;
mod kills;
mod prepared;
mod reuse;
mod revisions;
mod scale;
mod secrets;
mod signals;
mod world;
