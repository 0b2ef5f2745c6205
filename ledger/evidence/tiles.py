"""Where the hashes and entries of a tree lie in files, after C2SP tlog-tiles: 256 to a tile, at heights of eight levels.

Pure. A tile at level L and number N holds the hashes at height 8 L of subtrees [256 N, 256 N + width). Full tiles never change; the last one of each
level is partial, and lies under a name that tells its width, until it is full. Source: https://c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.evidence.merkle import HASH_BYTES, node_hash

WIDTH: Final = 256
HEIGHT: Final = 8
ENTRY_BYTES_MAX: Final = 65_535


class Tile(NamedTuple):
    """One tile. level: None for a bundle of entries. width: hashes or entries in it, 1 to 256."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's own: tile/0/x001/234.p/5, tile/entries/000."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number_path(self.number)}{partial}"


def number_path(number: int) -> str:
    """A tile's number as a path: three digits to a folder, all but the last with an x before them."""
    found = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        found = f"x{number % 1000:03d}/{found}"
    return found


def tiles_of(old: int, new: int) -> Iterator[Tile]:
    """The tiles of hashes that a tree of `new` leaves has and one of `old` had not, from the lowest level up."""
    level = 0
    while new >> (HEIGHT * level):
        before, now = old >> (HEIGHT * level), new >> (HEIGHT * level)
        for number in range(before // WIDTH, (now + WIDTH - 1) // WIDTH):
            width = min(WIDTH, now - number * WIDTH)
            if number * WIDTH + width > before:
                yield Tile(level, number, width)
        level += 1


def bundles_of(old: int, new: int) -> Iterator[Tile]:
    """The bundles of entries that a tree of `new` leaves has and one of `old` had not."""
    for number in range(old // WIDTH, (new + WIDTH - 1) // WIDTH):
        width = min(WIDTH, new - number * WIDTH)
        if number * WIDTH + width > old:
            yield Tile(None, number, width)


def bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle: each entry after its length, a uint16.

    Raises:
        ValueError: an entry is too long.
    """
    if any(len(entry) > ENTRY_BYTES_MAX for entry in entries):
        raise ValueError("cannot bundle entries: expected at most 65535 bytes each, got more")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def nodes_of(size: int, read: Callable[[Tile], bytes]) -> Callable[[int, int], bytes]:
    """Any node of a tree of this size, from its tiles. read: the bytes of a tile, of the width that this size has."""

    def node(height: int, number: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        first = number << above
        tile, place = divmod(first, WIDTH)
        data = read(Tile(level, tile, min(WIDTH, (size >> (HEIGHT * level)) - tile * WIDTH)))
        hashes = [data[start : start + HASH_BYTES] for start in range(place * HASH_BYTES, (place + (1 << above)) * HASH_BYTES, HASH_BYTES)]
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    return node
