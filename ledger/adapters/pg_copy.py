"""Rows of the projections as PostgreSQL's binary COPY format, packed by hand.

The hot path of every host: a row costs microseconds here, so the two tables with a row per event have their own packers, and what
repeats from row to row (holders, purposes, category lists, legal bases) is packed once and remembered. Must never change a value.
Source of the format: PostgreSQL manual, COPY, "Binary Format", and the send functions of the types (arrays: ndim, has-null flag,
element type, then per dimension its size and lower bound, then the elements).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final

from ledger.core.delta import Row

# PostgreSQL counts microseconds from 2000-01-01, we from 1970-01-01.
EPOCH_SHIFT_MICROS: Final = 946_684_800_000_000
_DAYS_SHIFT: Final = date(2000, 1, 1).toordinal()
# A bound on remembered values: beyond it we forget all and start again. 100,000 entries are some 20 MB.
MEMO_ENTRIES_MAX: Final = 100_000
#: Of rows whose runs repeat within one tick alone: what facts bring never comes back.
RUN_MEMO_ENTRIES_MAX: Final = 1_000

NULL: Final = b"\xff\xff\xff\xff"
SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"

_OID = {"smallint": 21, "bigint": 20, "text": 25, "timestamptz": 1184, "uuid": 2950}
_Pack = Callable[..., bytes]
_INT: _Pack = struct.Struct("!i").pack
_SIZED_SHORT: _Pack = struct.Struct("!ih").pack
_SIZED_INT: _Pack = struct.Struct("!ii").pack
_SIZED_BIG: _Pack = struct.Struct("!iq").pack
_UUID_SIZE = _INT(16)


def pack_text(value: str | None) -> bytes:
    if value is None:
        return NULL
    data = value.encode()
    return _INT(len(data)) + data


def pack_bytes(value: bytes | None) -> bytes:
    return NULL if value is None else _INT(len(value)) + value


def pack_uuid(value: bytes | None) -> bytes:
    return NULL if value is None else _UUID_SIZE + value


def pack_instant(micros: int | None) -> bytes:
    return NULL if micros is None else _SIZED_BIG(8, micros - EPOCH_SHIFT_MICROS)


def _pack_int(value: int | None) -> bytes:
    return NULL if value is None else _SIZED_INT(4, value)


def _pack_big(value: int | None) -> bytes:
    return NULL if value is None else _SIZED_BIG(8, value)


def _pack_date(value: date | None) -> bytes:
    return NULL if value is None else _SIZED_INT(4, value.toordinal() - _DAYS_SHIFT)


def _pack_short(value: int | None) -> bytes:
    return NULL if value is None else _SIZED_SHORT(2, value)


def _array_packer(element: str, pack: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], bytes]:
    """Pack a one-dimensional array without nulls; the empty array has no dimension."""
    oid = _OID[element]
    empty = struct.pack("!iiii", 12, 0, 0, oid)
    head: _Pack = struct.Struct("!iiiiii").pack

    def pack_array(values: Sequence[Any]) -> bytes:
        if not values:
            return empty
        body = b"".join(map(pack, values))
        return head(20 + len(body), 1, 0, oid, len(values), 1) + body

    return pack_array


def _pack_bool(value: bool) -> bytes:
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


_SCALARS: dict[str, Callable[[Any], bytes]] = {
    "text": pack_text,
    "bytea": pack_bytes,
    "uuid": pack_uuid,
    "timestamptz": pack_instant,
    "int": _pack_int,
    "bigint": _pack_big,
    "smallint": _pack_short,
    "boolean": _pack_bool,
    "date": _pack_date,
}
PACKERS: Final[dict[str, Callable[[Any], bytes]]] = _SCALARS | {f"{name}[]": _array_packer(name, _SCALARS[name]) for name in _OID}

_texts = PACKERS["text[]"]
_shorts = PACKERS["smallint[]"]
_uuids = PACKERS["uuid[]"]
_bigs = PACKERS["bigint[]"]
_instants = PACKERS["timestamptz[]"]


def pack_uuid_array(ids: Iterable[bytes]) -> bytes:
    """Pack ids as the binary value of a uuid[] parameter (without the field's own length)."""
    return _uuids(tuple(ids))[4:]


def pack_rows(types: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Pack rows of any table by the names of its column types. For tables that get few rows."""
    packers = [PACKERS[name] for name in types]
    head = struct.pack("!h", len(types))
    out = [SIGNATURE]
    for row in rows:
        out.append(head)
        out.extend([pack(value) for pack, value in zip(packers, row, strict=True)])
    out.append(TRAILER)
    return b"".join(out)


class RowPacker:
    """Packs rows of one table; remembers runs of columns whose values repeat from row to row. One per writer: not for two threads at once.

    repeating: (first, end) places of such runs, in order.
    """

    def __init__(self, types: Sequence[str], repeating: Sequence[tuple[int, int]]) -> None:
        packers = [PACKERS[name] for name in types]
        self._head: bytes = struct.pack("!h", len(types))
        self._memos: list[dict[Row, bytes]] = []
        # (slice, memo, packers) of a run, (place, None, packer) of a column that is packed anew.
        self._parts: list[tuple[Any, dict[Row, bytes] | None, Any]] = []
        place = 0
        for first, end in (*repeating, (len(types), len(types))):
            self._parts += [(each, None, packers[each]) for each in range(place, first)]
            if end > first:
                self._memos.append({})
                self._parts.append((slice(first, end), self._memos[-1], packers[first:end]))
            place = end

    def pack(self, rows: Sequence[Row]) -> bytes:
        """Pack rows, signature and trailer included: the bytes of `pack_rows`."""
        for known in self._memos:
            if len(known) > RUN_MEMO_ENTRIES_MAX:
                known.clear()
        out = [SIGNATURE]
        add, head, parts = out.append, self._head, self._parts
        for row in rows:
            add(head)
            for place, memo, pack in parts:
                value = row[place]
                if memo is None:
                    add(pack(value))
                    continue
                packed = memo.get(value)
                if packed is None:
                    packed = memo[value] = b"".join([pack_one(each) for pack_one, each in zip(pack, value, strict=True)])
                add(packed)
        add(TRAILER)
        return b"".join(out)


# fact: partition, log_offset, subject_id, event_id, schema_id, recorded_at, value
_FACT: _Pack = struct.Struct("!hiiiqi16si16siiiqi").pack
_FACT_OF_REGISTER: _Pack = struct.Struct("!hiiiqii16siiiqi").pack


def pack_facts(rows: Sequence[Row]) -> bytes:
    """Pack rows of table fact."""
    out = [SIGNATURE]
    for partition, log_offset, subject_id, event_id, schema_id, recorded_at, value in rows:
        at = recorded_at - EPOCH_SHIFT_MICROS
        size = len(value)
        if subject_id is None:
            out.append(_FACT_OF_REGISTER(7, 4, partition, 8, log_offset, -1, 16, event_id, 4, schema_id, 8, at, size))
        else:
            out.append(_FACT(7, 4, partition, 8, log_offset, 16, subject_id, 16, event_id, 4, schema_id, 8, at, size))
        out.append(value)
    out.append(TRAILER)
    return b"".join(out)


# holding, its columns in groups: places 0-2 ids, 3 controller, 4 subject_ref, 5-7 holder store purpose, 8 ref,
# 9-11 received_from categories category_evidence, 12-19 evidence, 20-27 description, 28-32 term.
_HOLDING_IDS: _Pack = struct.Struct("!hi16si16sii").pack
_ONE_INSTANT = struct.pack("!iiiiiii", 32, 1, 0, _OID["timestamptz"], 1, 1, 8)
_ONE_UUID = struct.pack("!iiiiiii", 40, 1, 0, _OID["uuid"], 1, 1, 16)
_ONE_BIG = struct.pack("!iiiiiii", 32, 1, 0, _OID["bigint"], 1, 1, 8)
_NO_ERASURE = _texts(()) + _instants(())
# One piece of evidence and nothing erased, the state of most holdings: three arrays, two empty ones, the latest.
_ONE_EVIDENCE: _Pack = struct.Struct("!28sq28s16s28sq32siqi16siq").pack
_ONE_ANCHOR: _Pack = struct.Struct("!28s16s28sq").pack
_YES, _NO = PACKERS["boolean"](True), PACKERS["boolean"](False)
_NO_ANCHOR = _uuids(()) + _bigs(())


class HoldingPacker:
    """Packs rows of table holding; remembers what repeats. One per writer: it is not for two threads at once."""

    def __init__(self) -> None:
        self._memo: dict[Any, bytes] = {}

    def pack(self, rows: Sequence[Row]) -> bytes:
        """Pack rows, signature and trailer included."""
        return b"".join((SIGNATURE, *self.pack_parts(rows), TRAILER))

    def pack_parts(self, rows: Sequence[Row]) -> list[bytes]:
        """Pack rows into pieces to be sent one after the other, between SIGNATURE and TRAILER."""
        memo = self._memo
        if len(memo) > MEMO_ENTRIES_MAX:
            memo.clear()
        recall = memo.get
        out: list[bytes] = []
        for row in rows:
            controller = row[3]
            named = row[5:8]
            held = row[9:12]
            described = row[20:28]
            rule = row[29]
            out += (
                _HOLDING_IDS(33, 16, row[0], 16, row[1], 4, row[2]),
                recall(controller) or self._remember(controller, pack_text(controller)),
                pack_text(row[4]),
                recall(named) or self._remember(named, b"".join(map(pack_text, named))),
                pack_text(row[8]),
                recall(held) or self._remember(held, pack_text(held[0]) + _texts(held[1]) + _shorts(held[2])),
                _pack_evidence(row),
                recall(described) or self._remember(described, b"".join(map(pack_text, described))),
                pack_instant(row[28]),
                recall(rule) or self._remember(rule, pack_text(rule)),
                _pack_anchors(row[30], row[31]),
                _YES if row[32] else _NO,
            )
        return out

    def _remember(self, key: Any, packed: bytes) -> bytes:
        self._memo[key] = packed
        return packed


def _pack_evidence(row: Row) -> bytes:
    at, event, offset, erased, erased_at, latest_at, latest_event, latest_offset = row[12:20]
    if len(at) == 1 and not erased:
        return _ONE_EVIDENCE(
            _ONE_INSTANT, at[0] - EPOCH_SHIFT_MICROS, _ONE_UUID, event[0], _ONE_BIG, offset[0], _NO_ERASURE,
            8, latest_at - EPOCH_SHIFT_MICROS, 16, latest_event, 8, latest_offset,
        )  # fmt: skip
    return b"".join(
        (
            _instants(at), _uuids(event), _bigs(offset), _texts(erased), _instants(erased_at),
            pack_instant(latest_at), pack_uuid(latest_event), _pack_big(latest_offset),
        )
    )  # fmt: skip


def _pack_anchors(events: tuple[bytes, ...], offsets: tuple[int, ...]) -> bytes:
    if not events:
        return _NO_ANCHOR
    if len(events) == 1:
        return _ONE_ANCHOR(_ONE_UUID, events[0], _ONE_BIG, offsets[0])
    return _uuids(events) + _bigs(offsets)
