"""What the vault keeps and answers with. Shows no secret and no identity. Source: docs/vault.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import NamedTuple, Protocol

from ledger.errors import OperatorError


class Mark(NamedTuple):
    """Which epoch the database is at. key_id: of its secret."""

    number: int
    key_id: str


class Wrapped(NamedTuple):
    """A subject's data key, wrapped under an epoch."""

    key_id: str
    wrapped: bytes


class StoredSubject(NamedTuple):
    """A row: one person of one controller."""

    controller: str
    subject_ref: str
    key: Wrapped


class StoredIdentity(NamedTuple):
    """A row: one way in which a subject is known. lookup: keyed hash, under the epoch. sealed: kind and value under the data key."""

    lookup: bytes
    sealed: bytes


class StoredDay(NamedTuple):
    """A row: the key under which is sealed who looked at a controller's data on one day (UTC).

    wrapped: under the epoch; None once it is destroyed, at destroyed_at (microseconds since 1970).
    """

    controller: str
    day: date
    key_id: str
    wrapped: bytes | None
    destroyed_at: int | None = None


def epoch_name(number: int | None) -> str | None:
    """What binds the destruction of a key to the end of its epoch on the log: their `correlation_id`. The schema of KeyDestroyed has no epoch."""
    return None if number is None else f"epoch-{number}"


class Announcement(NamedTuple):
    """What the log is to be told of. KeyDestroyed: subject_ref, key_id, occurred_at. epoch: that ended, or that the key was under (None: a release
    did not note it)."""

    event_id: bytes
    type: str
    controller: str
    subject_ref: str | None = None
    key_id: str | None = None
    occurred_at: int | None = None
    epoch: int | None = None


class Erased(NamedTuple):
    """What stands where a sealed value was, once its key is destroyed. at: microseconds since 1970."""

    key_id: str
    at: int


class Counts(NamedTuple):
    """How much there is. announcements: not on the log yet. days: keys of days that are still there."""

    subjects: int
    identities: int
    forgotten: int
    suppressed: int
    announcements: int
    days: int = 0


class EpochMovedError(OperatorError):
    """The database is at another epoch than the caller believes: read the keys again."""

    def __init__(self, at: int | None) -> None:
        super().__init__(
            "cannot use the vault: it has not begun" if at is None else f"cannot use the vault: it is at epoch {at}, and the key of that is not here",
            hint="ledger vault init" if at is None else "bring back the newest key file of the vault",
        )
        self.at = at


Rewrap = Callable[[StoredSubject, Sequence[StoredIdentity]], tuple[bytes, list[StoredIdentity]]]
"""A subject and its identities under one epoch -> its wrapped key and its identities under the next, in the same order."""
RewrapDay = Callable[[StoredDay], bytes]
"""A day's key under one epoch -> wrapped under the next."""


class Store(Protocol):
    """Where the rows are. What takes an epoch raises EpochMovedError when the database is at another; all raise DependencyError."""

    def mark(self) -> Mark | None:
        """The epoch it is at; None before `begin`."""

    def begin(self, mark: Mark) -> bool:
        """Start with the first epoch; False when there is one already."""

    def alone(self) -> AbstractContextManager[None]:
        """Within it nobody else begins or ends an epoch. Raises: RefusedError, somebody does."""

    def find(self, epoch: int, controller: str, index: bytes) -> str | None:
        """The subject that has this identity."""

    def key_of(self, epoch: int, controller: str, subject_ref: str) -> Wrapped | None:
        """The data key of a subject."""

    def identities(self, epoch: int, controller: str, subject_ref: str) -> list[StoredIdentity]:
        """All identities of a subject."""

    def add(self, epoch: int, subject: StoredSubject, identity: StoredIdentity, *, is_new: bool) -> str | None:
        """Add an identity, with its subject when that is new. Answers whose it is now: this subject's, or whoever had it; None: no subject."""

    def destroy(self, epoch: int, what: Announcement, suppressed: Sequence[bytes]) -> bool:
        """Delete key and identities of a subject, suppress, and note what is to be announced, all or nothing. False: there is none any more."""

    def move(self, old: Mark, new: Mark, rewrap: Rewrap, rewrap_day: RewrapDay, new_id: Callable[[], bytes]) -> int:
        """Write every row anew under the next epoch and note an announcement for each controller, all or nothing. Answers how many subjects."""

    def day(self, epoch: int, controller: str, day: date) -> StoredDay | None:
        """The key of a day, living or destroyed."""

    def add_day(self, epoch: int, made: StoredDay) -> StoredDay:
        """Add the key of a day. Answers what is there now: this one, or what somebody else added before."""

    def living_days(self) -> list[tuple[str, date]]:
        """(controller, day) of all keys of days that are still there, in that order."""

    def destroy_day(self, controller: str, day: date, at: int) -> bool:
        """Delete the key of a day for good, and keep that it was. False: there is none any more."""

    def destroyed(self, key_id: str) -> Announcement | None:
        """The destruction of a key."""

    def unannounced(self) -> list[Announcement]:
        """What the log was not told of yet, in the order of its happening."""

    def note_announced(self, event_id: bytes) -> None:
        """It is on the log."""

    def suppress(self, controller: str, hashed: bytes) -> bool:
        """Put somebody on a suppression list; False: was on it."""

    def unsuppress(self, controller: str, hashed: bytes) -> bool:
        """Take somebody off it; False: was not on it."""

    def suppressed(self, controller: str, hashed: Sequence[bytes]) -> set[bytes]:
        """Those of them that are on it."""

    def counts(self) -> Counts:
        """How much there is."""
