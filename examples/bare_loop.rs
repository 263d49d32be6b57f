//! What the pixels alone cost: decodes, resamples and encodes every file of a folder with the
//! library's own functions, without manifest, planning, digests or syncs. `benches/side-by-side`
//! measures runs against it.
//!
//! `cargo run --release --example bare_loop -- PIPELINE INPUT OUTPUT JOBS`, where every target of
//! the pipeline crops.

#![expect(clippy::disallowed_methods, reason = "it writes outputs without what it is compared with")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use rayon::ThreadPoolBuilder;
use rayon::iter::IndexedParallelIterator;
use rayon::iter::IntoParallelRefIterator;
use rayon::iter::ParallelIterator;

use recanvas::codecs;
use recanvas::codecs::Metadata;
use recanvas::geometry::Rect;
use recanvas::pipeline::Decided;
use recanvas::pipeline::Decisions;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Task;
use recanvas::pipeline::decode_request;
use recanvas::pipeline::narrowed_decode_request;
use recanvas::raster;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [pipeline, input, output, jobs] = arguments.try_into().map_err(|_| "four arguments")?;
    let pipeline = Pipeline::from_path(&pipeline)?;
    let entries = fs::read_dir(input)?.map(|entry| Ok(entry?.path()));
    let mut sources = entries.collect::<Result<Vec<PathBuf>, Failed>>()?;
    sources.sort();
    fs::create_dir_all(&output)?;
    ThreadPoolBuilder::new().num_threads(jobs.parse()?).build()?.install(|| {
        let one_by_one = sources.par_iter().with_max_len(1);
        one_by_one.try_for_each(|source| make_all(source, &pipeline, Path::new(&output)))
    })
}

fn make_all(source: &Path, pipeline: &Pipeline, output: &Path) -> Result<(), Failed> {
    let bytes = fs::read(source)?;
    let header = codecs::read_header(&mut std::io::Cursor::new(&bytes))?;
    let tasks = pipeline.tasks(source);
    let (decisions, _) = Decisions::of(&tasks, header);
    let decided: Vec<(&Task, &Decided)> = decisions.each(&tasks).map(|(_, task, decided)| (task, decided)).collect();
    if decided.len() < tasks.len() {
        return Err(format!("not every target is made of {}", source.display()).into());
    }
    let decode_request = narrowed_decode_request(decode_request(&tasks, &decisions), decided.iter().copied());
    let limits = &tasks[0].recipe.load.limits;
    let view = codecs::decode_view(&bytes, limits, &decode_request)?.view;
    for (task, &Decided { layout, format, .. }) in decided {
        let recipe = &task.recipe;
        if layout.placement != Rect::of(layout.output) {
            return Err(format!("{} has margins, which this loop does not fill", task.target).into());
        }
        let mut picture = view.resample(layout.visible(), layout.output, recipe.resize.filter);
        if let Some(background) = recipe.convert.background_in(format) {
            picture = raster::flatten(picture, background);
        }
        let stem = source.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}.{}.{}", task.target, format.extension());
        let encoding = recipe.convert.encoding(format)?;
        fs::write(output.join(name), encoding.encode(&picture.narrowed(), &Metadata::default())?)?;
    }
    Ok(())
}
