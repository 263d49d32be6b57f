//! Proxies of the environment: which requests they take.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::providers::client::service::setup_error::SetupError;

/// Variables that name the proxy of addresses with `https://`: the first that is set counts.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxies that the clients of this process use, by the rules of the clients themselves.
pub(super) struct Proxies(Matcher);

impl Proxies {
    /// Reads the environment.
    ///
    /// # Errors
    /// If it names what is no proxy that could be asked: requests would go out without one. The text has no
    /// part of the value, which may hold a password.
    pub(super) fn of_environment() -> Result<Proxies, SetupError> {
        let set = VARIABLES.into_iter().find_map(|name| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            Some((name, value))
        });
        match set {
            Some((name, value)) if !value.to_str().is_some_and(is_proxy) => Err(SetupError::Proxy(name)),
            _ => Ok(Proxies(Matcher::from_system())),
        }
    }

    /// Takes no request.
    pub(super) fn none() -> Proxies {
        Proxies(Matcher::builder().build())
    }

    /// Tells whether a proxy takes requests to this address.
    pub(super) fn take(&self, url: &str) -> bool {
        url.parse::<Uri>().is_ok_and(|uri| self.0.intercept(&uri).is_some())
    }
}

/// Tells whether the value of a variable is the address of a proxy for HTTP.
fn is_proxy(value: &str) -> bool {
    is_address(value) && is_taken(value)
}

/// Tells whether it can be read in one way alone. Of one that cannot, a part of the password may be asked for as
/// a host, or a port that is none be left out.
fn is_address(value: &str) -> bool {
    let whole = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let authority = whole.split_once("://").map_or("", |(_, rest)| rest.strip_suffix('/').unwrap_or(rest));
    let login = authority.rsplit_once('@').map_or("", |(login, _)| login);
    let is_hex = |pair: Option<&[u8]>| pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    let mut percents = login.bytes().enumerate().filter(|(_, byte)| *byte == b'%');
    let is_encoded = percents.all(|(at, _)| is_hex(login.as_bytes().get(at + 1..at + 3)));
    let is_plain = !authority.contains(['/', '?', '#', '\\']) && !authority.contains(char::is_whitespace);
    is_plain && !login.contains('@') && is_encoded && Url::parse(&whole).is_ok_and(|url| url.port() != Some(0))
}

fn is_taken(value: &str) -> bool {
    let matcher = Matcher::builder().all(value.to_owned()).build();
    let taken = matcher.intercept(&Uri::from_static("https://example.com/"));
    taken.is_some_and(|proxy| matches!(proxy.uri().scheme_str(), Some("http" | "https")))
}
