//! Services of the providers that a run asks, with their keys and limits.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use tokio::runtime::Builder;
use tokio::runtime::Runtime;

use crate::batch::Due;
use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::allowance::caps;
use crate::batch::remote::endpoints::moved;
use crate::batch::remote::unasked::Unasked;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::locks::lock;
use crate::manifest::Caps;
use crate::manifest::Journal;
use crate::manifest::ManifestLedger;
use crate::pipeline::Pipeline;
use crate::providers::Descriptor;
use crate::providers::Notice;
use crate::providers::Provider;
use crate::providers::Secret;
use crate::providers::Secrets;
use crate::providers::Terms;
use crate::providers::Usd;
use crate::providers::Variables;
use crate::providers::client::ReplyMemory;
use crate::providers::client::Service;
use crate::providers::client::Setup;
use crate::providers::client::Tested;

/// Asks a provider whether it can be reached and takes the key, which costs nothing. The key and
/// the endpoint are those that a run would use.
///
/// # Errors
/// [`ErrorKind::Provider`] if it cannot even be asked, as without a key.
pub fn try_provider(descriptor: &Arc<Descriptor>) -> Result<Tested, Error> {
    // The caller's thread may be one that drives asynchronous work, and must not do so twice.
    let tested = thread::scope(|scope| scope.spawn(|| tested(descriptor)).join());
    let tested = tested.unwrap_or(Err(Unasked::Defect));
    tested.map_err(|why| Error::new(ErrorKind::Provider, why.to_string()).because(why))
}

fn tested(descriptor: &Arc<Descriptor>) -> Result<Tested, Unasked> {
    let provider = Provider {
        descriptor: descriptor.clone(),
        params: Variables::new(),
        terms: Terms::default(),
        backdrop: None,
        preparation: None,
    };
    let key = descriptor.key.as_ref().map(Secret::read).transpose()?;
    let (tell, _) = mpsc::channel();
    let service = serve(&provider, key, tell, ReplyMemory::default(), false)?;
    Ok(runtime()?.block_on(service.test()))
}

/// Threads that wait for the disk on behalf of calls.
const DISK_THREADS: usize = 32;

/// Makes the runtime that waits for sockets and time, on the calling thread.
pub(super) fn runtime() -> Result<Runtime, Unasked> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().max_blocking_threads(DISK_THREADS);
    builder.build().map_err(Unasked::NoThread)
}

/// The ledger of a run.
pub(super) type RunLedger = ManifestLedger<Arc<Journal>>;

/// The paid side of a run whose ledger is open.
pub(in crate::batch) struct RemoteSide {
    pub(super) services: Services,
    pub(super) ledger: Arc<RunLedger>,
    /// Refusal of the first call that could have cost more than is allowed; none if there was no such call.
    pub(super) over_budget: Mutex<Option<String>>,
}

/// The providers of a pipeline, each with its service or the reason why there is none.
pub(in crate::batch) struct Services {
    all: Vec<(Arc<Provider>, Result<Service, Unasked>)>,
    pub(super) secrets: Secrets,
    /// Notices of services about their providers.
    notices: Mutex<mpsc::Receiver<Notice>>,
    is_proxy_told: AtomicBool,
}

impl Services {
    /// Sets up every provider that a target may ask; none if there is no such target.
    ///
    /// # Errors
    /// If the plan surely needs a call of one that cannot be set up, as without a key, or if the run is
    /// unattended and there is no budget.
    pub(in crate::batch) fn open(
        pipeline: &Pipeline,
        request: &Request,
        plan: &Plan,
        useless: &[String],
    ) -> Result<Option<Services>, Refusal> {
        let (tell, notices) = mpsc::channel();
        let mut services = Services {
            all: Vec::new(),
            secrets: Secrets::default(),
            notices: Mutex::new(notices),
            is_proxy_told: AtomicBool::new(false),
        };
        let (mut keys, reply_memory): (Vec<Secret>, ReplyMemory) = Default::default();
        for provider in plan.tasks(pipeline).flat_map(|task| task.recipe.outpaint.engines.providers()) {
            if services.of(provider).is_none() {
                let key = provider.descriptor.key.as_ref().map(Secret::read).transpose();
                keys.extend(key.iter().flatten().cloned());
                let is_suspect = useless.iter().any(|name| name == provider.name());
                let service = key
                    .map_err(Unasked::from)
                    .and_then(|key| serve(provider, key, tell.clone(), reply_memory.clone(), is_suspect));
                services.all.push((provider.clone(), service));
            }
        }
        services.secrets = Secrets::of(&keys);
        guard(pipeline, request, plan)?;
        let due = plan.sources.iter().flat_map(|source| &source.calls).filter(|call| call.due == Due::Surely);
        for call in due {
            if let Some(Err(why)) = services.of(&call.plan.provider) {
                let name = call.plan.provider.name();
                return Err(Refusal::Usage {
                    message: format!("{name} cannot be asked: {why}"),
                    hint: format!("`recanvas engines show {name}` names the variables of its key and endpoint"),
                });
            }
        }
        Ok(if services.all.is_empty() { None } else { Some(services) })
    }

    /// Returns the service for a provider, or the reason why there is none; `None` for a provider that was not set up.
    pub(super) fn of(&self, provider: &Provider) -> Option<&Result<Service, Unasked>> {
        let is_same = |known: &Provider| {
            known.name() == provider.name()
                && known.descriptor == provider.descriptor
                && known.terms.endpoint == provider.terms.endpoint
        };
        self.all.iter().find(|(known, _)| is_same(known)).map(|(_, service)| service)
    }

    /// Returns the providers whose last results could not be used, given those of the runs before.
    pub(super) fn useless(&self, before: Vec<String>) -> Vec<String> {
        let of = |(provider, service): &(Arc<Provider>, Result<Service, Unasked>)| {
            let is_suspect = service.as_ref().is_ok_and(Service::is_suspect);
            (provider.name().to_owned(), is_suspect, service.is_ok())
        };
        let now: Vec<(String, bool, bool)> = self.all.iter().map(of).collect();
        let is_known = |name: &String| now.iter().any(|(known, _, is_served)| known == name && *is_served);
        let mut useless: Vec<String> = before.into_iter().filter(|name| !is_known(name)).collect();
        useless.extend(now.iter().filter(|(_, is_suspect, _)| *is_suspect).map(|(name, ..)| name.clone()));
        useless.sort();
        useless.dedup();
        useless
    }

    /// Takes the notices about providers since the last time.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let said: Vec<Notice> = lock(&self.notices).try_iter().collect();
        // The proxy is the same for all providers.
        let is_news = |notice: &Notice| *notice != Notice::Proxied || !self.is_proxy_told.swap(true, Ordering::Relaxed);
        said.into_iter().filter(is_news).collect()
    }

    /// Calls that may be in flight at the same time, of all providers together.
    pub(super) fn in_flight(&self) -> usize {
        let flying = |provider: &Provider| provider.terms.in_flight.unwrap_or(provider.descriptor.limits.in_flight);
        self.all.iter().map(|(provider, _)| flying(provider) as usize).sum()
    }
}

/// Refuses to pay by accident: an unattended run needs a limit.
fn guard(pipeline: &Pipeline, request: &Request, plan: &Plan) -> Result<(), Refusal> {
    let cost = plan.cost();
    let is_free = cost.highest == Some(Usd::ZERO) || cost.calls + cost.possible == cost.if_useless;
    if request.is_attended || is_free || caps(pipeline, request) != Caps::default() {
        return Ok(());
    }
    let most = cost.highest.map_or_else(|| "an unknown sum".to_owned(), |highest| format!("up to {highest} USD"));
    let calls = cost.calls + cost.possible;
    Err(Refusal::Usage {
        message: format!("the run would pay {most} for {calls} calls, without a limit and unattended"),
        hint: "set `budget: { per_run: … }` in the pipeline, or pass --max-cost USD".into(),
    })
}

fn serve(
    provider: &Provider,
    secret: Option<Secret>,
    tell: mpsc::Sender<Notice>,
    reply_memory: ReplyMemory,
    is_suspect: bool,
) -> Result<Service, Unasked> {
    let (descriptor, terms) = (&provider.descriptor, &provider.terms);
    let moved = moved(descriptor)?;
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let service = Service::new(Setup {
        is_suspect,
        endpoint: moved.or_else(|| terms.endpoint.clone()),
        in_flight: terms.in_flight,
        per_minute: terms.per_minute,
        seed,
        reply_memory,
        // A closed channel means that the run has ended.
        listener: Some(Arc::new(move |notice| drop(tell.send(notice.clone())))),
        ..Setup::new(descriptor.clone(), secret)
    })?;
    Ok(service)
}
