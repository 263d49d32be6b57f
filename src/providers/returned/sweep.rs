//! Every place and scale at which a source could lie, on a very small picture.

use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::returned::field::GradientField;
use crate::providers::returned::field::reduced;
use crate::providers::returned::field::resized;
use crate::providers::returned::search::COARSE;
use crate::providers::returned::search::FoundPlace;
use crate::providers::returned::search::Search;
use crate::providers::returned::search::distinct;

/// One scale to the next. Half of it, over a source of 50 pixels, is less than half a pixel.
const STEP: f64 = 1.03;

/// Pixels without gradients around the picture, so that a source may reach past it a little.
const FRAME: usize = 3;

/// The shorter side of the smallest source that is searched; the picture is enlarged for it.
const SMALLEST: f64 = 14.0;

/// Places that go on from every scale.
const PER_SCALE: usize = 3;

/// Returns the best places, those that agree best first.
pub(super) fn sweep(search: &Search) -> Vec<FoundPlace> {
    let (asked, (least, most)) = (search.asked, search.scales);
    let longest = f64::from(search.size.width.max(search.size.height));
    // The scale from which on the source is large enough on a coarse picture; smaller ones need a finer one.
    let coarse = SMALLEST * longest / (asked.width.min(asked.height) * f64::from(COARSE));
    let middle = coarse.clamp(least, most);
    let mut found = Vec::new();
    if middle > least {
        let needed = f64::from(COARSE) * middle / least;
        found.extend(band(search, (least, middle), (needed.ceil() as u32).min(2 * COARSE)));
    }
    if middle < most {
        found.extend(band(search, (middle, most), COARSE));
    }
    distinct(found, search.apart())
}

/// Returns the best places at every scale of a range, on a picture of so many pixels.
fn band(search: &Search, (least, most): (f64, f64), pixels: u32) -> Vec<FoundPlace> {
    let asked = search.asked;
    let size = reduced(search.canvas.size(), pixels);
    let field = GradientField::of(&resized(&search.canvas, size), FRAME);
    let (across, down) =
        (f64::from(size.width) / f64::from(search.size.width), f64::from(size.height) / f64::from(search.size.height));
    let sums = Sums::of(&field);
    let mut found = Vec::new();
    let steps = ((most / least).ln() / STEP.ln()).ceil() as i32;
    for step in 0..=steps {
        let scale = (least * STEP.powi(step)).min(most);
        let (width, height) = ((asked.width * scale * across).round(), (asked.height * scale * down).round());
        if width < 6.0 || height < 6.0 || width as usize > field.width || height as usize > field.height {
            continue;
        }
        let template = GradientField::of(&resized(&search.sent, Size::new(width as u32, height as u32)), 0);
        let mut here = Vec::new();
        for (x, y, agreement) in places(&field, &sums, &template) {
            // The template's own size was rounded; the source keeps its shape.
            let (width, height) = (asked.width * scale, asked.height * scale);
            let centre_x = (x as f64 - FRAME as f64 + template.width as f64 / 2.0) / across;
            let centre_y = (y as f64 - FRAME as f64 + template.height as f64 / 2.0) / down;
            let window = Window { x: centre_x - width / 2.0, y: centre_y - height / 2.0, width, height };
            here.push(FoundPlace { window, agreement });
        }
        here.sort_by(|one, other| other.agreement.total_cmp(&one.agreement));
        here.truncate(40);
        found.extend(distinct(here, search.apart()).into_iter().take(PER_SCALE));
    }
    found
}

/// Returns every place of the template inside the field, with its agreement.
fn places(field: &GradientField, sums: &Sums, template: &GradientField) -> Vec<(usize, usize, f32)> {
    let own: f32 = template.data.iter().map(|gradient| gradient * gradient).sum();
    let length = template.width * 2;
    let mut places = Vec::with_capacity((field.width - template.width + 1) * (field.height - template.height + 1));
    for y in 0..=field.height - template.height {
        for x in 0..=field.width - template.width {
            let mut product = 0.0;
            for (row, line) in template.data.chunks_exact(length).enumerate() {
                product += dot(line, &field.data[((y + row) * field.width + x) * 2..][..length]);
            }
            let energy = (f64::from(own) * sums.within(x, y, template.width, template.height)).sqrt();
            places.push((x, y, if energy > 1e-6 { (f64::from(product) / energy) as f32 } else { 0.0 }));
        }
    }
    places
}

/// Returns the sum of products, in eight lanes that a compiler turns into vectors.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest: f32 = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in ones.zip(others) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Squared gradients summed from the left top, so that any rectangle's sum is four look-ups.
struct Sums {
    width: usize,
    data: Vec<f64>,
}

impl Sums {
    fn of(field: &GradientField) -> Sums {
        let width = field.width + 1;
        let mut data = vec![0.0; width * (field.height + 1)];
        for y in 0..field.height {
            let mut line = 0.0;
            for x in 0..field.width {
                let place = (y * field.width + x) * 2;
                let (across, down) = (f64::from(field.data[place]), f64::from(field.data[place + 1]));
                line += across * across + down * down;
                data[(y + 1) * width + x + 1] = data[y * width + x + 1] + line;
            }
        }
        Sums { width, data }
    }

    fn within(&self, x: usize, y: usize, width: usize, height: usize) -> f64 {
        let at = |x: usize, y: usize| self.data[y * self.width + x];
        (at(x + width, y + height) - at(x, y + height) - at(x + width, y) + at(x, y)).max(0.0)
    }
}
