"""What a need is asked of. Pure. Source: docs/judging.md section 4."""

from __future__ import annotations

from typing import Any, NamedTuple

from ledger.core.conditions import Act, Condition
from ledger.core.judging.then import Moment
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.subject import Subject


class Asked(NamedTuple):
    """A condition and the act it is asked of. subject: lists (consents, notices, uses, decisions) up to now, holdings and milestones of then."""

    rules: Rules
    published: PolicyInForce
    subject: Subject
    act: Act
    fields: dict[str, Any]
    moment: Moment
    condition: Condition
