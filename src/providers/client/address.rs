//! Checks the addresses to which requests may go.
//!
//! A request that carries the key goes to a host that the descriptor lists, over https; one
//! that does not may go anywhere over https. Loopback is allowed where the provider itself is
//! on loopback: by its descriptor, or because its endpoint was moved there.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use url::Host;
use url::Url;

use crate::error::printable;
use crate::providers::client::AddressError;

/// Kind of the host to which an address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// This machine, and the provider is meant to be on it.
    Own,
    /// A host that descriptor or user name.
    Named,
    /// Any other; it must not lead into a private network.
    Foreign,
}

/// The rules for one provider's addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    hosts: Vec<String>,
    endpoint: Option<Url>,
}

impl Addresses {
    /// Rules for `hosts`, all of whose requests go to `endpoint` instead if there is one: a
    /// proxy, a gateway or a test. Path and query are kept.
    ///
    /// # Errors
    /// What is wrong with the endpoint.
    pub fn new(hosts: &[String], endpoint: Option<&str>) -> Result<Addresses, AddressError> {
        let endpoint = endpoint.map(|text| {
            let url = parse(text).map_err(|why| AddressError::Endpoint(why.into()))?;
            // What else stands in it may be a secret.
            let (shown, more) = (origin(&url), url.query().is_some() || url.fragment().is_some());
            if !matches!(url.path(), "" | "/") || more {
                return Err(AddressError::EndpointPath(shown));
            }
            if !is_safe(&url, is_loopback(&url)) {
                return Err(AddressError::EndpointUnsafe(shown));
            }
            Ok(url)
        });
        Ok(Addresses { hosts: hosts.to_vec(), endpoint: endpoint.transpose()? })
    }

    /// Returns the address of a request that the descriptor describes and that may carry the key.
    ///
    /// # Errors
    /// Why nothing may be sent there; the text names only scheme and host.
    pub fn api(&self, text: &str) -> Result<String, AddressError> {
        let url = self.read(text)?;
        if self.is_listed(&url) {
            return self.moved(url);
        }
        // What stands in for the provider may name itself.
        let is_endpoint =
            |endpoint: &Url| endpoint.origin() == url.origin() || (is_loopback(&url) && is_loopback(endpoint));
        if self.endpoint.as_ref().is_some_and(is_endpoint) {
            return Ok(url.into());
        }
        Err(unlisted(&url))
    }

    /// Returns the address of a request without the key, like a presigned upload.
    ///
    /// # Errors
    /// Why nothing may be sent there; the text names only scheme and host.
    pub fn foreign(&self, text: &str) -> Result<String, AddressError> {
        let url = self.read(text)?;
        if self.is_listed(&url) { self.moved(url) } else { self.download(text) }
    }

    /// Returns the address of a picture, as the provider gave it.
    ///
    /// # Errors
    /// Why nothing may be fetched from there; the text names only scheme and host.
    pub fn download(&self, text: &str) -> Result<String, AddressError> {
        let url = self.read(text)?;
        let local = self.is_local();
        if is_private(&url) && !(local && is_loopback(&url)) {
            return Err(AddressError::Private(origin(&url)));
        }
        if !is_safe(&url, local) {
            return Err(AddressError::Unsafe(origin(&url)));
        }
        Ok(url.into())
    }

    /// Resolves the address to which a redirect of a request to `from` leads.
    ///
    /// # Errors
    /// Why it is not followed.
    pub fn redirect(&self, from: &str, location: &str, carries_key: bool) -> Result<String, AddressError> {
        let from = parse(from)?;
        let to = from.join(location).map_err(AddressError::Nowhere)?;
        if !carries_key {
            return self.download(to.as_str());
        }
        // On loopback another port is another server, which a redirect gives no right to the key.
        if to.origin() != from.origin() && !self.is_listed_with_port(&to) {
            return Err(AddressError::Redirect(origin(&to)));
        }
        self.api(to.as_str())
    }

    /// Returns the kind of the host to which a request is about to be sent: the last look at its address.
    ///
    /// # Errors
    /// Why it must not be sent there.
    pub(super) fn reach(&self, text: &str, carries_key: bool) -> Result<Reach, AddressError> {
        let url = parse(text)?;
        if !is_safe(&url, true) {
            return Err(AddressError::Unsafe(origin(&url)));
        }
        let is_endpoint = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.origin() == url.origin());
        let is_own = is_loopback(&url);
        if is_endpoint || self.is_listed(&url) || (is_own && self.is_local()) {
            return Ok(if is_own { Reach::Own } else { Reach::Named });
        }
        if carries_key {
            return Err(unlisted(&url));
        }
        self.download(text).map(|_| Reach::Foreign)
    }

    /// Tells whether the provider itself is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.endpoint {
            Some(endpoint) => is_loopback(endpoint),
            None => self.hosts.iter().all(|host| is_loopback_name(without_port(host))),
        }
    }

    /// Reads an address. A listed host that names one of its own in clear is asked by https.
    fn read(&self, text: &str) -> Result<Url, AddressError> {
        let mut url = parse(text)?;
        if url.scheme() == "http" && !is_loopback(&url) && self.is_listed(&url) {
            url.set_scheme("https").map_err(|()| AddressError::Unsafe(origin(&url)))?;
        }
        Ok(url)
    }

    fn moved(&self, mut url: Url) -> Result<String, AddressError> {
        if let Some(endpoint) = &self.endpoint {
            let mut to = endpoint.clone();
            to.set_path(url.path());
            to.set_query(url.query());
            url = to;
        }
        if !is_safe(&url, is_loopback(&url)) {
            return Err(AddressError::Unsafe(origin(&url)));
        }
        Ok(url.into())
    }

    fn is_listed(&self, url: &Url) -> bool {
        // On another port of a listed host another program may listen; on loopback the user chose the port.
        self.is_listed_with_port(url) || (is_loopback(url) && self.hosts.iter().any(|listed| is_host(listed, url)))
    }

    /// Tells whether a listed host stands for the address, its port included.
    fn is_listed_with_port(&self, url: &Url) -> bool {
        self.hosts.iter().any(|listed| match (listed.rsplit_once(':'), url.port()) {
            (Some((name, port)), Some(own)) if port == own.to_string() => is_host(name, url),
            (_, Some(_)) => false,
            (_, None) => is_host(listed, url),
        })
    }
}

/// Returns a listed host without its port, if it has one; `[::1]` has none.
fn without_port(listed: &str) -> &str {
    let parted = listed.rsplit_once(':').filter(|(name, port)| !name.is_empty() && !port.ends_with(']'));
    parted.map_or(listed, |(name, _)| name)
}

fn is_host(listed: &str, url: &Url) -> bool {
    url.host_str().is_some_and(|host| host_matches(listed, host))
}

/// Tells whether a listed host, which may begin with `*.`, stands for `host`.
pub(super) fn host_matches(listed: &str, host: &str) -> bool {
    match listed.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => listed.eq_ignore_ascii_case(host),
    }
}

/// Tells whether this name or address is this machine's own.
pub(super) fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn parse(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(AddressError::NoAddress)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Login(origin(&url)));
    }
    match url.host_str() {
        Some(_) => Ok(url),
        None => Err(AddressError::NoHost),
    }
}

/// Returns the scheme, host and port of the address to which a reply leads, fit for a message; `None` if it has no
/// host.
pub(super) fn origin_of(location: &str) -> Option<String> {
    Url::parse(location).ok().filter(Url::has_host).map(|url| printable(&origin(&url)))
}

/// Returns scheme, host and port: what of an address may stand in a message. Paths and queries of presigned
/// addresses are secrets.
fn origin(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Returns the error of an address to which the key does not go, with advice to list its host where that would help.
fn unlisted(url: &Url) -> AddressError {
    let mut advice = String::new();
    if !is_private(url) && url.scheme() == "https" {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        let host = url.host_str().unwrap_or_default();
        advice = format!("; if it belongs to the provider, add `{host}{port}` to `hosts` in a copy of its descriptor");
    }
    AddressError::Unlisted { origin: origin(url), advice }
}

fn is_safe(url: &Url, local: bool) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && local && is_loopback(url))
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_name)
}

/// Tells whether the address is written as one of a private network. Names are looked up, and looked at again, when
/// the connection is opened.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => private_v4(address),
        Some(Host::Ipv6(address)) => private_v6(address),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    }
}

/// Tells whether an IPv4 address is not of the public network (RFC 6890).
#[must_use]
pub fn private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || shared
        || (a == 198 && (18..20).contains(&b))
        // Protocols of the network itself, and relays of 6to4.
        || [[192, 0, 0], [192, 88, 99]].contains(&[a, b, c])
}

/// Tells whether an IPv6 address is not of the public network (RFC 6890).
#[must_use]
pub fn private_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return private_v4(inner);
    }
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is given out for public use; 64:ff9b::/96 carries IPv4 addresses inside.
    a & 0xe000 != 0x2000
        // 6to4 carries any IPv4 address inside.
        || a == 0x2002
        // Protocols of the network itself, among them Teredo, which carries IPv4 addresses, too.
        || (a == 0x2001 && b < 0x0200)
        // Documentation.
        || (a == 0x2001 && b == 0x0db8)
        || (a == 0x3fff && b < 0x1000)
}
