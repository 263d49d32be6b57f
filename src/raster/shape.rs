//! Memory that pictures take, told before there are any.

use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::flattened_channels;

/// Kind of a picture's samples: all that decides how many bytes its pixels take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Samples of a pixel.
    pub(crate) channels: Channels,
    /// Bytes of each: 1 or 2.
    pub(crate) sample_bytes: u8,
}

impl Kind {
    /// Returns the bytes of a picture.
    pub(crate) fn bytes(self, size: Size) -> u64 {
        size.area().saturating_mul(self.pixel_bytes())
    }

    /// Returns the bytes of one pixel.
    pub(crate) fn pixel_bytes(self) -> u64 {
        self.channels.count() as u64 * u64::from(self.sample_bytes)
    }
}

/// Shape of a [`View`](crate::raster::View): all that decides how many bytes it takes, and what is
/// made of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewShape {
    /// The size of its raster.
    pub size: Size,
    /// Pixels of that per pixel of the source.
    pub scale: f64,
    /// Samples of its pixels, colour that lies beside brightness included.
    pub channels: Channels,
    /// Bytes of each: 1 or 2.
    pub sample_bytes: u8,
    /// Describes it further, if colour lies beside brightness.
    pub planes: Option<PlanesShape>,
    /// Bytes that its memory has beyond its pixels.
    pub spare: u64,
}

impl ViewShape {
    /// Returns the bytes of the view; the largest number where there are more.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.planes {
            Some(planes) => planes.bytes(self.size),
            None => self.kind().bytes(self.size).saturating_add(self.spare),
        }
    }

    /// Says what the samples are of what is made of it.
    pub(crate) fn kind(&self) -> Kind {
        Kind { channels: self.channels, sample_bytes: self.sample_bytes }
    }

    /// Returns the shape of the view on an opaque background; see [`flatten`](crate::raster::flatten).
    #[must_use]
    pub fn on(self, background: Color) -> ViewShape {
        let channels = flattened_channels(self.channels, background);
        ViewShape { channels, spare: if channels == self.channels { self.spare } else { 0 }, ..self }
    }

    /// Returns the shape of the upright view.
    #[must_use]
    pub fn oriented(self, orientation: Orientation) -> ViewShape {
        if let Some(planes) = self.planes {
            return ViewShape { planes: Some(PlanesShape { orientation, ..planes }), ..self };
        }
        let spare = if orientation == Orientation::Upright { self.spare } else { 0 };
        ViewShape { size: orientation.apply_to(self.size), spare, ..self }
    }

    /// Returns the most bytes that [`View::resample`](crate::raster::View::resample) holds beside the view, the
    /// result included.
    #[must_use]
    pub fn resampling(&self, visible: Window, output: Size, filter: Filter) -> u64 {
        let part = |size: Size| {
            let share = |side: u32, whole: u32| f64::from(side) / f64::from(whole) * self.scale;
            (visible.width * share(size.width, self.size.width), visible.height * share(size.height, self.size.height))
        };
        match &self.planes {
            Some(planes) => planes.resampling(self.size, output),
            None => resampling(self.size, self.kind(), part(self.size), output, filter),
        }
    }
}

/// Describes a view whose colour lies beside its brightness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanesShape {
    /// The samples of each of the two differences, across and down, as stored.
    pub differences: Size,
    /// Turns the picture upright, once it has the size of an output.
    pub orientation: Orientation,
    /// The rows of the output, as stored, where rows are kept for one alone.
    pub rows: Option<u32>,
}

impl PlanesShape {
    /// Returns the bytes of the planes, the brightness being of this size.
    fn bytes(&self, luma: Size) -> u64 {
        let kept = |size: Size| u64::from(size.width).saturating_mul(self.rows.unwrap_or(size.height).into());
        kept(luma).saturating_add(kept(self.differences).saturating_mul(2))
    }

    /// Returns the most bytes that are held beside the planes, the result included.
    fn resampling(&self, luma: Size, output: Size) -> u64 {
        let rows = self.orientation.inverse().apply_to(output).height;
        let down = |size: Size| if self.rows.is_some() { 0 } else { u64::from(size.width) * u64::from(rows) };
        // One plane after the other, then RGB beside all three, or beside the same turned upright.
        let plane = output.area();
        let first = plane.saturating_add(down(luma));
        let last = plane.saturating_mul(3).saturating_add(down(self.differences));
        first.max(last).max(plane.saturating_mul(6))
    }
}

/// Reach of the widest filter on each side, in pixels of whichever picture has the larger ones.
const REACH: f64 = 3.25;

/// Returns the most bytes that [`resample`](crate::raster::resample) holds beside the source, the result included,
/// for a part that is `across` pixels of the source wide and `down` high.
fn resampling(source: Size, kind: Kind, (across, down): (f64, f64), output: Size, filter: Filter) -> u64 {
    let result = kind.bytes(output);
    if filter == Filter::Nearest || (across == f64::from(output.width) && down == f64::from(output.height)) {
        return result;
    }
    // The resizer multiplies a copy of the whole source by alpha, not only of the part.
    let premultiplied = if kind.channels.has_alpha() { kind.bytes(source) } else { 0 };
    // One axis after the other: in 8 bits down first, in 16 bits across.
    let reached = |part: f64, output: u32, source: u32| {
        let step = (part / f64::from(output)).max(1.0);
        // One pixel more on each side for roundings.
        ((part + 2.0 * (REACH + 1.0) * step) as u64).min(source.into())
    };
    let between = if kind.sample_bytes == 1 {
        reached(across, output.width, source.width) * u64::from(output.height)
    } else {
        reached(down, output.height, source.height) * u64::from(output.width)
    };
    result.saturating_add(premultiplied).saturating_add(between.saturating_mul(kind.pixel_bytes()))
}
