//! One call from its first request to its end, in the order that the rules of money ask for.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::error::Class;
use crate::error::Failure;
use crate::providers::Job;
use crate::providers::LedgerError;
use crate::providers::ResultOrigin;
use crate::providers::Usd;
use crate::providers::client::CallEnd;
use crate::providers::client::HttpRequest;
use crate::providers::client::NoPicture;
use crate::providers::client::NoReply;
use crate::providers::client::Pause;
use crate::providers::client::PauseReason;
use crate::providers::client::Protocol;
use crate::providers::client::ProtocolAction;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;
use crate::providers::client::service::Order;
use crate::providers::client::service::Shared;
use crate::providers::client::service::blocking;
use crate::providers::client::service::clock;
use crate::providers::client::service::ending::Account;
use crate::providers::client::service::ending::Hold;
use crate::providers::client::service::ending::Last;
use crate::providers::client::service::ending::MadeCall;
use crate::providers::client::service::ending::UnmadeCall;
use crate::providers::client::service::ending::class_of;
use crate::providers::client::service::ending::close;
use crate::providers::client::service::rate_gate::IN_A_ROW;
use crate::providers::client::service::rate_gate::Pass;
use crate::providers::client::service::rate_gate::ProviderRefused;
use crate::providers::client::service::reply_memory::ReplyReservation;
use crate::providers::client::service::transport::Lost;
use crate::providers::client::service::usefulness::Use;

/// A call on its way.
pub(super) struct CallDriver<'a> {
    provider: &'a Shared,
    order: &'a Order<'a>,
    machine: Protocol,
    /// Hold on the ledger; `None` once it is given back.
    hold: Option<Hold>,
    how: ResultOrigin,
    number: u64,
    began: Instant,
    stage: RequestPurpose,
    last: Last,
}

impl<'a> CallDriver<'a> {
    pub(super) fn new(
        provider: &'a Shared,
        order: &'a Order<'a>,
        machine: Protocol,
        hold: Hold,
        number: u64,
    ) -> CallDriver<'a> {
        let how = if hold.has_job() { ResultOrigin::Resumed } else { ResultOrigin::Made };
        let (began, stage, last) = (provider.clock.now(), RequestPurpose::Upload, Last::Nothing);
        CallDriver { provider, order, machine, hold: Some(hold), how, number, began, stage, last }
    }

    /// Goes on to the end.
    pub(super) async fn run(mut self) -> Result<MadeCall, UnmadeCall> {
        // Whole pictures are in memory from here to the ledger.
        let mut reservation = ReplyReservation::of(&self.provider.reply_memory);
        let most = self.order.call.canvas.largest_result();
        loop {
            match self.machine.next(self.provider.clock.now().duration_since(self.began)) {
                ProtocolAction::Send(request) => {
                    self.stage = request.stage;
                    if self.stage == RequestPurpose::Download {
                        self.unless_stopped(reservation.take(most)).await?;
                    }
                    self.send(request, &mut reservation).await?;
                }
                ProtocolAction::Wait(pause) => {
                    reservation.leave();
                    self.wait(pause).await?;
                }
                ProtocolAction::Submitted(job) => self.record(job).await?,
                ProtocolAction::Done(bytes) => {
                    reservation.take(bytes.len() as u64).await;
                    let (check, picture) = (self.order.check.clone(), bytes.clone());
                    match blocking(move || check(&picture)).await? {
                        Ok(()) => return self.finish(bytes).await,
                        Err(failure) => self.machine.spoiled(&failure.message),
                    }
                }
                ProtocolAction::Failed(failed) => return Err(self.fail(&failed).await),
            }
        }
    }

    async fn send(&mut self, request: HttpRequest, reservation: &mut ReplyReservation<'_>) -> Result<(), UnmadeCall> {
        if self.order.stop.is_given() && self.may_be_left() {
            return Err(self.interrupt().await);
        }
        let provider = self.provider;
        let pass = if provider.transport.is_to_provider(&request) {
            let admitted = provider.gate.admit(self.number, self.stage);
            match self.unless_stopped(admitted).await? {
                Ok(pass) => Some(pass),
                Err(why) => return Err(self.give_up(Class::Provider, &why.to_string()).await),
            }
        } else {
            None
        };
        if provider.transport.is_decided_by_proxy(&request) {
            provider.gate.proxied();
        }
        if self.stage == RequestPurpose::Submit {
            self.intend().await?;
            // Until it is known better, it went out.
            self.last = Last::Lost(NoReply::Timeout, String::new());
        }
        let grace = self.grace();
        let most = self.order.call.canvas.largest_result();
        let patience = (self.order.stop, grace);
        let sent = provider.transport.send(&provider.descriptor, request, most, reservation, patience).await;
        let report = |is_fine| pass.into_iter().for_each(|pass: Pass<'_>| pass.report(is_fine));
        match sent {
            Ok(reply) => {
                report(reply.status < 500);
                self.last = Last::Replied(reply.status);
                self.machine.reply(&reply);
            }
            Err(Lost { is_stopped: true, part, how, .. }) => {
                if let Some(part) = part.filter(|_| self.stage == RequestPurpose::Submit) {
                    self.machine.broke_off(how, &part);
                }
                // A job that it named is recorded, and asked for by the next run.
                if self.machine.job().is_none() || self.stage != RequestPurpose::Submit {
                    return Err(self.interrupt().await);
                }
            }
            Err(lost) => {
                report(lost.how == NoReply::TooLarge);
                self.last = Last::Lost(lost.how, lost.why);
                match &lost.part {
                    Some(part) => self.machine.broke_off(lost.how, part),
                    None => self.machine.broke(lost.how),
                }
            }
        }
        Ok(())
    }

    /// Reserves the cost and records the intent, unless an earlier submit of this call has.
    async fn intend(&mut self) -> Result<(), UnmadeCall> {
        let lock = match self.hold.take() {
            Some(Hold::Lock(lock)) => lock,
            other => {
                self.hold = other;
                return Ok(());
            }
        };
        let (ledger, quote) = (self.order.ledger.clone(), self.order.quote);
        let open = blocking(move || ledger.intend(lock, &quote)).await?.map_err(UnmadeCall::Refused)?;
        self.hold = Some(Hold::Open(open));
        Ok(())
    }

    /// Records the job. If that fails this run still asks for the result; the ledger itself lets
    /// no further call begin.
    async fn record(&mut self, job: Job) -> Result<(), UnmadeCall> {
        let Some(Hold::Open(mut open)) = self.hold.take() else { return Ok(()) };
        self.provider.gate.took();
        let ledger = self.order.ledger.clone();
        let open = blocking(move || {
            let _: Result<(), LedgerError> = ledger.submitted(&mut open, job);
            open
        });
        self.hold = Some(Hold::Open(open.await?));
        Ok(())
    }

    async fn finish(mut self, bytes: Arc<[u8]>) -> Result<MadeCall, UnmadeCall> {
        let Some(Hold::Open(open)) = self.hold.take() else {
            return Err(UnmadeCall::Held(Failure::new(Class::Internal, "a result without an intent")));
        };
        if self.how == ResultOrigin::Made && open.job().is_none() {
            self.provider.gate.took();
        }
        let ledger = self.order.ledger.clone();
        let cached = blocking(move || ledger.finished(open, &bytes, None)).await??;
        let quote = self.order.quote;
        let cost = if self.how == ResultOrigin::Made { quote.expected.or(quote.highest) } else { Some(Usd::ZERO) };
        Ok(MadeCall { cached, how: self.how, cost })
    }

    async fn wait(&mut self, pause: Pause) -> Result<(), UnmadeCall> {
        let gate = &self.provider.gate;
        let length = match pause.reason {
            PauseReason::Working => pause.length.max(gate.cadence()),
            PauseReason::Asked(_) | PauseReason::Trouble(_) => pause.length,
        };
        // What a store of pictures asks for is no matter of the provider's.
        if self.stage != RequestPurpose::Download
            && let Some(why) = shared(pause.reason)
        {
            gate.pause(length, why);
        }
        self.unless_stopped(clock::sleep(&*self.provider.clock, length)).await
    }

    /// Ends the call after the machine has ended without a picture.
    async fn fail(&mut self, failed: &NoPicture) -> UnmadeCall {
        let clean = |text: &str| self.provider.secrets.message(text);
        let mut message = clean(&failed.message);
        if let Last::Lost(_, why) = &self.last
            && !why.is_empty()
        {
            message = format!("{message} ({})", clean(why));
        }
        if let (CallEnd::Auth, Some(key)) = (failed.outcome, &self.provider.descriptor.key) {
            message = format!("{message}; check {}", key.env);
        }
        let mut class = class_of(failed, &self.last);
        let gate = &self.provider.gate;
        if let (ResultOrigin::Made, Some(Hold::Open(open))) = (self.how, &self.hold)
            && let Some(came) = use_of(failed.outcome, open.job().is_some() && !self.machine.is_at_work())
        {
            gate.judged(open.key(), came);
        }
        // An upload leads to a store, which may be out of order for one picture's address alone; and a key that may not
        // ask for one job, as one of another account, may still submit.
        let is_of_one = match failed.stage {
            RequestPurpose::Upload => failed.outcome == CallEnd::WrongAddress,
            RequestPurpose::Poll | RequestPurpose::Result => true,
            _ => false,
        };
        if failed.outcome.stops_provider() && !is_of_one {
            gate.halt(failed.outcome, &message);
        }
        if let Some(asked) = self.machine.asked() {
            gate.left_alone(asked, failed.stage);
        }
        let status = self.last.status().filter(|_| matches!(failed.outcome, CallEnd::Refused | CallEnd::WrongAddress));
        let mut doubt = None;
        if let Some(status) = status {
            let refused = ProviderRefused { status, source: self.order.call.source, class };
            if gate.refused(refused) {
                class = Class::Provider;
                message =
                    format!("{message}; {} pictures in a row were refused like this: is the address right?", IN_A_ROW);
                gate.halt(CallEnd::WrongAddress, &message);
            } else if failed.outcome == CallEnd::Refused {
                doubt = Some((class, gate.taken()));
                // Recorded as what may be tried again: it has cost nothing.
                class = Class::Provider;
            }
        }
        if let Some(place) = self.keep_leftover() {
            message = format!("{message}; what came is kept as {place}");
        }
        // The run that submitted it may have asked too early; a later one has not. Kept in
        // flight, the call could never be made again, whatever the user allows.
        let is_silent = matches!(failed.outcome, CallEnd::Auth | CallEnd::Quota | CallEnd::Unfinished)
            && !self.machine.is_at_work();
        let is_forgotten = self.how == ResultOrigin::Resumed
            && self.hold.as_ref().is_some_and(Hold::has_job)
            && (failed.outcome == CallEnd::Gone || (self.order.lets_go && is_silent));
        if is_forgotten {
            message = format!("{message}; its result is not to be had any more, and --retry-unknown submits it again");
        }
        if failed.outcome == CallEnd::Unknown && self.hold.as_ref().is_some_and(Hold::has_job) {
            message = format!("{message}; --retry-unknown submits it again after it has asked for it once more");
        }
        // Nor is it settled in that run what an address gives that may be no picture yet.
        let is_early = self.how == ResultOrigin::Made && self.machine.may_come();
        if is_early {
            class = Class::Provider;
            message = format!("{message}; the next run asks for it again");
        }
        let failure = Failure::new(class, message);
        let account = |hold: &Hold, stage, last: &Last| match is_early {
            true => Account::Running,
            false => Account::of_failed(hold, stage, last, failed),
        };
        let closed = self.close(
            failure,
            |hold, stage, last| {
                if is_forgotten { Account::Unknown } else { account(hold, stage, last) }
            },
        );
        match (closed.await, doubt) {
            (UnmadeCall::Failed(failure), Some((class, taken))) => {
                UnmadeCall::Doubtful { failure: Failure { class, ..failure }, taken }
            }
            (unmade, _) => unmade,
        }
    }

    /// Gives up a call that could go on.
    async fn give_up(&mut self, class: Class, why: &str) -> UnmadeCall {
        self.close(Failure::new(class, why), Account::of_given_up).await
    }

    /// Keeps bytes that came and cannot be used, and returns their place for messages; `None` if there are none or they
    /// cannot be kept.
    fn keep_leftover(&self) -> Option<String> {
        let (Some(bytes), Some(Hold::Open(open))) = (self.machine.leftover(), &self.hold) else { return None };
        self.order.ledger.keep(open, bytes)
    }

    async fn interrupt(&mut self) -> UnmadeCall {
        let name = &self.provider.descriptor.provider;
        let why = if self.hold.as_ref().is_some_and(Hold::has_job) {
            format!("{name}: the run was stopped; the next one asks for the result")
        } else {
            let kept = self.keep_leftover().map(|place| format!("; what came is kept as {place}"));
            format!("{name}: the run was stopped while the call was under way{}", kept.unwrap_or_default())
        };
        self.give_up(Class::Interrupted, &why).await
    }

    async fn close(
        &mut self,
        failure: Failure,
        account: impl FnOnce(&Hold, RequestPurpose, &Last) -> Account,
    ) -> UnmadeCall {
        let Some(hold) = self.hold.take() else { return UnmadeCall::Held(failure) };
        let account = account(&hold, self.stage, &self.last);
        let ledger = self.order.ledger.clone();
        blocking(move || close(&*ledger, hold, account, failure)).await.unwrap_or_else(|unmade| unmade)
    }

    /// Returns the result of `work`, or the end of the call if the run is stopped first.
    async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T, UnmadeCall> {
        match self.order.stop.or(self.grace_to_wait(), work).await {
            Some(done) => Ok(done),
            None => Err(self.interrupt().await),
        }
    }

    /// Tells whether leaving the call now loses nothing that is known of it.
    fn may_be_left(&self) -> bool {
        match &self.hold {
            Some(Hold::Open(open)) => open.job().is_some() || self.stage == RequestPurpose::Submit,
            Some(Hold::Lock(_)) | None => true,
        }
    }

    /// Returns the time that a request goes on after a stop: a submit, and the fetching of what no later run could
    /// ask for.
    fn grace(&self) -> Duration {
        if self.stage == RequestPurpose::Submit { self.provider.timing.grace } else { self.grace_to_wait() }
    }

    fn grace_to_wait(&self) -> Duration {
        if self.may_be_left() { Duration::ZERO } else { self.provider.timing.grace }
    }
}

/// Says of what use a call was that ended like this; nothing of one that says nothing of others. `is_silent` if it
/// was accepted, and the provider does not say that it is at work.
fn use_of(outcome: CallEnd, is_silent: bool) -> Option<Use> {
    match outcome {
        CallEnd::BadOutput => Some(Use::Bad),
        CallEnd::Unknown => Some(Use::Lost),
        CallEnd::Failed => Some(Use::Failed),
        CallEnd::Gone | CallEnd::Unfinished if is_silent => Some(Use::Failed),
        _ => None,
    }
}

/// Returns the reason for which all calls to the provider wait, if this pause concerns them all.
fn shared(reason: PauseReason) -> Option<&'static str> {
    match reason {
        PauseReason::Asked(Trouble::RateLimited) | PauseReason::Trouble(Trouble::RateLimited) => {
            Some("too many requests")
        }
        PauseReason::Asked(Trouble::Busy | Trouble::ServerError) => Some("it asks for time"),
        PauseReason::Working | PauseReason::Asked(_) | PauseReason::Trouble(_) => None,
    }
}
