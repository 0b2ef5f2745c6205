"""An archive read as the log that it was sealed from: for a replay without Kafka. Trusts the files; `ledger-verify` says whether that is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ledger.auditing.sealed_archive import SealedArchive, folder_of
from ledger.errors import OperatorError
from ledger.evidence.entries import ENTRY, RECORD
from ledger.sealing.archive import Archive

_FOR_NAMES: Final = str.maketrans("+/", "-_")
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

    def offset_after(self, topic: str, partition: int, millis: int) -> int:
        """The offset of the first sealed record that the broker wrote later than that time; the offset behind the last when there is none."""
        size = self._sealed.newest(topic, partition).size
        for bundle in self._sealed.entries(folder_of(topic, partition), size):
            for entry in bundle:
                _, kind, _, offset, timestamp, _, _ = ENTRY.unpack(entry)
                if kind == RECORD and timestamp > millis:
                    return int(offset)
        return self.bounds(topic, partition)[1]

    def sealed_at(self) -> int:
        """When the newest round was made, by the sealer's clock: milliseconds since 1970."""
        return self._sealed.sealed_at()

    def require_ledger(self, cluster_id: str, topic_ids: Mapping[str, str], places: Iterable[tuple[str, int]]) -> None:
        """Refuse an archive of another ledger. topic_ids: by name, as the Kafka client writes them; a topic whose id is unknown is not compared.

        Raises:
            OperatorError: it is another ledger's, or of topics that were made again since, or a partition is not in it.
        """
        for topic, partition in places:
            genesis = self._sealed.genesis(topic, partition)
            expected = topic_ids.get(topic, genesis.topic_id).translate(_FOR_NAMES)
            if (genesis.cluster_id, genesis.topic_id) != (cluster_id, expected):
                raise OperatorError(
                    f"cannot replay: expected an archive of cluster {cluster_id} and topic {topic} with id {expected}, "
                    f"got one of cluster {genesis.cluster_id} with id {genesis.topic_id}",
                    hint="this archive was sealed from another ledger than this database was made from: see --archive and LEDGER__POSTGRES__DSN",
                )

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
