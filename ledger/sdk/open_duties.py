"""One partition of `obligations`, folded: what is open for this holder, what is put aside, and how far the group may say that it has come.

Pure: no clock, no Kafka. Records come in order of offset. An obligation leaves when the log says that it is met or cancelled, or when it was
answered here. The position never passes one that is open. What the ledger's relay has sent twice is known by its place in `facts`
(`log_offset` never falls), so a cancelled obligation does not come back to life. Source: docs/acting.md; docs/architecture.md section 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

from ledger.contract import codec
from ledger.sdk.duty_errors import NewerLedgerError
from ledger.sdk.duty_position import Position

#: Open obligations whose bytes are kept, some 500 bytes each. Of those behind them only id and place are: their bytes are read again in their turn.
VALUES_KEPT_MAX: Final = 10_000


@dataclass(slots=True)
class OpenDuty:
    """An obligation that is neither met nor cancelled. offset: of its record; place: its `log_offset`. value: None when it must be read again."""

    obligation_id: bytes
    offset: int
    place: int
    value: bytes | None
    is_overdue: bool = False
    failures: int = 0
    not_before: float = 0.0
    parked_as: str | None = None
    is_under_way: bool = False


class OpenDuties:
    """See the module. wants: whether the fields of an `ObligationRaised` are this group's business."""

    def __init__(self, partition: int, position: Position, wants: Callable[[Mapping[str, Any]], bool]) -> None:
        self.partition = partition
        self.next_offset = position.offset
        self.open: dict[bytes, OpenDuty] = {}
        self.parked: dict[bytes, OpenDuty] = {}
        self.settled = 0  # ended by the log before they were answered here
        self.unreadable = 0
        self._wants, self._fingerprint = wants, position.wanted
        self._floor = position.floor
        self._seen_at_high: set[bytes] = set()
        self._high = position.floor
        self._parked_before = dict(position.parked)
        self._ready: deque[bytes] = deque()
        self._waiting: list[tuple[float, int, bytes]] = []

    @property
    def parked_before(self) -> list[int]:
        """Offsets of parked obligations that lie before the position: `recall` takes in their records first."""
        return [offset for offset in self._parked_before if offset < self.next_offset]

    def recall(self, offset: int, value: bytes | None) -> None:
        """Take in the record of an obligation that was parked earlier on."""
        read = self._read(offset, value)
        if read is not None and read[0] == "ObligationRaised":
            fields = read[1]
            duty = OpenDuty(fields["obligation_id"], offset, fields["log_offset"], value, parked_as=self._parked_before[offset])
            self.parked[duty.obligation_id] = duty

    def hear(self, offset: int, value: bytes | None) -> None:
        """Fold the next record. Raises: NewerLedgerError."""
        if offset < self.next_offset:
            return
        read = self._read(offset, value)
        self.next_offset = offset + 1
        if read is None:
            return
        type_name, fields = read
        if self._is_repeat(fields):
            return
        obligation_id = fields["obligation_id"]
        if type_name == "ObligationRaised":
            if self._wants(fields):
                self._raised(OpenDuty(obligation_id, offset, fields["log_offset"], value))
        elif type_name == "ObligationOverdue":
            duty = self.find(obligation_id)
            if duty is not None:
                duty.is_overdue = True
        elif self._end(obligation_id):
            self.settled += 1

    def refill(self, offset: int, value: bytes | None) -> None:
        """Take in again the bytes of a record whose obligation was kept by id alone."""
        read = self._read(offset, value)
        duty = None if read is None else self.find(read[1]["obligation_id"])
        if duty is not None and duty.offset == offset:
            duty.value = value

    def find(self, obligation_id: bytes) -> OpenDuty | None:
        """An obligation that is open or parked."""
        return self.open.get(obligation_id) or self.parked.get(obligation_id)

    def take(self, now: float) -> OpenDuty | None:
        """The next one whose turn it is; it is under way until `answered`, `failed` or `park`. now: any clock that `failed` uses too."""
        while self._waiting and self._waiting[0][0] <= now:
            self._ready.append(heappop(self._waiting)[2])
        while self._ready:
            duty = self.find(self._ready.popleft())
            if duty is not None and not duty.is_under_way:
                duty.is_under_way = True
                return duty
        return None

    def put_back(self, duty: OpenDuty) -> None:
        """It was taken and not tried."""
        duty.is_under_way = False
        self._ready.appendleft(duty.obligation_id)

    def answered(self, duty: OpenDuty) -> None:
        """Its fact is on the log."""
        self._end(duty.obligation_id)

    def failed(self, duty: OpenDuty, not_before: float) -> None:
        """It is tried again at not_before."""
        duty.is_under_way, duty.not_before = False, not_before
        heappush(self._waiting, (not_before, duty.offset, duty.obligation_id))

    def park(self, duty: OpenDuty, name: str) -> bool:
        """Put it aside, so that the position can pass it; False when no more can be. name: of the exception's type."""
        was = self.open.pop(duty.obligation_id, None)
        if was is None and duty.obligation_id not in self.parked:
            return True  # ended by the log meanwhile
        before = duty.parked_as
        duty.parked_as = name
        self.parked[duty.obligation_id] = duty
        if not self.position().fits:
            duty.parked_as = before
            if was is not None:
                del self.parked[duty.obligation_id]
                self.open = {each.obligation_id: each for each in sorted((*self.open.values(), duty), key=lambda each: each.offset)}
            return before is not None
        duty.is_under_way = False
        return True

    def unpark(self, obligation_id: bytes) -> bool:
        """Let a parked one be tried again. It stays noted as parked until it is answered, so that dying meanwhile loses nothing."""
        duty = self.parked.get(obligation_id)
        if duty is None or duty.is_under_way:
            return False
        duty.failures = 0
        self._ready.append(obligation_id)
        return True

    @property
    def has_work(self) -> bool:
        """Whether anything is to be done but what is parked and stays so."""
        waiting = {*self._ready, *(each[2] for each in self._waiting)}
        return bool(self.open) or any(duty.is_under_way or duty.obligation_id in waiting for duty in self.parked.values())

    def next_try(self) -> float | None:
        """When the next one that failed is tried again."""
        while self._waiting and self.find(self._waiting[0][2]) is None:
            heappop(self._waiting)  # ended by the log while it waited
        return self._waiting[0][0] if self._waiting else None

    def position(self) -> Position:
        """How far the group has come: the first that is open, and what is parked."""
        first = next(iter(self.open.values()), None)
        parked = {duty.offset: duty.parked_as or "" for duty in self.parked.values()}
        if first is None:
            # What has the same place as the last record may still come: it is no repeat.
            return Position(self.next_offset, max(self._floor, self._high - 1), parked, self._fingerprint)
        return Position(first.offset, max(self._floor, first.place - 1), parked, self._fingerprint)

    def _raised(self, duty: OpenDuty) -> None:
        if self.find(duty.obligation_id) is not None:
            return
        parked_as = self._parked_before.get(duty.offset)
        if parked_as is not None:
            duty.parked_as = parked_as
            self.parked[duty.obligation_id] = duty
            return
        if len(self.open) >= VALUES_KEPT_MAX:
            duty.value = None
        self.open[duty.obligation_id] = duty
        self._ready.append(duty.obligation_id)

    def _end(self, obligation_id: bytes) -> bool:
        found = self.open.pop(obligation_id, None) or self.parked.pop(obligation_id, None)
        return found is not None

    def _is_repeat(self, fields: Mapping[str, Any]) -> bool:
        place, event_id = fields["log_offset"], fields["event_id"]
        if place <= self._floor or place < self._high or (place == self._high and event_id in self._seen_at_high):
            return True
        if place > self._high:
            self._high = place
            self._seen_at_high.clear()
        self._seen_at_high.add(event_id)
        return False

    def _read(self, offset: int, value: bytes | None) -> tuple[str, dict[str, Any]] | None:
        try:
            type_name, fields = codec.decode(value)
        except codec.DecodeError as error:
            if error.reason == "unknown_schema":
                raise NewerLedgerError(self.partition, offset) from None
            self.unreadable += 1
            return None
        if "obligation_id" not in fields or "log_offset" not in fields:
            self.unreadable += 1
            return None
        return type_name, fields
