//! The requests of a descriptor, each with what it is for.

use crate::options::Step;
use crate::providers::Descriptor;
use crate::providers::RequestTemplate;

impl Descriptor {
    /// Returns the requests about a job that was accepted.
    pub(in crate::providers::client) fn requests_of_jobs(&self) -> Vec<&RequestTemplate> {
        let poll = self.poll.as_ref().map(|poll| &poll.request);
        poll.into_iter().chain(&self.result.request).collect()
    }

    /// Returns every request of the provider's, with its place in the file.
    pub(in crate::providers::client) fn requests(&self) -> Vec<(Vec<Step>, &RequestTemplate, Role)> {
        let mut all = Vec::new();
        for (way, transport) in self.image.iter().enumerate() {
            for (step, request) in transport.steps.iter().enumerate() {
                let path = vec!["image".into(), way.into(), "steps".into(), step.into()];
                all.push((path, request, Role::Upload { way, step }));
            }
        }
        all.push((vec!["submit".into()], &self.submit, Role::Submit));
        let later = [
            (vec!["poll".into(), "request".into()], self.poll.as_ref().map(|poll| &poll.request), Role::Poll),
            (vec!["result".into(), "request".into()], self.result.request.as_ref(), Role::Result),
            (vec!["test".into()], self.test.as_ref(), Role::Test),
        ];
        all.extend(later.into_iter().filter_map(|(path, request, part)| Some((path, request?, part))));
        all
    }
}

/// Role of one of a descriptor's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers::client) enum Role {
    /// A step of an upload.
    Upload {
        /// Index of the way in the list of ways to upload.
        way: usize,
        /// Index of the step in that way.
        step: usize,
    },
    /// The paid one.
    Submit,
    /// Asks whether it is done.
    Poll,
    /// Fetches the result.
    Result,
    /// Tries key and address.
    Test,
}
