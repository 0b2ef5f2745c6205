"""When consent for a purpose ended, from all its steps, in whatever order they came.

Pure. Consent stands per channel and recipient, as it is judged (docs/judging.md section 4): a step without a channel is about every channel, one
without a recipient about every recipient. It has ended once it was given and stands on no channel for nobody any more. Source: docs/policies.md
section 2; GDPR Art. 7(3), 17(1)(b); promise SO-06.
"""

from __future__ import annotations

from typing import Final

from ledger.core.state import Evidence, Holding, Where
from ledger.core.subject import Subject

STANDS: Final = frozenset({"GIVEN", "RENEWED"})
ENDS: Final = frozenset({"REFUSED", "WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED"})
"""Asking for consent (REQUESTED), and a state this reader does not know, end nothing: data is never called for too early."""

def consent_end(subject: Subject, holding: Holding, purpose: str) -> Evidence | None:
    """The step that ended the last consent for a purpose, or None while one stands or none was ever given.

    What a recipient holds rests on consents for that recipient or for no recipient in particular; what the controller holds rests on all of them.
    """
    holder = None if holding.key[0] == subject.controller else holding.key[0]
    steps = subject.consent_steps.get(purpose, [])
    # What was made of the steps before is kept: a step that comes last costs no more than itself.
    count, standing, end = subject.consent_ends.get((purpose, holder), (0, frozenset[Where](), None))
    for at, event_id, offset, state, channel, recipient in steps[count:]:
        if holder is not None:
            if recipient not in (None, holder):
                continue
            recipient = None  # of one recipient, all that is left is about it
        if state in STANDS:
            standing, end = standing | {(channel, recipient)}, None
        elif state in ENDS and standing:
            standing = frozenset(where for where in standing if not _covers((channel, recipient), where))
            if not standing:
                end = Evidence(at, event_id, offset)
    subject.consent_ends[purpose, holder] = (len(steps), standing, end)
    return end


def _covers(wide: Where, narrow: Where) -> bool:
    """Whether an end is about all that this consent is for."""
    return wide[0] in (None, narrow[0]) and wide[1] in (None, narrow[1])
