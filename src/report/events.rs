//! Events as JSON Lines, for other programs.

use std::io::Write;
use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::Value;
use serde_json::json;

use crate::batch::Event;
use crate::batch::Observer;
use crate::locks::lock;
use crate::manifest::RecordedPath;
use crate::providers::Notice;
use crate::report::key::with_key;
use crate::report::plain::to_make;
use crate::report::summary::summary_json;
use crate::report::unread::unread_by_kind;

/// Writes one JSON object per event, each with `at` (RFC 3339) and `event`.
pub struct EventLog<W: Write + Send> {
    out: Mutex<W>,
}

impl<W: Write + Send> EventLog<W> {
    /// Makes an observer that writes to `out`.
    pub fn new(out: W) -> Self {
        EventLog { out: Mutex::new(out) }
    }
}

impl<W: Write + Send> Observer for EventLog<W> {
    fn notice(&self, event: &Event<'_>) {
        let Some(mut object) = object(event) else { return };
        object["at"] = humantime::format_rfc3339_millis(SystemTime::now()).to_string().into();
        let mut out = lock(&self.out);
        let _ = writeln!(out, "{object}");
    }
}

fn object(event: &Event<'_>) -> Option<Value> {
    Some(match event {
        Event::LedgerOpened { .. } => return None,
        Event::Measuring { sources } => json!({"event": "measuring", "sources": sources}),
        Event::Planned { plan } => json!({
            "event": "planned",
            "sources": plan.sources.len(),
            "to_make": to_make(plan),
            "ignored": plan.ignored.by_kind().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "unread_pictures": unread_by_kind(plan),
            "include_unused": plan.ignored.idle(),
            "orphans": plan.orphans.count,
        }),
        Event::TaskDone { key, output, bytes, filled, adopted, enlarged, warnings, findings } => {
            let mut done = json!({
                "event": "task_done",
                "output": RecordedPath::from(*output),
                "bytes": bytes,
                "engine": filled.map(|filled| &filled.engine),
                "confidence": filled.and_then(|filled| Some(filled.judgement.as_ref()?.confidence)),
                "adopted": adopted,
                "enlarged": enlarged,
                "warnings": warnings,
            });
            if !findings.is_empty() {
                done["findings"] = json!(findings);
            }
            with_key(key, done)
        }
        Event::TaskFailed { key, failure, .. } => with_key(
            key,
            json!({
                "event": "task_failed",
                "class": failure.class,
                "message": failure.message,
            }),
        ),
        Event::SourceWarned { source, warnings } => json!({
            "event": "source_warned",
            "source": RecordedPath::from(*source),
            "warnings": warnings,
        }),
        Event::CallEnded { source, provider, how } => json!({
            "event": "call_ended",
            "source": RecordedPath::from(*source),
            "provider": provider,
            "how": how.word(),
        }),
        Event::ProviderSaid { notice } => match notice {
            Notice::Paused { provider, length, why } => {
                json!({"event": "provider_paused", "provider": provider, "seconds": length.as_secs_f64(), "why": why})
            }
            Notice::Proxied => json!({"event": "proxy_decides"}),
            Notice::Resumed { provider } => json!({"event": "provider_resumed", "provider": provider}),
            Notice::Stopped { provider, why } => {
                json!({"event": "provider_stopped", "provider": provider, "why": why})
            }
        },
        Event::Stopped { reason } => json!({"event": "stopped", "reason": reason}),
        Event::Ended { summary } => json!({"event": "ended", "summary": summary_json(summary, summary.exit(false))}),
        Event::SourceStarted { .. }
        | Event::SourceMeasured { .. }
        | Event::TaskClaimed { .. }
        | Event::TaskPlaced { .. } => return None,
    })
}
