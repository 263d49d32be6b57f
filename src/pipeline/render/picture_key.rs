//! Groups the outputs of a source that show the same picture, so that it is made once.

use std::sync::Arc;

use crate::codecs::Header;
use crate::options::Color;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::providers::OUTPAINT;
use crate::stages::ActingInput;

/// Names the pixels of an output among those of its source: equal keys, equal pixels. Compared without a copy, and
/// no further than to the first difference.
#[derive(Clone, Copy)]
pub(crate) struct PictureKey<'a> {
    task: &'a Task,
    decided: &'a Decided,
    /// The link of the chain with which filling begins.
    link: usize,
    /// The source's header.
    header: &'a Header,
}

impl<'a> PictureKey<'a> {
    /// Returns the key of what a task makes of a source with this header, with engines from this link of its chain on.
    #[must_use]
    pub(crate) fn new(task: &'a Task, decided: &'a Decided, (link, header): (usize, &'a Header)) -> Self {
        PictureKey { task, decided, link, header }
    }

    fn has_margins(&self) -> bool {
        !self.decided.layout.margins().is_empty()
    }

    /// Returns the colour under transparent pixels; `None` if there are none, or the format keeps them.
    fn background(&self) -> Option<Color> {
        let recipe = &self.task.recipe;
        let may_be_clear =
            self.header.channels.has_alpha() || (self.has_margins() && recipe.outpaint.engines.needs_alpha());
        recipe.convert.background_in(self.decided.format).filter(|_| may_be_clear)
    }

    /// Says by what stages tell which of their options act.
    fn acting_input(&self) -> ActingInput<'_> {
        ActingInput::new((&self.task.shape, self.task.recipe.effects), self.header, &self.decided.layout)
    }

    /// Tells whether stages and engines do the same to the pixels.
    fn acts_like(&self, that: &Self) -> bool {
        let (recipe, others) = (&self.task.recipe, &that.task.recipe);
        if Arc::ptr_eq(recipe, others) {
            return true;
        }
        let (settings, other_settings) = (&self.task.settings, &that.task.settings);
        let engine = settings.of(OUTPAINT)["engine"] == other_settings.of(OUTPAINT)["engine"];
        recipe.resize.filter == others.resize.filter
            && (engine || !self.has_margins())
            && recipe.stages().zip(others.stages()).all(|((def, stage), (_, other))| {
                let own = || stage.acting(settings.of(def.word), &self.acting_input());
                let others = || other.acting(other_settings.of(def.word), &that.acting_input());
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
