//! The cache of paid results, in words and as objects.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::manifest::Amount;
use crate::manifest::CacheStats;
use crate::manifest::LostResult;
use crate::providers::Usd;
use crate::report::text::bytes;
use crate::report::text::counted;
use crate::report::text::dollars;

/// Returns the contents of the cache: a line for each provider, with files, bytes and USD.
#[must_use]
pub fn cache_stats_text(stats: &CacheStats) -> String {
    let mut text = String::new();
    let mut row = |name: &str, amount: &Amount| {
        let Amount { files, bytes: size, paid } = amount;
        let _ = writeln!(text, "{name:<20}{files:>8}  {:>9}  {paid} USD", bytes(*size));
    };
    stats.providers.iter().for_each(|(name, amount)| row(name, amount));
    if stats.unrecorded.files > 0 {
        row("(not recorded)", &stats.unrecorded);
    }
    row("all", &stats.all);
    text
}

/// Returns the same as one object.
#[must_use]
pub fn cache_stats_json(stats: &CacheStats, exit: u8) -> Value {
    let providers: serde_json::Map<String, Value> =
        stats.providers.iter().map(|(name, amount)| (name.clone(), amount_json(amount))).collect();
    json!({
        "results": amount_json(&stats.all),
        "providers": providers,
        "unrecorded": amount_json(&stats.unrecorded),
        "exit": exit,
    })
}

/// Returns the lost ones among so many results, and what was paid for them.
#[must_use]
pub fn cache_verify_text(looked_at: u64, lost: &[LostResult]) -> String {
    let mut text = String::new();
    for LostResult { key, provider, why, paid } in lost {
        let _ = writeln!(text, "lost {key} of {provider}, {paid} USD: {why}");
    }
    let results = counted(looked_at, "result");
    let _ = match lost.len() {
        0 => writeln!(text, "{results}, all sound"),
        count => writeln!(
            text,
            "{results}, {count} lost; they were paid with {} USD, and only `run --repay` buys them again",
            lost.iter().map(|lost| lost.paid).sum::<Usd>()
        ),
    };
    text
}

/// Returns the same as one object.
#[must_use]
pub fn cache_verify_json(looked_at: u64, lost: &[LostResult], exit: u8) -> Value {
    let one = |lost: &LostResult| {
        json!({
            "key": lost.key.to_string(),
            "provider": lost.provider,
            "why": lost.why,
            "paid_usd": dollars(lost.paid),
        })
    };
    json!({ "results": looked_at, "lost": lost.iter().map(one).collect::<Vec<_>>(), "exit": exit })
}

/// Returns the results that went, or would go, and those that stay, as counts and bytes.
#[must_use]
pub fn cache_gc_text(gone: &Amount, stays: &Amount, dry_run: bool) -> String {
    let verb = if dry_run { "would remove" } else { "removed" };
    let said = |amount: &Amount| format!("{}, {}", counted(amount.files, "result"), bytes(amount.bytes));
    if gone.files == 0 {
        return format!("{verb} nothing; {} stay", said(stays));
    }
    format!(
        "{verb} {}, paid with {} USD; {} stay\nwho needs a removed one again can only buy it with `run --repay`",
        said(gone),
        gone.paid,
        said(stays)
    )
}

/// Returns the same as one object.
#[must_use]
pub fn cache_gc_json(gone: &Amount, stays: &Amount, dry_run: bool, exit: u8) -> Value {
    json!({ "removed": amount_json(gone), "kept": amount_json(stays), "dry_run": dry_run, "exit": exit })
}

fn amount_json(amount: &Amount) -> Value {
    json!({ "files": amount.files, "bytes": amount.bytes, "paid_usd": dollars(amount.paid) })
}
