//! Looks at a source in memory: has measures look at a small copy of it.

use crate::analysis::Measure;
use crate::analysis::MeasureError;
use crate::analysis::Measures;
use crate::analysis::Proxy;
use crate::codecs;
use crate::codecs::DecodeRequest;
use crate::codecs::DecoderChoice;
use crate::codecs::Header;
use crate::codecs::Limits;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::pipeline::panics::guarded;

/// Pixels that are decoded for each one of a proxy, at least, on each axis: what a reduced picture has left out is
/// then finer than what a measure sees.
const LEAST_KEPT: f64 = 2.0;

/// Decoding and measuring of a source. The same picture gives the same values, whichever pipeline asks: no option has
/// an influence.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    /// Header of the source.
    pub(crate) header: &'a Header,
    /// Bounds on what may be decoded.
    pub(crate) limits: &'a Limits,
    /// The decoder that reads it.
    pub(crate) decoder: DecoderChoice,
}

impl Look<'_> {
    /// Returns the size of its proxy.
    pub(crate) fn proxy(&self) -> Size {
        Proxy::size_of(self.header.oriented())
    }

    /// Returns the scale of decoding that is enough for the measures.
    pub(crate) fn decode_request(&self) -> DecodeRequest {
        let (size, proxy) = (self.header.oriented(), self.proxy());
        let across = f64::from(proxy.width) / f64::from(size.width);
        let down = f64::from(proxy.height) / f64::from(size.height);
        DecodeRequest { scale: across.max(down) * LEAST_KEPT, decoder: self.decoder, ..DecodeRequest::WHOLE }
    }

    /// Returns the values of measures for the source with these bytes; decoding may take `room` bytes beside them.
    ///
    /// # Errors
    /// As [`codecs::decode_view`]; [`Class::Internal`] if a measure fails, or finds what cannot be recorded.
    pub(crate) fn measure(
        &self,
        bytes: &[u8],
        measures: &[&'static dyn Measure],
        room: u64,
    ) -> Result<Measures, Failure> {
        let view =
            codecs::decode_view(bytes, self.limits, &DecodeRequest { memory_limit: room, ..self.decode_request() })?
                .view;
        let proxy = Proxy::of(&view, self.header.oriented());
        drop(view);
        let mut found = Measures::default();
        for measure in measures {
            let internal = |error: MeasureError| Failure::new(Class::Internal, error.to_string());
            let doing = format!("the measure `{}` looked at the picture", measure.name());
            guarded(&doing, || found.look(*measure, &proxy).map_err(internal))?;
        }
        Ok(found)
    }
}
