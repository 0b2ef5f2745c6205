"""The part of store.AnswerStore that counts what was asked, in memory: what sql/asked_queries.sql says, in Python."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from typing import Any

from ledger.answers.cursors import Place, line_id
from ledger.core.delta import Row
from ledger.core.duty import UNCLOCKED
from tests.memory_projection import MemoryProjection

_FOLLOWS = {"RECTIFICATION": ("RECTIFY", None), "RESTRICTION": ("NOTIFY_RECIPIENT", "restriction")}
_UNSETTLED = ("OPEN", "OVERDUE")
REFUSING_OUTCOMES = ("REFUSED", "PARTLY")


class MemoryAsked:
    """Reads `_store`."""

    _store: MemoryProjection

    def requests_counted(self, controller: str | None, is_open: bool, is_refused: bool, now: int) -> list[Row]:
        found: Counter[Row] = Counter()
        for subject, told in self._asked(controller, "requests"):
            ref, right, received, identity, identified, _, outcome, answered, reasons, extended = told
            tasks = [
                row for row in self._store.obligation_rows()
                if row[1] == subject[0] and (row[19] == ref or (received and row[12] >= received[0] and (row[5], row[25]) == _FOLLOWS.get(right)))
            ]  # fmt: skip
            is_unsettled = any(row[15] in _UNSETTLED for row in tasks)
            duties = sorted((row for row in tasks if row[5] == "ANSWER"), key=lambda row: (row[15] == "CANCELLED", -row[17], row[0]))
            has_clock, is_from_nobody = bool(received and (duties or right not in UNCLOCKED)), identity == "NOT_DONE" and identified is None
            ended = answered[0] if answered else now
            is_late = False if not has_clock or is_from_nobody else ended - duties[0][13] >= 1_000_000 if duties else None
            since = identified[0] if identity == "NOT_DONE" and identified else None
            moments: Row = (subject[2], received[0], since, extended and extended[0], ended) if is_late is None else (None,) * 5
            is_kept = bool(reasons) or outcome in REFUSING_OUTCOMES
            if subject[3] != "register" and (not is_open or outcome is None or is_unsettled) and (not is_refused or is_kept):
                found[outcome is not None, has_clock and is_from_nobody, is_unsettled, is_kept, is_late, *moments] += 1
        return [(*key, number) for key, number in found.items()]

    def disclosures_counted(self, controller: str | None) -> list[Row]:
        times = {p: self._store.progress("facts", p).time_reached for p in {row[1] for row in self._store.subjects.values()}}
        found: Counter[str] = Counter()
        for subject, ref, _, decided in self._disclosures(controller):
            notices = {entry[1] for entry in self._in(subject[0], "notices") if entry[0] == "subject" and entry[2] == ref}
            _, _, _, _, decision, notice, until, _ = decided[-1] if decided else (None,) * 8
            about = {"disclosure"} if decided and decision != "REFUSED" else {"disclosure", "disclosure_request"}
            is_due = any(
                row[1] == subject[0] and row[5] == "NOTIFY_SUBJECT" and row[9] == ref and row[15] in _UNSETTLED
                and row[25] in ("disclosure", "disclosure_request")
                for row in self._store.obligation_rows()
            )  # fmt: skip
            is_barred = notice == "BARRED" and (until is None or times[subject[1]] < until)
            found["GIVEN" if notices & about else "BARRED" if is_barred else "DUE" if is_due or notice == "BARRED" else "NONE"] += 1
        return list(found.items())

    def shares_under_disclosures(self, controller: str | None, schema_ids: Collection[int]) -> Iterator[Row]:
        for subject, ref, asked, decided in self._disclosures(controller):
            for _, fact in sorted(self._store.facts.items()):
                if fact[2] == subject[0] and fact[4] in schema_ids and ref.encode() in fact[6]:
                    yield subject[0], ref, fact[6], json.dumps(asked), json.dumps(decided)

    def holds(self, controller: str | None, after: Place) -> Generator[Row, None, None]:
        found: dict[tuple[Any, ...], list[Any]] = {}
        for subject, told in self._asked(controller, "holds"):
            found.setdefault((*subject[:4], told[0]), []).append(told)
        rows = []
        for (subject_id, *of, ref), steps in found.items():
            at = max([step[2] for step in steps if not step[5]] or [step[2] for step in steps])
            rows.append((subject_id, *of, ref, at, line_id(subject_id, ref.encode()), [json.dumps(step) for step in steps]))
        yield from sorted((row for row in rows if (-row[5], row[6]) > after), key=lambda row: (-row[5], row[6]))

    def holds_alike(self, controller: str | None) -> list[Row]:
        with closing(self.holds(controller, (-(2**62), b""))) as rows:
            return [(row[1], row[-1], 1) for row in rows]

    def _disclosures(self, controller: str | None) -> list[tuple[Row, str, list[str], list[Any]]]:
        """(subject, reference, what was asked, decisions in order), by subject and reference."""
        asked = {(subject[0], told[0]): told[2] for subject, told in self._asked(controller, "disclosure_requests")}
        decided: dict[tuple[bytes, str], list[Any]] = {}
        for subject, told in self._asked(controller, "disclosures"):
            decided.setdefault((subject[0], told[0]), []).append(told)
        return [
            (self._store.subjects[key[0]], key[1], asked.get(key, []), sorted(decided.get(key, []), key=lambda told: (told[2], told[1])))
            for key in sorted({*asked, *decided})
        ]

    def _asked(self, controller: str | None, section: str) -> Iterator[tuple[Row, Any]]:
        for subject in self._store.subjects.values():
            if controller in (None, subject[2]):
                yield from ((subject, told) for told in self._in(subject[0], section))

    def _in(self, subject_id: bytes, section: str) -> list[Any]:
        return [json.loads(row[4]) for row in self._store.entries.get(subject_id, {}).values() if row[3] == section]
