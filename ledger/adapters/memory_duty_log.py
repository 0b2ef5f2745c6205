"""Topic `obligations` in memory, with one group that has one member: the port `DutyLog` for a service's own tests and for ours.

Must behave as `kafka_duty_log.py` does: one contract suite runs on both (tests/contract/test_duty_log_contract.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ledger.errors import OperatorError
from ledger.folding.ports import Assigned, Revoked, Told


class MemoryTopic:
    """What outlives a member: the records of each partition, and what the group has committed."""

    def __init__(self, partitions: int = 4) -> None:
        self.records: list[list[bytes | None]] = [[] for _ in range(partitions)]
        self.committed: dict[int, tuple[int, str]] = {}

    def append(self, partition: int, value: bytes | None) -> int:
        """Add a record; returns its offset."""
        self.records[partition].append(value)
        return len(self.records[partition]) - 1


class MemoryDutyLog:
    """One member. `take_away` and `give_back` do what a rebalance does. wait: called instead of waiting, when nothing has happened."""

    def __init__(self, topic: MemoryTopic, wait: Callable[[float], object] = lambda seconds: None) -> None:
        self._topic, self._wait = topic, wait
        self._next: dict[int, int] = {}
        self._events: list[Assigned | Revoked | Told] = []
        self._has_joined = False

    @property
    def has_joined(self) -> bool:
        return self._has_joined

    def poll(self, seconds: float) -> list[Assigned | Revoked | Told]:
        """As the port says, but that it only pretends to wait."""
        if not self._has_joined:
            self._has_joined = True
            for partition in range(len(self._topic.records)):
                self.give_back(partition)
        events, self._events = self._events, []
        for partition, offset in self._next.items():
            records = self._topic.records[partition]
            events += [Told(partition, number, records[number]) for number in range(offset, len(records))]
            self._next[partition] = len(records)
        if not events:
            self._wait(seconds)
        return events

    def end(self, partition: int) -> int:
        """As the port says."""
        return len(self._topic.records[partition])

    def commit(self, partition: int, offset: int, metadata: str) -> bool:
        """As the port says."""
        if partition not in self._next:
            return False
        self._topic.committed[partition] = (offset, metadata)
        return True

    def committed(self) -> list[Assigned]:
        """As the port says."""
        return [self._start(partition) for partition in range(len(self._topic.records))]

    def read(self, partition: int, first: int, end: int) -> Iterator[Told]:
        """As the port says."""
        if first < end and end > self.end(partition):
            raise OperatorError(
                f"cannot read obligations-{partition} from {first} to {end}: it holds 0 to {self.end(partition)}",
                hint="the topic was made again or has lost records; name another group for the new ledger",
            )
        for offset in range(first, end):
            yield Told(partition, offset, self._topic.records[partition][offset])

    def close(self) -> None:
        """As the port says."""
        self._next.clear()

    def take_away(self, partition: int) -> None:
        """Let the group give this partition to somebody else."""
        if self._next.pop(partition, None) is not None:
            self._events.append(Revoked(partition))

    def give_back(self, partition: int) -> None:
        """Let the group give this partition to this member."""
        start = self._start(partition)
        self._next[partition] = start.offset or 0
        self._events.append(start)

    def _start(self, partition: int) -> Assigned:
        offset, metadata = self._topic.committed.get(partition, (None, ""))
        return Assigned(partition, offset, metadata)
