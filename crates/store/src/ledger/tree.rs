//! The Merkle tree of RFC 9162, section 2.1, as pure arithmetic over hashes.
//!
//! Promises: appending, roots, inclusion and consistency proofs with SHA-256, checked against two other computations in
//! its tests. Does not: know deeds, rows or signatures; where the nodes are kept is the caller's.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// No tree has more leaves; a proof is then never longer than [`PROOF_MAX`] and sums cannot overflow.
pub const LEAVES_MAX: u64 = 1 << 62;

/// The most hashes a proof can have: one for each level and one more for consistency.
pub(crate) const PROOF_MAX: usize = 64;

/// The hash of an inner node: SHA-256 of 0x01 and both children.
pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([1_u8]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub(crate) fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The right edge of a growing tree: the roots of its complete subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// How many leaves the tree has.
    pub size: u64,
    /// INVARIANT: as many as `size` has one-bits. Held by `an_edge_has_the_root_of_its_leaves`.
    peaks: Vec<Hash>,
}

impl Edge {
    /// An edge from kept peaks; nothing if their number cannot belong to that size.
    pub(crate) fn of(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize && size <= LEAVES_MAX).then_some(Self { size, peaks })
    }

    /// Appends a leaf and gives every node it completes: the leaf, then each larger subtree that ends with it.
    pub(crate) fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        let mut nodes = vec![leaf];
        let mut top = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            top = node(&left, &top);
            nodes.push(top);
        }
        self.peaks.push(top);
        self.size += 1;
        nodes
    }

    pub(crate) fn root(&self) -> Hash {
        join(&self.peaks)
    }
}

/// The root over complete subtrees, largest first: each is the left child of all that follows.
fn join(peaks: &[Hash]) -> Hash {
    let folded = peaks.iter().rev().copied().reduce(|right, left| node(&left, &right));
    folded.unwrap_or_else(empty_root)
}

/// A run of leaves, `start..end`, whose hash a proof needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u64,
    pub end: u64,
}

/// One complete subtree: the node of `level` (a leaf is level 0) that ends at leaf `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub last: u64,
    pub level: usize,
}

impl Span {
    /// The complete subtrees it is made of, largest first. Spans of a proof start at a multiple of their largest part.
    pub(crate) fn places(self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let level = (self.end - start).ilog2();
            start += 1 << level;
            places.push(Place { last: start - 1, level: level as usize });
        }
        places
    }

    /// Its hash from the hashes of [`Span::places`].
    pub(crate) fn hash(parts: &[Hash]) -> Hash {
        join(parts)
    }
}

/// Where a tree of `size` (two or more) leaves splits: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The spans of an inclusion proof, in its order (2.1.3.1). The leaf must be below `size`.
pub(crate) fn inclusion(leaf: u64, size: u64) -> Vec<Span> {
    let (mut start, mut end) = (0, size);
    let mut spans = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if leaf < middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    spans.reverse();
    spans
}

/// The spans of a consistency proof between `old` and `new` (2.1.4.1); empty if they are equal or `old` is zero.
pub(crate) fn consistency(old: u64, new: u64) -> Vec<Span> {
    if old == 0 || old >= new {
        return Vec::new();
    }
    let (mut start, mut end) = (0, new);
    let mut spans = Vec::new();
    // The old tree's own root need not be told as long as it is a subtree from the very left.
    let mut is_told = true;
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
            is_told = false;
        }
    }
    if !is_told {
        spans.push(Span { start, end });
    }
    spans.reverse();
    spans
}

/// Whether `proof` shows that leaf number `seq` with hash `leaf` is in the tree of `size` and `root` (2.1.3.2).
pub(crate) fn includes(leaf: Hash, seq: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if seq >= size || size > LEAVES_MAX || proof.len() > PROOF_MAX {
        return false;
    }
    let (mut place, mut last, mut hash) = (seq, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = node(sibling, &hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree `new` begins with the tree `old`, each given as size and root (2.1.4.2).
pub(crate) fn extends(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size || new_size > LEAVES_MAX || proof.len() > PROOF_MAX {
        return false;
    }
    if old_size == 0 {
        return *old_root == empty_root() && proof.is_empty();
    }
    if old_size == new_size {
        return old_root == new_root && proof.is_empty();
    }
    // A whole subtree from the left is its own first hash.
    let begun = if old_size.is_power_of_two() { Some((old_root, proof)) } else { proof.split_first() };
    let Some((first, rest)) = begun else { return false };
    let shift = (old_size - 1).trailing_ones();
    let (mut place, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            old_hash = node(sibling, &old_hash);
            new_hash = node(sibling, &new_hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            new_hash = node(&new_hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    /// RFC 9162, 2.1.1, word for word and as slow as that is.
    fn plain_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&plain_root(left), &plain_root(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| Sha256::digest([&[0_u8], n.to_string().as_bytes()].concat()).into()).collect()
    }

    /// All nodes as the ledger keeps them: what each leaf completed.
    fn kept(leaves: &[Hash]) -> Vec<Vec<Hash>> {
        let mut edge = Edge::default();
        leaves.iter().map(|leaf| edge.push(*leaf)).collect()
    }

    fn proof(spans: &[Span], kept: &[Vec<Hash>]) -> Vec<Hash> {
        let hash = |place: Place| kept[usize::try_from(place.last).unwrap()][place.level];
        spans.iter().map(|span| Span::hash(&span.places().into_iter().map(hash).collect::<Vec<_>>())).collect()
    }

    #[test]
    fn an_edge_has_the_root_of_its_leaves() {
        let all = leaves(130);
        let mut edge = Edge::default();
        assert_eq!(edge.root(), plain_root(&[]));
        for size in 1..=all.len() {
            edge.push(all[size - 1]);
            assert_eq!(edge.root(), plain_root(&all[..size]), "{size} leaves");
            assert_eq!(edge.peaks.len(), size.count_ones() as usize);
            assert_eq!(Edge::of(edge.size, edge.peaks.clone()), Some(edge.clone()));
        }
        assert_eq!(Edge::of(7, edge.peaks), None);
    }

    #[test]
    fn roots_are_those_of_another_implementation() {
        let mut other = MemoryBackedTree::<sha2::Sha256, String>::new();
        let mut edge = Edge::default();
        for (n, leaf) in leaves(70).into_iter().enumerate() {
            other.push(n.to_string());
            edge.push(leaf);
            assert_eq!(edge.root().as_slice(), other.root().as_bytes().as_slice());
        }
    }

    proptest! {
        #[test]
        fn an_inclusion_proof_holds_for_its_leaf_and_no_other((size, seq) in (1_usize..200).prop_flat_map(|n| (Just(n), 0..n)), flip in 0_usize..64) {
            let all = leaves(size);
            let root = plain_root(&all);
            let shown = proof(&inclusion(seq as u64, size as u64), &kept(&all));
            prop_assert!(includes(all[seq], seq as u64, size as u64, &root, &shown));
            let other = (seq + 1) % size;
            if other != seq {
                prop_assert!(!includes(all[other], seq as u64, size as u64, &root, &shown));
                prop_assert!(!includes(all[seq], other as u64, size as u64, &root, &shown));
            }
            let mut broken = shown.clone();
            if broken.is_empty() {
                broken.push(root);
            } else {
                let at = flip % broken.len();
                broken[at][flip % 32] ^= 1;
            }
            prop_assert!(!includes(all[seq], seq as u64, size as u64, &root, &broken));
            prop_assert!(!includes(all[seq], size as u64, size as u64, &root, &shown));
        }

        #[test]
        fn a_consistency_proof_holds_for_a_prefix_and_nothing_else((new, old) in (1_usize..200).prop_flat_map(|n| (Just(n), 0..=n)), forged in 0_usize..200) {
            let all = leaves(new);
            let (old_root, new_root) = (plain_root(&all[..old]), plain_root(&all));
            let shown = proof(&consistency(old as u64, new as u64), &kept(&all));
            prop_assert!(extends((old as u64, &old_root), (new as u64, &new_root), &shown));
            if old > 0 {
                let mut history = all.clone();
                history[forged % old][0] ^= 1;
                let forged_root = plain_root(&history);
                let forged_proof = proof(&consistency(old as u64, new as u64), &kept(&history));
                prop_assert!(!extends((old as u64, &old_root), (new as u64, &forged_root), &forged_proof));
                prop_assert!(!extends((old as u64, &old_root), (new as u64, &forged_root), &shown));
            }
        }

        #[test]
        fn proofs_are_those_of_another_implementation((size, seq) in (2_usize..120).prop_flat_map(|n| (Just(n), 0..n))) {
            let mut other = MemoryBackedTree::<sha2::Sha256, String>::new();
            (0..size).for_each(|n| other.push(n.to_string()));
            let all = leaves(size);
            let shown = proof(&inclusion(seq as u64, size as u64), &kept(&all)).concat();
            let theirs = other.prove_inclusion(seq);
            prop_assert_eq!(shown.as_slice(), theirs.as_bytes());
            if seq > 0 {
                let shown = proof(&consistency(seq as u64, size as u64), &kept(&all)).concat();
                let theirs = other.prove_consistency(size - seq);
                prop_assert_eq!(shown.as_slice(), theirs.as_bytes());
            }
        }
    }
}
