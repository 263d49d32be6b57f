//! Has a call made: what it costs, what is sent, and where its result is.

use std::sync::Arc;

use crate::batch::Event;
use crate::batch::SourcePlan;
use crate::batch::memory::MemoryNeed;
use crate::batch::memory::calls::need_to_finish;
use crate::batch::memory::calls::need_to_prepare;
use crate::batch::memory::too_much_memory;
use crate::batch::remote::pixels;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::pool_queue::Urgency;
use crate::batch::remote::published::Published;
use crate::batch::remote::remote_task::NeededCall;
use crate::batch::remote::remote_task::RemoteTask;
use crate::batch::remote::scheduler::RemoteScheduler;
use crate::batch::remote::services::RunLedger;
use crate::batch::remote::unasked::Unasked;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::providers::BACK;
use crate::providers::CachedResult;
use crate::providers::Call;
use crate::providers::CallState;
use crate::providers::Canvas;
use crate::providers::Ledger as _;
use crate::providers::ResultOrigin;
use crate::providers::SubmitRefusal;
use crate::providers::client::MadeCall;
use crate::providers::client::Order;
use crate::providers::client::Submission;
use crate::providers::client::UnmadeCall;
use crate::providers::walk;

/// Results that are in the cache.
#[derive(Clone, Copy)]
pub(super) struct CallResults {
    pub(super) cached: CachedResult,
    /// That of the first of two passes.
    pub(super) first: Option<CachedResult>,
}

impl<'a> RemoteScheduler<'_, 'a> {
    /// Has a call made, after the first of two passes if there is one. The result of one `among` several of its
    /// source waits for the others, unless further calls wait for the judgement on it.
    pub(super) async fn ask(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        ask: NeededCall<'a>,
        among: bool,
    ) -> (NeededCall<'a>, Result<CallResults, UnmadeCall>) {
        // What cannot be finished here is not paid for.
        if let Some(failure) = ask.tasks.iter().find_map(|task| self.could_finish(source, task, &ask.canvas).err()) {
            return (ask, Err(UnmadeCall::Failed(failure)));
        }
        let first = match ask.canvas.first() {
            None => None,
            Some(first) => match self.call(source, content, &ask, first, None).await {
                Ok(made) => Some(made.cached),
                Err(unmade) => return (ask, Err(unmade)),
            },
        };
        let made = self.call(source, content, &ask, ask.canvas, first).await;
        first.into_iter().for_each(|first| self.leave_unjudged(&ask, first));
        let answer = made.map(|made| CallResults { cached: made.cached, first });
        if let (Ok(answer), true) = (&answer, among) {
            self.judge_early(source, content, &ask, answer).await;
        }
        (ask, answer)
    }

    fn leave_unjudged(&self, ask: &NeededCall<'a>, result: CachedResult) {
        if let Some(Ok(service)) = self.services.of(&ask.provider) {
            service.unjudged(result.key);
        }
    }

    /// Looks at a result by itself if further calls wait for the judgement on it.
    async fn judge_early(&self, source: &'a SourcePlan, content: Digest, ask: &NeededCall<'a>, answer: &CallResults) {
        let Some(Ok(service)) = self.services.of(&ask.provider) else { return };
        if service.returned(answer.cached.key) {
            self.judge(source, content, ask, *answer, service.clone()).await;
            // If nothing could be said of it, no task waits longer.
            service.unjudged(answer.cached.key);
        }
    }

    /// Has one call made, unless its result is there.
    async fn call(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        ask: &NeededCall<'a>,
        canvas: Canvas,
        first: Option<CachedResult>,
    ) -> Result<MadeCall, UnmadeCall> {
        let header = source
            .header()
            .ok_or_else(|| UnmadeCall::Held(Failure::new(Class::Internal, "a call without a header")))?;
        let call = ask.provider.call(ask.stage, content, canvas, header.orientation);
        let service = match self.services.of(&ask.provider) {
            Some(Ok(service)) => service,
            Some(Err(why)) => return self.in_cache(&call, why),
            None => return Err(UnmadeCall::Held(Failure::new(Class::Internal, "a provider has no service"))),
        };
        let order = Order {
            ledger: self.ledger.clone(),
            call: &call,
            first: first.map(|first| first.key),
            quote: ask.provider.quote(&canvas),
            check: pixels::check(canvas.returned(), Arc::clone(&self.run.admission)),
            lets_go: self.run.context.request.retry_unknown,
            stop: &self.stop,
        };
        let published = Published::of(&ask.provider, &call);
        let made = loop {
            let submission = || self.submission(source, content, ask, (&call, first), published.as_ref());
            match self.afford(&order, || service.make(&order, submission)).await {
                // What others reserved may turn out to be more than they cost.
                Err(UnmadeCall::Refused(SubmitRefusal::OverBudget { .. })) if self.is_anyone_paying() => {
                    // They may wait for the place of the first pass.
                    first.into_iter().for_each(|first| self.leave_unjudged(ask, first));
                    self.paid().await;
                }
                made => break made,
            }
        };
        // A running job may not have fetched its picture yet, also when this run ends.
        let still_runs = matches!(&made, Err(UnmadeCall::Held(failure)) if failure.class != Class::UnknownCall);
        if let Some(published) = published.filter(|_| !still_runs) {
            published.take_down();
        }
        if let Ok(MadeCall { how, .. }) = &made {
            let (source, provider) = (source.file.path.as_path(), ask.provider.name());
            self.run.context.observer.notice(&Event::CallEnded { source, provider, how: *how });
        }
        made
    }

    /// Returns the result of a call whose provider cannot be asked.
    fn in_cache(&self, call: &Call, why: &Unasked) -> Result<MadeCall, UnmadeCall> {
        let failure = Failure::new(Class::Provider, format!("{}: {why}", call.provider));
        match self.ledger.state_of(call)? {
            CallState::Done(cached) => Ok(MadeCall { cached, how: ResultOrigin::Reused, cost: None }),
            CallState::New(_) => Err(UnmadeCall::Failed(failure)),
            _ => Err(UnmadeCall::Held(failure)),
        }
    }

    /// Has the pool make what is sent.
    async fn submission(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        ask: &NeededCall<'a>,
        (call, first): (&Call, Option<CachedResult>),
        published: Option<&Published>,
    ) -> Result<Submission, Failure> {
        let stopped = || Failure::new(Class::Interrupted, "the run was stopped");
        let decisions = source.decisions.as_deref().ok_or_else(stopped)?;
        let reading = self.run.reading(source, decisions, ask.tasks[0].one.task);
        let need = need_to_prepare(&MemoryNeed::of_calls(source, decisions), &[ask.tasks[0].one], &call.canvas);
        self.within_memory(need)?;
        let (wanted, ledger) = (ask.wanted(call.canvas), self.ledger.clone());
        let work = move || {
            let first = first.map(|first| read(&ledger, &first)).transpose()?;
            pixels::prepare(&reading, content, &Wanted { first, ..wanted })
        };
        let picture = self.queue.done(need, Urgency::Prepare, work).await.ok_or_else(stopped)??;
        let public_url = published.map(|published| published.put(&picture.bytes)).transpose()?;
        let mut variables = ask.provider.variables(call);
        if call.canvas.steps > 0
            && let Some(Ok(service)) = self.services.of(&ask.provider)
        {
            if let Some(known) = service.walked() {
                let share = walk::next(call.canvas.zoom(), call.canvas.zoom_needed(), known)?;
                variables.insert(BACK.to_owned(), share.into());
            }
            if let Some(asked) = variables.get(BACK).and_then(serde_json::Value::as_f64) {
                service.walks(call.key(0), asked);
            }
        }
        Ok(Submission { variables, picture, public_url, jitter: 0 })
    }

    /// Parts the tasks of a call that can be finished here from those that cannot, so that these fail alone.
    pub(super) fn by_memory(
        &self,
        source: &SourcePlan,
        ask: NeededCall<'a>,
    ) -> impl Iterator<Item = NeededCall<'a>> + use<'a> {
        let NeededCall { stage, provider, canvas, tasks } = ask;
        let fits = |task: &RemoteTask<'a>| self.could_finish(source, task, &canvas).is_ok();
        let (fit, large): (Vec<_>, Vec<_>) = tasks.into_iter().partition(fits);
        let ask = move |tasks| NeededCall { stage, provider: provider.clone(), canvas, tasks };
        [fit, large].into_iter().filter(|tasks| !tasks.is_empty()).map(ask)
    }

    fn could_finish(&self, source: &SourcePlan, task: &RemoteTask<'a>, canvas: &Canvas) -> Result<(), Failure> {
        let Some(decisions) = source.decisions.as_deref() else { return Ok(()) };
        let (own, canvas) = (MemoryNeed::of_calls(source, decisions), std::iter::once(canvas));
        self.within_memory(need_to_finish(&own, &[task.one], canvas))
    }

    pub(super) fn within_memory(&self, need: u64) -> Result<(), Failure> {
        let budget = self.run.admission.budget();
        if need > budget { Err(too_much_memory(need, budget)) } else { Ok(()) }
    }
}

/// Returns the bytes of a result.
pub(super) fn read(ledger: &RunLedger, cached: &CachedResult) -> Result<Vec<u8>, Failure> {
    ledger.read(cached).map_err(|error| Failure::new(Class::BadOutput, error.0))
}
