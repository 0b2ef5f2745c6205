"""A retention rule: which holdings it covers, what starts its term, how long it runs.

Pure data; the dates are calendar.py's, the anchors of a subject are found in retention.py. Source: docs/policies.md section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from ledger.core.calendar import Duration, Rounding, add_term
from ledger.core.conditions import NONE, Terms
from ledger.core.statutory import Length, LengthInLaw, without_law

# The anchors that are no milestones: the moment the data of the holding itself was collected (or received), the end of the last consent for its
# purpose, and what a statement leaves open: a term that is stated, but not from when it counts, never starts.
COLLECTION, CONSENT_ENDED, NOT_STATED = "COLLECTION", "CONSENT_ENDED", "NOT_STATED"

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

# What a term may start at: the three above, and the milestones of `schemas/milestone_reached` (a test holds them together).
ANCHORS = frozenset((COLLECTION, CONSENT_ENDED, NOT_STATED, *STARTS_OF, *(start for starts in STARTS_OF.values() for start in starts))) | {
    *("INVOICE_ISSUED", "PAYMENT_OVERDUE", "ENQUIRY_RESOLVED", "LOGGED_IN", "LOGGED_OUT"),
}

Holder = Literal["controller", "recipient"]
Mode = Literal["ALL", "ANY"]
Per = Literal["subject", "ref"]
Kept = Literal["at_most", "exactly", "at_least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """Until when holdings are kept. Empty activities, roles, purposes and categories mean any.

    anchors: milestone kinds, COLLECTION, CONSENT_ENDED or NOT_STATED; with mode ALL the term starts at the latest of
    them, once all hold; with ANY at the earliest one that holds. per: `ref` looks only at milestones with the holding's
    own ref, `subject` at all of the subject. consent_to: the purpose whose consent CONSENT_ENDED is about, None for the
    holding's own. customer: only what was collected while the person was (True) or was not (False) a customer.
    A statutory rule (`statute` set) cannot be shortened by an erasure request. in_law: what each version of the
    statute makes of the length, where the rule leaves it to the statute; after, then and rounding are then those of
    the newest one. acts_within: how long the holder has after due. kept: what the term means: it goes by then at the latest
    (at_most); it stays until then, and goes then (exactly); it stays until then, and nothing is said after that (at_least).
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
    consent_to: str | None = None
    customer: bool | None = None
    in_law: tuple[LengthInLaw, ...] = ()
    acts_within: Duration
    kept: Kept = "at_most"

    def covers(self, is_controller: bool, activity: str, role: str, purpose: str, categories: Terms = NONE, customer: bool = False) -> bool:
        """Say whether a holding falls under this rule; one with categories covers only holdings within them.

        customer: whether the person was one when the data was collected.
        """
        return (
            (self.holder == "controller") == is_controller
            and (not self.activities or activity in self.activities)
            and (not self.roles or (not is_controller and role in self.roles))
            and (not self.purposes or purpose in self.purposes)
            and (not self.categories or (bool(categories) and categories <= self.categories))
            and (self.customer is None or self.customer == customer)
        )

    @property
    def waits_for_an_end(self) -> bool:
        """Whether its term starts at the end of something, and not at what merely happens."""
        return all(anchor in STARTS_OF or anchor == CONSENT_ENDED for anchor in self.anchors)

    @property
    def withstands_requests(self) -> bool:
        """Whether an erasure request leaves what it covers: a statute demands it, until a date that can be told (GDPR Art. 17(3)(b))."""
        return self.statute is not None and NOT_STATED not in self.anchors

    @property
    def names_no_end(self) -> bool:
        """Whether nobody can tell from the statement until when the data stays: from when a term runs, or what comes after a minimum, is not said."""
        return NOT_STATED in self.anchors or self.kept == "at_least"

    def length_at(self, anchor_micros: int, zone: tzinfo) -> Length:
        """Answer how long a term is that starts at anchor: where a statute sets it, by the version in force then; without one it adds nothing."""
        if not self.in_law:
            return Length(self.after, self.then, self.rounding)
        for version in self.in_law:
            if version.holds_at(anchor_micros, zone):
                return version.length
        return without_law(None if self.then is None else self.after)

    def due_at(self, anchor_micros: int, zone: tzinfo) -> int:
        """Answer when a term from anchor is over (microseconds); in a chain the first part is not rounded.

        Raises:
            TermError: beyond the year 9999.
        """
        after, then, rounding = (self.after, self.then, self.rounding) if not self.in_law else self.length_at(anchor_micros, zone)
        if then is None:
            return add_term(anchor_micros, after, zone, rounding)
        return add_term(add_term(anchor_micros, after, zone), then, zone, rounding)

    def overdue_at(self, due_micros: int, zone: tzinfo) -> int:
        """Answer when the holder is late with what became due at due_micros."""
        return add_term(due_micros, self.acts_within, zone)
