"""Who holds data, about how many people: one line for each holder and role. Reads all holdings once, or tallies alone.

Source: docs/answers.md section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.mixes import Places, events_of
from ledger.answers.people import people_of_holders
from ledger.answers.presentation import term, terms
from ledger.answers.shapes import Event
from ledger.answers.shapes_lists import HolderAnswer, HoldersAnswer

Whom = tuple[str, str | None]
"""(holder, role)."""


def holders(asking: Asking, controller: str | None, *, with_facts: bool = True) -> HoldersAnswer:
    """Say of each holder, per role: how many people, what, where, since when, and what comes due next.

    with_facts: else tallies are read alone, and since when something is held, when the next is due and on which facts that rests stay unsaid.
    """
    with asking.snapshot() as seen:
        found, unsettled = _read(seen, controller) if with_facts else _tallied(seen, controller)
        people = people_of_holders(seen, controller)
        for whom, one in found.items():
            one.subjects = people[whom]
        for (holder, role, state), count in unsettled.items():
            if (holder, role) in found:
                setattr(found[holder, role], state.lower(), count)
        events = events_of(seen, [one.places for one in found.values()])
    answers = [one.answer(holder, role, rests_on) for ((holder, role), one), rests_on in zip(found.items(), events, strict=True)]
    answers.sort(key=lambda each: (-each.subjects, each.holder, repr(each.role)))
    return HoldersAnswer(controller=controller, holders=tuple(answers), freshness=seen.freshness())


Found = tuple[dict[Whom, "_HolderSum"], Mapping[tuple[str, str | None, str], int]]
"""What each has, and (holder, role, OPEN or OVERDUE) -> how many obligations."""


def _read(seen: Snapshot, controller: str | None) -> Found:
    found: dict[Whom, _HolderSum] = {}
    for holder, role, country, categories, holdings, since, due, partition, first, latest in seen.store.holders(controller):
        one = found.setdefault((holder, role), _HolderSum())
        one.add(country, categories, holdings, since, due)
        one.places.add(partition, first, latest)
    return found, _unsettled(seen, controller)


def _tallied(seen: Snapshot, controller: str | None) -> Found:
    """An obligation does not say in which role its holder has what it is about: where somebody has or had data in several, they are counted."""
    found: dict[Whom, _HolderSum] = {}
    roles: dict[tuple[str, str], set[str | None]] = {}
    for owner, holder, role, country, categories, holdings in seen.store.tally_holders(controller):
        roles.setdefault((owner, holder), set()).add(role)
        if categories:
            found.setdefault((holder, role), _HolderSum()).add(country, categories, holdings, None, None)
    unsettled = Counter[tuple[str, str | None, str]]()
    for owner, holder, state, number in seen.store.tally_unsettled_of_holders(controller):
        of_holder = roles.get((owner, holder), set())
        if len(of_holder) != 1:
            return found, _unsettled(seen, controller)
        unsettled[holder, *of_holder, state] += number
    return found, unsettled


def _unsettled(seen: Snapshot, controller: str | None) -> Mapping[tuple[str, str | None, str], int]:
    return {(holder, role, state): number for holder, role, state, number in seen.store.unsettled_of_holders(controller)}


@dataclass(slots=True)
class _HolderSum:
    """What one holder has, while it is being added up."""

    subjects: int = 0
    holdings: int = 0
    open: int = 0
    overdue: int = 0
    oldest_since: int | None = None
    next_due: int | None = None
    categories: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    places: Places = field(default_factory=Places)

    def add(self, country: str | None, categories: Sequence[str], holdings: int, since: int | None, due: int | None) -> None:
        self.holdings += holdings
        self.categories.update(categories)
        self.countries.update([country] if country else [])
        if since is not None:
            self.oldest_since = since if self.oldest_since is None else min(self.oldest_since, since)
        if due is not None:
            self.next_due = due if self.next_due is None else min(self.next_due, due)

    def answer(self, holder: str, role: str | None, rests_on: tuple[Event, ...]) -> HolderAnswer:
        return HolderAnswer(
            holder=holder,
            role=None if role is None else term("recipient_roles", role),
            subjects=self.subjects,
            holdings=self.holdings,
            categories=terms("categories", sorted(self.categories)),
            countries=tuple(sorted(self.countries)),
            oldest_since=self.oldest_since,
            next_due=self.next_due,
            open=self.open,
            overdue=self.overdue,
            rests_on=rests_on,
            more=max(0, self.holdings - len(rests_on)),
        )
