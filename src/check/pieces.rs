//! Sums over ranges of chunks that can be computed anywhere and joined in any order, to the same bits.
//!
//! Floating-point addition is not associative, so the tree of additions is fixed once and for all: chunks are the
//! leaves of the binary tree over all whole numbers, and a node is the sum of its two halves. A range is kept as the
//! largest nodes that it is made of. Joining two ranges puts their nodes together, and where both halves of a node are there, adds
//! them. So joining is associative and commutative, the empty range is its unit, and however a range was
//! split, the same nodes come out.

use std::ops::Range;

/// Something that can be added, node by node.
pub trait Add {
    /// The sum of a node from those of its lower and its upper half.
    fn add(&mut self, upper: &Self);
}

/// A node of the tree: the chunks from `index 2^level` on, `2^level` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub level: u32,
    pub index: u64,
}

impl Node {
    pub fn chunks(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }

    pub fn halves(self) -> Option<[Node; 2]> {
        let level = self.level.checked_sub(1)?;
        Some([0, 1].map(|half| Node { level, index: 2 * self.index + half }))
    }

    /// The largest nodes that a range is made of, in order.
    pub fn of(mut range: Range<u64>) -> Vec<Node> {
        let mut nodes = Vec::new();
        while range.start < range.end {
            let aligned = range.start.trailing_zeros().min(62);
            let fitting = (range.end - range.start).ilog2();
            let level = aligned.min(fitting);
            nodes.push(Node { level, index: range.start >> level });
            range.start += 1 << level;
        }
        nodes
    }
}

/// The sums of some chunks, as the largest nodes that they are made of, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Pieces<T>(Vec<(Node, T)>);

impl<T> Default for Pieces<T> {
    fn default() -> Pieces<T> {
        Pieces(Vec::new())
    }
}

/// Two ranges have a chunk in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap;

impl<T: Add + Clone> Pieces<T> {
    /// From nodes in any order.
    pub fn new(nodes: impl IntoIterator<Item = (Node, T)>) -> Result<Pieces<T>, Overlap> {
        let mut nodes: Vec<(Node, T)> = nodes.into_iter().collect();
        nodes.sort_by_key(|(node, _)| node.chunks().start);
        if nodes.windows(2).any(|pair| pair[0].0.chunks().end > pair[1].0.chunks().start) {
            return Err(Overlap);
        }
        let mut joined: Vec<(Node, T)> = Vec::new();
        for (mut node, mut sum) in nodes {
            // An upper half whose lower half is there.
            while let Some((lower, lower_sum)) = joined
                .pop_if(|(lower, _)| node.index % 2 == 1 && (lower.level, lower.index) == (node.level, node.index - 1))
            {
                let mut whole = lower_sum;
                whole.add(&sum);
                (node, sum) = (Node { level: lower.level + 1, index: lower.index / 2 }, whole);
            }
            joined.push((node, sum));
        }
        Ok(Pieces(joined))
    }

    /// Both together.
    pub fn join(self, other: Pieces<T>) -> Result<Pieces<T>, Overlap> {
        Pieces::new(self.0.into_iter().chain(other.0))
    }

    pub fn nodes(&self) -> &[(Node, T)] {
        &self.0
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> u64 {
        self.0.iter().map(|(node, _)| node.chunks()).map(|range| range.end - range.start).sum()
    }

    /// The sum over everything, node after node.
    pub fn total(&self) -> Option<T> {
        let mut sums = self.0.iter().map(|(_, sum)| sum);
        let mut total = sums.next()?.clone();
        sums.for_each(|sum| total.add(sum));
        Some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Add for f64 {
        fn add(&mut self, upper: &f64) {
            *self += upper;
        }
    }

    /// Values whose sum depends on the order of addition.
    fn leaf(chunk: u64) -> (Node, f64) {
        (Node { level: 0, index: chunk }, 1.0 / (chunk as f64 + 0.3))
    }

    #[test]
    fn nodes_cover_their_range_once() {
        for range in [0..0, 0..1, 0..7, 5..23, 8..16, 1023..4097] {
            let chunks: Vec<u64> = Node::of(range.clone()).into_iter().flat_map(Node::chunks).collect();
            assert_eq!(chunks, range.collect::<Vec<u64>>());
        }
    }

    #[test]
    fn a_chunk_counts_once() {
        let three = Pieces::new((0..3).map(leaf)).expect("no chunk twice");
        assert_eq!(three.clone().join(Pieces::new([leaf(2)]).expect("one chunk")), Err(Overlap));
        assert_eq!(three.join(Pieces::default()).map(|p| p.chunks()), Ok(3));
    }

    proptest! {
        /// Any split and any order give the same bits.
        #[test]
        fn joining_is_associative_and_commutative(count in 1u64..200, cuts in prop::collection::vec(0u64..200, 0..12), seed: u64) {
            let whole = Pieces::new((0..count).map(leaf)).expect("no chunk twice");
            let mut ends: Vec<u64> = cuts.into_iter().filter(|cut| *cut < count).chain([0, count]).collect();
            ends.sort_unstable();
            let mut parts: Vec<Pieces<f64>> =
                ends.windows(2).map(|pair| Pieces::new((pair[0]..pair[1]).map(leaf)).expect("no chunk twice")).collect();
            let mut seed = seed;
            while parts.len() > 1 {
                seed = crate::vector::mix(seed);
                let one = parts.swap_remove(seed as usize % parts.len());
                let other = parts.swap_remove((seed >> 32) as usize % parts.len());
                parts.push(one.join(other).expect("no chunk twice"));
            }
            prop_assert_eq!(&parts[0], &whole);
            prop_assert_eq!(parts[0].total().map(f64::to_bits), whole.total().map(f64::to_bits));
        }
    }
}
