//! Minimum cuts on grids, by the search trees of Boykov and Kolmogorov (2004).

use std::collections::VecDeque;

/// No neighbour in a direction.
pub(super) const NO_NODE: u32 = u32::MAX;

/// The direction back.
const fn back(direction: usize) -> usize {
    direction ^ 1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    Free,
    Source,
    Sink,
}

/// Link of a node to its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    None,
    Orphan,
    Terminal,
    Neighbour(u8),
}

#[derive(Debug, Clone)]
struct Node {
    neighbours: [u32; 4],
    /// Flow that can still go to each neighbour.
    residual: [i32; 4],
    /// Flow that can still come from the source, or, negative, go to the sink.
    terminal: i32,
    tree: Tree,
    parent: Parent,
    queued: bool,
    /// Time at which the distance to the terminal was last known, and that distance.
    seen: u32,
    distance: u32,
}

/// A graph of nodes with up to four neighbours, where direction `2k + 1` leads back from `2k`.
#[derive(Debug, Default)]
pub(super) struct Flow {
    nodes: Vec<Node>,
    active: VecDeque<u32>,
    orphans: VecDeque<u32>,
    clock: u32,
}

impl Flow {
    /// Forgets all nodes but not their memory.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.active.clear();
        self.orphans.clear();
        self.clock = 0;
    }

    /// Adds a node that costs `keep` on the source's side and `take` on the sink's.
    // One number for both arcs of a terminal: what could flow from the source through the node to the sink at once is
    // taken off both, which changes no cut.
    pub(super) fn add(&mut self, keep: i32, take: i32, neighbours: [u32; 4]) {
        self.nodes.push(Node {
            neighbours,
            residual: [0; 4],
            terminal: take - keep,
            tree: Tree::Free,
            parent: Parent::None,
            queued: false,
            seen: 0,
            distance: 0,
        });
    }

    /// Adds what it costs that `node` takes.
    pub(super) fn charge(&mut self, node: u32, take: i32) {
        self.nodes[node as usize].terminal += take;
    }

    /// Adds what it costs that `node` keeps while its neighbour takes.
    pub(super) fn link(&mut self, node: u32, direction: usize, cost: i32) {
        self.nodes[node as usize].residual[direction] += cost;
    }

    /// Finds the cut; [`Flow::takes`] then tells the sides.
    pub(super) fn cut(&mut self) {
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            node.tree = match node.terminal {
                0 => continue,
                1.. => Tree::Source,
                _ => Tree::Sink,
            };
            (node.parent, node.distance) = (Parent::Terminal, 1);
            self.activate(index as u32);
        }
        // A node stays in front as long as its tree meets the other one: there may be several paths through it.
        while let Some(&index) = self.active.front() {
            let bridge = if self.nodes[index as usize].tree == Tree::Free { None } else { self.grow(index) };
            let Some((node, direction)) = bridge else {
                self.active.pop_front();
                self.nodes[index as usize].queued = false;
                continue;
            };
            // Distances of earlier rounds may be wrong once arcs are full: only those with the present time are
            // trusted.
            self.clock += 1;
            self.augment(node, direction);
            while let Some(orphan) = self.orphans.pop_front() {
                self.adopt(orphan);
            }
        }
    }

    /// Tells whether a node is on the sink's side.
    pub(super) fn takes(&self, node: u32) -> bool {
        // Nodes in neither tree could be on either side: they keep their label.
        self.nodes[node as usize].tree == Tree::Sink
    }

    fn activate(&mut self, index: u32) {
        let node = &mut self.nodes[index as usize];
        if !node.queued {
            node.queued = true;
            self.active.push_back(index);
        }
    }

    /// Returns what can flow between a node and a neighbour, away from the source or towards the sink.
    fn open(&self, index: u32, direction: usize, outwards: bool) -> i32 {
        let node = &self.nodes[index as usize];
        match (outwards, node.neighbours[direction]) {
            (_, NO_NODE) => 0,
            (true, _) => node.residual[direction],
            (false, other) => self.nodes[other as usize].residual[back(direction)],
        }
    }

    /// Lets a node's tree grow by its neighbours until it meets the other tree: there, the
    /// node on the source's side and the direction.
    fn grow(&mut self, index: u32) -> Option<(u32, usize)> {
        let Node { tree, neighbours, seen, distance, .. } = self.nodes[index as usize];
        for (direction, neighbour) in neighbours.into_iter().enumerate() {
            if self.open(index, direction, tree == Tree::Source) == 0 {
                continue;
            }
            let other = &mut self.nodes[neighbour as usize];
            if other.tree == Tree::Free {
                other.tree = tree;
                other.parent = Parent::Neighbour(back(direction) as u8);
                (other.seen, other.distance) = (seen, distance + 1);
                self.activate(neighbour);
            } else if other.tree != tree {
                let met = (neighbour, back(direction));
                return Some(if tree == Tree::Source { (index, direction) } else { met });
            // Short trees are short paths, and less to repair; only a distance that is as recent may replace another.
            } else if other.seen <= seen && other.distance > distance {
                // A shorter way to the terminal.
                other.parent = Parent::Neighbour(back(direction) as u8);
                (other.seen, other.distance) = (seen, distance + 1);
            }
        }
        None
    }

    /// Sends what fits from the source to the sink over one arc between the trees.
    fn augment(&mut self, from: u32, direction: usize) {
        let to = self.nodes[from as usize].neighbours[direction];
        // The least that any arc of the path can take: towards the source along the parents of one tree, towards the
        // sink along those of the other.
        let mut amount = self.nodes[from as usize].residual[direction];
        for (start, upstream) in [(from, true), (to, false)] {
            let mut at = start;
            while let Parent::Neighbour(direction) = self.nodes[at as usize].parent {
                amount = amount.min(self.open(at, direction.into(), !upstream));
                at = self.nodes[at as usize].neighbours[usize::from(direction)];
            }
            amount = amount.min(self.nodes[at as usize].terminal.abs());
        }
        // At least one arc of the path is full after this. Where that is an arc of a tree, the node that hung on it
        // is an orphan until it has another parent.
        self.push(from, direction, amount);
        for (start, upstream) in [(from, true), (to, false)] {
            let mut at = start;
            while let Parent::Neighbour(direction) = self.nodes[at as usize].parent {
                let (direction, next) =
                    (usize::from(direction), self.nodes[at as usize].neighbours[usize::from(direction)]);
                if upstream {
                    self.push(next, back(direction), amount)
                } else {
                    self.push(at, direction, amount)
                }
                if self.open(at, direction, !upstream) == 0 {
                    self.orphan(at);
                }
                at = next;
            }
            let root = &mut self.nodes[at as usize];
            root.terminal -= if upstream { amount } else { -amount };
            if root.terminal == 0 {
                self.orphan(at);
            }
        }
    }

    fn push(&mut self, from: u32, direction: usize, amount: i32) {
        let node = &mut self.nodes[from as usize];
        node.residual[direction] -= amount;
        let to = node.neighbours[direction];
        self.nodes[to as usize].residual[back(direction)] += amount;
    }

    fn orphan(&mut self, index: u32) {
        self.nodes[index as usize].parent = Parent::Orphan;
        self.orphans.push_back(index);
    }

    /// Finds a new parent for an orphan, or sets it free and orphans its children.
    fn adopt(&mut self, index: u32) {
        let Node { tree, neighbours, .. } = self.nodes[index as usize];
        let towards = tree == Tree::Sink;
        let mut best = None;
        for (direction, neighbour) in neighbours.into_iter().enumerate() {
            if self.open(index, direction, towards) == 0 || self.nodes[neighbour as usize].tree != tree {
                continue;
            }
            if let Some(distance) = self.rooted(neighbour)
                && best.is_none_or(|(shortest, _)| distance < shortest)
            {
                best = Some((distance, direction as u8));
            }
        }
        // Still of the tree: its children stay as they are.
        if let Some((distance, direction)) = best {
            let clock = self.clock;
            let node = &mut self.nodes[index as usize];
            node.parent = Parent::Neighbour(direction);
            (node.seen, node.distance) = (clock, distance + 1);
            return;
        }
        for (direction, neighbour) in neighbours.into_iter().enumerate() {
            if neighbour == NO_NODE || self.nodes[neighbour as usize].tree != tree {
                continue;
            }
            // It may be reached again from there, when that node grows.
            if self.open(index, direction, towards) > 0 {
                self.activate(neighbour);
            }
            if self.nodes[neighbour as usize].parent == Parent::Neighbour(back(direction) as u8) {
                self.orphan(neighbour);
            }
        }
        let node = &mut self.nodes[index as usize];
        (node.tree, node.parent) = (Tree::Free, Parent::None);
    }

    /// The distance of a node to its terminal, if it still hangs on one.
    fn rooted(&mut self, index: u32) -> Option<u32> {
        // Only a path that ends at a terminal counts: it may lead to an orphan, the node that looks for a parent
        // among them.
        let (mut at, mut steps) = (index, 0);
        let distance = loop {
            let node = &self.nodes[at as usize];
            if node.seen == self.clock && !matches!(node.parent, Parent::Orphan | Parent::None) {
                break steps + node.distance;
            }
            steps += 1;
            match node.parent {
                Parent::Terminal => break steps,
                Parent::Neighbour(direction) => at = node.neighbours[usize::from(direction)],
                Parent::Orphan | Parent::None => return None,
            }
        };
        // What is known now is kept on the way.
        let (mut at, mut left) = (index, distance);
        while self.nodes[at as usize].seen != self.clock {
            let clock = self.clock;
            let node = &mut self.nodes[at as usize];
            (node.seen, node.distance) = (clock, left);
            let Parent::Neighbour(direction) = node.parent else { break };
            at = node.neighbours[usize::from(direction)];
            left -= 1;
        }
        Some(distance)
    }
}
