"""Reads the projections for the reports: named queries of sql/report_queries.sql. The session is that of postgres_reader.py: read-only.

What is about everybody is added up in the database; docs/answers.md says what each report reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ledger.adapters.pg_copy import pack_uuid_array
from ledger.adapters.postgres_tables import OBLIGATION
from ledger.adapters.postgres_types import Instant, PackedUuids, RowMaker, Uuid
from ledger.core.delta import Row
from ledger.core.entries import notice_entry_id
from ledger.folding.ports import Places
from ledger.sql import read_queries

QUERIES = read_queries("report_queries.sql")
PLANNED_ANEW = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
_SORTING = "SELECT set_config('enable_sort', %(setting)s, true), set_config('enable_incremental_sort', %(setting)s, true)"
_MAKE_OBLIGATION = RowMaker(OBLIGATION).make


class ReportReads:
    """The part of store.AnswerStore that reports ask."""

    def _run(self, query: str, arguments: Mapping[str, Any]) -> list[Row]:
        raise NotImplementedError

    def _streamed(self, name: str, query: str, arguments: Mapping[str, Any]) -> Iterator[Row]:
        raise NotImplementedError

    def _report(self, name: str, **arguments: Any) -> list[Row]:
        return self._run(QUERIES[name], arguments)

    def _added_up(self, name: str, **arguments: Any) -> list[Row]:
        """The mixes are few and the holdings many, which the planner cannot know of so many columns: left alone it sorts all holdings by name."""
        self._run(_SORTING, {"setting": "off"})
        found = self._report(name, **arguments)
        self._run(_SORTING, {"setting": "on"})
        return found

    # -- added up

    def mixes(self, controller: str | None, holders: Collection[str] | None = None) -> list[Row]:
        """Everything held or erased, added up; the columns of mixes.Mix. holders: by these alone."""
        return self._added_up("mixes", controller=controller, holders=None if holders is None else sorted(holders))

    def places_of_categories(self, controller: str, categories: Collection[str]) -> list[Row]:
        """(is the controller's own, activity, role, category, partition, first and latest offset of the facts that brought it, holdings)."""
        return self._report("places_of_categories", controller=controller, categories=sorted(categories))

    def people_of_countries(self, controller: str | None, registered: Collection[tuple[str, str, str]]) -> list[Row]:
        """(controller, holder, role, country, safeguard, subjects). registered: (controller, recipient, country) where a share names no country."""
        owners, recipients, countries = ([each[place] for each in registered] for place in range(3))
        return self._report("people_of_countries", controller=controller, owners=owners, recipients=recipients, countries=countries)

    def people_of_purpose(self, controller: str | None, purpose: str) -> list[Row]:
        """(controller, subjects)."""
        return self._report("people_of_purpose", controller=controller, purpose=purpose)

    def choices(self, controller: str | None, purposes: Collection[str], list_purpose: str) -> list[Row]:
        """What people chose about some purposes; the columns of choices.Alike."""
        return self._added_up("choices", controller=controller, purposes=list(purposes), list_purpose=list_purpose)

    def objecting_unlisted(
        self, controllers: Collection[str], objections: Collection[str], purposes: Collection[str], list_purpose: str, limit: int, after: Row
    ) -> list[Row]:
        """(partition, controller, subject_ref, steps of objections, their offsets, id of the line) of those who made just such steps and are on no
        list, by controller and id. after: (controller, id)."""
        if not (objections and controllers):
            return []
        arguments = {"controllers": list(controllers), "objections": list(objections), "purposes": list(purposes), "list_purpose": list_purpose}
        return self._report("objecting_unlisted", limit=limit, after_controller=after[0], after_id=after[1], **arguments)

    def people_of_disclosures(self, controller: str | None) -> list[Row]:
        """(subject id) of those of whom somebody got something for which he must ask (unasked.is_disclosure), also when it is gone there."""
        return self._report("people_of_disclosures", controller=controller)

    def terms_of_holdings(self, controller: str | None, now: int, asked: Mapping[str, Collection[str]], is_waiting: bool = False) -> list[Row]:
        """What is held, by how far its term is; the columns of terms_held.Terms. asked: terms_held.asked_of_what_waits. is_waiting: of what waits
        under a rule for its term to start alone; nothing is read where the tally knows of none."""
        alike = [row[0] for row in self._report("waiting_alike", controller=controller)] if is_waiting else []
        if is_waiting and not alike:
            return []
        self._run(PLANNED_ANEW, {})  # all, by reading all; what waits alone, by its index
        lists = {name: list(values) for name, values in asked.items()} | {"alike": alike}
        return self._added_up("terms_of_holdings", controller=controller, now=Instant(now), is_waiting=is_waiting, **lists)

    def past_due_tallied(self, controller: str | None) -> list[Row]:
        """(controller, holder, role, rule, holdings) of what was due before the day up to which all is called for, and is not held back."""
        return self._report("past_due_tallied", controller=controller)

    def past_due(self, partition: int, controller: str | None, *, of_today: bool) -> list[Row]:
        """(controller, holder, activity, role, purpose, categories, rule, holdings) of what is due and not held back. of_today: that day alone."""
        rows = self._report("past_due", partition=partition, controller=controller, of_today=of_today)
        return [(*row[:5], tuple(row[5]), *row[6:]) for row in rows]

    def called_for_ahead(self, controller: str | None) -> list[Row]:
        """The same of what has its date ahead and is all called for."""
        return [(*row[:5], tuple(row[5]), *row[6:]) for row in self._report("called_for_ahead", controller=controller)]

    def held_back_dated(self, controller: str | None) -> list[Row]:
        """The same of what is held back, with the earliest date of each."""
        return [(*row[:5], tuple(row[5]), *row[6:]) for row in self._report("held_back_dated", controller=controller)]

    def erasures_unsettled(self, controller: str | None) -> list[Row]:
        """(controller, rule, state, partition, obligations, subjects, oldest due, oldest overdue, what one of them rests on)."""
        return [(*row[:8], tuple(row[8])) for row in self._report("erasures_unsettled", controller=controller)]

    # -- by place or subject

    def events_at(self, partition: int, offsets: Collection[int]) -> dict[int, bytes]:
        """offset -> event id, of places in one partition."""
        return dict(self._report("events_at", partition=partition, offsets=list(offsets))) if offsets else {}

    def value_at(self, partition: int, offset: int) -> bytes | None:
        """The stored value of the fact at a place."""
        found = self._report("value_at", partition=partition, offset=offset)
        return bytes(found[0][0]) if found else None

    def facts_of_subjects(self, subject_ids: Collection[bytes], schema_ids: Collection[int]) -> list[Row]:
        """(subject id, partition, offset, value) of their facts of some types, in log order."""
        arguments = {"subject_ids": PackedUuids(pack_uuid_array(subject_ids)), "schema_ids": list(schema_ids)}
        return self._report("facts_of_subjects", **arguments) if subject_ids else []

    def obligations_of_subjects(self, subject_ids: Collection[bytes]) -> list[Row]:
        """Their obligation rows, in any state."""
        found = self._report("obligations_of_subjects", subject_ids=PackedUuids(pack_uuid_array(subject_ids))) if subject_ids else []
        return [_MAKE_OBLIGATION(row) for row in found]

    # -- searched for in all states

    def obligation_with_id(self, obligation_id: bytes) -> Row | None:
        """The row of one obligation, or None."""
        found = self._report("obligation_with_id", obligation_id=Uuid(obligation_id))
        return _MAKE_OBLIGATION(found[0]) if found else None

    def people_of_request(self, controller: str, request_ref: str) -> list[str]:
        """References of those something was called for because of a request."""
        return [str(row[0]) for row in self._report("people_of_request", controller=controller, request_ref=request_ref)]

    def erasures_met(self, controller: str | None, within: Places | None, limit: int, after: Row) -> list[Row]:
        """Obligation rows of erasures that were met, the latest first, then by id. within: partition -> (first, before) offsets of the facts that met
        them. after: (negative of settled at, id)."""
        partitions = None if within is None else list(within)
        firsts, befores = ([places[side] for places in (within or {}).values()] for side in range(2))
        places = {"partitions": partitions, "firsts": firsts, "befores": befores}
        behind = {"after_at": Instant(-after[0]), "after_id": Uuid(after[1])}
        found = self._report("erasures_met", controller=controller, limit=limit, **places, **behind)
        return [_MAKE_OBLIGATION(row) for row in found]

    def requests(self, controller: str | None, is_open: bool, is_refused: bool, limit: int, after: Row) -> list[Row]:
        """(subject id, partition, controller, subject_ref, request_ref, right, outcome, received at, place, id of the line), by place and id.

        is_open: those that are not closed. is_refused: those refused, wholly or in part. place: the negative of the moment of the answer for
        these; the moment of asking for open ones, its negative for all; those of which only the answer is known first. after: (place, id).
        """
        of = {"controller": controller, "is_open": is_open, "is_refused": is_refused}
        self._run(PLANNED_ANEW, {})  # each by an index of its own
        return self._report("requests", **of, limit=limit, after_place=after[0], after_id=after[1])

    def disclosures(self, controller: str | None, limit: int, after: Row) -> list[Row]:
        """(subject id, partition, controller, subject_ref, disclosure_ref, asked or decided at, id of the line), the latest first, then by id.

        after: (negative of when it was asked or decided, id).
        """
        return self._report("disclosures", controller=controller, limit=limit, after_place=after[0], after_id=after[1])

    # -- whom a breach concerns

    def affected_counted(self, where: Mapping[str, Any]) -> tuple[int, int]:
        """(people, those told) of whom something held now was there. where: the fields of breaches.Where."""
        people, told = self._affected("affected_counted", where)[0]
        return int(people), int(told)

    def affected_listed(self, where: Mapping[str, Any], limit: int, after: bytes) -> list[Row]:
        """(subject id, partition, controller, subject_ref, told, id of the line) of the same, by that id, after one."""
        return self._affected("affected_listed", where, limit=limit, after_id=after)

    def every_affected(self, where: Mapping[str, Any]) -> Iterator[Row]:
        """As affected_listed, all of them, as the database sends them."""
        return self._streamed("every_affected", QUERIES["affected_listed"], self._at(where) | {"limit": None, "after_id": b""})

    def every_unsure(self, where: Mapping[str, Any]) -> Iterator[Row]:
        """(subject id, partition, controller, subject_ref, told) of whom only their facts can tell, as the database sends them."""
        return self._streamed("every_unsure", QUERIES["affected_unsure"], self._at(where))

    def _affected(self, name: str, where: Mapping[str, Any], **arguments: Any) -> list[Row]:
        return self._report(name, **self._at(where), **arguments)

    def _at(self, where: Mapping[str, Any]) -> dict[str, Any]:
        at = {of: where[of] for of in ("controller", "holder", "store")}
        alike = [row[0] for row in self._report("alike_at", **at)]
        self._run(PLANNED_ANEW, {})  # much or little is there
        return {**_instants(where), "alike": alike}


def _instants(where: Mapping[str, Any]) -> dict[str, Any]:
    notice_id = Uuid(notice_entry_id("subject", "breach", where["breach_ref"]))
    window = {"since": Instant(where["since"]), "until": Instant(where["until"])}
    return {**where, **window, "categories": list(where["categories"]), "notice_id": notice_id}
