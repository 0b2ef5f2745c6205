"""One log while it grows: entries go in, and out come the files that they need and the checkpoint over all of them.

No I/O: who has it writes the files. It keeps the frontier of the tree, and of the last tiles and the last bundle what is not full yet, so that its
memory does not grow with the log. Source: docs/evidence.md sections 1 to 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ledger.evidence.checkpoints import Checkpoint
from ledger.evidence.entries import Record, partition_of, record_entry
from ledger.evidence.merkle import HASH_BYTES, Frontier, leaf_hash
from ledger.evidence.tiles import HEIGHT, WIDTH, Tile, bundle, bundles_of, nodes_of, tiles_of
from ledger.sealing.payload import container, path_of, records_in

Files = Iterator[tuple[str, bytes]]


class GrowingLog:
    """A log of any size, from its last tiles on. has_payload: whether its entries are of records; those of the seals log are texts."""

    def __init__(self, origin: str, *, has_payload: bool) -> None:
        self.origin = origin
        self._has_payload = has_payload
        self._tree = Frontier()
        self._levels: dict[int, list[bytes]] = {}  # of each level of tiles: its last hashes, from the first of the last tile
        self._first: dict[int, int] = {}  # of each level: the number of the hash that stands first in the list
        self._entries: list[bytes] = []  # from the first of the last bundle
        self._records: list[Record | None] = []
        self._first_entry = 0
        self._written = 0

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._tree.size

    def append(self, entry: bytes, record: Record | None = None) -> None:
        """Add an entry, and the record that it is of."""
        for height, node in enumerate(self._tree.append(leaf_hash(entry))):
            if height % HEIGHT == 0:
                self._levels.setdefault(height // HEIGHT, []).append(node)
        self._entries.append(entry)
        if self._has_payload:
            self._records.append(record)

    def checkpoint(self) -> Checkpoint:
        """What is to be signed."""
        return Checkpoint(self.origin, self.size, self._tree.root())

    def payload_files(self) -> Files:
        """The payload files that the log now has and had not when it was last `noted`."""
        if self._has_payload:
            for each in bundles_of(self._written, self.size):
                records = [record for record in self._of(self._records, each) if record is not None]
                yield path_of(each), container(self.origin, each, records)

    def tree_files(self) -> Files:
        """The bundles of entries and the tiles that it now has and had not."""
        for each in bundles_of(self._written, self.size):
            yield each.path, bundle(self._of(self._entries, each))
        for each in tiles_of(self._written, self.size):
            level = each.level or 0
            begin = each.number * WIDTH - self._first.get(level, 0)
            yield each.path, b"".join(self._levels[level][begin : begin + each.width])

    def noted(self) -> None:
        """All files so far are written: forget what is full."""
        self._written = self.size
        for level, hashes in self._levels.items():
            full = (self.size >> (HEIGHT * level)) // WIDTH * WIDTH
            del hashes[: full - self._first.get(level, 0)]
            self._first[level] = full
        full = self.size // WIDTH * WIDTH
        del self._entries[: full - self._first_entry], self._records[: full - self._first_entry]
        self._first_entry = full

    @classmethod
    def from_files(cls, origin: str, size: int, read: Callable[[str], bytes], *, has_payload: bool) -> GrowingLog:
        """A log as it was at a size, from its files. read: path -> bytes.

        Raises:
            ValueError: a file is not what it should be.
        """
        log = cls(origin, has_payload=has_payload)
        nodes = nodes_of(size, lambda tile: read(tile.path))
        begin, frontier = 0, []
        for height in range(size.bit_length() - 1, -1, -1):
            if size >> height & 1:
                frontier.append(nodes(height, begin >> height))
                begin += 1 << height
        log._tree = Frontier(size, frontier)
        level = 0
        while size >> (HEIGHT * level):
            count = size >> (HEIGHT * level)
            log._first[level] = count // WIDTH * WIDTH
            width = count % WIDTH
            data = read(Tile(level, count // WIDTH, width).path) if width else b""
            if len(data) != width * HASH_BYTES:
                raise ValueError("cannot continue log: expected a tile of its width, got another")
            log._levels[level] = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
            level += 1
        log._first_entry = size // WIDTH * WIDTH
        if size % WIDTH:
            last = Tile(None, size // WIDTH, size % WIDTH)
            log._entries = entries_in(read(last.path))
            if has_payload:
                log._records = [*([None] if last.number == 0 else []), *records_in(read(path_of(last)))]
            if len(log._entries) != last.width or (has_payload and len(log._records) != last.width):
                raise ValueError("cannot continue log: expected a bundle of its width, got another")
            if [leaf_hash(entry) for entry in log._entries] != log._levels[0]:
                raise ValueError("cannot continue log: an entry of its last bundle is not that of its tile")
            pairs = zip(log._entries, log._records, strict=True) if has_payload else ()
            if any(record is not None and record_entry(partition_of(entry), record) != entry for entry, record in pairs):
                raise ValueError("cannot continue log: a record of its last bundle is not that of its entry")
        log._written = size
        return log

    def _of(self, kept: list[Any], tile: Tile) -> list[Any]:
        begin = tile.number * WIDTH - self._first_entry
        return kept[begin : begin + tile.width]


def entries_in(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises: ValueError, for what is none."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(entry) != length:
            raise ValueError("cannot continue log: expected a whole bundle, got a part")
        found.append(entry)
        at += 2 + length
    return found
