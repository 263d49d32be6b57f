//! What a model takes and returns: read from its graph, or said by the user.
//!
//! Two families are known, and three ways in which they are exported:
//! * `migan`: the pipeline of MI-GAN (<https://github.com/Picsart-AI-Research/MI-GAN>): a picture
//!   and a mask of bytes, where 255 is known; bytes come back;
//! * `lama`: LaMa (<https://github.com/advimman/lama>) with a picture from 0 to 1 and a mask, where 1
//!   is a hole; numbers from 0 to 1 or to 255 come back;
//! * `lama4`: its generator alone: the picture with its holes at 0 and the mask as fourth channel.

use serde::Deserialize;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;

/// Sides of pictures that a convolution of LaMa can halve and double again.
const LAMA_MULTIPLE: u32 = 32;

/// How a picture is given to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Contract {
    Migan,
    Lama,
    Lama4,
}

/// What the numbers in a tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the runtime finds them in graphs"))]
pub(super) enum Element {
    U8,
    F32,
    Other,
}

/// An input or an output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) element: Element,
    /// Batch, channels, height, width; −1 where the graph leaves it open.
    pub(super) shape: Vec<i64>,
}

/// A contract with the places that a graph has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) contract: Contract,
    /// Whether the mask is the graph's first input, before the picture.
    pub(super) mask_first: bool,
    /// The only size that the graph takes, if it is not free.
    pub(super) fixed: Option<Size>,
}

impl Contract {
    /// What the sides of a picture must be multiples of.
    fn multiple(self) -> u32 {
        if self == Contract::Migan { 1 } else { LAMA_MULTIPLE }
    }

    /// The word in the pipeline file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Contract::Migan => "migan",
            Contract::Lama => "lama",
            Contract::Lama4 => "lama4",
        }
    }
}

impl Interface {
    /// The contract of a graph with these inputs; if one is `asked` for, that one.
    ///
    /// # Errors
    /// If the graph does not fit it, or fits none.
    pub(super) fn of(inputs: &[Port], asked: Option<Contract>) -> Result<Interface, Failure> {
        let found = found(inputs);
        match (asked, found) {
            (Some(asked), Some(found)) if asked != found.contract => Err(misfit(inputs, asked.word())),
            (_, Some(found)) => Ok(found),
            (Some(asked), None) => Err(misfit(inputs, asked.word())),
            (None, None) => Err(misfit(inputs, "migan, lama or lama4")),
        }
    }

    /// The size of the picture that the graph is given for one of `size`.
    pub(super) fn given(&self, size: Size) -> Size {
        let multiple = self.contract.multiple();
        self.fixed.unwrap_or(Size::new(size.width.next_multiple_of(multiple), size.height.next_multiple_of(multiple)))
    }

    /// The largest picture that is given: that of a fixed graph, else one of this side.
    pub(super) fn bounds(&self, max_side: u32) -> Size {
        self.fixed.unwrap_or(Size::new(max_side, max_side))
    }
}

fn found(inputs: &[Port]) -> Option<Interface> {
    let interface = |contract, mask_first, ports: &[&Port]| {
        let sizes: Option<Vec<Option<Size>>> = ports.iter().map(|port| size_of(port)).collect();
        let fixed = sizes?.into_iter().flatten().collect::<Vec<_>>();
        let agree = fixed.windows(2).all(|pair| pair[0] == pair[1]);
        agree.then(|| Interface { contract, mask_first, fixed: fixed.first().copied() })
    };
    match inputs {
        [both] if both.element == Element::F32 && channels(both) == Some(4) => {
            interface(Contract::Lama4, false, &[both])
        }
        [first, second] if first.element == second.element => {
            let contract = match first.element {
                Element::U8 => Contract::Migan,
                Element::F32 => Contract::Lama,
                Element::Other => return None,
            };
            let mask_first = is_mask(first);
            (mask_first != is_mask(second)).then(|| interface(contract, mask_first, &[first, second]))?
        }
        _ => None,
    }
}

/// Channels of a picture, if the graph says how many.
fn channels(port: &Port) -> Option<i64> {
    port.shape.get(1).copied().filter(|&channels| channels > 0)
}

/// Whether a mask belongs here: one channel, or the word where the graph leaves that open.
fn is_mask(port: &Port) -> bool {
    channels(port).map_or_else(|| port.name.to_lowercase().contains("mask"), |channels| channels == 1)
}

/// The fixed size of a port, or that it is free; nothing if it takes no picture.
fn size_of(port: &Port) -> Option<Option<Size>> {
    let &[batch, channels, height, width] = &port.shape[..] else { return None };
    // Free, or one picture at a time.
    if batch > 1 || ![-1, 1, 3, 4].contains(&channels) {
        return None;
    }
    if height < 1 || width < 1 {
        return Some(None);
    }
    let side = |side: i64| u32::try_from(side).ok();
    Some(Some(Size::new(side(width)?, side(height)?)))
}

fn misfit(inputs: &[Port], wanted: &str) -> Failure {
    let ports: Vec<String> = inputs.iter().map(Port::text).collect();
    Failure::new(Class::Unsupported, format!("the model's inputs are {}, which is not {wanted}", ports.join(" and ")))
}

impl Port {
    /// Name, kind and shape: `image u8 1×3×?×?`.
    pub(super) fn text(&self) -> String {
        let element = match self.element {
            Element::U8 => "u8",
            Element::F32 => "f32",
            Element::Other => "other",
        };
        let side = |&side: &i64| if side < 0 { "?".to_owned() } else { side.to_string() };
        let shape: Vec<String> = self.shape.iter().map(side).collect();
        format!("{} {element} {}", self.name, shape.join("×"))
    }
}
