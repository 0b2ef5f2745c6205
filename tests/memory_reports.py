"""The part of store.AnswerStore that reports ask, over the projections in memory: what sql/report_queries.sql says, in Python.

Columns of the rows: docs/architecture.md section 5.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger.answers.cursors import Place, line_id
from ledger.answers.unasked import PURPOSE, ROLES
from ledger.core.delta import Row
from ledger.core.entries import read_entries
from ledger.core.retention_rule import STARTS_OF
from ledger.core.subject import Subject
from ledger.folding.ports import Places
from tests.memory_asked import REFUSING_OUTCOMES
from tests.memory_projection import MemoryProjection


class MemoryReports:
    """Reads `_store`."""

    _store: MemoryProjection

    def _holdings(self, controller: str | None) -> list[Row]:
        return [row for row in self._store.holding_rows() if controller in (None, row[3])]

    def mixes(self, controller: str | None, holders: Collection[str] | None = None) -> list[Row]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in (row for row in self._holdings(controller) if holders is None or row[5] in holders):
            key = (*row[2:4], row[5], row[9], row[21], row[20], row[6], *row[24:27], row[7], *row[22:24], row[29], row[10], row[15])
            found.setdefault(key, []).append(row)
        return [
            (*key, len(rows), min((r[12][0] for r in rows if r[12]), default=None), min(r[19] for r in rows), max(r[19] for r in rows))
            for key, rows in found.items()
        ]

    def places_of_categories(self, controller: str, categories: Collection[str]) -> list[Row]:
        found: dict[tuple[Any, ...], list[int]] = {}
        for row in self._holdings(controller):
            for category, place in zip(row[10], row[11], strict=True):
                if category in categories:
                    found.setdefault((row[9] is None, row[20], row[21], category, row[2]), []).append(row[14][place])
        return [(*key, min(offsets), max(offsets), len(offsets)) for key, offsets in found.items()]

    def people_of_countries(self, controller: str | None, registered: Collection[tuple[str, str, str]]) -> list[Row]:
        known = {each[:2]: each[2] for each in registered}
        return _people(self._holdings(controller), lambda row: (row[3], row[5], row[21], row[24] or known.get((row[3], row[5])), row[25]))

    def people_of_purpose(self, controller: str | None, purpose: str) -> list[Row]:
        return _people((r for r in self._holdings(controller) if r[9] is None and r[7] == purpose), lambda row: (row[3],))

    def choices(self, controller: str | None, purposes: Collection[str], list_purpose: str) -> list[Row]:
        found: dict[tuple[Any, ...], list[tuple[list[int], list[int]]]] = {}
        for row in self._store.subjects.values():
            (objections, objected), (consents, consented) = (self._steps(row[0], section, purposes) for section in ("objections", "consents"))
            if controller in (None, row[2]) and (objected or consented):
                key = (*row[1:3], objections, consents, self._is_listed(row[0], list_purpose))
                found.setdefault(key, []).append((objected, consented))
        return [
            (*key, len(places), *(end(each[place] for each in places) for place in range(2) for end in (min, max))) for key, places in found.items()
        ]

    def objecting_unlisted(
        self, controllers: Collection[str], objections: Collection[str], purposes: Collection[str], list_purpose: str, limit: int, after: Place
    ) -> list[Row]:
        found = []
        for row in self._store.subjects.values():
            steps, objected = self._steps(row[0], "objections", purposes)
            if row[2] in controllers and steps in objections and not self._is_listed(row[0], list_purpose):
                found.append((*row[1:4], steps, objected, line_id(row[0], b"not on the list")))
        return sorted((row for row in found if (row[1], row[5]) > after), key=lambda row: (row[1], row[5]))[:limit]

    def _is_listed(self, subject_id: bytes, purpose: str) -> bool:
        return any(row[0] == subject_id and row[7] == purpose and row[9] is None and row[10] for row in self._store.holding_rows())

    def _steps(self, subject_id: bytes, section: str, purposes: Collection[str]) -> tuple[str, list[int]]:
        names = 2 if section == "objections" else 3
        steps = [
            (at, event_id, offset, [*entry[:names], state])
            for entry in self._entries(subject_id, section)
            if entry[0] in purposes
            for event_id, at, offset, state in (entry[names:],)
        ]
        return json.dumps([step[3] for step in sorted(steps)]), [step[2] for step in sorted(steps)]

    def people_of_disclosures(self, controller: str | None) -> list[Row]:
        found = {row[0] for row in self._holdings(controller) if row[9] is not None and (row[21] in ROLES or row[7] == PURPOSE)}
        return [(subject_id,) for subject_id in sorted(found)]

    def terms_of_holdings(self, controller: str | None, now: int, asked: Mapping[str, Collection[str]], is_waiting: bool = False) -> list[Row]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self._holdings(controller):
            if row[10] and not (is_waiting and (row[28] is not None or row[29] is None)):
                rule = row[29] if row[28] is None else None
                subject = self._subject(row)
                ends = (_states(subject), _states(subject, (row[8],))) if rule in asked["ending_rules"] else (None, None)
                consents = self._consent_steps(row, {row[7], *asked["consent_to"]}) if rule in asked["consent_rules"] else None
                customer = self._customer_steps(row, asked["customer_kinds"]) if rule in asked["customer_rules"] else None
                key = (row[2], row[3], row[5] == row[3], row[20], row[21], row[7], row[10], row[29])
                found.setdefault((*key, row[4].startswith("dataset-"), *ends, consents, customer, row[28] is None), []).append(row)
        answers = []
        for key, rows in found.items():
            called = [row for row in rows if self._store.is_called_for(row)]
            coming = [row[28] for row in rows if row[28] is not None and row[28] > now and row not in called]
            past = [row[28] for row in rows if row[32]]
            counts = (len(rows), len(called), len(past), min(coming, default=None), min(past, default=None))
            answers.append((*key, *counts, min(r[19] for r in rows), max(r[19] for r in rows), min(r[4] for r in rows)))
        return answers

    def _subject(self, holding: Row) -> Subject:
        subject = Subject(*holding[3:5], b"", holding[0])
        read_entries(subject, list(self._store.entries.get(holding[0], {}).values()))
        return subject

    def _customer_steps(self, holding: Row, kinds: Collection[str]) -> str:
        entries = [*self._entries(holding[0], "milestones"), *self._entries(holding[0], "customer_before")]
        return json.dumps([[kind, ref, at] for kind, ref, at, *_ in entries if kind in kinds and at <= holding[17]])[1:-1]

    def _consent_steps(self, holding: Row, purposes: Collection[str]) -> str:
        steps = [
            (at, event_id, purpose, channel, recipient, state)
            for purpose, channel, recipient, event_id, at, _, state in self._entries(holding[0], "consents")
            if purpose in purposes and (holding[5] == holding[3] or recipient in (None, holding[5]))
        ]
        return json.dumps([[*step[2:]] for step in sorted(steps, key=lambda step: step[:2])])[1:-1]

    def past_due_tallied(self, controller: str | None) -> list[Row]:
        rows = [row for row in self._past_due(controller) if row[28] < self._day_of(row[2])]
        return [(*key, number) for key, number in Counter((row[3], row[5], row[21], row[29]) for row in rows).items()]

    def past_due(self, partition: int, controller: str | None, *, of_today: bool) -> list[Row]:
        rows = [row for row in self._past_due(controller) if row[2] == partition]
        return _alike(row for row in rows if not of_today or row[28] >= self._day_of(partition))

    def _past_due(self, controller: str | None) -> list[Row]:
        dated = [row for row in self._holdings(controller) if row[10] and row[28] is not None and not row[32]]
        return [row for row in dated if row[28] <= self._called_until(row[2])]

    def called_for_ahead(self, controller: str | None) -> list[Row]:
        dated = [row for row in self._holdings(controller) if row[10] and row[28] is not None and row[28] > self._called_until(row[2])]
        return _alike(row for row in dated if self._store.is_called_for(row))

    def _called_until(self, partition: int) -> int:
        progress = self._store.progress("facts", partition)
        return progress.pending.steps[0][5] if progress.pending.steps else progress.time_reached

    def _day_of(self, partition: int) -> int:
        """When the day began up to which all is called for, in Dutch legal time."""
        until = datetime.fromtimestamp(self._called_until(partition) / 1_000_000, ZoneInfo("Europe/Amsterdam"))
        return int(until.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1_000_000

    def held_back_dated(self, controller: str | None) -> list[Row]:
        rows = [row for row in self._holdings(controller) if row[10] and row[32]]
        return [(*each, min(row[28] for row in rows if _mix(row) == each[:7])) for each in _alike(rows)]

    def erasures_unsettled(self, controller: str | None) -> list[Row]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self._store.obligation_rows():
            if row[5] == "ERASE" and row[15] in ("OPEN", "OVERDUE") and controller in (None, row[3]):
                found.setdefault((row[3], row[14], row[15], row[2]), []).append(row)
        return [
            (*key, len(rows), len({r[1] for r in rows}), min(r[12] for r in rows), min(r[13] for r in rows), min(r[18] for r in rows))
            for key, rows in found.items()
        ]

    def events_at(self, partition: int, offsets: Collection[int]) -> dict[int, bytes]:
        return {row[1]: row[3] for row in self._store.facts.values() if row[0] == partition and row[1] in offsets}

    def value_at(self, partition: int, offset: int) -> bytes | None:
        return next((row[6] for row in self._store.facts.values() if row[:2] == (partition, offset)), None)

    def facts_of_subjects(self, subject_ids: Collection[bytes], schema_ids: Collection[int]) -> list[Row]:
        return [(r[2], r[0], r[1], r[6]) for _, r in sorted(self._store.facts.items()) if r[2] in subject_ids and r[4] in schema_ids]

    def obligations_of_subjects(self, subject_ids: Collection[bytes]) -> list[Row]:
        return [row for row in self._store.obligation_rows() if row[1] in subject_ids]

    def obligation_with_id(self, obligation_id: bytes) -> Row | None:
        return next((row for row in self._store.obligation_rows() if row[0] == obligation_id), None)

    def people_of_request(self, controller: str, request_ref: str) -> list[str]:
        return sorted({row[4] for row in self._store.obligation_rows() if (row[3], row[19]) == (controller, request_ref)})

    def erasures_met(self, controller: str | None, within: Places | None, limit: int, after: Place) -> list[Row]:
        found = [row for row in self._store.obligation_rows() if row[15] == "MET" and row[5] == "ERASE" and controller in (None, row[3])]
        if within is not None:
            found = [row for row in found if row[2] in within and within[row[2]][0] <= row[21] < within[row[2]][1]]
        return sorted((row for row in found if (-row[20], row[0]) > after), key=lambda row: (-row[20], row[0]))[:limit]

    def requests(self, controller: str | None, is_open: bool, is_refused: bool, limit: int, after: Place) -> list[Row]:
        rows = [row for row in self._store.obligation_rows() if row[15] in ("OPEN", "OVERDUE")]
        unsettled = {(row[1], row[19]) for row in rows}
        told_on = {"RECTIFICATION": ("RECTIFY", None), "RESTRICTION": ("NOTIFY_RECIPIENT", "restriction")}
        found = []
        for row in self._store.subjects.values():
            for entry_id, (ref, right, received, _, _, _, outcome, answered, reasons, _) in self._entries_by_id(row[0], "requests"):
                follows = [o for o in rows if o[1] == row[0] and (o[5], o[25]) == told_on.get(right) and received and o[12] >= received[0]]
                stands = outcome is None or (row[0], ref) in unsettled or bool(follows)
                is_kept = bool(reasons) or outcome in REFUSING_OUTCOMES
                if controller in (None, row[2]) and (stands or not is_open) and (is_kept or not is_refused) and row[3] != "register":
                    at = answered if is_refused else received
                    place = -(2**62) if at is None else at[0] if is_open and not is_refused else -at[0]
                    found.append((*row[:4], ref, right, outcome, received and received[0], place, line_id(row[0], entry_id)))
        return sorted((row for row in found if row[8:] > after), key=lambda row: row[8:])[:limit]

    def disclosures(self, controller: str | None, limit: int, after: Place) -> list[Row]:
        found: dict[tuple[Any, ...], int] = {}
        for row in self._store.subjects.values():
            told = [(ref, at) for ref, _, at, *_ in self._entries(row[0], "disclosures")]
            told += [(ref, asked[0]) for ref, asked, _ in self._entries(row[0], "disclosure_requests")]
            for ref, at in told if controller in (None, row[2]) else ():
                found[*row[:4], ref] = max(at, found.get((*row[:4], ref), 0))
        rows = [(*key, at, line_id(key[0], key[4].encode())) for key, at in found.items()]
        return sorted((row for row in rows if (-row[5], row[6]) > after), key=lambda row: (-row[5], row[6]))[:limit]

    def affected_counted(self, where: Mapping[str, Any]) -> tuple[int, int]:
        found = self.affected_listed(where, 10**9, b"")
        return len(found), sum(row[4] for row in found)

    def affected_listed(self, where: Mapping[str, Any], limit: int, after: bytes) -> list[Row]:
        ref = where["breach_ref"].encode()
        found = {
            row[0]: (row[0], *row[2:5], self._told(row[0], where), line_id(row[0], ref)) for row in self._there(where) if _is_sure(row, where)
        }
        return sorted((row for row in found.values() if row[5] > after), key=lambda row: row[5])[:limit]

    def every_unsure(self, where: Mapping[str, Any]) -> Iterator[Row]:
        sure = {row[0] for row in self._there(where) if _is_sure(row, where)}
        found = {}
        for row in self._there(where):
            gone = any(_hit(c, where) and at > where["since"] for c, at in zip(row[15], row[16], strict=True))
            back = any(_hit(c, where) for c in row[10]) and bool(self._entries(row[0], "erasures"))
            if row[0] not in sure and (gone or back):
                found[row[0]] = (row[0], *row[2:5], self._told(row[0], where))
        return iter(sorted(found.values()))

    def every_affected(self, where: Mapping[str, Any]) -> Iterator[Row]:
        return iter(self.affected_listed(where, 10**9, b""))

    def _there(self, where: Mapping[str, Any]) -> Iterable[Row]:
        rows = self._holdings(where["controller"])
        return (row for row in rows if row[5] == where["holder"] and where["store"] in (None, row[6]))

    def _told(self, subject_id: bytes, where: Mapping[str, Any]) -> bool:
        return any(notice[:3] == ["subject", "breach", where["breach_ref"]] for notice in self._entries(subject_id, "notices"))

    def _entries_by_id(self, subject_id: bytes, section: str) -> list[tuple[bytes, Any]]:
        return [(row[1], json.loads(row[4])) for row in self._store.entries.get(subject_id, {}).values() if row[3] == section]

    def _entries(self, subject_id: bytes, section: str) -> list[Any]:
        return [json.loads(row[4]) for row in self._store.entries.get(subject_id, {}).values() if row[3] == section]


def _people(rows: Iterable[Row], key: Callable[[Row], tuple[Any, ...]]) -> list[Row]:
    found: dict[tuple[Any, ...], set[bytes]] = {}
    for row in rows:
        if row[10]:
            found.setdefault(key(row), set()).add(row[0])
    return [(*whom, len(subjects)) for whom, subjects in found.items()]


def _states(subject: Subject, refs: Collection[str | None] | None = None) -> tuple[str, ...]:
    """What the core keeps of all that ends: goes on, or over. refs: of these references alone."""
    found = []
    for kind in sorted(STARTS_OF):
        running, ended = subject.running.get(kind, set()), set(subject.reached.get(kind, ()))
        if (running if refs is None else running.intersection(refs)):
            found.append(f"{kind} RUNS")
        elif (ended if refs is None else ended.intersection(refs)):
            found.append(f"{kind} ENDED")
    return tuple(found)


def _hit(category: str, where: Mapping[str, Any]) -> bool:
    return not where["categories"] or category in where["categories"]


def _is_sure(row: Row, where: Mapping[str, Any]) -> bool:
    return any(_hit(c, where) and row[12][place] <= where["until"] for c, place in zip(row[10], row[11], strict=True))


def _alike(rows: Iterable[Row]) -> list[Row]:
    return [(*mix, number) for mix, number in Counter(map(_mix, rows)).items()]


def _mix(row: Row) -> Row:
    return row[3], row[5], row[20], row[21], row[7], row[10], row[29]
