//! `auto`: each side by the engine that suits it, and the blurred picture where none does.
//!
//! One colour where the border is one; a side that is smooth is a backdrop, for `studio`; what else
//! is there is content, for `content`, whose work is looked at afterwards. Where that does not stand
//! up the margin is padded: with the border's own colour if it is plain, with the backdrop that a
//! cut-off thing stands before, or else with the blurred picture. Every side is decided by itself, but
//! beside a blurred margin copied content, and a backdrop that is rather unsure, are blurred too. How sure
//! it is of `studio` is found out by a [`hold_out`]. What was chosen, what was measured and how sure it is
//! goes into the judgement, so that a list of engines can go on to another one (`min_confidence`) and
//! people find the few pictures worth a look.

mod behind;
mod border;
mod copies;
mod hold_out;
mod look;
mod padding;
mod plain;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::auto::border::Border;
use crate::engines::local::auto::border::Kind;
use crate::engines::local::auto::copies::Copies;
use crate::engines::local::auto::hold_out::HoldOut;
use crate::engines::local::auto::look::Look;
use crate::engines::local::auto::padding::Padding;
use crate::engines::local::auto::plain::plain;
use crate::engines::local::auto::plain::plain_side;
use crate::engines::local::blur;
use crate::engines::local::content;
use crate::engines::local::frame;
use crate::engines::local::side::Side;
use crate::engines::local::solid;
use crate::engines::local::studio;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::margin_strips;
use crate::options;
use crate::options::Field;
use crate::options::defaults;
use crate::options::typed;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::Samples;

/// Least confidence in a backdrop beside it; less has so many lines that they are a pattern.
const LEAST_BACKDROP: f64 = 0.8;
/// Least confidence in copied content: the share of photographs that had as much and were good.
const LEAST: f64 = 0.9;

/// Change across a border, for one in that from line to line behind it, from which on lines do not
/// meet.
const JUMP: f64 = 1.7;
/// Least confidence in a backdrop beside a blurred margin: streaks are worse than one blur more.
const LEAST_BESIDE_BLUR: f64 = 0.5;

/// Confidence that a backdrop loses for each time more that a margin is as wide as what is known.
const FAR_COST: f64 = 1.0;

/// Confidence where the picture does not go on: that never looks broken.
const PADDED: f64 = 0.4;

pub(super) static AUTO: EngineDef = EngineDef {
    name: "auto",
    doc: "each side by solid, studio or content, as suits it, else blur; says how sure it is",
    revision: 7,
    fields: &[Field::new(
        "min_confidence",
        options::Kind::Share(1.0),
        "0%",
        "below this the next engine of the list has its turn; padded margins, like a blur, count 40%",
    )],
    uses: &[&solid::SOLID, &studio::STUDIO, &content::CONTENT, &blur::BLUR],
    build: |values| Box::new(typed::<Auto>(values)),
};

#[derive(Deserialize)]
struct Auto {
    min_confidence: f64,
}

/// Choice for a picture, and the reasons.
#[derive(Default)]
struct Choice {
    engines: Vec<&'static str>,
    confidence: Option<f64>,
    gates: BTreeMap<&'static str, f64>,
}

impl LocalEngine for Auto {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        if margin_strips(canvas.size(), known).is_empty() {
            return Ok(Filled::by(AUTO.name));
        }
        let choice = frame::without(canvas, known, |canvas, known| match plain(canvas, known) {
            Some(color) => {
                solid::fill_with(canvas, known, color);
                Choice::default().with(solid::SOLID.name, 1.0)
            }
            None => self.side_by_side(canvas, known),
        });
        let judgement = choice.judgement();
        if judgement.confidence < self.min_confidence {
            return Err(self.unsure(judgement));
        }
        Ok(Filled { engine: choice.engines.join("+").into(), judgement: Some(judgement) })
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        let others = [&solid::SOLID, &blur::BLUR].map(|def| (def.build)(&defaults(def.fields)));
        let most = others.iter().map(|engine| engine.scratch_bytes(canvas, known, pixel_bytes)).max();
        let copies = content::scratch_bytes(canvas, known, frame::most_lines(known));
        let most = most.unwrap_or(0).max(copies).max(studio::scratch_bytes(canvas, known));
        // What lies along the sides, and which of it is backdrop, stays meanwhile.
        let along = 2 * (u64::from(known.width) + u64::from(known.height)) * (size_of::<Lanes>() as u64 + 1);
        let filling = most.max(look::scratch_bytes(canvas, pixel_bytes)) + look::BYTES + along;
        frame::scratch_bytes(known, pixel_bytes, filling)
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

    /// Fills side by side; stops where more confidence is asked for than a padded margin has.
    fn side_by_side(&self, canvas: &mut Raster, known: Rect) -> Choice {
        let mut choice = Choice::default();
        let look = Look::at(canvas, known);
        let sides: Vec<Looked> =
            Side::ALL.into_iter().filter_map(|side| Looked::at(canvas, known, &look, side)).collect();
        sides.iter().for_each(|looked| looked.note(&mut choice));
        let is_enough = self.min_confidence <= PADDED;
        if !is_enough && sides.iter().any(|looked| matches!(looked.plan, Plan::Pad)) {
            return choice.padded();
        }
        let mut padding = Padding::of(known);
        let mut made = Vec::with_capacity(sides.len());
        for looked in &sides {
            let &Looked { side, inner, reach, ref plan, .. } = looked;
            let padded = |engine| Made { engine, confidence: PADDED, gives_way: false };
            made.push(match *plan {
                Plan::Plain(color) => {
                    solid::fill_side(canvas, inner, side, color);
                    Made { engine: solid::SOLID.name, confidence: 1.0, gives_way: false }
                }
                Plan::Backdrop(confidence) => {
                    let hold_out = HoldOut::of(&look, side);
                    hold_out.iter().for_each(|hold_out| choice.note("missed", hold_out.missed));
                    let confidence = hold_out.map_or(confidence, |hold_out| confidence.min(hold_out.confidence()));
                    studio::continue_side(canvas, inner, side);
                    let gives_way = confidence < LEAST_BESIDE_BLUR;
                    let confidence = confidence / (1.0 + (reach - 1.0).max(0.0) * FAR_COST);
                    Made { engine: studio::STUDIO.name, confidence, gives_way }
                }
                Plan::Content if !padding.is_blurred() => match copy(canvas, looked, &mut choice) {
                    Some(confidence) => Made { engine: content::CONTENT.name, confidence, gives_way: true },
                    None if is_enough => padded(padding.fill(canvas, inner, side)),
                    None => return choice.padded(),
                },
                Plan::Content | Plan::Pad => padded(padding.fill(canvas, inner, side)),
            });
        }
        // Only now, as a later side may have been the first that is blurred.
        for (looked, made) in sides.iter().zip(made) {
            if padding.is_blurred() && made.gives_way {
                padding.blur(canvas, looked.inner, looked.side);
                choice.add(blur::BLUR.name, PADDED);
            } else {
                choice.add(made.engine, made.confidence);
            }
        }
        choice
    }
}

/// Says what a margin was filled with.
struct Made {
    engine: &'static str,
    confidence: f64,
    /// Tells whether it is blurred instead if another margin is.
    gives_way: bool,
}

/// Plan for a side, and the reasons.
struct Looked {
    side: Side,
    /// Rectangle from which the side is continued.
    inner: Rect,
    /// Width of its margin, as a factor of the depth of what is known behind it.
    reach: f64,
    plan: Plan,
    border: Border,
}

/// Way in which a margin is filled.
enum Plan {
    /// With the one colour of the side.
    Plain(Samples),
    /// By `studio`, with so much confidence in the backdrop.
    Backdrop(f64),
    /// By `content`, if its copies stand up.
    Content,
    /// With something that the picture does not go on in.
    Pad,
}

impl Looked {
    /// Looks at a side of what is `known`, if it has a margin.
    fn at(canvas: &Raster, known: Rect, look: &Look, side: Side) -> Option<Looked> {
        let inner = side.inner(canvas.size(), known);
        let margin = Some(side.margin(canvas.size(), inner)).filter(|&margin| margin > 0)?;
        let border = Border::of(canvas, known, look, side);
        let plan = match (plain_side(canvas, known, side), border.kind()) {
            (Some(color), _) => Plan::Plain(color),
            (None, Kind::Backdrop(confidence)) if confidence >= LEAST_BACKDROP => Plan::Backdrop(confidence),
            (None, Kind::Content) => Plan::Content,
            (None, Kind::Backdrop(_) | Kind::CutOff) => Plan::Pad,
        };
        let (_, across) = side.extent(inner);
        Some(Looked { side, inner, reach: f64::from(margin) / f64::from(across), plan, border })
    }

    fn note(&self, choice: &mut Choice) {
        choice.note("busy", self.border.busy);
        choice.note("grain", self.border.grain);
        choice.note("lines", self.border.lines as f64);
        choice.note("cut_off", self.border.cut_off() as f64);
        choice.note("reach", self.reach);
    }
}

/// Copies what lies near a side and says how sure it is of the copies; nothing if they do not stand up.
fn copy(canvas: &mut Raster, looked: &Looked, choice: &mut Choice) -> Option<f64> {
    let &Looked { side, inner, reach, .. } = looked;
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
    (confidence >= LEAST && copies.jump <= JUMP && quality.carried == 0.0).then_some(confidence)
}

impl Choice {
    fn add(&mut self, engine: &'static str, confidence: f64) {
        if !self.engines.contains(&engine) {
            self.engines.push(engine);
        }
        self.confidence = Some(self.confidence.map_or(confidence, |least| least.min(confidence)));
    }

    fn with(mut self, engine: &'static str, confidence: f64) -> Choice {
        self.add(engine, confidence);
        self
    }

    /// The same of a picture of which some margin would have to be padded.
    fn padded(mut self) -> Choice {
        self.confidence = Some(PADDED);
        self
    }

    /// A judgement in numbers that people can read.
    fn judgement(&self) -> Judgement {
        let rounded = |number: f64| (number * 1000.0).round() / 1000.0;
        let gates = self.gates.iter().map(|(&gate, &value)| (gate, rounded(value))).collect();
        Judgement { confidence: rounded(self.confidence.unwrap_or(PADDED)), gates }
    }

    /// Notes the largest value of all sides.
    fn note(&mut self, gate: &'static str, value: f64) {
        let largest = self.gates.entry(gate).or_insert(value);
        *largest = largest.max(value);
    }
}
