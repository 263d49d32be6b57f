//! HTTP clients: TLS, proxies, names and connections, one client for each way of reaching a host.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::ACCEPT_ENCODING;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderValue;
use reqwest::redirect;
use reqwest::retry;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::providers::client::RequestPurpose;
use crate::providers::client::address::Reach;
use crate::providers::client::private_v4;
use crate::providers::client::private_v6;
use crate::providers::client::service::proxies::Proxies;
use crate::providers::client::service::setup_error::SetupError;

const USER_AGENT: &str = concat!("recanvas/", env!("CARGO_PKG_VERSION"));
/// Longest time that a connection waits for its next request; servers close theirs after a minute.
const IDLE: Duration = Duration::from_secs(30);

/// The clients of one provider. None follows redirects, repeats a request or unpacks a body.
pub(super) struct Clients {
    /// Hosts that descriptor or user name.
    named: Pair,
    /// Hosts that a reply names; their addresses must be public.
    foreign: Client,
    /// The same behind a proxy: it looks the names up and decides what it reaches.
    foreign_proxied: Client,
    proxies: Proxies,
}

/// Clients that keep connections, and that open a fresh one for each request.
struct Pair {
    kept: Client,
    fresh: Client,
    /// The same for loopback, where no proxy is asked.
    own_kept: Client,
    own_fresh: Client,
}

impl Clients {
    /// Clients that give up connecting after `connect`.
    ///
    /// # Errors
    /// If the machine has no root certificates, or what the environment names is no proxy.
    pub(super) fn new(connect: Duration, is_local: bool) -> Result<Clients, SetupError> {
        // A machine without certificates can still talk to itself.
        let tls = tls(true).or_else(|error| if is_local { tls(false) } else { Err(error) })?;
        // A provider on this machine needs no proxy.
        let proxies = Proxies::of_environment().or_else(|why| if is_local { Ok(Proxies::none()) } else { Err(why) })?;
        let made = |change: &dyn Fn(ClientBuilder) -> ClientBuilder| {
            // What is packed all the same is unpacked under the ceiling of the reply.
            let plain = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
            let client = Client::builder()
                .default_headers(plain)
                .tls_backend_preconfigured(tls.clone())
                .user_agent(USER_AGENT)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                .connect_timeout(connect)
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true);
            // The text of such errors may repeat a proxy's address with its password.
            change(client).build().map_err(|_| SetupError::Connection)
        };
        Ok(Clients {
            named: Pair {
                kept: made(&|client| client)?,
                fresh: made(&|client| client.pool_max_idle_per_host(0))?,
                own_kept: made(&|client| client.no_proxy())?,
                own_fresh: made(&|client| client.no_proxy().pool_max_idle_per_host(0))?,
            },
            // What is in the way of the user's own network would be in the way of a proxy in it, too: the one
            // client never asks a proxy, and the other one asks nothing else.
            foreign: made(&|client| client.no_proxy().dns_resolver(PublicOnly))?,
            foreign_proxied: made(&|client| client)?,
            proxies,
        })
    }

    /// Tells whether a proxy is asked for a foreign address, and decides where that leads.
    pub(super) fn is_proxied(&self, url: &str) -> bool {
        self.proxies.take(url)
    }

    /// Returns the client for a request at this stage to this address, whose host is of this sort.
    pub(super) fn pick(&self, reach: Reach, stage: RequestPurpose, url: &str) -> &Client {
        match (reach, stage) {
            (Reach::Own, RequestPurpose::Submit) => &self.named.own_fresh,
            (Reach::Own, _) => &self.named.own_kept,
            // Only where no connection is used twice is a failure to connect known to be one.
            (Reach::Named, RequestPurpose::Submit) => &self.named.fresh,
            (Reach::Named, _) => &self.named.kept,
            (Reach::Foreign, _) if self.is_proxied(url) => &self.foreign_proxied,
            (Reach::Foreign, _) => &self.foreign,
        }
    }
}

/// Sets up TLS with the machine's root certificates, or with none.
fn tls(with_roots: bool) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| SetupError::Tls(error.to_string()))?;
    if !with_roots {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verified = builder.with_platform_verifier();
    let verified = verified.map_err(|error| SetupError::NoRoots(error.to_string()))?;
    Ok(verified.with_no_client_auth())
}

/// Looks names up and forgets every address that is not of the public network: a reply must not
/// lead into the user's own.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| !is_private(address.ip())).collect();
            if public.is_empty() {
                return Err("the name stands for private addresses only".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => private_v6(address),
    }
}
