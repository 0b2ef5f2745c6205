"""What a person may take along: contact, address and bank data in a form for machines, place by place. By index.

The ledger holds no values: each item says in which store its value is, and what it is called there is the store's own business. The form of the
document is docs/portability.schema.json. Source: docs/answers.md, "Export"; GDPR Art. 20(1); MD-19.
"""

from __future__ import annotations

from typing import Final

from ledger.answers.answering import Answering
from ledger.answers.asking import Asking
from ledger.answers.one_subject import folded_from, known_now, visible
from ledger.answers.presentation import term
from ledger.answers.shapes_access import PortableAnswer, PortableItem
from ledger.answers.shapes_subject import HeldCategory, HoldingAnswer
from ledger.core.ids import partition_of_subject
from ledger.core.policy import Policy

SCHEMA: Final = "privacy-ledger/portability/1"
GROUPS: Final = {
    "pd:Name": "contact",
    "pd:EmailAddress": "contact",
    "pd:TelephoneNumber": "contact",
    "pd:PhysicalAddress": "address",
    "pd:City": "address",
    "pd:PostalCode": "address",
    "ledger:BillingAddress": "address",
    "pd:BankAccount": "bank",
}
"""Contact, address and bank data, as MD-19 names them."""
BASES: Final = frozenset({"eu-gdpr:A6-1-a", "eu-gdpr:A6-1-b", "eu-gdpr:A9-2-a"})
"""Consent or contract: Art. 20(1)(a)."""


def portable(asking: Asking, controller: str, subject_ref: str) -> PortableAnswer:
    """List what the person gave, on consent or contract, of the categories that the policy declares, and where it is."""
    with asking.snapshot() as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        whose = seen, controller, subject_ref, partition
        facts, is_whole = visible(*whose, "subject")
        known = known_now(*whose) if is_whole else folded_from(*whose, facts)
        holdings = Answering(known.subject, partition, known.rules, seen.time_of(partition), {}).holdings()
        published = known.rules.policy_at(controller, seen.time_of(partition))
    given = {fact.fields["event_id"] for fact in facts if fact.type == "DataCollected" and fact.fields["origin"] == "DATA_SUBJECT"}
    items, left_out = [], set()
    for holding in holdings:
        for held in holding.categories if holding.holder == controller else ():
            if held.category.term in GROUPS:
                if held.event.event_id in given and _may_go(published and published.policy, holding, held):
                    items.append(_item(holding, held))
                else:
                    left_out.add(held.category.term)
    left_out -= {item.category.term for item in items}
    return PortableAnswer(
        schema=SCHEMA,
        controller=controller,
        subject_ref=subject_ref,
        known=bool(facts),
        items=tuple(sorted(items, key=lambda item: (item.group, item.category.term, item.store or "", item.purpose.term, item.ref or ""))),
        left_out=tuple(term("categories", each) for each in sorted(left_out)),
        freshness=seen.freshness(only=partition),
    )


def _may_go(policy: Policy | None, holding: HoldingAnswer, held: HeldCategory) -> bool:
    """Whether it rests on consent or contract, and the policy declares it for its activity; without a policy nothing is declared."""
    declared = policy.activities.get(holding.activity or "") if policy else None
    return holding.legal_basis.term in BASES and declared is not None and held.category.term in declared.categories


def _item(holding: HoldingAnswer, held: HeldCategory) -> PortableItem:
    return PortableItem(
        category=held.category,
        group=GROUPS[held.category.term],
        store=holding.store,
        country=holding.country,
        purpose=holding.purpose,
        ref=holding.ref,
        legal_basis=holding.legal_basis,
        held_since_at=held.since,
        event=held.event,
    )
