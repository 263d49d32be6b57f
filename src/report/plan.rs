//! Prints what a run would do, as text and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap;
use serde_json::Value;
use serde_json::json;

use crate::batch::Action;
use crate::batch::Make;
use crate::batch::Plan;
use crate::batch::SelectedTask;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::StandIns;
use crate::batch::ToMake;
use crate::batch::ToMeasure;
use crate::batch::Why;
use crate::error::printable;
use crate::manifest::RecordedPath;
use crate::pipeline::Newer;
use crate::pipeline::Pipeline;
use crate::report::because::because_text;
use crate::report::cost::allowance_json;
use crate::report::cost::allowance_text;
use crate::report::cost::call_json;
use crate::report::cost::call_text;
use crate::report::cost::cost_json;
use crate::report::cost::cost_text;
use crate::report::key::with_key;
use crate::report::orphans::ORPHANS;
use crate::report::orphans::orphan_list;
use crate::report::orphans::orphans_text;
use crate::report::summary::OUTDATED;
use crate::report::text::clean;
use crate::report::text::counted;
use crate::report::unread::unread_by_kind;
use crate::report::unread::unread_warning;
use crate::storage::Ignored;

/// Returns one line per task that is not finished, and the totals.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    for (source, selected) in plan.selected() {
        let (path, target) = (clean(&source.file.path), selected.task.key(&source.file.path).label());
        if let Some(one) = selected.to_make() {
            let _ = writeln!(text, "{} {path} [{target}] {}", verb(one.make), made(source, one));
        }
        let _ = match &selected.plan.action {
            Action::Make(_) => Ok(()),
            Action::Measure(one) => writeln!(text, "look   {path} [{target}] {}", undecided(one)),
            Action::Fail(failure) => writeln!(text, "fail   {path} [{target}] {}: {}", failure.class, failure.message),
            Action::Known(failure) => {
                writeln!(text, "known  {path} [{target}] failed before, {}: {}", failure.class, failure.message)
            }
            Action::Skip(Skip::Modified) => {
                writeln!(text, "keep   {path} [{target}] the output was changed by hand")
            }
            Action::Skip(Skip::Rule(rule)) => writeln!(text, "skip   {path} [{target}] {rule}"),
            Action::Skip(Skip::Done { .. }) => Ok(()),
        };
    }
    let counts = Counts::of(plan);
    let _ = writeln!(
        text,
        "{}: {} to create, {} to redo, {} to skip, {} that will fail, {} known to fail",
        counted(plan.sources.len() as u64, "source"),
        counts.create,
        counts.redo,
        counts.skip,
        counts.fail,
        counts.known_failed
    );
    if counts.measure > 0 {
        let _ = writeln!(
            text,
            "undecided: {}, {UNDECIDED}; what follows of calls and costs is of all others",
            counted(counts.measure, "task")
        );
    }
    if let Some(why) = &plan.unrecorded {
        let _ = writeln!(text, "warning: what was seen in the sources is not recorded, a run looks again: {why}");
    }
    let beyond = plan.beyond_limit();
    if beyond > 0 {
        let all = "what follows of calls and costs is of all";
        let _ = writeln!(
            text,
            "limit: one run makes {} of them and leaves {beyond}; {all}",
            counts.create + counts.redo - beyond
        );
    }
    if counts.outdated > 0 {
        let _ = writeln!(text, "outdated: {} {OUTDATED}", counts.outdated);
    }
    if counts.stood_in.total() > 0 {
        let _ = writeln!(text, "stood in: {}; --refill asks again", counts.stood_in.lines().join(", "));
    }
    if plan.ignored.total() > 0 {
        let _ = writeln!(text, "ignored: {}", plan.ignored);
    }
    for (path, kind) in plan.ignored.listed().unwrap_or_default() {
        let _ = writeln!(text, "ignored {}: {kind}", clean(path));
    }
    if let Some(line) = unread_warning(plan) {
        let _ = writeln!(text, "warning: {line}");
    }
    if let Some(line) = idle_text(&plan.ignored) {
        let _ = writeln!(text, "warning: {line}");
    }
    if plan.orphans.count > 0 {
        let _ = writeln!(text, "orphans: {} {ORPHANS}", plan.orphans.count);
    }
    text.push_str(&orphans_text(&plan.orphans));
    let _ = writeln!(text, "{}", cost_text(plan));
    text.push_str(&allowance_text(&plan.allowance));
    text
}

/// Returns the line on patterns that include nothing; `None` if there are none.
pub(super) fn idle_text(ignored: &Ignored) -> Option<String> {
    let patterns: Vec<String> = ignored.idle().iter().map(|pattern| format!("`{}`", printable(pattern))).collect();
    (!patterns.is_empty()).then(|| format!("input.include: no file fits {}", patterns.join(", ")))
}

/// Note on tasks whose sources have to be looked at.
const UNDECIDED: &str =
    "decided by content; plan --analyze looks at the pictures, and so does a run before it makes anything";

/// Says that only pixels decide about a task.
pub(super) fn undecided(one: &ToMeasure) -> String {
    let because = if one.why == Why::New { String::new() } else { format!(", because: {}", one.why) };
    format!("decided by content: {}{because}", one.measures.join(", "))
}

fn verb(make: &Make) -> &'static str {
    if *make.why() == Why::New { "create" } else { "redo  " }
}

/// Fate of a task in whose output's place a file stands that the pipeline did not write.
pub(super) const IN_THE_WAY: &str =
    "a file that is not ours is there: adopted if it is equal, else the task fails as conflict";

fn made(source: &SourcePlan, one: ToMake<'_>) -> String {
    let (layout, make) = (one.layout(), one.make);
    let from = source.header().map(|header| format!("{} → ", header.oriented())).unwrap_or_default();
    let mut line = format!("{from}{} {}", layout.output, clean(&make.output));
    let margins = layout.margins();
    if !margins.is_empty() {
        let _ = write!(line, ", margins {} {} {} {}", margins.left, margins.top, margins.right, margins.bottom);
    }
    if let Some(call) = source.call_for(one.index) {
        let _ = write!(line, ", {}", call_text(call));
    }
    for warning in make.warnings() {
        let _ = write!(line, ", {warning}");
    }
    if !one.decided.because.is_empty() {
        let _ = write!(line, ", decided by {}", because_text(&one.decided.because));
    }
    if *make.why() != Why::New {
        let _ = write!(line, ", because: {}", make.why());
    }
    if make.is_foreign() {
        let _ = write!(line, ", {IN_THE_WAY}");
    }
    line
}

#[derive(Default)]
struct Counts {
    create: u64,
    redo: u64,
    skip: u64,
    /// Part of those to skip.
    outdated: u64,
    stood_in: StandIns,
    fail: u64,
    known_failed: u64,
    measure: u64,
}

impl Counts {
    fn of(plan: &Plan) -> Self {
        let mut counts = Counts::default();
        for (_, SelectedTask { plan, .. }) in plan.selected() {
            if let Action::Skip(skip) = &plan.action {
                counts.outdated += u64::from(skip.is_outdated());
                skip.stood_in().into_iter().for_each(|one| counts.stood_in.add(one));
            }
            *match &plan.action {
                Action::Make(make) if *make.why() == Why::New => &mut counts.create,
                Action::Make(_) => &mut counts.redo,
                Action::Skip(_) => &mut counts.skip,
                Action::Fail(_) => &mut counts.fail,
                Action::Known(_) => &mut counts.known_failed,
                Action::Measure(_) => &mut counts.measure,
            } += 1;
        }
        counts
    }
}

/// Writes the plan as one JSON object, task by task so that a large plan needs no second copy in memory.
///
/// # Errors
/// If it cannot be written.
pub fn plan_json(out: impl std::io::Write, plan: &Plan, pipeline: &Pipeline) -> serde_json::Result<()> {
    serde_json::to_writer(out, &Document { plan, pipeline })
}

struct Document<'a> {
    plan: &'a Plan,
    pipeline: &'a Pipeline,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = Counts::of(self.plan);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pipeline", &self.pipeline.name)?;
        map.serialize_entry("tasks", &Tasks(self))?;
        let mut totals = json!({
            "sources": self.plan.sources.len(),
            "create": counts.create,
            "redo": counts.redo,
            "skip": counts.skip,
            "outdated": counts.outdated,
            "stood_in": counts.stood_in.json(),
            "fail": counts.fail,
            "known_failed": counts.known_failed,
        });
        if counts.measure > 0 {
            totals["measure"] = counts.measure.into();
        }
        map.serialize_entry("totals", &totals)?;
        if let Some(why) = &self.plan.unrecorded {
            map.serialize_entry("unrecorded", why)?;
        }
        let (calls, cost) = cost_json(self.plan);
        map.serialize_entry("limit", &self.plan.limit)?;
        map.serialize_entry("calls", &calls)?;
        map.serialize_entry("cost_usd", &cost)?;
        let (budget, missing_keys) = allowance_json(&self.plan.allowance);
        map.serialize_entry("budget", &budget)?;
        map.serialize_entry("missing_keys", &missing_keys)?;
        map.serialize_entry("lacks_limit", &self.plan.allowance.lacks_limit)?;
        map.serialize_entry("call_list", &CallList(self))?;
        map.serialize_entry("ignored", &self.plan.ignored.by_kind().into_iter().collect::<BTreeMap<_, _>>())?;
        if let Some(listed) = self.plan.ignored.listed() {
            let entry = |(path, kind): &(PathBuf, Cow<'static, str>)| json!({"path": RecordedPath::from(path.as_path()), "kind": kind});
            map.serialize_entry("ignored_list", &listed.iter().map(entry).collect::<Vec<_>>())?;
        }
        map.serialize_entry("unread_pictures", &unread_by_kind(self.plan))?;
        map.serialize_entry("include_unused", self.plan.ignored.idle())?;
        map.serialize_entry("orphans", &self.plan.orphans.count)?;
        map.serialize_entry("namesake", &self.plan.orphans.namesake.as_deref().map(RecordedPath::from))?;
        if let Some(listed) = orphan_list(&self.plan.orphans) {
            map.serialize_entry("orphan_list", &listed)?;
        }
        map.end()
    }
}

struct Tasks<'a>(&'a Document<'a>);

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.plan.selected().map(|(source, selected)| entry(source, selected)))
    }
}

struct CallList<'a>(&'a Document<'a>);

impl Serialize for CallList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let calls = self.0.plan.sources.iter().flat_map(|source| source.calls.iter().map(move |call| (source, call)));
        serializer.collect_seq(calls.map(|(source, call)| call_json(source, call)))
    }
}

fn entry(source: &SourcePlan, selected: SelectedTask<'_>) -> Value {
    let more = match &selected.plan.action {
        Action::Make(_) => selected.to_make().map_or(Value::Null, |one| to_make_json(source, one)),
        Action::Measure(one) => json!({"action": "measure", "why": one.why.to_string(), "measures": one.measures}),
        Action::Skip(Skip::Done { outdated: None, .. }) => json!({"action": "skip", "why": "done"}),
        Action::Skip(Skip::Done { outdated: Some(newer), .. }) => {
            let newer: Vec<String> = newer.iter().map(Newer::to_string).collect();
            json!({"action": "skip", "why": "done", "outdated": newer})
        }
        Action::Skip(Skip::Modified) => json!({"action": "skip", "why": "modified"}),
        Action::Skip(Skip::Rule(rule)) => json!({"action": "skip", "why": rule}),
        Action::Fail(failure) => json!({"action": "fail", "class": failure.class, "why": failure.message}),
        Action::Known(failure) => json!({"action": "known_failed", "class": failure.class, "why": failure.message}),
    };
    with_key(&selected.task.key(&source.file.path), more)
}

fn to_make_json(source: &SourcePlan, ToMake { decided, make, .. }: ToMake<'_>) -> Value {
    let layout = &decided.layout;
    let (across, down) = layout.scale();
    let mut object = json!({
        "action": if *make.why() == Why::New { "create" } else { "redo" },
        "why": make.why().to_string(),
        "source_size": source.header().map(|header| header.oriented()),
        "output": RecordedPath::from(&*make.output),
        "output_size": layout.output,
        "format": decided.format,
        "visible": layout.visible(),
        "placement": layout.placement,
        "margins": layout.margins(),
        "scale": [across, down],
        "warnings": make.warnings(),
        "not_ours": make.is_foreign(),
        "memory_bytes": source.memory,
    });
    if !make.findings().is_empty() {
        object["findings"] = json!(make.findings());
    }
    if !decided.because.is_empty() {
        object["because"] = json!(decided.because);
    }
    object
}
