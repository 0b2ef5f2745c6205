"""Where a consumer group stands, read without joining it: for taking up a partition, and for looking at what is open or parked.

Must never commit or join. Source: docs/acting.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.contract import codec
from ledger.folding.ports import Assigned, DutyLog
from ledger.sdk.duty import Duty, duty_of
from ledger.sdk.duty_errors import GroupInUseError, LogChangedError
from ledger.sdk.duty_position import Position, read_position
from ledger.sdk.duty_selection import Selection
from ledger.sdk.open_duties import OpenDuties, OpenDuty

REFILL_RECORDS: Final = 2_000
"""Records read at once when the bytes of obligations were not kept."""


def begin_partition(log: DutyLog, told: Assigned, selection: Selection, group: str) -> OpenDuties:
    """Take up a partition where its group has left it.

    Raises:
        GroupInUseError: the group has acted on something else. LogChangedError: the topic was made again.
    """
    position = Position(wanted=selection.wanted)
    if told.offset is not None:
        try:
            position = read_position(told.offset, told.metadata)
        except ValueError:
            raise GroupInUseError(group, "it has committed offsets that are not of obligations that were acted on") from None
        if position.wanted != selection.wanted:
            raise GroupInUseError(group, "it acts on other obligations: another controller, holder, other stores or kinds")
        end = log.end(told.partition)
        if position.offset > end:
            raise LogChangedError(told.partition, position.offset, end)
    duties = OpenDuties(told.partition, position, selection.wants)
    for offset in duties.parked_before:
        for record in log.read(told.partition, offset, offset + 1):
            duties.recall(record.offset, record.value)
    return duties


def survey(log: DutyLog, selection: Selection, group: str) -> Iterator[OpenDuties]:
    """Every partition as the group has left it, folded up to its present end. Joins nothing, changes nothing.

    Raises: as `begin_partition`, and what the log raises.
    """
    for told in log.committed():
        duties = begin_partition(log, told, selection, group)
        for record in log.read(told.partition, duties.next_offset, log.end(told.partition)):
            duties.hear(record.offset, record.value)
        yield duties


def fold_from_start(log: DutyLog, selection: Selection) -> Iterator[OpenDuties]:
    """Every partition folded from its beginning to its present end, as if no group had been there."""
    for told in log.committed():
        duties = OpenDuties(told.partition, Position(), selection.wants)
        for record in log.read(told.partition, 0, log.end(told.partition)):
            duties.hear(record.offset, record.value)
        yield duties


def listed(duties: OpenDuties, log: DutyLog, entries: Iterable[OpenDuty]) -> Iterator[tuple[Duty, str | None]]:
    """(duty, name of the exception when it is parked) of each, in order of the log."""
    for entry in sorted(entries, key=lambda each: each.offset):
        if entry.value is None:
            for told in log.read(duties.partition, entry.offset, min(duties.next_offset, entry.offset + REFILL_RECORDS)):
                duties.refill(told.offset, told.value)
        yield duty_of(codec.decode(entry.value)[1], is_overdue=entry.is_overdue), entry.parked_as
