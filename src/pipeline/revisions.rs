//! Revisions of what makes an output: stages, measures, engines and codecs; each is raised whenever
//! it makes something else of the same options.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::analysis::Measure;
use crate::codecs::CODECS;
use crate::codecs::Format;
use crate::engines::TRANSPARENT;
use crate::error::Class;
use crate::pipeline::Acting;
use crate::pipeline::Registry;
use crate::stages::Recipe;
use crate::stages::Shape;

const STAGE: &str = "stage.";
const MEASURE: &str = "measure.";
const ENGINE: &str = "engine.";
const DECODER: &str = "decoder.";
const ENCODER: &str = "encoder.";

/// Ends the name of a revision that a stage has of its own.
const OWN: &str = ".own";

/// The stage that reads the source.
const LOAD: &str = "stage.load";

/// The stage that has a part only where there are margins.
const OUTPAINT: &str = "stage.outpaint";

/// Revisions by name: `stage.resize`, `measure.borders`, `engine.blur`, `encoder.jpeg`, `decoder.png`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revisions(BTreeMap<String, u32>);

/// Kind of pixels in the margins of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// There were none.
    Nothing,
    /// They were left transparent before any engine had its turn.
    Clear,
    /// The engines of the list, as far as was needed.
    Engines,
}

impl Filling {
    /// Returns the kind for the recorded name of an engine; `None` if the output has no margins.
    #[must_use]
    pub fn by(engine: Option<&str>) -> Self {
        match engine {
            None => Filling::Nothing,
            Some(TRANSPARENT) => Filling::Clear,
            Some(_) => Filling::Engines,
        }
    }
}

/// A part that has a higher revision than it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// Its name.
    pub name: String,
    /// The revision that it had.
    pub before: u32,
    /// The revision that it has.
    pub now: u32,
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.name, self.before, self.now)
    }
}

impl Revisions {
    /// Collects the revisions of all that may have a part in outputs of this recipe, whatever the source: stages that
    /// can have an effect, engines if margins can arise, every decoder, and the encoders that may write.
    #[must_use]
    pub fn of(shape: &Shape, recipe: &Recipe) -> Self {
        let acting = recipe.stages().filter(|(def, _)| recipe.idle(def.word, shape).is_none());
        let stages = acting.map(|(def, _)| (format!("{STAGE}{}", def.word), def.revision));
        let engines = recipe.outpaint.engines.revisions().into_iter().filter(|_| recipe.effects.expands);
        let engines = engines.map(|(name, revision)| (format!("{ENGINE}{name}"), revision));
        let codecs = CODECS.iter().flat_map(|codec| {
            let name = codec.format.name();
            let read = (format!("{DECODER}{name}"), codec.decoder.revision());
            let written = codec.encoder.filter(|_| recipe.convert.encoding(codec.format).is_ok());
            let written = written.map(|encoder| (format!("{ENCODER}{name}"), encoder.revision));
            [Some(read), written].into_iter().flatten()
        });
        Revisions(stages.chain(own_revisions(shape, recipe)).chain(engines).chain(codecs).collect())
    }

    /// Returns those of all stages, local engines and codecs that there are.
    #[must_use]
    pub fn of_program(registry: &Registry) -> Self {
        let stages = registry.stages().iter().map(|def| (format!("{STAGE}{}", def.word), def.revision));
        let engines = registry.engines().local().map(|def| (format!("{ENGINE}{}", def.name), def.revision));
        let codecs = CODECS.iter().flat_map(|codec| {
            let name = codec.format.name();
            let read = (format!("{DECODER}{name}"), codec.decoder.revision());
            let written = codec.encoder.map(|encoder| (format!("{ENCODER}{name}"), encoder.revision));
            [Some(read), written].into_iter().flatten()
        });
        Revisions(stages.chain(engines).chain(codecs).collect())
    }

    /// Adds the measures on which the layout hangs, whatever they find.
    #[must_use]
    pub fn and_measures<'m>(mut self, measures: impl IntoIterator<Item = &'m dyn Measure>) -> Self {
        let named = |measure: &dyn Measure| (format!("{MEASURE}{}", measure.name()), measure.revision());
        self.0.extend(measures.into_iter().map(named));
        self
    }

    /// Returns those that had a part in one output: the stages that act on it, the codecs of these formats of
    /// source and output, and the engines if they had their turn.
    #[must_use]
    pub fn that_acted(&self, acting: &Acting, (source, output): (Format, Format), filling: Filling) -> Self {
        self.kept(|name| {
            let of = |kind: &str| name.strip_prefix(kind);
            match (of(STAGE), of(ENGINE), of(DECODER), of(ENCODER)) {
                (Some(word), ..) => acting.has(word.strip_suffix(OWN).unwrap_or(word)),
                (_, Some(_), ..) => filling == Filling::Engines,
                (_, _, Some(format), _) => format == source.name(),
                (.., Some(format)) => format == output.name(),
                _ => true,
            }
        })
    }

    /// Returns those that had a part in one output, as far as its record in a manifest of the first programs tells: of
    /// what fills margins only what acted, and of the codecs only those for a source of this format.
    #[must_use]
    pub fn of_output(&self, source: Option<Format>, filling: Filling) -> Self {
        let acted = |name: &str| match filling {
            Filling::Engines => true,
            Filling::Clear => !name.starts_with(ENGINE),
            Filling::Nothing => name != OUTPAINT && !name.starts_with(ENGINE),
        };
        self.kept(acted).for_source(source)
    }

    /// Keeps those on which a failure of this class depends: once one of them is newer, the task may be tried again.
    /// None for what a provider made of a paid call, and for what is tried again anyway.
    #[must_use]
    pub fn of_failure(&self, class: Class, source: Option<Format>) -> Self {
        let kept = match class {
            Class::Corrupt => self.kept(|name| name == LOAD || name.starts_with(DECODER)),
            Class::TooSmall => self.of_output(None, Filling::Nothing).kept(|name| !name.starts_with(ENCODER)),
            Class::Unsupported | Class::Limit => self.of_output(None, Filling::Nothing),
            Class::Unreachable => self.clone(),
            Class::Rejected | Class::BadOutput | Class::UnknownCall => Revisions::default(),
            Class::Memory | Class::Io | Class::DiskFull | Class::Network | Class::Provider => Revisions::default(),
            Class::Options | Class::Conflict | Class::Interrupted | Class::Internal => Revisions::default(),
        };
        kept.for_source(source)
    }

    /// Keeps those that count for a source of this format: where several decoders are named only its own, and of
    /// several encoders as well. Without a format all may count.
    #[must_use]
    pub fn for_source(&self, source: Option<Format>) -> Self {
        let Some(format) = source else { return self.clone() };
        let is_other = |name: &str, kind: &str| {
            let several = self.named(kind).nth(1).is_some();
            several && name.strip_prefix(kind).is_some_and(|codec| codec != format.name())
        };
        self.kept(|name| !is_other(name, DECODER) && !is_other(name, ENCODER))
    }

    /// Tells whether it depends on the source's format which of them count.
    #[must_use]
    pub fn depend_on_source(&self) -> bool {
        self.may_write_any() || self.named(DECODER).nth(1).is_some()
    }

    /// Tells whether they are of outputs that have the format of their source.
    #[must_use]
    pub fn may_write_any(&self) -> bool {
        self.named(ENCODER).nth(1).is_some()
    }

    /// Returns the formats that are read today, and of which these know no decoder though they name all that
    /// there were: more than the one for a source of a known format.
    #[must_use]
    pub fn unread(&self) -> Vec<Format> {
        if self.named(DECODER).nth(1).is_none() {
            return Vec::new();
        }
        Format::all().filter(|format| self.get(&format!("{DECODER}{}", format.name())).is_none()).collect()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each name with its revision, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, revision)| (name.as_str(), *revision))
    }

    /// Returns each engine with its revision.
    pub fn iter_engines(&self) -> impl Iterator<Item = (&str, u32)> {
        self.iter().filter_map(|(name, revision)| Some((name.strip_prefix(ENGINE)?, revision)))
    }

    /// Returns the revision of what has this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// Returns those of them that are higher `now`. A part that is new or gone says nothing: what uses it, or
    /// used it, has a new revision as well.
    #[must_use]
    pub fn newer(&self, now: &Revisions) -> Vec<Newer> {
        let newer = self.0.iter().filter_map(|(name, &before)| {
            let now = now.get(name).filter(|now| *now > before)?;
            Some(Newer { name: name.clone(), before, now })
        });
        newer.collect()
    }

    fn named(&self, kind: &str) -> impl Iterator<Item = &String> {
        self.0.keys().filter(move |name| name.starts_with(kind))
    }

    fn kept(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(name, _)| is_kept(name));
        Revisions(kept.map(|(name, revision)| (name.clone(), *revision)).collect())
    }
}

/// Returns the revisions that stages have of their own beside those of their definitions, by `stage.WORD.own`.
fn own_revisions(shape: &Shape, recipe: &Recipe) -> impl Iterator<Item = (String, u32)> {
    let acting = recipe.stages().filter(|(def, _)| recipe.idle(def.word, shape).is_none());
    acting.filter_map(|(def, stage)| Some((format!("{STAGE}{}{OWN}", def.word), stage.revision()?)))
}

impl<S: Into<String>> FromIterator<(S, u32)> for Revisions {
    fn from_iter<I: IntoIterator<Item = (S, u32)>>(revisions: I) -> Self {
        Revisions(revisions.into_iter().map(|(name, revision)| (name.into(), revision)).collect())
    }
}
