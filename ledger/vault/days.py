"""Keys of days: who looked at data is sealed under the key of the day, so that a log of look-ups forgets without anybody being forgotten.

A day is one of UTC, so that who seals need not know the controller's zone. A key is made when first needed, and never again for a day whose key is
destroyed. When that may be is for the caller to know: ledger/forgetting/look_ups.py. Must never show a key. Source: docs/vault.md section 9.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from ledger.errors import RefusedError
from ledger.vault import sealing
from ledger.vault.sealing import framed
from ledger.vault.shapes import Erased, Store, StoredDay

if TYPE_CHECKING:
    from ledger.vault.keys import Epoch

_PREFIX: Final = "day-"
_MICROS: Final = 1_000_000


def is_of_day(key_id: str) -> bool:
    """Whether a key is that of a day, not of a person."""
    return key_id.startswith(_PREFIX)


def day_of(at: int) -> date:
    """The day of a moment (microseconds since 1970), in UTC."""
    return datetime.fromtimestamp(at // _MICROS, UTC).date()


class DayKeys:
    """The keys of days, under one epoch. What it asks of the store raises EpochMovedError when the database is at another."""

    def __init__(self, store: Store, epoch: Epoch) -> None:
        self._store, self._epoch = store, epoch

    def made(self, controller: str, at: int) -> tuple[str, bytes]:
        """(id, key) of the day of `at`, made now if there was none.

        Raises:
            RefusedError: it was destroyed.
        """
        day = day_of(at)
        kept = self._store.day(self._epoch.number, controller, day)
        if kept is None:
            key_id = f"{_PREFIX}{os.urandom(16).hex()}"
            wrapped = sealing.seal(self._epoch.wrapping, sealing.new_key(), _about(controller, day, key_id, self._epoch.number))
            kept = self._store.add_day(self._epoch.number, StoredDay(controller, day, key_id, wrapped))
        if kept.wrapped is None:
            raise RefusedError("cannot seal who looked: the look-ups of that day are forgotten", hint="emit it without actor")
        return kept.key_id, self._unwrapped(kept)

    def find(self, controller: str, at: int, key_id: str) -> bytes | Erased | None:
        """The key of the day of `at`; Erased when it is destroyed; None when there never was one of that id."""
        kept = self._store.day(self._epoch.number, controller, day_of(at))
        if kept is None or kept.key_id != key_id:
            return None
        return Erased(key_id, kept.destroyed_at or 0) if kept.wrapped is None else self._unwrapped(kept)

    def under(self, new: Epoch, kept: StoredDay) -> bytes:
        """A living key, wrapped under another epoch."""
        return sealing.seal(new.wrapping, self._unwrapped(kept), _about(kept.controller, kept.day, kept.key_id, new.number))

    def _unwrapped(self, kept: StoredDay) -> bytes:
        assert kept.wrapped is not None  # noqa: S101  the callers have looked
        return sealing.unseal(self._epoch.wrapping, kept.wrapped, _about(kept.controller, kept.day, kept.key_id, self._epoch.number))


def _about(controller: str, day: date, key_id: str, epoch: int) -> bytes:
    return framed("day-key", controller, day.isoformat(), key_id, str(epoch))
