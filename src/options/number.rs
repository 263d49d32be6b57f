//! Numbers as users write them: `200M`, `1.5GiB`, `10%`.

/// Factors by suffix; the longer suffixes first, so that `Mi` is not read as `M`.
const SUFFIXES: [(&str, f64); 7] =
    [("ki", 1024.0), ("mi", 1_048_576.0), ("gi", 1_073_741_824.0), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("", 1.0)];

/// Reads a count of pixels or bytes: a number with `k`, `M`, `G` (thousands) or `Ki`, `Mi`,
/// `Gi` (1024s) behind it and an optional `B`. Upper and lower case are the same.
#[must_use]
pub fn count(text: &str) -> Option<u64> {
    let lower = text.trim().to_lowercase();
    let lower = lower.strip_suffix('b').unwrap_or(&lower);
    let (digits, factor) =
        SUFFIXES.iter().find_map(|(suffix, factor)| lower.strip_suffix(suffix).map(|digits| (digits, factor)))?;
    let value = digits.trim_end().parse::<f64>().ok()? * factor;
    (value.is_finite() && (0.0..=1e18).contains(&value)).then(|| value.round() as u64)
}

/// Reads a time: `2s`, `1m 30s`, or a number of seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let seconds = match text.trim().parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => humantime::parse_duration(text).ok()?.as_secs_f64(),
    };
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

/// Reads a share: `10%` or `0.1`.
pub(super) fn share(text: &str) -> Option<f64> {
    let text = text.trim();
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok()? / 100.0,
        None => text.parse::<f64>().ok()?,
    };
    value.is_finite().then_some(value)
}
