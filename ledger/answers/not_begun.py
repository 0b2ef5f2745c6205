"""Terms that will not start by themselves: they count from the end of something that was never recorded, or that was over before the data came.

Pure. When a term starts is the fold's; this only says of one that waits whether anything is going on whose end it could be. Asked of one subject
(its state) and of everybody (what the database tells of alike holdings): the decision is the same. Source: docs/answers.md, "Retention"; GDPR
Art. 5(1)(e).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Final, Literal

from ledger.core.consent_end import consent_end
from ledger.core.retention import waiting_for
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, STARTS_OF, RetentionRule
from ledger.core.state import Holding
from ledger.core.subject import Subject

State = Literal["NOTHING", "RUNS", "ENDED", "OTHER"]
"""Of what an anchor ends: nothing of the kind was recorded; some of it goes on; all of it has ended; or the anchor is the end of nothing."""

THINGS: Final = {
    "SERVICE_ENDED": "service",
    "CONTRACT_ENDED": "contract",
    "ACCOUNT_CLOSED": "account",
    "ORDER_COMPLETED": "order",
    "DOMAIN_ENDED": "domain",
    "CERTIFICATE_EXPIRED": "certificate",
    "CEASED_CUSTOMER": "customer relation",
    CONSENT_ENDED: "consent",
}
"""What the anchors that are ends are the end of."""


def not_begun(rule: RetentionRule, state_of: Callable[[str], State]) -> tuple[str, ...]:
    """The anchors of a term that waits which nothing that goes on can bring; none when it may still start by itself.

    With ALL one such anchor is enough, with ANY each must be one. Where all have ended, the data came after that: they are to end once more.
    """
    if NOT_STATED in rule.anchors:
        return ()
    states = {anchor: state_of(anchor) for anchor in rule.anchors}
    nothing = tuple(anchor for anchor in rule.anchors if states[anchor] == "NOTHING")
    if nothing and (rule.mode == "ALL" or len(nothing) == len(states)):
        return nothing
    is_over = rule.kept != "at_least" and all(state in ("NOTHING", "ENDED") for state in states.values())  # a minimum that has started has no date
    return rule.anchors if is_over else ()


def not_begun_of(subject: Subject, holding: Holding, rule: RetentionRule, zone: tzinfo) -> tuple[str, ...]:
    """The same of one holding; none when its term runs."""
    if not waiting_for(subject, holding, rule, zone):
        return ()
    return not_begun(rule, lambda anchor: _state(subject, holding, rule, anchor))


def words(subject: Subject, holding: Holding, rule: RetentionRule, anchors: Iterable[str]) -> str:
    """Why it will not start by itself, as one reads it under one holding of a person."""
    whose = "with this reference" if rule.per == "ref" else "of this person"
    found: dict[str, list[str]] = {}
    for anchor in anchors:
        what = "has gone on since this was collected" if was_ever(subject, holding, rule, anchor) else "was ever recorded"
        found.setdefault(what, []).append(f"no {THINGS[anchor]}")
    why = [f"{' and '.join(things)} {whose} {what}" for what, things in found.items()]
    return f"{', and '.join(why)}, so this term will not start by itself"


def was_ever(subject: Subject, holding: Holding, rule: RetentionRule, anchor: str) -> bool:
    """Whether anything was recorded that the anchor could be the end of."""
    return _state(subject, holding, rule, anchor) != "NOTHING"


def _state(subject: Subject, holding: Holding, rule: RetentionRule, anchor: str) -> State:
    if anchor == CONSENT_ENDED:
        return consent_state(subject, holding, rule.consent_to or holding.key[2])
    if anchor == COLLECTION:
        return "OTHER"
    if subject.is_dataset:  # nothing that only a person does happens to unknown people
        return "NOTHING"
    if anchor not in STARTS_OF:
        return "OTHER"
    running, ended = subject.running.get(anchor, set()), subject.reached.get(anchor, {})
    if rule.per == "ref":
        return "RUNS" if holding.key[3] in running else "ENDED" if holding.key[3] in ended else "NOTHING"
    return "RUNS" if running else "ENDED" if ended else "NOTHING"


def consent_state(subject: Subject, holding: Holding, purpose: str) -> State:
    """Whether consent for a purpose stands somewhere, has ended everywhere, or was never given."""
    if consent_end(subject, holding, purpose) is not None:
        return "ENDED"
    holder = None if holding.key[0] == subject.controller else holding.key[0]
    _, standing, _ = subject.consent_ends[purpose, holder]
    return "RUNS" if standing else "NOTHING"
