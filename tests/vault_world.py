"""A vault in memory, for tests: the real encryption, rows in dicts, keys in a list, an emitter that records."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date

from ledger.testing.recording_emitter import RecordingEmitter
from ledger.vault.identities import Identity, identity
from ledger.vault.keys import Epoch, Secret, new_epoch, new_suppression
from ledger.vault.shapes import Announcement, Counts, EpochMovedError, Mark, Rewrap, RewrapDay, StoredDay, StoredIdentity, StoredSubject, Wrapped
from ledger.vault.vault import Vault

CONTROLLER = "hostinghuis"
ANNA = identity("email", "Anna.Canary@Voorbeeld.nl")
BRAM = identity("email", "bram@voorbeeld.nl")


class MemoryRows:
    """vault.shapes.Store without a database."""

    def __init__(self) -> None:
        self.at: Mark | None = None
        self.subjects: dict[tuple[str, str], Wrapped] = {}
        self.known_by: dict[tuple[str, bytes], tuple[str, bytes]] = {}
        self.said: dict[bytes, Announcement] = {}
        self.days: dict[tuple[str, date], StoredDay] = {}
        self.announced: set[bytes] = set()
        self.lists: set[tuple[str, bytes]] = set()

    def mark(self) -> Mark | None:
        return self.at

    def begin(self, mark: Mark) -> bool:
        if self.at is not None:
            return False
        self.at = mark
        return True

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _require(self, epoch: int) -> None:
        if self.at is None or self.at.number != epoch:
            raise EpochMovedError(None if self.at is None else self.at.number)

    def find(self, epoch: int, controller: str, index: bytes) -> str | None:
        self._require(epoch)
        return self.known_by.get((controller, index), (None, b""))[0]

    def key_of(self, epoch: int, controller: str, subject_ref: str) -> Wrapped | None:
        self._require(epoch)
        return self.subjects.get((controller, subject_ref))

    def identities(self, epoch: int, controller: str, subject_ref: str) -> list[StoredIdentity]:
        self._require(epoch)
        found = sorted((at, sealed) for (owner, at), (ref, sealed) in self.known_by.items() if (owner, ref) == (controller, subject_ref))
        return [StoredIdentity(at, sealed) for at, sealed in found]

    def add(self, epoch: int, subject: StoredSubject, identity: StoredIdentity, *, is_new: bool) -> str | None:
        self._require(epoch)
        place = subject.controller, identity.lookup
        if not is_new and (subject.controller, subject.subject_ref) not in self.subjects:
            return None
        if place not in self.known_by:
            self.subjects[subject.controller, subject.subject_ref] = subject.key
            self.known_by[place] = subject.subject_ref, identity.sealed
        return self.known_by[place][0]

    def destroy(self, epoch: int, what: Announcement, suppressed: Sequence[bytes]) -> bool:
        self._require(epoch)
        assert what.subject_ref is not None
        if self.subjects.pop((what.controller, what.subject_ref), None) is None:
            return False
        self.known_by = {place: row for place, row in self.known_by.items() if (place[0], row[0]) != (what.controller, what.subject_ref)}
        self.lists |= {(what.controller, each) for each in suppressed}
        self.said[what.event_id] = what
        return True

    def move(self, old: Mark, new: Mark, rewrap: Rewrap, rewrap_day: RewrapDay, new_id: Callable[[], bytes]) -> int:
        self._require(old.number)
        subjects, known_by = {}, {}
        for (controller, ref), key in self.subjects.items():
            rows = self.identities(old.number, controller, ref)
            wrapped, moved = rewrap(StoredSubject(controller, ref, key), rows)
            subjects[controller, ref] = Wrapped(key.key_id, wrapped)
            known_by |= {(controller, row.lookup): (ref, row.sealed) for row in moved}
        days = {place: row if row.wrapped is None else row._replace(wrapped=rewrap_day(row)) for place, row in self.days.items()}
        for controller in sorted({controller for controller, _ in [*subjects, *days]} | {each.controller for each in self.said.values()}):
            event_id = new_id()
            self.said[event_id] = Announcement(event_id, "KeyEpochEnded", controller, epoch=old.number)
        self.subjects, self.known_by, self.days, self.at = subjects, known_by, days, new
        return len(subjects)

    def day(self, epoch: int, controller: str, day: date) -> StoredDay | None:
        self._require(epoch)
        return self.days.get((controller, day))

    def add_day(self, epoch: int, made: StoredDay) -> StoredDay:
        self._require(epoch)
        return self.days.setdefault((made.controller, made.day), made)

    def living_days(self) -> list[tuple[str, date]]:
        return sorted(place for place, row in self.days.items() if row.wrapped is not None)

    def destroy_day(self, controller: str, day: date, at: int) -> bool:
        row = self.days.get((controller, day))
        if row is None or row.wrapped is None:
            return False
        self.days[controller, day] = row._replace(wrapped=None, destroyed_at=at)
        return True

    def destroyed(self, key_id: str) -> Announcement | None:
        return next((each for each in self.said.values() if each.key_id == key_id), None)

    def unannounced(self) -> list[Announcement]:
        return [each for each in self.said.values() if each.event_id not in self.announced]

    def note_announced(self, event_id: bytes) -> None:
        self.announced.add(event_id)

    def suppress(self, controller: str, hashed: bytes) -> bool:
        known = (controller, hashed) in self.lists
        self.lists.add((controller, hashed))
        return not known

    def unsuppress(self, controller: str, hashed: bytes) -> bool:
        known = (controller, hashed) in self.lists
        self.lists.discard((controller, hashed))
        return known

    def suppressed(self, controller: str, hashed: Sequence[bytes]) -> set[bytes]:
        return {each for each in hashed if (controller, each) in self.lists}

    def counts(self) -> Counts:
        gone = sum(each.type == "KeyDestroyed" for each in self.said.values())
        return Counts(len(self.subjects), len(self.known_by), gone, len(self.lists), len(self.unannounced()), len(self.living_days()))


class MemoryKeys:
    """A key file in memory."""

    def __init__(self) -> None:
        self.kept: list[Epoch] = [new_epoch(0)]
        self.list_secret: Secret = new_suppression()

    def epochs(self) -> list[Epoch]:
        return list(self.kept)

    def has_epochs(self) -> bool:
        return bool(self.kept)

    def write_epochs(self, epochs: list[Epoch], *, is_new: bool = False) -> None:
        self.kept = list(epochs)

    def suppression(self) -> Secret:
        return self.list_secret


class VaultWorld:
    """A vault, its keys, and a log."""

    def __init__(self) -> None:
        self.keys, self.rows = MemoryKeys(), MemoryRows()
        first = self.keys.kept[0]
        self.rows.begin(Mark(first.number, first.secret.key_id))
        self.vault = Vault(self.rows, self.keys.epochs, self.keys.suppression)
        self.log = RecordingEmitter(controller=CONTROLLER, source="shop", now="2026-01-01T00:00:00Z", vault=self.vault)

    def register(self, who: Identity = ANNA) -> str:
        return self.vault.register(CONTROLLER, who)

    def forget(self, ref: str, *, number: int = 1, suppress: bool = False) -> Announcement | None:
        return self.vault.destroy(CONTROLLER, ref, event_id(number), 1_767_225_600_000_000, suppress=suppress)

    def another(self) -> Vault:
        """As another process has it: the same rows and keys, nothing remembered."""
        return Vault(self.rows, self.keys.epochs, self.keys.suppression)

    def backup(self) -> MemoryRows:
        return copy.deepcopy(self.rows)


def event_id(number: int) -> bytes:
    """A UUIDv7 with this number at its end."""
    return bytes.fromhex("0190c2a47b0070008000") + number.to_bytes(6, "big")
