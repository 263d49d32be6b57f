//! Asks providers: what a build with the feature `providers` adds.
//!
//! [`Protocol`] is the conversation with one for one call, as a machine that says what to send and is told what
//! came back; it opens no connection and does not sleep. [`RequestPurpose::fate`] is the table of what may be repeated.
//! A [`Service`] opens the connections, minds the provider's limits, and brings a call to its end. What users write of
//! providers is checked by the same rules. For receivers of users, [`webhook`] checks the signature of a message.

mod address;
mod address_error;
mod base64_text;
mod check;
pub mod expressions;
mod http;
mod key;
mod protocol;
mod service;
pub mod webhook;

pub use address::Addresses;
pub use address::private_v4;
pub use address::private_v6;
pub use address_error::AddressError;
use base64_text::base64_of;
use base64_text::from_base64;
pub use check::NoProvider;
pub use check::read_descriptor;
pub use http::Body;
pub use http::EncodedPicture;
pub use http::FormPart;
pub use http::HttpReply;
pub use http::HttpRequest;
pub use http::NoReply;
pub use http::RequestPurpose;
pub use protocol::CallEnd;
pub use protocol::Fate;
use protocol::LONGEST_HINT;
pub use protocol::NoPicture;
pub use protocol::Pause;
pub use protocol::PauseReason;
pub use protocol::Protocol;
pub use protocol::ProtocolAction;
pub use protocol::RequestError;
pub use protocol::Submission;
pub use protocol::Trouble;
pub use service::CancelSignal;
pub use service::Ceilings;
pub use service::Check;
pub use service::Clock;
pub use service::Listener;
pub use service::MadeCall;
pub use service::Order;
pub use service::ReplyMemory;
pub use service::Service;
pub use service::Setup;
pub use service::SetupError;
pub use service::Sleep;
pub use service::SystemClock;
pub use service::Tested;
pub use service::Timing;
pub use service::UnmadeCall;
