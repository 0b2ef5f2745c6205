"""Reads the single ones behind the numbers of the overviews: named queries of sql/behind_queries.sql. The session is that of postgres_reader.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.adapters.postgres_report_reads import PLANNED_ANEW
from ledger.adapters.postgres_tables import HOLDING, OBLIGATION
from ledger.adapters.postgres_types import Instant, RowMaker, Uuid
from ledger.core.delta import Row
from ledger.sql import read_queries

QUERIES = read_queries("behind_queries.sql")
_MAKE_HOLDING, _MAKE_OBLIGATION = RowMaker(HOLDING).make, RowMaker(OBLIGATION).make
_TIME_MAX: Final = 2 * 10**17
PARTS: Final = 256
WIDER: Final = 4


class BehindReads:
    """The part of store.AnswerStore that lists what numbers are made of. Filters that are None leave nothing out."""

    def _run(self, query: str, arguments: Mapping[str, Any]) -> list[Row]:
        raise NotImplementedError

    def _behind(self, name: str, arguments: Mapping[str, Any]) -> list[Row]:
        """One plan for all choices would be a bad one for most: by the key for a holder of a handful, by an index for one of millions."""
        self._run(PLANNED_ANEW, {})
        return self._run(QUERIES[name], arguments)

    def holdings_behind(self, wanted: Mapping[str, Any], limit: int, after: Row) -> list[Row]:
        """Holding rows, by the first byte of the subject id, then by the id of the line. after: (that byte, id). wanted: controller, holder, role
        (`-`: none), giver, country (`-`: the share names none), category, purpose, rule and activity (`-`: none), is_without_date.

        The tally tells what is alike and fits, if anything; of that, parts by that byte are asked, each more than the time before: of what is
        frequent a page sorts one part, and of what is rare all is there in a few.
        """
        alike = [row[0] for row in self._behind("alike_behind", wanted)]
        found: list[Row] = []
        first, width = after[0], 1
        while alike and first < PARTS and len(found) < limit:
            last = min(first + width, PARTS) - 1
            between = {"first_part": first, "last_part": last, "after_part": after[0], "after_id": after[1]}
            given = {**wanted, **between, "alike": alike, "limit": limit - len(found)}
            found += [_MAKE_HOLDING(row) for row in self._behind("holdings_behind", given)]
            first, width = last + 1, width * WIDER
        return found

    def without_rule(self, controller: str | None, limit: int) -> list[Row]:
        """(number of what is alike, controller, activity, role, purpose, categories, how many, then of one of these: first byte of the subject id,
        id of the line, subject_ref, partition, offset and event of its latest fact): of what is alike the first `limit`, in no order."""
        rows = self._behind("without_rule", {"controller": controller, "limit": limit})
        return [(*row[:5], tuple(row[5]), *row[6:8], bytes(row[8]), *row[9:]) for row in rows]

    def holdings_dated(self, partition: int, wanted: Mapping[str, Any], limit: int, after: Row) -> list[Row]:
        """Holding rows with a date of since <= date < until, the earliest first, then by the id of the line. after: (date, id). wanted: these,
        controller, holder, rule (`-`: none), is_held_back."""
        behind = {"after_at": Instant(after[0]), "after_id": after[1]}
        given = {**wanted, **_between(wanted), **behind, "partition": partition, "limit": limit}
        return [_MAKE_HOLDING(row) for row in self._behind("holdings_dated", given)]

    def erasures_behind(self, wanted: Mapping[str, Any], limit: int, after: Row) -> list[Row]:
        """Obligation rows to erase, the earliest due first, then by id. after: (due at, id). wanted: controller, state, holder, rule, reason; since,
        until: when they were settled, or, of those that are not, due; is_in_time, days_least, days_most: of those that are settled."""
        given = {**wanted, **_between(wanted), "limit": limit, "after_at": Instant(after[0]), "after_id": Uuid(after[1])}
        return [_MAKE_OBLIGATION(row) for row in self._behind("erasures_behind", given)]

    def obligations_of_kind(self, kind: str, state: str, holder: str | None, controller: str | None, limit: int, after: Row) -> list[Row]:
        """Obligation rows of one kind in one state, the earliest due first, then by id. after: (due at, id)."""
        place = {"after_at": Instant(after[0]), "after_id": Uuid(after[1])}
        given = {"kind": kind, "state": state, "holder": holder, "controller": controller, "limit": limit, **place}
        return [_MAKE_OBLIGATION(row) for row in self._behind("obligations_of_kind", given)]

    def shares_behind(self, partition: int, since: int, until: int, limit: int, after: int) -> list[tuple[int, bytes]]:
        """(offset, value) of the shares with a moment of since <= moment < until, behind a place of the log, in its order."""
        given = {"partition": partition, "since_micros": since, "until_micros": until, "limit": limit, "after": after}
        return [(row[0], bytes(row[1])) for row in self._behind("shares_behind", given)]


def _between(wanted: Mapping[str, Any]) -> dict[str, Instant]:
    since, until = wanted["since"], wanted["until"]
    return {"since": Instant(-_TIME_MAX if since is None else since), "until": Instant(_TIME_MAX if until is None else until)}
