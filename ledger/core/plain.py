"""A tick over plain subjects: those of whom nothing but holdings is known, neither an entry nor a row of their own nor an open obligation.

When very many come due at once (WH-07: the visitor logs of many sites) nearly all are such. What fold_tick makes of one is the same for every
holding: the date has come, so its erasure is called for. Here that is done straight from the rows, without a state, and what holdings of one kind
have in common is made once. Pure. Row for row what fold_tick gives (tests/property/test_chunks.py). Source: docs/decisions/0023.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from ledger.core.ids import outcome_hash, salt_hash
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.obligations import Step, new_obligation, raised
from ledger.core.state import Obligation, Outcome


class DueHolding(NamedTuple):
    """What must be known of a holding whose date has come: columns of its row, in this order. Times in microseconds since 1970, ids 16 bytes."""

    subject_id: bytes
    holding_id: bytes
    controller: str
    subject_ref: str
    holder: str
    store: str | None
    purpose: str
    ref: str | None
    received_from: str | None
    categories: tuple[str, ...]
    category_evidence: tuple[int, ...]
    evidence_at: tuple[int, ...]
    evidence_event: tuple[bytes, ...]
    latest_event: bytes
    activity: str | None
    role: str | None
    due_at: int
    anchor_event: tuple[bytes, ...]


class Kind(NamedTuple):
    """What is made of all holdings of one kind, as of the first of them: VARYING tells in which fields others differ."""

    obligation: Obligation
    outcome: Outcome


VARYING: Final = ("due_at", "event_id", "obligation_id", "ref", "rests_on", "salt", "subject_ref")
"""Fields of ObligationRaised in which those of one kind differ."""


class Call(NamedTuple):
    """What is made of one holding: that of its kind, with its own subject, ref and date, and these."""

    kind: Kind
    obligation_id: bytes
    event_id: bytes
    salt: bytes
    rests_on: tuple[bytes, ...]


class PlainTick:
    """One tick, for as many plain subjects as the host finds."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._obligation_ids = outcome_hash("erase", step.partition, step.offset)
        self._event_ids = outcome_hash("ObligationRaised", step.partition, step.offset)
        self._salts = salt_hash(step.salt)
        self._kinds: dict[tuple[object, ...], Kind | None] = {}

    def call_for(self, due: DueHolding) -> Call | None:
        """Call for the erasure of one holding. None: no rule asks for it as things are, and fold_tick must look at its subject."""
        kind = self._kind(due)
        if kind is None:
            return None
        evidence = _evidence(due)
        obligation_id = _completed(self._obligation_ids, due.subject_id + due.holding_id)
        event_id = _completed(self._event_ids, obligation_id)
        rests_on = tuple(evidence) if len(evidence) == 1 else tuple(sorted(evidence))
        return Call(kind, obligation_id, event_id, _completed(self._salts, event_id), rests_on)

    def _kind(self, due: DueHolding) -> Kind | None:
        published = self._step.rules.policy_at(due.controller, min(due.evidence_at))
        if published is None:
            return None
        key = (published.event_id, due.controller, due[4:7], due.received_from, due.categories, due.activity, due.role)
        try:
            return self._kinds[key]
        except KeyError:
            pass
        is_own = due.holder == due.controller
        # Of a plain subject no milestone is known: nobody was a customer.
        rule = published.policy.rule_for(is_own, due.activity or "", due.role or "", due.purpose, frozenset(due.categories), customer=False)
        kind = None
        if rule is not None:
            obligation = new_obligation(
                due, self._step, "ERASE", due[4:9], due.categories, due_at=due.due_at, rule=rule.id, rests_on=_evidence(due),
                overdue_at=rule.overdue_at(max(due.due_at, self._step.time_reached), published.zone), key_id=due.holding_id,
            )  # fmt: skip
            kind = Kind(obligation, raised(due, self._step, obligation))
        self._kinds[key] = kind
        return kind


def _completed(begun: blake2b, what: bytes) -> bytes:
    hashed = begun.copy()
    hashed.update(what)
    return hashed.digest()


def _evidence(due: DueHolding) -> set[bytes]:
    """The facts it rests on; see erasing.py."""
    events = due.evidence_event
    if len(events) > 1:
        return {due.latest_event, *due.anchor_event, *[events[place] for place in due.category_evidence[:LIST_ENTRIES_MAX]]}
    return {due.latest_event, *due.anchor_event, *events}
