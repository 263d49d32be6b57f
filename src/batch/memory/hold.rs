//! Memory for results of calls, which is held beside that of jobs.

use crate::batch::memory::Admission;
use crate::batch::memory::Held;
use crate::locks::lock;
use crate::locks::wait;

impl Admission {
    /// Waits until `bytes` are free, or all of them if there are not as many, and holds them for work
    /// that is no job. Only for threads on which no job waits.
    pub(in crate::batch) fn hold(&self, bytes: u64) -> Held<'_> {
        let bytes = bytes.min(self.budget);
        let mut taken = lock(&self.taken);
        taken.asked += bytes;
        while taken.bytes + bytes > self.budget {
            taken = wait(&self.released, taken);
        }
        taken.asked -= bytes;
        taken.bytes += bytes;
        Held { admission: self, bytes }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files and wait")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn memory_held_beside_jobs_counts_and_takes_no_place() {
        let admission = Admission::new(100, 1);
        let held = admission.hold(1000);
        assert!(admission.reserve(1, || true).is_none(), "more than there is holds all that there is");
        drop(held);
        let _part = admission.hold(40);
        assert!(admission.reserve(61, || true).is_none());
        let job = admission.reserve(60, || true).expect("the only place is free");
        assert!(admission.wait_for_end(Duration::ZERO));
        drop(job);
        assert!(!admission.wait_for_end(Duration::ZERO));
        // While a task waits for more than is free, no job takes that away.
        let is_kept = std::thread::scope(|scope| {
            scope.spawn(|| drop(admission.hold(70)));
            let is_kept = (0..1000).any(|_| {
                std::thread::sleep(Duration::from_millis(1));
                admission.reserve(50, || true).is_none()
            });
            admission.give(40);
            is_kept
        });
        assert!(is_kept);
        admission.take(40);
        // What is in use already may be more than there is; the next waits until it is given back.
        admission.take(200);
        assert!(admission.reserve(1, || true).is_none());
        admission.give(200);
        assert!(admission.reserve(1, || true).is_some());
    }
}
