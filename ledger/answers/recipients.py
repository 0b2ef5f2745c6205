"""Who gets data, what each gets, and on which terms: the list that HH-09 and SO-09 promise.

Reads all holdings once, or tallies alone. Source: docs/answers.md, "Recipients"; GDPR Art. 13(1)(e), 15(1)(c), 28, 30(1)(d).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.answers.agreements import agreement_state
from ledger.answers.asking import Asking, Register, Snapshot
from ledger.answers.mixes import Mix, Sum, events_of, read_mixes, tallied_mixes
from ledger.answers.people import people_of_recipients
from ledger.answers.presentation import term, terms
from ledger.answers.safeguards import safeguard_answer
from ledger.answers.shapes import Event
from ledger.answers.shapes_sharing import AgreementState, Gets, RecipientAnswer, RecipientsAnswer, SafeguardAnswer
from ledger.answers.stated import left_out, stated
from ledger.core.rules import PolicyInForce

Whom = tuple[str, str, str]
"""(controller, recipient, role)."""
_LAST = b"\xff" * 16


def recipients(asking: Asking, controller: str | None, *, with_facts: bool = True) -> RecipientsAnswer:
    """List every recipient that has, had or is registered to get data; those with most people first.

    with_facts: else tallies are read alone, and of the facts that a line rests on those of the register are named.
    """
    with asking.snapshot() as seen:
        found = shared(read_mixes(seen, controller) if with_facts else tallied_mixes(seen, controller))
        for whom in _registered(seen.register(), controller):
            found.setdefault(whom, Shared())
        people = people_of_recipients(seen, controller)
        answers = [recipient_answer(seen, whom, each, people.get(whom, 0)) for whom, each in found.items()]
    answers.sort(key=lambda each: (each.controller, -each.subjects, each.recipient, each.role))
    return RecipientsAnswer(controller=controller, recipients=tuple(answers), freshness=seen.freshness())


class Shared(Sum):
    """What one recipient has in one role: all in all, and by purpose. givers: who shared it."""

    def __init__(self) -> None:
        super().__init__()
        self.by_purpose: dict[str, tuple[set[str], set[str]]] = {}
        self.givers: set[str] = set()

    def add(self, mix: Mix) -> None:
        """Take in one mix."""
        super().add(mix)
        held, erased = self.by_purpose.setdefault(mix.purpose, (set(), set()))
        held.update(mix.categories)
        erased.update(mix.erased)
        self.givers.add(mix.received_from or "")

    def gets(self) -> tuple[Gets, ...]:
        """By purpose; what is held for one holding is not called erased for the sake of another."""
        return tuple(
            Gets(purpose=term("purposes", purpose), categories=terms("categories", sorted(held)), erased=terms("categories", sorted(erased - held)))
            for purpose, (held, erased) in sorted(self.by_purpose.items())
        )

    def held(self) -> list[tuple[str, frozenset[str]]]:
        """(purpose, categories) of what is held now."""
        return [(purpose, frozenset(held)) for purpose, (held, _) in sorted(self.by_purpose.items()) if held]


def shared(mixes: Iterable[Mix]) -> dict[Whom, Shared]:
    """What recipients have, by controller, recipient and role."""
    found: dict[Whom, Shared] = {}
    for mix in mixes:
        if mix.received_from is not None:
            found.setdefault((mix.controller, mix.holder, mix.role or ""), Shared()).add(mix)
    return found


def recipient_answer(seen: Snapshot, whom: Whom, has: Shared, subjects: int) -> RecipientAnswer:
    """One recipient. Within the snapshot."""
    controller, recipient, role = whom
    register, at = seen.register(), seen.time_reached
    published = register.rules.policy_at(controller, at)
    entry = entry_of(register, controller, recipient, at)
    agreement, safeguard, rests_on = terms_of(seen, whom, has, entry, published)
    rule = published.policy.recipients.get(role) if published else None
    return RecipientAnswer(
        controller=controller,
        recipient=recipient,
        role=term("recipient_roles", role),
        registered=entry is not None and entry["role"] == role,
        country=None if entry is None else entry["country"],
        countries=tuple(sorted(has.countries)),
        subjects=subjects,
        holdings=has.holdings,
        gets=has.gets(),
        agreement=agreement,
        safeguard=safeguard,
        stated=stated(published, recipient, role, frozenset({*has.countries, *filter(None, [entry and entry["country"]])}), safeguard, at),
        notes=left_out(register, published, rule.promises if rule else ()),
        rests_on=rests_on,
        more=has.more(),
    )


def terms_of(
    seen: Snapshot, whom: Whom, has: Shared, entry: dict[str, Any] | None, published: PolicyInForce | None
) -> tuple[AgreementState, SafeguardAnswer | None, tuple[Event, ...]]:
    """On which terms a recipient has it: the agreement, the safeguard that the register names, and the events that this rests on."""
    controller, recipient, role = whom
    register, at = seen.register(), seen.time_reached
    agreement = agreement_state(register, published and published.policy, controller, recipient, role, has.held(), at)
    safeguard = None
    if entry is not None and (entry["safeguard"] is not None or entry["country"] is not None):
        safeguard = safeguard_answer(published and published.law, entry["country"], entry["safeguard"], entry, at)
    has.places.told += [register.event(entry["event_id"])] if entry is not None else []
    has.places.told += [each.event for each in agreement.agreements]
    (rests_on,) = events_of(seen, (has.places,))
    return agreement, safeguard, rests_on


def entry_of(register: Register, controller: str, recipient: str, at: int) -> dict[str, Any] | None:
    """The recipient's entry in the register by that time."""
    return register.rules.recipient_at(controller, recipient, (at, _LAST))


def _registered(register: Register, controller: str | None) -> list[Whom]:
    entries = register.rules.recipients.items()
    return [(owner, recipient, told[-1]["role"]) for (owner, recipient), told in entries if controller in (None, owner)]
