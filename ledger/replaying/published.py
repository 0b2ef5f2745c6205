"""What stands on the topics of outcomes, and all of it held against what a fold has derived: for the rebuild and for an audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.adapters.postgres_outcomes import stored_outcomes
from ledger.adapters.postgres_partition_writer import SHADOW_SCHEMA
from ledger.replaying.outcome_check import Due, Findings, Place, Published, compare_outcomes
from ledger.replaying.replay import BATCH_RECORDS_MAX, Log
from ledger.topics import DEAD_LETTERS, OBLIGATIONS, VIOLATIONS

Marks = dict[tuple[str, int], int]
"""(topic, partition) -> the offset behind the last record that is to be compared."""


def marks_of(log: Log, partitions: int) -> Marks:
    """Where the topics of outcomes end now. Asked before how far `facts` is folded: then all that is below was derived from what is folded."""
    return {(topic, number): log.bounds(topic, number)[1] for topic in (OBLIGATIONS, VIOLATIONS) for number in range(partitions)}


def compare_all(dsn: str, log: Log, marks: Marks, due: Mapping[int, Due]) -> Findings:
    """Hold the outcomes of the shadow against what is published below the marks. due: by partition."""
    found = Findings()
    for (topic, partition), end in marks.items():
        derived = stored_outcomes(dsn, SHADOW_SCHEMA, topic, partition)
        found.add(compare_outcomes(topic, partition, derived, _published(log, topic, partition, end), due.get(partition, Due())))
    return found


def first_unpublished(dsn: str, log: Log, partitions: Iterable[int], found: Findings) -> dict[int, Place | None]:
    """By partition: the first outcome of the shadow that is on no topic, dead letters among them; None: all are. found: what was compared."""
    dead = {each.value for each in _published(log, DEAD_LETTERS, 0, log.bounds(DEAD_LETTERS, 0)[1])}
    first: dict[int, Place | None] = {}
    for number in partitions:
        waiting = [place for place, _, _, value in stored_outcomes(dsn, SHADOW_SCHEMA, DEAD_LETTERS, number) if value not in dead]
        first[number] = min([*waiting, *([found.unpublished_from[number]] if number in found.unpublished_from else [])], default=None)
    return first


def _published(log: Log, topic: str, partition: int, end: int) -> Iterator[Published]:
    for batch in log.read(topic, partition, 0, end, batch_records_max=BATCH_RECORDS_MAX):
        for offset, _, key, value, headers in batch:
            try:
                said = tuple((headers() if callable(headers) else headers) or ())
            except (SystemError, UnicodeDecodeError):  # the client cannot carry a header's name that is not UTF-8
                said = None
            yield Published(offset, key, value or b"", said)
