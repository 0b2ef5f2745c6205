"""Reads the tallies for the overviews: named queries of sql/tally_queries.sql. The session is that of postgres_reader.py: read-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.core.delta import Row
from ledger.sql import read_queries

QUERIES = read_queries("tally_queries.sql")


class TallyReads:
    """The part of store.AnswerStore that overviews ask."""

    def _run(self, query: str, arguments: Mapping[str, Any]) -> list[Row]:
        raise NotImplementedError

    def _tally(self, name: str, controller: str | None, **arguments: Any) -> list[Row]:
        return self._run(QUERIES[name], {"controller": controller, **arguments})

    def tally_held(self, controller: str | None) -> list[Row]:
        """(controller, holder, received from, role, country, safeguard, purpose, categories, holdings)."""
        return [(*row[:7], tuple(row[7]), row[8]) for row in self._tally("held", controller)]

    def tally_mixes(self, controller: str | None) -> list[Row]:
        """(controller, ..., erased, holdings): the columns of mixes.Mix from the controller up to how many."""
        return [(*row[:13], tuple(row[13]), tuple(row[14]), row[15]) for row in self._tally("mixes", controller)]

    def tally_holders(self, controller: str | None) -> list[Row]:
        """(controller, holder, role, country, categories, holdings); of what is gone the categories are empty."""
        return [(*row[:4], tuple(row[4]), row[5]) for row in self._tally("holders", controller)]

    def tally_people_of_parts(self, controller: str | None) -> list[Row]:
        """(controller, is own, activity or else role, subjects)."""
        return self._tally("people_of_parts", controller)

    def tally_people(self, controller: str | None) -> list[Row]:
        """(controller, level, holder, role, is shared, country, safeguard, subjects)."""
        return self._tally("people", controller)

    def tally_without_date(self, controller: str | None) -> list[Row]:
        """(controller, holder, role, purpose, rule, holdings)."""
        return self._tally("without_date", controller)

    def tally_dated(self, controller: str | None) -> list[Row]:
        """(controller, holder, activity, role, purpose, categories, rule, holdings)."""
        return [(*row[:5], tuple(row[5]), *row[6:]) for row in self._tally("dated", controller)]

    def tally_coming(self, controller: str | None, since: date, until: date) -> list[Row]:
        """(controller, day, holdings) of the days from `since` up to `until`, both included."""
        return self._tally("coming", controller, since=since, until=until)

    def tally_coming_by_rule(self, controller: str | None, since: date, until: date) -> list[Row]:
        """(controller, holder, rule, first day, holdings) of the same days."""
        return self._tally("coming_by_rule", controller, since=since, until=until)

    def tally_held_back(self, controller: str | None) -> list[Row]:
        """(controller, holder, rule, oldest day, holdings)."""
        return self._tally("held_back", controller)

    def tally_unsettled(self, controller: str | None, today: date) -> list[Row]:
        """(controller, holder, rule, OPEN or OVERDUE, age as deletion_overview.age_of, oldest day it was due, erasures)."""
        return self._tally("unsettled", controller, today=today)

    def tally_other_duties(self, controller: str | None) -> list[Row]:
        """(controller, kind, holder, OPEN or OVERDUE, oldest day it was due, obligations), none of them to erase."""
        return self._tally("other_duties", controller)

    def tally_unsettled_of_holders(self, controller: str | None) -> list[Row]:
        """(controller, holder, OPEN or OVERDUE, obligations) of what must be done with what somebody has."""
        return self._tally("unsettled_of_holders", controller)

    def tally_settled(self, controller: str | None) -> list[Row]:
        """(controller, holder, MET or CANCELLED, reason, first day of the month, erasures)."""
        return self._tally("settled", controller)

    def tally_settled_by_rule(self, controller: str | None) -> list[Row]:
        """(controller, holder, rule, MET or CANCELLED, reason, lateness as deletion_overview.lateness_of, erasures)."""
        return self._tally("settled_by_rule", controller)

    def tally_shared(self, controller: str | None, since: date, until: date) -> list[Row]:
        """(controller, recipient, role, country, first day of the month, shares, how many of them onward), months from `since` to `until`, both
        included."""
        return [(*row[:6], row[6] or 0) for row in self._tally("shared", controller, since=since, until=until)]

    def first_month_shared(self, controller: str | None) -> date | None:
        """The first day of the first month in which something was shared."""
        found: date | None = self._tally("first_shared", controller)[0][0]
        return found

    def tally_broken(self, controller: str | None) -> list[Row]:
        """(controller, promise, rule, severity, first day of the month, violations)."""
        return self._tally("broken", controller)
