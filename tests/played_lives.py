"""The demo in memory: the same lives, windows and holders as `ledger.demo.story` plays, folded by the pure fold in one partition.

Each event passes the emitter's checks. What was found, raised and settled is read from the fold's own outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ledger.contract import codec
from ledger.core.events import REGISTER_TYPES
from ledger.core.ids import REGISTER_REF, message_key
from ledger.demo.deeds import Deed
from ledger.demo.flaws import EXPECTED, OF_CONTROLLERS
from ledger.demo.holders import Holders
from ledger.demo.incidents import register
from ledger.demo.lives import START, Happening, forgotten, lives
from ledger.demo.people import customers
from ledger.demo.story import month_ends
from ledger.demo.windows import windows
from ledger.folding.reading import REGISTER_OFFSET_HEADER, Record
from ledger.policies.files import load_policy, shipped_policies
from ledger.policies.publishing import policy_event
from ledger.testing import RecordingEmitter
from tests.histories import DAY, projecting, tick
from tests.histories import START as DAY_ZERO
from tests.memory_projection import MemoryProjection

BROKER_MS = 4_000_000_000_000


def planted(size: int, seed: int) -> Counter[tuple[str, str, str, str]]:
    """(controller, subject, promise, rule) of each promise that is broken on purpose; what registrar-one and ca-two leave lying is not among them."""
    found = Counter((one.hoster.name, one.subject, *verdict) for one in customers(size, seed) for verdict in EXPECTED.get(one.part, ()))
    found.update((controller, REGISTER_REF, *verdict) for controller, verdicts in OF_CONTROLLERS.items() for verdict in verdicts)
    return found


class PlayedLives:
    """A whole demo, played when it is made. outcomes: (type, fields) of all that the fold concluded, in the order of the log."""

    def __init__(self, size: int, seed: int) -> None:
        self.outcomes: list[tuple[str, dict[str, Any]]] = []
        self._heard = 0
        self._store = MemoryProjection()
        self._projecting = projecting(self._store)
        self._emitter = RecordingEmitter(now="2026-02-01T00:00:00Z", partitions=1)
        self._emitted = self._register_next = 0
        self._records: list[Record] = []
        self.holders = Holders(self, forgotten(size, seed))
        for name in shipped_policies():
            self._emitter.emit("PolicyPublished", source="demo", **policy_event(load_policy(name)))
        for event in register(START):
            self._emit(event)
        for window in windows(lives(size, seed), month_ends()):
            self._tick(window.end)
            for event in window.events:
                self._emit(event)
            more = True
            while more:
                self._fold()
                self.holders.listen()
                more = self.holders.act(window.end, self._emit_deed)
        self._fold()
        self.holders.listen()

    def new(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the holders hear: outcomes about obligations since the last time."""
        heard, self._heard = self._heard, len(self.outcomes)
        return (outcome for outcome in islice(self.outcomes, heard, None) if outcome[0] != "ViolationFound")

    def of(self, type_name: str, **fields: Any) -> list[dict[str, Any]]:
        """The outcomes of one type with these fields."""
        return [found for name, found in self.outcomes if name == type_name and found.items() >= fields.items()]

    def _emit(self, event: Happening) -> None:
        self._emitter.emit(
            event.type, subject=event.subject, event_id=event.event_id, occurred_at=event.occurred_at, controller=event.controller,
            source=event.source, **event.fields,
        )  # fmt: skip

    def _emit_deed(self, deed: Deed) -> None:
        self._emitter.emit(deed.type, subject=deed.subject, **deed.fields)

    def _tick(self, at: int) -> None:
        self._take_emitted()
        self._record(*tick(len(self._records) + self._register_next, (at - DAY_ZERO) / DAY))

    def _take_emitted(self) -> None:
        for event in self._emitter.events[self._emitted :]:
            self._record(event.type_name, event.fields)
        self._emitted = len(self._emitter.events)

    def _record(self, type_name: str, fields: dict[str, Any]) -> None:
        key, headers = None, []
        if type_name in REGISTER_TYPES:
            headers, self._register_next = [(REGISTER_OFFSET_HEADER, str(self._register_next).encode())], self._register_next + 1
        else:
            key = message_key(fields["controller"], fields["subject_ref"])
        offset = self._projecting.next_offset + len(self._records)
        self._records.append((offset, BROKER_MS, key, codec.encode(type_name, fields), headers))

    def _fold(self) -> None:
        self._take_emitted()
        records, self._records = self._records, []
        while records or self._projecting.is_pending:
            delta = self._projecting.project(records)
            self._store.write(delta)
            self._projecting.note_committed(delta.number)
            assert not delta.dead_letters
            self.outcomes += [codec.decode(row[6]) for row in delta.outcomes]
            records = []
