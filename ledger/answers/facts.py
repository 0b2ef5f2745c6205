"""The facts of some subjects, of some types, as they stand on the log: for what no state keeps (reasons, origins, look-ups). By index.

Must never ask for the facts of everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from ledger.answers.asking import EVER, Snapshot, event_at
from ledger.answers.shapes import Event
from ledger.contract import codec, schema_store
from ledger.core.ids import subject_id


class Fact(NamedTuple):
    """One fact and its place."""

    partition: int
    offset: int
    type: str
    fields: dict[str, Any]

    @property
    def event(self) -> Event:
        """Its place on the log."""
        return event_at(self.partition, self.offset, self.fields["event_id"])

    @property
    def moment(self) -> tuple[int, bytes]:
        """When it happened; of two at one instant the smaller id counts as the earlier."""
        return self.fields["occurred_at"], self.fields["event_id"]


def facts_of(seen: Snapshot, subject_ids: Collection[bytes], *types: str) -> dict[bytes, list[Fact]]:
    """subject id -> its facts of these types, in order of happening. Within the snapshot."""
    found: dict[bytes, list[Fact]] = {wanted: [] for wanted in subject_ids}
    for wanted, partition, offset, value in seen.store.facts_of_subjects(subject_ids, schema_ids(*types)):
        found[wanted].append(Fact(partition, offset, *codec.decode(value)))
    for facts in found.values():
        facts.sort(key=lambda fact: fact.moment)
    return found


def all_facts(seen: Snapshot, controller: str, subject_ref: str, partition: int) -> list[Fact]:
    """The whole history of a person, in order of happening. Within the snapshot."""
    return facts_in(partition, seen.store.history(partition, subject_id(controller, subject_ref), EVER))


def facts_in(partition: int, history: Iterable[tuple[int, bytes]]) -> list[Fact]:
    """Facts of one partition in order of happening. history: (offset, value)."""
    return sorted((Fact(partition, offset, *codec.decode(value)) for offset, value in history), key=lambda fact: fact.moment)


def schema_ids(*types: str) -> list[int]:
    """The ids of every version of these types."""
    return [version.schema_id for name in types for version in schema_store.versions(name)]
