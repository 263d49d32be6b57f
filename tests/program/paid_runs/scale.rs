//! Many calls in flight: what waiting costs.

use std::fs;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::WIDE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::until;
use testkit::Provider;
use testkit::Script;

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    /// Processor time, in hundredths of a second.
    ticks: u64,
    /// Most memory, in KiB.
    peak: u64,
    threads: u64,
}

impl Used {
    /// What a process has used so far; its memory as long as it lives.
    fn by(process: u32) -> Used {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse().ok()).unwrap_or(0)
        };
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let words: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = [11, 12].map(|at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0));
        Used { ticks: ticks.iter().sum(), peak: number("VmHWM:"), threads: number("Threads:") }
    }

    fn most(self, other: Used) -> Used {
        let Used { ticks, peak, threads } = other;
        Used { ticks: self.ticks.max(ticks), peak: self.peak.max(peak), threads: self.threads.max(threads) }
    }
}

/// Runs with this many calls, of which so many are in flight; prints what it took.
fn crowd(count: usize, in_flight: usize, latency: Duration) {
    let world = World::new(Provider::Fal, Script::default().latency(latency).lean());
    // The provider's own pause between polls.
    world.pipeline(&format!("{{ use: fal, {PRICE}, in_flight: {in_flight} }}"), PLENTY, &[WIDE]);
    world.draw(0..count);
    let begun = Instant::now();
    let mut child = world.start(&[]);
    let process = child.id();
    let (mut used, mut waiting) = (Used::default(), None);
    until("the run ends", || {
        thread::sleep(Duration::from_millis(10));
        let now = Used::by(process);
        used = used.most(now);
        // From the last submit of a crowd to its first result nothing is to be done.
        if waiting.is_none() && world.open() == in_flight {
            let (before, since) = (Used::by(process), Instant::now());
            thread::sleep(latency / 4);
            let ticks = Used::by(process).ticks - before.ticks;
            waiting = Some((ticks as f64 / 100.0 / since.elapsed().as_secs_f64(), world.open()));
        }
        world.dir.outputs().len() == count || child.try_wait().expect("a child").is_some()
    });
    let ended = child.wait_with_output().expect("the program");
    let wall = begun.elapsed();
    let ideal = latency.mul_f64(count.div_ceil(in_flight) as f64);
    let most = world.server.most_in_flight();
    println!(
        "{count} calls, {in_flight} in flight, {latency:?} each: {wall:.2?} ({ideal:.2?} at best), {:.2} s of processor",
        used.ticks as f64 / 100.0
    );
    println!("most in flight {most}, {} MiB at most, {} threads at most", used.peak >> 10, used.threads);
    match waiting {
        Some((load, open)) => println!("while {open} wait: {:.1} % of one processor", load * 100.0),
        None => println!("it never only waited"),
    }
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let json = serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    assert_eq!(calls(&json), [count as u64, 0, 0, 0]);
    assert_eq!((world.paid(), world.open(), most), (count, 0, in_flight));
    assert!(used.peak < 512 << 10, "{} MiB", used.peak >> 10);
    assert!(used.threads < 128, "a call that waits holds no thread: {}", used.threads);
    world.is_clean();
}

#[test]
fn calls_wait_side_by_side() {
    crowd(96, 48, Duration::from_secs(2));
}

#[test]
#[ignore = "takes a while; cargo test --test program two_hundred -- --ignored --nocapture"]
fn two_hundred_and_fifty_six_calls_wait_side_by_side() {
    crowd(512, 256, Duration::from_secs(2));
}
