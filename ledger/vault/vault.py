"""Who is behind a reference, and what is sealed under the reference's key; forgotten, neither can be found again.

Data keys are asked for each time and never kept: who is forgotten is so for every process at once. Safe to share between threads when its store
is. Must never show a key or an identity, nor hand out a key. Source: docs/vault.md.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from ledger.errors import CallerError, OperatorError, RefusedError
from ledger.vault import sealing
from ledger.vault.days import DayKeys, is_of_day
from ledger.vault.identities import Identity, identity
from ledger.vault.keys import Epoch, Secret
from ledger.vault.sealing import framed, keyed_hash
from ledger.vault.shapes import Announcement, EpochMovedError, Erased, Mark, Store, StoredIdentity, StoredSubject, Wrapped

T = TypeVar("T")
_TRIES: Final = 3
_CONTROLLER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
LOOK_UP: Final = "DataConsulted"
"""The event whose values are sealed under the key of its day."""
REACHED_BY_CAMPAIGNS: Final = ("email", "phone")
"""Kinds of identity that go onto the suppression list when a person who objected to marketing is forgotten."""


class KeyLostError(OperatorError):
    """A key is not in the vault, and no destruction of it is known: the wrong database, or damage."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"cannot open: {key_id} is not in this vault, and was not destroyed by it", hint="is this the vault of that ledger?")


class Vault:
    """The vault of one ledger. epochs, suppression: read the key files; asked when needed, and again when the database has moved on."""

    def __init__(self, store: Store, epochs: Callable[[], list[Epoch]], suppression: Callable[[], Secret]) -> None:
        self.store = store
        self._read_epochs, self._read_suppression = epochs, suppression
        self._epoch: Epoch | None = None

    # -- who is behind a reference

    def register(self, controller: str, who: Identity, subject_ref: str | None = None) -> str:
        """The reference of a person, made now if this is nobody yet. subject_ref: one that has the person already, who is known by this too.

        Raises:
            CallerError: no controller can be called that.
            RefusedError: it is the identity of another reference, or nobody has that reference.
        """
        if not _CONTROLLER.fullmatch(controller):  # the log would not take its events, nor that a key of it is gone
            raise CallerError("cannot register: expected a controller id of letters, digits, `.`, `_`, `:`, `-`, got something else")

        def work(epoch: Epoch) -> str:
            if subject_ref is None:
                found = self.store.find(epoch.number, controller, _index(epoch, controller, who))
                if found is not None:
                    return found
                ref, key, key_id = f"subj-{os.urandom(16).hex()}", sealing.new_key(), f"key-{os.urandom(16).hex()}"
                wrapped = Wrapped(key_id, sealing.seal(epoch.wrapping, key, _about_key(controller, ref, key_id, epoch.number)))
            else:
                ref = subject_ref
                kept = self.store.key_of(epoch.number, controller, ref)
                if kept is None:
                    raise _nobody()
                key, wrapped = _unwrapped(epoch, controller, ref, kept), kept
            text = json.dumps([who.kind, who.value], ensure_ascii=False).encode()
            row = StoredIdentity(_index(epoch, controller, who), sealing.seal(key, text, _about_identity(controller, ref, wrapped.key_id)))
            owner = self.store.add(epoch.number, StoredSubject(controller, ref, wrapped), row, is_new=subject_ref is None)
            if owner is None:
                raise _nobody()
            if subject_ref is not None and owner != subject_ref:
                raise RefusedError("cannot register: that identity has another reference", hint="ledger subject resolve says which")
            return owner

        return self._in_epoch(work)

    def resolve(self, controller: str, who: Identity) -> str | None:
        """The reference of a person; None: nobody is known by that."""
        return self._in_epoch(lambda epoch: self.store.find(epoch.number, controller, _index(epoch, controller, who)))

    def identities(self, controller: str, subject_ref: str) -> list[Identity]:
        """What a person is known by; none when nobody has the reference."""

        def work(epoch: Epoch) -> list[Identity]:
            kept = self.store.key_of(epoch.number, controller, subject_ref)
            rows = self.store.identities(epoch.number, controller, subject_ref)
            if kept is None:
                return []
            key = _unwrapped(epoch, controller, subject_ref, kept)
            return [_identity(key, row, controller, subject_ref, kept.key_id) for row in rows]

        return self._in_epoch(work)

    def key_id(self, controller: str, subject_ref: str) -> str | None:
        """The id of a subject's key; None: nobody has the reference."""
        kept = self._in_epoch(lambda epoch: self.store.key_of(epoch.number, controller, subject_ref))
        return None if kept is None else kept.key_id

    # -- values of events

    def seal(self, controller: str, subject_ref: str, event: str, event_id: bytes, values: Mapping[str, str]) -> dict[str, Any]:
        """The field `sealed` of one event: these values, to be opened as long as the subject is known. event: its type.

        Raises:
            RefusedError: nobody has the reference; or no more.
            CallerError: the values are not texts by name.
        """
        text = _text_of(values)

        def work(epoch: Epoch) -> dict[str, Any]:
            kept = self.store.key_of(epoch.number, controller, subject_ref)
            if kept is None:
                raise _nobody()
            key = _unwrapped(epoch, controller, subject_ref, kept)
            about = _about_field(controller, subject_ref, event, event_id, kept.key_id)
            return {"key_id": kept.key_id, "ciphertext": sealing.seal(key, text, about)}

        return self._in_epoch(work)

    def seal_look_up(self, controller: str, subject_ref: str, event_id: bytes, at: int, values: Mapping[str, str]) -> dict[str, Any]:
        """The field `sealed` of one DataConsulted: who looked, under the key of the day of `at` (microseconds), made now if it is the first.

        Raises:
            RefusedError: that day's key is destroyed: its look-ups are forgotten.
            CallerError: the values are not texts by name, or no controller can be called that.
        """
        text = _text_of(values)
        if not _CONTROLLER.fullmatch(controller):
            raise CallerError("cannot seal: expected a controller id of letters, digits, `.`, `_`, `:`, `-`, got something else")

        def work(epoch: Epoch) -> dict[str, Any]:
            key_id, key = DayKeys(self.store, epoch).made(controller, at)
            return {"key_id": key_id, "ciphertext": sealing.seal(key, text, _about_field(controller, subject_ref, LOOK_UP, event_id, key_id))}

        return self._in_epoch(work)

    def open(self, event: str, fields: Mapping[str, Any]) -> dict[str, str] | Erased | None:
        """What was sealed in an event, as `codec.decode` gives it (type, fields): the values; Erased; None when nothing was sealed.

        Raises:
            UnsealError: it was made for another event, or changed.
            KeyLostError: its key is neither here nor destroyed.
        """
        sealed = fields["sealed"]
        if sealed is None:
            return None
        controller, subject_ref, key_id = fields["controller"], fields.get("subject_ref") or "", sealed["key_id"]

        if is_of_day(key_id):
            return self._open_look_up(event, fields)

        def work(epoch: Epoch) -> dict[str, str] | None:
            kept = self.store.key_of(epoch.number, controller, subject_ref)
            if kept is None or kept.key_id != key_id:
                return None
            about = _about_field(controller, subject_ref, event, fields["event_id"], key_id)
            text = sealing.unseal(_unwrapped(epoch, controller, subject_ref, kept), sealed["ciphertext"], about)
            return dict(json.loads(text))

        values = self._in_epoch(work)
        if values is not None:
            return values
        gone = self.store.destroyed(key_id)
        if gone is None or (gone.controller, gone.subject_ref) != (controller, subject_ref):
            raise KeyLostError(key_id)
        return Erased(key_id, gone.occurred_at or 0)

    def _open_look_up(self, event: str, fields: Mapping[str, Any]) -> dict[str, str] | Erased:
        controller, at, key_id = fields["controller"], fields["occurred_at"], fields["sealed"]["key_id"]

        def work(epoch: Epoch) -> dict[str, str] | Erased:
            found = DayKeys(self.store, epoch).find(controller, at, key_id)
            if found is None:
                raise KeyLostError(key_id)
            if isinstance(found, Erased):
                return found
            about = _about_field(controller, fields.get("subject_ref") or "", event, fields["event_id"], key_id)
            return dict(json.loads(sealing.unseal(found, fields["sealed"]["ciphertext"], about)))

        return self._in_epoch(work)

    # -- forgetting

    def destroy(self, controller: str, subject_ref: str, event_id: bytes, at: int, *, suppress: bool) -> Announcement | None:
        """Delete key and identities of a subject for good, and note that the log is to be told. None: nobody has the reference (any more).

        suppress: keep the hashes of the person's addresses on the suppression list. Whether it may be is for the caller to know.
        """
        hashed: list[bytes] = []
        if suppress:
            reached = [each for each in self.identities(controller, subject_ref) if each.kind in REACHED_BY_CAMPAIGNS]
            hashed = self._hashes(controller, reached)

        def work(epoch: Epoch) -> Announcement | None:
            kept = self.store.key_of(epoch.number, controller, subject_ref)
            if kept is None:
                return None
            what = Announcement(event_id, "KeyDestroyed", controller, subject_ref, kept.key_id, at, epoch.number)
            return what if self.store.destroy(epoch.number, what, hashed) else None

        return self._in_epoch(work)

    def move(self, old: Epoch, new: Epoch, new_id: Callable[[], bytes]) -> int:
        """Write all that lives anew under the next epoch. Answers how many subjects. The old secret is the caller's to destroy, after this."""

        def rewrap(subject: StoredSubject, rows: Sequence[StoredIdentity]) -> tuple[bytes, list[StoredIdentity]]:
            controller, ref, kept = subject
            key = _unwrapped(old, controller, ref, kept)
            found = [_identity(key, row, controller, ref, kept.key_id) for row in rows]
            wrapped = sealing.seal(new.wrapping, key, _about_key(controller, ref, kept.key_id, new.number))
            return wrapped, [row._replace(lookup=_index(new, controller, who)) for row, who in zip(rows, found, strict=True)]

        self._epoch = None
        marks = Mark(old.number, old.secret.key_id), Mark(new.number, new.secret.key_id)
        return self.store.move(*marks, rewrap, lambda kept: DayKeys(self.store, old).under(new, kept), new_id)

    # -- the suppression list

    def suppress(self, controller: str, who: Identity) -> bool:
        """Put somebody on the list whom no campaign may reach; False: was on it."""
        return self.store.suppress(controller, self._hashes(controller, [who])[0])

    def unsuppress(self, controller: str, who: Identity) -> bool:
        """Take somebody off it, who agrees to marketing again; False: was not on it."""
        return self.store.unsuppress(controller, self._hashes(controller, [who])[0])

    def suppressed(self, controller: str, people: Sequence[Identity]) -> list[bool]:
        """Of each whether no campaign may reach them."""
        hashed = self._hashes(controller, people)
        found = self.store.suppressed(controller, hashed)
        return [each in found for each in hashed]

    def _hashes(self, controller: str, people: Sequence[Identity]) -> list[bytes]:
        if not people:
            return []
        secret = self._read_suppression().secret
        return [keyed_hash(secret, "suppression", controller, who.kind, who.value) for who in people]

    # -- epochs

    def _in_epoch(self, work: Callable[[Epoch], T]) -> T:
        """Do it in the epoch that the database is at; again when that moved between two looks, at the database and at the keys."""
        for _ in range(_TRIES - 1):
            try:
                epoch = self._epoch or self._current()
                answer = work(epoch)
            except EpochMovedError:
                self._epoch = None
            else:
                self._epoch = epoch
                return answer
        return work(self._current())

    def _current(self) -> Epoch:
        mark = self.store.mark()
        if mark is None:
            raise EpochMovedError(None)
        for epoch in self._read_epochs():
            if epoch.number == mark.number:
                if epoch.secret.key_id != mark.key_id:
                    raise OperatorError(
                        f"cannot use the vault: expected the key {mark.key_id} of epoch {mark.number}, got {epoch.secret.key_id}",
                        hint="bring back the key file that belongs to this database",
                    )
                return epoch
        raise EpochMovedError(mark.number)


def _index(epoch: Epoch, controller: str, who: Identity) -> bytes:
    return keyed_hash(epoch.looking_up, "identity", controller, who.kind, who.value)


def _unwrapped(epoch: Epoch, controller: str, subject_ref: str, kept: Wrapped) -> bytes:
    return sealing.unseal(epoch.wrapping, kept.wrapped, _about_key(controller, subject_ref, kept.key_id, epoch.number))


def _identity(key: bytes, row: StoredIdentity, controller: str, subject_ref: str, key_id: str) -> Identity:
    kind, value = json.loads(sealing.unseal(key, row.sealed, _about_identity(controller, subject_ref, key_id)))
    return identity(kind, value)


def _about_key(controller: str, subject_ref: str, key_id: str, epoch: int) -> bytes:
    return framed("data-key", controller, subject_ref, key_id, str(epoch))


def _about_identity(controller: str, subject_ref: str, key_id: str) -> bytes:
    return framed("identity", controller, subject_ref, key_id)


def _about_field(controller: str, subject_ref: str, event: str, event_id: bytes, key_id: str) -> bytes:
    return framed("sealed", controller, subject_ref, event, event_id, key_id)


def _text_of(values: Mapping[str, str]) -> bytes:
    if not values or not all(isinstance(each, str) for pair in values.items() for each in pair):
        raise CallerError("cannot seal: expected texts by name, got something else")
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _nobody() -> RefusedError:
    return RefusedError("cannot use the reference: nobody has it, or no more", hint="ledger subject register makes one")
