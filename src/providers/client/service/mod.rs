//! The part that really talks: connections, rate limits, and calls from their first request to
//! their end.
//!
//! A [`Service`] is one provider with one key at one endpoint; everything that asks it shares
//! one. [`Service::make`] brings one call to its end in the order of the [`Ledger`]. It runs on
//! the caller's tokio runtime, which needs time and I/O; what waits for the disk or looks at
//! pixels runs on that runtime's blocking threads.

mod breaker;
mod clients;
mod clock;
mod drive;
mod ending;
mod halt;
mod listener;
mod proxies;
mod rate_gate;
mod reply_memory;
mod setup;
mod setup_error;
mod stop;
mod terms;
mod tested;
mod transport;
mod unpack;
mod usefulness;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;
use crate::providers::Call;
use crate::providers::CallFailure;
use crate::providers::CallKey;
use crate::providers::CallLock;
use crate::providers::CallOutcome;
use crate::providers::CallState;
use crate::providers::Descriptor;
use crate::providers::Ledger;
use crate::providers::OpenCall;
use crate::providers::Quote;
use crate::providers::ResultOrigin;
use crate::providers::Secrets;
use crate::providers::Usd;
use crate::providers::client::Addresses;
use crate::providers::client::Protocol;
use crate::providers::client::Submission;
use crate::providers::walk::CanvasStep;
use drive::CallDriver;
use ending::Account;
use ending::Hold;
use ending::Last;
use ending::class_of;
use ending::close;
use rate_gate::RateGate;
use transport::Transport;
use usefulness::Use;

pub use clock::Clock;
pub use clock::Sleep;
pub use clock::SystemClock;
pub use ending::MadeCall;
pub use ending::UnmadeCall;
pub use listener::Listener;
pub use reply_memory::ReplyMemory;
pub use setup::Setup;
pub use setup_error::SetupError;
pub use stop::CancelSignal;
pub use terms::Ceilings;
pub use terms::Timing;
pub use tested::Tested;

/// A provider with its key, ready to be asked. Clones are the same service.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

/// State that all clones of a service share.
struct Shared {
    descriptor: Arc<Descriptor>,
    addresses: Addresses,
    transport: Transport,
    gate: RateGate,
    secrets: Secrets,
    timing: Timing,
    clock: Arc<dyn Clock>,
    seed: u64,
    /// Calls begun so far.
    calls: AtomicU64,
    reply_memory: ReplyMemory,
    walks: Mutex<Walks>,
}

/// Holds shares of the frame in canvases of several steps: those that were asked for, and the one that was found.
#[derive(Default)]
struct Walks {
    /// Steps that are asked for.
    asked: HashMap<CallKey, f64>,
    /// The longest one that was seen.
    known: Option<CanvasStep>,
}

/// Looks at the bytes of a result: whether they are a whole picture, else what they are. It runs
/// where blocking is allowed.
pub type Check = Arc<dyn Fn(&[u8]) -> Result<(), Failure> + Send + Sync>;

/// A call that is wanted.
#[derive(Clone)]
pub struct Order<'a> {
    /// Ledger in which the call is recorded.
    pub ledger: Arc<dyn Ledger>,
    /// The call.
    pub call: &'a Call,
    /// The first of two passes, where this is the second: the judgement on this result counts for both.
    pub first: Option<CallKey>,
    /// Price of the call.
    pub quote: Quote,
    /// Check that its result must pass to count as one.
    pub check: Check,
    /// Tells whether a job of an earlier run is given up of which nothing is said: neither that it is at work nor what
    /// came of it.
    pub lets_go: bool,
    /// Signal that tells when to leave it.
    pub stop: &'a CancelSignal,
}

impl Service {
    /// Brings the call to its end. It is made only if the ledger has it not yet; `prepare` is
    /// asked for what is to be sent only then, and only when the call is about to begin.
    ///
    /// Dropping the future leaves the call as it is recorded: in flight if it has a job, else
    /// unknown if its submit was out.
    ///
    /// # Errors
    /// Why there is no result, and whether another engine may be asked.
    pub async fn make<P, F>(&self, order: &Order<'_>, prepare: P) -> Result<MadeCall, UnmadeCall>
    where
        P: FnOnce() -> F,
        F: Future<Output = Result<Submission, Failure>>,
    {
        loop {
            if order.stop.is_given() {
                return Err(self.0.stopped());
            }
            let (ledger, call) = (order.ledger.clone(), order.call.clone());
            let outcome = match blocking(move || ledger.state_of(&call)).await?? {
                CallState::New(lock) => return self.0.begin(order, lock, prepare).await,
                CallState::InFlight(open) => {
                    let is_asked_again = open.is_asked_again();
                    match self.0.resume(order, open).await {
                        // Its job has nothing more to give; the ledger knows what may be done now.
                        Err(UnmadeCall::Failed(_)) if is_asked_again => continue,
                        end => return end,
                    }
                }
                CallState::Done(cached) => CallOutcome::Finished(cached),
                CallState::Failed(failure) => CallOutcome::Failed(failure),
                CallState::Unknown(paid) => {
                    let (what, how) = match paid.has_job {
                        true => (
                            "accepted, and its result was not to be had",
                            "submits it again after it has asked for it once more",
                        ),
                        false => ("it is not known whether it was accepted", "submits it again"),
                    };
                    let message = format!(
                        "{}: submitted on {}, {what}; {} USD count as spent, and --retry-unknown {how}",
                        order.call.provider, paid.at, paid.cost
                    );
                    return Err(UnmadeCall::Held(Failure::new(Class::UnknownCall, message)));
                }
                CallState::Lost(paid, how) => {
                    let message = format!(
                        "{}: paid for on {}, and {how}; only --repay buys it again",
                        order.call.provider, paid.at
                    );
                    return Err(UnmadeCall::Held(Failure::new(Class::BadOutput, message)));
                }
                CallState::BeingMade(waiting) => {
                    // The task that makes it may wait for the place of the first pass.
                    order.first.into_iter().for_each(|first| self.unjudged(first));
                    let outcome = order.stop.or(Duration::ZERO, waiting).await;
                    outcome.ok_or_else(|| self.0.stopped())?
                }
            };
            if let Some(end) = self.0.shared(order.call, outcome) {
                return end;
            }
        }
    }

    /// Returns the provider's descriptor.
    #[must_use]
    pub fn descriptor(&self) -> &Arc<Descriptor> {
        &self.0.descriptor
    }

    /// Tells whether the result of a call of this run can be used. After three in a row that cannot, nothing
    /// more is submitted; and until the last one could be used, not more calls are begun than may yet be of no use.
    /// Has to be told of each call, or [`Service::unjudged`]; else no further one is begun.
    pub fn judged(&self, call: CallKey, is_useful: bool) {
        self.0.gate.judged(call, if is_useful { Use::Good } else { Use::Bad });
    }

    /// Notes that the result of a call is there and will be looked at later, with others. Tells whether it must be
    /// judged at once all the same, as further calls wait for that.
    #[must_use]
    pub fn returned(&self, call: CallKey) -> bool {
        self.0.gate.returned(call)
    }

    /// Tells that no task will look at the result of a call; of one that was judged this says nothing.
    pub fn unjudged(&self, call: CallKey) {
        self.0.gate.unjudged(call);
    }

    /// Tells whether the last results were of no use.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        self.0.gate.is_suspect()
    }

    /// Notes by which share of its frame the walk of this call is told to move back.
    pub fn walks(&self, call: CallKey, asked: f64) {
        self.0.walks().asked.insert(call, asked);
    }

    /// Notes the share of the frame, from 0 to 1, that the source takes on the result of this call.
    pub fn came(&self, call: CallKey, found: f64) {
        let mut walks = self.0.walks();
        let Some(asked) = walks.asked.remove(&call) else { return };
        // A longer step says more.
        if walks.known.is_none_or(|known| asked >= known.asked) {
            walks.known = Some(CanvasStep { asked, found });
        }
    }

    /// Returns the longest step whose effect was seen, as asked and as found; `None` before the first.
    #[must_use]
    pub fn walked(&self) -> Option<CanvasStep> {
        self.0.walks().known
    }

    /// Returns the number of calls that the provider has taken in this run. A refusal while it takes others concerns
    /// one picture.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.gate.taken()
    }

    /// Returns the reason for beginning no call now: the provider refused key or credit, or has failed for long.
    #[must_use]
    pub fn halted(&self) -> Option<String> {
        self.0.gate.halted().map(|why| why.to_string())
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.0.descriptor.provider)
    }
}

impl Shared {
    /// Returns the result of another task's outcome, or of an earlier one, for this task; `None` if the ledger is to be
    /// asked again.
    fn shared(&self, call: &Call, outcome: CallOutcome) -> Option<Result<MadeCall, UnmadeCall>> {
        let name = &self.descriptor.provider;
        Some(match outcome {
            CallOutcome::Finished(cached) => Ok(MadeCall { cached, how: ResultOrigin::Reused, cost: Some(Usd::ZERO) }),
            CallOutcome::Failed(CallFailure { class, message, cost }) => {
                // A class that only a newer version knows.
                let class = class.unwrap_or(Class::Provider);
                let may_be_doubtful = class == Class::Provider && cost == Some(Usd::ZERO);
                let doubted = self.gate.doubted(call.source).filter(|_| may_be_doubtful);
                Err(match doubted {
                    Some((class, taken)) => UnmadeCall::Doubtful { failure: Failure::new(class, message), taken },
                    None => UnmadeCall::Failed(Failure::new(class, message)),
                })
            }
            CallOutcome::Unknown => {
                let message = format!("{name}: it is not known what came of the call, which may have been accepted");
                Err(UnmadeCall::Held(Failure::new(Class::UnknownCall, message)))
            }
            CallOutcome::StillRunning => {
                let message = format!("{name}: the call is still running; the next run asks for the result");
                Err(UnmadeCall::Held(Failure::new(Class::Provider, message)))
            }
            CallOutcome::Refused(refusal) => Err(UnmadeCall::Refused(refusal)),
            CallOutcome::Left => return None,
        })
    }

    fn walks(&self) -> MutexGuard<'_, Walks> {
        lock(&self.walks)
    }

    async fn begin<P, F>(&self, order: &Order<'_>, lock: CallLock, prepare: P) -> Result<MadeCall, UnmadeCall>
    where
        P: FnOnce() -> F,
        F: Future<Output = Result<Submission, Failure>>,
    {
        let (key, hold) = (lock.key(), Hold::Lock(lock));
        if order.stop.or(Duration::ZERO, self.gate.worth_a_call(key, order.first)).await.is_none() {
            return Err(self.stopped());
        }
        let begun = self.begun(order, hold, prepare).await;
        if begun.is_err() {
            self.gate.unjudged(key);
        }
        begun
    }

    async fn begun<P, F>(&self, order: &Order<'_>, hold: Hold, prepare: P) -> Result<MadeCall, UnmadeCall>
    where
        P: FnOnce() -> F,
        F: Future<Output = Result<Submission, Failure>>,
    {
        // Waiting in the queue costs nothing: pixels are made only once the call may be in flight.
        let Some(_permit) = order.stop.or(Duration::ZERO, self.gate.fly()).await else {
            return Err(self.stopped());
        };
        if let Some(why) = self.gate.halted() {
            let failure = Failure::new(Class::Provider, why.to_string());
            return Err(self.close(order, hold, Account::Free, failure).await);
        }
        let Some(prepared) = order.stop.or(Duration::ZERO, prepare()).await else {
            return Err(self.stopped());
        };
        let number = self.number();
        let mut submission = match prepared {
            Ok(submission) => submission,
            Err(failure) => return Err(self.close(order, hold, Account::Free, failure).await),
        };
        submission.jitter ^= self.jitter(number);
        match Protocol::start(self.descriptor.clone(), self.addresses.clone(), submission) {
            Ok(machine) => CallDriver::new(self, order, machine, hold, number).run().await,
            Err(failed) => {
                let failure = Failure::new(class_of(&failed, &Last::Nothing), failed.message);
                Err(self.close(order, hold, Account::Free, failure).await)
            }
        }
    }

    async fn resume(&self, order: &Order<'_>, open: OpenCall) -> Result<MadeCall, UnmadeCall> {
        let job = open.job().cloned().unwrap_or_default();
        let hold = Hold::Open(open);
        let Some(_permit) = order.stop.or(Duration::ZERO, self.gate.fly()).await else {
            return Err(self.stopped());
        };
        let number = self.number();
        match Protocol::resume(self.descriptor.clone(), self.addresses.clone(), job, self.jitter(number)) {
            Ok(machine) => CallDriver::new(self, order, machine, hold, number).run().await,
            Err(failed) => {
                let account = Account::of_failed(&hold, failed.stage, &Last::Nothing, &failed);
                let failure = Failure::new(class_of(&failed, &Last::Nothing), failed.message);
                Err(self.close(order, hold, account, failure).await)
            }
        }
    }

    async fn close(&self, order: &Order<'_>, hold: Hold, account: Account, failure: Failure) -> UnmadeCall {
        let ledger = order.ledger.clone();
        blocking(move || close(&*ledger, hold, account, failure)).await.unwrap_or_else(|unmade| unmade)
    }

    fn number(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    fn jitter(&self, number: u64) -> u64 {
        self.seed.wrapping_add(number)
    }

    fn stopped(&self) -> UnmadeCall {
        let message = format!("{}: the run was stopped before the call was made", self.descriptor.provider);
        UnmadeCall::Held(Failure::new(Class::Interrupted, message))
    }
}

/// Does what waits for the disk or takes long where no task is held up by it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, UnmadeCall> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| UnmadeCall::Held(Failure::new(Class::Internal, format!("a call's work was lost: {error}"))))
}
