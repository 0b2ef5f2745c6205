"""Stated beside observed: whether the statement names a recipient, its place outside the EU, and what that rests on; and what it leaves out.

Pure. Says what the statement in force now says; the verdict on a share is about the day of the share. Source: docs/answers.md, "Recipients";
GDPR Art. 13(1)(e) and (f); MD-14, MD-25, HH-12.
"""

from __future__ import annotations

from collections.abc import Collection

from ledger.answers.asking import Register
from ledger.answers.safeguards import is_outside
from ledger.answers.shapes_sharing import PromiseNote, SafeguardAnswer, Stated
from ledger.core.conditions import NONE, Terms
from ledger.core.policy import Policy
from ledger.core.rules import PolicyInForce


def stated(published: PolicyInForce | None, recipient: str, role: str, countries: Terms, safeguard: SafeguardAnswer | None, at: int) -> Stated:
    """What the statement says of this one. countries: where it is, and where it holds data."""
    if published is None:
        return Stated(recipient="NOT_SAID", outside="NOT_SAID", safeguard="NOT_SAID")
    transfers = published.policy.transfers
    names, safeguards = (transfers.recipients, transfers.safeguards) if transfers else (NONE, NONE)
    is_away = any(is_outside(published.law, country, at) for country in countries)
    rests_on = safeguard.safeguard if safeguard is not None and safeguard.state not in ("inside", "adequate", "unplaced") else None
    return Stated(
        recipient=_named(published.policy, recipient, role),
        outside=_listed(recipient, names) if is_away else "INSIDE",
        safeguard=_listed(rests_on.term, safeguards) if rests_on is not None else "NOT_NEEDED",
    )


def left_out(
    register: Register, published: PolicyInForce | None, about: Collection[str] | None = None, statuses: Terms = frozenset({"silent", "outdated"})
) -> tuple[PromiseNote, ...]:
    """What the statement is silent or out of date on, in the order of the policy. about: among these promises; None: among all."""
    if published is None:
        return ()
    rests_on = (register.event(published.event_id),)
    return tuple(
        PromiseNote(promise=each.id, status=each.status, note=each.note, note_nl=each.note_nl or None, rests_on=rests_on)
        for each in published.policy.promises
        if each.status in statuses and (about is None or each.id in about)
    )


def _named(policy: Policy, recipient: str, role: str) -> str:
    rule = policy.recipients.get(role)
    if rule is None:
        return "NOT_SAID"
    return "EXAMPLE" if recipient in rule.such_as else _listed(recipient, rule.named)


def _listed(name: str, names: Terms) -> str:
    return "NOT_SAID" if not names else "NAMED" if name in names else "NOT_NAMED"
