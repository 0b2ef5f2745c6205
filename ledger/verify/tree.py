"""The Merkle tree of RFC 6962 section 2.1, as the RFC defines it: by recursion.

    MTH({})   = SHA-256()
    MTH({d})  = SHA-256(0x00 || d)
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])),  k the largest power of two smaller than n

A long log is not held in memory: bundles of 256 leaves come one after the other, and of those behind us only the roots of the largest whole
subtrees are kept (`Growing`): for a size of binary 1011 (in bundles) one of 8, one of 2 and one of 1. That is the left edge of the recursion.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

WIDTH = 256


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def largest_power_below(n: int) -> int:
    return 1 << ((n - 1).bit_length() - 1)


def root(hashes: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes (or, for a tile of a higher level, over the hashes of whole subtrees)."""

    def between(low: int, high: int) -> bytes:
        if high - low == 1:
            return hashes[low]
        middle = low + largest_power_below(high - low)
        return node_hash(between(low, middle), between(middle, high))

    return between(0, len(hashes)) if hashes else hashlib.sha256().digest()


class Growing:
    """The whole bundles seen so far, as the roots of their largest whole subtrees, left to right: (bundles, hash)."""

    def __init__(self) -> None:
        self.edge: list[tuple[int, bytes]] = []

    def append_bundle(self, bundle_root: bytes) -> None:
        bundles, grown = 1, bundle_root
        while self.edge and self.edge[-1][0] == bundles:
            _, left = self.edge.pop()
            bundles, grown = 2 * bundles, node_hash(left, grown)
        self.edge.append((bundles, grown))

    def root_with(self, leaves: Sequence[bytes]) -> bytes:
        """MTH of all bundles so far and the leaves (at most one bundle) behind them."""
        parts = [part for _, part in self.edge]
        if leaves or not parts:
            parts.append(root(leaves))
        whole = parts.pop()
        while parts:
            whole = node_hash(parts.pop(), whole)
        return whole


def consistency_proof(old: int, new: int, range_hash: Callable[[int, int], bytes]) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; `range_hash(low, high)` is MTH(D[low:high])."""

    def subproof(m: int, low: int, high: int, is_known: bool) -> list[bytes]:
        if m == high - low:
            return [] if is_known else [range_hash(low, high)]
        k = largest_power_below(high - low)
        if m <= k:
            return [*subproof(m, low, low + k, is_known), range_hash(low + k, high)]
        return [*subproof(m - k, low + k, high, False), range_hash(low, low + k)]

    return subproof(old, 0, new, True)


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof takes both roots from the same hashes: the definition of PROOF walked backwards."""
    if not 0 < old <= new:
        return False
    rest = list(proof)

    def both(m: int, n: int, is_known: bool) -> tuple[bytes, bytes]:
        if m == n:
            same = old_root if is_known else rest.pop()
            return same, same
        k = largest_power_below(n)
        beside = rest.pop()
        if m <= k:
            first, second = both(m, k, is_known)
            return first, node_hash(second, beside)
        first, second = both(m - k, n - k, False)
        return node_hash(beside, first), node_hash(beside, second)

    try:
        first, second = both(old, new, True)
    except IndexError:  # the proof is too short
        return False
    return not rest and (first, second) == (old_root, new_root)
