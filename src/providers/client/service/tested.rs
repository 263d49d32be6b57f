//! Tests whether a provider can be reached and takes the key.

use std::time::Duration;

use url::Url;

use crate::providers::client::CallEnd;
use crate::providers::client::HttpReply;
use crate::providers::client::Service;
use crate::providers::client::service::CancelSignal;
use crate::providers::client::service::reply_memory::ReplyReservation;

/// A path at which no provider has anything.
const NOWHERE: &str = "/recanvas/nothing-is-here";

/// Result of a provider's test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tested {
    /// It answers, and takes the key if it wants one.
    Accepted,
    /// It answers, and does not take the key; the line says what it says.
    KeyRefused(String),
    /// It answers and takes the key, and there is no credit.
    NoCredit(String),
    /// It answers, and not with anything that says whether it takes the key.
    Unclear(String),
    /// It does not answer.
    NotReached(String),
    /// It has no request that is surely free.
    NoTest,
}

impl Service {
    /// Asks the provider by the descriptor's test request, which costs nothing.
    pub async fn test(&self) -> Tested {
        let provider = &*self.0;
        let request = match provider.descriptor.test_request(&provider.addresses) {
            None => return Tested::NoTest,
            Some(Err(why)) => return Tested::NotReached(why.to_string()),
            Some(Ok(request)) => request,
        };
        let clean = |text: &str| provider.secrets.message(text);
        let mut reservation = ReplyReservation::of(&provider.reply_memory);
        match provider
            .transport
            .send(&provider.descriptor, request, u64::MAX, &mut reservation, (&CancelSignal::default(), Duration::ZERO))
            .await
        {
            Err(lost) => Tested::NotReached(clean(&lost.why)),
            Ok(reply) => match provider.descriptor.read_test(&reply) {
                Ok(()) if reply.status < 400 => Tested::Accepted,
                Ok(()) => self.is_told_apart(&reply).await,
                Err(failed) => match failed.outcome {
                    CallEnd::WrongAddress => Tested::NotReached(clean(&failed.message)),
                    CallEnd::Auth => Tested::KeyRefused(clean(&failed.message)),
                    CallEnd::Quota => Tested::NoCredit(clean(&failed.message)),
                    _ => Tested::Unclear(clean(&failed.message)),
                },
            },
        }
    }

    /// Tells whether the address answers otherwise where the test asks for what is not there: one that says so of
    /// everything is no provider's.
    async fn is_told_apart(&self, told: &HttpReply) -> Tested {
        let provider = &*self.0;
        let Some(Ok(mut other)) = provider.descriptor.test_request(&provider.addresses) else { return Tested::NoTest };
        let Ok(url) = Url::parse(&other.url).and_then(|url| url.join(NOWHERE)) else { return Tested::NoTest };
        other.url = url.into();
        let mut reservation = ReplyReservation::of(&provider.reply_memory);
        match provider
            .transport
            .send(&provider.descriptor, other, u64::MAX, &mut reservation, (&CancelSignal::default(), Duration::ZERO))
            .await
        {
            Ok(reply) if (reply.status, &reply.body) == (told.status, &told.body) => {
                let name = &provider.descriptor.provider;
                Tested::NotReached(format!("{name}: it answers HTTP {} to any address", reply.status))
            }
            _ => Tested::Accepted,
        }
    }
}
