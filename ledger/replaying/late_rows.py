"""A fold from offset 0 that keeps every subject in memory, and makes rows once, at the end: for rebuilding and for comparing.

Pure, but for what its store asks. Measured reasons: docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ledger.core import rows
from ledger.core.delta import Delta, Row
from ledger.core.entries import entry_row
from ledger.core.plain import DueHolding
from ledger.core.subject import Subject
from ledger.folding.ports import Found, Holders, Progress, SubjectRows
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Reads


class NothingStored:
    """SubjectStore of a fold that begins at offset 0 and forgets nothing: there is nothing to ask for but old repeats and old history."""

    def load(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        return {}

    def due(self, partition: int, since: int, until: int, after: bytes, limit: int) -> list[Found]:
        return []

    def plain(self, subject_ids: Collection[bytes], since: int, until: int) -> list[DueHolding]:
        return []

    def of_controller(self, partition: int, controller: str, after: bytes, limit: int) -> list[Found]:
        return []

    def held_by(self, partition: int, controller: str, holders: Holders, after: bytes, limit: int) -> list[Found]:
        return []

    def latest_facts(self, subject_ids: Collection[bytes], after: int) -> dict[bytes, int]:
        return {}

    def newest_event_id(self, partition: int) -> bytes | None:
        return None

    def register_copies(self, partition: int) -> Iterable[tuple[int, bytes]]:
        return ()

    def known_events(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, bytes]:
        return {}

    def history(self, partition: int, subject_id: bytes) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of the subject's facts that the fold was told are committed, in offset order."""
        return ()


class LateRows(Projecting):
    """A fold whose holdings and subjects become rows once, at the end: in a whole partition most of them change many times."""

    def __init__(
        self, partition: int, store: NothingStored, *, topic: str = "facts", partitions: int, simulated: bool, reading: Reads | None = None
    ) -> None:
        super().__init__(
            partition, store, topic=topic, partitions=partitions, progress=Progress(0, 0, 0, 0), simulated=simulated,
            cache_subjects_max=1 << 62, reading=reading,
        )  # fmt: skip
        self._obligations: dict[bytes, Row] = {}

    def forget(self) -> None:
        """Let go of all state now: with the collector off, the ring of fold and step would keep it for the life of the process."""
        self.subjects.clear()
        self._obligations.clear()
        self._reading.clear()
        self._uncommitted.clear()

    def _store_rows(self, touched: dict[bytes, Subject], delta: Delta) -> None:
        """Keep the rows of obligations, which leave the state when they are settled; the marks of all else stay for the end."""
        self._settle_due()
        for subject in touched.values():
            for obligation in subject.touched_obligations.values():
                self._obligations[obligation.obligation_id] = rows.obligation_row(subject, self.partition, obligation)
            subject.touched_obligations.clear()

    # The order is that of first appearance, which is how the objects lie in memory: in order of the keys, every row would wait
    # for a dozen cache misses, and cost three times as much.

    def holding_rows(self) -> Iterator[Row]:
        """The last row of every holding, those of a subject together."""
        partition, row = self.partition, rows.holding_row
        for subject in self.subjects.values():
            holdings = subject.holdings
            for key in subject.touched_holdings:
                yield row(subject, partition, holdings[key])

    def subject_rows(self) -> Iterator[Row]:
        """The last row of every subject that has one."""
        return (rows.subject_row(subject, self.partition) for subject in self.subjects.values() if subject.touched)

    def entry_rows(self) -> Iterator[Row]:
        """The last row of every entry, those of a subject together."""
        for subject in self.subjects.values():
            for section, place in subject.touched_entries:
                yield entry_row(subject, self.partition, section, place)

    def obligation_rows(self) -> Iterator[Row]:
        """The last row of every obligation."""
        return iter(self._obligations.values())
