"""Everybody's history, one after the other: the facts of each subject and what its partition has registered. Reads, in bounded memory.

Must never hold more than a chunk of subjects; a history itself is held whole. The order of subjects is that of their ids, which are hashes: the first
hundred are a fair sample of all. Source: docs/answers.md, `ledger differences`; docs/policies.md, "Before it is published".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.contract import codec
from ledger.core.delta import Row
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.judging.causes import Recorded, Register
from ledger.folding.ports import SubjectRows

CHUNK_SUBJECTS = 500
CHUNK_FACTS = 20_000
_EVER = 2**62

Report = Callable[[float], None]
"""Told how much of all is done, from 0 to 1."""


class HistoryStore(Protocol):
    """What histories are read from. Rows as docs/architecture.md section 5; every read between entering and leaving a snapshot sees one moment."""

    def snapshot(self) -> AbstractContextManager[None]: ...
    def identity(self) -> tuple[str, int] | None: ...
    def progress(self) -> list[tuple[int, int, int, int | None]]: ...
    def history(self, partition: int, subject_id: bytes, before: int) -> list[tuple[int, bytes]]: ...
    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]: ...
    def facts_by_subject(self) -> Iterator[tuple[int, bytes, int, bytes]]: ...
    def violations_of(self, subject_ids: Collection[bytes]) -> list[Row]: ...
    def rows_of(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]: ...


@dataclass(frozen=True, slots=True)
class History:
    """One subject and its facts (offset, type, fields) in log order."""

    subject_id: bytes
    partition: int
    controller: str
    subject_ref: str
    facts: list[Recorded]


@dataclass(slots=True)
class Looked:
    """How far a walk has come. share: of all ids of subjects, from 0 to 1."""

    subjects: int = 0
    facts: int = 0
    share: float = 0.0


def everybody(
    store: HistoryStore, looked: Looked, *, controller: str | None = None, sample: int | None = None, report: Report = lambda _: None
) -> Iterator[list[History]]:
    """The histories of all subjects, or of one controller's, in chunks. sample: end after so many subjects.

    Of a subject of another controller one fact is decoded, to see whose it is. looked: kept up to date.
    """
    chunk: list[History] = []
    facts = 0
    for of, group in groupby(store.facts_by_subject(), key=itemgetter(1)):
        found = _history(of, group, controller)
        if found is None:
            continue
        chunk.append(found)
        facts += len(found.facts)
        looked.subjects += 1
        looked.facts += len(found.facts)
        is_last = looked.subjects == sample
        if is_last or len(chunk) == CHUNK_SUBJECTS or facts >= CHUNK_FACTS:
            looked.share = int.from_bytes(of[:4]) / 2**32
            report(looked.share)
            yield chunk
            chunk, facts = [], 0
        if is_last:
            return
    if chunk:
        yield chunk
    looked.share = 1.0
    report(1.0)


def one_subject(store: HistoryStore, looked: Looked, controller: str, subject_ref: str, partitions: int) -> Iterator[list[History]]:
    """The history of one subject, as a chunk of its own; nothing when nothing is known of it."""
    of, partition = subject_id(controller, subject_ref), partition_of_subject(controller, subject_ref, partitions)
    facts = [(offset, *codec.decode(value)) for offset, value in store.history(partition, of, _EVER)]
    looked.share = 1.0
    if facts:
        looked.subjects, looked.facts = 1, len(facts)
        yield [History(of, partition, controller, subject_ref, facts)]


def _history(of: bytes, group: Iterable[tuple[int, bytes, int, bytes]], controller: str | None) -> History | None:
    facts: list[Recorded] = []
    lives_in = 0
    for partition, _, offset, value in group:
        type_name, fields = codec.decode(value)
        if controller not in (None, fields["controller"]):
            return None
        lives_in = partition
        facts.append((offset, type_name, fields))
    fields = facts[0][2]
    return History(of, lives_in, fields["controller"], fields["subject_ref"], facts)


@dataclass(slots=True)
class Registers:
    """What each partition has registered about each controller; read once for each partition."""

    store: HistoryStore
    _by_partition: dict[int, dict[str, list[Recorded]]] = field(default_factory=dict)
    _made: dict[tuple[int, str], Register] = field(default_factory=dict)

    def of(self, partition: int, controller: str) -> Register:
        """The register of one controller, as its partition has it."""
        made = self._made.get((partition, controller))
        if made is None:
            copies = self._copies(partition).get(controller, [])
            made = self._made[partition, controller] = Register(ZoneInfo, copies)
        return made

    def _copies(self, partition: int) -> dict[str, list[Recorded]]:
        found = self._by_partition.get(partition)
        if found is None:
            found = self._by_partition[partition] = {}
            for offset, value in self.store.register_copies(partition, -1, _EVER):
                type_name, fields = codec.decode(value)
                found.setdefault(fields["controller"], []).append((offset, type_name, fields))
        return found
