"""What the whole ledger holds, added up: mixes of holdings, sums of them, and the events that a sum rests on.

A mix is what the database gives: one row for each combination of who, what for, where and what. Reports add mixes up by what they ask about.
Tallies know the mixes as well, but not since when, nor on which facts they rest: finding these reads the holdings.
A sum names the first and the latest fact of each partition that it rests on, and says of how many holdings it does not name the facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.answers.asking import Snapshot, event_at
from ledger.answers.shapes import Event


class Mix(NamedTuple):
    """Holdings that are alike. received_from None: the controller's own. categories: held now; erased: held before. first, latest: offsets.

    Of tallied ones partition, since, first and latest are None: nobody looked.
    """

    partition: int | None
    controller: str
    holder: str
    received_from: str | None
    role: str | None
    activity: str | None
    store: str | None
    country: str | None
    safeguard: str | None
    agreement: str | None
    purpose: str
    legal_basis: str
    statute: str | None
    rule: str | None
    categories: tuple[str, ...]
    erased: tuple[str, ...]
    holdings: int
    since: int | None
    first: int | None
    latest: int | None


def read_mixes(seen: Snapshot, controller: str | None, holders: Collection[str] | None = None) -> list[Mix]:
    """All mixes of a controller, or of all; holders: of these alone, which an index finds. Reads the holdings."""
    return [Mix._make((*row[:14], tuple(row[14]), tuple(row[15]), *row[16:])) for row in seen.store.mixes(controller, holders)]


def tallied_mixes(seen: Snapshot, controller: str | None) -> list[Mix]:
    """The same mixes, of all partitions together, from the tallies alone."""
    return [Mix._make((None, *row[:13], tuple(row[13]), tuple(row[14]), row[15], None, None, None)) for row in seen.store.tally_mixes(controller)]


@dataclass(slots=True)
class Places:
    """Where the facts of many holdings stand: of each partition the first and the latest. told: register events, said in full."""

    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)

    def add(self, partition: int | None, first: int | None, latest: int | None) -> None:
        """Take in facts of one partition from first to latest; None: nobody looked where they stand."""
        if partition is None or first is None or latest is None:
            return
        known = self.spans.get(partition, (first, latest))
        self.spans[partition] = (min(known[0], first), max(known[1], latest))

    def offsets(self) -> Iterable[tuple[int, int]]:
        """(partition, offset) of each place."""
        return [(partition, offset) for partition, span in sorted(self.spans.items()) for offset in sorted(set(span))]


@dataclass(slots=True)
class Sum:
    """Many mixes added up. holdings: those that hold something now; all_holdings: also those whose data is gone."""

    holdings: int = 0
    all_holdings: int = 0
    since: int | None = None
    categories: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    values: dict[str, set[Any]] = field(default_factory=dict)
    places: Places = field(default_factory=Places)

    def add(self, mix: Mix) -> None:
        """Take in one mix."""
        self.all_holdings += mix.holdings
        if mix.categories:
            self.holdings += mix.holdings
            if mix.country:
                self.countries.add(mix.country)
        if mix.since is not None:
            self.since = mix.since if self.since is None else min(self.since, mix.since)
        self.categories.update(mix.categories)
        self.erased.update(mix.erased)
        self.places.add(mix.partition, mix.first, mix.latest)

    def more(self) -> int:
        """Of how many holdings no fact is named."""
        return max(0, self.all_holdings - len(list(self.places.offsets())))


def events_of(seen: Snapshot, places: Iterable[Places]) -> list[tuple[Event, ...]]:
    """The events of each, register events first; one look-up by key for each partition. Within the snapshot."""
    places = list(places)
    wanted: dict[int, set[int]] = {}
    for each in places:
        for partition, offset in each.offsets():
            wanted.setdefault(partition, set()).add(offset)
    ids = {partition: seen.store.events_at(partition, sorted(offsets)) for partition, offsets in wanted.items()}
    return [
        (*each.told, *(event_at(partition, offset, ids[partition][offset]) for partition, offset in each.offsets() if offset in ids[partition]))
        for each in places
    ]
