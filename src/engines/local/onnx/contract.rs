//! Contracts of models: what one takes and returns, read from its graph or said by the user.
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

/// Number that a graph has for a dimension that it leaves open.
const OPEN: i64 = -1;

/// Way in which a picture is given to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Contract {
    Migan,
    Lama,
    Lama4,
}

/// Type of the numbers in a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(any(feature = "onnx", test)), expect(dead_code, reason = "only the runtime finds them in graphs"))]
pub(super) enum Element {
    U8,
    F32,
    /// Half as precise; the runtime's side makes them of the other, and the other of them.
    F16,
    /// A type that no contract takes, as the runtime calls it.
    Other(String),
}

/// An input or an output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) element: Element,
    /// Batch, channels, height, width; −1 where the graph leaves it open, and nothing if it leaves all.
    pub(super) shape: Vec<i64>,
}

/// Says what the inputs of a graph had to be, and surely are not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum InputsNeeded {
    #[error("one input")]
    One,
    #[error("two inputs")]
    Two,
    #[error("inputs of one size")]
    OneSize,
    /// An input had to be something else.
    #[error("`{0}` {1}")]
    Port(String, PortNeeded),
}

/// Says what an input of a graph had to be, and surely is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum PortNeeded {
    /// Numbers that are called so where models are exported.
    #[error("as {0}")]
    Elements(&'static str),
    #[error("with four dimensions")]
    FourDimensions,
    #[error("for one picture at a time")]
    OnePicture,
    #[error("with {0} for its channels, the second dimension")]
    Channels(i64),
}

/// A contract with the places that a graph has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) contract: Contract,
    /// Set where the mask is the graph's first input, before the picture.
    pub(super) mask_first: bool,
    /// The only width that the graph takes, if it is not free.
    pub(super) width: Option<u32>,
    /// The only height that the graph takes, if it is not free.
    pub(super) height: Option<u32>,
}

impl Contract {
    /// Returns what the sides of a picture must be multiples of.
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

    /// The one that a graph with these inputs is, if it is one.
    fn likely(inputs: &[Port]) -> Contract {
        match inputs {
            [_] => Contract::Lama4,
            [Port { element: Element::U8, .. }, ..] => Contract::Migan,
            _ => Contract::Lama,
        }
    }

    /// The channels of its inputs, those of the picture first.
    fn channels(self) -> &'static [i64] {
        if self == Contract::Lama4 { &[4] } else { &[3, 1] }
    }

    /// Makes sure that it is given such numbers.
    fn takes(self, element: &Element) -> Result<(), PortNeeded> {
        match (self, element) {
            (Contract::Migan, Element::U8) | (Contract::Lama | Contract::Lama4, Element::F32 | Element::F16) => Ok(()),
            (Contract::Migan, _) => Err(PortNeeded::Elements("uint8")),
            _ => Err(PortNeeded::Elements("float32 or float16")),
        }
    }

    /// Its places in a graph with these inputs, or what it needs and they surely are not.
    fn placed(self, inputs: &[Port], mask_first: bool) -> Result<Interface, InputsNeeded> {
        let mut channels = self.channels().to_vec();
        if inputs.len() != channels.len() {
            return Err(if channels.len() == 1 { InputsNeeded::One } else { InputsNeeded::Two });
        }
        if mask_first {
            channels.reverse();
        }
        let mut interface = Interface { contract: self, mask_first, width: None, height: None };
        for (port, channels) in inputs.iter().zip(channels) {
            let sides = self.sides(port, channels);
            let [width, height] = sides.map_err(|needed| InputsNeeded::Port(port.name.clone(), needed))?;
            for (known, side) in [(&mut interface.width, width), (&mut interface.height, height)] {
                if known.is_some() && side.is_some() && *known != side {
                    return Err(InputsNeeded::OneSize);
                }
                *known = known.or(side);
            }
        }
        Ok(interface)
    }

    /// Width and height of an input with so many channels where the graph fixes them, or what it
    /// had to be.
    fn sides(self, port: &Port, channels: i64) -> Result<[Option<u32>; 2], PortNeeded> {
        self.takes(&port.element)?;
        let [batch, planes, height, width] = match port.shape[..] {
            [] => [OPEN; 4],
            [batch, planes, height, width] => [batch, planes, height, width],
            _ => return Err(PortNeeded::FourDimensions),
        };
        if batch > 1 {
            return Err(PortNeeded::OnePicture);
        }
        if planes > 0 && planes != channels {
            return Err(PortNeeded::Channels(channels));
        }
        Ok([width, height].map(|side| u32::try_from(side).ok().filter(|&side| side > 0)))
    }
}

impl Interface {
    /// The contract of a graph with these inputs; if one is `asked` for, that one, unless the graph
    /// contradicts it.
    ///
    /// # Errors
    /// If it does, fits none, or does not tell picture and mask apart where the user does not say what it is.
    pub(super) fn of(inputs: &[Port], asked: Option<Contract>) -> Result<Interface, Failure> {
        let refuse = |why: String| {
            let (ports, wanted) = (Port::texts(inputs), asked.map_or("migan, lama or lama4", Contract::word));
            Failure::new(Class::Unsupported, format!("the model's inputs are {ports}, which is not {wanted}: {why}"))
        };
        let contract = asked.unwrap_or_else(|| Contract::likely(inputs));
        let is_mask_first = matches!(inputs, [first, second] if is_mask(first) && !is_mask(second));
        let placed = contract.placed(inputs, is_mask_first);
        let either = placed.or_else(|why| contract.placed(inputs, !is_mask_first).map_err(|_| why));
        let interface = either.map_err(|what| refuse(format!("{} needs {what}", contract.word())))?;
        if asked.is_none() && !is_told(inputs) {
            let contract = contract.word();
            return Err(refuse(format!(
                "neither channels nor names tell; if it is {contract}, say `contract: {contract}`"
            )));
        }
        Ok(interface)
    }

    /// The size of the picture that the graph is given for one of `size`.
    pub(super) fn given(&self, size: Size) -> Size {
        let free = |side: u32| side.next_multiple_of(self.contract.multiple());
        Size::new(self.width.unwrap_or_else(|| free(size.width)), self.height.unwrap_or_else(|| free(size.height)))
    }

    /// The largest picture that is given: sides of the graph, or where they are free, this one.
    pub(super) fn bounds(&self, max_side: u32) -> Size {
        Size::new(self.width.unwrap_or(max_side), self.height.unwrap_or(max_side))
    }

    /// The contract and the size of pictures in words.
    pub(super) fn text(&self, max_side: u32) -> String {
        let size = match (self.width, self.height) {
            (Some(width), Some(height)) => format!("a picture of {}", Size::new(width, height)),
            (Some(width), None) => format!("{width} wide, and here up to {max_side} high"),
            (None, Some(height)) => format!("{height} high, and here up to {max_side} wide"),
            (None, None) => format!("any size, here up to {max_side} on the longer side"),
        };
        format!("{}, {size}", self.contract.word())
    }
}

/// Channels of a picture, if the graph says how many.
fn channels(port: &Port) -> Option<i64> {
    port.shape.get(1).copied().filter(|&channels| channels > 0)
}

/// Tells whether a mask belongs here: one channel, or the word where the graph leaves that open.
fn is_mask(port: &Port) -> bool {
    channels(port).map_or_else(|| port.name.to_lowercase().contains("mask"), |channels| channels == 1)
}

/// Tells whether inputs say themselves what belongs where.
fn is_told(inputs: &[Port]) -> bool {
    match inputs {
        [both] => channels(both).is_some(),
        [first, second] => is_mask(first) != is_mask(second),
        _ => false,
    }
}

impl Port {
    /// Name, kind and shape: `image u8 1×3×?×?`.
    fn text(&self) -> String {
        let element = match &self.element {
            Element::U8 => "u8",
            Element::F32 => "f32",
            Element::F16 => "f16",
            Element::Other(name) => name,
        };
        let side = |&side: &i64| if side < 0 { "?".to_owned() } else { side.to_string() };
        let shape: Vec<String> = self.shape.iter().map(side).collect();
        let shape = if shape.is_empty() { "of any shape".into() } else { shape.join("×") };
        format!("{} {element} {shape}", self.name)
    }

    /// Several of them.
    pub(super) fn texts(ports: &[Port]) -> String {
        ports.iter().map(Port::text).collect::<Vec<_>>().join(" and ")
    }
}

#[cfg(test)]
mod tests;
