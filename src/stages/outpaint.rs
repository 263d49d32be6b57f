//! `outpaint`: names the engine that fills margins.

use crate::engines::Chain;
use crate::engines::ENGINE;
use crate::engines::resolve;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::stages::Otherwise;
use crate::stages::StageDef;

pub(super) static STAGE: StageDef = StageDef {
    word: "outpaint",
    doc: "fills what the source does not cover",
    fields: &[
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
    ],
    revision: 2,
    resolve: |values, providers, folder| {
        if let Some(written) = values.get("engine") {
            let under = |found: Vec<Problem>| found.into_iter().map(|problem| problem.under("engine"));
            let resolved = resolve(written, providers, folder).map_err(|found| under(found).collect::<Vec<_>>())?;
            values.insert("engine", resolved);
        }
        Ok(())
    },
    build: |values, providers, recipe| {
        recipe.engines = Chain::build(&values["engine"], providers);
        recipe.passes = if values["passes"] == 2 { 2 } else { 1 };
        recipe.share = values["share"] == "auto";
        let otherwise = |name| if values[name] == "local" { Otherwise::Local } else { Otherwise::Fail };
        recipe.on_unknown = otherwise("on_unknown");
        recipe.on_outage = otherwise("on_outage");
        recipe.provenance = values["provenance"] == "auto";
    },
    // How a result is come by, and on what terms, changes nothing of what was made.
    decisive: |values, recipe| {
        let mut decisive = Values::new();
        if recipe.may_expand {
            decisive.insert("engine", recipe.engines.what_decides_pixels(&values["engine"]));
        }
        if recipe.may_expand && recipe.engines.providers().next().is_some() {
            decisive.insert("provenance", values["provenance"].clone());
            decisive.insert("passes", values["passes"].clone());
        }
        decisive
    },
    idle: |recipe, _| (!recipe.may_expand).then_some("aspect never leaves a margin here"),
};
