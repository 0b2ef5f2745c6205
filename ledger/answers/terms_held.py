"""How far the terms of all that is held are, alike holdings added up; and which of them will not start by themselves.

Reads all holdings once, or a tally and by index what waits, is called for or is held back. What a line of the database means is said by the
core (retold.py). Source: docs/answers.md, "Retention".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal, NamedTuple

from ledger.answers.asking import Snapshot
from ledger.answers.mixes import Places
from ledger.answers.not_begun import State, not_begun
from ledger.answers.retold import of_consents, was_customer
from ledger.core.customer import CUSTOMER_KINDS
from ledger.core.delta import Row
from ledger.core.policy import Policy
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, STARTS_OF, RetentionRule

Reason = Literal["NO_RULE", "NOT_STATED", "DATASET", "NOT_BEGUN"]


PAIRS: Final = tuple((ending, starting) for ending, starts in STARTS_OF.items() for starting in starts)


class Terms(NamedTuple):
    """Holdings that are alike, and how far their terms are. first, latest: offsets of the facts that they rest on. example: one
    of the people.

    is_dataset: of unknown people. is_waiting: no date. Of what waits under the rules asked: states, states_of_ref: `KIND RUNS` or `KIND ENDED` of
    all that ends, of the person and of that reference; consents, customer: steps of retold.py; None where it was not asked.
    Of tallied ones partition, next_due, first and latest are None: nobody looked.
    """

    partition: int | None
    controller: str
    is_own: bool
    activity: str | None
    role: str | None
    purpose: str
    categories: tuple[str, ...]
    rule: str | None
    is_dataset: bool
    states: tuple[str, ...] | None
    states_of_ref: tuple[str, ...] | None
    consents: str | None
    customer: str | None
    is_waiting: bool
    holdings: int
    called_for: int
    held_back: int
    next_due: int | None
    held_back_since: int | None
    first: int | None
    latest: int | None
    example: str

    @property
    def waiting(self) -> int:
        """How many of them have no date yet."""
        return self.holdings if self.is_waiting else 0

    def gap(self, policy: Policy | None) -> tuple[Reason, tuple[str, ...]] | None:
        """Why no date will ever come by itself, and the anchors that it waits for; None when one may.

        Asks the policy in force. Where it has no such rule any more, or it is not known which of several counts, one that may start is no gap.
        """
        if self.rule is None:
            return "NO_RULE", ()
        if policy is None or not self.is_waiting:
            return None
        whom = (False, True) if self.customer is None else (was_customer(self.customer),)
        scope = (self.is_own, self.activity or "", self.role or "", self.purpose, frozenset(self.categories))
        rules = [rule for customer in whom if (rule := policy.rule_for(*scope, customer)) is not None and rule.id == self.rule]
        found = [self._gap_of(rule) for rule in rules]
        return found[0] if found and None not in found else None

    def _gap_of(self, rule: RetentionRule) -> tuple[Reason, tuple[str, ...]] | None:
        if _is_endless(rule, lambda anchor: anchor == NOT_STATED):
            return "NOT_STATED", (NOT_STATED,)
        if self.is_dataset and _is_endless(rule, lambda anchor: anchor == NOT_STATED or anchor not in (COLLECTION, CONSENT_ENDED)):
            return "DATASET", rule.anchors
        waits = not_begun(rule, lambda anchor: self._state(rule, anchor))
        return ("NOT_BEGUN", waits) if waits else None

    def _state(self, rule: RetentionRule, anchor: str) -> State:
        if anchor == CONSENT_ENDED and self.consents is not None:
            return of_consents(self.consents, rule.consent_to or self.purpose, is_own=self.is_own)
        known = self.states_of_ref if rule.per == "ref" else self.states
        if known is None or anchor not in STARTS_OF:
            return "OTHER"
        return "RUNS" if f"{anchor} RUNS" in known else "ENDED" if f"{anchor} ENDED" in known else "NOTHING"


def _is_endless(rule: RetentionRule, never: Callable[[str], bool]) -> bool:
    return all(map(never, rule.anchors)) if rule.mode == "ANY" else any(map(never, rule.anchors))


def terms_held(seen: Snapshot, controller: str | None, policies: Iterable[Policy], *, is_waiting: bool = False) -> list[Terms]:
    """All terms of a controller, or of all; is_waiting: of what waits under a rule for its term to start alone. Within the snapshot."""
    return [
        Terms._make((*row[:6], tuple(row[6]), *row[7:9], *(None if each is None else tuple(each) for each in row[9:11]), *row[11:]))
        for row in seen.store.terms_of_holdings(controller, seen.time_reached, asked_of_what_waits(policies), is_waiting)
    ]


def terms_tallied(seen: Snapshot, controller: str | None, waiting: Iterable[Terms]) -> list[Terms]:
    """The same without facts, and without what no rule covers. waiting: what waits under a rule, as terms_held says it. Within the snapshot."""
    store = seen.store
    return [
        *(each._replace(partition=None, first=None, latest=None) for each in waiting),
        *(_dated(row, holdings=row[7]) for row in store.tally_dated(controller)),
        *(_dated(row, called_for=row[7]) for row in store.called_for_dated(controller)),
        *(_dated(row, held_back=row[7], since=row[8]) for row in store.held_back_dated(controller)),
    ]


def _dated(row: Row, *, holdings: int = 0, called_for: int = 0, held_back: int = 0, since: int | None = None) -> Terms:
    """One number of holdings that are alike and have a date. row: (controller, is own, activity, role, purpose, categories, rule, ...)."""
    untold = (False, None, None, None, None, False)
    return Terms._make((None, *row[:5], tuple(row[5]), row[6], *untold, holdings, called_for, held_back, None, since, None, None, ""))


def asked_of_what_waits(policies: Iterable[Policy]) -> dict[str, list[str]]:
    """Under which rules the database is to tell more of what waits, and what of: the arguments of its query.

    ending_rules: with an anchor that is an end. consent_rules: whose term starts when a consent ends; consent_to: the purposes that they name.
    customer_rules: for customers alone, or for others alone. endings, startings: what ends and what starts it, pair by pair.
    """
    rules = list(chain.from_iterable(policy.retention for policy in policies))
    of_consent = [rule for rule in rules if CONSENT_ENDED in rule.anchors]
    return {
        "ending_rules": sorted({rule.id for rule in rules if any(anchor in STARTS_OF for anchor in rule.anchors)}),
        "endings": [ending for ending, _ in PAIRS],
        "startings": [starting for _, starting in PAIRS],
        "consent_rules": sorted({rule.id for rule in of_consent}),
        "consent_to": sorted({rule.consent_to for rule in of_consent if rule.consent_to is not None}),
        "customer_rules": sorted({rule.id for rule in rules if rule.customer is not None}),
        "customer_kinds": sorted(CUSTOMER_KINDS),
    }


@dataclass(slots=True)
class Group:
    """Terms of one line, added up."""

    found: list[Terms] = field(default_factory=list)
    places: Places = field(default_factory=Places)

    def add(self, terms: Terms) -> None:
        """Take in alike holdings."""
        self.found.append(terms)
        self.places.add(terms.partition, terms.first, terms.latest)

    def count(self, what: str) -> int:
        """The sum of one of their numbers."""
        return sum(getattr(each, what) for each in self.found)

    def more(self) -> int:
        """Of how many holdings no fact is named."""
        return max(0, self.count("holdings") - len(list(self.places.offsets())))
