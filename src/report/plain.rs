//! Progress as lines: for logs, pipes and terminals without a bar.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use crate::batch::Action;
use crate::batch::Collision;
use crate::batch::Event;
use crate::batch::Observer;
use crate::batch::Plan;
use crate::error::Class;
use crate::locks::lock;
use crate::providers::Notice;
use crate::report::cost::cost_text;
use crate::report::plan::idle_text;
use crate::report::reported_failures::ReportedFailures;
use crate::report::text::Paint;
use crate::report::text::clean;
use crate::report::text::counted;
use crate::report::text::time;
use crate::report::unread::unread_warning;

/// Time between two lines of progress.
const PAUSE: Duration = Duration::from_secs(5);

/// Amount of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Only what fails.
    Quiet,
    /// Warnings and progress as well.
    Normal,
    /// Every output as well.
    Verbose,
}

/// Writes a line per failure, and one of progress now and then.
pub struct Plain<W: Write + Send> {
    state: Mutex<State<W>>,
    paint: Paint,
    volume: Volume,
    shows_progress: bool,
    said: ReportedFailures,
}

struct State<W> {
    out: W,
    total: u64,
    done: u64,
    failed: u64,
    begun: Instant,
    told: Instant,
}

impl<W: Write + Send> Plain<W> {
    /// Makes an observer that writes to `out`.
    pub fn new(out: W, paint: Paint, volume: Volume, shows_progress: bool) -> Self {
        let now = Instant::now();
        let state = State { out, total: 0, done: 0, failed: 0, begun: now, told: now };
        let shows_progress = shows_progress && volume > Volume::Quiet;
        Plain { state: Mutex::new(state), paint, volume, shows_progress, said: ReportedFailures::default() }
    }
}

impl<W: Write + Send> Observer for Plain<W> {
    fn notice(&self, event: &Event<'_>) {
        let mut state = lock(&self.state);
        if let Event::Planned { plan } = event {
            state.total = to_make(plan);
            state.begun = Instant::now();
            state.told = state.begun;
        }
        for line in lines(event, self.paint, self.volume, &self.said) {
            // There is no other place to say that nothing can be said.
            let _ = writeln!(state.out, "{line}");
        }
        match event {
            Event::TaskDone { .. } => state.done += 1,
            Event::TaskFailed { .. } => state.failed += 1,
            _ => return,
        }
        if self.shows_progress && state.told.elapsed() >= PAUSE {
            state.told = Instant::now();
            let line = state.progress();
            let _ = writeln!(state.out, "{line}");
        }
    }
}

impl<W> State<W> {
    fn progress(&self) -> String {
        let (ended, elapsed) = (self.done + self.failed, self.begun.elapsed().as_secs_f64());
        let rate = ended as f64 / elapsed.max(1e-3);
        let left = Duration::from_secs_f64((self.total.saturating_sub(ended)) as f64 / rate.max(1e-3));
        format!("{ended}/{} outputs, {} failed, {rate:.1}/s, {} left", self.total, self.failed, time(left))
    }
}

/// Counts the outputs that the run will try to make.
pub(super) fn to_make(plan: &Plan) -> u64 {
    plan.selected()
        .filter(|(_, one)| matches!(one.plan.action, Action::Make(_) | Action::Measure(_) | Action::Fail(_)))
        .count() as u64
}

/// Returns the lines for an event, whichever way progress is shown; none for an event that this volume leaves out.
pub(super) fn lines(event: &Event<'_>, paint: Paint, volume: Volume, said: &ReportedFailures) -> Vec<String> {
    match event {
        Event::Planned { plan } => planned(plan, paint, volume),
        Event::Measuring { sources } if volume > Volume::Quiet => {
            vec![format!("looking at {} first: the content decides what is made", counted(*sources, "source"))]
        }
        Event::TaskFailed { is_collision: true, .. } => Vec::new(),
        Event::TaskFailed { key, alike, failure, .. } if said.is_new(&key.source, failure) => {
            let (error, source, targets) = (paint.error("failed"), clean(&key.source), alike.join(", "));
            vec![format!("{error} {source} [{targets}] {}: {}", failure.class, failure.message)]
        }
        Event::TaskDone { key, output, warnings, filled, adopted, .. } if volume > Volume::Quiet => {
            let mut lines = Vec::new();
            if volume == Volume::Verbose {
                let how = match (adopted, filled) {
                    (true, _) => " (was there)".to_owned(),
                    (false, Some(filled)) => format!(" ({})", filled.engine),
                    (false, None) => String::new(),
                };
                lines.push(format!("made {}{how}", clean(output)));
            }
            let warned = warnings.iter().filter(|_| volume == Volume::Verbose);
            let (source, label) = (clean(&key.source), key.label());
            lines.extend(warned.map(|line| format!("{} {source} [{label}] {line}", paint.warning("warning"))));
            lines
        }
        Event::SourceWarned { source, warnings } if volume > Volume::Quiet => {
            let lines = warnings.iter().map(|line| format!("{} {} {line}", paint.warning("warning"), clean(source)));
            lines.collect()
        }
        Event::ProviderSaid { notice: Notice::Proxied } if volume == Volume::Quiet => Vec::new(),
        Event::ProviderSaid { notice } => vec![match notice {
            Notice::Proxied => {
                let warning = paint.warning("warning");
                format!(
                    "{warning} results are fetched through the proxy of the environment, and it decides where addresses lead"
                )
            }
            Notice::Paused { provider, length, why } => {
                format!("{} {provider} is left alone for {}: {why}", paint.warning("paused"), time(*length))
            }
            Notice::Resumed { provider } => format!("{provider} answers again"),
            Notice::Stopped { provider, why } => {
                format!("{} no more calls to {provider}: {why}", paint.warning("stopped"))
            }
        }],
        Event::Stopped { reason } => vec![(*reason).to_owned()],
        _ => Vec::new(),
    }
}

fn planned(plan: &Plan, paint: Paint, volume: Volume) -> Vec<String> {
    let mut lines = if volume > Volume::Quiet { outlook(plan, paint) } else { Vec::new() };
    let told = collisions(plan).map(|line| format!("{} {line}", paint.error("failed")));
    lines.extend(told);
    lines
}

/// Returns one line for each pair of sources that would write the same files.
fn collisions(plan: &Plan) -> impl Iterator<Item = String> {
    let mut pairs: BTreeMap<(&Path, &Path), Vec<&Path>> = BTreeMap::new();
    for Collision { output, first, second } in &plan.collisions {
        pairs.entry((&first.source, &second.source)).or_default().push(output);
    }
    pairs.into_iter().map(|((first, second), outputs)| {
        let output = clean(outputs[0]);
        let more = if outputs.len() > 1 { format!(" and {} more", outputs.len() - 1) } else { String::new() };
        let by = if first == second {
            format!("{} for several targets", clean(first))
        } else {
            format!("{} and {}", clean(first), clean(second))
        };
        format!(
            "{by} {}: both would write {output}{more}; what is made stays, nothing else is written",
            Class::Conflict
        )
    })
}

fn outlook(plan: &Plan, paint: Paint) -> Vec<String> {
    let sources = plan.sources.len() as u64;
    let mut lines = vec![format!("{}, {} to make", counted(sources, "source"), counted(to_make(plan), "output"))];
    if plan.ignored.total() > 0 {
        lines.push(format!("ignored: {}", plan.ignored));
    }
    lines.extend(unread_warning(plan).map(|line| format!("{} {line}", paint.warning("warning"))));
    lines.extend(idle_text(&plan.ignored).map(|line| format!("{} {line}", paint.warning("warning"))));
    if plan.sources.iter().any(|source| !source.calls.is_empty()) {
        lines.push(cost_text(plan));
    }
    for (path, why) in plan.ignored.unreadable() {
        lines.push(format!("{} {}: {why}", paint.warning("unreadable"), clean(path)));
    }
    lines
}
