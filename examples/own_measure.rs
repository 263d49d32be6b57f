//! Looks at a picture with a measure of one's own, `brightness`: `cargo run --example own_measure -- PICTURE`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;

use recanvas::analysis::{Measure, Measures, Proxy};
use recanvas::codecs::{self, DecodeRequest, Limits};
use serde_json::{Value, json};

/// Says how bright a picture is: the mean of its green, from 0 to 1.
pub(crate) struct Brightness;

impl Measure for Brightness {
    fn name(&self) -> &'static str {
        "brightness"
    }

    fn revision(&self) -> u32 {
        1
    }

    fn measure(&self, proxy: &Proxy) -> Value {
        let size = proxy.size();
        let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        let green: f64 = pixels.map(|(x, y)| f64::from(proxy.pixel(x, y)[1])).sum();
        json!(green / (255.0 * size.area() as f64))
    }
}

/// Finds out how bright the picture in these bytes is, and what else the program's own measures see in it.
pub(crate) fn look(bytes: &[u8]) -> Result<Measures, Box<dyn Error>> {
    let limits = Limits { max_pixels: 100_000_000, max_bytes: 64 << 20 };
    let header = codecs::read_header(&mut std::io::Cursor::new(bytes))?;
    let view = codecs::decode_view(bytes, &limits, &DecodeRequest::WHOLE)?.view;
    let proxy = Proxy::of(&view, header.oriented());
    let mut found = Measures::default();
    for measure in recanvas::analysis::MEASURES.iter().copied().chain([&Brightness as &dyn Measure]) {
        found.look(measure, &proxy)?;
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("a picture")?;
    let found = look(&std::fs::read(path)?)?;
    println!("brightness {:.2}", found.of::<f64>(&Brightness).ok_or("a number")?);
    Ok(())
}
