//! From the bytes that a provider returned to a picture of which it is known where the source
//! lies: everything that makes a result usable is checked here, once.

use std::io::Cursor;

use crate::codecs;
use crate::codecs::Header;
use crate::codecs::Limits;
use crate::codecs::Sniffed;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::providers::Correction;
use crate::providers::Placement;
use crate::providers::returned::align;
use crate::providers::returned::align::Lost;
use crate::providers::returned::align::SCALES;
use crate::providers::returned::black;
use crate::providers::returned::color;
use crate::providers::returned::flaw::bad;
use crate::providers::returned::search::FoundPlace;
use crate::providers::returned::sides::check_size;
use crate::providers::returned::sides::is_floored;
use crate::raster;
use crate::raster::Raster;

/// Share of the needed canvas that may be missing on one side, of the canvas's longer
/// side: what rounding and a few pixels of shift take away. It is mirrored in.
pub(super) const MISSING: f64 = 0.02;

/// Most that a source of one colour, which cannot be searched, may differ in 8-bit levels from
/// what came back in its place.
const SAME: f64 = 32.0;

/// The least agreement of a result of which it is not recorded how the source was turned for it. Whatever
/// a provider does short of painting over the source leaves more; a picture turned otherwise agrees by
/// as much only if it looks like itself, and then less than as it was sent.
const UPRIGHT: f32 = 0.4;

/// Picture that a call asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// The canvas.
    pub canvas: Size,
    /// The place on it of the picture that was sent.
    pub source: Rect,
    /// The part of the canvas that the targets need: all of it, but where a provider can only
    /// make more than is needed.
    pub needed: Rect,
    /// The part of the source plane, in source pixels, that the sent picture shows.
    pub shown: Window,
    /// The least and the largest scale, against the one that was asked for, at which an unknown place is
    /// searched.
    pub scales: (f64, f64),
}

impl Asked {
    /// Asks for all of `canvas`, with a source of which `content` was sent lying at `source`.
    #[must_use]
    pub fn new(canvas: Size, source: Rect, content: Rect) -> Self {
        Asked { canvas, source, needed: Rect::of(canvas), shown: Window::of(content), scales: SCALES }
    }
}

/// A returned picture that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The picture as it was returned, without alpha, in its own size.
    pub(super) raster: Raster,
    /// Rectangle of the source on it, in its pixels.
    pub(super) place: Window,
    /// Part of the source that lies there, in source pixels.
    pub(super) shown: Window,
    /// Change that takes its colours to the source's.
    pub(super) correction: Correction,
    /// Way in which the source was found.
    found: Placed,
}

/// Place at which the source was found, against what was asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Rectangle of the source, in pixels of the canvas that was asked for.
    pub source: Window,
    /// Agreement at which it was recognised there, up to 1; `None` for a source of one colour, which lies where it
    /// was asked to.
    pub agreement: Option<f32>,
}

impl Verified {
    /// Returns the place at which the source was found.
    #[must_use]
    pub fn placed(&self) -> Placed {
        self.found
    }

    /// Returns the change that is made to the colours of the generated part.
    #[must_use]
    pub fn correction(&self) -> Correction {
        self.correction
    }

    /// Checks that what was sent was turned like `sent`: a source may have been seen otherwise when the
    /// result was paid for. A source of one colour looks the same however it is turned.
    ///
    /// # Errors
    /// [`Class::BadOutput`](crate::error::Class::BadOutput) if it is not recognised well, or better when turned
    /// otherwise.
    pub fn check_turn(&self, sent: &Raster) -> Result<(), Failure> {
        let Some(agreement) = self.found.agreement else { return Ok(()) };
        if agreement < UPRIGHT {
            return Err(bad(format!(
                "the source is hardly recognised on an earlier result: it agrees by {agreement:.2}, at least {UPRIGHT:.2} is asked"
            )));
        }
        let sent: Raster = raster::flatten(sent.clone(), Color::WHITE).into_u8().into();
        for turn in Orientation::ALL {
            if turn == Orientation::Upright || turn.apply_to(sent.size()) != sent.size() {
                continue;
            }
            let turned = align::agreement(&self.raster, &raster::orient(sent.clone(), turn), self.place);
            // What looks the same when it is turned may agree by as much.
            if turned > agreement + align::GAIN {
                return Err(bad(format!(
                    "an earlier result shows the source turned otherwise: it agrees by {agreement:.2} and then by {turned:.2}"
                )));
            }
        }
        Ok(())
    }

    /// Returns the size of the picture that came back, in its own pixels.
    #[must_use]
    pub fn size(&self) -> Size {
        self.raster.size()
    }
}

/// Checks what a provider returned for `sent` and finds the source on it. Names and content
/// types play no part: the bytes say what they are.
///
/// # Errors
/// [`Class::BadOutput`](crate::error::Class::BadOutput) for all that cannot be used, with the figures.
///
/// # Panics
/// If the place that was asked for is empty or does not lie on the canvas.
pub fn verify(
    bytes: &[u8],
    asked: &Asked,
    sent: &Raster,
    placement: Placement,
    limits: &Limits,
) -> Result<Verified, Failure> {
    examine(bytes, asked, sent, placement, limits)
        .map_err(|(Misfit::Geometry(failure, _) | Misfit::Black(failure) | Misfit::Other(failure))| failure)
}

/// Reason for which a result cannot be used, by whether another seed could change it.
#[derive(Debug, Clone, PartialEq)]
pub enum Misfit {
    /// It is of a wrong size, or shows the source elsewhere or so large that the rest does not fit on it; with
    /// where the source was found, if it was, in pixels of the canvas that was asked for.
    Geometry(Failure, Option<Window>),
    /// It is black, as a safety checker makes it, which would see the same again.
    Black(Failure),
    /// All else.
    Other(Failure),
}

impl Misfit {
    fn size(failure: Failure) -> Self {
        Misfit::Geometry(failure, None)
    }
}

impl From<Failure> for Misfit {
    fn from(failure: Failure) -> Self {
        Misfit::Other(failure)
    }
}

/// Checks a result as [`verify`] does, and tells what another seed could change.
///
/// # Errors
/// As [`verify`].
///
/// # Panics
/// As [`verify`].
pub fn examine(
    bytes: &[u8],
    asked: &Asked,
    sent: &Raster,
    placement: Placement,
    limits: &Limits,
) -> Result<Verified, Misfit> {
    let Asked { canvas, source, .. } = *asked;
    assert!(source.size().area() > 0 && source.right() <= canvas.width && source.bottom() <= canvas.height);
    let raster = picture(bytes, canvas, limits)?;
    check_size(raster.size(), canvas).map_err(Misfit::size)?;
    let (across, down) = (
        f64::from(raster.size().width) / f64::from(canvas.width),
        f64::from(raster.size().height) / f64::from(canvas.height),
    );
    // What was rescaled on the way is not rescaled back, which would cost sharpness: the map
    // from source to picture carries it.
    let expected = scaled(Window::of(source), across, down);
    let sent = raster::flatten(sent.clone(), Color::WHITE);
    black::refuse(&raster, &sent, expected).map_err(Misfit::Black)?;
    let (place, agreement) = match located(&raster, &sent, expected, asked, placement) {
        Ok(FoundPlace { window, agreement }) => (window, Some(agreement)),
        Err(Lost::Featureless) if placement == Placement::Exact => {
            let apart = color::difference(&raster, &sent, expected).unwrap_or(f64::MAX);
            if apart > SAME {
                let text = format!("the source is not where it was asked to be: {apart:.0} levels differ");
                return Err(bad(text).into());
            }
            (expected, None)
        }
        // Another seed changes neither where a provider puts the source nor that the source looks alike in two places.
        Err(lost @ (Lost::Far(..) | Lost::Ambiguous(..))) => return Err(Misfit::size(bad(why(lost)))),
        Err(lost) => return Err(bad(why(lost)).into()),
    };
    let on_canvas = scaled(place, 1.0 / across, 1.0 / down);
    check_cover(needed_around(asked, place), place, raster.size()).map_err(|failure| {
        let percent = |width: f64| width / f64::from(canvas.width) * 100.0;
        let (is, was) = (percent(on_canvas.width), percent(source.width.into()));
        // Where the size is as it was asked, the place alone is wrong.
        let size = if (is - was).abs() < 1.0 {
            String::new()
        } else {
            format!("the source takes {is:.0} % of the result's width, {was:.0} % was asked: ")
        };
        Misfit::Geometry(Failure { message: format!("{size}{}", failure.message), ..failure }, Some(on_canvas))
    })?;
    color::refuse_grey(&raster, &sent, place)?;
    let correction = Correction::measure(&raster, &sent, place);
    let found = Placed { source: on_canvas, agreement };
    Ok(Verified { raster, place, shown: asked.shown, correction, found })
}

/// Searches the source where it lies if the result was scaled to its size. Of one that was made smaller to a
/// multiple a part may have been cut off instead, all around or right and below.
fn located(
    raster: &Raster,
    sent: &Raster,
    expected: Window,
    asked: &Asked,
    placement: Placement,
) -> Result<FoundPlace, Lost> {
    let search = |expected| align::locate(raster, sent, expected, (placement, asked.scales));
    let mut found = search(expected);
    let (size, canvas) = (raster.size(), asked.canvas);
    if size != canvas && is_floored(size, canvas) {
        let cut = |length: u32, whole: u32| f64::from(length) - f64::from(whole);
        let (across, down) = (cut(size.width, canvas.width), cut(size.height, canvas.height));
        let source = Window::of(asked.source);
        for share in [0.5, 0.0] {
            let cut = search(Window { x: source.x + across * share, y: source.y + down * share, ..source });
            found = match (found, cut) {
                (Ok(one), Ok(other)) => Ok(if other.agreement > one.agreement { other } else { one }),
                (Err(_), Ok(other)) => Ok(other),
                (found, Err(_)) => found,
            };
        }
    }
    found
}

/// Header of a result, known before its pixels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ResultHeader {
    /// Its header fits what was asked for.
    Fits(Header),
    /// It has a header, and [`verify`] will refuse its size.
    Unusable,
}

/// Looks at a result's header, which costs nothing: a file of a few kilobytes may hold a picture
/// that takes gigabytes.
///
/// # Errors
/// What is wrong with the header.
pub fn glance(bytes: &[u8], asked: Size) -> Result<ResultHeader, Failure> {
    let header = codecs::read_header(&mut Cursor::new(bytes))?;
    let fits = check_size(header.oriented(), asked).is_ok();
    Ok(if fits { ResultHeader::Fits(header) } else { ResultHeader::Unusable })
}

/// Returns the bytes as an opaque picture; one of another size than was asked for is not decoded.
fn picture(bytes: &[u8], asked: Size, limits: &Limits) -> Result<Raster, Misfit> {
    let head = &bytes[..bytes.len().min(codecs::SNIFF_BYTES)];
    let kind = match codecs::sniff(head) {
        Sniffed::Image(_) => {
            if let Ok(header) = codecs::read_header(&mut Cursor::new(bytes)) {
                check_size(header.oriented(), asked).map_err(Misfit::size)?;
            }
            let decoded = codecs::decode(bytes, limits).map_err(|failure| bad(format!("the result: {failure}")))?;
            return Ok(raster::flatten(decoded.raster, Color::WHITE));
        }
        Sniffed::Empty => "nothing".to_owned(),
        Sniffed::Unread(kind) | Sniffed::Other(kind) => kind.to_uppercase(),
        Sniffed::Unknown => match head.trim_ascii_start().first() {
            Some(b'<') => "a page of HTML or XML".to_owned(),
            Some(b'{' | b'[') => "JSON".to_owned(),
            _ => "something unknown".to_owned(),
        },
    };
    Err(bad(format!("the result is no picture that recanvas reads, but {kind} ({} bytes)", bytes.len())).into())
}

/// Returns the needed part, on the returned picture, if the source lies at `place`.
fn needed_around(asked: &Asked, place: Window) -> Window {
    let (source, needed) = (Window::of(asked.source), Window::of(asked.needed));
    let (across, down) = (place.width / source.width, place.height / source.height);
    Window {
        x: place.x + (needed.x - source.x) * across,
        y: place.y + (needed.y - source.y) * down,
        width: needed.width * across,
        height: needed.height * down,
    }
}

/// Checks that source and needed part lie on the picture, but for a little.
fn check_cover(needed: Window, place: Window, size: Size) -> Result<(), Failure> {
    let most = MISSING * f64::from(size.width.max(size.height));
    for (window, what) in [(place, "the source"), (needed, "the needed canvas")] {
        let missing = outside(window, size);
        if missing > most {
            let text = format!("{what} reaches {missing:.0} pixels past the result of {size}, at most {most:.0}");
            return Err(bad(text));
        }
    }
    Ok(())
}

/// Returns the most by which a window reaches past one edge of a picture.
pub(super) fn outside(window: Window, size: Size) -> f64 {
    let past = [
        -window.x,
        -window.y,
        window.x + window.width - f64::from(size.width),
        window.y + window.height - f64::from(size.height),
    ];
    past.into_iter().fold(0.0, f64::max)
}

fn scaled(window: Window, across: f64, down: f64) -> Window {
    Window { x: window.x * across, y: window.y * down, width: window.width * across, height: window.height * down }
}

fn why(lost: Lost) -> String {
    match lost {
        Lost::Featureless => "the source is of one colour; where it lies on the result cannot be found".to_owned(),
        Lost::Missing(best, least) => {
            format!("the source is not on the result: the best place agrees by {best:.2}, at least {least:.2} is asked")
        }
        Lost::Ambiguous(best, rival) => {
            format!("two places on the result look like the source: they agree by {best:.2} and {rival:.2}")
        }
        Lost::Far(x, y, scale) => format!("the source lies {x:.0},{y:.0} pixels off, scaled by {scale:.3}"),
    }
}
