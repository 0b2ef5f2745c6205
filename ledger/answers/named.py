"""Names that a list can be asked by: who stands in the register, and which rules the policies in force have. What is told of people is not looked at.

Read-only; from the register alone, which every question has read. Source: docs/pages.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.asking import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Names to choose from, each once, in order. holders: controllers, and recipients in the register; others may hold data too."""

    holders: tuple[str, ...]
    rules: tuple[str, ...]


def named(asking: Asking, controller: str | None) -> Named:
    """Of one controller; None: of all."""
    with asking.snapshot() as seen:
        rules = seen.register().rules
        owners = {owner for owner in rules.policies if controller in (None, owner)}
        others = {recipient for known in (rules.recipients, rules.agreements) for owner, recipient in known if controller in (None, owner)}
        ids = {rule.id for published in seen.in_force(controller).values() for rule in published.policy.retention}
    return Named(holders=tuple(sorted(owners | others)), rules=tuple(sorted(ids)))
