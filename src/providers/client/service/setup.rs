//! Settings of a service.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use crate::providers::Descriptor;
use crate::providers::Secret;
use crate::providers::Secrets;
use crate::providers::Unit;
use crate::providers::client::Addresses;
use crate::providers::client::Ceilings;
use crate::providers::client::Listener;
use crate::providers::client::Timing;
use crate::providers::client::service::ReplyMemory;
use crate::providers::client::service::Service;
use crate::providers::client::service::Shared;
use crate::providers::client::service::clock::Clock;
use crate::providers::client::service::clock::SystemClock;
use crate::providers::client::service::rate_gate::RateGate;
use crate::providers::client::service::setup_error::SetupError;
use crate::providers::client::service::transport::Transport;

/// Everything that a service is made of.
#[derive(Clone)]
pub struct Setup {
    /// The provider.
    pub descriptor: Arc<Descriptor>,
    /// The key, if the provider wants one.
    pub secret: Option<Secret>,
    /// Origin to which all requests to the provider's hosts go instead.
    pub endpoint: Option<String>,
    /// Calls in flight, if not as many as the descriptor says.
    pub in_flight: Option<u32>,
    /// Requests per minute, if not as many as the descriptor says.
    pub per_minute: Option<u32>,
    /// Makes the pauses of one run differ from another's.
    pub seed: u64,
    /// Times that are waited.
    pub timing: Timing,
    /// Clock by which they are waited.
    pub clock: Arc<dyn Clock>,
    /// Most bytes that are read.
    pub ceilings: Ceilings,
    /// Memory in which what is read has room.
    pub reply_memory: ReplyMemory,
    /// Tells whether the last results of an earlier run were of no use: one call goes before all others.
    pub is_suspect: bool,
    /// Receiver of notices that concern all calls.
    pub listener: Option<Listener>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Setup({})", self.descriptor.provider)
    }
}

impl Setup {
    /// Makes the usual setup of a provider, with its key if it wants one.
    #[must_use]
    pub fn new(descriptor: Arc<Descriptor>, secret: Option<Secret>) -> Setup {
        Setup {
            descriptor,
            secret,
            endpoint: None,
            in_flight: None,
            per_minute: None,
            seed: 0,
            timing: Timing::default(),
            clock: Arc::new(SystemClock),
            ceilings: Ceilings::default(),
            reply_memory: ReplyMemory::default(),
            is_suspect: false,
            listener: None,
        }
    }
}

impl Service {
    /// Sets up the service. Opens no connection.
    ///
    /// # Errors
    /// No key where one is needed, a wrong endpoint, no root certificates.
    pub fn new(setup: Setup) -> Result<Service, SetupError> {
        let Setup { descriptor, secret, endpoint, timing, clock, .. } = setup;
        let name = &descriptor.provider;
        if let (Some(key), None) = (&descriptor.key, &secret) {
            return Err(SetupError::NoKey { provider: name.clone(), variable: key.env.clone() });
        }
        let addresses = Addresses::new(&descriptor.hosts, endpoint.as_deref())?;
        let secrets = Secrets::of(&secret);
        let transport = Transport::new(addresses.clone(), secret, timing, setup.ceilings, clock.clone());
        let limits = &descriptor.limits;
        let limits = (setup.in_flight.unwrap_or(limits.in_flight), setup.per_minute.or(limits.per_minute));
        let gate = RateGate::new(name, limits, (timing.pause, timing.patience), clock.clone(), setup.listener);
        // How far a walk goes is learned from the first.
        if setup.is_suspect || descriptor.geometry.unit == Unit::Walk {
            gate.one_first(setup.is_suspect);
        }
        Ok(Service(Arc::new(Shared {
            transport: transport?,
            addresses,
            gate,
            secrets,
            timing,
            clock,
            seed: setup.seed,
            calls: AtomicU64::new(0),
            reply_memory: setup.reply_memory,
            walks: Mutex::default(),
            descriptor,
        })))
    }
}
