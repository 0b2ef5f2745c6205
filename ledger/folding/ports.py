"""What the shells promise the core and each other. Protocols with their contracts; no implementation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ledger.core.delta import NOTHING_PENDING, Delta, Pending, Row
from ledger.core.plain import DueHolding


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one partition of `facts` is folded. A partition never seen is `Progress(0, 0, 0, 0)`."""

    next_offset: int
    register_next: int
    time_reached: int
    duplicates: int
    pending: Pending = NOTHING_PENDING


Found = tuple[bytes, str, str]
"""(subject_id, controller, subject_ref) of a subject that a register event concerns."""


@dataclass(slots=True)
class SubjectRows:
    """The stored rows of one subject: at most one subject row, its holdings, its obligations that are OPEN or OVERDUE, its entries."""

    subject: Row | None
    holdings: list[Row]
    obligations: list[Row]
    entries: list[Row] = field(default_factory=list)


Places = Mapping[int, tuple[int, int]]
"""Partition of `facts` -> (first offset, offset behind the last)."""

Stored = tuple[int, int, bytes | None, int, int]
"""(offset, broker time in microseconds, value, register offset, time reached) of a stored record; a tick has no value, all others no last two."""

Holders = tuple[tuple[str, str | None], ...]
"""(holder, store or None = any) each."""


class SubjectStore(Protocol):
    """Committed state of one partition, as a host can read it. Rows as docs/architecture.md section 5."""

    def load(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        """Rows of these subjects; a subject without any row is absent from the answer."""

    def due(self, partition: int, since: int, until: int, after: bytes, limit: int) -> list[Found]:
        """Subjects with something to do for a tick at `until`, ids above `after`, in order of ids, each once; fewer than `limit` are all there are.

        That is: a holding due at or before it, and after `since` or held back; an OPEN obligation that is overdue at or before it; or a state that
        says `wakes` (a hold ends by itself) at or before it.
        """

    def plain(self, subject_ids: Collection[bytes], since: int, until: int) -> list[DueHolding]:
        """Of these subjects, those that are plain (ledger/core/plain.py): their holdings due after `since`, at or before `until`, by subject and id.

        Never a holding of any other subject; a store may leave out subjects as it likes.
        """

    def of_controller(self, partition: int, controller: str, after: bytes, limit: int) -> list[Found]:
        """Subjects of this controller with at least one row in this partition; pages as `due`."""

    def latest_facts(self, subject_ids: Collection[bytes], after: int) -> dict[bytes, int]:
        """subject_id -> offset of the latest stored fact, for those that have one above offset `after`."""

    def held_by(self, partition: int, controller: str, holders: Holders, after: bytes, limit: int) -> list[Found]:
        """Subjects of this controller of whom one of these has something, or had; pages as `due`."""

    def known_events(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, bytes]:
        """event_id -> stored value, for those ids that are already in `fact` for this partition."""

    def newest_event_id(self, partition: int) -> bytes | None:
        """The greatest event_id stored for this partition (UUIDv7: the youngest), or None."""

    def history(self, partition: int, subject_id: bytes) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored fact of the subject, in offset order."""

    def register_copies(self, partition: int) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored register copy of the partition, in offset order; ticks are not among them."""


class ProjectionWriter(Protocol):
    """Writes deltas. One delta is one transaction."""

    def write(self, delta: Delta) -> None:
        """Lock the progress row, require delta.first_offset and delta.was_pending there, write all rows and the new progress, commit.

        Raises:
            FencedError: the stored progress differs: another worker wrote meanwhile, or the database was restored.
        """


@dataclass(frozen=True, slots=True)
class Assigned:
    """A partition of `obligations` is this member's from now on.

    offset: where to go on, None when its group has never committed. metadata: what was committed with it, empty when nothing was.
    """

    partition: int
    offset: int | None
    metadata: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """A partition is another member's from now on; what is known of it here is worth nothing any more."""

    partition: int


@dataclass(frozen=True, slots=True)
class Told:
    """One record of `obligations`."""

    partition: int
    offset: int
    value: bytes | None


class DutyLog(Protocol):
    """Topic `obligations` as one member of a consumer group reads it, and as anybody can look at it. Not for two threads at once."""

    @property
    def has_joined(self) -> bool:
        """Whether the group has said which partitions are ours; they may be none."""

    def poll(self, seconds: float) -> list[Assigned | Revoked | Told]:
        """What has happened since the last call, in order, waiting up to `seconds` for the first. The first call joins the group.

        After `Assigned` the records of the partition come in order of offset from the one it names (None: the first there is).

        Raises:
            DependencyError: Kafka does not answer. OperatorError: the group or the topic cannot be used.
        """

    def end(self, partition: int) -> int:
        """Ask the broker for the offset of the next record to come. Raises: DependencyError."""

    def commit(self, partition: int, offset: int, metadata: str) -> bool:
        """Store both in one step; False when the partition is not ours any more. Raises: DependencyError."""

    def committed(self) -> list[Assigned]:
        """What the group has committed in every partition, without joining it. Raises: DependencyError, OperatorError."""

    def read(self, partition: int, first: int, end: int) -> Iterable[Told]:
        """The records first <= offset < end, without the group. Raises: DependencyError, OperatorError."""

    def close(self) -> None:
        """Leave the group, so that others need not wait for us."""
