//! Where requests are answered: what all providers have in common.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use crate::clock::Clock;
use crate::faults::Fault;
use crate::faults::Instead;
use crate::faults::Point;
use crate::faults::Refusal;
use crate::faults::Retry;
use crate::http::Delivery;
use crate::http::Reply;
use crate::http::Request;
use crate::keys;
use crate::provider::Provider;
use crate::provider::Route;
use crate::provider::Shop;
use crate::records::Asked;
use crate::records::ServerRecords;
use crate::script::Script;
use crate::store;

/// Bytes of a body that a lean script keeps.
const LEAN: usize = 4096;

/// One of a provider's hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Api,
    /// Uploads and results.
    Store,
    /// Where redirects lead; it has the same files as the store.
    Elsewhere,
}

/// What a request is for.
#[derive(Debug, Clone)]
pub(super) struct Purpose {
    pub(super) host: Host,
    pub(super) point: Point,
    pub(super) route: Option<Route>,
    /// The job that it asks for.
    pub(super) job: Option<usize>,
    /// What is said instead of serving it.
    pub(super) instead: Option<Instead>,
}

/// A provider's behaviour, without its sockets.
pub(crate) struct RequestHandler {
    pub(super) provider: Provider,
    pub(super) shop: Arc<dyn Shop>,
    pub(super) script: Script,
    pub(super) key: String,
    /// The origins of its hosts.
    pub(super) api: String,
    pub(super) store: String,
    pub(super) elsewhere: String,
    started: Instant,
    records: Mutex<ServerRecords>,
}

impl RequestHandler {
    pub(super) fn new(provider: Provider, mut script: Script, [api, store, elsewhere]: [String; 3]) -> Self {
        let key = script.key.clone().unwrap_or_else(|| provider.usual_key().to_owned());
        let records = Mutex::new(ServerRecords::new(std::mem::take(&mut script.rules)));
        let (shop, started) = (provider.shop(), script.clock.now());
        RequestHandler { provider, shop, script, key, api, store, elsewhere, started, records }
    }

    /// The records. A test that failed while it held them does not make the server fail.
    pub(super) fn records(&self) -> MutexGuard<'_, ServerRecords> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn violation(&self, text: impl Into<String>) {
        self.records().violation(text);
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.script.clock
    }

    pub(super) fn now(&self) -> Instant {
        self.clock().now()
    }

    pub(super) fn age(&self) -> Duration {
        self.now().duration_since(self.started)
    }

    /// What a request is for, by its head alone.
    pub(super) fn purpose(&self, host: Host, request: &Request) -> Purpose {
        let path = request.segments();
        let (route, point, id) = match host {
            Host::Api => {
                let route = self.shop.route(&request.method, &path);
                let point = route.as_ref().map_or(Point::Nowhere, Route::point);
                let id = route.as_ref().and_then(Route::job).map(str::to_owned);
                (route, point, id)
            }
            Host::Store => (None, store::point(&path), store::job(&path)),
            Host::Elsewhere => (None, Point::Elsewhere, store::job(&path)),
        };
        let mut records = self.records();
        let job = id.and_then(|id| records.find(&id).map(|(number, _)| number));
        let instead = records.strikes(job, |fault| match fault {
            Fault::Instead(own, instead) if *own == point => Some(instead.clone()),
            _ => None,
        });
        Purpose { host, point, route, job, instead: instead.into_iter().next() }
    }

    /// Answers a request that was read whole.
    pub(super) fn answer(&self, purpose: &Purpose, request: &Request) -> Reply {
        let authorised = keys::check(self, purpose, request);
        if purpose.host == Host::Api {
            if !authorised {
                return self.refuse(&Refusal::Unauthorized);
            }
            if let Some(wait) = self.exceeds_rate() {
                return self.refuse(&Refusal::Limited(Retry::Unsaid)).header("X-RateLimit-Remaining", 0).header(
                    "X-RateLimit-Reset",
                    (self.clock().time_of_day() + wait).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() + 1,
                );
            }
        }
        if let Some(instead) = &purpose.instead {
            return self.instead(instead, purpose, request);
        }
        let reply = match (&purpose.route, purpose.host) {
            (Some(route), _) => self.serve(route, request).unwrap_or_else(|refusal| self.refuse(&refusal)),
            (None, Host::Api) => {
                self.violation(format!(
                    "{} {} is no address of {}",
                    request.method,
                    request.path(),
                    self.provider.name()
                ));
                return self.refuse(&Refusal::NotFound);
            }
            (None, Host::Store | Host::Elsewhere) if authorised => store::serve(self, request),
            (None, _) => return Reply::store(403, "AccessDenied", "Only one auth mechanism allowed"),
        };
        let delivery = self.records().strikes(purpose.job, |fault| match fault {
            Fault::Delivery(point, delivery) if *point == purpose.point => Some(*delivery),
            _ => None,
        });
        let delivery = delivery.first().copied().unwrap_or_default();
        let arrives = matches!(delivery, Delivery::Whole | Delivery::Slow(_)) && reply.status == 200;
        if let (true, Point::Download | Point::Proxy | Point::Elsewhere, Some(job)) =
            (arrives, purpose.point, purpose.job)
        {
            self.records().jobs[job - 1].paid.is_delivered = true;
        }
        Reply { delivery, ..reply }
    }

    fn serve(&self, route: &Route, request: &Request) -> Result<Reply, Refusal> {
        match route {
            Route::Submit => self.submit(&self.json(request)?),
            Route::Initiate | Route::Confirm(_) => {
                let reply = self.shop.upload(self, route, &self.json(request)?);
                reply.inspect_err(|refusal| self.violation(format!("an upload: {refusal:?}")))
            }
            Route::Poll(id) | Route::Result(id) | Route::Cancel(id) => {
                if request.method == "POST" {
                    self.json(request)?;
                } else if !request.body.is_empty() {
                    self.violation(format!("a {} with a body", request.method));
                }
                let Some(seen) = self.look(id, route.point()) else {
                    self.violation(format!("there is no job {id}"));
                    return Err(Refusal::NotFound);
                };
                Ok(self.shop.show(self, route.point(), &seen))
            }
            Route::Test => Ok(Reply::json(200, &self.shop.test())),
        }
    }

    /// The body as JSON; providers take nothing else.
    fn json(&self, request: &Request) -> Result<Value, Refusal> {
        if request.content_type() != Some("application/json") {
            self.violation(format!("the content type {:?} of a body of JSON", request.content_type()));
            return Err(Refusal::BadInput("Content-Type must be application/json".into()));
        }
        serde_json::from_slice(&request.body).map_err(|error| {
            self.violation(format!("a body is no JSON: {error}"));
            Refusal::BadInput("the body is no JSON".into())
        })
    }

    fn instead(&self, instead: &Instead, purpose: &Purpose, request: &Request) -> Reply {
        match instead {
            Instead::Says(refusal) if purpose.host == Host::Api => self.refuse(refusal),
            Instead::Says(refusal) => store::refuse(purpose.point, refusal),
            Instead::Html => Reply::page(200),
            Instead::Echo(before) => self.refuse(&Refusal::BadInput(echo(*before, request))),
            // The connection is closed before the body is read.
            Instead::Unread => Reply { delivery: Delivery::Lost, ..Reply::page(500) },
            Instead::Redirect(code) => {
                Reply::page(*code).header("Location", format!("{}{}", self.elsewhere, request.target))
            }
        }
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Reply {
        let reply = self.shop.refuse(refusal);
        match refusal {
            Refusal::Limited(Retry::Seconds(seconds)) => reply.header("Retry-After", seconds),
            Refusal::Limited(Retry::Date(seconds)) => {
                let date = self.clock().time_of_day() + Duration::from_secs(*seconds);
                reply.header("Retry-After", httpdate::fmt_http_date(date))
            }
            Refusal::Limited(Retry::Body(seconds)) => with_retry(reply, *seconds),
            _ => reply,
        }
    }

    /// How long to wait, if this request is one too many.
    fn exceeds_rate(&self) -> Option<Duration> {
        let (most, time) = self.script.rate?;
        let now = self.now();
        let mut records = self.records();
        while records.recent.front().is_some_and(|at| now.duration_since(*at) > time) {
            records.recent.pop_front();
        }
        if records.recent.len() < most {
            records.recent.push_back(now);
            return None;
        }
        records.limited += 1;
        records.recent.front().map(|at| time.saturating_sub(now.duration_since(*at)))
    }

    /// Writes down a request with the code of its reply.
    pub(super) fn record(&self, purpose: &Purpose, request: &Request, at: (u64, usize), status: u16) {
        let kept = if self.script.is_lean { request.body.len().min(LEAN) } else { request.body.len() };
        let asked = Asked {
            at: self.age(),
            point: purpose.point,
            method: request.method.clone(),
            target: request.target.clone(),
            head: request.head.clone(),
            body: request.body[..kept].to_vec(),
            job: purpose.job,
            connection: at.0,
            nth: at.1,
            status,
        };
        self.records().asked.push(asked);
    }
}

/// The request as a text, without its pictures.
fn echo(before: usize, request: &Request) -> String {
    let mut body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    for (_, value) in body.as_object_mut().into_iter().flatten() {
        if value.as_str().is_some_and(|text| text.len() > LEAN) {
            *value = "a picture".into();
        }
    }
    let head = String::from_utf8_lossy(&request.head);
    let credential = head.lines().find(|line| line.to_lowercase().starts_with("authorization")).unwrap_or_default();
    format!("{}{credential} {body} {}", "x".repeat(before), head.replace("\r\n", " "))
}

fn with_retry(reply: Reply, seconds: u64) -> Reply {
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    body["retry_after"] = seconds.into();
    Reply { body: body.to_string().into_bytes().into(), ..reply }
}
