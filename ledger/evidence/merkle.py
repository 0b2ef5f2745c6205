"""The Merkle tree of RFC 6962 section 2.1, as it grows: hashes of leaves and nodes, and the few nodes that the next leaf needs.

Pure. A tree of n leaves is kept as its *frontier*: the roots of its complete subtrees, the largest first, one for each bit of n. Appending a leaf
costs two hashes on average, whatever the size. Must never be given what a client says about order: positions decide which side a hash is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree. size: leaves so far; nodes: roots of its complete subtrees, the largest first."""

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        """Raises: ValueError, when a tree of that size has another number of complete subtrees."""
        if size < 0 or size.bit_count() != len(nodes):
            raise ValueError("cannot continue tree: expected one node for each bit of its size, got another number")
        self.size = size
        self._nodes = list(nodes)

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest first."""
        return tuple(self._nodes)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf's hash; give the nodes that this completes, from the leaf up: of heights 0, 1, 2, ..."""
        completed, node, size = [leaf], leaf, self.size
        while size & 1:
            node = node_hash(self._nodes.pop(), node)
            completed.append(node)
            size >>= 1
        self._nodes.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root hash of the tree as it is."""
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = node_hash(node, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()
