//! Finds the paid calls that the tasks of one source need, from numbers alone, before any pixel is decoded.
//!
//! The calls follow from the source and all of its tasks, never from filters or from
//! what is done already: `--target square` first and the full set later ask for the same.

use std::sync::Arc;

use crate::codecs;
use crate::digest::Digest;
use crate::engines::ChainFailure;
use crate::engines::Link;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Orientation;
use crate::options::Color;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Task;
use crate::providers::Call;
use crate::providers::Canvas;
use crate::providers::OUTPAINT;
use crate::providers::Provider;
use crate::providers::Quote;
use crate::stages::Recipe;

/// A paid call of one source.
#[derive(Debug, Clone)]
pub struct CallPlan {
    /// The word of the stage that wants it.
    pub stage: &'static str,
    /// Provider that is asked.
    pub provider: Arc<Provider>,
    /// Canvas that is sent and asked for.
    pub canvas: Canvas,
    /// The tasks that take their margins from the result, by their indices among those of the source.
    pub members: Vec<usize>,
    /// The layout for which the canvas is planned, which encloses those of all others.
    layout: Layout,
    shares: bool,
}

impl CallPlan {
    /// Returns its price, that of the first of two passes included.
    #[must_use]
    pub fn quote(&self) -> Quote {
        let quote = self.provider.quote(&self.canvas);
        self.canvas.first().map_or(quote, |first| quote.and(self.provider.quote(&first)))
    }

    /// Returns the call for a source with this digest that is turned like this.
    #[must_use]
    pub fn call(&self, source: Digest, orientation: Orientation) -> Call {
        self.provider.call(self.stage, source, self.canvas, orientation)
    }

    /// Counts the calls that are paid: one for each pass.
    #[must_use]
    pub fn passes(&self) -> u64 {
        if self.canvas.before.is_some() { 2 } else { 1 }
    }
}

/// The engine or the call that fills the margins of a task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Route {
    /// The link of the chain whose turn it is.
    pub link: usize,
    /// The call among those of the source, if that link is a provider.
    pub call: Option<usize>,
    /// The link of the provider that takes over if that link is a local engine, and it fails with
    /// all others before the provider.
    pub takeover: Option<usize>,
    /// The engines before it that cannot do it, and why.
    pub passed: Vec<(String, Failure)>,
}

impl Route {
    /// The first engine, which nothing is paid for.
    pub const FIRST: Route = Route { link: 0, call: None, takeover: None, passed: Vec::new() };

    /// Finds the first provider from the `first` link on that can reach the layout in one call, or the first local
    /// engine before it.
    ///
    /// # Errors
    /// [`ChainFailure`] if there is none; the class is that of the last obstacle.
    fn from(recipe: &Recipe, first: usize, layout: &Layout) -> Result<(Route, Option<OwnCall>), ChainFailure> {
        let mut route = Route { link: first, ..Route::default() };
        let links = recipe.outpaint.engines.links();
        for link in &links[first.min(links.len())..] {
            let Link::Remote(provider) = link else {
                route.takeover = recipe.outpaint.engines.next_provider(route.link);
                return Ok((route, None));
            };
            let (across, down) = layout.scale();
            let scale = across.max(down);
            let geometry = &provider.descriptor.geometry;
            let in_two = |failure| {
                if recipe.outpaint.passes < 2 { Err(failure) } else { Canvas::plan_in_two(layout, scale, geometry) }
            };
            match Canvas::plan(layout, scale, geometry).or_else(in_two) {
                Ok(canvas) => return Ok((route, Some(OwnCall { provider: provider.clone(), canvas, scale }))),
                Err(failure) => route.passed.push((provider.name().to_owned(), failure)),
            }
            route.link += 1;
        }
        Err(ChainFailure { said: route.passed, ..ChainFailure::default() })
    }
}

/// The call of a task if it were the only one of its source.
struct OwnCall {
    provider: Arc<Provider>,
    canvas: Canvas,
    scale: f64,
}

impl OwnCall {
    /// Returns the same for a source of which transparent pixels will be seen on this colour, and which the stages of a
    /// task change before it is sent.
    fn prepared(self, color: Color, recipe: &Recipe) -> OwnCall {
        if color == Color::WHITE && recipe.preparation.is_none() {
            return self;
        }
        let provider = self.provider.with_backdrop(color).with_preparation(recipe.preparation.clone());
        OwnCall { provider: Arc::new(provider), ..self }
    }
}

/// Routes every task of a source of this many bytes. `first` says at which link a task's chain begins; none
/// leaves the task out, and so do its limits. The result has one place per task, empty for those left out and
/// for those without margins.
#[must_use]
pub(crate) fn calls(
    tasks: &[Arc<Task>],
    decisions: &Decisions,
    bytes: u64,
    first: impl Fn(usize) -> Option<usize>,
) -> (Vec<Option<Result<Route, ChainFailure>>>, Vec<CallPlan>) {
    let header = &decisions.header;
    let mut routes: Vec<Option<Result<Route, ChainFailure>>> = tasks.iter().map(|_| None).collect();
    let mut wishes: Vec<(usize, Layout, OwnCall)> = Vec::new();
    for (index, task, &Decided { layout, format, .. }) in decisions.each(tasks) {
        if layout.margins().is_empty() || codecs::check_limits(header, bytes, &task.recipe.load.limits).is_err() {
            continue;
        }
        let shown = task.recipe.convert.background_in(format).filter(|_| header.channels.has_alpha());
        let backdrop = shown.unwrap_or(Color::WHITE);
        let routed = first(index).map(|first| Route::from(&task.recipe, first, &layout));
        routes[index] = routed.map(|routed| {
            routed.map(|(route, alone)| {
                wishes.extend(alone.map(|alone| (index, layout, alone.prepared(backdrop, &task.recipe))));
                route
            })
        });
    }
    // The largest first, so that every canvas is there before what it may enclose.
    let area = |layout: &Layout| layout.window.width * layout.window.height;
    wishes.sort_by(|(a, first, _), (b, second, _)| area(second).total_cmp(&area(first)).then(a.cmp(b)));
    let mut plans: Vec<CallPlan> = Vec::new();
    for (index, layout, alone) in wishes {
        let shares = tasks[index].recipe.outpaint.share;
        let joined = plans.iter_mut().enumerate().find_map(|(call, plan)| {
            *plan = plan.joined_by(index, &layout, &alone).filter(|_| shares)?;
            Some(call)
        });
        let call = joined.unwrap_or_else(|| {
            let OwnCall { provider, canvas, .. } = alone;
            plans.push(CallPlan { stage: OUTPAINT, provider, canvas, members: vec![index], layout, shares });
            plans.len() - 1
        });
        if let Some(Some(Ok(route))) = routes.get_mut(index) {
            route.call = Some(call);
        }
    }
    (routes, plans)
}

/// Returns for each task whose route begins with local engines the link of the provider that takes over if they
/// fail.
#[must_use]
pub(crate) fn takeovers(routes: &[Option<Result<Route, ChainFailure>>]) -> Vec<Option<usize>> {
    routes.iter().map(|route| route.as_ref()?.as_ref().ok()?.takeover).collect()
}

impl CallPlan {
    /// Tells whether both are one call, of which each needs another part.
    #[must_use]
    pub fn asks_the_same(&self, other: &CallPlan) -> bool {
        self.stage == other.stage
            && self.provider.asks_the_same(&other.provider)
            && self.canvas.asks_the_same(&other.canvas)
    }

    /// Returns the call that serves one task more, if that costs no more than a call of its own.
    fn joined_by(&self, index: usize, layout: &Layout, alone: &OwnCall) -> Option<CallPlan> {
        if !self.shares || !self.provider.asks_the_same(&alone.provider) {
            return None;
        }
        // The smaller task may need finer pixels than the larger one.
        let scale = alone.scale.max(self.canvas.scale());
        let canvas = match self.canvas.before {
            Some(_) => self.canvas,
            None => Canvas::plan(&self.layout, scale, &self.provider.descriptor.geometry).ok()?,
        };
        let quote = |canvas: &Canvas| self.provider.quote(canvas).highest;
        let is_cheaper = match (quote(&canvas), quote(&self.canvas), quote(&alone.canvas)) {
            (Some(together), Some(before), Some(alone)) => together <= before + alone,
            // It is unknown, and one call is fewer than two.
            _ => true,
        };
        let members = self.members.iter().copied().chain([index]).collect();
        (canvas.serves(layout) && is_cheaper).then(|| CallPlan { canvas, members, ..self.clone() })
    }
}
