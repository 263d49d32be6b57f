//! Engines that ask a remote service, described as data.
//!
//! A provider is a YAML file ([`Descriptor`]); adding one needs no code. A [`ProviderTable`] holds
//! those that are compiled in and those that users bring. [`Protocol`] is the conversation
//! with one for one call, as a machine that says what to send and is told what came back; it
//! opens no connection and does not sleep. [`Stage::fate`] is the table of what may be repeated.
//! What is returned is checked by [`verify`], which finds the source on it, and
//! [`Verified::fill`] makes of it the margins of an output. What may be paid, and in which
//! order it is recorded, is the [`Ledger`]'s business. A [`Service`] puts them together: it
//! opens the connections, minds the provider's limits, and brings a call to its end.
//! For receivers of users, [`webhook`] checks that a message comes from whom it seems to come from.

mod address;
mod base64_text;
mod canvas;
mod descriptor;
pub mod expressions;
mod http;
mod job;
mod ledger;
mod protocol;
mod provider;
mod returned;
mod secret;
mod service;
mod spelled;
pub mod webhook;

pub use address::Addresses;
pub use address::private_v4;
pub use address::private_v6;
use base64_text::base64_of;
use base64_text::from_base64;
pub use canvas::Before;
pub use canvas::Canvas;
pub use canvas::walk;
pub use descriptor::BACK;
pub use descriptor::DESCRIPTOR;
pub use descriptor::Descriptor;
pub use descriptor::Entry;
pub use descriptor::ErrorRule;
pub use descriptor::Geometry;
pub use descriptor::Key;
pub use descriptor::Limits;
pub use descriptor::Meaning;
pub use descriptor::Method;
pub use descriptor::NoProvider;
pub use descriptor::Param;
pub use descriptor::ParamKind;
pub use descriptor::Placement;
pub use descriptor::Poll;
pub use descriptor::Price;
pub use descriptor::ProviderTable;
pub use descriptor::Request;
pub use descriptor::ResultRule;
pub use descriptor::Transport;
pub use descriptor::Unit;
pub use descriptor::VARIABLES;
pub use descriptor::WEBHOOK;
pub use descriptor::Way;
pub use descriptor::provider_schema;
pub use descriptor::read_descriptor;
pub use http::Body;
pub use http::Broken;
pub use http::HttpReply;
pub use http::HttpRequest;
pub use http::Part;
pub use http::Picture;
pub use http::Stage;
pub use job::Job;
pub use ledger::Cached;
pub use ledger::Call;
pub use ledger::CallFailure;
pub use ledger::CallKey;
pub use ledger::CallOutcome;
pub use ledger::Ledger;
pub use ledger::LedgerError;
pub use ledger::OUTPAINT;
pub use ledger::Open;
pub use ledger::Paid;
pub use ledger::Quote;
pub use ledger::Refusal;
pub use ledger::Standing;
pub use ledger::Turn;
pub use ledger::Turns;
pub use ledger::Usd;
pub use ledger::Waiting;
pub use protocol::Action;
pub use protocol::Failed;
pub use protocol::Fate;
use protocol::LONGEST_HINT;
pub use protocol::Outcome;
pub use protocol::Pause;
pub use protocol::Protocol;
pub use protocol::Reason;
pub use protocol::Submission;
pub use protocol::Trouble;
pub(crate) use provider::PARAMS;
pub use provider::Provider;
pub use provider::TERMS;
pub use provider::Terms;
pub use returned::Asked;
pub use returned::Correction;
pub use returned::Glanced;
pub use returned::Misfit;
pub use returned::Placed;
pub use returned::RESULT_REVISION;
use returned::SCALES;
pub use returned::Verified;
pub use returned::examine;
pub use returned::glance;
pub use returned::verify;
pub use secret::SCRUBBED;
pub use secret::Secret;
pub use secret::Secrets;
pub use service::Ceilings;
pub use service::Check;
pub use service::How;
pub use service::Listener;
pub use service::Made;
pub use service::Notice;
pub use service::Order;
pub use service::Rooms;
pub use service::Service;
pub use service::Setup;
pub use service::Stop;
pub use service::Tested;
pub use service::Timing;
pub use service::Unmade;
