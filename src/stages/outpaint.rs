//! `outpaint`: names the engine that fills margins.

use std::sync::Arc;

use crate::engines::Chain;
use crate::engines::ENGINE;
use crate::engines::EngineTable;
use crate::engines::resolve;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::providers::OUTPAINT;
use crate::stages::ActingInput;
use crate::stages::Effects;
use crate::stages::Otherwise;
use crate::stages::Shape;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

const FIELDS: &[Field] = &[
    Field::new(
        "engine",
        ENGINE,
        "auto",
        "an engine, {use: engine, option: …}, or a list in which the next is the fallback",
    ),
    Field::new(
        "share",
        Kind::Word(&["auto", "off"]),
        "auto",
        "whether targets whose windows nest share one paid call where that is cheaper",
    ),
    Field::new(
        "passes",
        Kind::Integer(1, 2),
        "1",
        "most calls in a row for one canvas: 2 reaches what a provider cannot do in one, and pays for both",
    ),
    Field::new(
        "on_unknown",
        Kind::Word(&["fail", "local"]),
        "fail",
        "what to do when it is not known whether a call was accepted: fail, or finish with the next local engine",
    ),
    Field::new(
        "on_outage",
        Kind::Word(&["fail", "local"]),
        "fail",
        "what to do when a provider cannot work now, as without credit: fail until the next run, or finish with the next local engine",
    ),
    Field::new(
        "provenance",
        Kind::Word(&["auto", "off"]),
        "auto",
        "whether a file says in its metadata that a model made its margins",
    ),
];

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    revision: 2,
    resolve: |values, engines, folder| {
        if let Some(written) = values.get("engine") {
            let under = |found: Vec<Problem>| found.into_iter().map(|problem| problem.under("engine"));
            let resolved = resolve(written, engines, folder).map_err(|found| under(found).collect::<Vec<_>>())?;
            values.insert("engine", resolved);
        }
        Ok(())
    },
    // The calls follow from the layout, which `auto_crop` and `resize` edit; files of before say it first.
    written_before: &["auto_crop", "resize"],
    ..StageDef::new(OUTPAINT, "fills what the source does not cover", |values, engines| {
        Arc::new(Outpaint::new(values, engines))
    })
};

/// Says who fills margins, and on what terms.
#[derive(Debug)]
pub struct Outpaint {
    /// Says what fills margins.
    pub engines: Chain,
    /// Most calls in a row for one canvas.
    pub passes: u32,
    /// Tells whether targets of one source may share a paid call.
    pub share: bool,
    /// Says what happens to a task of whose call it is not known whether it was accepted.
    pub on_unknown: Otherwise,
    /// Says what happens to a task whose providers cannot work now.
    pub on_outage: Otherwise,
    /// Tells whether a file says that a model made its margins.
    pub provenance: bool,
}

impl Outpaint {
    fn new(values: &Values, engines: &EngineTable) -> Self {
        let otherwise = |name| if values[name] == "local" { Otherwise::Local } else { Otherwise::Fail };
        Outpaint {
            engines: Chain::build(&values["engine"], engines),
            passes: if values["passes"] == 2 { 2 } else { 1 },
            share: values["share"] == "auto",
            on_unknown: otherwise("on_unknown"),
            on_outage: otherwise("on_outage"),
            provenance: values["provenance"] == "auto",
        }
    }
}

impl Stage for Outpaint {
    fn changes_pixels(&self) -> bool {
        false
    }

    // How a result is come by, and on what terms, changes nothing of what was made.
    fn decisive(&self, values: &Values) -> Values {
        let mut decisive = without(values, &["share", "on_unknown", "on_outage"]);
        decisive.insert("engine", self.engines.what_decides_pixels(&values["engine"]));
        let is_local = self.engines.providers().next().is_none();
        if is_local { without(&decisive, &["provenance", "passes"]) } else { decisive }
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        (!output.layout.margins().is_empty()).then(|| values.clone())
    }

    fn idle(&self, effects: Effects, _shape: &Shape) -> Option<&'static str> {
        (!effects.expands).then_some("aspect never leaves a margin here")
    }
}
