//! The rules of money through the public API: what is paid once stays paid once, whatever dies,
//! breaks or runs beside it.

mod broken;
mod budget;
mod cache;
mod call_states;
mod crashes;
mod cuts;
mod equal;
mod keys;
mod months;
mod revisions;
mod shop;
mod stages;
