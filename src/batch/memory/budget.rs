//! Finds out how much memory there is.

use std::fs;

use crate::error::Class;
use crate::error::Failure;

/// Budget for pictures if the machine does not say what it has.
const FALLBACK: u64 = 2 << 30;

/// Bytes of plan and records, each, that are not counted: those of usual runs.
pub(in crate::batch) const UNCOUNTED: u64 = 16 << 20;

/// Returns the bytes of a run's `memory` that are left for pictures beside a plan of so many bytes. However long the
/// plan, a quarter is: less would end the run before it begins.
pub(in crate::batch) fn for_pictures(memory: u64, plan: u64) -> u64 {
    memory.saturating_sub(plan.saturating_sub(UNCOUNTED)).max(memory / 4)
}

/// Returns half of the memory that this process may use: of what the machine has free, or of what its control group
/// still allows, whichever is less.
pub(in crate::batch) fn auto_budget() -> u64 {
    let free = [machine_available(), control_group_left()].into_iter().flatten().min();
    free.unwrap_or(FALLBACK * 2) / 2
}

fn machine_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Returns the bytes that the process's control group, version 2 or 1, leaves; the nearest limit up the tree counts.
/// `None` without a limit.
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

/// Returns the failure of work that needs more bytes than the whole run may use.
pub(in crate::batch) fn too_much_memory(need: u64, budget: u64) -> Failure {
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let message =
        format!("needs {} MiB of memory, the run may use {} MiB; raise run.memory or --memory", mib(need), mib(budget));
    Failure::new(Class::Memory, message)
}
