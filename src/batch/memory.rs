//! Admission by memory: a job's whole need is reserved before it is spawned.
//!
//! Only the dispatcher waits here, never a worker: workers that wait for memory that other
//! queued work holds can deadlock a pool.

use std::fs;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// Budget for pictures if the machine does not say what it has.
const FALLBACK: u64 = 2 << 30;

/// Bytes and places for jobs.
#[derive(Debug)]
pub(super) struct Admission {
    budget: u64,
    places: usize,
    held: Mutex<Held>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    bytes: u64,
    jobs: usize,
}

impl Admission {
    /// Room for `budget` bytes and `places` jobs.
    pub(super) fn new(budget: u64, places: usize) -> Self {
        Admission { budget, places, held: Mutex::new(Held::default()), released: Condvar::new() }
    }

    /// The bytes there are in all.
    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    /// Jobs that may be admitted at the same time.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Waits until `bytes` are free and reserves them, unless `give_up` says to stop waiting.
    /// `bytes` must not exceed the budget.
    pub(super) fn reserve(&self, bytes: u64, give_up: impl Fn() -> bool) -> Option<Reservation<'_>> {
        debug_assert!(bytes <= self.budget, "a need above the budget never gets its turn");
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while held.bytes + bytes > self.budget || held.jobs >= self.places {
            if give_up() {
                return None;
            }
            // The wait is short so that a stop from a signal is seen soon.
            let pause = Duration::from_millis(50);
            held = self.released.wait_timeout(held, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
        held.bytes += bytes;
        held.jobs += 1;
        Some(Reservation { admission: self, bytes })
    }
}

/// Reserved bytes and a place, given back when dropped.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    admission: &'a Admission,
    bytes: u64,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut held = self.admission.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes -= self.bytes;
        held.jobs -= 1;
        drop(held);
        self.admission.released.notify_all();
    }
}

/// Half of the memory that this process may use: of what the machine has free, or of what its
/// control group still allows, whichever is less.
pub(super) fn auto_budget() -> u64 {
    let free = [machine_available(), control_group_left()].into_iter().flatten().min();
    free.unwrap_or(FALLBACK * 2) / 2
}

fn machine_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// What the process's control group, version 2 or 1, leaves; the nearest limit up the tree
/// counts.
fn control_group_left() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut least: Option<u64> = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (root, limit, usage) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            list if list.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
            }
            _ => continue,
        };
        let mut group = path.trim_start_matches('/');
        loop {
            let number =
                |file: &str| fs::read_to_string(format!("{root}/{group}/{file}")).ok()?.trim().parse::<u64>().ok();
            if let Some(max) = number(limit) {
                let left = max.saturating_sub(number(usage).unwrap_or(0));
                least = Some(least.map_or(left, |known| known.min(left)));
            }
            match group.rsplit_once('/') {
                Some((parent, _)) => group = parent,
                None if group.is_empty() => break,
                None => group = "",
            }
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn reservations_stay_within_bytes_and_places_and_everyone_gets_a_turn() {
        let admission = Admission::new(100, 5);
        let (bytes, jobs, turns) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 1..=8 {
                let (admission, bytes, jobs, turns) = (&admission, &bytes, &jobs, &turns);
                scope.spawn(move || {
                    for turn in 0..200 {
                        // From nothing to the whole budget.
                        let need = (thread * 37 + turn * 13) % 101;
                        let reservation = admission.reserve(need, || false).expect("nobody gives up");
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
    fn whoever_is_told_to_stop_waits_no_longer() {
        let admission = Admission::new(100, 2);
        let _all = admission.reserve(100, || false);
        assert!(admission.reserve(1, || true).is_none());
        let _place = admission.reserve(0, || false);
        assert!(admission.reserve(0, || true).is_none(), "there are two places");
    }
}
