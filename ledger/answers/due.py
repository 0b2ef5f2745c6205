"""What comes due and what is past due; what holders must do and how late they are. Source: docs/answers.md section 4."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from zoneinfo import ZoneInfo

from ledger.answers.answering import Answering
from ledger.answers.asking import Asking, Snapshot, event_at
from ledger.answers.cursors import TIME_MAX, Place, page
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_lists import DueAnswer, DueLine, ObligationsAnswer
from ledger.answers.shapes_subject import ObligationAnswer
from ledger.core import rows
from ledger.core.delta import Row
from ledger.core.rules import Rules
from ledger.core.state import Obligation
from ledger.errors import CallerError

DAY_MICROS = 86_400_000_000
DUE_DAYS_AHEAD = 30
STATES = ("OVERDUE", "OPEN", "MET", "CANCELLED")
OTHER_KINDS = ("ANSWER", "END_SERVICE", "EXPORT_FIRST", "NOTIFY_AUTHORITY", "NOTIFY_RECIPIENT", "NOTIFY_SUBJECT", "RECTIFY")
"""What must be done beside erasing; a test takes the list from the schema."""
KINDS = ("ERASE", *OTHER_KINDS)
START: Place = (-TIME_MAX, bytes(16))
"""Before all lines of these lists: (due at, id of the obligation or of the line)."""


def due(asking: Asking, until: int | None, controller: str | None, limit: int, after: str | None = None) -> DueAnswer:
    """Say what comes due until a moment, and what is past due and not erased; earliest first.

    until None: 30 days after the ledger's time; stays None while no time has come. Raises: CursorError.
    """
    with asking.snapshot() as seen:
        cursors = seen.cursors("due", ("ti",), controller, until)
        (place,) = cursors.read(after)
        if until is None:
            until = seen.time_reached + DUE_DAYS_AHEAD * DAY_MICROS if seen.time_reached else None
        lines, goes_on = due_lines(seen, until, controller, limit, place)
    return DueAnswer(
        until=until, controller=controller, lines=lines, more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness()
    )


def due_lines(
    seen: Snapshot, until: int | None, controller: str | None, limit: int, after: Place | None
) -> tuple[tuple[DueLine, ...], Place | None]:
    """A page of what comes due in each partition and of what is called for, earliest first; and after which place it goes on."""
    if until is None or after is None:
        return (), None
    after = after or START
    lines = [
        ((row[0], row[13]), _coming(row, partition, seen.time_of(partition)))
        for partition in range(seen.partitions)
        for row in seen.store.coming_due(partition, until, controller, limit + 1, after)
    ]
    called_for = [
        row for state in ("OPEN", "OVERDUE") for row in seen.store.obligations_by_state(state, until, None, controller, limit + 1, after)
    ]
    offsets = _offsets(seen, called_for)
    lines += [((row[12], row[0]), _called_for(row, offsets[row[2]])) for row in called_for]
    return page(sorted(lines, key=itemgetter(0)), limit)


def obligations(
    asking: Asking, states: Collection[str], holder: str | None, controller: str | None, limit: int, after: str | None = None,
    kinds: Collection[str] = (),
) -> ObligationsAnswer:  # fmt: skip
    """List obligations in these states, with their age by the ledger's time; earliest due first. kinds: of KINDS; none: all.

    Raises:
        CallerError: an unknown state or kind. CursorError.
    """
    for name, known, asked, example in (("state", STATES, states, "OVERDUE"), ("kind", KINDS, kinds, "ANSWER")):
        if not set(asked) <= set(known):
            raise CallerError(f"cannot list obligations: expected a {name} of {', '.join(known)}, got another", hint=f"for example {example}")
    with asking.snapshot() as seen:
        cursors = seen.cursors("obligations", ("ti",), sorted(set(states)), sorted(set(kinds)), holder, controller)
        (place,) = cursors.read(after)
        rows = [] if place is None else [
            row for state in sorted(set(states)) for row in _of_state(seen, state, kinds, holder, controller, limit + 1, place or START)
        ]  # fmt: skip
        found = [((row[12], row[0]), row) for row in rows]
        shown, goes_on = page(sorted(found, key=itemgetter(0)), limit)
        answers = obligation_answers(seen, shown)
    return ObligationsAnswer(
        controller=controller, obligations=answers, more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness()
    )


def _of_state(
    seen: Snapshot, state: str, kinds: Collection[str], holder: str | None, controller: str | None, limit: int, after: Place
) -> list[Row]:  # fmt: skip
    """Rows of one state: of each of these kinds by an index of its own, or of all at once."""
    if not kinds:
        return seen.store.obligations_by_state(state, TIME_MAX, holder, controller, limit, after)
    return [row for kind in sorted(set(kinds)) for row in seen.store.obligations_of_kind(kind, state, holder, controller, limit, after)]


def obligation_answers(seen: Snapshot, found: Collection[Row]) -> tuple[ObligationAnswer, ...]:
    """Rows of obligations of many subjects as answers, in the order given."""
    offsets = _offsets(seen, found)
    answers = []
    for row in found:
        subject, partition = rows.subject_of(row[3], row[4], None, [], []), row[2]
        answering = Answering(subject, partition, Rules(ZoneInfo), seen.time_of(partition), offsets[partition])
        answers.append(answering.obligation(rows.obligation_of(row)))
    return tuple(answers)


def _offsets(seen: Snapshot, found: Collection[Row]) -> dict[int, dict[bytes, int]]:
    """Where the events stand that these obligations rest on, by partition."""
    wanted: dict[int, set[bytes]] = {}
    for row in found:
        wanted.setdefault(row[2], set()).update(row[18])
    return seen.offsets(wanted)


def _coming(row: Row, partition: int, time_reached: int) -> DueLine:
    due_at, controller, subject_ref, holder, store, purpose, ref, categories, rule, latest, offset, anchors, anchor_offsets, _ = row
    events = {offset: latest, **dict(zip(anchor_offsets, anchors, strict=True))}  # data whose term runs from its collection rests on one event
    return DueLine(
        due_at=due_at, state="COMING" if due_at > time_reached else "HELD_BACK", kind="ERASE", controller=controller, subject_ref=subject_ref,
        holder=holder, store=store, purpose=term("purposes", purpose), ref=ref, categories=terms("categories", categories),
        rule=rule, overdue_at=None, obligation_id=None,
        rests_on=tuple(event_at(partition, place, event_id) for place, event_id in sorted(events.items())),
    )  # fmt: skip


def _called_for(row: Row, offsets: Mapping[bytes, int]) -> DueLine:
    of: Obligation = rows.obligation_of(row)
    holder, store, purpose, ref, _ = of.holding
    return DueLine(
        due_at=of.due_at, state=of.state, kind=of.kind, controller=row[3], subject_ref=row[4], holder=holder, store=store,
        purpose=None if purpose is None else term("purposes", purpose), ref=ref, categories=terms("categories", of.categories), rule=of.rule,
        overdue_at=of.overdue_at, obligation_id=of.obligation_id,
        rests_on=tuple(event_at(row[2], offsets.get(event_id), event_id) for event_id in of.rests_on),
    )  # fmt: skip
