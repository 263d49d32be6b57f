//! `auto`: each side by the engine that suits it, and the blurred picture where none does.
//!
//! One colour where the border is one; a side that is smooth is a backdrop, for `studio`; what else
//! is there is content, for `content`, whose work is looked at afterwards. If that does not stand
//! up on one side, all margins are blurred, as a blur beside anything else would be seen; or all
//! have the one colour that a cut-off thing stands before. How sure it is of `studio` is found out in
//! a [`rehearsal`]. What was chosen, what was measured and how sure it is goes into the judgement, so
//! that a list of engines can go on to another one (`min_confidence`) and people find the few
//! pictures worth a look.

mod border;
mod copies;
mod look;
mod plain;
mod rehearsal;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::engines::EngineDef;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::auto::border::Border;
use crate::engines::local::auto::border::Kind;
use crate::engines::local::auto::copies::Copies;
use crate::engines::local::auto::look::Look;
use crate::engines::local::auto::plain::mostly_plain;
use crate::engines::local::auto::plain::plain;
use crate::engines::local::auto::rehearsal::Rehearsal;
use crate::engines::local::blur;
use crate::engines::local::content;
use crate::engines::local::side::Side;
use crate::engines::local::solid;
use crate::engines::local::studio;
use crate::engines::margin_strips;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::options;
use crate::options::Field;
use crate::options::defaults;
use crate::options::typed;
use crate::raster::Raster;

/// Least confidence in a backdrop beside it; less has so many lines that they are a pattern.
const LEAST_BACKDROP: f64 = 0.8;
/// Least confidence in copied content: the share of photographs that had as much and were good.
const LEAST: f64 = 0.9;

/// Change across a border, for one in that from line to line behind it, from which on lines do not
/// meet.
const JUMP: f64 = 1.7;
/// How much confidence a backdrop loses for each time more that a margin is as wide as what is known.
const FAR_COST: f64 = 1.0;

/// Confidence where the picture does not go on: that never looks broken.
const PADDED: f64 = 0.4;

pub(super) static AUTO: EngineDef = EngineDef {
    name: "auto",
    doc: "each side by solid, studio or content, as suits it, else blur; says how sure it is",
    revision: 5,
    fields: &[Field::new(
        "min_confidence",
        options::Kind::Share(1.0),
        "0%",
        "below this the next engine of the list has its turn; a blur, and one colour beside a cut-off thing, count 40%",
    )],
    uses: &[&solid::SOLID, &studio::STUDIO, &content::CONTENT, &blur::BLUR],
    build: |values| {
        let Options { min_confidence } = typed(values);
        Box::new(Auto { min_confidence, otherwise: (blur::BLUR.build)(&defaults(blur::BLUR.fields)) })
    },
};

#[derive(Deserialize)]
struct Options {
    min_confidence: f64,
}

struct Auto {
    min_confidence: f64,
    /// What fills the margins if nothing else suits.
    otherwise: Box<dyn LocalEngine>,
}

/// What was chosen for a picture, and why.
#[derive(Default)]
struct Choice {
    engines: Vec<&'static str>,
    confidence: Option<f64>,
    gates: BTreeMap<&'static str, f64>,
}

impl LocalEngine for Auto {
    fn fill(&self, canvas: &mut Raster, known: Rect) -> Result<Filled, Unfilled> {
        if margin_strips(canvas.size(), known).is_empty() {
            return Ok(Filled::by(AUTO.name));
        }
        let choice = match plain(canvas, known) {
            Some(color) => {
                solid::fill_with(canvas, known, color);
                Choice { engines: vec![solid::SOLID.name], confidence: Some(1.0), ..Choice::default() }
            }
            None => side_by_side(canvas, known),
        };
        let Choice { engines, confidence, gates } = choice;
        let judgement = judgement(confidence.unwrap_or(PADDED), gates);
        if judgement.confidence < self.min_confidence {
            return Err(self.unsure(judgement));
        }
        let engine = match confidence {
            Some(_) => engines.join("+").into(),
            None => self.pad(canvas, known)?,
        };
        Ok(Filled { engine, judgement: Some(judgement) })
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        let others = AUTO.uses.iter().map(|def| (def.build)(&defaults(def.fields)));
        let most = others.map(|engine| engine.scratch_bytes(canvas, known, pixel_bytes)).max();
        // The small copy is at most a few hundred kilobytes of floats; making it takes a copy of the
        // canvas on one axis.
        most.unwrap_or(0).max(look::scratch_bytes(canvas, pixel_bytes))
    }

    fn can_fail(&self) -> bool {
        self.min_confidence > 0.0
    }
}

impl Auto {
    fn unsure(&self, judgement: Judgement) -> Unfilled {
        let percent = |share: f64| (share * 1000.0).round() / 10.0;
        let (sure, asked) = (percent(judgement.confidence), percent(self.min_confidence));
        let failure = Failure::new(Class::BadOutput, format!("{sure} % sure, and {asked} % are asked for"));
        Unfilled { failure, judgement: Some(judgement) }
    }

    /// Fills the margins with something that the picture does not go on in: with what a cut-off thing
    /// stands before, if that is one colour, else with the blurred picture.
    fn pad(&self, canvas: &mut Raster, known: Rect) -> Result<Cow<'static, str>, Unfilled> {
        match mostly_plain(canvas, known) {
            Some(color) => {
                solid::fill_with(canvas, known, color);
                Ok(solid::SOLID.name.into())
            }
            None => Ok(self.otherwise.fill(canvas, known)?.engine),
        }
    }
}

impl Choice {
    fn add(&mut self, engine: &'static str, confidence: f64) {
        if !self.engines.contains(&engine) {
            self.engines.push(engine);
        }
        self.confidence = Some(self.confidence.map_or(confidence, |least| least.min(confidence)));
    }

    /// Notes the largest value of all sides.
    fn note(&mut self, gate: &'static str, value: f64) {
        let largest = self.gates.entry(gate).or_insert(value);
        *largest = largest.max(value);
    }
}

/// A judgement in numbers that people can read.
fn judgement(confidence: f64, gates: BTreeMap<&'static str, f64>) -> Judgement {
    let rounded = |number: f64| (number * 1000.0).round() / 1000.0;
    let gates = gates.into_iter().map(|(gate, value)| (gate, rounded(value))).collect();
    Judgement { confidence: rounded(confidence), gates }
}

/// Fills side by side; there is no confidence if one of them could not be.
fn side_by_side(canvas: &mut Raster, known: Rect) -> Choice {
    let mut choice = Choice::default();
    let look = Look::at(canvas, known);
    for side in Side::ALL {
        let inner = side.inner(canvas.size(), known);
        if side.margin(canvas.size(), inner) == 0 {
            continue;
        }
        let border = Border::of(canvas, known, &look, side);
        choice.note("busy", border.busy);
        choice.note("grain", border.grain);
        choice.note("lines", border.lines as f64);
        choice.note("cut_off", border.cut_off() as f64);
        let reach = reach(canvas.size(), inner, side);
        choice.note("reach", reach);
        match border.kind() {
            Kind::Backdrop(confidence) if confidence >= LEAST_BACKDROP => {
                let rehearsal = Rehearsal::of(&look, side);
                rehearsal.iter().for_each(|rehearsal| choice.note("missed", rehearsal.missed));
                let confidence = rehearsal.map_or(confidence, |rehearsal| confidence.min(rehearsal.confidence()));
                studio::continue_side(canvas, inner, side);
                choice.add(studio::STUDIO.name, confidence / (1.0 + (reach - 1.0).max(0.0) * FAR_COST));
                continue;
            }
            Kind::Backdrop(_) | Kind::CutOff => return Choice { confidence: None, ..choice },
            Kind::Content => {}
        }
        let quality = content::continue_side(canvas, inner, side);
        let copies = Copies::of(canvas, inner, side);
        choice.note("ends", copies.ends);
        choice.note("corners", copies.corners);
        choice.note("jump", copies.jump);
        choice.note("foreign", quality.foreign);
        choice.note("mismatch", quality.mismatch);
        choice.note("carried", quality.carried);
        let confidence = copies.confidence(reach);
        // What is too small to be copied is carried outwards, which is not what was judged.
        if confidence < LEAST || copies.jump > JUMP || quality.carried > 0.0 {
            return Choice { confidence: None, ..choice };
        }
        choice.add(content::CONTENT.name, confidence);
    }
    choice
}

/// How wide the margin beside `inner` is, for one in the depth of what is known behind it.
fn reach(canvas: Size, inner: Rect, side: Side) -> f64 {
    let (_, across) = side.extent(inner);
    f64::from(side.margin(canvas, inner)) / f64::from(across)
}
