"""An archive read as the log that it was sealed from: for a replay without Kafka. Trusts the files; `ledger-verify` says whether that is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import OperatorError
from ledger.sealing.archive import Archive

Read = tuple[int, int, bytes | None, bytes | None, Any]
"""(offset, broker time in milliseconds, key, value, headers): as a replay takes it."""


class ArchiveLog:
    """Topics and partitions of an archive, by position."""

    def __init__(self, archive: Archive) -> None:
        self._sealed = SealedArchive(archive)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(first offset, offset behind the last) that are sealed."""
        genesis = self._sealed.genesis(topic, partition)
        return genesis.first_offset, genesis.first_offset + self._sealed.newest(topic, partition).size - 1

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Read]]:
        """The records first <= offset < end, in order, in batches.

        Raises:
            OperatorError: one of them is not sealed, or its file is not there.
        """
        if first >= end:
            return
        low, high = self.bounds(topic, partition)
        if first < low or end > high:
            what = f"cannot read {topic}-{partition} from {first} to {end}: the archive holds {low} to {high}"
            raise OperatorError(what, hint="ledger seal --once")
        batch: list[Read] = []
        for record in self._sealed.records(topic, partition, 1 + first - low, 1 + end - low):
            batch.append((record.offset, record.timestamp, record.key, record.value, record.headers))
            if len(batch) == batch_records_max:
                yield batch
                batch = []
        if batch:
            yield batch
