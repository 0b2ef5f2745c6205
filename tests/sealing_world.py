"""A log and a database in memory, for tests of the sealer: real files, real keys, the real sealer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ledger.errors import FencedError, OperatorError
from ledger.evidence.entries import Record
from ledger.sealing.archive import Archive
from ledger.sealing.heads import Head
from ledger.sealing.keys import SealingKey
from ledger.sealing.sealer import Round, Sealer, Topic

LEDGER = "ledger.example"
KEY = SealingKey(LEDGER, bytes(range(32)))
NEXT_KEY = SealingKey(LEDGER, bytes(range(1, 33)))
TOPICS = {"facts": Topic("facts-topic-id", 2), "register": Topic("register-topic-id", 1)}


def records(first: int, count: int) -> list[Record]:
    """Records with every kind of key, value and headers."""
    return [
        Record(offset, 1_790_000_000_000 + offset, 1, None if offset % 5 == 0 else b"k%d" % offset, b"value" * (offset % 7),
               (("ce_type", b"t"), ("nothing", None)) if offset % 2 else ())
        for offset in range(first, first + count)
    ]  # fmt: skip


class MemoryHeads:
    """Heads as PostgreSQL keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, Head] = {}

    def heads(self) -> dict[str, Head]:
        return dict(self.kept)

    def move_head(self, origin: str, old: str | None, new: Head) -> None:
        known = self.kept.get(origin)
        if (None if known is None else known.note) != old:
            raise FencedError(origin, 0, known.size if known else 0, new.size)
        self.kept[origin] = new


class World:
    """A broker with three partitions, one database, one archive."""

    def __init__(self, root: Path) -> None:
        self.archive, self.memory = Archive(root), MemoryHeads()
        self.broker: dict[tuple[str, int], list[Record]] = {("facts", 0): [], ("facts", 1): [], ("register", 0): []}
        self.topics = dict(TOPICS)
        self.clock = 1_790_000_000_000

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        there = self.broker[topic, partition]
        return (there[0].offset, there[-1].offset + 1) if there else (0, 0)

    def read_whole(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Record]]:
        there = [each for each in self.broker[topic, partition] if first <= each.offset < end]
        if len(there) != end - first:
            raise OperatorError(f"cannot read {topic}-{partition}: gap")
        for at in range(0, len(there), batch_records_max):
            yield there[at : at + batch_records_max]

    def add(self, topic: str, partition: int, count: int) -> None:
        there = self.broker[topic, partition]
        there += records(there[-1].offset + 1 if there else 0, count)

    def sealer(self, *keys: SealingKey) -> Sealer:
        sealer = Sealer(self.archive, self, self.memory, keys or (KEY,))
        sealer.open("cluster", self.topics)
        return sealer

    def seal(self, *keys: SealingKey) -> Round:
        """One round of a sealer of its own."""
        self.clock += 1000
        return self.sealer(*keys).seal(self.clock)
