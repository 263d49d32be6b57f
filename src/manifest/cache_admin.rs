//! Lists, checks and removes results in the cache of paid results.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::time::Duration;
use std::time::SystemTime;

use crate::error::Failure;
use crate::manifest::CallEntry;
use crate::manifest::CallStatus;
use crate::manifest::Calls;
use crate::providers::CallKey;
use crate::providers::Usd;
use crate::storage::Cache;
use crate::storage::CacheFile;

/// Counts and sizes of what is in the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// All results.
    pub all: Amount,
    /// By the provider that made them.
    pub providers: BTreeMap<String, Amount>,
    /// Those of which the manifest knows nothing.
    pub unrecorded: Amount,
}

/// Files and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Number of files.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
    /// Sum that was paid for them, as far as the manifest knows it.
    pub paid: Usd,
}

impl Amount {
    /// Adds up these files.
    #[must_use]
    pub fn of<'a>(files: impl IntoIterator<Item = &'a CacheFile>, calls: &Calls) -> Self {
        let mut amount = Amount::default();
        files.into_iter().for_each(|file| amount.add(file, calls));
        amount
    }

    fn add(&mut self, file: &CacheFile, calls: &Calls) {
        self.files += 1;
        self.bytes += file.bytes;
        self.paid = self.paid + calls.get(file.key).map_or(Usd::ZERO, CallEntry::spent);
    }
}

/// Counts the results in the cache, their bytes and what was paid for them: all, by provider, and those without a
/// record.
///
/// # Errors
/// If the cache cannot be read.
pub fn cache_stats(cache: &Cache, calls: &Calls) -> Result<CacheStats, Failure> {
    let mut stats = CacheStats::default();
    for file in cache.files()? {
        stats.all.add(&file, calls);
        let part = match calls.get(file.key) {
            Some(entry) => stats.providers.entry(entry.provider.to_string()).or_default(),
            None => &mut stats.unrecorded,
        };
        part.add(&file, calls);
    }
    Ok(stats)
}

/// A result that was paid for and cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostResult {
    /// Its key.
    pub key: CallKey,
    /// Name of the provider that made it.
    pub provider: String,
    /// The damage, or that the file is missing; a fragment for one line.
    pub why: String,
    /// Price that was paid for it.
    pub paid: Usd,
}

/// Compares every result that the manifest knows with its digest; what is lost, in the order
/// of the keys. Nothing is changed. A result that [`cache_gc`] removed is lost, too.
#[must_use]
pub fn cache_verify(cache: &Cache, calls: &Calls) -> Vec<LostResult> {
    let lost = calls.iter().filter_map(|(key, entry)| {
        let CallStatus::Finished { ext, bytes, hash, .. } = &entry.status else { return None };
        let why = cache.check(key, ext, *bytes, *hash).err()?.to_string();
        Some(LostResult { key, provider: entry.provider.to_string(), why, paid: entry.spent() })
    });
    let mut lost: Vec<LostResult> = lost.collect();
    lost.sort_by_key(|lost| lost.key);
    lost
}

/// Rule that says what may stay in the cache.
#[derive(Debug, Clone)]
pub struct GcRule {
    /// Keys of results that tasks of today need; they always stay.
    pub needed: HashSet<CallKey>,
    /// Results that were not used for longer than this go.
    pub max_age: Option<Duration>,
    /// If the results are larger together, those that were not used for longest go.
    pub max_bytes: Option<u64>,
    /// The time from which ages count.
    pub now: SystemTime,
    /// Set where nothing is removed, and what would be is only told.
    pub dry_run: bool,
}

/// Removes results that no call needs, and says which. A result whose call is not recorded as
/// ended always stays, also one of a call that is not recorded at all: it is the only trace of
/// what was paid. Whatever goes is lost if it is needed again, and only `--repay` buys it again.
///
/// Only under the lock of the state folder.
///
/// # Errors
/// If the cache cannot be read, or a file cannot be removed.
pub fn cache_gc(cache: &Cache, calls: &Calls, rule: &GcRule) -> Result<Vec<CacheFile>, Failure> {
    let files = cache.files()?;
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let may_go = |file: &&CacheFile| {
        !rule.needed.contains(&file.key) && calls.get(file.key).is_some_and(|entry| !entry.is_unfinished())
    };
    let mut candidates: Vec<&CacheFile> = files.iter().filter(may_go).collect();
    let age = |file: &CacheFile| rule.now.duration_since(file.used).unwrap_or_default();
    candidates.sort_by_key(|file| (Reverse(age(file)), file.key));
    let mut gone = Vec::new();
    for file in candidates {
        let is_old = rule.max_age.is_some_and(|most| age(file) > most);
        let is_too_much = rule.max_bytes.is_some_and(|most| total > most);
        if is_old || is_too_much {
            if !rule.dry_run {
                cache.remove(file)?;
            }
            total -= file.bytes;
            gone.push(*file);
        }
    }
    if !rule.dry_run {
        cache.sweep()?;
    }
    Ok(gone)
}
