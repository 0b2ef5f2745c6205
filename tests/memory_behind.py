"""The part of store.AnswerStore that lists what numbers are made of, in memory: what memory_answers.py is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ledger.answers.cursors import Place, line_id
from ledger.answers.deletion_overview import day_of
from ledger.answers.facts import schema_ids
from ledger.contract import codec
from ledger.core.delta import Row
from tests.memory_projection import MemoryProjection

_EVER = 2 * 10**17
_COLUMNS = {"controller": 3, "holder": 5, "giver": 9, "purpose": 7}
_WITH_NONE = {"rule": 29, "country": 24, "role": 21, "activity": 20}
"""Of which `-` asks for those that have none."""
_ERASURE_COLUMNS = {"controller": 3, "state": 15, "holder": 6, "rule": 14, "reason": 24}


class MemoryBehind:
    """Filters, sorts and cuts what there is."""

    _store: MemoryProjection

    def holdings_behind(self, wanted: Mapping[str, Any], limit: int, after: Place) -> list[Row]:
        found = [
            row
            for row in self._store.holding_rows()
            if row[10] and _fits(row, wanted) and (wanted["category"] is None or wanted["category"] in row[10])
            and (not wanted["is_without_date"] or row[28] is None)
        ]  # fmt: skip
        return _beyond(found, lambda row: (row[0][0], line_id(row[0], row[1])), after)[:limit]

    def without_rule(self, controller: str | None, limit: int) -> list[Row]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self._store.holding_rows():
            if row[10] and row[29] is None and controller in (None, row[3]):
                example = (row[0][0], line_id(row[0], row[1]), row[4], row[2], row[19], row[18])
                found.setdefault((*(row[column] for column in (3, 20, 21, 7, 10)), row[5], row[24]), []).append(example)
        return [
            (number, *key[:5], len(examples), *example)
            for number, (key, examples) in enumerate(found.items())
            for example in sorted(examples)[:limit]
        ]

    def holdings_dated(self, partition: int, wanted: Mapping[str, Any], limit: int, after: Place) -> list[Row]:
        found = [
            row
            for row in self._store.holding_rows()
            if row[2] == partition and row[10] and _fits(row, wanted) and row[28] is not None and row[32] == wanted["is_held_back"]
            and _between(row[28], wanted["since"], wanted["until"])
        ]  # fmt: skip
        return _beyond(found, lambda row: (row[28], line_id(row[0], row[1])), after)[:limit]

    def erasures_behind(self, wanted: Mapping[str, Any], limit: int, after: Place) -> list[Row]:
        found = [
            row
            for row in self._store.obligation_rows()
            if row[5] == "ERASE" and all(wanted[name] in (None, row[column]) for name, column in _ERASURE_COLUMNS.items())
            and _between(row[20] if row[15] in ("MET", "CANCELLED") else row[12], wanted["since"], wanted["until"]) and _as_late(row, wanted)
        ]  # fmt: skip
        return _beyond(found, lambda row: (row[12], row[0]), after)[:limit]

    def obligations_of_kind(self, kind: str, state: str, holder: str | None, controller: str | None, limit: int, after: Place) -> list[Row]:
        asked = {5: kind, 15: state, 6: holder, 3: controller}
        found = [row for row in self._store.obligation_rows() if all(value in (None, row[column]) for column, value in asked.items())]
        return _beyond(found, lambda row: (row[12], row[0]), after)[:limit]

    def shares_behind(self, partition: int, since: int, until: int, limit: int, after: int) -> list[tuple[int, bytes]]:
        shares = [(row[1], row[6]) for row in self._store.facts.values() if row[0] == partition and row[4] in schema_ids("DataShared")]
        return sorted((o, value) for o, value in shares if o > after and since <= codec.decode(value)[1]["occurred_at"] < until)[:limit]


def _beyond(rows: Iterable[Row], place: Callable[[Row], Place], after: Place) -> list[Row]:
    return sorted((row for row in rows if place(row) > after), key=place)


def _fits(row: Row, wanted: Mapping[str, Any]) -> bool:
    asked = {name: wanted.get(name) for name in _WITH_NONE}
    return all(wanted.get(name) in (None, row[column]) for name, column in _COLUMNS.items()) and all(
        asked[name] is None or row[column] == (None if asked[name] == "-" else asked[name]) for name, column in _WITH_NONE.items()
    )


def _as_late(row: Row, wanted: Mapping[str, Any]) -> bool:
    """row: of an obligation."""
    if wanted["is_in_time"] is None and wanted["days_least"] is None and wanted["days_most"] is None:
        return True
    if row[20] is None:
        return False
    days = (day_of(row[20]) - day_of(row[12])).days
    return (
        wanted["is_in_time"] in (None, row[20] < row[13])
        and (wanted["days_least"] is None or days >= wanted["days_least"])
        and (wanted["days_most"] is None or days <= wanted["days_most"])
    )


def _between(at: int, since: int | None, before: int | None) -> bool:
    return (-_EVER if since is None else since) <= at < (_EVER if before is None else before)
