//! `aspect`: chooses the window that has the asked ratio.
//!
//! Between the largest window of that ratio inside the source (crop) and the smallest one
//! around it (expand) lie all others, one per scale; each rule below is a bound on that scale.

use std::sync::Arc;

use serde::Deserialize;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Anchor;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::geometry::Ratio;
use crate::geometry::Window;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Values;
use crate::options::typed;
use crate::stages::ActingInput;
use crate::stages::Effects;
use crate::stages::LayoutInput;
use crate::stages::Shape;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

const FIELDS: &[Field] = &[
    Field::new(
        "fit",
        Kind::Word(&["expand", "crop", "balance"]),
        "expand",
        "extend the canvas, crop, or crop up to max_crop and extend for the rest",
    ),
    Field::new(
        "anchor",
        Kind::Anchor,
        "center",
        "where the source stands on a larger canvas, and what stays of it when cropped",
    ),
    Field::new("max_crop", Kind::Share(0.99), "10%", "balance: most of the source's width or height that may go"),
    Field::new(
        "max_expand",
        Kind::Optional(&Kind::Share(1000.0)),
        "null",
        "most growth of the canvas, as a share of the source's width or height",
    ),
    Field::new(
        "else",
        Kind::Word(&["crop", "fail", "skip"]),
        "crop",
        "what happens when max_expand does not reach the ratio",
    ),
];

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    ..StageDef::new(
        "aspect",
        "reaches the asked ratio by extending the canvas, by cropping, or by both within a bound",
        |values, _| Arc::new(typed::<Aspect>(values)),
    )
};

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Fit {
    Expand,
    Crop,
    Balance,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Else {
    Crop,
    Fail,
    Skip,
}

#[derive(Deserialize)]
struct Aspect {
    fit: Fit,
    anchor: Anchor,
    max_crop: f64,
    max_expand: Option<f64>,
    #[serde(rename = "else")]
    otherwise: Else,
}

impl Stage for Aspect {
    fn changes_pixels(&self) -> bool {
        false
    }

    fn layout(&self, layout: Layout, input: &LayoutInput<'_>) -> Option<Decision> {
        Some(input.shape.ratio().map_or_else(|| layout.into(), |ratio| self.reached(layout, ratio)))
    }

    fn effects(&self) -> Effects {
        let crops = self.fit != Fit::Expand || (self.max_expand.is_some() && self.otherwise == Else::Crop);
        Effects { crops, expands: self.fit != Fit::Crop }
    }

    fn decisive(&self, values: &Values) -> Values {
        let max_crop = (self.fit != Fit::Balance).then_some("max_crop");
        let otherwise = self.max_expand.is_none().then_some("else");
        without(values, &max_crop.into_iter().chain(otherwise).collect::<Vec<_>>())
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        // A source of the asked ratio is shown as it is, whatever the way to that.
        let is_whole = output.layout.window == Window::of(output.layout.content);
        Some(if is_whole { Values::new() } else { values.clone() })
    }

    fn idle(&self, _effects: Effects, shape: &Shape) -> Option<&'static str> {
        shape.ratio().is_none().then_some("the target asks for no ratio")
    }
}

impl Aspect {
    fn reached(&self, layout: Layout, ratio: Ratio) -> Decision {
        let (width, height) = (f64::from(layout.content.width), f64::from(layout.content.height));
        let (across, down) = (ratio.width_for(height), ratio.height_for(width));
        let crop = (width.min(across), height.min(down));
        let expand = (width.max(across), height.max(down));
        let scaled = |(width, height): (f64, f64), factor: f64| (width * factor, height * factor);

        let mut window = match self.fit {
            Fit::Crop => crop,
            Fit::Expand => expand,
            Fit::Balance => larger(crop, scaled(expand, 1.0 - self.max_crop)),
        };
        if let Some(max_expand) = self.max_expand {
            let bound = scaled(crop, 1.0 + max_expand);
            if window.0 > bound.0 * (1.0 + 1e-9) {
                let needed = (window.0 / crop.0 - 1.0) * 100.0;
                let why = format!(
                    "the ratio {ratio} needs {needed:.0}% more canvas, aspect.max_expand is {:.0}%",
                    max_expand * 100.0
                );
                match self.otherwise {
                    Else::Crop => window = bound,
                    Else::Fail => return Decision::Fail(Failure::new(Class::Limit, why)),
                    Else::Skip => return Decision::Skip(why),
                }
            }
        }
        layout.with_window(window.0, window.1, self.anchor).into()
    }
}

fn larger(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    if one.0 >= other.0 { one } else { other }
}
