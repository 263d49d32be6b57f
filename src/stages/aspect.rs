//! `aspect`: chooses the window that has the asked ratio.
//!
//! Between the largest window of that ratio inside the source (crop) and the smallest one
//! around it (expand) lie all others, one per scale; each rule below is a bound on that scale.

use serde::Deserialize;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Anchor;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::stages::Arrange;
use crate::stages::Shape;
use crate::stages::StageDef;
use crate::stages::stage_def::names_nothing;
use crate::stages::stage_def::without;

const WORD: &str = "aspect";

pub(super) static STAGE: StageDef = StageDef {
    word: WORD,
    doc: "reaches the asked ratio by extending the canvas, by cropping, or by both within a bound",
    fields: &[
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
    ],
    revision: 1,
    resolve: names_nothing,
    build: |values, _, recipe| {
        let aspect: Aspect = typed(values);
        recipe.may_crop |= aspect.fit != Fit::Expand || (aspect.max_expand.is_some() && aspect.otherwise == Else::Crop);
        recipe.may_expand |= aspect.fit != Fit::Crop;
        recipe.arrange.push(Box::new(aspect));
    },
    decisive: |values, _| {
        let aspect: Aspect = typed(values);
        let max_crop = (aspect.fit != Fit::Balance).then_some("max_crop");
        let otherwise = aspect.max_expand.is_none().then_some("else");
        without(values, &max_crop.into_iter().chain(otherwise).collect::<Vec<_>>())
    },
    idle: |_, shape| shape.ratio().is_none().then_some("the target asks for no ratio"),
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

impl Arrange for Aspect {
    fn word(&self) -> &'static str {
        WORD
    }

    fn arrange(&self, layout: Layout, asked: &Shape) -> Decision {
        let Some(ratio) = asked.ratio() else { return Decision::Do(layout, Vec::new()) };
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
        Decision::Do(layout.with_window(window.0, window.1, self.anchor), Vec::new())
    }
}

fn larger(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    if one.0 >= other.0 { one } else { other }
}
