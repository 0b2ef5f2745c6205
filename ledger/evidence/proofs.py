"""Proofs that a leaf is in a tree, and that one tree is the beginning of another: RFC 6962 section 2.1.1 and 2.1.2, RFC 9162 section 2.1.3 and 2.1.4.

Pure. Made from the nodes of complete subtrees, which `Nodes` gives by place: (height, number) is the subtree over leaves [number << height,
(number + 1) << height). Checked here too, for tests and for who reads one proof; an auditor uses ledger.verify.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger.evidence.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

Nodes = Callable[[int, int], bytes]
"""(height, number) -> the hash of that complete subtree."""


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """The hashes that lead from a leaf to the root, from the leaf up.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("cannot prove inclusion: expected an index below the size, got another")
    return _path(index, 0, size, nodes)


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The hashes that show a tree of `old` leaves to be the beginning of one of `new`; empty when there is nothing to show.

    Raises:
        ValueError: the old tree is larger than the new one.
    """
    if not 0 <= old <= new:
        raise ValueError("cannot prove consistency: expected an old size that is not above the new one, got another")
    return [] if old in (0, new) else _subproof(old, 0, new, is_whole=True, nodes=nodes)


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from this leaf at this index to the root of a tree of this size (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or any(len(each) != HASH_BYTES for each in proof):
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, each)
        place >>= 1
        last >>= 1
    return last == 0 and found == root


def is_consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of `old` leaves is the beginning of the one of `new` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new or any(len(each) != HASH_BYTES for each in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place >>= 1
        last >>= 1
    first = second = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            second = node_hash(second, each)
        place >>= 1
        last >>= 1
    return last == 0 and first == old_root and second == new_root


def _path(index: int, begin: int, end: int, nodes: Nodes) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, nodes), subtree(middle, end, nodes)]
    return [*_path(index, middle, end, nodes), subtree(begin, middle, nodes)]


def _subproof(old: int, begin: int, end: int, *, is_whole: bool, nodes: Nodes) -> list[bytes]:
    """is_whole: whether the old tree's own root is this subtree, which the verifier has."""
    if old == end:
        return [] if is_whole else [subtree(begin, end, nodes)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_subproof(old, begin, middle, is_whole=is_whole, nodes=nodes), subtree(middle, end, nodes)]
    return [*_subproof(old, middle, end, is_whole=False, nodes=nodes), subtree(begin, middle, nodes)]


def subtree(begin: int, end: int, nodes: Nodes) -> bytes:
    """The hash over leaves [begin, end), where begin is a multiple of the least power of two that is not below their number."""
    count = end - begin
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return nodes(height, begin >> height)
    middle = begin + _split(count)
    return node_hash(subtree(begin, middle, nodes), subtree(middle, end, nodes))


def _split(count: int) -> int:
    """The largest power of two below a number of leaves."""
    return 1 << (count - 1).bit_length() - 1
