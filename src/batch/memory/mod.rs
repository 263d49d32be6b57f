//! Admission by memory: a job's whole need is reserved before it is spawned.
//!
//! Only the dispatcher waits here, never a worker: workers that wait for memory that other
//! queued work holds can deadlock a pool.

mod budget;
pub(super) mod calls;
#[cfg(feature = "providers")]
mod hold;
mod need;

use std::sync::Condvar;
use std::sync::Mutex;
use std::time::Duration;

use crate::locks::lock;
use crate::locks::wait_timeout;

pub(super) use budget::UNCOUNTED;
pub(super) use budget::auto_budget;
pub(super) use budget::for_pictures;
pub(super) use budget::too_much_memory;
pub(super) use need::MemoryNeed;

/// Bytes and places for jobs.
#[derive(Debug)]
pub(super) struct Admission {
    budget: u64,
    places: usize,
    taken: Mutex<Taken>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Taken {
    bytes: u64,
    /// Bytes that others than jobs wait for: they come first, so that a stream of jobs does not keep
    /// what was paid for waiting.
    asked: u64,
    jobs: usize,
}

impl Admission {
    /// Makes room for `budget` bytes and `places` jobs.
    pub(super) fn new(budget: u64, places: usize) -> Self {
        Admission { budget, places, taken: Mutex::new(Taken::default()), released: Condvar::new() }
    }

    /// Returns the bytes that there are in all.
    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    /// Counts bytes that are in use already, until [`Admission::give`].
    pub(super) fn take(&self, bytes: u64) {
        lock(&self.taken).bytes += bytes;
    }

    /// Gives back what was taken.
    pub(super) fn give(&self, bytes: u64) {
        lock(&self.taken).bytes -= bytes;
        self.released.notify_all();
    }

    /// Waits until a job ends, or for so long; tells whether any is left.
    pub(super) fn wait_for_end(&self, most: Duration) -> bool {
        let taken = lock(&self.taken);
        if taken.jobs == 0 {
            return false;
        }
        let taken = wait_timeout(&self.released, taken, most);
        taken.jobs > 0
    }

    /// Jobs that may be admitted at the same time.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Waits until `bytes` are free and reserves them, unless `give_up` says to stop waiting.
    /// `bytes` must not exceed the budget.
    pub(super) fn reserve(&self, bytes: u64, give_up: impl Fn() -> bool) -> Option<MemoryReservation<'_>> {
        debug_assert!(bytes <= self.budget, "a need above the budget never gets its turn");
        let mut taken = lock(&self.taken);
        while taken.bytes + taken.asked + bytes > self.budget || taken.jobs >= self.places {
            if give_up() {
                return None;
            }
            // The wait is short so that a stop from a signal is seen soon.
            let pause = Duration::from_millis(50);
            taken = wait_timeout(&self.released, taken, pause);
        }
        taken.bytes += bytes;
        taken.jobs += 1;
        Some(MemoryReservation { held: Held { admission: self, bytes } })
    }
}

/// Bytes, given back when dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    admission: &'a Admission,
    bytes: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.admission.give(self.bytes);
    }
}

/// Reserved bytes and a place, given back when dropped.
#[derive(Debug)]
pub(super) struct MemoryReservation<'a> {
    held: Held<'a>,
}

impl Drop for MemoryReservation<'_> {
    fn drop(&mut self) {
        let mut taken = lock(&self.held.admission.taken);
        taken.jobs -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn reservations_stay_within_bytes_and_places_and_every_job_gets_a_turn() {
        let admission = Admission::new(100, 5);
        let (bytes, jobs, turns) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 1..=8 {
                let (admission, bytes, jobs, turns) = (&admission, &bytes, &jobs, &turns);
                scope.spawn(move || {
                    for turn in 0..200 {
                        // From nothing to the whole budget.
                        let need = (thread * 37 + turn * 13) % 101;
                        let reservation = admission.reserve(need, || false).expect("no job gives up");
                        assert!(bytes.fetch_add(need, Ordering::SeqCst) + need <= 100);
                        assert!(jobs.fetch_add(1, Ordering::SeqCst) < 5);
                        std::thread::yield_now();
                        bytes.fetch_sub(need, Ordering::SeqCst);
                        jobs.fetch_sub(1, Ordering::SeqCst);
                        drop(reservation);
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(turns.into_inner(), 8 * 200);
    }

    #[test]
    fn a_job_that_is_told_to_stop_waits_no_longer() {
        let admission = Admission::new(100, 2);
        let _all = admission.reserve(100, || false);
        assert!(admission.reserve(1, || true).is_none());
        let _place = admission.reserve(0, || false);
        assert!(admission.reserve(0, || true).is_none(), "there are two places");
    }
}
