//! Says how a source becomes one target.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::codecs::Format;
use crate::engines::EngineTable;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Finding;
use crate::geometry::Layout;
use crate::options::Values;
use crate::options::defaults;
use crate::raster::Raster;
use crate::raster::with_color;
use crate::stages::Convert;
use crate::stages::Effects;
use crate::stages::FileInput;
use crate::stages::Load;
use crate::stages::Outpaint;
use crate::stages::PixelInput;
use crate::stages::Resize;
use crate::stages::Shape;
use crate::stages::Stage;
use crate::stages::StageDef;

/// Says how a source becomes one target: every stage with its options resolved, checked and typed.
pub struct Recipe {
    /// Says how the source is read.
    pub load: Arc<Load>,
    /// Says how large the output is, and how pixels are resampled.
    pub resize: Arc<Resize>,
    /// Says who fills margins.
    pub outpaint: Arc<Outpaint>,
    /// Says how the file is written.
    pub convert: Arc<Convert>,
    /// Says what all stages together can do to the window.
    pub effects: Effects,
    /// Says what stages make of the source before it is sent to a provider; none where they leave it as it is.
    pub preparation: Option<Arc<Value>>,
    /// All stages in the order in which they run, those four among them.
    stages: Vec<(&'static StageDef, Arc<dyn Stage>)>,
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe { load, resize, outpaint, convert, stages, .. } = self;
        let words: Vec<&str> = stages.iter().map(|(def, _)| def.word).collect();
        let mut recipe = f.debug_struct("Recipe");
        recipe.field("stages", &words).field("load", load).field("resize", resize);
        recipe.field("outpaint", outpaint).field("convert", convert).finish_non_exhaustive()
    }
}

impl Recipe {
    /// Returns the recipe that these stages make of their options; `values` gives those of a word.
    ///
    /// # Panics
    /// If `load`, `resize`, `outpaint` or `convert` is not among the stages.
    #[must_use]
    pub fn new<'a>(stages: &[&'static StageDef], values: impl Fn(&str) -> &'a Values, engines: &EngineTable) -> Recipe {
        let built = stages.iter().map(|def| (*def, (def.build)(values(def.word), engines)));
        let stages: Vec<(&'static StageDef, Arc<dyn Stage>)> = built.collect();
        let effects = stages.iter().map(|(_, stage)| stage.effects()).fold(Effects::default(), Effects::and);
        let preparing = stages.iter().filter(|(_, stage)| stage.prepares());
        let preparing = preparing.map(|(def, stage)| named_part(def, &**stage, values(def.word)));
        let preparing: Vec<Value> = preparing.collect();
        Recipe {
            load: named(&stages),
            resize: named(&stages),
            outpaint: named(&stages),
            convert: named(&stages),
            effects,
            preparation: (!preparing.is_empty()).then(|| Arc::new(preparing.into())),
            stages,
        }
    }

    /// Says why the stage `word` can have no effect on a target of this shape, if it cannot.
    #[must_use]
    pub fn idle(&self, word: &str, shape: &Shape) -> Option<&'static str> {
        self.stages().find(|(def, _)| def.word == word).and_then(|(_, stage)| stage.idle(self.effects, shape))
    }

    /// Returns the measures on which the layout hangs of a target of this shape, each once, by name.
    #[must_use]
    pub fn measures(&self, shape: &Shape) -> Vec<&'static str> {
        let mut named = Vec::new();
        for name in self.stages().flat_map(|(_, stage)| stage.measures(shape)) {
            if !named.contains(name) {
                named.push(*name);
            }
        }
        named
    }

    /// Has every stage change the visible part of the source; see [`Stage::before_fill`].
    ///
    /// # Errors
    /// The failure of the first stage that fails; [`Class::Internal`] if one breaks its promise.
    pub fn before_fill(&self, picture: Arc<Raster>, layout: &Layout) -> Result<Arc<Raster>, Failure> {
        self.changed(picture, |stage, picture| match stage.prepares() {
            true => stage.before_fill(picture, &PixelInput::new(layout)),
            false => Ok(picture),
        })
    }

    /// Has every stage change the whole picture; see [`Stage::after_fill`].
    ///
    /// # Errors
    /// As [`Recipe::before_fill`].
    pub fn after_fill(&self, picture: Arc<Raster>, layout: &Layout) -> Result<Arc<Raster>, Failure> {
        self.changed(picture, |stage, picture| stage.after_fill(picture, &PixelInput::new(layout)))
    }

    /// Has every stage check a file of this format; see [`Stage::check`].
    #[must_use]
    pub fn check(&self, file: &[u8], layout: &Layout, format: Format) -> Vec<Finding> {
        self.stages().flat_map(|(_, stage)| stage.check(file, &FileInput::new(layout, format))).collect()
    }

    fn changed(
        &self,
        picture: Arc<Raster>,
        change: impl Fn(&dyn Stage, Arc<Raster>) -> Result<Arc<Raster>, Failure>,
    ) -> Result<Arc<Raster>, Failure> {
        let shape = |picture: &Raster| (picture.size(), picture.channels(), picture.sample_bytes());
        self.stages().try_fold(picture, |picture, (def, stage)| {
            let channels = picture.channels();
            let lacks_color = stage.needs_color() && channels != channels.with_color();
            let picture = if lacks_color { Arc::new(with_color(&picture).into_owned()) } else { picture };
            let before = shape(&picture);
            let picture = change(stage, picture)?;
            if shape(&picture) == before {
                return Ok(picture);
            }
            Err(Failure::new(Class::Internal, format!("the stage `{}` has changed the picture's shape", def.word)))
        })
    }

    /// Tells whether a grey picture gets colour; see [`Stage::needs_color`].
    #[must_use]
    pub fn needs_color(&self) -> bool {
        self.stages().any(|(_, stage)| stage.needs_color())
    }

    /// Returns the most bytes that a stage takes beside the picture; see [`Stage::memory`].
    #[must_use]
    pub fn memory(&self, layout: &Layout, pixel_bytes: u64) -> u64 {
        self.stages().map(|(_, stage)| stage.memory(layout, pixel_bytes)).max().unwrap_or(0)
    }

    /// Returns all stages in the order in which they run.
    pub fn stages(&self) -> impl Iterator<Item = (&'static StageDef, &dyn Stage)> {
        self.stages.iter().map(|(def, stage)| (*def, &**stage))
    }
}

/// Names what a stage makes of a source before it is sent: by its word, its revisions, and the options that are not at
/// their defaults. So one that the stage gets later changes no name.
fn named_part(def: &StageDef, stage: &dyn Stage, values: &Values) -> Value {
    let fields = (def.fields)();
    let (defaults, is_limit) =
        (defaults(fields), |name: &str| fields.iter().any(|field| field.name == name && field.is_limit));
    let mut options = stage.decisive(values);
    options.retain(|name, value| !is_limit(name) && defaults.get(name) != Some(value));
    let mut part = json!({ "stage": def.word, "revision": def.revision, "options": options });
    if let Some(own) = stage.revision() {
        part["own_revision"] = own.into();
    }
    part
}

/// Returns the stage of this type.
fn named<T: Stage>(stages: &[(&'static StageDef, Arc<dyn Stage>)]) -> Arc<T> {
    let found = stages.iter().find_map(|(_, stage)| {
        let stage: Arc<dyn Any + Send + Sync> = Arc::clone(stage) as _;
        stage.downcast().ok()
    });
    found.expect("a pipeline has the stages load, resize, outpaint and convert")
}
