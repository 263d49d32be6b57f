//! A format with the options by which its files are written.

use std::sync::Arc;

use crate::codecs::Detail;
use crate::codecs::Encoder;
use crate::codecs::EncoderDef;
use crate::codecs::Format;
use crate::codecs::Metadata;
use crate::codecs::unwritten;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::Values;
use crate::options::defaults;
use crate::raster::Channels;
use crate::raster::Raster;

/// Says how a file is written: in which format, by which options.
///
/// ```
/// use recanvas::codecs::Encoding;
/// use recanvas::codecs::Format;
/// use recanvas::codecs::Metadata;
/// use recanvas::geometry::Size;
/// use recanvas::options::Values;
/// use recanvas::raster::Channels;
/// use recanvas::raster::Pixels;
///
/// let encoding = Encoding::new(Format::JPEG, &Values::from([("quality", 92.into())]))?;
/// let picture = Pixels::<u8>::new(Size::new(4, 3), Channels::Rgb).into();
/// let file = encoding.encode(&picture, &Metadata::default())?;
/// assert!(file.starts_with(b"\xff\xd8"));
/// # Ok::<(), recanvas::error::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Encoding {
    format: Format,
    def: &'static EncoderDef,
    encoder: Arc<dyn Encoder>,
}

impl Encoding {
    /// Returns the encoding with these of the encoder's options. Those left out have their defaults, and those
    /// of other encoders are passed over.
    ///
    /// # Errors
    /// [`Class::Unsupported`] if files of the format are only read.
    ///
    /// # Panics
    /// If an option has a value that is not of its kind.
    pub fn new(format: Format, values: &Values) -> Result<Encoding, Failure> {
        let def = format.encoder().ok_or_else(|| unwritten(format))?;
        let mut all = defaults(def.fields);
        all.extend(values.iter().map(|(name, value)| (*name, value.clone())));
        Ok(Encoding { format, def, encoder: (def.build)(&all) })
    }

    /// Returns the format of its files.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Tells whether its files store alpha.
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        self.def.has_alpha
    }

    /// Returns the most bytes of a sample that its files store: 1 or 2.
    #[must_use]
    pub fn sample_bytes(&self) -> usize {
        self.def.sample_bytes
    }

    /// Names those of the encoder's options that make no difference to its files beside the values of the others.
    #[must_use]
    pub fn idle(&self) -> &'static [&'static str] {
        self.encoder.idle()
    }

    /// Checks that a file can have the size of a picture.
    ///
    /// # Errors
    /// [`Class::Limit`] if a side is longer than the format allows.
    pub fn check_size(&self, size: Size) -> Result<(), Failure> {
        if size.width.max(size.height) <= self.def.max_side {
            return Ok(());
        }
        let (name, most) = (self.format.name(), self.def.max_side);
        let message = format!("the output would be {size}; a side of a {name} file has at most {most} pixels");
        Err(Failure::new(Class::Limit, message))
    }

    /// Returns the most bytes that [`Encoding::encode`] holds at its peak beside the pixels, the returned file
    /// included and metadata not, for a picture with as much detail and samples of 1 or 2 bytes. Planning
    /// reserves this much.
    #[must_use]
    pub fn memory(&self, size: Size, channels: Channels, sample_bytes: usize, detail: Detail) -> u64 {
        self.encoder.memory(size, channels, sample_bytes, detail)
    }

    /// Encodes a picture in sRGB as a file with this metadata.
    ///
    /// # Errors
    /// As [`Encoding::check_size`], and if there is more metadata than the format allows; [`Class::Internal`]
    /// if there is alpha, or a depth, that the format cannot store, which the caller must have flattened or
    /// reduced.
    pub fn encode(&self, picture: &Raster, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
        self.check_size(picture.size())?;
        let cannot = |what: &str| {
            Err(Failure::new(Class::Internal, format!("{what} handed to {:?}, which cannot store it", self.format)))
        };
        if picture.channels().has_alpha() && !self.def.has_alpha {
            return cannot("alpha was");
        }
        if picture.sample_bytes() > self.def.sample_bytes {
            return cannot("16 bits a sample were");
        }
        self.encoder.encode(picture, metadata)
    }
}
