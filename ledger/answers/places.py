"""Where facts stand on the log: for who proves that they are sealed. Source: docs/evidence.md section 9."""

from __future__ import annotations

from ledger.answers.asking import EVER, Asking
from ledger.core.ids import partition_of_subject, subject_id


def of_event(asking: Asking, event_id: bytes) -> list[tuple[int, int]]:
    """(partition, offset) of the fact with this id; of a register event, of each of its copies."""
    with asking.snapshot() as seen:
        found = seen.offsets({partition: [event_id] for partition in range(seen.partitions)})
    return [(partition, offsets[event_id]) for partition, offsets in sorted(found.items()) if event_id in offsets]


def of_subject(asking: Asking, controller: str, subject_ref: str) -> list[tuple[int, int]]:
    """(partition, offset) of each fact about a subject, in log order."""
    with asking.snapshot() as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        return [(partition, offset) for offset, _ in seen.store.history(partition, subject_id(controller, subject_ref), EVER)]
