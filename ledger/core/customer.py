"""Whether somebody was a customer at a moment, from the milestones that say so, in whatever order they came.

Pure. A customer from becoming one, or from opening an account, until ceasing to be one, or until the last open account closes. The state keeps
of each milestone the latest step only; of these four kinds it keeps the earlier moments too (`Subject.customer_before`). Source:
docs/policies.md sections 2 and 5; promises SO-04 and SO-06.
"""

from __future__ import annotations

from bisect import insort
from typing import Final

from ledger.core.subject import Subject

BECAME, CEASED, OPENED, CLOSED = "BECAME_CUSTOMER", "CEASED_CUSTOMER", "ACCOUNT_OPENED", "ACCOUNT_CLOSED"
CUSTOMER_KINDS: Final = frozenset({BECAME, CEASED, OPENED, CLOSED})


def keep_earlier(subject: Subject, kind: str, ref: str | None, at: int) -> bool:
    """Keep the moment (microseconds) of a step that is not the latest of its kind and ref; say whether it tells anything about customers."""
    if kind not in CUSTOMER_KINDS:
        return False
    moments = subject.customer_before.setdefault((kind, ref), [])
    if at not in moments:
        insort(moments, at)
        subject.note("customer_before", kind, ref, at, is_new=True)
    return True


def customer_at(subject: Subject, moment: int) -> bool:
    """Say whether the person was a customer at a moment (microseconds): from the instant it began, no longer at the instant it ended."""
    if not subject.reached:
        return False
    steps = [(evidence.at, kind, ref) for kind in CUSTOMER_KINDS for ref, evidence in subject.reached.get(kind, {}).items()]
    steps += [(at, kind, ref) for (kind, ref), moments in subject.customer_before.items() for at in moments]
    is_named, accounts = False, set[str | None]()
    # At an equal moment the ends come last, whatever the event ids, as for every milestone that ends something.
    for at, kind, ref in sorted(steps, key=lambda step: (step[0], step[1] in (CEASED, CLOSED))):
        if at > moment:
            break
        if kind == BECAME:
            is_named = True
        elif kind == OPENED:
            accounts.add(ref)
        elif kind == CEASED:
            is_named = False
            accounts.clear()
        else:
            accounts.discard(ref)
            is_named = is_named and bool(accounts)
    return is_named or bool(accounts)
