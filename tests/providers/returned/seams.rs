//! How visible the border between source and generated part is, on photographs whose colours,
//! sharpness and bytes a provider has changed.

use std::collections::BTreeMap;

use recanvas::codecs::Format;
use recanvas::geometry::Anchor;
use recanvas::geometry::Layout;
use recanvas::geometry::Rect;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::place;

use crate::returned::world::PHOTOS;
use crate::returned::world::Scene;
use crate::returned::world::blurred;
use crate::returned::world::file;
use crate::returned::world::png;
use crate::returned::world::recolored;

/// What a border adds to the steps of the photograph itself, in 8-bit levels.
#[derive(Debug, Clone, Copy)]
struct Seam {
    /// Mean step between neighbours on both sides, beyond the photograph's own.
    step: f64,
    /// Largest step, beyond the photograph's own, of the mean over 24 pixels along the border
    /// and 3 deep on both sides: what an eye sees as a line.
    line: f64,
}

/// Pairs of the inner and the outer pixels at one place of the border, outwards.
fn across(inner: Rect) -> Vec<Vec<[(u32, u32); 6]>> {
    let horizontal = |y: i64, step: i64| {
        let pixel = move |x: u32, at: i64| (x, (y + at * step) as u32);
        let at = move |x: u32| [pixel(x, -2), pixel(x, -1), pixel(x, 0), pixel(x, 1), pixel(x, 2), pixel(x, 3)];
        (inner.x..inner.right()).map(at).collect::<Vec<_>>()
    };
    let vertical = |x: i64, step: i64| {
        let pixel = move |y: u32, at: i64| ((x + at * step) as u32, y);
        let at = move |y: u32| [pixel(y, -2), pixel(y, -1), pixel(y, 0), pixel(y, 1), pixel(y, 2), pixel(y, 3)];
        (inner.y..inner.bottom()).map(at).collect::<Vec<_>>()
    };
    vec![
        horizontal(inner.y.into(), -1),
        horizontal(i64::from(inner.bottom()) - 1, 1),
        vertical(inner.x.into(), -1),
        vertical(i64::from(inner.right()) - 1, 1),
    ]
}

fn seam(made: &Raster, truth: &Raster, inner: Rect) -> Seam {
    let (made, truth) = (made.clone().into_u8(), truth.clone().into_u8());
    let at = |pixels: &Pixels<u8>, (x, y): (u32, u32), channel: usize| f64::from(pixels.pixel(x, y)[channel]);
    let (mut steps, mut count, mut line) = (0.0, 0.0, 0.0_f64);
    for side in across(inner) {
        for part in side.chunks_exact(24) {
            for channel in 0..3 {
                let jump = |pixels: &Pixels<u8>| {
                    let means = part.iter().map(|cut| {
                        let level = |place: usize| at(pixels, cut[place], channel);
                        (level(3) + level(4) + level(5) - level(0) - level(1) - level(2)) / 3.0
                    });
                    means.sum::<f64>() / part.len() as f64
                };
                line = line.max((jump(&made) - jump(&truth)).abs());
                let step = |pixels: &Pixels<u8>| {
                    let each = part.iter().map(|cut| (at(pixels, cut[3], channel) - at(pixels, cut[2], channel)).abs());
                    each.sum::<f64>()
                };
                steps += step(&made) - step(&truth);
                count += part.len() as f64;
            }
        }
    }
    Seam { step: steps / count, line }
}

/// What a model does to colours: warmer, a little more contrast, and unevenly so.
fn drifted(ideal: &Raster) -> Raster {
    let gains = [1.06, 1.0, 0.93];
    recolored(ideal, |channel, level| (level - 128.0) * 1.05 * gains[channel] + 128.0 + 6.0)
}

fn uneven(ideal: &Raster) -> Raster {
    let size = ideal.size();
    let Raster::U8(pixels) = drifted(ideal) else { panic!("8 bits") };
    let mut tilted = pixels.clone();
    for y in 0..size.height {
        for (at, level) in tilted.row_mut(y).iter_mut().enumerate() {
            let x = (at / 3) as f32 / size.width as f32;
            *level = (f32::from(*level) + 16.0 * (x - 0.5) + 10.0 * (y as f32 / size.height as f32 - 0.5) + 0.5) as u8;
        }
    }
    tilted.into()
}

#[test]
fn composed_results_show_no_seam_along_the_border() {
    let mut means = BTreeMap::new();
    // A folder to look at the pictures.
    let look = std::env::var_os("RECANVAS_LOOK").map(std::path::PathBuf::from);
    for name in PHOTOS {
        let scene = Scene::of(name);
        let ideal = scene.ideal();
        let returned = [
            ("jpeg", file(&ideal, Format::JPEG, 75)),
            ("drift", png(&drifted(&ideal))),
            ("drift-jpeg", file(&drifted(&ideal), Format::JPEG, 75)),
            ("uneven-soft-jpeg", file(&blurred(&uneven(&ideal), 0.8), Format::JPEG, 75)),
            ("moved", file(&drifted(&scene.moved(3.0, -2.0, 0.99)), Format::JPEG, 85)),
        ];
        let (width, height) = (scene.canvas.width, scene.canvas.height);
        let layout = Layout::whole(scene.source.size()).with_window(width.into(), height.into(), Anchor::CENTER);
        for (fault, bytes) in returned {
            let verified = scene.verify(&bytes).expect(name);
            let mut made = scene.sent().blank(layout.output);
            place(&mut made, &scene.sent(), layout.placement);
            verified.fill(&mut made, &layout).expect(name);
            let after = seam(&made, &ideal, layout.placement);
            let mut pasted = recanvas::codecs::decode(&bytes, &crate::returned::world::LIMITS).expect("decoded").raster;
            place(&mut pasted, &scene.sent(), layout.placement);
            let before = seam(&pasted, &ideal, layout.placement);
            let count = PHOTOS.len() as f64;
            let mean: &mut [f64; 3] = means.entry(fault).or_default();
            mean[0] += after.step.abs() / count;
            mean[1] += after.line / count;
            mean[2] += before.line / count;
            if let Some(folder) = &look {
                for (what, picture) in [("pasted", &pasted), ("made", &made)] {
                    std::fs::write(folder.join(format!("{name}-{fault}-{what}.png")), png(picture)).expect("written");
                }
            }
        }
    }
    // Steps and lines that remain, and lines where the source is only pasted: compression alone
    // leaves lines of 4 levels, drift 15 to 20, a shift 54.
    let most = [("drift", 0.3, 3.0), ("drift-jpeg", 1.0, 8.0), ("jpeg", 1.0, 8.0), ("moved", 1.5, 8.0)];
    for (fault, step, line) in most.into_iter().chain([("uneven-soft-jpeg", 2.0, 10.0)]) {
        let mean = means[fault];
        assert!(mean[0] < step && mean[1] < line, "{fault}: {mean:.1?}");
    }
}
