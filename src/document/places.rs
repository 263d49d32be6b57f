//! Places of everything in a YAML text, found in one pass over its events.
//!
//! The pass comes before any value is made, so it is also what holds a text to its bounds: how
//! deep it nests, how many values it has, and what its aliases would grow to.

use std::collections::HashMap;

use saphyr_parser::Event;
use saphyr_parser::Marker;
use saphyr_parser::Parser;

use crate::options::At;
use crate::options::Step;

/// Most levels of nesting; a pipeline has about eight.
const DEPTH_MAX: usize = 100;

/// Most values, those counted again that an alias repeats.
pub(super) const VALUES_MAX: usize = 200_000;

/// Most bytes of text, that counted again which an alias repeats.
pub(super) const BYTES_MAX: usize = 16 << 20;

/// Line and column, both from 1.
pub(super) type Place = (usize, usize);

/// Bound that a text exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BoundExceeded {
    #[error(
        "more than {VALUES_MAX} values, or {} MiB of them; an alias counts as what it stands for",
        BYTES_MAX >> 20
    )]
    Values,
    #[error("nested more than {DEPTH_MAX} levels deep")]
    Depth,
    /// Such an alias would grow without end.
    #[error("an alias to what it stands in")]
    Endless,
}

/// Error of a text that has no places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    /// Place at which reading ended.
    pub(super) place: Place,
    /// Bytes of the text before that place.
    pub(super) offset: usize,
    /// The message of the parser or of the bound.
    pub(super) message: String,
    /// Tells whether a bound was exceeded, so that the text must not be read at all. Else it is what
    /// this parser does not take for YAML, and the other may: it is less strict about indents.
    pub(super) is_beyond: bool,
}

/// The places of a text's first document.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The root, if there is one, is the first.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
struct Node {
    place: Place,
    inner: Inner,
    /// Weight of the node with everything in it; `None` while it is open.
    weight: Option<Weight>,
}

#[derive(Debug, Clone)]
enum Inner {
    Scalar,
    /// The nodes of the items.
    List(Vec<usize>),
    /// Place of each key, and the node of its value.
    Map(HashMap<Box<str>, (Place, usize)>),
}

/// Memory that values take.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    values: usize,
    bytes: usize,
}

impl Places {
    /// Reads all of `text`, whose first document counts.
    pub(super) fn of(text: &str) -> Result<Self, Unread> {
        let mut reader = Reader::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, place) = match event {
                Ok((event, span)) => (event, span.start),
                // The scanner has a bound of its own, which it may meet while it looks ahead.
                Err(error) if error.info().contains("recursion limit") => {
                    return Err(unread(text, error.marker(), &BoundExceeded::Depth.to_string(), true));
                }
                Err(error) => return Err(unread(text, error.marker(), error.info(), false)),
            };
            reader.take(event, place_of(&place)).map_err(|bound| unread(text, &place, &bound.to_string(), true))?;
        }
        Ok(Places { nodes: reader.nodes })
    }

    /// Returns line and column of a path; of one that is not in the text, like a key that is missing, those of its
    /// nearest parent.
    pub(super) fn locate(&self, path: &[Step], at: At) -> Place {
        let Some(root) = self.nodes.first() else { return (1, 1) };
        let mut node = root;
        for (index, step) in path.iter().enumerate() {
            let is_last = index + 1 == path.len();
            let next = match (&node.inner, step) {
                (Inner::Map(entries), Step::Key(key)) => match entries.get(key.as_str()) {
                    Some((place, _)) if is_last && at == At::Key => return *place,
                    entry => entry.map(|(_, value)| *value),
                },
                (Inner::List(items), Step::Item(item)) => items.get(*item).copied(),
                _ => None,
            };
            match next {
                Some(next) => node = &self.nodes[next],
                None => break,
            }
        }
        node.place
    }
}

fn place_of(marker: &Marker) -> Place {
    (marker.line(), marker.col() + 1)
}

fn unread(text: &str, marker: &Marker, message: &str, is_beyond: bool) -> Unread {
    let offset = text.char_indices().nth(marker.index()).map_or(text.len(), |(offset, _)| offset);
    Unread { place: place_of(marker), offset, message: message.to_owned(), is_beyond }
}

/// Builds the nodes from events.
#[derive(Default)]
struct Reader {
    nodes: Vec<Node>,
    /// The collections that are open, the innermost last.
    open: Vec<Open>,
    anchors: HashMap<usize, usize>,
    seen: Weight,
    /// Tells whether the first document is over: what comes then is held to the bounds and no more.
    is_over: bool,
}

struct Open {
    node: usize,
    /// Weight of all that had been seen when it began.
    before: Weight,
    /// In a map, the key whose value comes next.
    key: Option<(Box<str>, Place)>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), BoundExceeded> {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                self.count(Weight { values: 1, bytes: text.len() })?;
                let weight = Some(Weight { values: 1, bytes: text.len() });
                let node = self.add(Node { place, inner: Inner::Scalar, weight }, anchor);
                self.attach(node, place, &text);
            }
            Event::SequenceStart(anchor, _) => self.begin(Inner::List(Vec::new()), place, anchor)?,
            Event::MappingStart(anchor, _) => self.begin(Inner::Map(HashMap::new()), place, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let weight = Weight {
                    values: self.seen.values - open.before.values,
                    bytes: self.seen.bytes - open.before.bytes,
                };
                self.nodes[open.node].weight = Some(weight);
                self.attach(open.node, self.nodes[open.node].place, "");
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).map(|&node| (node, self.nodes[node].weight));
                match target {
                    Some((node, Some(weight))) => {
                        self.count(weight)?;
                        self.attach(node, place, "");
                    }
                    _ => return Err(BoundExceeded::Endless),
                }
            }
            Event::DocumentEnd => self.is_over = true,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(())
    }

    fn count(&mut self, weight: Weight) -> Result<(), BoundExceeded> {
        self.seen.values = self.seen.values.saturating_add(weight.values);
        self.seen.bytes = self.seen.bytes.saturating_add(weight.bytes);
        let is_many = self.seen.values > VALUES_MAX || self.seen.bytes > BYTES_MAX;
        if is_many { Err(BoundExceeded::Values) } else { Ok(()) }
    }

    fn begin(&mut self, inner: Inner, place: Place, anchor: usize) -> Result<(), BoundExceeded> {
        if self.open.len() >= DEPTH_MAX {
            return Err(BoundExceeded::Depth);
        }
        let before = self.seen;
        self.count(Weight { values: 1, bytes: 0 })?;
        let node = self.add(Node { place, inner, weight: None }, anchor);
        self.open.push(Open { node, before, key: None });
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> usize {
        let index = self.nodes.len();
        self.nodes.push(node);
        // The parser counts anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        index
    }

    /// Puts a finished node where it belongs: a key, a value, or an item.
    fn attach(&mut self, node: usize, place: Place, text: &str) {
        let Some(open) = self.open.last_mut().filter(|_| !self.is_over) else { return };
        match &mut self.nodes[open.node].inner {
            Inner::Scalar => {}
            Inner::List(items) => items.push(node),
            Inner::Map(entries) => match open.key.take() {
                None => open.key = Some((text.into(), place)),
                Some((key, place)) => {
                    entries.entry(key).or_insert((place, node));
                }
            },
        }
    }
}
