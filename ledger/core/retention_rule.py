"""A retention rule: which holdings it covers, what starts its term, how long it runs.

Pure data; the dates are calendar.py's, the anchors of a subject are found in retention.py. Source: docs/policies.md section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from ledger.core.calendar import Duration, Rounding, add_term
from ledger.core.conditions import NONE, Terms

# The anchor that is no milestone: the moment the data of the holding itself was collected (or received).
COLLECTION = "COLLECTION"

# A milestone that ends something, and those that start it. An ended anchor holds when something ended and everything
# started has ended since; a later start cancels it. A milestone that is absent here holds once it has happened.
STARTS_OF: dict[str, tuple[str, ...]] = {
    "SERVICE_ENDED": ("SERVICE_STARTED",),
    "CONTRACT_ENDED": ("CONTRACT_STARTED",),
    "ACCOUNT_CLOSED": ("ACCOUNT_OPENED",),
    "ORDER_COMPLETED": ("ORDER_PLACED",),
    "DOMAIN_ENDED": ("DOMAIN_REGISTERED",),
    "CERTIFICATE_EXPIRED": ("CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED"),
    "CEASED_CUSTOMER": ("BECAME_CUSTOMER",),
}

# What a term may start at: COLLECTION, and the milestones of `schemas/milestone_reached` (a test holds them together).
ANCHORS = frozenset((COLLECTION, *STARTS_OF, *(start for starts in STARTS_OF.values() for start in starts))) | {
    *("INVOICE_ISSUED", "PAYMENT_OVERDUE", "ENQUIRY_RESOLVED", "LOGGED_IN", "LOGGED_OUT"),
}

Holder = Literal["controller", "recipient"]
Mode = Literal["ALL", "ANY"]
Per = Literal["subject", "ref"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """Until when holdings are kept. Empty activities, roles, purposes and categories mean any.

    anchors: milestone kinds or COLLECTION; with mode ALL the term starts at the latest of them, once all hold; with
    ANY at the earliest one that holds. per: `ref` looks only at milestones with the holding's own ref, `subject` at
    all of the subject. A statutory rule (`statute` set) cannot be shortened by an erasure request. acts_within: how
    long the holder has after due.
    """

    id: str
    holder: Holder
    anchors: tuple[str, ...]
    after: Duration
    then: Duration | None = None
    rounding: Rounding = "none"
    mode: Mode = "ALL"
    per: Per = "subject"
    activities: Terms = NONE
    roles: Terms = NONE
    purposes: Terms = NONE
    categories: Terms = NONE
    statute: str | None = None
    acts_within: Duration

    def covers(self, is_controller: bool, activity: str, role: str, purpose: str, categories: Terms = NONE) -> bool:
        """Say whether a holding falls under this rule; one with categories covers only holdings within them."""
        return (
            (self.holder == "controller") == is_controller
            and (not self.activities or activity in self.activities)
            and (not self.roles or (not is_controller and role in self.roles))
            and (not self.purposes or purpose in self.purposes)
            and (not self.categories or (bool(categories) and categories <= self.categories))
        )

    def due_at(self, anchor_micros: int, zone: tzinfo) -> int:
        """Answer when a term from anchor is over (microseconds); in a chain the first part is not rounded.

        Raises:
            TermError: beyond the year 9999.
        """
        if self.then is None:
            return add_term(anchor_micros, self.after, zone, self.rounding)
        return add_term(add_term(anchor_micros, self.after, zone), self.then, zone, self.rounding)

    def overdue_at(self, due_micros: int, zone: tzinfo) -> int:
        """Answer when the holder is late with what became due at due_micros."""
        return add_term(due_micros, self.acts_within, zone)
