//! Says which outputs of a source show the same picture, so that it is made once.

use std::sync::Arc;

use crate::options::Color;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::providers::OUTPAINT;

/// Names the pixels of an output among those of its source: equal keys, equal pixels. Compared without a copy, and
/// no further than to the first difference.
#[derive(Clone, Copy)]
pub(crate) struct PictureKey<'a> {
    task: &'a Task,
    decided: &'a Decided,
    /// The link of the chain with which filling begins.
    link: usize,
    /// Tells whether the source may have transparent pixels.
    has_alpha: bool,
}

impl<'a> PictureKey<'a> {
    /// Returns the key of what a task makes of a source with alpha or without, with engines from this link of its
    /// chain on.
    #[must_use]
    pub(crate) fn new(task: &'a Task, decided: &'a Decided, (link, has_alpha): (usize, bool)) -> Self {
        PictureKey { task, decided, link, has_alpha }
    }

    fn has_margins(&self) -> bool {
        !self.decided.layout.margins().is_empty()
    }

    /// Returns what transparent pixels are laid on, where there may be some.
    fn background(&self) -> Option<Color> {
        let recipe = &self.task.recipe;
        let may_be_clear = self.has_alpha || (self.has_margins() && recipe.outpaint.engines.needs_alpha());
        recipe.convert.background_in(self.decided.format).filter(|_| may_be_clear)
    }

    /// Tells whether stages and engines do the same to the pixels.
    fn acts_like(&self, other: &Self) -> bool {
        let (recipe, others) = (&self.task.recipe, &other.task.recipe);
        if Arc::ptr_eq(recipe, others) {
            return true;
        }
        let (settings, other_settings) = (&self.task.settings, &other.task.settings);
        let engine = settings.of(OUTPAINT)["engine"] == other_settings.of(OUTPAINT)["engine"];
        recipe.resize.filter == others.resize.filter
            && (engine || !self.has_margins())
            && recipe.stages().zip(others.stages()).all(|((def, stage), (_, other))| {
                let own = || stage.acting(settings.of(def.word), recipe.effects);
                let others = || other.acting(other_settings.of(def.word), others.effects);
                !(stage.changes_pixels() || other.changes_pixels()) || own() == others()
            })
    }
}

impl PartialEq for PictureKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.decided.layout == other.decided.layout
            && self.link == other.link
            && self.background() == other.background()
            && self.acts_like(other)
    }
}

/// Sorts outputs into groups of equal keys, of which each is made of one picture; all in the order in which they come.
pub(crate) fn by_picture<T, K: PartialEq>(outputs: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    for output in outputs {
        match groups.iter_mut().find(|group| key(&group[0]) == key(&output)) {
            Some(group) => group.push(output),
            None => groups.push(vec![output]),
        }
    }
    groups
}
