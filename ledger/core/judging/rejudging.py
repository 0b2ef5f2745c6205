"""The verdicts on a subject's facts by all that is known now, of what was so when each happened.

Pure. The judge is the one of the fold (verdicts.py); this gives it the subject as it was at each fact's own moment, late knowledge included, where
the fold gives it what stood on the log by then. Must never change a published verdict: what differs is told (ledger/answers/differences.py).
Source: docs/judging.md section 1 and "Judged again".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from ledger.core.fold import HANDLERS, JUDGED
from ledger.core.ids import message_key, subject_id
from ledger.core.judging.declared import Verdict
from ledger.core.judging.then import MOVES, subject_then
from ledger.core.judging.verdicts import judge
from ledger.core.obligations import Step
from ledger.core.rules import Rules
from ledger.core.state import Evidence
from ledger.core.subject import Subject

Fact = tuple[int, str, dict[str, Any]]
"""(offset, type, fields) of one fact of the subject, as it stands on the log."""

_BEFORE_ALL = (-(2**63), b"")


def rejudge(
    rules: Rules, controller: str, subject_ref: str, facts: Sequence[Fact], wanted: Callable[[Fact], bool] = lambda _: True
) -> dict[int, tuple[Verdict, ...]]:
    """The verdicts on each wanted fact that can break a promise, by its offset; without a verdict an empty tuple.

    rules: all that is registered. facts: of the subject, each once, any order. They are gone through in order of happening, so that it costs what
    they are, not its square; only where several things happened at one instant is the subject made again.
    """
    known = _lists(rules, controller, subject_ref, facts)
    then = subject_then(known, (), _BEFORE_ALL)
    found: dict[int, tuple[Verdict, ...]] = {}
    for _, group in groupby(sorted(facts, key=_moment), key=lambda fact: fact[2]["occurred_at"]):
        together = list(group)
        moves = [fact for fact in together if fact[1] in MOVES]
        for fact in together:
            if fact[1] in JUDGED and wanted(fact):
                # What else happened at the same instant counts or not, one by one: `subject_then` knows.
                alone = all(other is fact for other in moves)
                found[fact[0]] = _judged(rules, then if alone else subject_then(known, facts, _moment(fact)), fact, facts)
        for offset, type_name, fields in moves:
            MOVES[type_name](then, fields, Evidence(fields["occurred_at"], fields["event_id"], offset))
    return found


def rejudge_one(rules: Rules, controller: str, subject_ref: str, facts: Sequence[Fact], fact: Fact) -> tuple[Verdict, ...]:
    """The verdicts on one fact, were these facts (any order) and these rules all that is known. The fact itself need not be among them."""
    then = subject_then(_lists(rules, controller, subject_ref, facts), facts, _moment(fact))
    return _judged(rules, then, fact, facts)


def _judged(rules: Rules, then: Subject, fact: Fact, facts: Sequence[Fact]) -> tuple[Verdict, ...]:
    _, type_name, fields = fact
    return judge(rules, then, type_name, fields, lambda: facts)


def _lists(rules: Rules, controller: str, subject_ref: str, facts: Iterable[Fact]) -> Subject:
    """The subject with all that the fold keeps as steps (consents, notices, uses, requests, ...): who asks looks at the moment of each."""
    subject = Subject(controller, subject_ref, message_key(controller, subject_ref), subject_id(controller, subject_ref))
    step = Step(rules, 0, 0, b"", b"", 0, 0, lambda _: facts, 0)
    for offset, type_name, fields in facts:
        handler = None if type_name in MOVES else HANDLERS.get(type_name)
        if handler is not None:
            step.offset, step.event_id, step.salt = offset, fields["event_id"], fields["salt"]
            handler(subject, fields, step)
            step.outcomes.clear()
    return subject


def _moment(fact: Fact) -> tuple[int, bytes]:
    return fact[2]["occurred_at"], fact[2]["event_id"]
