"""Whether what a recipient has is covered by an agreement, by the ledger's time. Pure. Source: GDPR Art. 28(3); MD-24, SO-09."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.answers.asking import Register
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_sharing import AgreementAnswer, AgreementState, Gets
from ledger.core.conditions import Act
from ledger.core.policy import Policy

_ANY = ("NOTE", "WARNING", "BREACH")


def agreement_state(
    register: Register,
    policy: Policy | None,
    controller: str,
    recipient: str,
    role: str,
    held: Iterable[tuple[str, frozenset[str]]],
    at: int,
    *,
    by_law: bool = False,
) -> AgreementState:
    """Say what covers a recipient. held: (purpose, categories) of what it has now. Without a policy nothing says that one is needed.

    by_law: one is needed for all of it, whatever the policy asks (GDPR Art. 28(4)).
    """
    held = list(held)
    found = [_latest(register, states, at) for _, states in sorted(register.rules.agreements.get((controller, recipient), {}).items())]
    in_force = list(register.rules.agreements_in_force(controller, recipient, at))
    lacks = []
    for purpose, categories in held:
        uncovered = categories.difference(*(each["categories"] for each in in_force if purpose in each["purposes"]))
        needing = [category for category in sorted(uncovered) if by_law or is_needed(policy, recipient, role, purpose, frozenset((category,)))]
        if needing:
            lacks.append(Gets(purpose=term("purposes", purpose), categories=terms("categories", needing), erased=()))
    asked = any(is_needed(policy, recipient, role, purpose, categories) for purpose, categories in held or [("", frozenset())])
    needed = asked or (by_law and bool(held))
    if in_force:
        state = "SHORT" if lacks else "IN_FORCE"
    elif not needed:
        state = "NOT_NEEDED"
    else:
        state = "ENDED" if any(each.state == "ENDED" for each in found) else "NONE"
    return AgreementState(state=state, agreements=tuple(found), lacks=tuple(lacks) if in_force else ())


def is_needed(
    policy: Policy | None, recipient: str, role: str, purpose: str, categories: frozenset[str], severities: tuple[str, ...] = _ANY
) -> bool:
    """Whether the policy asks an agreement for such a share, and its lack is as bad as one of these."""
    act = Act("share", True, frozenset((purpose,)), categories, role=role, recipient=recipient)
    asked = [] if policy is None else [each for each in policy.conditions if "agreement" in each.needs and each.severity in severities]
    return any(each.applies_to(act) for each in asked)


def _latest(register: Register, states: list[dict[str, Any]], at: int) -> AgreementAnswer:
    """The state that began last by then; the first one when none has begun. states: by when they begin."""
    now = next((each for each in reversed(states) if each["in_force_from"] <= at), states[0])
    if now["in_force_from"] > at:
        state = "NOT_YET"
    else:
        state = "IN_FORCE" if now["state"] == "IN_FORCE" and (now["until"] is None or at < now["until"]) else "ENDED"
    ended = now["state"] == "ENDED"
    return AgreementAnswer(
        agreement=now["agreement"],
        state=state,
        categories=terms("categories", sorted(now["categories"])),
        purposes=terms("purposes", sorted(now["purposes"])),
        in_force_from=now["in_force_from"],
        until=now["in_force_from"] if ended else now["until"],
        event=register.event(now["event_id"]),
    )
