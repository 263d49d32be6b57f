//! Renders sources that are in memory: no folder, no record, and nothing that is paid for.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::Measure;
use crate::codecs;
use crate::codecs::DecoderChoice;
use crate::codecs::Detail;
use crate::codecs::Header;
use crate::engines::ChainFailure;
use crate::error::Class;
use crate::error::Error;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Finding;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Pipeline;
use crate::pipeline::Route;
use crate::pipeline::RowKey;
use crate::pipeline::Task;
use crate::pipeline::calls;
use crate::pipeline::decode_request;
use crate::pipeline::narrowed_decode_request;
use crate::pipeline::panics::guarded;
use crate::pipeline::render::look::Look;
use crate::pipeline::render::picture::PictureError;
use crate::pipeline::render::picture_key::PictureKey;
use crate::pipeline::render::picture_key::by_picture;
use crate::pipeline::render::rendered::Rendered;
use crate::pipeline::render::source::DecodedSource;
use crate::pipeline::render::unrendered::Unrendered;

impl Pipeline {
    /// Makes the output of one target, for one row where there are rows, from the bytes of a source. They are those
    /// that [`batch::run`](crate::batch::run) would write, given the memory that it wants.
    ///
    /// No folder of the pipeline is looked at, and nothing is paid. Sources are held to the limits of `load`, in pixels
    /// and in bytes, so those bound the memory that this takes: about as much as decoding and one output need. Of a
    /// target that is made in several formats this is the first; [`render_all`](Pipeline::render_all) has each.
    ///
    /// ```
    /// use recanvas::pipeline::Pipeline;
    ///
    /// let pipeline = Pipeline::from_yaml("version: 1\ntargets: [{ name: square, size: 64x64 }]\n")?;
    /// # let picture = std::fs::read("fixtures/grid/rgb__plain.png").expect("a fixture");
    /// let rendered = pipeline.render(&picture, "square", None)?;
    /// assert_eq!(rendered.format.name(), "jpeg");
    /// assert_eq!((rendered.layout.output.width, rendered.layout.output.height), (64, 64));
    /// # Ok::<(), recanvas::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownTarget`](crate::error::ErrorKind::UnknownTarget) if there is no such target or row,
    /// [`Skipped`](crate::error::ErrorKind::Skipped) if by the pipeline's own rules there is nothing to make,
    /// [`NeedsLedger`](crate::error::ErrorKind::NeedsLedger) if the margins are a provider's to fill, and
    /// [`Failed`](crate::error::ErrorKind::Failed) with the class for everything else.
    pub fn render(&self, bytes: &[u8], target: &str, row: Option<&RowKey>) -> Result<Rendered, Error> {
        let is_asked = |task: &Arc<Task>| *task.target == *target && task.row.as_ref() == row;
        let index = self.usual_tasks.iter().position(is_asked);
        let unknown = || Unrendered::unknown(target, row, &self.targets());
        let asked = index.ok_or_else(unknown)?;
        let made = render((&self.usual_tasks, &self.measures), &[asked], bytes).pop();
        Ok(made.unwrap_or_else(|| Err(unknown()))?)
    }

    /// Makes the outputs of all targets from the bytes of a source, which is decoded once: each task with what became
    /// of it, in the order of the targets. Otherwise as [`render`](Pipeline::render); all outputs are held in memory.
    pub fn render_all(&self, bytes: &[u8]) -> Vec<(Arc<Task>, Result<Rendered, Error>)> {
        self.render_each(&self.usual_tasks, bytes)
    }

    /// Makes all outputs of the source that has this path, relative to the input folder: with the rows, further formats
    /// and options that [`Variants`](crate::pipeline::Variants) say of it. Otherwise as
    /// [`render_all`](Pipeline::render_all).
    pub fn render_source(&self, source: &Path, bytes: &[u8]) -> Vec<(Arc<Task>, Result<Rendered, Error>)> {
        self.render_each(&self.tasks(source), bytes)
    }

    fn render_each(&self, tasks: &[Arc<Task>], bytes: &[u8]) -> Vec<(Arc<Task>, Result<Rendered, Error>)> {
        let all: Vec<usize> = (0..tasks.len()).collect();
        let made = render((tasks, &self.measures), &all, bytes).into_iter().map(|made| made.map_err(Error::from));
        tasks.iter().cloned().zip(made).collect()
    }
}

/// An output to be made.
struct Asked<'a> {
    /// Its place among those that are asked for.
    place: usize,
    task: &'a Task,
    decided: &'a Decided,
    route: Route,
    warnings: Vec<String>,
    findings: Vec<Finding>,
}

/// Makes the outputs of the tasks with these indices from a source, one result for each. The part that is decoded
/// follows from all tasks.
fn render(
    (tasks, measures): (&[Arc<Task>], &[&'static dyn Measure]),
    asked: &[usize],
    bytes: &[u8],
) -> Vec<Result<Rendered, Unrendered>> {
    let header = guarded("reading the header", || codecs::read_header(&mut Cursor::new(bytes)));
    let (decided, unseen) = match &header {
        Ok(header) => decide_all((tasks, measures), header, bytes),
        Err(_) => (None, None),
    };
    let mut routes = match &decided {
        Some((decisions, _)) => calls(tasks, decisions, bytes.len() as u64, |_| Some(0)).0,
        None => Vec::new(),
    };
    let mut results: Vec<Option<Result<Rendered, Unrendered>>> = Vec::new();
    let mut pending = Vec::new();
    for (place, &index) in asked.iter().enumerate() {
        let task = &*tasks[index];
        let checked = task.refusal().map_or_else(|| check(task, &header, bytes.len() as u64), Err);
        let route = routes.get_mut(index).and_then(Option::take);
        let planned = checked.map_err(Unrendered::from).and_then(|header| {
            let (decisions, said) = decided.as_ref().expect("a header that was read is decided about");
            let (mut warnings, findings) = match &said[index] {
                Decision::Do(edited) => (edited.warnings.clone(), edited.findings.clone()),
                Decision::NeedsMeasures(_) => {
                    let lost = || Failure::new(Class::Internal, "the picture was not looked at");
                    return Err(unseen.clone().unwrap_or_else(lost).into());
                }
                Decision::Skip(rule) => return Err(Unrendered::Skipped(rule.clone())),
                Decision::Fail(failure) => return Err(failure.clone().into()),
            };
            let route = match route {
                Some(Ok(route)) => {
                    warnings.extend(route.passed.iter().map(|(name, why)| format!("{name} is passed over: {why}")));
                    route
                }
                // No engine can reach it, and a cut-out needs none.
                Some(Err(unfilled)) if header.channels.has_alpha() => {
                    Route { link: usize::MAX, passed: unfilled.said, ..Route::default() }
                }
                Some(Err(unfilled)) => return Err(unfilled.failure().into()),
                None => Route::FIRST,
            };
            let decided = decisions.get(index).expect("a task that is done has a layout");
            Ok(Asked { place, task, decided, route, warnings, findings })
        });
        match planned {
            Ok(asked) => {
                pending.push(asked);
                results.push(None);
            }
            Err(unrendered) => results.push(Some(Err(unrendered))),
        }
    }
    if let Some((decisions, _)) = &decided {
        for (place, made) in make(tasks, decisions, pending, bytes) {
            results[place] = Some(made);
        }
    }
    let lost = || Failure::new(Class::Internal, "an output was not made");
    results.into_iter().map(|made| made.unwrap_or_else(|| Err(lost().into()))).collect()
}

/// Decides about all tasks, with a look at the picture where one of them needs that; beside it why that failed.
fn decide_all(
    (tasks, measures): (&[Arc<Task>], &[&'static dyn Measure]),
    header: &Header,
    bytes: &[u8],
) -> (Option<(Decisions, Vec<Decision>)>, Option<Failure>) {
    let (decisions, said) = Decisions::of(tasks, *header);
    let waiting = said.iter().position(|said| matches!(said, Decision::NeedsMeasures(_)));
    let Some(waiting) = waiting else { return (Some((decisions, said)), None) };
    let look = Look { header, limits: &tasks[waiting].recipe.load.limits, decoder: DecoderChoice::Fast };
    match guarded("looking at the picture", || look.measure(bytes, measures, u64::MAX)) {
        Ok(found) => (Some(Decisions::measured(tasks, *header, Some(Arc::new(found)))), None),
        Err(failure) => (Some((decisions, said)), Some(failure)),
    }
}

/// Holds a source to the limits of a task; returns its header.
fn check<'a>(task: &Task, header: &'a Result<Header, Failure>, bytes: u64) -> Result<&'a Header, Failure> {
    let limits = &task.recipe.load.limits;
    match header {
        // Of what no codec reads the length is no matter.
        Err(failure) if failure.class == Class::Unsupported => Err(failure.clone()),
        Err(failure) => codecs::check_bytes(bytes, limits).and(Err(failure.clone())),
        Ok(header) => codecs::check_bytes(bytes, limits)
            .and_then(|()| codecs::check_limits(header, bytes, limits))
            .map(|()| header),
    }
}

/// Decodes a source and makes outputs of it, each picture once.
fn make(
    tasks: &[Arc<Task>],
    decisions: &Decisions,
    pending: Vec<Asked<'_>>,
    bytes: &[u8],
) -> Vec<(usize, Result<Rendered, Unrendered>)> {
    // Limits may differ between tasks; each was checked against its own.
    let Some(limits) = pending.first().map(|first| first.task.recipe.load.limits) else { return Vec::new() };
    let decode_request =
        narrowed_decode_request(decode_request(tasks, decisions), pending.iter().map(|one| (one.task, one.decided)));
    let decoded = guarded("decoding", || DecodedSource::decode(bytes, (tasks, decisions), &limits, &decode_request));
    let (source, said) = match decoded {
        Ok(decoded) => decoded,
        Err(failure) => return pending.into_iter().map(|one| (one.place, Err(failure.clone().into()))).collect(),
    };
    let groups = by_picture(pending, |one| one.key(&decisions.header));
    let made = groups.into_iter().flat_map(|group| {
        let first = &group[0];
        let picture =
            source.picture_here(first.task, first.decided, first.route.link).map_err(|error| first.unmade(error));
        let made = |one: Asked<'_>| {
            let encoded = picture
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|picture| Ok(picture.encode(one.task, one.decided, Detail::Noise)?));
            let warnings = one.warnings.into_iter().chain(said.iter().cloned()).collect();
            let rendered = |encoded| Rendered::new(encoded, one.decided, (warnings, one.findings));
            (one.place, encoded.map(rendered))
        };
        group.into_iter().map(made).collect::<Vec<_>>()
    });
    made.collect()
}

impl<'a> Asked<'a> {
    fn key(&self, header: &'a Header) -> PictureKey<'a> {
        PictureKey::new(self.task, self.decided, (self.route.link, header))
    }

    /// Returns the error for an output without pixels.
    fn unmade(&self, error: PictureError) -> Unrendered {
        match error {
            PictureError::Failed(failure) => failure.into(),
            PictureError::Unfilled(unfilled) => {
                let links = self.task.recipe.outpaint.engines.links();
                match unfilled.provider.and_then(|link| links.get(link)) {
                    Some(link) => Unrendered::NeedsLedger { provider: link.name().to_owned() },
                    None => ChainFailure::of(&[self.route.passed.as_slice(), &unfilled.said].concat()).failure().into(),
                }
            }
        }
    }
}
