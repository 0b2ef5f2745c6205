"""Where an outcome stands on its own log: the projections know which fact caused it, not its offset.

Outcomes are sent in the order (offset in `facts`, subject id), so it is looked for by halving; a relay that died sends some of them twice, which sets
the order back a little and never skips one. Source: docs/evidence.md section 12; docs/architecture.md section 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import DataError
from ledger.evidence.entries import Record
from ledger.evidence.tiles import WIDTH

AGAIN_BUNDLES: Final = 16
"""How far from the end of the log is looked once more: the relay sends 1,000 outcomes at a time."""
Key = tuple[int, bytes]
"""(offset in `facts` of the record that caused an outcome, subject id)."""


class SealedOutcomes:
    """Outcomes in an archive. key_of: the key of a record, None for one that is no outcome."""

    def __init__(self, archive: SealedArchive, key_of: Callable[[Record], Key | None]) -> None:
        self._archive, self._key_of = archive, key_of

    def offset_of(self, topic: str, partition: int, caused_at: int, subject_id: bytes, event_id: bytes) -> int:
        """The offset of an outcome.

        Raises:
            DataError: it is not sealed yet.
        """
        size, wanted = self._archive.newest(topic, partition).size, (caused_at, subject_id)
        low, high = 0, (size + WIDTH - 1) // WIDTH
        while high - low > 1:  # the first key of bundle `low` is below what is wanted, that of bundle `high` is not
            middle = (low + high) // 2
            first = self._first_key(topic, partition, middle, size)
            if first is not None and first < wanted:
                low = middle
            else:
                high = middle
        bundles = (size + WIDTH - 1) // WIDTH
        for begin, end in ((low, min(high + 2, bundles)), (max(0, bundles - AGAIN_BUNDLES), bundles)):
            for record in self._archive.records(topic, partition, max(1, begin * WIDTH), min(end * WIDTH, size)):
                if record.value is not None and record.value[5:21] == event_id:
                    return record.offset
        raise DataError(f"cannot prove an outcome of facts-{partition} offset {caused_at}: it is not sealed yet", hint="ledger seal --once")

    def _first_key(self, topic: str, partition: int, bundle: int, size: int) -> Key | None:
        for record in self._archive.records(topic, partition, max(1, bundle * WIDTH), min((bundle + 1) * WIDTH, size)):
            key = self._key_of(record)
            if key is not None:
                return key
        return None
