//! Engines that ask a remote service, described as data, and what may be paid to them.
//!
//! A provider is a YAML file ([`Descriptor`]); adding one needs no code. A [`ProviderTable`] holds
//! those that are compiled in and those that users bring. A [`Canvas`] is what one [`Call`] asks for, and its
//! [key](CallKey) names it for ever. What may be paid, and in which order it is recorded, is the [`Ledger`]'s
//! business. What is returned is checked by [`verify`], which finds the source on it, and
//! [`Verified::fill`] makes of it the margins of an output.
//!
//! All this is in every build, so that each reads what another recorded. With the feature `providers`, `client`
//! asks them.

mod canvas;
#[cfg(feature = "providers")]
pub mod client;
mod descriptor;
mod job;
mod ledger;
mod notice;
mod provider;
mod result_origin;
mod returned;
mod secret;
mod secret_error;
mod spelled;
mod variables;

pub use canvas::Canvas;
pub use canvas::FirstPass;
pub use canvas::walk;
pub use descriptor::BACK;
pub use descriptor::DESCRIPTOR;
pub use descriptor::Descriptor;
pub use descriptor::ErrorRule;
pub use descriptor::Geometry;
pub use descriptor::HOW_TO_ASK;
pub use descriptor::KeyPlacement;
pub use descriptor::Meaning;
pub use descriptor::Method;
pub use descriptor::Param;
pub use descriptor::ParamKind;
pub use descriptor::PictureTransport;
pub use descriptor::Placement;
pub use descriptor::Poll;
pub use descriptor::Price;
pub use descriptor::ProviderEntry;
pub use descriptor::ProviderTable;
pub use descriptor::RateLimits;
pub use descriptor::RequestTemplate;
pub use descriptor::ResultRule;
pub use descriptor::Unit;
pub use descriptor::VARIABLES;
pub use descriptor::WEBHOOK;
pub use descriptor::Way;
pub use descriptor::provider_schema;
pub use job::Job;
pub use ledger::CachedResult;
pub use ledger::Call;
pub use ledger::CallFailure;
pub use ledger::CallKey;
pub use ledger::CallLock;
pub use ledger::CallLocks;
pub use ledger::CallOutcome;
pub use ledger::CallState;
pub use ledger::CallWait;
pub use ledger::Ledger;
pub use ledger::LedgerError;
pub use ledger::OUTPAINT;
pub use ledger::OpenCall;
pub use ledger::Quote;
pub use ledger::SpentCall;
pub use ledger::SubmitRefusal;
pub use ledger::Usd;
pub use ledger::UsdError;
pub use notice::Notice;
pub(crate) use provider::PARAMS;
pub use provider::Provider;
pub use provider::TERMS;
pub use provider::Terms;
pub use result_origin::ResultOrigin;
pub use returned::Asked;
pub use returned::Correction;
pub use returned::Misfit;
pub use returned::Placed;
pub use returned::RESULT_REVISION;
pub use returned::ResultHeader;
use returned::SCALES;
pub use returned::Verified;
pub use returned::examine;
pub use returned::glance;
pub use returned::verify;
pub use secret::SCRUBBED;
pub use secret::Secret;
pub use secret::Secrets;
pub use secret_error::SecretError;
pub use secret_error::SecretFileError;
pub use secret_error::SecretTextError;
pub use variables::Variables;
