"""Records of one partition of `facts` against the rows that they must have become: each offset is in exactly one table, or a repeat.

Pure: the caller reads both. It says where they differ, never what a record says. That a value is right is judged by its SHA-256; what was derived
from it is for `ledger audit replay` to judge. Source: docs/reliability.md, docs/architecture.md section 4.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ledger.contract import codec
from ledger.folding.reading import REGISTER_OFFSET_HEADER, Record

MISSING_ROW: Final = "missing_row"
OTHER_VALUE: Final = "other_value"


class Mismatch(NamedTuple):
    """Where log and database differ. offset: in the topic; of a missing outcome that of its fact."""

    kind: str
    topic: str
    partition: int
    offset: int


class FactRow(NamedTuple):
    """Of `fact`. sha256: of the value. recorded_at: microseconds since 1970."""

    sha256: bytes
    recorded_at: int


class TickRow(NamedTuple):
    """Of `tick`; times in microseconds since 1970."""

    register_offset: int
    time: int
    recorded_at: int


class LetterRow(NamedTuple):
    """Of `dead_letter`. sha256: its fingerprint."""

    sha256: bytes
    size: int


Row = FactRow | TickRow | LetterRow


@dataclass(slots=True)
class Compared:
    """What a slice gave. records: how many were looked at. types: facts and register copies by type. register_next, time_reached: after the slice."""

    register_next: int
    time_reached: int
    records: int = 0
    repeats: int = 0
    dead_letters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    mismatches: list[Mismatch] = field(default_factory=list)


def compare_facts(
    topic: str, partition: int, records: Sequence[Record], rows: Mapping[int, Sequence[Row]], register_next: int, time_reached: int,
    known: Callable[[Collection[bytes]], Mapping[bytes, int]],
) -> Compared:  # fmt: skip
    """Compare a slice. rows: by offset, all of that slice. register_next: the register offset whose copy is expected first.
    time_reached: the latest time of the ticks before it.

    known: ids of events -> the offset of the row of `fact` that has them, for those that one has.
    """
    found = Compared(register_next, time_reached)
    without: dict[int, bytes] = {}  # offset -> event id of what is in no table, and may repeat a fact before it
    for offset, timestamp, key, value, headers in records:
        found.records += 1
        copy_of = _register_offset(key, headers)
        is_repeat = 0 <= copy_of < found.register_next
        if copy_of == found.register_next:
            found.register_next += 1
        mine = rows.get(offset, ())
        if len(mine) == 1:
            _count(found, mine[0], value)
            if isinstance(mine[0], TickRow):
                found.time_reached = max(found.time_reached, _time(value))  # a tick never takes time back
            if not _is_same(mine[0], timestamp * 1000, copy_of, value, found.time_reached):
                found.mismatches.append(Mismatch(OTHER_VALUE, topic, partition, offset))
        elif mine:
            found.mismatches.append(Mismatch(OTHER_VALUE, topic, partition, offset))
        elif is_repeat:
            found.repeats += 1
        else:
            without[offset] = _event_id(value)
    if without:
        first = known(set(without.values()) - {b""})
        for offset, event_id in without.items():
            if first.get(event_id, offset) < offset:
                found.repeats += 1
            else:
                found.mismatches.append(Mismatch(MISSING_ROW, topic, partition, offset))
        found.mismatches.sort(key=lambda each: each.offset)
    return found


def _count(found: Compared, row: Row, value: bytes | None) -> None:
    if isinstance(row, LetterRow):
        found.dead_letters += 1
        return
    try:
        found.types[codec.decode(value or b"")[0]] += 1
    except codec.DecodeError:
        found.types["unreadable"] += 1


def _is_same(row: Row, recorded_at: int, copy_of: int, value: bytes | None, time_reached: int) -> bool:
    body = value or b""
    if isinstance(row, FactRow):
        return row == FactRow(hashlib.sha256(body).digest(), recorded_at)
    if isinstance(row, LetterRow):
        return row == LetterRow(hashlib.sha256(body).digest(), len(body))
    return _time(value) > 0 and row == TickRow(copy_of, time_reached, recorded_at)


def _time(value: bytes | None) -> int:
    """The time that a tick says, microseconds since 1970; 0 where it is none."""
    try:
        type_name, fields = codec.decode(value or b"")
    except codec.DecodeError:
        return 0
    return int(fields["time"]) if type_name == "TimeReached" else 0


def _register_offset(key: bytes | None, headers: Any) -> int:
    """As ledger/folding/reading.py reads it, written again: two readings that agree."""
    if key is not None:
        return -1
    for name, value in (headers() if callable(headers) else headers) or ():
        if name == REGISTER_OFFSET_HEADER and value is not None and value.isdigit() and len(value) < 19:
            return int(value)
    return -1


def _event_id(value: bytes | None) -> bytes:
    """The id of the event; empty where there is none to read."""
    try:
        return bytes(codec.decode(value or b"")[1]["event_id"])
    except (codec.DecodeError, KeyError):
        return b""
