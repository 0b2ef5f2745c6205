"""Holdings, obligations and broken promises, one by one as rows: as they come from the store. Pure. Source: docs/exports.md."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from ledger.answers.shapes_lists import FoundViolation, HoldingLine
from ledger.answers.shapes_subject import ObligationAnswer
from ledger.exporting.columns import Row, code, codes, columns, place, places

HOLDINGS: Final = columns("""
    controller text whose data it is
    subject_ref text about whom, a pseudonym
    holder text who has it
    role text the part it plays; empty: the controller itself
    store text where
    country text in which country
    purpose text what for
    ref text of which order or service
    received_from text who gave it; empty: nobody
    activity text the activity of the policy
    legal_basis text the ground
    statute text the law that demands it
    safeguard text what a transfer rests on
    agreement text the agreement that it went under
    product text the product, as a domain's extension
    categories list what is held now; none: it is gone
    since instant since when the oldest of these
    erased list what is gone
    erased_at instant when the latest of these went
    due_at instant when it must go; empty: no date yet
    rule text the promise that says so
    held_back flag a hold stands in the way
    rests_on list events that brought it there, partition@offset
""")
OBLIGATIONS: Final = columns("""
    obligation_id text its id
    controller text whose data it is
    subject_ref text about whom, a pseudonym
    kind text ERASE, or what else must be done
    holder text who must
    store text where
    purpose text what for
    ref text of which order or service
    about text of a notice: what about
    categories list what
    state text OPEN, OVERDUE, MET or CANCELLED
    rule text the promise or article
    request_ref text the request that called for it
    raised_at instant when it was raised
    due_at instant from when it must be done
    overdue_at instant from when it is late
    age_seconds number how old it is, or was when it was settled
    late_by_seconds number how late; 0 in time
    escalation number 0 to 3, docs/answers.md section 4
    settled_at instant when it was met or cancelled
    certificate_ref text the paper of the holder
    reason text why it was cancelled
    raised text the record that raised it, partition@offset
    rests_on list events, partition@offset
""")
VIOLATIONS: Final = columns("""
    controller text whose promise it is
    subject_ref text about whom, a pseudonym
    promise text which
    rule text which rule of it
    severity text NOTE, WARNING or BREACH
    holder text who did it
    purpose text what for
    categories list what
    happened_at instant when the fact that broke it happened
    found_at instant when that was found, by the ledger's time
    event text that fact, partition@offset
    rests_on list events, partition@offset
""")


def holding_rows(lines: Iterable[HoldingLine]) -> Iterator[Row]:
    """A line for each."""
    for each in lines:
        yield (
            each.controller, each.subject_ref, each.holder, code(each.role), each.store, each.country, each.purpose.term, each.ref,
            each.received_from, each.activity, each.legal_basis.term, each.statute, code(each.safeguard), each.agreement, each.product,
            codes(each.categories), each.since, codes(each.erased), each.erased_at, each.due_at, each.rule, each.held_back, places(each.rests_on),
        )  # fmt: skip


def obligation_rows(lines: Iterable[ObligationAnswer]) -> Iterator[Row]:
    """A line for each."""
    for each in lines:
        yield (
            str(uuid.UUID(bytes=each.obligation_id)), each.controller, each.subject_ref, each.kind, each.holder, each.store, code(each.purpose),
            each.ref, each.about, codes(each.categories), each.state, each.rule, each.request_ref, each.raised_at, each.due_at, each.overdue_at,
            each.age_seconds, each.late_by_seconds, each.escalation, each.settled_at, each.certificate_ref, each.reason,
            f"{each.partition}@{each.raised_offset}", places(each.rests_on),
        )  # fmt: skip


def violation_rows(lines: Iterable[FoundViolation]) -> Iterator[Row]:
    """A line for each."""
    for each in lines:
        yield (
            each.controller, each.subject_ref, each.promise, each.rule, each.severity, each.holder, code(each.purpose), codes(each.categories),
            each.happened_at, each.found_at, place(each.event), places(each.rests_on),
        )  # fmt: skip
