"""What was known of one subject at an earlier place in the log: its own history folded again, exact by construction.

Pure: the host feeds the subject's facts, the register copies of its partition and a way to ask for ticks. Not every tick is folded: between two
records nothing changes in a subject except at the first tick after a date has come. Source: docs/answers.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ledger.core.duties.controller import fold_register
from ledger.core.fold import fold_fact, fold_selected, fold_tick
from ledger.core.ids import REGISTER_REF, message_key, subject_id
from ledger.core.obligations import Step
from ledger.core.rules import Rules
from ledger.core.state import Obligation, Outcome
from ledger.core.subject import Subject

Recorded = tuple[int, str, dict[str, Any]]
"""(offset, type, fields) of a fact of the subject or of a register copy that is no tick."""


_HAPPENED: Final = frozenset({"BreachRecorded", "AuthorityNotified", "StatementRequested", "StatementGiven"})
"""Register events that tell what happened. The others are texts and registrations, which say themselves from when on they hold."""


def is_so(type_name: str, fields: dict[str, Any], on: int | None) -> bool:
    """Whether an event that is no tick counts for what was so on a moment. on: microseconds since 1970; None: whenever it happened."""
    return on is None or fields["occurred_at"] <= on or not ("subject_ref" in fields or type_name in _HAPPENED)


class Ticks(Protocol):
    """The ticks of one partition. Their time never goes back along the log."""

    def time_before(self, offset: int) -> int:
        """The time reached by the last tick before this offset; 0 when there is none."""

    def first_at(self, time: int, after: int, before: int) -> tuple[int, int] | None:
        """(offset, time) of the first tick with after < offset < before that reached this time, or None."""


@dataclass(slots=True)
class Known:
    """The answer: the subject, all its obligations ever raised up to there, what was found, the rules and the time then."""

    subject: Subject
    rules: Rules
    obligations: dict[bytes, Obligation] = field(default_factory=dict)
    outcomes: list[tuple[int, Outcome]] = field(default_factory=list)
    facts: int = 0
    time_reached: int = 0


def fold_until(
    controller: str, subject_ref: str, partition: int, records: Iterable[Recorded], ticks: Ticks, rules: Rules, until_offset: int, ticks_end: int
) -> Known:
    """Fold one subject's records before `until_offset`, with the ticks before that and before `ticks_end`.

    records: facts of the subject and register copies of the partition, in offset order; later ones are passed over. rules: new, and filled here.

    Raises:
        PolicyError: a register copy cannot be read; the projector would have put it aside.
    """
    subject = Subject(controller, subject_ref, message_key(controller, subject_ref), subject_id(controller, subject_ref))
    known = Known(subject, rules)
    facts: list[Recorded] = []
    cursor, time = -1, 0
    for offset, type_name, fields in records:
        if offset >= until_offset:
            break
        cursor = _fold_ticks(known, ticks, partition, cursor, min(offset, ticks_end), time)
        time = ticks.time_before(min(offset, ticks_end))
        if "subject_ref" in fields:
            facts.append((offset, type_name, fields))
            at = max(fields["occurred_at"], time)
            step = Step(rules, partition, offset, fields["event_id"], fields["salt"], at, time, lambda _: facts, fields["occurred_at"])
            fold_fact(subject, type_name, fields, step)
        else:
            step = Step(rules, partition, offset, fields["event_id"], fields["salt"], time, time, lambda _: facts, fields["occurred_at"])
            concerns_us = rules.apply(type_name, fields).controller == controller
            if subject_ref == REGISTER_REF and fields["controller"] == controller:
                fold_register(subject, type_name, fields, step)
            elif concerns_us:
                fold_selected(subject, type_name, fields, step)
        _keep(known, step)
    _fold_ticks(known, ticks, partition, cursor, min(until_offset, ticks_end), time)
    known.facts, known.time_reached = len(facts), ticks.time_before(min(until_offset, ticks_end))
    return known


def _fold_ticks(known: Known, ticks: Ticks, partition: int, cursor: int, before: int, time: int) -> int:
    """Fold each tick of after `cursor` and before `before` at which something of the subject is due; return the last one folded.

    time: reached at `cursor`.
    """
    while (due_at := known.subject.next_due(time)) is not None:
        found = ticks.first_at(due_at, cursor, before)
        if found is None:
            return max(cursor, before - 1)
        cursor, time = found
        step = Step(known.rules, partition, cursor, b"", b"", time, time, lambda _: (), time)
        fold_tick(known.subject, step)
        _keep(known, step)
    return max(cursor, before - 1)


def _keep(known: Known, step: Step) -> None:
    known.obligations.update(known.subject.touched_obligations)
    known.subject.touched_obligations.clear()
    found = sorted((outcome for _, outcome in step.outcomes), key=lambda outcome: (outcome.type, outcome.fields["event_id"]))
    known.outcomes += [(step.offset, outcome) for outcome in found]
