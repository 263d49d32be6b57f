//! Cuts what a run makes of one source in one job to the memory there is.

use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::batch::job::Parallelism;
use crate::batch::memory::MemoryNeed;
use crate::codecs::DecodeRequest;
use crate::codecs::DecoderChoice;
use crate::codecs::Detail;
use crate::pipeline;
use crate::pipeline::Decisions;
use crate::pipeline::by_picture;

/// Some outputs of a source, made of one decoding.
#[derive(Clone)]
pub(super) struct Piece<'a> {
    pub(super) source: &'a SourcePlan,
    pub(super) decisions: &'a Decisions,
    /// The part and the scale of the source that all of its tasks need, whichever outputs are made: pixels do not
    /// depend on the choice of outputs.
    pub(super) decode_request: DecodeRequest,
    pub(super) makes: Vec<ToMake<'a>>,
    /// The most detail for which it is planned; outputs that have more need it to be planned anew.
    pub(super) detail: Detail,
    /// Tells whether it was begun before, with less memory than it needs.
    pub(super) is_again: bool,
}

/// Parts of a piece under a budget.
pub(super) struct Cut<'a> {
    /// Jobs, one piece each.
    pub(super) pieces: Vec<Piece<'a>>,
    /// Targets that are not made, with the bytes that each takes by itself.
    pub(super) too_large: Vec<(ToMake<'a>, u64)>,
}

impl<'a> Piece<'a> {
    /// Outputs of a source, of which all is decoded that any of its tasks looks at; none if there are none.
    pub(super) fn new(source: &'a SourcePlan, makes: Vec<ToMake<'a>>) -> Option<Piece<'a>> {
        let decisions = source.decisions.as_deref().filter(|_| !makes.is_empty())?;
        let decode_request = pipeline::decode_request(&source.tasks, decisions);
        Some(Piece { source, decisions, decode_request, makes, detail: Detail::Usual, is_again: false })
    }

    /// Returns the outputs of a planned source that this run makes without a call; `None` if there are none.
    pub(super) fn here(source: &'a SourcePlan) -> Option<Piece<'a>> {
        Piece::new(source, source.made_now().filter(|one| !one.make.may_ask()).collect())
    }

    /// Returns the same, read by the decoder that reads everything.
    pub(super) fn by_general_decoder(self) -> Piece<'a> {
        Piece { decode_request: DecodeRequest { decoder: DecoderChoice::Safe, ..self.decode_request }, ..self }
    }

    /// Returns the same, begun once more.
    pub(super) fn again(self) -> Piece<'a> {
        Piece { is_again: true, ..self }
    }

    /// Returns the same for outputs of any detail.
    pub(super) fn for_noise(self) -> Piece<'a> {
        Piece { detail: Detail::Noise, ..self }
    }

    /// Returns the outputs in groups that show one picture each.
    pub(super) fn by_picture(&self) -> Vec<Vec<ToMake<'a>>> {
        by_picture(self.makes.iter().copied(), |one| one.picture_key(&self.decisions.header))
    }

    /// Returns the most bytes that it takes at any moment.
    pub(super) fn need(&self, parallelism: Parallelism) -> u64 {
        self.needs().making(&self.makes, parallelism, self.detail)
    }

    /// Returns the request for decoding, with the most bytes that it may take.
    pub(super) fn bounded_request(&self) -> DecodeRequest {
        DecodeRequest { memory_limit: self.needs().memory_limit(), ..self.own_request() }
    }

    fn needs(&self) -> MemoryNeed {
        MemoryNeed::new(&self.decisions.header, self.source.file.stamp.size, &self.own_request())
    }

    /// Returns the request for decoding, narrowed to the outputs that are made.
    fn own_request(&self) -> DecodeRequest {
        pipeline::narrowed_decode_request(self.decode_request, self.makes.iter().map(|one| (one.task, one.decided)))
    }

    /// Cuts it into pieces of which each fits into `budget`. Outputs that do not fit beside the others' needs are
    /// decoded for themselves: their pixels then differ by the other scale of decoding.
    pub(super) fn within(self, budget: u64) -> Cut<'a> {
        let mut cut = Cut { pieces: Vec::new(), too_large: Vec::new() };
        if self.need(Parallelism::OneByOne) <= budget {
            cut.pieces.push(self);
            return cut;
        }
        let mut together = Vec::new();
        for &one in &self.makes {
            let with = |decode_request| Piece { decode_request, makes: vec![one], ..self.clone() };
            if with(self.decode_request).need(Parallelism::OneByOne) <= budget {
                together.push(one);
                continue;
            }
            let own = pipeline::decode_request_of(one.task, one.decided);
            let alone = with(DecodeRequest { decoder: self.decode_request.decoder, ..own });
            let need = alone.need(Parallelism::OneByOne);
            if need <= budget {
                cut.pieces.push(alone);
            } else {
                cut.too_large.push((one, need));
            }
        }
        // Each fits, but what the allocator keeps of one counts for the next.
        while !together.is_empty() {
            let mut piece = Piece { makes: std::mem::take(&mut together), ..self.clone() };
            while piece.makes.len() > 1 && piece.need(Parallelism::OneByOne) > budget {
                together.extend(piece.makes.pop());
            }
            cut.pieces.push(piece);
        }
        cut
    }
}
