"""What every question does: open one snapshot, know which ledger it is, what judges it, how far it is folded. Read-only.

Source: docs/answers.md section 5; docs/architecture.md section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.answers.cursors import Cursors
from ledger.answers.days_come import require_so_by_now
from ledger.answers.shapes import Event, Freshness, PartitionFreshness
from ledger.answers.store import Ahead, AnswerStore, OneSubject
from ledger.contract import codec
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.rules import PolicyInForce, Rules
from ledger.errors import DependencyError, OperatorError

TOPIC: Final = "facts"
EVER: Final = 2**62
"""An offset after all others."""
LIMIT: Final = 100

Ends = Callable[[int], Sequence[int]]
"""Partitions of `facts` -> the broker's end offset of each. Raises DependencyError when Kafka does not answer."""
Told = tuple[int, str, dict[str, Any]]
"""(offset, type, fields) of a register copy."""


class AsOf(NamedTuple):
    """The store is not that of now. on: what was so at that moment, microseconds. known_at: what was known there, `partition:offset` each.

    now: the ledger's time when it is asked, since what is forgotten by then stays so; 0 of a store of now. barred: disclosures of the person asked
    about that an order keeps from them now, whatever was known or decided then.
    """

    on: int | None = None
    known_at: str | None = None
    now: int = 0
    barred: frozenset[str] = frozenset()


@dataclass(slots=True)
class Register:
    """The register as one partition has it. told: all its events but policies, in log order. offsets: of all its events, by event id."""

    partition: int
    newest: int
    rules: Rules
    told: list[Told] = field(default_factory=list)
    offsets: dict[bytes, int] = field(default_factory=dict)

    def event(self, event_id: bytes) -> Event:
        """One of its events, by the place of its copy in `facts`."""
        return event_at(self.partition, self.offsets.get(event_id), event_id)


class Asking:
    """One store and the broker's end offsets; without them, lag is unknown. Not for two threads at once."""

    def __init__(self, store: AnswerStore, ends: Ends | None = None, as_of: AsOf = AsOf()) -> None:  # noqa: B008  a tuple
        self.store, self.as_of, self._ends = store, as_of, ends
        self._identity: tuple[str, int] | None = None
        self._registers: dict[int, Register] = {}
        self._open: Snapshot | None = None

    @contextmanager
    def snapshot(self, controller: str | None = None, subject_ref: str | None = None) -> Iterator[Snapshot]:
        """Everything read within it is of one moment. Within another one, it is that. controller, subject_ref: whom alone it is about, if one.

        Raises:
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
        """
        if self._open is not None:
            yield self._open
            return
        with self.store.snapshot(self._ahead(controller, subject_ref)):
            if self._identity is None:
                self._identity = self.store.identity()  # decided once, at the ledger's creation
            if self._identity is None:
                raise OperatorError("cannot answer: the database belongs to no ledger yet", hint="ledger up")
            mode, partitions = self._identity
            self._open = Snapshot(self, mode == "simulated", partitions, self.store.progress())
            try:
                yield self._open
            finally:
                self._open = None

    def _ahead(self, controller: str | None, subject_ref: str | None) -> Ahead | None:
        """None before the first question: the partition depends on which ledger it is."""
        if self._identity is None or controller is None or subject_ref is None:
            return None
        return subject_id(controller, subject_ref), partition_of_subject(controller, subject_ref, self._identity[1])

    def register(self, partition: int) -> Register:
        """What the register says, as the partition has it; read again only as far as it has grown."""
        newest = self.store.newest_register_copy(partition)
        seen = self._registers.get(partition)
        if seen is None or newest < seen.newest:  # the first question; or another database, or one that was made again
            seen = Register(partition, -1, Rules(ZoneInfo))
        if newest > seen.newest:
            for offset, value in self.store.register_copies(partition, seen.newest, newest + 1):
                type_name, fields = codec.decode(value)
                seen.rules.apply(type_name, fields)
                seen.offsets[fields["event_id"]] = offset
                if type_name != "PolicyPublished":  # the rules have it, and it is long
                    seen.told.append((offset, type_name, fields))
            seen.newest = newest
        self._registers[partition] = seen
        return seen

    def ends(self, partitions: int) -> Mapping[int, int]:
        """End offsets by partition; none when Kafka does not answer."""
        if self._ends is None:
            return {}
        try:
            return dict(enumerate(self._ends(partitions)))
        except DependencyError:
            return {}  # answers do not need Kafka; the lag is said to be unknown


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of the ledger. progress: (partition, next offset, time reached, pending) of each partition seen."""

    _asking: Asking
    simulated: bool
    partitions: int
    progress: Sequence[tuple[int, int, int, int | None]]
    _rows: dict[bytes, OneSubject] = field(default_factory=dict)
    _registers: dict[int, Register] = field(default_factory=dict)

    def one_subject(self, subject_id: bytes) -> OneSubject:
        """The rows of one subject, asked for once however often they are needed; as AnswerStore.one_subject."""
        found = self._rows.get(subject_id)
        if found is None:
            found = self._rows[subject_id] = self.store.one_subject(subject_id)
        return found

    @property
    def store(self) -> AnswerStore:
        """Where to read; within the snapshot only."""
        return self._asking.store

    @property
    def time_reached(self) -> int:
        """The ledger's time: what every partition has reached; 0 before the first tick."""
        return min((time for _, _, time, _ in self.progress), default=0)

    def time_of(self, partition: int) -> int:
        """The time that one partition has reached."""
        return next((time for number, _, time, _ in self.progress if number == partition), 0)

    def require_so_by_now(self, on: int | None) -> None:
        """A moment that is asked about has come: on any partition, since one may be behind. Raises: NotComeError."""
        require_so_by_now(on, max((time for _, _, time, _ in self.progress), default=0), simulated=self.simulated)

    def asked_at(self, partition: int) -> int:
        """The ledger's time of the asking: that of the partition, or later where the store is of another moment."""
        return max(self.time_of(partition), self._asking.as_of.now)

    @property
    def barred(self) -> frozenset[str]:
        """Disclosures that an order keeps from the person now, where the store is of another moment."""
        return self._asking.as_of.barred

    def register(self, partition: int = 0) -> Register:
        """The register, looked at once; all partitions have the same, sooner or later."""
        found = self._registers.get(partition)
        if found is None:
            found = self._registers[partition] = self._asking.register(partition)
        return found

    def in_force(self, controller: str | None) -> dict[str, PolicyInForce]:
        """The policy in force of each controller asked about (None: of all), by the ledger's time; in order of their names."""
        rules = self.register().rules
        found = {owner: rules.policy_at(owner, self.time_reached) for owner in sorted(rules.policies) if controller in (None, owner)}
        return {owner: published for owner, published in found.items() if published is not None}

    def cursors(self, question: str, shapes: tuple[str, ...], *asked: object) -> Cursors:
        """The cursors of a question, as of the moment that is asked about. asked: its filters."""
        return Cursors.of(question, shapes, (*asked, *self._asking.as_of[:2]))

    def offsets(self, wanted: Mapping[int, Collection[bytes]]) -> dict[int, dict[bytes, int]]:
        """Where events stand that are named by id alone: partition -> event id -> offset."""
        return {partition: self.store.offsets(partition, set(ids)) for partition, ids in wanted.items()}

    def freshness(self, only: int | None = None) -> Freshness:
        """How far the partitions asked were folded, against where the log ends now. only: this partition."""
        places = {partition: (offset, time, pending) for partition, offset, time, pending in self.progress}
        ends = self._asking.ends(self.partitions)
        found = []
        for partition in range(self.partitions) if only is None else (only,):
            offset, time, pending = places.get(partition, (0, 0, None))
            end = ends.get(partition)
            lag = None if end is None else end - offset
            found.append(
                PartitionFreshness(partition=partition, next_offset=offset, end_offset=end, lag=lag, time_reached=time, pending_offset=pending)
            )
        lags = [each.lag for each in found]
        total = None if None in lags else sum(lag for lag in lags if lag is not None)
        on, known_at = self._asking.as_of[:2]
        time = min(map(attrgetter("time_reached"), found))
        return Freshness(simulated=self.simulated, time_reached=time, lag=total, partitions=tuple(found), on=on, known_at=known_at)


def event_at(partition: int, offset: int | None, event_id: bytes) -> Event:
    """An event by its place on the log."""
    return Event(topic=TOPIC, partition=partition, offset=offset, event_id=event_id)
