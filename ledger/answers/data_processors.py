"""Who works on a controller's behalf, and through whom data came to whom. Pure.

Source: docs/answers.md, "Processor statement"; GDPR Art. 28(2), 28(4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from ledger.answers.agreements import is_needed
from ledger.answers.mixes import Mix
from ledger.answers.recipients import Shared, Whom
from ledger.core.policy import Policy
from ledger.core.withstanding import INQUIRERS

PROCESSOR_ROLES: Final = frozenset({"data_processor", "sub_processor", "hosting", "mailing", "software_supplier", "support", "data_centre"})
"""Roles that by their meaning work on the controller's behalf; also those of whom the policy asks an agreement.

But for those of whom it is only a warning (SO-09): they decide for themselves.
"""
_BREACH: Final = ("BREACH",)


def is_processor(policy: Policy | None, whom: Whom, has: Shared, roles: Collection[str] = PROCESSOR_ROLES) -> bool:
    """Whether a recipient works on the controller's behalf."""
    _, recipient, role = whom
    return role in roles or any(is_needed(policy, recipient, role, purpose, categories, _BREACH) for purpose, categories in has.held())


def processors(policy: Policy | None, recipients: dict[Whom, Shared], roles: Collection[str] = PROCESSOR_ROLES) -> dict[Whom, Shared]:
    """The data processors, and whoever had it from one of them: a processor answers for those it engages (Art. 28(2), 28(4)).

    Who got it for an inquiry of its own is engaged by nobody (Art. 4(9)).
    """
    found = {whom: has for whom, has in recipients.items() if is_processor(policy, whom, has, roles)}
    while True:
        names = {recipient for _, recipient, _ in found}
        engaged = {
            whom: has for whom, has in recipients.items()
            if whom not in found and whom[2] not in INQUIRERS and not names.isdisjoint(has.givers)
        }  # fmt: skip
        if not engaged:
            return found
        found |= engaged


def chains(controller: str, mixes: Iterable[Mix]) -> dict[str, tuple[str, ...]]:
    """Recipient -> who passed it on, from the controller on: the shortest way, of equal ones the first by name."""
    givers: dict[str, set[str]] = {}
    for mix in mixes:
        if mix.received_from is not None:
            givers.setdefault(mix.received_from, set()).add(mix.holder)
    found: dict[str, tuple[str, ...]] = {controller: (controller,)}
    edge = [controller]
    while edge:
        following = []
        for giver in edge:
            for holder in sorted(givers.get(giver, ())):
                if holder not in found:
                    found[holder] = (*found[giver], holder)
                    following.append(holder)
        edge = following
    return found
