"""Every register: its columns, the question behind it, and the rows of the answer. Source: docs/exports.md, which a test holds to this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, Final

from ledger.answers.one_by_one import Stream
from ledger.answers.query import Query
from ledger.core.calendar import day_of, start_of_day
from ledger.exporting import events
from ledger.exporting import rows_lists as lists
from ledger.exporting import rows_retention as retention
from ledger.exporting import rows_rights as rights
from ledger.exporting import rows_sharing as sharing
from ledger.exporting.asked import PAGE_ROWS, Found, Parameters, Register
from ledger.exporting.columns import Row
from ledger.legal_time import DUTCH_TIME

Finding = Callable[[Query, Parameters], AbstractContextManager[Found]]


def answered(ask: Callable[[Query, Parameters], Any], rows: Callable[[Any], Iterator[Row]]) -> Finding:
    """Rows of one answer, which is in memory as a whole."""

    @contextmanager
    def found(query: Query, parameters: Parameters) -> Iterator[Found]:
        answer = ask(query, parameters)
        yield Found(answer.freshness, rows(answer))

    return found


def paged(ask: Callable[[Query, Parameters, str | None], Any], rows: Callable[[Any], Iterator[Row]]) -> Finding:
    """Rows of a list, a page in memory at a time, all of one moment."""

    @contextmanager
    def found(query: Query, parameters: Parameters) -> Iterator[Found]:
        def pages(answer: Any) -> Iterator[Row]:
            yield from rows(answer)
            while answer.next is not None:
                answer = ask(query, parameters, answer.next)
                yield from rows(answer)

        with query.one_moment():
            first = ask(query, parameters, None)
            yield Found(first.freshness, pages(first))

    return found


def streamed(ask: Callable[[Query, Parameters], AbstractContextManager[Stream[Any]]], rows: Callable[[Iterable[Any]], Iterator[Row]]) -> Finding:
    """Rows as they come, while the snapshot is open."""

    @contextmanager
    def found(query: Query, parameters: Parameters) -> Iterator[Found]:
        with ask(query, parameters) as stream:
            yield Found(stream.freshness, rows(stream.lines))

    return found


def _until(query: Query, days: int | None) -> int | None:
    """The end of the day, in Dutch legal time, so many days after the ledger's own, of the moment that is open; None: as the answer has it."""
    time_reached = query.freshness().time_reached
    return None if days is None or not time_reached else start_of_day(day_of(time_reached, DUTCH_TIME) + timedelta(days=days + 1), DUTCH_TIME) - 1


PERSON: Final = ("controller", "subject_ref")
REGISTERS: Final = (
    Register(
        "recipients", "Who gets what, by recipient, role and purpose", sharing.RECIPIENTS, events.SHARING,
        answered(lambda query, of: query.recipients(of.controller), sharing.recipient_rows),
    ),
    Register(
        "agreements", "Agreements with recipients, and who has none and needs one", sharing.AGREEMENTS, events.SHARING,
        answered(lambda query, of: query.recipients(of.controller), sharing.agreement_rows),
    ),
    Register(
        "transfers", "What is outside the EU, and what that rests on", sharing.TRANSFERS, events.SHARING,
        answered(lambda query, of: query.transfers(of.controller), sharing.transfer_rows),
    ),
    Register(
        "breaches", "Register of breaches (datalekregister), GDPR Art. 33(5)", rights.BREACHES, events.BREACHES,
        answered(lambda query, of: query.breaches(of.controller), rights.breach_rows),
    ),
    Register(
        "breach-people", "Whom each breach concerns, one by one, and who was told of it; GDPR Art. 34", rights.BREACH_PEOPLE, events.BREACHES,
        streamed(lambda query, of: query.every_person_of_breaches(of.controller), rights.breach_people_rows),
    ),
    Register(
        "disclosures", "Who outside asked for data, and what went out unasked; for officers", rights.DISCLOSURES, events.DISCLOSURES,
        paged(lambda query, of, after: query.disclosures(of.controller, limit=PAGE_ROWS, after=after), rights.disclosure_rows),
    ),
    Register(
        "requests", "Requests of people, and how they went", rights.REQUESTS, events.REQUESTS,
        paged(lambda query, of, after: query.requests(of.controller, limit=PAGE_ROWS, after=after), rights.request_rows),
    ),
    Register(
        "retention", "Retention schedule: each rule and term, and what follows it", retention.SCHEDULE, events.TERMS,
        answered(lambda query, of: query.retention(of.controller, 0), retention.schedule_rows),
    ),
    Register(
        "retention-gaps", "What is held without a term, or under one that will not start by itself", retention.GAPS, events.TERMS,
        answered(lambda query, of: query.retention(of.controller, 0), retention.gap_rows),
    ),
    Register(
        "retention-overruns", "What is past its date, by rule", retention.OVERRUNS, events.REQUESTS,
        answered(lambda query, of: query.retention(of.controller, 0), retention.overrun_rows),
    ),
    Register(
        "due", "What is past due, and what comes due within 30 days, or as many as are asked", retention.DUE, events.DUTIES,
        paged(lambda query, of, after: query.due(_until(query, of.days), of.controller, PAGE_ROWS, after), retention.due_rows), takes=("days",),
    ),
    Register(
        "violations", "Broken promises, one by one", lists.VIOLATIONS, events.DUTIES,
        streamed(lambda query, of: query.every_violation(of.controller), lists.violation_rows),
    ),
    Register(
        "obligations", "What holders must do or had to, one by one", lists.OBLIGATIONS, events.DUTIES,
        streamed(lambda query, of: query.every_obligation(of.controller), lists.obligation_rows),
    ),
    Register(
        "holdings", "Who has what about whom, one by one, gone or not", lists.HOLDINGS, events.TERMS,
        streamed(lambda query, of: query.every_holding(of.controller), lists.holding_rows),
    ),
    Register(
        "look-ups", "Who looked at one person's data, never by name", rights.LOOK_UPS, ("DataConsulted", "PolicyPublished", "TimeReached"),
        answered(lambda query, of: query.look_ups(of.controller or "", of.subject_ref or "", of.audience), rights.look_up_rows), PERSON,
    ),
)  # fmt: skip
