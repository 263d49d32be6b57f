//! Whether a provider can be reached and takes the key.

use crate::engines::remote::Outcome;
use crate::engines::remote::Service;
use crate::engines::remote::service::rooms::Room;

/// What the test of a provider shows.
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
            Some(Err(why)) => return Tested::NotReached(why),
            Some(Ok(request)) => request,
        };
        let clean = |text: &str| provider.secrets.message(text);
        let mut room = Room::of(&provider.rooms);
        match provider.transport.send(&provider.descriptor, request, u64::MAX, &mut room).await {
            Err(lost) => Tested::NotReached(clean(&lost.why)),
            Ok(reply) => match provider.descriptor.read_test(&reply) {
                Ok(()) => Tested::Accepted,
                Err(failed) => match failed.outcome {
                    Outcome::Auth => Tested::KeyRefused(clean(&failed.message)),
                    Outcome::Quota => Tested::NoCredit(clean(&failed.message)),
                    _ => Tested::Unclear(clean(&failed.message)),
                },
            },
        }
    }
}
