//! A stage and a measure as another crate would write them: `trim` cuts plain borders off.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::analysis::BorderKind;
use recanvas::analysis::Borders;
use recanvas::analysis::Measure;
use recanvas::analysis::Proxy;
use recanvas::geometry::Decision;
use recanvas::geometry::Edited;
use recanvas::geometry::Finding;
use recanvas::geometry::Layout;
use recanvas::geometry::Rect;
use recanvas::options::Field;
use recanvas::options::Kind;
use recanvas::options::Values;
use recanvas::options::typed;
use recanvas::pipeline::Registry;
use recanvas::stages::ActingInput;
use recanvas::stages::Effects;
use recanvas::stages::LayoutInput;
use recanvas::stages::Shape;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::measured::engine::BORDER_COLOR;

const FIELDS: &[Field] = &[
    Field::new("by", Kind::Word(&["nothing", "borders", "edges"]), "nothing", "the measure that says what goes"),
    Field::new("least_confidence", Kind::Share(1.0), "50%", "how sure it has to be of that"),
];

static TRIM: StageDef = StageDef {
    fields: || FIELDS,
    ..StageDef::new("trim", "cuts plain borders off", |values, _| Arc::new(typed::<Trim>(values)))
};

#[derive(Deserialize)]
struct Trim {
    by: String,
    least_confidence: f64,
}

impl Stage for Trim {
    fn measures(&self, _shape: &Shape) -> &'static [&'static str] {
        match &*self.by {
            "borders" => &["borders"],
            "edges" => &["edges"],
            _ => &[],
        }
    }

    fn layout(&self, layout: Layout, input: &LayoutInput<'_>) -> Option<Decision> {
        let measure = self.measures(input.shape).first()?;
        let borders: Borders = input.measures.named(measure).expect("it was asked for");
        let confidence = confidence(&borders);
        if confidence < self.least_confidence {
            let finding = Finding::new("low_confidence").measured(confidence, self.least_confidence);
            return Some(Decision::Do(Edited::from(layout).finding(finding)));
        }
        let (width, height) = (f64::from(layout.oriented.width), f64::from(layout.oriented.height));
        let pixels = |share: f64, length: f64| (share * length).round() as u32;
        let (left, right) = (pixels(borders.left.depth, width), pixels(borders.right.depth, width));
        let (top, bottom) = (pixels(borders.top.depth, height), pixels(borders.bottom.depth, height));
        let content = Rect::new(left, top, layout.oriented.width - left - right, layout.oriented.height - top - bottom);
        Some(Decision::Do(Edited::from(layout.with_content(content)).because(measure, Some(confidence))))
    }

    fn effects(&self) -> Effects {
        Effects { crops: self.by != "nothing", expands: false }
    }

    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        (self.by != "nothing").then(|| values.clone())
    }
}

/// A border of one colour is surely one; one that changes may be part of the picture, and a picture that is all
/// border shows nothing else.
fn confidence(borders: &Borders) -> f64 {
    let sides = [borders.left, borders.top, borders.right, borders.bottom];
    let is_all = borders.left.depth + borders.right.depth >= 1.0 || borders.top.depth + borders.bottom.depth >= 1.0;
    match sides.iter().any(|side| side.kind == BorderKind::Gradient) {
        _ if is_all => 0.0,
        true => 0.25,
        false => 0.75,
    }
}

/// The borders as `borders` finds them, counted; in two revisions, of which the higher finds nothing.
pub(super) struct Edges {
    revision: u32,
    looks: AtomicUsize,
}

impl Edges {
    pub(super) const fn new(revision: u32) -> Self {
        Edges { revision, looks: AtomicUsize::new(0) }
    }

    /// Returns how many pictures it has looked at since this was last asked.
    pub(super) fn looks(&self) -> usize {
        self.looks.swap(0, Ordering::SeqCst)
    }
}

impl Measure for Edges {
    fn name(&self) -> &'static str {
        "edges"
    }

    fn revision(&self) -> u32 {
        self.revision
    }

    fn measure(&self, proxy: &Proxy) -> Value {
        let looks = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        // A process that is to die while it looks says after how many pictures.
        if std::env::var(super::DIES_AFTER).is_ok_and(|most| most.parse() == Ok(looks - 1)) {
            std::process::abort();
        }
        let mut borders = Borders::of(proxy);
        if self.revision > 1 {
            for side in [&mut borders.left, &mut borders.top, &mut borders.right, &mut borders.bottom] {
                (side.depth, side.kind) = (0.0, BorderKind::None);
            }
        }
        json!(borders)
    }
}

/// Returns the registry with the stage, with the engine and with this measure.
pub(super) fn registry(edges: &'static dyn Measure) -> Registry {
    Registry::built_in().with_stage(&TRIM, "aspect").with_measure(edges).with_engine(&BORDER_COLOR)
}
