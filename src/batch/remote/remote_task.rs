//! The tasks of the paid side, and what they wait for.

use std::sync::Arc;

use crate::batch::ToMake;
use crate::batch::remote::pixels::FilledBy;
use crate::batch::remote::pixels::Wanted;
use crate::engines::ChainFailure;
use crate::engines::Judgement;
use crate::engines::Link;
use crate::error::Class;
use crate::error::Failure;
use crate::pipeline::Route;
use crate::pipeline::Task;
use crate::providers::Canvas;
use crate::providers::Provider;
use crate::stages::Otherwise;

/// A task whose margins a provider may fill.
pub(super) struct RemoteTask<'a> {
    pub(super) one: ToMake<'a>,
    /// The link of its chain whose turn it is.
    pub(super) link: usize,
    /// Failures of engines that could not do it.
    pub(super) said: Vec<(String, Failure)>,
    /// Judgement of the last one of them that was not sure enough of its work.
    pub(super) judgement: Option<Judgement>,
    /// The provider that made a result that cannot be used, if it is asked once more.
    pub(super) reseeded: Option<Arc<Provider>>,
}

impl<'a> RemoteTask<'a> {
    /// Makes the task as it is planned.
    pub(super) fn new(one: ToMake<'a>) -> Self {
        let Route { link, passed, .. } = one.make.route();
        RemoteTask { one, link: *link, said: passed.clone(), judgement: None, reseeded: None }
    }

    /// Tells whether local engines have left it to the provider that comes behind them.
    pub(super) fn is_taken_over(&self) -> bool {
        self.one.make.route().takeover == Some(self.link)
    }

    /// Returns its next step, if that is for the local engines from its link on.
    pub(super) fn here(self) -> PixelStep<'a> {
        let with = FilledBy::Local(self.link);
        (self, with)
    }

    /// Returns the failure that its engines add up to. If one of them cannot work at the moment, the whole is of that
    /// class: the next run may have its picture.
    pub(super) fn failure(&self) -> Failure {
        let whole = ChainFailure::of(&self.said).failure();
        Failure { class: self.outage().unwrap_or(whole.class), ..whole }
    }

    /// Tells whether no local engine may take over now.
    pub(super) fn waits_for_provider(&self) -> bool {
        self.outage().is_some() && self.one.task.recipe.outpaint.on_outage == Otherwise::Fail
    }

    /// Returns the link of the next local engine, if it may finish a task whose call is of unknown fate.
    pub(super) fn local_after_unknown(&self) -> Option<usize> {
        let recipe = &self.one.task.recipe;
        let mut links = recipe.outpaint.engines.links().iter().enumerate().skip(self.link + 1);
        let local = links.find(|(_, link)| matches!(link, Link::Local(_))).map(|(at, _)| at);
        local.filter(|_| recipe.outpaint.on_unknown == Otherwise::Local)
    }

    fn outage(&self) -> Option<Class> {
        let is_passing = |class: &Class| matches!(class, Class::Network | Class::Provider | Class::Io | Class::Memory);
        self.said.iter().rev().map(|(_, failure)| failure.class).find(is_passing)
    }

    /// Returns the link of another task's chain that stands behind the provider behind which this task's next link
    /// stands.
    pub(super) fn link_behind_same(&self, other: &Task) -> Option<usize> {
        let before = self.one.task.recipe.outpaint.engines.links().get(self.link.checked_sub(1)?)?;
        let Link::Remote(asked) = before else { return None };
        let is_same = |link: &Link| matches!(link, Link::Remote(provider) if provider.asks_the_same(asked));
        other.recipe.outpaint.engines.links().iter().position(is_same).map(|at| at + 1)
    }

    /// Tells whether its finished output, whose margins are by this provider, stays rather than have
    /// those of another engine.
    pub(super) fn keeps_margins_by(&self, provider: &str) -> bool {
        self.one.make.kept() == Some(provider)
    }

    /// Passes the turn on to the next engine, after this one could not do it.
    pub(super) fn passed_on(mut self, engine: &str, why: &Failure) -> Self {
        self.said.push((engine.to_owned(), why.clone()));
        RemoteTask { link: self.link + 1, reseeded: None, ..self }
    }
}

/// A call that some tasks need; at least one.
pub(super) struct NeededCall<'a> {
    /// The word of the stage that wants it.
    pub(super) stage: &'static str,
    pub(super) provider: Arc<Provider>,
    pub(super) canvas: Canvas,
    pub(super) tasks: Vec<RemoteTask<'a>>,
}

impl NeededCall<'_> {
    /// Returns the order for one of its canvases, as yet without the result of a first pass.
    pub(super) fn wanted(&self, canvas: Canvas) -> Wanted {
        let one = self.tasks[0].one;
        let (recipe, layout) = (Arc::clone(&one.task.recipe), *one.layout());
        Wanted { stage: self.stage, canvas, provider: self.provider.clone(), recipe, layout, first: None }
    }
}

/// A task that goes on with pixels.
pub(super) type PixelStep<'a> = (RemoteTask<'a>, FilledBy);
