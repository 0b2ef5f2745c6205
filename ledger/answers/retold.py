"""What the database tells of many people in one line, made into a person again, so that the core and nobody else says what it means.

The lines are the steps of a life in their order, with numbers for moments and references: people of whom the same happened in the same order are
one line. Pure. Source: ledger/sql/report_queries.sql.
"""

from __future__ import annotations

import json
from typing import Final

from ledger.answers.not_begun import State, consent_state
from ledger.core.consent_end import ENDS
from ledger.core.customer import customer_at
from ledger.core.judging.choices import has_withdrawn
from ledger.core.state import Attributes, Evidence, Holding
from ledger.core.subject import Subject

EVER: Final = 2**62
SOMEBODY: Final = "somebody"


def was_customer(steps: str) -> bool:
    """Whether somebody was a customer after these milestones. steps: [kind, number of the reference, number of the moment], ... in any order."""
    subject = _somebody()
    for kind, ref, at in sorted(json.loads(f"[{steps}]"), key=lambda step: step[2]):
        subject.reach(kind, ref, Evidence(at, b"", 0))
        subject.customer_before.setdefault((kind, ref), []).append(at)
    return customer_at(subject, EVER)


def standing_objections(steps: str) -> dict[tuple[str, str | None], int]:
    """(purpose, channel) -> which step raised the objection that stands. steps: [[purpose, channel, state], ...], in the order they were made."""
    found = {(purpose, channel): (place, state) for place, (purpose, channel, state) in enumerate(json.loads(steps))}
    return {about: place for about, (place, state) in found.items() if state == "RAISED"}


def ended_consents(steps: str) -> dict[str, int]:
    """Purpose -> which step was the last that ended or refused consent to it, where none is left that stands on any channel."""
    subject = consenting(steps)
    found = {}
    for purpose, taken in subject.consent_steps.items():
        if has_withdrawn(subject, purpose, None, None, (EVER, b"")):
            found[purpose] = max(place for place, _, _, state, *_ in taken if state in ENDS)
    return found


def of_consents(steps: str, purpose: str, *, is_own: bool) -> State:
    """How far consent to a purpose is. steps: [purpose, channel, recipient, state], ... in the order in which they were made.

    is_own: what the controller holds rests on all of them; what a recipient holds, on these: they are for it or for nobody in particular.
    """
    subject = consenting(f"[{steps}]", is_own=is_own)
    return consent_state(subject, Holding((SOMEBODY, None, purpose, None, None), Attributes(""), Evidence(0, b"", 0)), purpose)


def consenting(steps: str, *, is_own: bool = True) -> Subject:
    """Somebody who made these steps, a list of them."""
    subject = _somebody()
    for place, (purpose, channel, recipient, state) in enumerate(json.loads(steps)):
        subject.add_consent((purpose, channel, recipient if is_own else None), (place, b"", place, state))
    return subject


def _somebody() -> Subject:
    return Subject(SOMEBODY, "", b"", b"")
