"""The part of store.AnswerStore that overviews ask, over the projections in memory: counted from the rows, as sql/tally_queries.sql adds up tallies.

Columns of the rows: docs/architecture.md section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ledger.answers.asking import EVER
from ledger.answers.deletion_overview import age_of, lateness_of
from ledger.contract import codec
from ledger.core.delta import Row
from tests.memory_projection import MemoryProjection

_ZONE = ZoneInfo("Europe/Amsterdam")


class MemoryTallies:
    """Reads `_store`."""

    _store: MemoryProjection

    def _held_rows(self, controller: str | None) -> list[Row]:
        return [row for row in self._store.holding_rows() if row[10] and controller in (None, row[3])]

    def tally_held(self, controller: str | None) -> list[Row]:
        return _counted((row[3], row[5], row[9], row[21], row[24], row[25], row[7], row[10]) for row in self._held_rows(controller))

    def tally_mixes(self, controller: str | None) -> list[Row]:
        rows = [row for row in self._store.holding_rows() if controller in (None, row[3])]
        return _counted(
            (row[3], row[5], row[9], row[21], row[20], row[6], *row[24:27], row[7], *row[22:24], row[29], row[10], row[15]) for row in rows
        )

    def tally_holders(self, controller: str | None) -> list[Row]:
        rows = [row for row in self._store.holding_rows() if controller in (None, row[3])]
        return _counted((row[3], row[5], row[21], row[24], row[10]) for row in rows)

    def tally_people_of_parts(self, controller: str | None) -> list[Row]:
        rows = self._held_rows(controller)
        found = {(row[0], row[3], row[9] is None, row[20] if row[9] is None else row[21]) for row in rows}
        return _counted(each[1:] for each in found)

    def tally_people(self, controller: str | None) -> list[Row]:
        found = set()
        for row in self._held_rows(controller):
            found.add((row[0], row[3], "ALL", None, None, None, None, None))
            found.add((row[0], row[3], "HOLDER", row[5], row[21], row[9] is not None, None, None))
            found.add((row[0], row[3], "COUNTRY", row[5], row[21], row[9] is not None, *row[24:26]))
        return _counted(each[1:] for each in found)

    def tally_without_date(self, controller: str | None) -> list[Row]:
        return _counted((row[3], row[5], row[21], row[7], row[29]) for row in self._held_rows(controller) if row[28] is None)

    def tally_dated(self, controller: str | None) -> list[Row]:
        rows = [row for row in self._held_rows(controller) if row[28] is not None]
        return _counted((row[3], row[5], row[20], row[21], row[7], row[10], row[29]) for row in rows)

    def tally_coming(self, controller: str | None, since: date, until: date) -> list[Row]:
        return _counted((row[3], day) for row, day in self._dated(controller) if since <= day <= until)

    def tally_coming_by_rule(self, controller: str | None, since: date, until: date) -> list[Row]:
        found: dict[tuple[Any, ...], list[date]] = {}
        for row, day in self._dated(controller):
            if since <= day <= until:
                found.setdefault((row[3], row[5], row[29]), []).append(day)
        return [(*key, min(days), len(days)) for key, days in found.items()]

    def _dated(self, controller: str | None) -> list[tuple[Row, date]]:
        return [(row, _day(row[28])) for row in self._held_rows(controller) if row[28] is not None and not row[32]]

    def tally_held_back(self, controller: str | None) -> list[Row]:
        found: dict[tuple[Any, ...], list[date]] = {}
        for row in self._held_rows(controller):
            if row[28] is not None and row[32]:
                found.setdefault((row[3], row[5], row[29]), []).append(_day(row[28]))
        return [(*key, min(days), len(days)) for key, days in found.items()]

    def _erasures(self, controller: str | None, *states: str) -> list[Row]:
        return [row for row in self._store.obligation_rows() if row[5] == "ERASE" and row[15] in states and controller in (None, row[3])]

    def tally_unsettled(self, controller: str | None, today: date) -> list[Row]:
        found: dict[tuple[Any, ...], list[date]] = {}
        for row in self._erasures(controller, "OPEN", "OVERDUE"):
            day = _day(row[12])
            found.setdefault((row[3], row[6], row[14], row[15], age_of(day, today)), []).append(day)
        return [(*key, min(days), len(days)) for key, days in found.items()]

    def tally_other_duties(self, controller: str | None) -> list[Row]:
        found: dict[tuple[Any, ...], list[date]] = {}
        for row in self._store.obligation_rows():
            if row[5] != "ERASE" and row[15] in ("OPEN", "OVERDUE") and controller in (None, row[3]):
                found.setdefault((row[3], row[5], row[6], row[15]), []).append(_day(row[12]))
        return [(*key, min(days), len(days)) for key, days in found.items()]

    def tally_unsettled_of_holders(self, controller: str | None) -> list[Row]:
        keys = {(row[0], *row[5:10]) for row in self._store.holding_rows()}
        rows = [row for row in self._store.obligation_rows() if row[15] in ("OPEN", "OVERDUE") and controller in (None, row[3])]
        return _counted((row[3], row[6], row[15]) for row in rows if (row[1], *row[6:11]) in keys)

    def tally_settled(self, controller: str | None) -> list[Row]:
        return _counted((row[3], row[6], row[15], row[24], _day(row[20]).replace(day=1)) for row in self._erasures(controller, "MET", "CANCELLED"))

    def tally_settled_by_rule(self, controller: str | None) -> list[Row]:
        return _counted(
            (row[3], row[6], row[14], row[15], row[24], lateness_of(*row[12:14], row[20]) if row[15] == "MET" else None)
            for row in self._erasures(controller, "MET", "CANCELLED")
        )

    def tally_shared(self, controller: str | None, since: date, until: date) -> list[Row]:
        found: dict[tuple[Any, ...], list[bool]] = {}
        for *_, value in self._store.facts.values():
            name, fields = codec.decode(value)
            if name != "DataShared" or (fields["recipient_role"] == "data_subject" and fields["recipient"] == fields["subject_ref"]):
                continue
            month = _day(fields["occurred_at"]).replace(day=1)
            if since <= month <= until and controller in (None, fields["controller"]):
                key = fields["controller"], fields["recipient"], fields["recipient_role"], fields["country"], month
                found.setdefault(key, []).append(fields["by"] != fields["controller"])
        return [(*key, len(onward), sum(onward)) for key, onward in found.items()]

    def first_month_shared(self, controller: str | None) -> date | None:
        return min((row[4] for row in self.tally_shared(controller, date.min, date.max)), default=None)

    def tally_broken(self, controller: str | None) -> list[Row]:
        return _counted(
            (row[5], row[7], row[8], row[9], _day(self.time_before(row[0], row[1] + 1)).replace(day=1))
            for row in self._store.violations.values()
            if controller in (None, row[5])
        )

    def violations_tallied(self, controller: str | None, promise: str | None) -> list[tuple[int, Row]]:
        partitions = sorted({row[0] for row in self._store.violations.values()})
        return [(partition, row) for partition in partitions for row in self.violations_counted(partition, 0, EVER, controller, promise)]

    def violations_counted(self, partition: int, first: int, before: int, controller: str | None, promise: str | None) -> list[Row]:
        raise NotImplementedError

    def time_before(self, partition: int, offset: int) -> int:
        raise NotImplementedError


def _counted(keys: Iterable[tuple[Any, ...]]) -> list[Row]:
    return [(*key, number) for key, number in Counter(keys).items()]


def _day(micros: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(_ZONE).date()
